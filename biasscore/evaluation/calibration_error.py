"""How far probabilities are from frequencies: expected calibration error over bins of equal mass.

The raw figure (Naeini et al. 2015; bins of equal mass as in Nguyen and O'Connor 2015) is never 0, because a bin's
frequency scatters: the fewer rows, the higher it stands for a perfectly calibrated model. So three readings go with it:

* ``corrected``: the raw figure less the scatter's share of it, each bin's frequency taken as normal around what was
  seen (Kumar, Liang and Ma 2019, the debiased estimator for the first norm);
* ``root_mean_square``: the second norm, where the correction is exact: the squared gap less the variance of the
  frequency (Bröcker 2012; Ferro and Fricker 2012; Kumar et al. 2019, definition 5.2). Never below the first norm;
* ``Band``: where 95% of raw figures of a calibrated model with these very scores lie, by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from biasscore.analysis.bootstrap import LIMITS, Figure, Floats, Rows, centred, chunks

N_BINS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Rows by score; every array is [resamples, bins], 0 where a bin is empty.

    Attributes:
        mass: rows in the bin.
        score: their mean score.
        rate: how often they were right.
    """

    mass: Floats
    score: Floats
    rate: Floats

    @property
    def _share(self) -> Floats:
        return np.asarray(self.mass / self.mass.sum(axis=1, keepdims=True))

    @property
    def raw(self) -> Floats:
        """[resamples] mean distance between score and rate."""
        return np.asarray((self._share * np.abs(self.score - self.rate)).sum(axis=1))

    @property
    def corrected(self) -> Floats:
        """[resamples] ``raw`` less what scatter adds to it, not below 0."""
        sigma = np.sqrt(self.rate * (1 - self.rate) / np.maximum(self.mass, 1))
        scattered = (self._share * _folded_normal_mean(self.score - self.rate, sigma)).sum(axis=1)
        return np.asarray(np.maximum(0.0, 2 * self.raw - scattered))

    @property
    def root_mean_square(self) -> Floats:
        """[resamples] root of the mean squared distance less its scatter, not below 0."""
        scatter = self.rate * (1 - self.rate) / np.maximum(self.mass - 1, 1)
        return np.asarray(np.sqrt(np.maximum(0.0, self.squares - (self._share * scatter).sum(axis=1))))

    @property
    def squares(self) -> Floats:
        """[resamples] mean squared distance between score and rate, scatter and all."""
        return np.asarray((self._share * (self.score - self.rate) ** 2).sum(axis=1))


@dataclass(frozen=True, slots=True)
class Band:
    """Raw errors of a model that is calibrated exactly: their mean, and where 95% of them lie."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """All readings of one set of scores; see the module's text."""

    raw: Figure
    corrected: Figure
    root_mean_square: Figure
    band: Band

    @property
    def within_band(self) -> bool:
        """Whether the raw error is no higher than a calibrated model's may be."""
        return self.raw.value <= self.band.high


def bins(scores: Floats, hits: Floats, weights: Floats) -> Bins:
    """Sort rows into ``N_BINS`` bins of as equal mass as ties allow: equal scores share a bin.

    Args:
        scores: [n] probabilities.
        hits: [n], or [resamples, n]: 1 where what the score speaks of was so, else 0.
        weights: [resamples, n].
    """
    order = np.argsort(scores, kind="stable")
    ordered, weighted = scores[order], weights[:, order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] > ordered[:-1]])
    mass = np.add.reduceat(weighted, starts, axis=1)
    right = np.add.reduceat(weighted * hits[..., order], starts, axis=1)
    below = np.cumsum(mass, axis=1) - mass / 2
    bin_of = np.minimum((N_BINS * below / mass.sum(axis=1, keepdims=True)).astype(np.int64), N_BINS - 1)
    cells = (bin_of + np.arange(len(mass))[:, None] * N_BINS).ravel()

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(cells, values.ravel(), minlength=len(mass) * N_BINS).reshape(-1, N_BINS))

    masses = total(mass)
    filled = np.maximum(masses, 1e-12)
    return Bins(masses, total(mass * ordered[starts]) / filled, np.clip(total(right) / filled, 0.0, 1.0))


def calibration_error(scores: Floats, hits: NDArray[np.bool_], rows: Rows) -> CalibrationError:
    """All readings, their intervals by the centred bootstrap."""
    seen = np.asarray(hits, dtype=np.float64)
    once = bins(scores, seen, np.ones((1, len(scores))))
    drawn = [bins(scores, seen, weights) for weights in rows.weights()]
    raw = np.concatenate([each.raw for each in drawn])
    corrected = np.concatenate([each.corrected for each in drawn])
    root_mean_square = np.concatenate([each.root_mean_square for each in drawn])
    plugin, root = float(once.raw[0]), float(once.squares[0]) ** 0.5
    return CalibrationError(
        # Around their own mean: the raw figure's interval says how it varies, the corrected one's where the truth is.
        raw=centred(plugin, raw, float(raw.mean())),
        corrected=centred(float(once.corrected[0]), corrected, plugin),
        root_mean_square=centred(float(once.root_mean_square[0]), root_mean_square, root),
        band=calibrated_band(scores, rows.count, rows.seed),
    )


def calibrated_band(scores: Floats, count: int, seed: int) -> Band:
    """Raw errors of ``count`` draws of outcomes with exactly the probabilities ``scores``."""
    rng = np.random.default_rng(seed)
    errors = []
    for n in chunks(count, len(scores)):
        drawn = (rng.random((n, len(scores))) < scores).astype(np.float64)
        errors.append(bins(scores, drawn, np.ones((n, len(scores)))).raw)
    found = np.concatenate(errors)
    low, high = np.percentile(found, LIMITS)
    return Band(float(found.mean()), float(low), float(high))


def _folded_normal_mean(centre: Floats, sigma: Floats) -> Floats:
    """Mean of |x| for normal x (Leone, Nelson and Nottingham 1961), which spares a simulation."""
    spread = np.maximum(sigma, 1e-12)
    tail = sigma * np.sqrt(2 / np.pi) * np.exp(-0.5 * (centre / spread) ** 2)
    return np.asarray(tail + centre * erf(centre / (spread * np.sqrt(2))))

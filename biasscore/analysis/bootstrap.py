"""The one bootstrap: rows are drawn with replacement, statistics read how often each was drawn.

What was sampled is what is resampled (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13): the
article of a comparison, the row of an evaluation, or a cluster of rows that do not vary alone. Each statistic is
written once, as a function of weights: with all weights 1 it is the figure itself, with the counts of many resamples
it is their figures, all in one go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Statistic = Callable[[Floats], Floats]
"""[resamples, rows] weights ≥ 0 → [resamples] values; NaN where a resample does not define it."""

RESAMPLES = 2000
LIMITS = (2.5, 97.5)  # percentiles that hold 95% between them
# Cells of a weight matrix that are in memory at once (8 bytes each), which bounds what long data sets need.
CELLS = 4_000_000
MIN_ROWS = 5
"""With fewer rows no widened interval is given: so few values cannot tell how far others would lie from them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its 95% bootstrap interval.

    NaN where rows do not define it (precision of a label never given), or where all resamples agree: rows without one
    error say that errors are rare, not that there are none, and the bootstrap cannot tell how rare.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "not defined"
        if math.isnan(self.low):
            return f"{self.value:.3f} (no interval)"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What is resampled: rows, or whole clusters of rows that do not vary alone (an outlet's, an article's).

    Attributes:
        cluster: [rows], index of each row's cluster from 0.
        count: number of resamples.
        width: units (words) in all rows, where statistics spread weights over them; bounds what is in memory at once.
    """

    cluster: NDArray[np.int64]
    count: int = RESAMPLES
    seed: int = 0
    width: int = 0
    n_clusters: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_clusters", int(self.cluster.max(initial=-1)) + 1)

    @classmethod
    def single(cls, n_rows: int, count: int = RESAMPLES, seed: int = 0, width: int = 0) -> Rows:
        """Every row by itself."""
        return cls(np.arange(n_rows), count, seed, width)

    @classmethod
    def clustered(cls, names: NDArray[Any], count: int = RESAMPLES, width: int = 0) -> Rows:
        """Rows of one name stay together."""
        return cls(np.unique(np.asarray(names), return_inverse=True)[1], count, width=width)

    def weights(self) -> Iterator[Floats]:
        """[some resamples, rows] counts, until ``count`` resamples are given; the same ones at every call."""
        rng = np.random.default_rng(self.seed)
        for n in chunks(self.count, max(len(self.cluster), self.n_clusters, self.width)):
            yield draw_counts(rng, self.n_clusters, n)[:, self.cluster]


def chunks(resamples: int, cells: int) -> Iterator[int]:
    """How many resamples to make at once, where each needs ``cells`` numbers."""
    at_once = max(1, CELLS // max(1, cells))
    for first in range(0, resamples, at_once):
        yield min(at_once, resamples - first)


def draw_counts(rng: np.random.Generator, n: int, size: int) -> Floats:
    """[size, n] How often each of ``n`` is drawn in ``n`` draws with replacement."""
    drawn = rng.integers(0, n, size=(size, n)) + np.arange(size)[:, None] * n
    return np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def values(statistics: Mapping[str, Statistic], rows: Rows) -> dict[str, tuple[float, Floats]]:
    """The value of each statistic on the rows, and its values on all resamples."""
    once = np.ones((1, len(rows.cluster)))
    found: dict[str, list[Floats]] = {name: [] for name in statistics}
    for weights in rows.weights():
        for name, statistic in statistics.items():
            found[name].append(statistic(weights))
    return {name: (float(statistic(once)[0]), np.concatenate(found[name])) for name, statistic in statistics.items()}


def figures(statistics: Mapping[str, Statistic], rows: Rows) -> dict[str, Figure]:
    """Percentile intervals of several statistics over the same resamples."""
    return {name: _percentile(value, resampled) for name, (value, resampled) in values(statistics, rows).items()}


def centred(value: float, resampled: Floats, plugin: float) -> Figure:
    """Interval of a figure that resampling pushes up, as it does every distance from a diagonal.

    A resample scatters around the rows as the rows scatter around the truth. So the resamples' distance from
    ``plugin``, the uncorrected figure of the rows, is laid, mirrored, around the figure (the basic bootstrap, as Kumar
    et al. 2019 use it); limits below 0 are cut.
    """
    low, high = np.nanpercentile(value + plugin - resampled, LIMITS)
    return Figure(value, max(0.0, float(low)), max(0.0, float(high)))


def interval(value: float, drawn: Floats, n: float, level: float) -> tuple[float, float] | None:
    """Percentile interval around ``value``, widened for small samples.

    None below ``MIN_ROWS`` rows, and where the resamples agree: as with `Figure`, they cannot tell how rare others are.

    Percentile intervals are too narrow by √((n−1)/n) (Hesterberg 2015, "What Teachers Should Know About the
    Bootstrap", The American Statistician 69:371-386); the draws are widened by that factor.

    Args:
        drawn: [resamples] the same statistic of each resample.
        n: rows behind the value; of a difference, `estimates` says how many.
        level: 0.95 for a 95% interval.
    """
    kept = drawn[np.isfinite(drawn)]
    if n < MIN_ROWS or not len(kept):
        return None
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    if _agree(low, high):
        return None
    widen = np.sqrt(n / (n - 1))
    return float(value + (low - value) * widen), float(value + (high - value) * widen)


def _percentile(value: float, resampled: Floats) -> Figure:
    if np.isnan(resampled).all():
        return Figure(value, float("nan"), float("nan"))
    low, high = np.nanpercentile(resampled, LIMITS)
    if _agree(low, high):
        return Figure(value, float("nan"), float("nan"))
    return Figure(value, float(low), float(high))


def _agree(low: float, high: float) -> bool:
    return math.isclose(low, high, abs_tol=1e-9)

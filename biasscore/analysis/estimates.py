"""From articles to means, differences and their intervals.

The interval of a difference is widened like that of n articles, where 1 / (n − 1) is the mean over its sides, weighted
by how much of the squared error comes from each. So a small side widens the intervals of large ones only as far as it
makes them unsure. Welch's degrees of freedom (1947, "The Generalization of 'Student's' Problem When Several Different
Population Variances Are Involved", Biometrika 34:28-35) are never fewer than n − 1; with skewed scores, too many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis import means
from biasscore.analysis.bootstrap import MIN_ROWS, interval
from biasscore.analysis.means import Counts, Sample, Values
from biasscore.errors import InputError
from biasscore.heads import HEADS

OTHERS = "the others"
_BOUNDS: Mapping[str, tuple[float, float]] = {
    f"{prefix}{column.name}": (-1.0, 1.0) if column.name.endswith("tone") else (0.0, 1.0)
    for head in HEADS.values()
    for column in head.columns
    if column.is_number
    for prefix in (("", "title_") if column.of_title else ("",))
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of one score over a side's articles.

    Attributes:
        value: None where no article has the score.
        low, high: bootstrap interval over articles, events, or topics and their articles; None with fewer than
            ``bootstrap.MIN_ROWS`` of them, and so always for a single article: its sentences say nothing about other
            articles. None, too, where all of them have the same score: so few cannot tell how rare others are.
        n: articles that have the score; events, where articles are matched by events.
    """

    score: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One score of ``side`` minus that of ``against``; intervals as in `Estimate`.

    Attributes:
        against: the other side, or "the others": the mean of all other sides that have enough articles for an
            interval (of all, where none has), each side counting once.
        n, n_against: articles that have the score; for "the others" those of the smallest side that counts. Events,
            where articles are matched by events.
        adjusted_low, adjusted_high: wider limits that hold for all differences of the comparison at once; see
            `Figures.n_looks`.
    """

    score: str
    side: str
    against: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_against: int
    adjusted_low: float | None
    adjusted_high: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is estimated.

    Attributes:
        estimates: of each side, one per score.
        differences: with two sides, the second minus the first; with more, each side minus the others.
        n_looks: how many differences the adjusted intervals allow for.
    """

    estimates: tuple[tuple[Estimate, ...], ...]
    differences: tuple[Difference, ...]
    n_looks: int


@dataclass(frozen=True, slots=True)
class Design:
    """What is estimated and how.

    Attributes:
        scores: their names, in the order of the samples' columns.

    Raises:
        InputError: if nothing is compared, or a number is out of range.
    """

    scores: tuple[str, ...]
    resamples: int
    seed: int
    level: float

    def __post_init__(self) -> None:
        if not self.scores:
            raise InputError("--scores (in Python: scores) is empty; name at least one score, or leave out --scores")
        if self.resamples < 1:
            raise InputError(f"the argument 'resamples' must be 1 or more, not {self.resamples}")
        if self.seed < 0:
            raise InputError(f"the argument 'seed' must be 0 or more, not {self.seed}")
        if not 0 < self.level < 1:
            raise InputError(f"the argument 'level' must be between 0 and 1, for example 0.95, not {self.level}")


def bounds_of(score: str) -> tuple[float, float]:
    """Ends of a score's scale, where intervals are cut; infinite for a column of the user's."""
    return _BOUNDS.get(score, (-math.inf, math.inf))


def plain(samples: Sequence[Sample], design: Design) -> Figures:
    """Sides as they are."""
    values = [means.means(sample) for sample in samples]
    drawn = [means.draws(sample, design.resamples, design.seed) for sample in samples]
    return _of_sides(samples, values, drawn, design)


def within_topics(samples: Sequence[Sample], weights: Values, design: Design) -> Figures:
    """Means within each topic, weighted alike on all sides; the samples' strata are the topics."""
    values = means.matched_means(samples, weights)
    drawn = means.matched_draws(samples, weights, design.resamples, design.seed)
    # Where topics are drawn, no interval rests on more of them than there are.
    topics = means.shared_topics(samples, len(weights)) if len(weights) >= MIN_ROWS else None
    return _of_sides(samples, values, drawn, design, topics)


def within_events(names: Sequence[str], cells: Values, design: Design) -> Figures:
    """Differences taken within each event; intervals over events.

    Args:
        cells: [events, sides, scores] mean of each side's articles on an event; NaN where it has none.
    """
    gaps = means.gaps(cells)
    flat = np.concatenate([cells.reshape(len(cells), -1), gaps.reshape(len(gaps), -1)], axis=1)
    sample = Sample("events", flat)
    stacked = np.vstack([means.means(sample), means.draws(sample, design.resamples, design.seed)])
    n_sides, n_scores = cells.shape[1:]
    levels = stacked[:, : n_sides * n_scores].reshape(-1, n_sides, n_scores)
    away = stacked[:, n_sides * n_scores :].reshape(len(stacked), -1, n_scores)
    counts = np.isfinite(cells).sum(axis=0)
    n_gaps = np.isfinite(gaps).sum(axis=0)
    estimates = tuple(_estimates(levels[0, i], levels[1:, i], counts[i], counts[i], design) for i in range(n_sides))
    looks = _Looks(design)
    for i, side in enumerate(names[1:] if n_sides == 2 else names):
        for k, score in enumerate(design.scores):
            n = int(n_gaps[i, k])
            looks.add(score, (side, names[0] if n_sides == 2 else OTHERS), away[:, i, k], (n, n), n)
    return Figures(estimates, *looks.differences())


def _of_sides(
    samples: Sequence[Sample],
    values: Sequence[Values],
    drawn: Sequence[Values],
    design: Design,
    topics: Counts | None = None,
) -> Figures:
    """``topics``: [scores] how many were drawn; None where articles alone were."""
    names = [sample.name for sample in samples]
    counts = [np.isfinite(sample.values).sum(axis=0) for sample in samples]
    most = np.full(len(design.scores), np.inf) if topics is None else topics
    parts = zip(values, drawn, counts, strict=True)
    estimates = tuple(_estimates(value, draw, n, np.minimum(n, most), design) for value, draw, n in parts)
    stacked = np.stack([np.vstack([value, draws]) for value, draws in zip(values, drawn, strict=True)])
    rivals, looks, two = _Rivals(stacked, np.stack(counts)), _Looks(design), len(names) == 2
    for i in (1,) if two else range(len(names)):
        for k, score in enumerate(design.scores):
            rest, n_against, rows = rivals.mean(i, k)
            sides = (names[i], names[0] if two else OTHERS)
            looks.add(score, sides, stacked[i, :, k] - rest, (int(counts[i][k]), n_against), min(rows, most[k]))
    return Figures(estimates, *looks.differences())


def _estimates(values: Values, drawn: Values, counts: Counts, rows: Values, design: Design) -> tuple[Estimate, ...]:
    """``counts``, ``rows``: [scores] articles that have the score, and how many of what was drawn."""
    found = []
    for i, score in enumerate(design.scores):
        ends = _interval(values[i], drawn[:, i], rows[i], design.level, bounds_of(score))
        found.append(Estimate(score, *ends, int(counts[i])))
    return tuple(found)


class _Looks:
    """Gathers differences, and how far the farthest of them strays in each resample.

    The adjusted intervals are those of the max-t bootstrap (Westfall and Young 1993, "Resampling-Based Multiple
    Testing", chapter 2): each difference strays from its value by so many of its standard errors; the largest such
    number of each resample has a quantile, and no interval is narrower than that many standard errors. For small
    samples the quantile is exchanged for that of Student's t which leaves out as much.
    """

    def __init__(self, design: Design) -> None:
        self._design = design
        self._found: list[tuple[Difference, float, float]] = []
        self._farthest = np.zeros(design.resamples)

    def add(self, score: str, sides: tuple[str, str], drawn: Values, n: tuple[int, int], rows: float) -> None:
        """Adds one difference.

        Args:
            drawn: [1 + resamples] the difference and its resamples.
            n: as shown.
            rows: how many of what was drawn the interval rests on.
        """
        low, high = bounds_of(score)
        reach = high - low
        ends = _interval(drawn[0], drawn[1:], rows, self._design.level, (-reach, reach))
        error = 0.0
        if ends[1] is not None:
            strays = np.abs(drawn[1:] - drawn[0])
            error = float(np.sqrt(np.nanmean(strays**2)))
            if error > 0:
                self._farthest = np.fmax(self._farthest, strays / error)
        self._found.append((Difference(score, *sides, *ends, *n, None, None), error, rows))

    def differences(self) -> tuple[tuple[Difference, ...], int]:
        """All of them with their adjusted limits, and over how many the adjustment is."""
        n_looks = sum(found.low is not None for found, _, _ in self._found)
        far = float(np.quantile(self._farthest, self._design.level)) if n_looks else 0.0
        return tuple(self._adjusted(found, error, rows, far) for found, error, rows in self._found), n_looks

    @staticmethod
    def _adjusted(found: Difference, error: float, rows: float, far: float) -> Difference:
        from scipy.special import ndtr, stdtrit

        if found.value is None or found.low is None or found.high is None:
            return found
        low, high = bounds_of(found.score)
        wide = error * float(stdtrit(rows - 1, ndtr(far))) * math.sqrt(rows / (rows - 1))
        # Adjusting never narrows: a skewed interval may reach farther on one side.
        ends = min(found.value - wide, found.low), max(found.value + wide, found.high)
        return replace(found, adjusted_low=max(ends[0], low - high), adjusted_high=min(ends[1], high - low))


class _Rivals:
    """Means of all sides but one, without summing all sides anew for each.

    Args:
        stacked: [sides, 1 + resamples, scores] means, those of the articles themselves first.
        counts: [sides, scores] articles that have the score.
    """

    def __init__(self, stacked: Values, counts: Counts) -> None:
        self._stacked, self._articles = stacked, counts
        freedom = np.maximum(counts - 1, 1)
        error = np.square(np.nan_to_num(stacked[:, 1:] - stacked[:, :1])).mean(axis=1)
        self._errors = np.stack([error, error / freedom])
        self._levels = [_Level(stacked, self._errors, counts, counts >= least) for least in (MIN_ROWS, 1)]

    def mean(self, side: int, score: int) -> tuple[Values, int, float]:
        """[1 + resamples] mean of the others, the articles of the smallest of them, and as many as the error counts.

        The last is that of side and others together, and no more than the articles of either where one has too few
        for an interval.
        """
        for level in self._levels:
            if others := level.others(side, score):
                own = self._stacked[side, :, score] if level.counts[side, score] else 0.0
                fewest = level.smallest(side, score)
                least = min(fewest, int(self._articles[side, score]))
                rows = least if least < MIN_ROWS else self._rows(level, side, score)
                return (level.total[:, score] - own) / others, fewest, rows
        return np.full(self._stacked.shape[1], np.nan), 0, 0

    def _rows(self, level: _Level, side: int, score: int) -> float:
        own, others = self._errors[:, side, score], level.others(side, score)
        rest = level.errors[:, score] - own * level.counts[side, score]
        error, parts = own + rest / others**2
        return float(1 + error / parts) if parts > 0 else 0.0


class _Level:
    """The sides that have enough articles of a score to count as rivals.

    Attributes:
        counts: [sides, scores] whether a side counts.
        total: [1 + resamples, scores] sums of their means.
        errors: [2, scores] sums of their squared errors, and of these divided by n − 1.
    """

    def __init__(self, stacked: Values, errors: Values, articles: Counts, enough: NDArray[np.bool_]) -> None:
        self.counts = enough
        self.total = stacked.sum(axis=0, where=enough[:, None, :])
        self.errors = errors.sum(axis=1, where=enough)
        self._n = enough.sum(axis=0)
        # The two smallest: one of them is there whichever side is left out.
        self._articles = np.where(enough, articles, np.iinfo(np.int64).max)
        self._two = np.sort(np.partition(self._articles, 1, axis=0)[:2], axis=0)

    def others(self, side: int, score: int) -> int:
        """How many sides beside this one count."""
        return int(self._n[score] - self.counts[side, score])

    def smallest(self, side: int, score: int) -> int:
        """Articles of the smallest other side that counts."""
        first, second = self._two[:, score]
        return int(second if self._articles[side, score] == first else first)


def _interval(
    value: float, drawn: Values, n: float, level: float, limits: tuple[float, float]
) -> tuple[float | None, float | None, float | None]:
    if not math.isfinite(value):
        return None, None, None
    found = interval(float(value), drawn, n, level)
    if found is None:
        return float(value), None, None
    return float(value), max(found[0], limits[0]), min(found[1], limits[1])

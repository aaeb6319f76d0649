"""Bootstrap intervals over articles.

The article is what was sampled, so the article is what is resampled (Efron and Tibshirani 1993, "An Introduction to
the Bootstrap", chapter 13): sentences of one article share author and subject, and would make intervals too narrow.
Percentile intervals are themselves too narrow by √((n−1)/n) (Hesterberg 2015, "What Teachers Should Know About the
Bootstrap", The American Statistician 69:371-386); the draws are widened by that factor.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

MIN_ARTICLES = 5
"""With fewer articles no interval is given: so few values cannot tell how far others would lie from them."""

_MAX_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The articles of one side.

    Attributes:
        name: seeds this side's draws, so that they do not depend on the order of the sides.
        values: [articles, scores]; NaN where an article has no such score.
        strata: [articles] index of each article's matched topic; None where topics are not matched.
    """

    name: str
    values: Values
    strata: Counts | None = None


def means(sample: Sample) -> Values:
    """[scores] Mean over the articles that have the score; NaN where none has it."""
    mean: Values = _weighted(np.ones((1, len(sample.values))), sample.values)[0]
    return mean


def draws(sample: Sample, resamples: int, seed: int) -> Values:
    """[resamples, scores] Means of the articles drawn with replacement."""
    rng = _rng(seed, sample.name)
    n = len(sample.values)
    parts = [_weighted(_counts(rng, n, size), sample.values) for size in _chunks(resamples, n)]
    return np.concatenate(parts)


def matched_means(samples: Sequence[Sample], weights: Values) -> list[Values]:
    """[scores] of each sample: means within each topic, weighted alike on all sides."""
    cells = [_by_topic(sample, len(weights), None, 1) for sample in samples]
    return [pooled[0] for pooled in _pool(cells, weights[None, :])]


def matched_draws(samples: Sequence[Sample], weights: Values, resamples: int, seed: int) -> list[Values]:
    """[resamples, scores] of each sample, topics matched.

    Topics are drawn first, the same on all sides, then articles within each topic and side. With fewer than
    ``MIN_ARTICLES`` topics they are kept fixed, and only articles are drawn; where a topic then has fewer than
    ``MIN_ARTICLES`` articles of a side its scatter cannot be told, and all draws are NaN: no interval.

    Args:
        weights: [topics] weight of each topic in every side's mean.
    """
    shared = _rng(seed, "topics")
    own = [_rng(seed, sample.name) for sample in samples]
    n_topics = len(weights)
    if n_topics < MIN_ARTICLES and min(map(_thinnest, samples)) < MIN_ARTICLES:
        return [np.full((resamples, sample.values.shape[1]), np.nan) for sample in samples]
    parts: list[list[Values]] = []
    for size in _chunks(
        resamples, max(len(sample.values) for sample in samples) + n_topics * samples[0].values.shape[1]
    ):
        drawn = _counts(shared, n_topics, size) if n_topics >= MIN_ARTICLES else np.ones((size, n_topics))
        cells = [_by_topic(sample, n_topics, rng, size) for sample, rng in zip(samples, own, strict=True)]
        parts.append(_pool(cells, drawn * weights))
    return [np.concatenate(side) for side in zip(*parts, strict=True)]


def interval(value: float, drawn: Values, n: int, level: float) -> tuple[float, float] | None:
    """Percentile interval around ``value``, widened for small samples; None below ``MIN_ARTICLES`` articles.

    Args:
        drawn: [resamples] the same statistic of each resample.
        n: articles behind the value; of a difference, those of the smaller side.
        level: 0.95 for a 95% interval.
    """
    kept = drawn[np.isfinite(drawn)]
    if n < MIN_ARTICLES or not len(kept):
        return None
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    widen = np.sqrt(n / (n - 1))
    return float(value + (low - value) * widen), float(value + (high - value) * widen)


def _thinnest(sample: Sample) -> int:
    """Articles of the topic with the fewest; every matched topic has some."""
    return len(sample.values) if sample.strata is None else int(np.bincount(sample.strata).min())


def _rng(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogatepass"))])


def _chunks(resamples: int, cells: int) -> Iterator[int]:
    size = max(1, min(resamples, _MAX_CELLS // max(1, cells)))
    while resamples > 0:
        yield min(size, resamples)
        resamples -= size


def _counts(rng: np.random.Generator, n: int, size: int) -> Values:
    """[size, n] How often each of ``n`` is drawn in ``n`` draws with replacement."""
    picks = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
    return np.bincount(picks.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def _weighted(weights: Values, values: Values) -> Values:
    present = np.isfinite(values)
    total = weights @ np.where(present, values, 0.0)
    count = weights @ present.astype(np.float64)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _by_topic(sample: Sample, n_topics: int, rng: np.random.Generator | None, size: int) -> Values:
    """[size, topics, scores] Means within each topic; articles drawn with replacement if ``rng`` is given."""
    cells = np.full((size, n_topics, sample.values.shape[1]), np.nan)
    for topic in range(n_topics):
        values = sample.values[sample.strata == topic]
        weights = np.ones((size, len(values))) if rng is None else _counts(rng, len(values), size)
        cells[:, topic] = _weighted(weights, values)
    return cells


def _pool(cells: Sequence[Values], weights: Values) -> list[Values]:
    # A topic counts for a score only where every side has it, or the sides would be means over different topics.
    shared = np.logical_and.reduce([np.isfinite(side) for side in cells])
    weight = weights[:, :, None] * shared
    total = weight.sum(axis=1)
    pooled = []
    for side in cells:
        summed = (weight * np.where(shared, side, 0.0)).sum(axis=1)
        pooled.append(np.divide(summed, total, out=np.full_like(summed, np.nan), where=total > 0))
    return pooled

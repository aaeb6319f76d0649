"""Means over articles and their bootstrap draws, plain or matched by topic.

The article is what was sampled, so the article is what is resampled: sentences of one article share author and
subject, and would make intervals too narrow.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import MIN_ROWS, chunks, draw_counts

Values: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]


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
    rng = generator(seed, sample.name)
    n = len(sample.values)
    parts = [_weighted(draw_counts(rng, n, size), sample.values) for size in chunks(resamples, n)]
    return np.concatenate(parts)


def matched_means(samples: Sequence[Sample], weights: Values) -> list[Values]:
    """[scores] of each sample: means within each topic, weighted alike on all sides."""
    cells = [_by_topic(sample, len(weights), None, 1) for sample in samples]
    return [pooled[0] for pooled in _pool(cells, weights[None, :])]


def matched_draws(samples: Sequence[Sample], weights: Values, resamples: int, seed: int) -> list[Values]:
    """[resamples, scores] of each sample, topics matched.

    Topics are drawn first, the same on all sides, then articles within each topic and side. With fewer than
    ``MIN_ROWS`` topics they are kept fixed, and only articles are drawn; where a topic then has fewer than
    ``MIN_ROWS`` articles of a side its scatter cannot be told, and all draws are NaN: no interval.

    Args:
        weights: [topics] weight of each topic in every side's mean.
    """
    shared = generator(seed, "topics")
    own = [generator(seed, sample.name) for sample in samples]
    n_topics = len(weights)
    if n_topics < MIN_ROWS and min(map(_thinnest, samples)) < MIN_ROWS:
        return [np.full((resamples, sample.values.shape[1]), np.nan) for sample in samples]
    parts: list[list[Values]] = []
    for size in chunks(
        resamples, max(len(sample.values) for sample in samples) + n_topics * samples[0].values.shape[1]
    ):
        drawn = draw_counts(shared, n_topics, size) if n_topics >= MIN_ROWS else np.ones((size, n_topics))
        cells = [_by_topic(sample, n_topics, rng, size) for sample, rng in zip(samples, own, strict=True)]
        parts.append(_pool(cells, drawn * weights))
    return [np.concatenate(side) for side in zip(*parts, strict=True)]


def shared_topics(samples: Sequence[Sample], n_topics: int) -> Counts:
    """[scores] Topics in which every sample has the score; the others count for none of them."""
    cells = [_by_topic(sample, n_topics, None, 1)[0] for sample in samples]
    return np.asarray(np.logical_and.reduce([np.isfinite(side) for side in cells]).sum(axis=0), dtype=np.int64)


def by_event(values: Values, side: Counts, event: Counts) -> Values:
    """[events, sides, scores] Mean of each side's articles on each event; NaN where it has none with the score.

    Args:
        values: [articles, scores].
        side, event: [articles] indexes from 0.
    """
    n_sides, n_events = int(side.max()) + 1, int(event.max()) + 1
    place = event * n_sides + side
    cells = np.empty((n_events * n_sides, values.shape[1]))
    for score in range(values.shape[1]):
        present = np.isfinite(values[:, score])
        total = np.bincount(place[present], weights=values[present, score], minlength=len(cells))
        count = np.bincount(place[present], minlength=len(cells))
        cells[:, score] = np.divide(total, count, out=np.full(len(cells), np.nan), where=count > 0)
    return cells.reshape(n_events, n_sides, -1)


def gaps(cells: Values) -> Values:
    """[events, sides or 1, scores] Each side minus the mean of the event's others; of two, the second minus the first.

    Args:
        cells: [events, sides, scores] as ``by_event`` gives them.
    """
    if cells.shape[1] == 2:
        return np.asarray(cells[:, 1:] - cells[:, :1])
    present = np.isfinite(cells)
    total = np.where(present, cells, 0.0).sum(axis=1, keepdims=True)
    others = present.sum(axis=1, keepdims=True) - 1
    mean = np.divide(total - cells, others, out=np.full_like(cells, np.nan), where=present & (others > 0))
    return np.asarray(cells - mean)


def generator(seed: int, name: str) -> np.random.Generator:
    """A random generator of its own for each name."""
    return np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogatepass"))])


def _thinnest(sample: Sample) -> int:
    """Articles of the topic with the fewest; every matched topic has some."""
    return len(sample.values) if sample.strata is None else int(np.bincount(sample.strata).min())


def _weighted(weights: Values, values: Values) -> Values:
    present = np.isfinite(values)
    total = weights @ np.where(present, values, 0.0)
    count = weights @ present.astype(np.float64)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _by_topic(sample: Sample, n_topics: int, rng: np.random.Generator | None, size: int) -> Values:
    """[size, topics, scores] Means within each topic; articles drawn with replacement if ``rng`` is given."""
    strata = np.zeros(len(sample.values), dtype=np.int64) if sample.strata is None else sample.strata
    order = np.argsort(strata, kind="stable")
    topics, first, n = np.unique(strata[order], return_index=True, return_counts=True)
    weights = np.ones((size, len(order))) if rng is None else _drawn_within(rng, first, n, size)
    cells = np.full((size, n_topics, sample.values.shape[1]), np.nan)
    for score, values in enumerate(sample.values[order].T):
        present = np.isfinite(values)
        total = np.add.reduceat(weights * np.where(present, values, 0.0), first, axis=1)
        count = np.add.reduceat(weights * present, first, axis=1)
        cells[:, topics, score] = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return cells


def _drawn_within(rng: np.random.Generator, first: Counts, n: Counts, size: int) -> Values:
    """[size, articles] How often each is drawn, where the articles of each topic are drawn among themselves."""
    articles = int(n.sum())
    drawn = np.repeat(first, n) + rng.integers(0, np.repeat(n, n), size=(size, articles))
    drawn += np.arange(size)[:, None] * articles
    return np.bincount(drawn.ravel(), minlength=size * articles).reshape(size, articles).astype(np.float64)


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

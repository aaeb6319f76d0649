"""Metrics as functions of row weights, so that one definition gives the figure and all its bootstrap resamples.

Each function takes what does not change (labels, scores), sorts it once, and returns a ``bootstrap.Statistic``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import Floats, Statistic

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def confusion(truth: Ints, predicted: Ints, n_classes: int) -> Ints:
    """[true class, predicted class] counts."""
    cells = np.bincount(truth * n_classes + predicted, minlength=n_classes * n_classes)
    return cells.reshape(n_classes, n_classes)


def macro_f1(truth: Ints, predicted: Ints, n_classes: int) -> Statistic:
    """Mean of the classes' F1, over the classes that occur in truth or prediction."""
    one = np.eye(n_classes)
    counted = np.concatenate([one[truth] * one[predicted], one[truth], one[predicted]], axis=1)

    def statistic(weights: Floats) -> Floats:
        both, true, said = np.split(weights @ counted, 3, axis=1)
        occurs = true + said > 0
        f1 = np.divide(2 * both, true + said, out=np.zeros_like(both), where=occurs)
        return np.asarray(f1.sum(axis=1) / np.maximum(occurs.sum(axis=1), 1))

    return statistic


def positive_f1(truth: Ints, predicted: Ints, owner: Ints) -> Statistic:
    """F1 of class 1 among units (words) that come and go with their row; 0 where nothing is true nor predicted.

    Args:
        owner: [units] row of each unit.
    """
    both_of, total_of = np.bincount(owner, truth * predicted), np.bincount(owner, truth + predicted)
    counted = np.stack([both_of, total_of], axis=1).astype(np.float64)

    def statistic(weights: Floats) -> Floats:
        both, total = (weights[:, : len(counted)] @ counted).T
        return np.asarray(np.divide(2 * both, total, out=np.zeros_like(total), where=total > 0))

    return statistic


def auc(truth: Ints, scores: Floats, owner: Ints | None = None) -> Statistic:
    """Area under the ROC curve: how often a positive unit scores above a negative one, ties counted half.

    Args:
        owner: [units] row of each unit, where a row holds several (words); by default each row is one unit.
    """
    rows = np.arange(len(truth)) if owner is None else owner
    positive, negative = np.flatnonzero(truth == 1), np.flatnonzero(truth == 0)
    negative = negative[np.argsort(scores[negative], kind="stable")]
    below = np.searchsorted(scores[negative], scores[positive], side="left")
    not_above = np.searchsorted(scores[negative], scores[positive], side="right")

    def statistic(weights: Floats) -> Floats:
        misses = np.zeros((len(weights), len(negative) + 1))
        np.cumsum(weights[:, rows[negative]], axis=1, out=misses[:, 1:])
        hits = weights[:, rows[positive]]
        won = (hits * (misses[:, below] + misses[:, not_above])).sum(axis=1) / 2
        return _ratio(won, hits.sum(axis=1) * misses[:, -1])

    return statistic


def macro_auc(truth: Ints, probabilities: Floats) -> Statistic:
    """Mean over the classes of the AUC of each class against the rest (Hand and Till 2001, one against rest)."""
    each = [auc((truth == i).astype(np.int64), probabilities[:, i]) for i in range(probabilities.shape[1])]

    def statistic(weights: Floats) -> Floats:
        return np.asarray(np.mean([one(weights) for one in each], axis=0))

    return statistic


def brier(truth: Ints, probabilities: Floats) -> Statistic:
    """Mean squared distance of the probabilities from the truth (Brier 1950).

    Args:
        probabilities: [n] of class 1, giving values from 0 to 1, or [n, classes], giving values from 0 to 2.
    """
    if probabilities.ndim == 1:
        return mean((probabilities - truth) ** 2)
    return mean(((probabilities - np.eye(probabilities.shape[1])[truth]) ** 2).sum(axis=1))


def mean(values: Floats, inside: Bools | None = None) -> Statistic:
    """Mean of a value, over the rows ``inside`` if given; NaN where a resample has none of them."""
    kept = np.ones(len(values)) if inside is None else inside.astype(np.float64)
    column = np.stack([values * kept, kept], axis=1)

    def statistic(weights: Floats) -> Floats:
        total, count = (weights @ column).T
        return _ratio(total, count)

    return statistic


def rate(flagged: Bools, among: Bools) -> Statistic:
    """Share of the rows ``among`` that are flagged: the false-positive rate, when those are the negative rows."""
    return mean(flagged.astype(np.float64), among)


def difference(one: Statistic, other: Statistic) -> Statistic:
    """``one − other`` on the same resamples, which is what makes a comparison paired."""

    def statistic(weights: Floats) -> Floats:
        return one(weights) - other(weights)

    return statistic


def precision_at(prevalence: float, flagged: Bools, positive: Bools) -> Statistic:
    """Precision of a flag where a share ``prevalence`` of rows is positive.

    From sensitivity and false-positive rate by Bayes' rule, which takes both to stay what they are on these rows.
    """
    sensitivity, false_positives = rate(flagged, positive), rate(flagged, ~positive)

    def statistic(weights: Floats) -> Floats:
        right = prevalence * sensitivity(weights)
        return _ratio(right, right + (1 - prevalence) * false_positives(weights))

    return statistic


@dataclass(frozen=True, slots=True, eq=False)
class SpanCounts:
    """What each sentence adds to span precision and recall.

    Attributes:
        precision: [sentences], matched amount of its predicted spans.
        predicted: [sentences], number of predicted spans.
        recall: [sentences], matched amount of its true spans.
        true: [sentences], number of true spans.
    """

    precision: Floats
    predicted: Floats
    recall: Floats
    true: Floats

    @property
    def f1(self) -> Statistic:
        """Harmonic mean of precision and recall over all spans; 0 where nothing matches."""
        columns = np.stack([self.precision, self.predicted, self.recall, self.true], axis=1)

        def statistic(weights: Floats) -> Floats:
            matched, predicted, found, true = (weights @ columns).T
            precision = matched / np.maximum(predicted, 1)
            recall = found / np.maximum(true, 1)
            total = precision + recall
            f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
            return np.asarray(f1)

        return statistic


Range = tuple[int, int]


def exact_spans(predicted: Sequence[Sequence[Range]], true: Sequence[Sequence[Range]]) -> SpanCounts:
    """A span counts when start and end are those of a true one."""
    matched = np.array([len(set(p) & set(t)) for p, t in zip(predicted, true, strict=True)], dtype=np.float64)
    return SpanCounts(matched, _lengths(map(set, predicted)), matched, _lengths(map(set, true)))


def partial_spans(predicted: Sequence[Sequence[Range]], true: Sequence[Sequence[Range]]) -> SpanCounts:
    """A span counts by the share of its characters that the other side covers (Da San Martino et al. 2019, §6)."""
    pairs = list(zip(predicted, true, strict=True))
    return SpanCounts(
        np.array([_covered(p, t) for p, t in pairs], dtype=np.float64),
        _lengths(predicted),
        np.array([_covered(t, p) for p, t in pairs], dtype=np.float64),
        _lengths(true),
    )


def _covered(spans: Sequence[Range], by: Sequence[Range]) -> float:
    return sum(max(0, min(end, e) - max(start, s)) / (end - start) for start, end in spans for s, e in by)


def _lengths(spans: Iterable[Collection[Range]]) -> Floats:
    return np.array([len(each) for each in spans], dtype=np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0))

"""Fit what turns logits into honest probabilities and labels, from predictions on rows that were kept out.

Maps are affine in the logit (Platt 1999 for one logit; temperature and class biases, Guo et al. 2017, for several; a
temperature alone for framing), so that a logit stays the sum of its tokens' parts. Thresholds are read off the same
rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_expit, log_softmax

from biasscore.engine.columns import STAGE_HEADS
from biasscore.errors import TrainingError
from biasscore.heads import HEADS, MAPS
from biasscore.predict.calibration import UNCALIBRATED, AffineMap, Calibration
from biasscore.training.corpora import AUTHORED
from biasscore.training.predictions import Prediction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRECISION = 0.9
# A threshold that keeps fewer rows says nothing about the precision above it.
FEWEST_ROWS = 30
F1_SLACK = 0.99
NEVER = 0.999
# With fewer sentences, or fewer of one class, a map would follow chance more than the map that it replaces.
FEWEST_SENTENCES = 20
FEWEST_OF_A_CLASS = 5
_ONE_CLASS = (
    "calibration needs examples of two labels or more, but there are none, or all have the same label; add rows with "
    "other labels"
)

STAGE_MAPS = frozenset(name for head in STAGE_HEADS.sizes for name in HEADS[head].maps)
"""The maps of the heads that the stages of training teach."""


def fit_map(logits: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]]) -> AffineMap:
    """The affine map of least log loss.

    Targets are softened by Laplace's rule, as in Platt (1999), so that separable rows do not ask for an infinite scale.

    Args:
        logits: [n, classes], or [n, 1] for a binary head.
        truth: [n], class indices from 0.

    Raises:
        TrainingError: if there are no rows, or only one class of them.
    """
    if len(np.unique(truth)) < 2:
        raise TrainingError(_ONE_CLASS)
    values = np.asarray(logits, dtype=np.float64)
    n_shifts = values.shape[1]
    targets = _soft_targets(np.asarray(truth, dtype=np.int64), max(2, n_shifts))

    def log_loss(parameters: Floats) -> tuple[float, Floats]:
        scale = np.exp(parameters[0])
        mapped = scale * values + parameters[1:]
        if n_shifts == 1:
            logs = np.concatenate([log_expit(-mapped), log_expit(mapped)], axis=1)
            slope = np.exp(logs[:, 1:]) - targets[:, 1:]
        else:
            logs = log_softmax(mapped, axis=1)
            slope = np.exp(logs) - targets
        gradient = np.r_[scale * (slope * values).sum(axis=1).mean(), slope.mean(axis=0)]
        return -float((targets * logs).sum(axis=1).mean()), gradient

    spread = max(float(values.std()), 1e-6)
    start = np.r_[-np.log(spread), np.zeros(n_shifts)]
    best = minimize(log_loss, start, jac=True, method="L-BFGS-B", bounds=[(-12, 12)] + [(-50, 50)] * n_shifts)
    shift = best.x[1:] - (best.x[1:].mean() if n_shifts > 1 else 0.0)
    return AffineMap(float(np.exp(best.x[0])), tuple(map(float, shift)))


def fit_scale(logits: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]], kinds: Sequence[str]) -> AffineMap:
    """Temperature of least log loss (Guo et al. 2017); every kind of unit weighs the same, and every class within it.

    For framing. The shares of leans among the outlets at hand say nothing of those in a user's texts, so its
    probabilities are for equal shares. There is no shift: a passage without evidence has logits of 0, and keeps a third
    for each lean. Paragraphs and documents are two kinds with one map, so that the same text has the same framing.

    Args:
        logits: [n, classes].
        truth: [n], class indices from 0.
        kinds: [n], names.

    Raises:
        TrainingError: if there are no rows, or only one class of them.
    """
    values, classes = np.asarray(logits, dtype=np.float64), np.asarray(truth, dtype=np.int64)
    if len(np.unique(classes)) < 2:
        raise TrainingError(_ONE_CLASS)
    n_classes = values.shape[1]
    group = np.unique(np.asarray(kinds), return_inverse=True)[1] * n_classes + classes
    weights = 1.0 / np.bincount(group)[group]
    weights /= weights.sum()

    def log_loss(log_scale: float) -> float:
        return -float(weights @ log_softmax(np.exp(log_scale) * values, axis=1)[np.arange(len(classes)), classes])

    best = minimize_scalar(log_loss, bounds=(-12, 12), method="bounded")
    return AffineMap(float(np.exp(best.x)), (0.0,) * n_classes)


def fit_head(name: str, predictions: Sequence[Prediction]) -> AffineMap:
    """The map that a head of the embedded models gets.

    Args:
        name: of a map in ``heads.MAPS``.
        predictions: of that map; of a balanced head, of any of its maps.
    """
    logits, truth = _arrays(predictions)
    return fit_scale(logits, truth, [p.head for p in predictions]) if MAPS[name].balanced else fit_map(logits, truth)


def label_thresholds(probabilities: Floats, truth: Ints) -> tuple[float, float]:
    """The widest labels of which a share ``PRECISION`` is right, on either side, at the prevalence of the rows given.

    Each is the least demanding threshold that labels ``FEWEST_ROWS`` rows or more at that precision. A side that never
    reaches it gets a threshold at which hardly anything is labelled. Where the sides would overlap, they meet midway.

    Returns:
        ``neutral_below``, ``loaded_above``.
    """
    # Negated, not 1 − p, which would round a row across its own threshold.
    highest = _lowest_threshold(probabilities, truth)
    lowest = _lowest_threshold(-probabilities, 1 - truth)
    loaded_above = NEVER if highest is None else min(highest, NEVER)
    neutral_below = 1 - NEVER if lowest is None else max(-lowest, 1 - NEVER)
    if neutral_below > loaded_above:
        neutral_below = loaded_above = (neutral_below + loaded_above) / 2
    return neutral_below, loaded_above


def lowest_f1_threshold(probabilities: Floats, truth: Ints) -> float:
    """The lowest threshold whose F1 of the positive class comes within 1% of the highest, strictly between 0 and 1.

    F1 is flat around its top, so where the top itself lies is chance. Of equals, the reader is better served by the
    one that misses fewer words: each mark shows its score.
    """
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(truth[order])
    # F1 = 2·tp / (predicted + actual); only the last row of a run of equal scores can be a border.
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + max(1, hits[-1]))
    f1[:-1][probabilities[order][1:] == probabilities[order][:-1]] = -1.0
    last = np.flatnonzero(f1 >= F1_SLACK * f1.max())[-1]
    return float(np.clip(probabilities[order][last], 1e-6, 1 - 1e-6))


def fit_calibration(predictions: Sequence[Prediction], base: Calibration = UNCALIBRATED) -> Calibration:
    """Everything a checkpoint's ``calibration.json`` holds, from rows kept out of training.

    Args:
        predictions: of all schemes and data sets; each map has its own rows (see ``rows_of_map``).
        base: gives the maps and thresholds for which there are too few rows: of a model that was trained further, they
            are nearer the truth than none.
    """
    for name in sorted(STAGE_MAPS):
        rows = rows_of_map(predictions, name)
        base = with_map(base, name, rows) if enough(rows) else base
    return base


def with_map(base: Calibration, name: str, rows: Sequence[Prediction]) -> Calibration:
    """A calibration with one map, and the thresholds that go with it, fitted on these rows.

    Raises:
        TrainingError: if there are rows of one class only.
    """
    return with_fitted(base, (name,), fit_head(name, rows), *_arrays(rows))


def with_fitted(
    base: Calibration, names: Sequence[str], found: AffineMap, logits: NDArray[np.floating[Any]], truth: Ints
) -> Calibration:
    """A calibration with a map under these names, and the thresholds that it has on these rows."""
    fitted = replace(base, maps={**base.maps, **dict.fromkeys(names, found)})
    if "span" in names:
        return replace(fitted, span_above=lowest_f1_threshold(found.probabilities(logits), truth))
    if "loaded" not in names:
        return fitted
    neutral_below, loaded_above = label_thresholds(found.probabilities(logits), truth)
    return replace(fitted, prevalence=float(truth.mean()), neutral_below=neutral_below, loaded_above=loaded_above)


def rows_of_map(predictions: Sequence[Prediction], name: str) -> list[Prediction]:
    """What the shipped map ``name`` is fitted on; of a balanced head, the rows of all its maps.

    Whole outlets left out are for figures, except those of framing, which has no other rows. Authored sentences are
    hard cases by design, not a sample of the news.
    """
    head = MAPS[name]
    names = head.maps if head.balanced else (name,)
    return [
        p
        for p in predictions
        if p.head in names and p.dataset not in AUTHORED and (head.balanced or p.scheme != "leave-outlet-out")
    ]


def enough(rows: Sequence[Prediction]) -> bool:
    """Whether a map can be fitted on these rows: enough sentences (or articles), and enough of every class."""
    if len({p.row for p in rows}) < FEWEST_SENTENCES:
        return False
    return int(np.bincount([p.gold for p in rows], minlength=len(MAPS[rows[0].head].labels)).min()) >= FEWEST_OF_A_CLASS


def _arrays(rows: Sequence[Prediction]) -> tuple[Floats, Ints]:
    return np.array([p.logits for p in rows], dtype=np.float64), np.array([p.gold for p in rows], dtype=np.int64)


def _soft_targets(truth: Ints, n_classes: int) -> Floats:
    counts = np.bincount(truth, minlength=n_classes)
    own = (counts + 1) / (counts + 2)
    other = (1 - own) / (n_classes - 1)
    targets = np.repeat(other[truth][:, None], n_classes, axis=1)
    targets[np.arange(len(truth)), truth] = own[truth]
    return targets


def _lowest_threshold(scores: Floats, hits: Ints) -> float | None:
    """None where no threshold reaches ``PRECISION``."""
    order = np.argsort(-scores, kind="stable")
    ranked, chosen = scores[order], np.arange(1, len(order) + 1)
    # A threshold takes all rows of a score or none, so only the last row of a run of equal scores can be a border.
    border = np.r_[ranked[1:] < ranked[:-1], True] & (chosen >= FEWEST_ROWS)
    good = np.flatnonzero(border & (np.cumsum(hits[order]) >= PRECISION * chosen))
    return float(ranked[good[-1]]) if len(good) else None

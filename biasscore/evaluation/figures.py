"""All figures of one system on one set of rows, beside those of the baselines on the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import Figure, Rows, Statistic, figures
from biasscore.errors import InputError
from biasscore.evaluation.answers import Answers
from biasscore.evaluation.calibration_error import CalibrationError, calibration_error
from biasscore.evaluation.labelled_rows import RowSet
from biasscore.evaluation.metrics import auc, brier, confusion, difference, macro_auc, macro_f1, precision_at, rate

Unit = Literal["row", "outlet"]
Bools = NDArray[np.bool_]

PREVALENCES = (0.10, 0.25, 0.50)
LIKELIEST = "likeliest class"
# With fewer rows 15 bins hold too little to say anything.
FEWEST_FOR_BINS = 60


@dataclass(frozen=True, slots=True)
class Origin:
    """Where answers come from, and what the weights that gave them had seen.

    Attributes:
        how: in a few words, for the reader of a table.
        shipped: True for the shipped weights, False for the runs of the same recipe that left the rows out.
        seen: judged rows that the shipped weights were trained on; None where their training is not known.
        left_out: rows that the judging left out because training texts share words with them; None where nobody
            counted them.
    """

    how: str
    shipped: bool
    seen: int | None
    left_out: int | None = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """A baseline on the same rows.

    Attributes:
        trained_on: rows it learnt from (of each run, the largest); 0 for one that learns nothing.
        figures: as the block's.
        ahead: how far the model is ahead in each of them, paired over the same resamples.
    """

    trained_on: int
    figures: Mapping[str, Figure]
    ahead: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Block:
    """One task on one set of rows.

    Attributes:
        n, unanswered: rows judged, and rows the model had nothing to say of.
        classes: rows of each class.
        outlets: rows of each outlet, the largest first; empty where the rows do not name them.
        unit, n_units: what the bootstrap draws, and how many there are.
        calibration: by what the scores speak of: the positive class, or the likeliest class and each class.
        confusion: rows of each true class (outer) and predicted class (inner).
        baselines: by name.
    """

    task: str
    dataset: str
    split: str
    origin: Origin
    n: int
    unanswered: int
    classes: Mapping[str, int]
    outlets: Mapping[str, int]
    unit: Unit
    n_units: int
    figures: Mapping[str, Figure]
    calibration: Mapping[str, CalibrationError]
    confusion: tuple[tuple[int, ...], ...]
    baselines: Mapping[str, Compared]


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """A baseline's answers, and how many rows it learnt from."""

    answers: Answers
    trained_on: int


def judge(
    rows: RowSet, answers: Answers, origin: Origin, rivals: Mapping[str, Rival] | None = None, unit: Unit = "row"
) -> Block:
    """Compute all figures.

    Raises:
        InputError: if no row was answered.
    """
    kept = answers.answered
    if not kept.any():
        raise InputError(
            f"the model gives no score for any of the {len(rows)} rows of {rows.dataset}; check that --task and "
            "--label (in Python: task and label) fit this data"
        )
    judged, said = rows.only(kept), picked(answers, kept)
    width = len(said.words.owner) if said.words else 0
    single, outlets = np.arange(len(judged)), np.array(judged.outlets)
    drawn = Rows.clustered(single if unit == "row" else outlets, width=width)
    own = common_statistics(judged, said)
    others = {name: (rival, picked(rival.answers, kept)) for name, rival in (rivals or {}).items()}
    every = own | loaded_statistics(judged, said)
    return Block(
        task=judged.task.name,
        dataset=judged.dataset,
        split=judged.split,
        origin=origin,
        n=len(judged),
        unanswered=len(rows) - len(judged),
        classes={label: int((judged.truth == i).sum()) for i, label in enumerate(judged.task.labels)},
        outlets=dict(Counter(filter(None, judged.outlets)).most_common()),
        unit=unit,
        n_units=drawn.n_clusters,
        figures=figures(every, drawn),
        calibration=calibrations(judged, said, Rows.single(len(judged))),
        confusion=tuple(map(tuple, confusion(judged.truth, said.predicted, len(judged.task.labels)).tolist())),
        baselines={name: _compared(judged, own, rival, theirs, drawn) for name, (rival, theirs) in others.items()},
    )


def picked(answers: Answers, kept: Bools) -> Answers:
    """The answers of the rows that are kept."""
    return Answers(
        predicted=answers.predicted[kept],
        scores=answers.scores[kept],
        probabilities=answers.probabilities,
        answered=answers.answered[kept],
        labels=answers.labels and tuple(answers.labels[i] for i in np.flatnonzero(kept)),
        words=answers.words.only(kept) if answers.words else None,
    )


def common_statistics(rows: RowSet, answers: Answers) -> dict[str, Statistic]:
    """What every system is asked: macro-F1, AUC, and the Brier score where it gives probabilities.

    No macro-F1 of rows of one class: it would be a mean over classes that do not occur.
    """
    found: dict[str, Statistic] = {}
    if len(np.unique(rows.truth)) > 1:
        found["macro_f1"] = macro_f1(rows.truth, answers.predicted, len(rows.task.labels))
    if answers.scores.ndim == 1:
        found["auc"] = auc(rows.truth, answers.scores)
    else:
        found["auc"] = macro_auc(rows.truth, answers.scores)
    if answers.probabilities:
        found["brier"] = brier(rows.truth, answers.scores)
    return found


def loaded_statistics(rows: RowSet, answers: Answers) -> dict[str, Statistic]:
    """What only ``loaded`` is asked: false positives by the outlet's lean, precision of the labels, marked words."""
    if rows.task.name != "loaded":
        return {}
    return _fairness(rows, answers) | _labels(rows, answers) | (answers.words.statistics() if answers.words else {})


def calibrations(rows: RowSet, answers: Answers, drawn: Rows) -> dict[str, CalibrationError]:
    """Calibration errors of all that a system gives as probabilities.

    Args:
        drawn: single rows, whatever else is resampled: corrections and band take rows to vary alone.
    """
    if not answers.probabilities or len(rows) < FEWEST_FOR_BINS:
        return {}
    if answers.scores.ndim == 1:
        return {rows.task.labels[1]: calibration_error(answers.scores, rows.truth == 1, drawn)}
    top = calibration_error(answers.scores.max(axis=1), answers.predicted == rows.truth, drawn)
    each = {
        label: calibration_error(answers.scores[:, i], rows.truth == i, drawn)
        for i, label in enumerate(rows.task.labels)
    }
    return {LIKELIEST: top} | each


def leans_of_outlets(rows: RowSet) -> tuple[str, ...]:
    """Each row's lean; where the row says none, that of its outlet, if its other rows agree on one."""
    stated: dict[str, set[str]] = {}
    for outlet, lean in zip(rows.outlets, rows.leans, strict=True):
        if outlet and lean:
            stated.setdefault(outlet, set()).add(lean)
    known = {outlet: min(leans) for outlet, leans in stated.items() if len(leans) == 1}
    return tuple(lean or known.get(outlet, "") for outlet, lean in zip(rows.outlets, rows.leans, strict=True))


def to_dict(block: Block) -> dict[str, Any]:
    """Plain values for JSON; a limit that is not defined is null."""
    written: dict[str, Any] = plain(asdict(block))
    for name, found in block.calibration.items():
        written["calibration"][name]["within_band"] = found.within_band
    return written


def plain(value: Any) -> Any:
    """The value in what JSON knows: numbers rounded, and null for one that is not defined."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, 5)
    return value


def _fairness(rows: RowSet, answers: Answers) -> dict[str, Statistic]:
    """Shares of neutral sentences taken for loaded, by lean: at one half, and by what users read, the label."""
    found = _false_positives("false_positive_rate", answers.predicted == 1, rows)
    if answers.labels is not None:
        found |= _false_positives("false_label_rate", np.array(answers.labels) == "loaded", rows)
    return found


def _false_positives(name: str, flagged: Bools, rows: RowSet) -> dict[str, Statistic]:
    leans, neutral = np.array(leans_of_outlets(rows)), rows.truth == 0
    sides = {lean: rate(flagged, neutral & (leans == lean)) for lean in ("left", "center", "right")}
    found = {f"{name}.{lean}": side for lean, side in sides.items() if (neutral & (leans == lean)).any()}
    if {f"{name}.left", f"{name}.right"} <= set(found):
        found[f"{name}.left_minus_right"] = difference(sides["left"], sides["right"])
    return found


def _labels(rows: RowSet, answers: Answers) -> dict[str, Statistic]:
    if answers.labels is None:
        return {}
    labels, loaded = np.array(answers.labels), rows.truth == 1
    found = {
        f"share_labelled.{name}": rate(labels == name, np.ones(len(rows), dtype=bool))
        for name in ("loaded", "neutral", "uncertain")
    }
    for prevalence in PREVALENCES:
        at = f"{round(100 * prevalence)}%"
        found[f"precision_loaded.{at}"] = precision_at(prevalence, labels == "loaded", loaded)
        found[f"precision_neutral.{at}"] = precision_at(1 - prevalence, labels == "neutral", ~loaded)
    return found


def _compared(rows: RowSet, own: Mapping[str, Statistic], rival: Rival, answers: Answers, drawn: Rows) -> Compared:
    theirs = common_statistics(rows, answers)
    ahead = {name: difference(own[name], theirs[name]) for name in own if name in theirs and name != "brier"}
    return Compared(rival.trained_on, figures(theirs, drawn), figures(ahead, drawn))

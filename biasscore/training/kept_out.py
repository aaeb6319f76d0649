"""Out-of-fold predictions as judged rows: logits, calibrated by maps that never saw the row they are judged on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from biasscore.results import Label
from biasscore.tasks import FRAMING, LOADED, SENTIMENT, SUBJECTIVITY, Task
from biasscore.training.answers import Answers, from_probabilities
from biasscore.training.bootstrap import Floats
from biasscore.training.calibration_fit import best_f1_threshold, cross_calibrated, label_thresholds
from biasscore.training.corpora import Row
from biasscore.training.examples import marked_ranges
from biasscore.training.judge import picked
from biasscore.training.metrics import Range
from biasscore.training.predictions import Prediction, Scheme
from biasscore.training.rowsets import RowSet
from biasscore.training.words import Words, joined

Ints = NDArray[np.int64]

TASK_OF: Mapping[str, Task] = {
    "loaded": LOADED,
    "subjectivity": SUBJECTIVITY,
    "sentiment": SENTIMENT,
    "framing_document": FRAMING,
    "framing_paragraph": FRAMING,
}
# Parts for calibrating rows that one run predicted.
_PARTS = 5


def judged_sets(predictions: Sequence[Prediction], rows: Mapping[str, Row]) -> Iterator[tuple[Scheme, RowSet, Answers]]:
    """Each head, scheme and data set of a prediction file as rows and answers.

    Where whole outlets were left out too, their rows under random folds come once more by themselves.

    Args:
        rows: the corpora's rows by ``row_id``; predictions of rows that are not there are passed over.
    """
    groups: dict[tuple[str, Scheme, str], list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        if prediction.row in rows:
            groups[prediction.head, prediction.scheme, prediction.dataset].append(prediction)
    for (head, scheme, dataset), group in groups.items():
        if head not in TASK_OF or len({p.gold for p in group}) < 2:
            continue
        words = groups.get(("span", scheme, dataset), []) if head == "loaded" else []
        judged, answers = _rows(head, scheme, group, rows), _answers(head, scheme, group, words, rows)
        yield scheme, judged, answers
        left_out = {p.outlet for p in groups.get((head, "leave-outlet-out", dataset), ())}
        if scheme == "random folds" and left_out:
            # The same rows as leave-outlet-out has, so that the two schemes can be read side by side.
            kept = np.isin(np.array(judged.outlets), sorted(left_out))
            yield (
                scheme,
                replace(judged.only(kept), split=f"{scheme}, outlets of leave-outlet-out"),
                picked(answers, kept),
            )


def _rows(head: str, scheme: Scheme, group: Sequence[Prediction], rows: Mapping[str, Row]) -> RowSet:
    units = {"framing_document": ", articles", "framing_paragraph": ", paragraphs"}
    return RowSet(
        task=TASK_OF[head],
        dataset=group[0].dataset,
        split=scheme + units.get(head, ""),
        texts=tuple(rows[p.row].text if p.start < 0 else rows[p.row].text[p.start : p.end] for p in group),
        truth=_golds(group),
        outlets=tuple(p.outlet for p in group),
        leans=tuple(p.lean for p in group),
        folds=None if scheme == "held-out" else np.array([p.fold for p in group], dtype=np.int64),
    )


def _answers(
    head: str, scheme: Scheme, group: Sequence[Prediction], words: Sequence[Prediction], rows: Mapping[str, Row]
) -> Answers:
    truth, parts = _golds(group), _parts(scheme, group)
    probabilities = cross_calibrated(_logits(group), truth, parts)
    if head != "loaded":
        return from_probabilities(probabilities)
    labels = _labels(probabilities, truth, parts)
    return from_probabilities(probabilities, labels, _words(scheme, group, words, rows) if words else None)


def _parts(scheme: Scheme, group: Sequence[Prediction]) -> Ints:
    """Which rows are calibrated together: a fold, an outlet, or one of ``_PARTS`` parts by the row's hash."""
    if scheme != "held-out":
        found = np.array([p.fold for p in group])
    elif group[0].head.startswith("framing"):
        found = np.unique([p.outlet for p in group], return_inverse=True)[1]
    else:
        found = np.array([int(p.row[:8], 16) % _PARTS for p in group])
    if len(np.unique(found)) > 1:
        return found
    return np.array([int(p.row[:8], 16) % _PARTS for p in group])


def _labels(probabilities: Floats, truth: Ints, parts: Ints) -> tuple[Label | None, ...]:
    """The label of each row by thresholds read off the other parts."""
    found = np.full(len(truth), "uncertain", dtype=object)
    for part in np.unique(parts):
        inside = parts == part
        neutral_below, loaded_above = label_thresholds(probabilities[~inside], truth[~inside])
        found[inside & (probabilities <= neutral_below)] = "neutral"
        found[inside & (probabilities >= loaded_above)] = "loaded"
    return tuple(found)


def _words(scheme: Scheme, group: Sequence[Prediction], words: Sequence[Prediction], rows: Mapping[str, Row]) -> Words:
    place = {p.row: i for i, p in enumerate(group)}
    words = [p for p in words if p.row in place]
    owner, truth, parts = np.array([place[p.row] for p in words]), _golds(words), _parts(scheme, words)
    probabilities = cross_calibrated(_logits(words), truth, parts)
    predicted = np.zeros(len(words), dtype=np.int64)
    for part in np.unique(parts):
        inside = parts == part
        predicted[inside] = probabilities[inside] >= best_f1_threshold(probabilities[~inside], truth[~inside])
    said: list[list[Range]] = [[] for _ in group]
    for word, row, hit in zip(words, owner, predicted, strict=True):
        if hit:
            said[row].append((word.start, word.end))
    texts = [rows[p.row].text for p in group]
    true = [marked_ranges(rows[p.row].text, rows[p.row].marked or ()) for p in group]
    return Words(
        owner,
        truth,
        predicted,
        probabilities,
        tuple(joined(text, ranges) for text, ranges in zip(texts, said, strict=True)),
        tuple(joined(text, ranges) for text, ranges in zip(texts, true, strict=True)),
    )


def _golds(group: Sequence[Prediction]) -> Ints:
    return np.array([p.gold for p in group], dtype=np.int64)


def _logits(group: Sequence[Prediction]) -> Floats:
    return np.array([p.logits for p in group], dtype=np.float64)

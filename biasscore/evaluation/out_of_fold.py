"""Out-of-fold predictions as judged rows: logits, calibrated by maps that never saw the row they are judged on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import Floats
from biasscore.evaluation.answers import Answers, from_probabilities
from biasscore.evaluation.figures import picked
from biasscore.evaluation.labelled_rows import RowSet
from biasscore.evaluation.metrics import Range
from biasscore.evaluation.words import Words, joined
from biasscore.heads import MAPS
from biasscore.predict.calibration import UNCALIBRATED, Calibration
from biasscore.results import Label
from biasscore.training.calibration_fit import enough, rows_of_map, with_map
from biasscore.training.corpora import Row
from biasscore.training.examples import marked_ranges
from biasscore.training.predictions import Prediction, Scheme

Ints = NDArray[np.int64]

# Parts for calibrating rows that one run predicted.
_PARTS = 5


Group = Sequence[Prediction]
# What a split's name ends in where the judged unit is not a sentence.
ARTICLES, PARAGRAPHS = ", articles", ", paragraphs"

Key = tuple[str, Scheme, str]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Predictions that are calibrated together, by others.

    Attributes:
        inside: [group] True for the part's predictions.
        calibration: fitted on rows of which none is in the part; the shipped one where there are too few of them.
    """

    inside: NDArray[np.bool_]
    calibration: Calibration


def judged_sets(
    predictions: Sequence[Prediction], rows: Mapping[str, Row], shipped: Calibration = UNCALIBRATED
) -> Iterator[tuple[Scheme, RowSet, Answers]]:
    """Each head, scheme and data set of a prediction file as rows and answers.

    Where whole outlets were left out too, their rows under random folds come once more by themselves.

    Args:
        rows: the corpora's rows by ``row_id``; predictions of rows that are not there are passed over.
        shipped: the model's calibration, for heads with too few rows to fit a map on.
    """
    groups: dict[Key, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        if prediction.row in rows:
            groups[prediction.head, prediction.scheme, prediction.dataset].append(prediction)
    for (head, scheme, dataset), group in groups.items():
        if MAPS[head].level == "token" or len({p.gold for p in group}) < 2:
            continue
        judged = _rows(head, scheme, group, rows)
        answers = _answers(groups, (head, scheme, dataset), rows, shipped)
        yield scheme, judged, answers
        left_out = {p.outlet for p in groups.get((head, "leave-outlet-out", dataset), ())}
        if scheme == "random folds" and left_out:
            # The same rows as leave-outlet-out has, so that the two schemes can be read side by side.
            kept = np.isin(np.array(judged.outlets), sorted(left_out))
            beside = replace(judged.only(kept), split=f"{scheme}, outlets of leave-outlet-out")
            yield scheme, beside, picked(answers, kept)


def _rows(head: str, scheme: Scheme, group: Group, rows: Mapping[str, Row]) -> RowSet:
    units = {"framing_document": ARTICLES, "framing_paragraph": PARAGRAPHS}
    return RowSet(
        task=MAPS[head],
        dataset=group[0].dataset,
        split=scheme + units.get(head, ""),
        texts=tuple(rows[p.row].text if p.start < 0 else rows[p.row].text[p.start : p.end] for p in group),
        truth=_golds(group),
        outlets=tuple(p.outlet for p in group),
        leans=tuple(p.lean for p in group),
        folds=None if scheme == "held-out" else np.array([p.fold for p in group], dtype=np.int64),
    )


def _answers(groups: Mapping[Key, Group], key: Key, rows: Mapping[str, Row], shipped: Calibration) -> Answers:
    head, scheme, dataset = key
    group, parts = groups[key], _parts(groups, key, shipped)
    logits = _logits(group)
    probabilities = np.empty(logits.shape if logits.shape[1] > 1 else len(group))
    labels: list[Label] = ["uncertain"] * len(group)
    for part in parts:
        probabilities[part.inside] = part.calibration.maps[head].probabilities(logits[part.inside])
        if head == "loaded":
            for i in np.flatnonzero(part.inside).tolist():
                labels[i] = part.calibration.label(float(probabilities[i]))
    if head != "loaded":
        return from_probabilities(probabilities)
    marked = ("span", scheme, dataset) in groups
    return from_probabilities(probabilities, tuple(labels), _words(groups, key, rows, shipped) if marked else None)


def _parts(groups: Mapping[Key, Group], key: Key, shipped: Calibration) -> list[_Part]:
    """Who calibrates whom: the rows of the shipped map calibrate each part of themselves without this part.

    Random folds: parted by fold. An outlet left out: by outlet. Articles: by groups of outlets, each with outlets of
    every lean. Other rows, authored ones too, and where there is one fold alone: by the row's hash. The shipped map
    calibrates where there are too few rows to fit one on.
    """
    head, scheme, _ = key
    group = groups[key]
    fitted_on = rows_of_map([p for found in groups.values() for p in found], head)
    if not enough(fitted_on):
        return [_Part(np.ones(len(group), dtype=bool), shipped)]
    part_of = _part_of(group, fitted_on, head, scheme)
    number = np.array([part_of(p) for p in group], dtype=object)
    return [_Part(number == n, with_map(shipped, head, [p for p in fitted_on if part_of(p) != n])) for n in set(number)]


def _part_of(group: Group, fitted_on: Group, head: str, scheme: Scheme) -> Callable[[Prediction], Hashable]:
    if MAPS[head].balanced:
        parts = _outlet_parts(fitted_on)
        return lambda p: parts[p.outlet]
    if scheme == "leave-outlet-out":
        return lambda p: p.outlet
    folds = {p.row: p.fold for p in group}
    if scheme != "held-out" and len(set(folds.values())) > 1:
        return lambda p: folds.get(p.row)
    return lambda p: int(p.row[:8], 16) % _PARTS


def _outlet_parts(group: Group) -> dict[str, int]:
    """A part for each outlet, so that every part has outlets of every lean.

    Else the map of a left outlet would be fitted on too few left ones, and lean away from the truth.
    """
    leans: dict[str, Counter[int]] = defaultdict(Counter)
    for p in group:
        leans[p.outlet][p.gold] += 1
    by_lean: dict[int, list[str]] = defaultdict(list)
    for outlet, counts in sorted(leans.items(), key=lambda item: (-item[1].total(), item[0])):
        by_lean[counts.most_common(1)[0][0]].append(outlet)
    n_parts = max(2, min(_PARTS, *(len(outlets) for outlets in by_lean.values())))
    return {outlet: i % n_parts for outlets in by_lean.values() for i, outlet in enumerate(outlets)}


def _words(groups: Mapping[Key, Group], key: Key, rows: Mapping[str, Row], shipped: Calibration) -> Words:
    _, scheme, dataset = key
    sentences = groups[key]
    words = groups["span", scheme, dataset]
    place = {p.row: i for i, p in enumerate(sentences)}
    logits, predicted, probabilities = _logits(words), np.zeros(len(words), dtype=np.int64), np.zeros(len(words))
    for part in _parts(groups, ("span", scheme, dataset), shipped):
        probabilities[part.inside] = part.calibration.maps["span"].probabilities(logits[part.inside])
        predicted[part.inside] = probabilities[part.inside] >= part.calibration.span_above
    kept = np.array([p.row in place for p in words])
    judged = [p for p in words if p.row in place]
    said: list[list[Range]] = [[] for _ in sentences]
    for word, hit in zip(judged, predicted[kept], strict=True):
        if hit:
            said[place[word.row]].append((word.start, word.end))
    found = [rows[p.row] for p in sentences]
    return Words(
        np.array([place[p.row] for p in judged], dtype=np.int64),
        _golds(judged),
        predicted[kept],
        probabilities[kept],
        tuple(joined(row.text, ranges) for row, ranges in zip(found, said, strict=True)),
        tuple(joined(row.text, marked_ranges(row.text, row.marked or ())) for row in found),
    )


def _golds(group: Group) -> Ints:
    return np.array([p.gold for p in group], dtype=np.int64)


def _logits(group: Group) -> Floats:
    return np.array([p.logits for p in group], dtype=np.float64)

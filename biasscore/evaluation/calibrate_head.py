"""Calibrates a classifier from the Hub on labelled rows: what ``biasscore calibrate MODEL --data FILE`` does.

The classifier itself stays as it is; what was fitted goes into a head file, which ``biasscore.load`` takes in its
place.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.device import EngineOptions
from biasscore.engine.tokens import Tokens
from biasscore.errors import InputError
from biasscore.evaluation.labelled_rows import check_task, marked_table, table_sets
from biasscore.evaluation.metrics import Range
from biasscore.heads import CLASSIFIED, Head
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, Calibration
from biasscore.predict.hub.headfile import write_head
from biasscore.predict.hub.opening import Opener, Terms
from biasscore.predict.spans import most_loaded
from biasscore.training.calibration_fit import fit_map, with_fitted

Floats = NDArray[np.floating[Any]]


def calibrate_head(
    model: str | Path,
    data: Path,
    out: Path,
    *,
    task: str | None = None,
    label: str | None = None,
    options: EngineOptions | None = None,
    terms: Terms | None = None,
) -> Calibration:
    """Fit a head's calibration on a table and write the head file.

    Each text is read alone, in windows if it is long, as the head will read sentences (or passages, for framing). The
    rows must be ones that the classifier was not trained on, or its probabilities will be too sure.

    Args:
        model: Hub id, ``ID@REVISION``, or folder.
        data: table with a text and a label column, in any format that ``biasscore evaluate`` reads; for spans with the
            loaded words of each text (see ``labelled_rows.marked_table``). The split that ``biasscore evaluate`` judges
            is left out.
        out: the head file to write, ``*.json``.
        task: what the labels are of; by default by the column's name. "spans" has to be said.
        label: the label column; by default the first with a task's name.
        options: where the classifier runs.
        terms: how it is fetched and read.

    Raises:
        InputError: if the task is unknown, the table cannot be read, or the model is a biasscore model.
        ModelError, LabelMapError: if the model cannot be opened for the task.
        TrainingError: if the table has rows, or words, of one class only.
    """
    check_task(task, CLASSIFIED)
    if checkpoints.exists(model):
        raise InputError(
            f"{model} is a model of biasscore and is calibrated already; use {model} directly, with --prior (in "
            "Python: prior) if your texts have another share of loaded sentences, or calibrate a classifier from the "
            "Hugging Face Hub"
        )
    opener = Opener(options or EngineOptions(), terms or Terms())
    if task == "spans":
        texts, marked = marked_table(data, label)
        head = opener.head(task, model)
        calibration = calibration_of_words(*word_logits(texts, marked, *head.mark(texts)))
    else:
        judged, rest = table_sets(data, task=task, label=label)
        rows = rest if len(rest) else judged
        head = opener.head(rows.task.name, model)
        calibration = calibration_of(rows.task, head.judge(rows.texts), rows.truth)
    write_head(out, head, calibration)
    return calibration


def word_logits(
    texts: Sequence[str], marked: Sequence[Sequence[Range]], tokens: Tokens, logits: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    """Every word of the texts: its most loaded token speaks for it, as in ``predict.spans``.

    Args:
        marked: character ranges of each text's marked words.
        tokens: of the texts, in words.
        logits: [tokens].

    Returns:
        [words, 1] logits, and [words] 1 where a marked range overlaps the word, else 0.
    """
    found: list[tuple[float, bool]] = []
    for i, (text, ranges) in enumerate(zip(texts, marked, strict=True)):
        own = slice(tokens.bounds[i], tokens.bounds[i + 1])
        words = most_loaded(tokens.word[own], logits[own])
        for first, last, logit in zip(words.first, words.last, words.score, strict=True):
            start, end = int(tokens.start[own][first]), int(tokens.end[own][last])
            if any(map(str.isalnum, text[start:end])):
                found.append((logit, any(a < end and start < b for a, b in ranges)))
    return np.array([[logit] for logit, _ in found]), np.array([hit for _, hit in found], dtype=np.int64)


def calibration_of_words(logits: Floats, truth: NDArray[np.int64]) -> Calibration:
    """The calibration of spans; the threshold is the one of highest F1 by word.

    Args:
        logits: [words, 1].
        truth: [words], 1 for loaded words.

    Raises:
        TrainingError: if all words are loaded, or none.
    """
    return with_fitted(UNCALIBRATED, ("span",), fit_map(logits, truth), logits, truth)


def calibration_of(task: Head, logits: NDArray[np.floating[Any]], truth: NDArray[np.int64]) -> Calibration:
    """The calibration of one task; every other part is left as it is uncalibrated.

    Args:
        logits: [n, 1] or [n, classes]; rows of NaN (texts without tokens) are left out.
        truth: [n] class indices.

    Raises:
        TrainingError: if there are rows of one class only.
    """
    readable = np.isfinite(logits).all(axis=1)
    logits, truth = logits[readable], truth[readable]
    return with_fitted(UNCALIBRATED, task.maps, fit_map(logits, truth), logits, truth)

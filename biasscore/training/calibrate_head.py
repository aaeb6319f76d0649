"""Calibrates a classifier from the Hub on labelled rows: what ``biasscore calibrate MODEL --data FILE`` does.

The classifier itself stays as it is; what was fitted goes into a head file, which ``biasscore.load`` takes in its
place.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.calibration import UNCALIBRATED, Calibration
from biasscore.engine.place import Request
from biasscore.hub.headfile import write_head
from biasscore.hub.opening import Opener, Terms
from biasscore.tasks import Task, TaskName
from biasscore.training.calibration_fit import fit_map, label_thresholds
from biasscore.training.rowsets import table_set


def calibrate_head(
    model: str | Path,
    data: Path,
    out: Path,
    *,
    task: TaskName | None = None,
    label: str | None = None,
    request: Request | None = None,
    terms: Terms | None = None,
) -> Calibration:
    """Fit a head's calibration on a table and write the head file.

    Each text is read alone, in windows if it is long, as the head will read sentences (or passages, for framing). The
    rows must be ones that the classifier was not trained on, or its probabilities will be too sure.

    Args:
        model: Hub id, ``ID@REVISION``, or folder.
        data: CSV or Parquet file with a ``text`` and a label column, as for ``biasscore evaluate``.
        out: the head file to write, ``*.json``.
        task: what the labels are of; by default by the column's name.
        label: the label column; by default the first with a task's name.
        request: where the classifier runs.
        terms: how it is fetched and read.

    Raises:
        InputError: if the table cannot be read.
        ModelError, LabelMapError: if the model cannot be opened for the task.
        TrainingError: if the table has rows of one class only.
    """
    rows = table_set(data, task=task, label=label)
    head = Opener(request or Request(), terms or Terms()).head(rows.task.name, model)
    calibration = fit_head(rows.task, head.judge(rows.texts), rows.truth)
    write_head(out, head, calibration)
    return calibration


def fit_head(task: Task, logits: NDArray[np.floating[Any]], truth: NDArray[np.int64]) -> Calibration:
    """The calibration of one task; every other part is left as it is uncalibrated.

    Args:
        logits: [n, 1] or [n, classes]; rows of NaN (texts without tokens) are left out.
        truth: [n] class indices.

    Raises:
        TrainingError: if there are rows of one class only.
    """
    readable = np.isfinite(logits).all(axis=1)
    logits, truth = logits[readable], truth[readable]
    found = fit_map(logits, truth)
    if task.name == "framing":
        return replace(UNCALIBRATED, maps={**UNCALIBRATED.maps, "framing_paragraph": found, "framing_document": found})
    calibration = replace(UNCALIBRATED, maps={**UNCALIBRATED.maps, task.name: found})
    if task.name != "loaded":
        return calibration
    neutral_below, loaded_above = label_thresholds(found.probabilities(logits), truth)
    return replace(
        calibration,
        prevalence=float(truth.mean()),
        neutral_below=neutral_below,
        loaded_above=loaded_above,
    )

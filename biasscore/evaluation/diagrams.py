"""Reliability diagrams of judged rows: one PNG per set of rows, one panel per class. Needs the extra ``plots``."""

from __future__ import annotations

import re
from pathlib import Path

# First, because it says which extra is missing.
from biasscore.report import plots  # isort: split

from matplotlib.figure import Figure

from biasscore.evaluation.answers import Answers
from biasscore.evaluation.calibration_error import N_BINS
from biasscore.evaluation.labelled_rows import RowSet

_DPI = 120


def draw_reliability(rows: RowSet, answers: Answers, folder: Path) -> Path | None:
    """Write ``reliability-TASK-DATASET-SPLIT.png``; None for answers that are no probabilities."""
    if not answers.probabilities:
        return None
    kept, labels = answers.answered, rows.task.labels
    columns = answers.scores[:, None] if answers.scores.ndim == 1 else answers.scores
    classes = [1] if columns.shape[1] == 1 else range(len(labels))
    figure = Figure(figsize=(3.9 * columns.shape[1], 4.1), layout="constrained")
    panels = figure.subplots(1, columns.shape[1], squeeze=False)[0]
    for panel, column, index in zip(panels, columns[kept].T, classes, strict=True):
        plots.reliability(column, rows.truth[kept] == index, bins=N_BINS, name=labels[index], ax=panel)
    figure.suptitle(f"{rows.dataset}, {rows.split} ({int(kept.sum())} rows)", fontsize=10)
    folder.mkdir(parents=True, exist_ok=True)
    name = "-".join(re.sub(r"\W+", "-", part) for part in ("reliability", rows.task.name, rows.dataset, rows.split))
    file = folder / f"{name}.png"
    figure.savefig(file, dpi=_DPI)
    return file

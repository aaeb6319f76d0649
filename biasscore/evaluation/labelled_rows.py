"""Rows to judge a model on: which, from where, and what is true of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from biasscore.errors import InputError
from biasscore.evaluation.metrics import Range
from biasscore.heads import HEADS, SENTIMENT, Head
from biasscore.training.corpora import Row
from biasscore.training.examples import marked_ranges

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FOLDS = 5
# Columns that name a head by themselves, best first: `lean` is often the outlet's, beside a label of the text.
LABEL_COLUMNS: Mapping[str, Head] = {column: head for head in HEADS.values() for column in head.label_columns}
MARKS_COLUMN = "loaded_words"
# What a foreign model is judged on: the data folder's splits apart, and BABE, which has none.
HELD_OUT: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("loaded", "babe", ("train",)),
    ("subjectivity", "checkthat", ("dev", "test")),
    ("sentiment", "newsmtsc", ("test",)),
    ("framing", "article-bias-prediction", ("valid",)),
)


@dataclass(frozen=True, slots=True, eq=False)
class RowSet:
    """Labelled texts of one task.

    Attributes:
        split: what keeps these rows apart from training ("test", "random folds").
        texts: [n]; articles for framing, as users would give them, mastheads and all.
        truth: [n] class indices, in the order of the task's labels.
        outlets, leans: [n] of each row's outlet; "" where unknown.
        marked: character ranges of the marked words of each row; None where nobody marked any.
        folds: [n] which run left the row out; None where one split is kept apart from all runs.
    """

    task: Head
    dataset: str
    split: str
    texts: tuple[str, ...]
    truth: Ints
    outlets: tuple[str, ...]
    leans: tuple[str, ...]
    marked: tuple[tuple[Range, ...], ...] | None = None
    folds: Ints | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def only(self, kept: Bools) -> RowSet:
        """The rows where ``kept`` is True."""
        picked = np.flatnonzero(kept).tolist()
        return replace(
            self,
            texts=tuple(self.texts[i] for i in picked),
            truth=self.truth[kept],
            outlets=tuple(self.outlets[i] for i in picked),
            leans=tuple(self.leans[i] for i in picked),
            marked=self.marked and tuple(self.marked[i] for i in picked),
            folds=None if self.folds is None else self.folds[kept],
        )


def truth_of(row: Row, task: Head) -> int | None:
    """The row's class for a task; None if its corpus does not say."""
    by_task = {"loaded": row.loaded, "subjectivity": row.subjective, "sentiment": row.tone, "framing": row.lean}
    return by_task[task.name]


def row_set(task: Head, rows: Sequence[Row], split: str) -> RowSet:
    """Rows of a corpus as a set; rows without a label for the task are left out."""
    labelled = [(row, truth) for row in rows if (truth := truth_of(row, task)) is not None]
    marked = [row.marked for row, _ in labelled]
    return RowSet(
        task=task,
        dataset=labelled[0][0].corpus if labelled else "",
        split=split,
        texts=tuple(row.text for row, _ in labelled),
        truth=np.array([truth for _, truth in labelled], dtype=np.int64),
        outlets=tuple(row.outlet for row, _ in labelled),
        leans=tuple(row.outlet_lean for row, _ in labelled),
        marked=None
        if None in marked or not marked
        else tuple(tuple(marked_ranges(row.text, row.marked or ())) for row, _ in labelled),
    )


def in_folds(rows: RowSet) -> RowSet:
    """The same rows in ``FOLDS`` folds, for baselines that learn from the other rows of a set without splits."""
    return replace(rows, folds=np.arange(len(rows)) % FOLDS)


def table_set(path: Path, *, task: str | None = None, label: str | None = None) -> RowSet:
    """A CSV or Parquet file with a ``text`` column and a label column.

    Args:
        task: what the labels are of; by default it follows from the label column's name.
        label: the label column; by default the first of ``LABEL_COLUMNS`` that is there. Classes are the task's
            label names, or their numbers from 0; −1, 0, 1 for sentiment.

    Columns ``outlet`` and ``lean`` are taken up where they are there.

    Raises:
        InputError: if the file, a column or a label cannot be read.
    """
    records = _records(path)
    columns = list(records[0]) if records else []
    label = label or next((name for name in LABEL_COLUMNS if name in columns), None)
    found = HEADS[task] if task else LABEL_COLUMNS.get(label or "")
    if "text" not in columns or label not in columns or found is None:
        raise InputError(
            f"{path} needs a column text and a label column ({', '.join(LABEL_COLUMNS)}, or --label and --task); "
            f"it has: {', '.join(columns) or 'no rows'}"
        )
    return RowSet(
        task=found,
        dataset=path.stem,
        split=str(records[0].get("split") or "all rows"),
        texts=tuple(str(record["text"]) for record in records),
        truth=np.array([_class(record[label], found, path, i) for i, record in enumerate(records)], dtype=np.int64),
        outlets=tuple(str(record.get("outlet") or "") for record in records),
        leans=tuple(str(record.get("lean") or "") for record in records),
    )


def marked_table(path: Path, label: str | None = None) -> tuple[tuple[str, ...], tuple[tuple[Range, ...], ...]]:
    """A CSV or Parquet file with a ``text`` column and a column of each text's loaded words.

    Args:
        label: that column, ``loaded_words`` by default; lists of words, or words between semicolons.

    Returns:
        The texts, and the character ranges of each one's marked words.

    Raises:
        InputError: if the file or a column cannot be read.
    """
    records, label = _records(path), label or MARKS_COLUMN
    if not records or not {"text", label} <= set(records[0]):
        columns = ", ".join(records[0]) if records else "no rows"
        raise InputError(f"{path} needs a column text and one of loaded words ({label}, or --label); it has: {columns}")
    texts = tuple(str(record["text"]) for record in records)
    return texts, tuple(
        tuple(marked_ranges(text, _words(record[label]))) for text, record in zip(texts, records, strict=True)
    )


def _words(value: Any) -> list[str]:
    return str(value or "").split(";") if not isinstance(value, list) else [str(word) for word in value]


def _records(path: Path) -> list[dict[str, Any]]:
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                return list(csv.DictReader(stream))
        rows: Iterable[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read ({error}); give a CSV (UTF-8) or Parquet file") from error
    return list(rows)


def _class(value: Any, task: Head, path: Path, row: int) -> int:
    text = str(value).strip().lower()
    if text in task.labels:
        return task.labels.index(text)
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    found = number + 1 if task is SENTIMENT else number
    if found in range(len(task.labels)):
        return int(found)
    raise InputError(f"{path}, row {row + 1}: {value!r} is no label of {task.name} ({', '.join(task.labels)})")

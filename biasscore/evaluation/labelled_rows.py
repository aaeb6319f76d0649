"""Rows to judge a model on: which, from where, and what is true of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.errors import InputError
from biasscore.evaluation.metrics import Range
from biasscore.heads import FRAMING, HEADS, LOADED, SENTIMENT, SUBJECTIVITY, Head
from biasscore.predict.hub.labels import class_of
from biasscore.tables import Columns, Field, column_names, find_sources, plan_reading, read
from biasscore.training.corpora import Row
from biasscore.training.examples import marked_ranges
from biasscore.training.predictions import row_id

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FOLDS = 5
# Columns that name a head by themselves, best first: `lean` is often the outlet's, beside a label of the text.
LABEL_COLUMNS: Mapping[str, Head] = {column: head for head in HEADS.values() for column in head.label_columns}
# Scores that the labels of a table can be of.
TASKS: tuple[str, ...] = tuple(dict.fromkeys(head.name for head in LABEL_COLUMNS.values()))
MARKS_COLUMN = "loaded_words"
TEXT = "text"
# What a foreign model is judged on: the data folder's splits apart, and BABE, which has none.
HELD_OUT: Mapping[str, tuple[str, ...]] = {
    "babe": ("train",),
    "checkthat": ("dev", "test"),
    "newsmtsc": ("test",),
    "article-bias-prediction": ("valid",),
}


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
    found = by_task[task.name]
    # What models say of a row lies between the classes.
    return int(found) if found in (0, 1, 2) else None


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


def rows_of(rows: RowSet) -> list[Row]:
    """A set as rows of a corpus, each with the one label that the set knows."""
    label = {"loaded": "loaded", "subjectivity": "subjective", "sentiment": "tone", "framing": "lean"}[rows.task.name]
    return [
        Row(rows.dataset, rows.split, row_id(text), text, outlet, lean, **{label: truth})
        for text, outlet, lean, truth in zip(rows.texts, rows.outlets, rows.leans, rows.truth.tolist(), strict=True)
    ]


def in_folds(rows: RowSet) -> RowSet:
    """The same rows in ``FOLDS`` folds, for baselines that learn from the other rows of a set without splits."""
    return replace(rows, folds=np.random.default_rng(1).permutation(len(rows)) % FOLDS)


def check_task(task: str | None, known: Sequence[str]) -> None:
    """Raises InputError unless ``task`` is None or a name in ``known``."""
    if task is not None and task not in known:
        raise InputError(f"unknown task {task!r}; set --task (in Python: task) to one of: {', '.join(known)}")


def table_sets(
    path: Path, *, text: str | None = None, task: str | None = None, label: str | None = None
) -> tuple[RowSet, RowSet]:
    """A table of labelled texts, in any format that is scored: CSV, TSV, JSON, JSON Lines, Parquet, Arrow.

    Of a table whose column ``split`` holds several splits, one is for figures: test, else validation or dev. The other
    rows are for what has to be fitted. Rows without a text or a label are left out.

    Args:
        text: the column of texts; by default ``text``, else another usual name.
        task: what the labels are of; by default it follows from the label column's name, else from its labels.
        label: the label column; by default the first of ``LABEL_COLUMNS`` that is there and names the task, else the
            first with "label" in its name whose values are labels. Classes are the task's label names, matched as those
            of Hub models, or their numbers from 0; −1, 0, 1 for sentiment.

    Columns ``outlet`` and ``lean`` are read where they are there.

    Returns:
        The rows that figures rest on, and the rows of the other splits; all rows and none of a table without such
        splits.

    Raises:
        InputError: if the file, a column or a label cannot be read.
    """
    records = _records(path, text)
    head, name = _label_column(records, path, task, label)
    labelled = [(i, record) for i, record in enumerate(records) if record[name] not in (None, "")]
    if not labelled:
        raise InputError(
            f"the column {name!r} of {path} has no labels; write a label for each text, or name another column with "
            "--label (in Python: label)"
        )
    judged = _is_judged([record for _, record in labelled])
    every = RowSet(
        task=head,
        dataset=path.stem,
        split="",
        texts=tuple(str(record[TEXT]) for _, record in labelled),
        truth=np.array([_class(record[name], head, path, i) for i, record in labelled], dtype=np.int64),
        outlets=tuple(str(record.get("outlet") or "") for _, record in labelled),
        leans=tuple(str(record.get("lean") or "") for _, record in labelled),
    )
    splits = np.array([str(record.get("split") or "all rows") for _, record in labelled])
    one, other = (replace(every.only(part), split="+".join(sorted(set(splits[part])))) for part in (judged, ~judged))
    return one, other


def _label_column(
    records: Sequence[Mapping[str, Any]], path: Path, task: str | None, label: str | None
) -> tuple[Head, str]:
    """The task of the labels and their column; raises InputError without rows, or where no column will do."""
    if not records:
        raise InputError(f"{path} has no row with a text; add rows with a text and a label")
    columns = list(records[0])
    if label is not None and label not in columns:
        raise InputError(
            f"{path} has no column {label!r}; set --label (in Python: label) to one of: {', '.join(columns)}"
        )
    found = _labels_of(records, task, label)
    if found is None:
        raise InputError(
            f"{path} has no column of labels that biasscore knows ({', '.join(LABEL_COLUMNS)}); name the column with "
            f"--label and the score with --task (in Python: label and task). The columns are: {', '.join(columns)}"
        )
    return found


def _labels_of(records: Sequence[Mapping[str, Any]], task: str | None, label: str | None) -> tuple[Head, str] | None:
    """The task of the labels and their column; None where none is found."""
    columns = records[0]
    known = [name for name, head in LABEL_COLUMNS.items() if name in columns and task in (None, head.name)]
    named = [label] if label else known
    for name in named:
        if name in columns and (task or name in LABEL_COLUMNS):
            return HEADS[task] if task else LABEL_COLUMNS[name], name
    candidates = [label] if label else [name for name in columns if "label" in name.lower()]
    for name in (name for name in candidates if name in columns):
        values = {str(record[name]) for record in records if record[name] not in (None, "")}
        for head in [HEADS[task]] if task else [LOADED, SUBJECTIVITY, SENTIMENT, FRAMING]:
            if values and all(class_of(head.name, value) is not None for value in values):
                return head, name
    return None


def _is_judged(records: Sequence[Mapping[str, Any]]) -> Bools:
    """[n] True for the split that nothing is fitted on; for all rows where the table has one split or none."""
    splits = [str(record.get("split") or "") for record in records]
    several = len(set(splits)) > 1
    judged = next((name for name in ("test", "validation", "valid", "dev") if several and name in splits), None)
    return np.array([judged is None or split == judged for split in splits], dtype=bool)


def marked_table(path: Path, label: str | None = None) -> tuple[tuple[str, ...], tuple[tuple[Range, ...], ...]]:
    """A table, in any format that is scored, with a column of texts and a column of each text's loaded words.

    Without the split that figures rest on, where the table has several (see ``table_sets``).

    Args:
        label: that column, ``loaded_words`` by default; lists of words, or words between semicolons.

    Returns:
        The texts, and the character ranges of each one's marked words.

    Raises:
        InputError: if the file or a column cannot be read.
    """
    records, label = _records(path, None), label or MARKS_COLUMN
    if not records:
        raise InputError(f"{path} has no row with a text; add rows with a text and a label")
    if label not in records[0]:
        raise InputError(
            f"{path} has no column {label!r}; name the column of loaded words with --label (in Python: label). The "
            f"columns are: {', '.join(records[0])}"
        )
    judged = _is_judged(records)
    records = records if judged.all() else [record for record, left in zip(records, judged, strict=True) if not left]
    texts = tuple(str(record[TEXT]) for record in records)
    return texts, tuple(
        tuple(marked_ranges(text, _words(record[label]))) for text, record in zip(texts, records, strict=True)
    )


def _words(value: Any) -> list[str]:
    return str(value or "").split(";") if not isinstance(value, list) else [str(word) for word in value]


def _records(path: Path, text: str | None) -> list[dict[str, Any]]:
    """The rows that have a text, by the readers of ``score``."""
    found = find_sources([path])
    names = column_names(found)
    guessed: tuple[Field, ...] = () if text else ("text",)
    plan = plan_reading(found, Columns(text or TEXT, keep=names), guessed=guessed)
    return [
        {**values, TEXT: row.text}
        for chunk in read(plan)
        for row, values in zip(chunk.rows, chunk.kept.to_pylist(), strict=True)
        if row.error is None
    ]


def _class(value: Any, task: Head, path: Path, row: int) -> int:
    named = class_of(task.name, str(value))
    if named is not None:
        return named
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    found = number + 1 if task is SENTIMENT else number
    if found in range(len(task.labels)):
        return int(found)
    raise InputError(f"row {row + 1} of {path} has the unknown label {value!r}; use one of: {', '.join(task.labels)}")

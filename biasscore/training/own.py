"""The user's own labels, ``own.parquet``: every value is checked, so that nothing is learnt that nobody meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from biasscore.errors import TrainingError
from biasscore.heads import HEADS
from biasscore.training.predictions import row_id

LABELS: Mapping[str, tuple[int, ...]] = {"loaded": (0, 1), "subjective": (0, 1), "tone": (-1, 0, 1)}
"""By column, the labels that it may hold; null where nobody was asked."""
MARKS = "loaded_words"
COLUMNS = (*LABELS, MARKS)
"""All columns of labels that are read."""
# A column `lean` may stay: it says where a text is from.
_NOT_READ = sorted(
    {name for head in HEADS.values() if head.level == "sentence" for name in head.label_columns} - {*COLUMNS}
)


def read_own(file: Path) -> list[dict[str, Any]]:
    """The rows that have a text, as records; without a column ``split``, all are of the split "train".

    Raises:
        TrainingError: if the file cannot be read, a label is not one of ``LABELS`` or is in another column, or a text
            has two sets of labels.
    """
    try:
        table = pq.read_table(file)
    except FileNotFoundError as error:
        raise TrainingError(f"{file} does not exist; write this file (docs/training.md says how)") from error
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(f"{file} cannot be read as a Parquet file ({error}); write this file again") from error
    if "text" not in table.column_names:
        raise TrainingError(
            f"{file} has no column 'text', only: {', '.join(table.column_names)}; add the column 'text'"
        )
    found: list[dict[str, Any]] = []
    first: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, record in enumerate(table.to_pylist(), start=1):
        if record.get("dataset") not in (None, "own") or record["text"] in (None, ""):
            continue
        labels = _labels(record, f"row {number} of {file}")
        before, same = first.setdefault(row_id(record["text"]), (number, labels))
        if same != labels:
            raise TrainingError(
                f"rows {before} and {number} of {file} have the same text, but not the same labels; keep one row, "
                "with all labels that belong to the text"
            )
        found.append({"text": record["text"], "split": record.get("split") or "train", **labels})
    return found


def _labels(record: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The labels that a row has.

    Raises:
        TrainingError: naming the row, if one of its values cannot be used.
    """
    if not isinstance(record["text"], str):
        raise TrainingError(f"{place} has {record['text']!r} in the column 'text'; write a text there")
    for column in _NOT_READ:
        if record.get(column) is not None:
            raise TrainingError(
                f"{place} has {record[column]!r} in the column {column!r}, from which training learns nothing; move "
                f"the labels to one of the columns {', '.join(COLUMNS)}, or delete the column {column!r}"
            )
    found: dict[str, Any] = {}
    for column, allowed in LABELS.items():
        value = record.get(column)
        if value is not None and value not in allowed:
            raise TrainingError(
                f"{place} has {value!r} in the column {column!r}; use {', '.join(map(str, allowed))}, or null where "
                "there is no label"
            )
        if value is not None:
            found[column] = int(value)
    words = record.get(MARKS)
    if words is not None and not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        raise TrainingError(
            f"{place} has {words!r} in the column {MARKS!r}; write a list of words there, or null where nobody marked "
            "words"
        )
    return found if words is None else {**found, MARKS: words}

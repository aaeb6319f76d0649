"""One input row, checked once, whatever file it came from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

MAX_CHARS = 10_000_000
"""Longest text that is scored; *War and Peace* has 3.2 million characters, so more is a broken row."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the input is what.

    Attributes:
        text: the column to score; files that hold one article (text, HTML) need none.
        title, id, group: columns for these fields; None leaves title and group null and makes an id.
        keep: columns carried along unchanged.
    """

    text: str = "text"
    title: str | None = None
    id: str | None = None
    group: str | None = None
    keep: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """Field name to column name, for the columns that are named."""
        named = {"text": self.text, "title": self.title, "id": self.id, "group": self.group}
        return {field: column for field, column in named.items() if column is not None}


@dataclass(frozen=True, slots=True)
class Row:
    """One article as read, or the reason why it cannot be scored.

    Attributes:
        id: from the input, or ``FILE:ROW`` (the file's name alone, for a file that is one article).
        text: the string to score; empty in a row with an ``error``.
        error: one line; None in a row that can be scored.
    """

    id: str
    text: str = ""
    title: str | None = None
    group: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of the input.

    Attributes:
        rows: in the order of the input.
        kept: the kept columns of these rows, one table row a row.
        n_bytes: bytes of the input files that have been read up to and with this chunk, as they lie on disk.
    """

    rows: tuple[Row, ...]
    kept: pa.Table
    n_bytes: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Chunk:
        start, stop, _ = part.indices(len(self.rows))
        return Chunk(self.rows[part], self.kept.slice(start, max(0, stop - start)), self.n_bytes)


class _BadValueError(ValueError):
    """A value that cannot be used; its message becomes the row's ``error``."""


def make_row(values: Mapping[str, Any], columns: Columns, made_id: str, max_chars: int = MAX_CHARS) -> Row:
    """Check one row's values; what is wrong with them is told in ``Row.error`` instead of raised."""
    row_id = _name(values.get(columns.id)) if columns.id is not None else None
    group = _name(values.get(columns.group)) if columns.group is not None else None
    row_id = made_id if row_id is None else row_id
    try:
        text = _string("text", values.get(columns.text))
        if text is None:
            raise _BadValueError("text is null")
        if len(text) > max_chars:
            raise _BadValueError(f"text has {len(text):,} characters, more than the limit of {max_chars:,}")
        title = _string("title", values.get(columns.title)) if columns.title is not None else None
    except _BadValueError as problem:
        return Row(row_id, group=group, error=str(problem))
    return Row(row_id, text, title, group)


def rows_of_table(
    table: pa.Table, columns: Columns, made_ids: Iterator[str], max_chars: int = MAX_CHARS
) -> tuple[Row, ...]:
    """The rows of an Arrow table that holds the named columns."""
    values = table.select(list(dict.fromkeys(columns.fields.values()))).to_pylist()
    return tuple(make_row(row, columns, made_id, max_chars) for row, made_id in zip(values, made_ids, strict=False))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))  # NaN is how data frames write it


def _string(field: str, value: Any) -> str | None:
    if _is_missing(value):
        return None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as problem:
            raise _BadValueError(f"{field} is not UTF-8 (byte {problem.start})") from None
    if not isinstance(value, str):
        raise _BadValueError(f"{field} is not a string but {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise _BadValueError(f"{field} cannot be decoded at character {problem.start:,}; name its encoding") from None
    return value


def _name(value: Any) -> str | None:
    """An id or group as text: what cannot be decoded stays readable, so that the row can be found again."""
    if _is_missing(value):
        return None
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return str(value).encode(errors="backslashreplace").decode()

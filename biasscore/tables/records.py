"""From rows to chunks, for the formats that are read row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.articles import Chunk, Row

CHUNK_ROWS = 500

Record: TypeAlias = tuple[Mapping[str, Any], Row]
"""A row's values as read (none where it could not be parsed), and the checked row."""


def chunked(records: Iterator[Record], keep: tuple[str, ...], position: Callable[[], int]) -> Iterator[Chunk]:
    """Gather records; kept values become strings, because a later row may hold any type."""
    while gathered := tuple(islice(records, CHUNK_ROWS)):
        kept = {name: pa.array([as_text(values.get(name)) for values, _ in gathered], pa.string()) for name in keep}
        yield Chunk(tuple(row for _, row in gathered), table_of(kept, len(gathered)), position())


def string_fields(names: Iterable[str], path: str) -> pa.Schema:
    """Columns of strings with these names, which must have been read in the right encoding."""
    names = tuple(names)
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        raise InputError(f"the column names of {path} cannot be decoded; name its encoding") from None
    return pa.schema([pa.field(name, pa.string()) for name in names])


def table_of(columns: Mapping[str, pa.Array], n_rows: int) -> pa.Table:
    """A table that knows its number of rows even where it has no columns."""
    if columns:
        return pa.table(dict(columns))
    return pa.table({"": pa.nulls(n_rows)}).select([])


def as_text(value: Any) -> str | None:
    """A kept value as a string: strings as they are, everything else as JSON, null as null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode(errors="backslashreplace").decode()

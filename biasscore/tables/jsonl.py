"""JSON Lines: one object a line; a line that is none is told and its neighbours are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, TextIO

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.articles import MAX_CHARS, Chunk, Columns, Row, make_row
from biasscore.tables.records import Record, chunked, string_fields
from biasscore.tables.sources import STDIN, Source
from biasscore.tables.streams import open_head, open_text

_LINE_LIMIT = 10 * MAX_CHARS
_SAMPLE = 100


def fields(source: Source, encoding: str | None) -> pa.Schema | None:
    """The keys of the first objects, all taken as strings: a later line may hold any type.

    None for standard input whose first line has not come yet.
    """
    with open_head(source, encoding) as text:
        sample = list(islice(_values(text), _SAMPLE))
    if not sample and source.path == STDIN:
        return None
    if not sample:
        raise InputError(f"{source.path} is empty; a jsonl file holds one JSON object a line")
    names = dict.fromkeys(name for values in sample if isinstance(values, dict) for name in values)
    if not names:
        raise InputError(f"{source.path} holds no JSON object in its first {len(sample)} lines; is it another format?")
    return string_fields(names, source.path)


def chunks(source: Source, columns: Columns, encoding: str | None, max_chars: int) -> Iterator[Chunk]:
    """The rows of the file, in its order."""
    with open_text(source, encoding) as (text, opened):
        records = _records(text, source, columns, max_chars)
        yield from chunked(records, columns.keep, lambda: opened.position)


def _records(text: TextIO, source: Source, columns: Columns, max_chars: int) -> Iterator[Record]:
    for number, values in enumerate(_values(text)):
        made_id = f"{source.name}:{number}"
        if isinstance(values, dict):
            yield values, make_row(values, columns, made_id, max_chars)
        else:
            yield {}, Row(made_id, error=values)


def _values(text: TextIO) -> Iterator[dict[str, Any] | str]:
    """Each line's object, or what is wrong with the line; blank lines are left out."""
    while line := text.readline(_LINE_LIMIT):
        if len(line) == _LINE_LIMIT and not line.endswith("\n"):
            while (rest := text.readline(_LINE_LIMIT)) and not rest.endswith("\n"):
                pass
            yield f"line has more than {_LINE_LIMIT:,} characters"
        elif line.strip():
            yield _parsed(line)


def _parsed(line: str) -> dict[str, Any] | str:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as problem:
        return f"line is not JSON: {problem}"
    return values if isinstance(values, dict) else "line is not a JSON object"

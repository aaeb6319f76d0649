"""JSON Lines: one object per line; a line that is none is told and its neighbours are read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TextIO

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.formats.base import NESTED, FormatReader, Options, Raw, chunked, string_fields
from biasscore.tables.records import Chunk, Columns, whole_characters
from biasscore.tables.streams import RAISE_LIMIT, InputFile, open_head, open_text

_SAMPLE = 100


def fields(source: InputFile, options: Options, _: str) -> pa.Schema | None:
    """The keys of the first objects, all taken as strings: a later line may hold any type.

    None for a pipe whose first line has not come yet.
    """
    with open_head(source, options.encoding, options.max_row_bytes) as text:
        sample = sample_of(_records(text, options.max_row_bytes))
    if not sample and source.is_pipe:
        return None
    return names_of(sample, source, "lines")


def sample_of(records: Iterable[Raw]) -> list[dict[str, bool]]:
    """The names in each of the first records, and whether each value is a list or a record."""
    return [
        {name: isinstance(value, list | dict) for name, value in raw.values.items()} for raw in islice(records, _SAMPLE)
    ]


def names_of(sample: Sequence[Mapping[str, bool]], source: InputFile, unit: str) -> pa.Schema:
    """The columns of the first records, from ``sample_of``.

    Raises:
        InputError: there are no records, or none is an object.
    """
    if not sample:
        raise InputError(f"{source.path} is empty; remove this file from the input")
    names = dict.fromkeys(chain.from_iterable(sample))
    if not names:
        raise InputError(
            f"{source.path} has no JSON object in its first {len(sample)} {unit}; name the right format with "
            "--input-format (in Python: input_format)"
        )
    nested = {name for record in sample for name, is_nested in record.items() if is_nested}
    fields = string_fields(names, source.path)
    return pa.schema([field.with_metadata({NESTED: b""}) if field.name in nested else field for field in fields])


def chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """The rows of the file, in its order."""
    with open_text(source, options.encoding) as (text, opened):
        records = _records(text, options.max_row_bytes)
        yield from chunked(records, source, columns, options, lambda: opened.position)


def _records(text: TextIO, limit: int) -> Iterator[Raw]:
    """Each line's object, or what is wrong with the line; blank lines are no rows."""
    while line := text.readline(limit + 1):
        if len(line) > limit and not line.endswith("\n"):
            while (rest := text.readline(limit + 1)) and not rest.endswith("\n"):
                pass
            yield Raw(problem=f"the line has more than {limit:,} characters; {RAISE_LIMIT}")
        elif line.strip():
            yield _parsed(line)


def _parsed(line: str) -> Raw:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as problem:
        told = f"the line is not JSON ({problem.msg} at character {problem.pos + 1:,}); correct this line"
        return Raw(problem=told)
    except (ValueError, RecursionError):
        return Raw(problem="the line has a number that is too long, or too many nested lists; correct this line")
    return found(values, escaped="\\u" in line and _is_whole(line))


def found(values: Any, *, escaped: bool) -> Raw:
    """A JSON value as a record.

    Args:
        escaped: half a pair of surrogates, if there is one, was written as an escape, not as bytes of another encoding.
    """
    if not isinstance(values, Mapping):
        return Raw(problem='the line is not a JSON object; write each article as {"text": "…"}')
    if not escaped:
        return Raw(values)
    whole = {name: whole_characters(v) if isinstance(v, str) else (v, 0) for name, v in values.items()}
    replaced = sum(count for _, count in whole.values())
    note = f"broken characters replaced by \ufffd: {replaced:,}" if replaced else None
    return Raw({name: value for name, (value, _) in whole.items()}, note=note)


def _is_whole(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


READER = FormatReader((".jsonl", ".ndjson"), fields, chunks, streamed=True)

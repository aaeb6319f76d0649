"""CSV and TSV: streamed, quoted newlines included; a malformed row is told and its neighbours are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import count

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.articles import MAX_CHARS, Chunk, Columns, Row, make_row
from biasscore.tables.records import Record, chunked, string_fields
from biasscore.tables.sources import STDIN, Source
from biasscore.tables.streams import open_head, open_text

# The csv module's limit (131,072 characters, for the whole process) is shorter than many articles. Beyond ten times
# the longest text a quotation mark has been left open.
_FIELD_LIMIT = 10 * MAX_CHARS
# Names that take more than this are prose: a text file with the wrong ending.
_MAX_HEADER = 100_000


def fields(source: Source, encoding: str | None) -> pa.Schema | None:
    """The header's columns, all strings; None for standard input whose header has not come yet."""
    with open_head(source, encoding) as text:
        try:
            header = next(csv.reader(text, delimiter=_delimiter(source)), None)
        except csv.Error as problem:
            raise InputError(f"{source.path} does not start with a line of column names: {problem}") from None
    if not header and source.path == STDIN:
        return None
    if sum(map(len, header or ())) > _MAX_HEADER:
        raise InputError(f"{source.path} does not start with a line of column names: its first line is too long")
    if not header:
        raise InputError(f"{source.path} is empty; a {source.format} file starts with a line of column names")
    return string_fields(header, source.path)


def chunks(source: Source, columns: Columns, encoding: str | None, max_chars: int) -> Iterator[Chunk]:
    """The rows of the file, in its order."""
    with open_text(source, encoding) as (text, opened):
        records = _records(text, source, columns, max_chars)
        yield from chunked(records, columns.keep, lambda: opened.position)


def _records(text: Iterator[str], source: Source, columns: Columns, max_chars: int) -> Iterator[Record]:
    csv.field_size_limit(max(csv.field_size_limit(), _FIELD_LIMIT))
    reader = csv.reader(text, delimiter=_delimiter(source), strict=True)
    header = next(reader, [])
    numbers = count()
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            message = f"lines {first_line} to {reader.line_num}: {problem}"
            if "limit" in message:
                raise InputError(f"{source.path}, {message}; is a quotation mark left open?") from None
            yield {}, Row(f"{source.name}:{next(numbers)}", error=message)
            continue
        if not cells:
            continue
        made_id = f"{source.name}:{next(numbers)}"
        if len(cells) != len(header):
            yield {}, Row(made_id, error=f"line {first_line} has {len(cells)} fields, the header {len(header)}")
        else:
            values = dict(zip(header, cells, strict=True))
            yield values, make_row(values, columns, made_id, max_chars)


def _delimiter(source: Source) -> str:
    return "\t" if source.format == "tsv" else ","

"""All inputs as one sequence of rows, in a fixed order, from any position on."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables import columnar, delimited, jsonl, plain
from biasscore.tables.articles import MAX_CHARS, Chunk, Columns
from biasscore.tables.records import as_text, table_of
from biasscore.tables.sources import Source

_COLUMNAR = ("parquet", "arrow", "dataset")
_SINGLE = ("text", "html")
_OPTIONS = {"text": "--text", "title": "--title", "id": "--id", "group": "--group"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read and how: the checked plan of one job's input.

    Attributes:
        sources: the files, in reading order.
        columns: which column is what.
        kept: types of the kept columns, the same for every file.
        encoding: of text, CSV, TSV and JSONL; None is UTF-8, with or without a byte order mark.
        max_chars: a longer text becomes a row with an error.
    """

    sources: tuple[Source, ...]
    columns: Columns
    kept: pa.Schema
    encoding: str | None = None
    max_chars: int = MAX_CHARS

    @property
    def n_bytes(self) -> int:
        """Size of all files on disk; 0 for standard input."""
        return sum(source.n_bytes for source in self.sources)


def plan_reading(
    sources: Sequence[Source], columns: Columns, *, encoding: str | None = None, max_chars: int = MAX_CHARS
) -> Reading:
    """Look at every file's columns before the first row is read.

    Raises:
        InputError: a named column is missing from a file, a file is empty, broken or of another format, or the
            encoding is unknown.
    """
    types: dict[str, set[pa.DataType]] = {name: set() for name in columns.keep}
    for source in sources:
        found = _fields(source, encoding)
        if found is None:
            continue
        _check(source, columns, found)
        for name in columns.keep:
            types[name].add(found.field(name).type)
    kept = pa.schema([(name, found.pop() if len(found) == 1 else pa.string()) for name, found in types.items()])
    return Reading(tuple(sources), columns, kept, encoding, max_chars)


def read(reading: Reading, start: int = 0) -> Iterator[Chunk]:
    """All rows from row ``start`` on, in chunks of a few hundred, never a whole file in memory.

    ``Chunk.n_bytes`` counts from the first file on.

    Raises:
        InputError: a file cannot be read to its end.
    """
    done = 0
    for source in reading.sources:
        start = yield from _from_row(reading, source, start, done)
        done += source.n_bytes


def row_count(source: Source) -> int | None:
    """Rows of a source where they can be told without reading it; such a source is also read from any row on."""
    if source.format in _SINGLE:
        return 1
    return columnar.n_rows(source) if source.format in _COLUMNAR else None


def _from_row(reading: Reading, source: Source, start: int, done: int) -> Generator[Chunk, None, int]:
    """Yield one source's rows from ``start`` on; return how many rows are still to be passed over after it."""
    known = row_count(source)
    if known is not None and start >= known:
        return start - known
    columnar_source = source.format in _COLUMNAR
    chunks = _chunks(reading, source, start if columnar_source else 0)
    passed_over = 0 if columnar_source else start
    for chunk in chunks:
        part = chunk[min(passed_over, len(chunk)) :]
        passed_over -= len(chunk) - len(part)
        if part.rows:
            yield Chunk(part.rows, _as_planned(part.kept, len(part), reading.kept), done + chunk.n_bytes)
    return passed_over


def _chunks(reading: Reading, source: Source, start: int) -> Iterator[Chunk]:
    columns, encoding, max_chars = reading.columns, reading.encoding, reading.max_chars
    try:
        match source.format:
            case "csv" | "tsv":
                yield from delimited.chunks(source, columns, encoding, max_chars)
            case "jsonl":
                yield from jsonl.chunks(source, columns, encoding, max_chars)
            case "text":
                yield from plain.text_chunks(source, columns, encoding, max_chars)
            case "html":
                yield from plain.html_chunks(source, columns, encoding, max_chars)
            case _:
                yield from columnar.chunks(source, columns, start, max_chars)
    except (OSError, pa.ArrowException) as problem:
        raise _unreadable(source, problem) from problem


def _fields(source: Source, encoding: str | None) -> pa.Schema | None:
    try:
        match source.format:
            case "csv" | "tsv":
                return delimited.fields(source, encoding)
            case "jsonl":
                return jsonl.fields(source, encoding)
            case "text" | "html":
                return None
            case _:
                return columnar.fields(source)
    except (OSError, pa.ArrowException) as problem:
        raise _unreadable(source, problem) from problem


def _check(source: Source, columns: Columns, found: pa.Schema) -> None:
    wanted = {_OPTIONS[field]: name for field, name in columns.fields.items()}
    for option, name in [*wanted.items(), *(("--keep", name) for name in columns.keep)]:
        if name not in found.names:
            raise InputError(
                f"{source.path} has no column {name!r}; name one of its columns with {option}: {', '.join(found.names)}"
            )


def _as_planned(kept: pa.Table, n_rows: int, planned: pa.Schema) -> pa.Table:
    """Bring one file's kept columns to the types that all files share."""
    arrays = {field.name: _cast(kept.column(field.name), field.type) for field in planned}
    return table_of(arrays, n_rows)


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if column.type.equals(wanted):
        return column
    return pa.array([as_text(value) for value in column.to_pylist()], pa.string())


def _unreadable(source: Source, problem: Exception) -> InputError:
    reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return InputError(f"{source.path} cannot be read as {source.format}: {reason}")

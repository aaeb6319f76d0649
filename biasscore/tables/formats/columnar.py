"""Parquet, Arrow files and saved Hugging Face datasets: typed columns, read in slices, from any row on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.formats.base import CHUNK_CHARS, CHUNK_ROWS, FormatReader, Options
from biasscore.tables.records import Chunk, Columns, Row, rows_of_table
from biasscore.tables.streams import InputFile, is_url, open_raw

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile, RowGroupMetaData

_READ_BUFFER = 1 << 20
_BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}


def fields(source: InputFile, _: Options) -> pa.Schema:
    """The file's schema."""
    match source.format:
        case "parquet":
            with _parquet(source) as file:
                return file.schema_arrow
        case "arrow":
            with _arrow(source) as reader:
                return reader.schema
        case _:
            return _dataset(source).features.arrow_schema


def n_rows(source: InputFile, _: Options) -> int:
    """Rows of the file, read from its metadata (an Arrow stream has none: its batches are counted)."""
    match source.format:
        case "parquet":
            with _parquet(source) as file:
                return int(file.metadata.num_rows)
        case "arrow":
            with _arrow(source) as reader:
                return sum(batch.num_rows for batch in _batches(reader))
        case _:
            return len(_dataset(source))


def chunks(source: InputFile, columns: Columns, options: Options, start: int) -> Iterator[Chunk]:
    """The rows of the file from row ``start`` on."""
    names = list(dict.fromkeys([*columns.fields.values(), *columns.keep]))
    total, done = n_rows(source, options), start
    for table in map(_checked, _tables(source, columns.text, names, start, options)):
        made_ids = (f"{source.name}:{number}" for number in range(done, done + len(table)))
        rows = _rows(table, columns, made_ids, source, options)
        done += len(table)
        yield Chunk(rows, table.select(list(columns.keep)), source.n_bytes * done // max(total, 1))


def _checked(table: pa.Table) -> pa.Table:
    """The table, once its offsets are known to point into its values: a damaged Arrow file would end the process.

    Whether strings are UTF-8 is left to the check of each row.
    """
    for column in table.columns:
        as_bytes = _BYTES.get(column.type)
        for part in column.chunks:
            (part if as_bytes is None else part.view(as_bytes)).validate(full=True)
    return table


def _rows(
    table: pa.Table, columns: Columns, made_ids: Iterator[str], source: InputFile, options: Options
) -> tuple[Row, ...]:
    column, limit = table.column(columns.text), options.max_row_bytes
    long = _long_texts(column, limit)
    if any(long):
        parts = [_without(part, limit) for part in column.chunks]
        table = table.set_column(table.column_names.index(columns.text), columns.text, pa.chunked_array(parts))
    rows = rows_of_table(table, columns, made_ids, options.max_chars, file=source.name)
    told = f"the text has more than {limit:,} bytes; raise --max-row-bytes (in Python: max_row_bytes)"
    return tuple(
        replace(row, error=told, lack="bad") if too_long else row for row, too_long in zip(rows, long, strict=True)
    )


def _tables(source: InputFile, text: str, names: list[str], start: int, options: Options) -> Iterator[pa.Table]:
    """Slices of a few hundred rows, fewer where the texts are long."""
    for table in _slices(source, text, names, start, options):
        if text in table.column_names and table.column(text).nbytes > CHUNK_CHARS:
            few = max(1, len(table) * CHUNK_CHARS // table.column(text).nbytes)
            yield from (table.slice(first, few) for first in range(0, len(table), few))
        else:
            yield table


def _slices(source: InputFile, text: str, names: list[str], start: int, options: Options) -> Iterator[pa.Table]:
    match source.format:
        case "parquet":
            yield from _parquet_tables(source, text, names, start, options)
        case "arrow":
            with _arrow(source) as reader:
                yield from _after(start, _batches(reader), names)
        case _:
            data = _dataset(source).select_columns(names).with_format("arrow")
            yield from data.select(range(start, len(data))).iter(CHUNK_ROWS)


def _long_texts(column: pa.ChunkedArray, limit: int) -> list[bool]:
    """Which texts have more bytes than a row may have."""
    parts = [_lengths(part) for part in column.chunks]
    return [length is not None and length > limit for part in parts for length in part.to_pylist()]


def _lengths(part: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    if pa.types.is_dictionary(part.type):
        return _lengths(part.dictionary).take(part.indices)
    try:
        return pc.binary_length(part)
    except pa.ArrowNotImplementedError:  # numbers and lists, which no text can be
        return pa.nulls(len(part), pa.int32())


def _without(part: pa.Array, limit: int) -> pa.Array:
    """Null for every value that is too long, before it becomes a string of Python's."""
    import pyarrow.compute as pc

    if pa.types.is_dictionary(part.type):
        return pa.DictionaryArray.from_arrays(part.indices, _without(part.dictionary, limit))
    return pc.if_else(pc.greater(_lengths(part), limit), pa.scalar(None, part.type), part)


def _parquet_tables(source: InputFile, text: str, names: list[str], start: int, options: Options) -> Iterator[pa.Table]:
    # Read as a dictionary, a text that stands in a thousand rows takes its memory once.
    with _parquet(source, read_dictionary=[text]) as file:
        _refuse_huge(file, text, source, options)
        group, counts = 0, [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        while group < len(counts) and start >= counts[group]:
            start -= counts[group]
            group += 1
        if group < len(counts):
            batches = file.iter_batches(_rows_a_batch(file, names), list(range(group, len(counts))), names)
            yield from _after(start, batches, names)


def _rows_a_batch(file: ParquetFile, names: list[str]) -> int:
    """As many rows as fill a chunk, where the rows of some group are long."""
    groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    longest = max((_row_bytes(group, names) for group in groups if group.num_rows), default=0)
    return max(1, min(CHUNK_ROWS, CHUNK_CHARS // max(longest, 1)))


def _row_bytes(group: RowGroupMetaData, names: list[str]) -> int:
    """Bytes that the named columns of a row take on average."""
    columns = (group.column(j) for j in range(group.num_columns))
    prefixes = tuple(f"{name}." for name in names)  # a column of lists or records lies in several
    taken = sum(c.total_uncompressed_size for c in columns if f"{c.path_in_schema}.".startswith(prefixes))
    return int(taken / group.num_rows)


def _refuse_huge(file: ParquetFile, text: str, source: InputFile, options: Options) -> None:
    """Raise InputError where the texts of a row group are on average longer than a row may be."""
    for i in range(file.num_row_groups):
        group = file.metadata.row_group(i)
        for j in range(group.num_columns):
            column = group.column(j)
            if column.path_in_schema == text and column.total_uncompressed_size > options.max_row_bytes * max(
                column.num_values, 1
            ):
                raise InputError(
                    f"the texts in {source.path} have {column.total_uncompressed_size // max(column.num_values, 1):,} "
                    f"bytes on average, more than the limit of {options.max_row_bytes:,}; check that --text (in "
                    "Python: text) names the column of the texts, then raise --max-row-bytes (in Python: "
                    "max_row_bytes)"
                )


def _after(start: int, batches: Iterator[pa.RecordBatch], names: list[str]) -> Iterator[pa.Table]:
    for batch in batches:
        skipped = min(start, batch.num_rows)
        start -= skipped
        for first in range(skipped, batch.num_rows, CHUNK_ROWS):
            yield pa.Table.from_batches([batch.select(names).slice(first, CHUNK_ROWS)])


@contextmanager
def _parquet(source: InputFile, **options: Any) -> Iterator[ParquetFile]:
    from pyarrow.parquet import ParquetFile

    # Without a buffer a whole column of a row group is read at once, and some files are one row group.
    with (
        open_raw(source.path) as raw,
        ParquetFile(raw if is_url(source.path) else source.path, buffer_size=_READ_BUFFER, **options) as file,
    ):
        yield file


@contextmanager
def _arrow(source: InputFile) -> Iterator[Any]:
    """Either kind of Arrow file: random access, or the stream that Hugging Face writes."""
    # Not mapped into memory: a mapped file that is cut while it is read ends the process with a bus error.
    with open_raw(source.path) if is_url(source.path) else pa.OSFile(source.path) as file:
        try:
            reader = pa.ipc.open_file(file)
        except pa.ArrowInvalid:
            file.seek(0)
            reader = pa.ipc.open_stream(file)
        with reader:
            yield reader


def _batches(reader: Any) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        return (reader.get_batch(i) for i in range(reader.num_record_batches))
    return iter(reader)


def _dataset(source: InputFile) -> Any:
    from datasets import Dataset, load_from_disk

    data = load_from_disk(source.path)
    if not isinstance(data, Dataset):
        raise InputError(
            f"{source.path} has several splits; give the folder of one split as input: "
            f"{', '.join(f'{source.path}/{name}' for name in data)}"
        )
    return data


PARQUET = FormatReader((".parquet",), fields, chunks, n_rows)
ARROW = FormatReader((".arrow", ".feather"), fields, chunks, n_rows)
DATASET = FormatReader((), fields, chunks, n_rows)

"""Parquet, Arrow files and saved Hugging Face datasets: typed columns, read in slices, from any row on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from biasscore.errors import InputError
from biasscore.tables.articles import Chunk, Columns, rows_of_table
from biasscore.tables.records import CHUNK_ROWS
from biasscore.tables.sources import Source

_READ_BUFFER = 1 << 20


def fields(source: Source) -> pa.Schema:
    """The file's schema."""
    match source.format:
        case "parquet":
            return pq.read_schema(source.path)
        case "arrow":
            with _arrow(source) as reader:
                return reader.schema
        case _:
            return _dataset(source).features.arrow_schema


def n_rows(source: Source) -> int:
    """Rows of the file, read from its metadata (an Arrow stream has none: its batches are counted)."""
    match source.format:
        case "parquet":
            return int(pq.read_metadata(source.path).num_rows)
        case "arrow":
            with _arrow(source) as reader:
                return sum(batch.num_rows for batch in _batches(reader))
        case _:
            return len(_dataset(source))


def chunks(source: Source, columns: Columns, start: int, max_chars: int) -> Iterator[Chunk]:
    """The rows of the file from row ``start`` on."""
    names = list(dict.fromkeys([*columns.fields.values(), *columns.keep]))
    total, done = n_rows(source), start
    for table in _tables(source, names, start):
        made_ids = (f"{source.name}:{number}" for number in range(done, done + len(table)))
        rows = rows_of_table(table, columns, made_ids, max_chars)
        done += len(table)
        yield Chunk(rows, table.select(list(columns.keep)), source.n_bytes * done // max(total, 1))


def _tables(source: Source, names: list[str], start: int) -> Iterator[pa.Table]:
    match source.format:
        case "parquet":
            yield from _parquet_tables(source, names, start)
        case "arrow":
            with _arrow(source) as reader:
                yield from _after(start, _batches(reader), names)
        case _:
            data = _dataset(source).select_columns(names).with_format("arrow")
            yield from data.select(range(start, len(data))).iter(CHUNK_ROWS)


def _parquet_tables(source: Source, names: list[str], start: int) -> Iterator[pa.Table]:
    # Without a buffer a whole column of a row group is read at once, and some files are one row group.
    with pq.ParquetFile(source.path, buffer_size=_READ_BUFFER) as file:
        group, counts = 0, [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        while group < len(counts) and start >= counts[group]:
            start -= counts[group]
            group += 1
        if group < len(counts):
            batches = file.iter_batches(CHUNK_ROWS, list(range(group, len(counts))), names)
            yield from _after(start, batches, names)


def _after(start: int, batches: Iterator[pa.RecordBatch], names: list[str]) -> Iterator[pa.Table]:
    for batch in batches:
        skipped = min(start, batch.num_rows)
        start -= skipped
        for first in range(skipped, batch.num_rows, CHUNK_ROWS):
            yield pa.Table.from_batches([batch.select(names).slice(first, CHUNK_ROWS)])


@contextmanager
def _arrow(source: Source) -> Iterator[Any]:
    """Either kind of Arrow file: random access, or the stream that Hugging Face writes."""
    with pa.memory_map(source.path) as file:
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


def _dataset(source: Source) -> Any:
    from datasets import Dataset, load_from_disk

    data = load_from_disk(source.path)
    if not isinstance(data, Dataset):
        raise InputError(f"{source.path} holds several splits; name one of them: {', '.join(data)}")
    return data

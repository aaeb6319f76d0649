"""Parquet, Arrow files and saved Hugging Face datasets: typed columns, read in slices; Parquet from any row on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.formats.base import CHUNK_CHARS, CHUNK_ROWS, FormatReader, Options
from biasscore.tables.records import Chunk, Columns, rows_of_table, with_plain_types
from biasscore.tables.streams import RAISE_LIMIT, InputFile, is_url, open_raw

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile, RowGroupMetaData

_Sizes: TypeAlias = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]

_READ_BUFFER = 1 << 20
_UNPACKED = 64 << 20
"""Most bytes of values out of dictionaries that one batch may hold."""
_BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}


def fields(source: InputFile, _: Options, __: str = "") -> pa.Schema:
    """The file's schema."""
    if source.format == "parquet":
        with _parquet(source) as file:
            return file.schema_arrow
    with _arrow(_arrow_files(source)[0]) as reader:
        return reader.schema


def n_rows(source: InputFile, _: Options) -> int:
    """Rows of the file, read from its metadata (Arrow streams have none: their batches are counted)."""
    if source.format == "parquet":
        with _parquet(source) as file:
            return int(file.metadata.num_rows)
    return sum(batch.num_rows for batch in _arrow_batches(source))


def chunks(source: InputFile, columns: Columns, options: Options, start: int) -> Iterator[Chunk]:
    """The rows of the file from row ``start`` on."""
    names = list(dict.fromkeys([*columns.fields.values(), *columns.keep]))
    total, done = n_rows(source, options), start
    for slice_ in map(_checked, _slices(source, names, start, options)):
        for part, is_long in _parts(with_plain_types(slice_), options.max_row_bytes):
            made_ids = (f"{source.name}:{number}" for number in range(done, done + len(part)))
            rows = rows_of_table(_unpacked(part), columns, made_ids, options.max_chars, file=source.name)
            if is_long:
                told = f"the row has more than {options.max_row_bytes:,} bytes; {RAISE_LIMIT}"
                rows = tuple(replace(row, text="", title=None, error=told, lack="bad") for row in rows)
            done += len(part)
            yield Chunk(rows, part.select(list(columns.keep)), source.n_bytes * done // max(total, 1))


def _checked(table: pa.Table) -> pa.Table:
    """The table, once its offsets are known to point into its values: a damaged Arrow file would end the process.

    Whether strings are UTF-8 is left to the check of each row.
    """
    for column in table.columns:
        as_bytes = _BYTES.get(column.type)
        for part in column.chunks:
            (part if as_bytes is None else part.view(as_bytes)).validate(full=True)
    return table


def _parts(table: pa.Table, limit: int) -> Iterator[tuple[pa.Table, bool]]:
    """A few hundred rows in order, fewer where they are long; a row beyond the limit stands alone, without its values.

    A value that a dictionary holds once counts for each row that has it, for whoever unpacks the dictionary.
    """
    sizes = [_sizes(column) for column in table.columns]
    rows = np.sum(sizes, axis=0) if sizes else np.zeros(len(table), dtype=np.int64)
    first = 0
    while first < len(rows):
        fits = int(np.searchsorted(np.cumsum(rows[first:]), CHUNK_CHARS, side="right"))
        long = np.flatnonzero(rows[first : first + fits] > limit)
        last = first + max(1, int(long[0]) if len(long) else fits)
        part, is_long = table.slice(first, last - first), bool(rows[first] > limit)
        if is_long:
            # What is left of the row is short enough: its id, say.
            gone = [i for i, found in enumerate(sizes) if found[first] > limit // len(sizes)]
            for i in gone:
                part = part.set_column(i, part.field(i), pa.nulls(1, part.field(i).type))
        yield part, is_long
        first = last


def _sizes(column: pa.ChunkedArray) -> _Sizes:
    """Bytes of each value, [rows]."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *map(_part_sizes, column.chunks)])


def _part_sizes(part: pa.Array) -> _Sizes:
    import pyarrow.compute as pc

    if pa.types.is_dictionary(part.type):
        known = np.append(_part_sizes(part.dictionary), 0)
        found: _Sizes = known[np.asarray(pc.fill_null(part.indices.cast(pa.int64()), len(known) - 1))]
        return found
    try:
        return np.asarray(pc.fill_null(pc.binary_length(part), 0), dtype=np.int64)
    except pa.ArrowNotImplementedError:  # numbers, and lists and records of values
        if part.nbytes <= CHUNK_CHARS:
            return np.full(len(part), part.nbytes // max(len(part), 1))
        return np.array([part.slice(i, 1).nbytes for i in range(len(part))])


def _unpacked(table: pa.Table) -> pa.Table:
    """The table with the values of its dictionaries that these rows have, and no others."""
    for i, found in enumerate(table.schema):
        if pa.types.is_dictionary(found.type):
            table = table.set_column(i, found.name, table.column(i).cast(found.type.value_type))
    return table


def _slices(source: InputFile, names: list[str], start: int, options: Options) -> Iterator[pa.Table]:
    if source.format == "parquet":
        yield from _parquet_slices(source, names, start, options)
    else:
        yield from _after(start, _arrow_batches(source), names)


def _parquet_slices(source: InputFile, names: list[str], start: int, options: Options) -> Iterator[pa.Table]:
    longest = _longest_packed(source, names, options)
    readable = sum(length for length in longest.values() if length <= options.max_row_bytes)
    # A value too long to be read must not be unpacked for each row; all others are read faster without a dictionary.
    with _parquet(
        source, read_dictionary=[n for n, length in longest.items() if length > options.max_row_bytes]
    ) as file:
        longest_row = _longest_rows(file, names)
        _refuse_huge(longest_row, source, options)
        group, counts = 0, [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        while group < len(counts) and start >= counts[group]:
            start -= counts[group]
            group += 1
        if group < len(counts):
            # As many rows as fill a chunk, where the rows of some group are long.
            most = min(CHUNK_ROWS, CHUNK_CHARS // max(longest_row, 1), _UNPACKED // max(readable, 1))
            batches = file.iter_batches(max(1, most), list(range(group, len(counts))), names)
            yield from _after(start, batches, names)


def _longest_packed(source: InputFile, names: list[str], options: Options) -> dict[str, int]:
    """Bytes of the longest value in the dictionaries of each column, by its name; a file may repeat it in every row."""
    flat = [
        found.name for found in fields(source, options) if found.name in names and not pa.types.is_nested(found.type)
    ]
    longest: dict[str, int] = {}
    with _parquet(source, read_dictionary=flat) as file:
        for group in range(file.num_row_groups):
            for batch in islice(file.iter_batches(1, [group], flat), 1):
                # By name: asked for a column "a.b", the library also gives the field "b" of a record "a".
                for name in flat:
                    column = batch.column(name)
                    if pa.types.is_dictionary(column.type):
                        longest[name] = max(longest.get(name, 0), int(_part_sizes(column.dictionary).max(initial=0)))
    return longest


def _longest_rows(file: ParquetFile, names: list[str]) -> int:
    """Bytes of an average row, in the row group that has the longest."""
    groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    return max((_row_bytes(group, names) for group in groups if group.num_rows), default=0)


def _row_bytes(group: RowGroupMetaData, names: list[str]) -> int:
    """Bytes that the named columns of a row take on average."""
    columns = (group.column(j) for j in range(group.num_columns))
    prefixes = tuple(f"{name}." for name in names)  # a column of lists or records lies in several
    taken = sum(c.total_uncompressed_size for c in columns if f"{c.path_in_schema}.".startswith(prefixes))
    return int(taken / group.num_rows)


def _refuse_huge(longest: int, source: InputFile, options: Options) -> None:
    """Raise InputError where the rows of a row group are on average longer than a row may be."""
    if longest > options.max_row_bytes:
        raise InputError(
            f"the rows of {source.path} have {longest:,} bytes on average, more than the limit of "
            f"{options.max_row_bytes:,}; check that --text (in Python: text) names the column of the texts, then raise "
            "--max-row-bytes (in Python: max_row_bytes)"
        )


def _after(start: int, batches: Iterator[pa.RecordBatch], names: list[str]) -> Iterator[pa.Table]:
    """A few hundred rows at a time, from row ``start`` on."""
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


def _arrow_batches(source: InputFile) -> Iterator[pa.RecordBatch]:
    for path in _arrow_files(source):
        with _arrow(path) as reader:
            yield from _batches(reader)


@contextmanager
def _arrow(path: str) -> Iterator[Any]:
    """Either kind of Arrow file: random access, or the stream that Hugging Face writes."""
    # Not mapped into memory: a mapped file that is cut while it is read ends the process with a bus error.
    with open_raw(path) if is_url(path) else pa.OSFile(path) as file:
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


def _arrow_files(source: InputFile) -> list[str]:
    """The file itself, or those that a saved dataset names."""
    if source.format != "dataset":
        return [source.path]
    folder = Path(source.path)
    if (folder / "dataset_dict.json").is_file():
        splits = _listed(folder / "dataset_dict.json", "splits")
        raise InputError(
            f"{source.path} has several splits; give the folder of one split as input: "
            f"{', '.join(f'{source.path}/{name}' for name in splits)}"
        )
    paths = []
    for listed in _listed(folder / "state.json", "_data_files"):
        name = listed.get("filename") if isinstance(listed, dict) else None
        if not isinstance(name, str) or name != Path(name).name:
            raise InputError(
                f"{folder / 'state.json'} names {name!r}, which is no file beside it; save the dataset again"
            )
        paths.append(str(folder / name))
    return paths


def _listed(path: Path, key: str) -> list[Any]:
    values = json.loads(path.read_text("utf-8"))
    found = values.get(key) if isinstance(values, dict) else None
    if not isinstance(found, list):
        raise InputError(f"{path} has no list under the key {key!r}; save the dataset again")
    if not found:
        raise InputError(f"{path.parent} is empty; remove this folder from the input")
    return found


PARQUET = FormatReader((".parquet",), fields, chunks, n_rows)
# Their rows are counted by reading them all, so a cluster would read such a file anew for each part of it.
ARROW = FormatReader((".arrow", ".feather"), fields, chunks)
DATASET = FormatReader((), fields, chunks)

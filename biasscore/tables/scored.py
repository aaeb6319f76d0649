"""Tables of results read back, in whatever format they were written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from biasscore.errors import InputError
from biasscore.tables.schema import COLUMNS

_TYPES = {column.name: column.type for column in COLUMNS}
_NEEDED = ("id", "model")


def scored_table(given: Any) -> pa.Table:
    """A table of results as Arrow, with the types of docs/schema.md.

    Args:
        given: an Arrow table; a data frame or whatever else has ``__arrow_c_stream__``; or the path of a Parquet, CSV
            or JSON Lines file that the library wrote, or of a folder of such shards.

    Raises:
        InputError: it cannot be read, or holds no scores.
    """
    if isinstance(given, str | Path):
        table, name = _read(Path(given)), str(given)
    elif isinstance(given, pa.Table):
        table, name = given, "the table"
    elif hasattr(given, "__arrow_c_stream__"):
        frame = type(given).__module__.startswith("pandas")
        table, name = pa.Table.from_pandas(given, preserve_index=False) if frame else pa.table(given), "the table"
    else:
        raise InputError(f"scores must be a data frame, an Arrow table or a file, not {type(given).__name__}")
    if missing := [column for column in _NEEDED if column not in table.column_names]:
        raise InputError(
            f"{name} is not a table of scores (column {', '.join(missing)} is missing); score it first: "
            "biasscore score IN -o scores.parquet"
        )
    return table


def _read(path: Path) -> pa.Table:
    shards = sorted(shard for shard in path.glob("part-*") if shard.is_file()) if path.is_dir() else [path]
    if not shards:
        raise InputError(f"{path} has no tables; use a file, or a folder that biasscore score -o wrote")
    try:
        return pa.concat_tables(map(_read_file, shards), promote_options="default")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except (OSError, ValueError, pa.ArrowException) as problem:
        raise InputError(f"{path} cannot be read as a table: {str(problem).splitlines()[0]}") from problem


def _read_file(path: Path) -> pa.Table:
    match path.suffix.lower():
        case ".csv":
            return _read_csv(path)
        case ".jsonl":
            return _typed(json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
        case _:
            return pq.read_table(path)


def _read_csv(path: Path) -> pa.Table:
    """Lists stand as JSON in CSV, and null as an empty cell."""
    flat = {name: pa.string() if pa.types.is_nested(type_) else type_ for name, type_ in _TYPES.items()}
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=flat, strings_can_be_null=True, null_values=[""]),
    )
    for i, field in enumerate(table.schema):
        type_ = _TYPES.get(field.name)
        if type_ is not None and pa.types.is_nested(type_):
            values = [None if cell is None else json.loads(cell) for cell in table.column(i).to_pylist()]
            table = table.set_column(i, pa.field(field.name, type_), pa.array(values, type_))
    return table


def _typed(records: Iterator[dict[str, Any]]) -> pa.Table:
    rows = list(records)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows], _TYPES.get(name)) for name in names}
    return pa.table(columns)

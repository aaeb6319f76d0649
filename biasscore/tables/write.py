"""Result tables to Parquet, JSON Lines or CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, BinaryIO, Literal, get_args

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from biasscore.errors import InputError
from biasscore.tables.schema import METADATA_KEY

OutputFormat = Literal["parquet", "jsonl", "csv"]


def output_format(suffix: str) -> OutputFormat:
    """The format that a file suffix or a ``--format`` value names.

    Raises:
        InputError: it names none.
    """
    for known in get_args(OutputFormat):
        if suffix.removeprefix(".").lower() == known:
            return known  # type: ignore[no-any-return]
    raise InputError(f"unknown output format {suffix!r}; one of: {', '.join(get_args(OutputFormat))}")


def with_metadata(schema: pa.Schema, about: dict[str, Any]) -> pa.Schema:
    """The schema with ``about`` (version, model, settings) as one JSON object in its metadata."""
    return schema.with_metadata({METADATA_KEY: json.dumps(about, ensure_ascii=False, sort_keys=True).encode()})


def metadata(schema: pa.Schema) -> dict[str, Any]:
    """What ``with_metadata`` put into a Parquet or Arrow file; empty for other files."""
    found: dict[str, Any] = json.loads((schema.metadata or {}).get(METADATA_KEY, b"{}"))
    return found


def write_tables(tables: Iterable[pa.Table], schema: pa.Schema, stream: BinaryIO, target: OutputFormat) -> None:
    """Write tables of one schema as one file of the target format.

    Parquet keeps types and metadata. CSV holds lists (spans, quotes) as JSON and null as an empty cell. JSON Lines
    writes NaN of kept columns as null, for JSON has none.
    """
    match target:
        case "parquet":
            with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table.cast(schema))
        case "csv":
            flat = pa.schema([(field.name, _csv_type(field.type)) for field in schema])
            with pyarrow.csv.CSVWriter(stream, flat) as csv_writer:
                for table in tables:
                    csv_writer.write_table(_flat(table, flat))
        case "jsonl":
            for table in tables:
                stream.writelines(_line(record) for record in table.to_pylist())


def _csv_type(type_: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_nested(type_) or pa.types.is_dictionary(type_) else type_


def _flat(table: pa.Table, flat: pa.Schema) -> pa.Table:
    columns = [
        column if column.type.equals(field.type) else pa.array(_cells(column.to_pylist()), pa.string())
        for field, column in zip(flat, table.columns, strict=True)
    ]
    return pa.table(columns, schema=flat)


def _cells(values: list[Any]) -> Iterable[str | None]:
    return [value if value is None or isinstance(value, str) else _json(value) for value in values]


def _line(record: dict[str, Any]) -> bytes:
    finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()}
    return f"{_json(finite)}\n".encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)

"""Result tables to Parquet, JSON Lines or CSV."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, BinaryIO, Literal

import pyarrow as pa

from biasscore.tables.records import column_values
from biasscore.tables.schema import METADATA_KEY

OutputFormat = Literal["parquet", "jsonl", "csv"]

_FORMULA = "^'*[=+\\-@\t\r\n]"
"""What a spreadsheet would run; and what has been defused, so that each text can be found again."""


def with_metadata(schema: pa.Schema, about: dict[str, Any]) -> pa.Schema:
    """The schema with ``about`` (version, model, settings) as one JSON object in its metadata."""
    return schema.with_metadata({METADATA_KEY: json.dumps(about, ensure_ascii=False, sort_keys=True).encode()})


def metadata(schema: pa.Schema) -> dict[str, Any]:
    """What ``with_metadata`` put into a Parquet or Arrow file; empty for other files."""
    found: dict[str, Any] = json.loads((schema.metadata or {}).get(METADATA_KEY, b"{}"))
    return found


def write_tables(
    tables: Iterable[pa.Table], schema: pa.Schema, stream: BinaryIO, target: OutputFormat, *, defuse: bool = False
) -> None:
    """Write tables of one schema as one file of the target format.

    Parquet keeps types and metadata. CSV holds lists (spans, quotes) as JSON and null as an empty cell. JSON Lines
    writes NaN of kept columns as null, for JSON has none.

    Args:
        defuse: whether CSV is ``defused``.
    """
    match target:
        case "parquet":
            from pyarrow.parquet import ParquetWriter

            with ParquetWriter(stream, schema, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table.cast(schema))
        case "csv":
            from pyarrow.csv import CSVWriter

            named = defused_text if defuse else str
            flat = pa.schema([(named(field.name), _csv_type(field.type)) for field in schema])
            with CSVWriter(stream, flat) as csv_writer:
                for table in tables:
                    csv_writer.write_table(_flat(defused(table) if defuse else table, flat))
        case "jsonl":
            for table in tables:
                columns = [column_values(column) for column in table.columns]
                names = table.column_names
                stream.writelines(_line(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True))


def _csv_type(type_: pa.DataType) -> pa.DataType:
    plain = pa.types.is_primitive(type_) and not (pa.types.is_timestamp(type_) and type_.tz)
    return type_ if plain or pa.types.is_string(type_) or pa.types.is_large_string(type_) else pa.string()


def _flat(table: pa.Table, flat: pa.Schema) -> pa.Table:
    columns = [
        column if column.type.equals(field.type) else pa.array(_cells(column_values(column)), pa.string())
        for field, column in zip(flat, table.columns, strict=True)
    ]
    return pa.table(columns, schema=flat)


def _cells(values: list[Any]) -> Iterable[str | None]:
    return [value if value is None or isinstance(value, str) else _cell(value) for value in values]


def _cell(value: Any) -> str:
    return _json(value) if isinstance(value, (list, dict)) else _plain(value)


def defused(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before every text that a spreadsheet would run as a formula (OWASP's rule).

    Column names are texts, too; numbers stay as they are.
    """
    import pyarrow.compute as pc

    for i, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = table.column(i)
            quoted = pc.binary_join_element_wise(pa.scalar("'", field.type), column, pa.scalar("", field.type))
            runs = pc.match_substring_regex(column, _FORMULA)
            table = table.set_column(i, field, pc.if_else(runs, quoted, column))
    return table.rename_columns(list(map(defused_text, table.column_names)))


def defused_text(text: str) -> str:
    """One text as ``defused`` writes it."""
    return f"'{text}" if re.match(_FORMULA, text) else text


def as_given(text: str) -> str:
    """The text that ``defused_text`` made this of; any other text as it is."""
    return text[1:] if text.startswith("'") and re.match(_FORMULA, text) else text


def _line(record: dict[str, Any]) -> bytes:
    return f"{_json(record)}\n".encode()


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=_plain, allow_nan=False)


def _finite(value: Any) -> Any:
    """The same without NaN and infinity, which JSON has not, at any depth."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)

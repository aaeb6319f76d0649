"""Tables in and out: readers of every input format, and the one flat Arrow schema of results.

inputs ─find_sources→ files ─plan_reading→ checked plan ─read→ chunks of rows
rows, documents ─to_table→ flat table ─write_tables→ Parquet, JSON Lines, CSV
"""

from biasscore.tables.flatten import kept_columns, kept_names, to_table
from biasscore.tables.formats import Format, Options
from biasscore.tables.guess import FIELDS, Field, left_open
from biasscore.tables.read import ReadingPlan, column_names, plan_reading, read, row_count
from biasscore.tables.records import (
    MAX_CHARS,
    Chunk,
    Columns,
    Counts,
    Row,
    make_row,
    rows_of_table,
)
from biasscore.tables.schema import COLUMNS, LEVELS, METADATA_KEY, SCHEMA_VERSION, Column, Level, schema
from biasscore.tables.scored import scored_table, tables_in
from biasscore.tables.sources import Found, find_sources, skipped_files
from biasscore.tables.streams import InputFile
from biasscore.tables.write import (
    OutputFormat,
    as_given,
    defused,
    defused_text,
    metadata,
    with_metadata,
    write_tables,
)

__all__ = [
    "COLUMNS",
    "FIELDS",
    "LEVELS",
    "MAX_CHARS",
    "METADATA_KEY",
    "SCHEMA_VERSION",
    "Chunk",
    "Column",
    "Columns",
    "Counts",
    "Field",
    "Format",
    "Found",
    "InputFile",
    "Level",
    "Options",
    "OutputFormat",
    "ReadingPlan",
    "Row",
    "as_given",
    "column_names",
    "defused",
    "defused_text",
    "find_sources",
    "kept_columns",
    "kept_names",
    "left_open",
    "make_row",
    "metadata",
    "plan_reading",
    "read",
    "row_count",
    "rows_of_table",
    "schema",
    "scored_table",
    "skipped_files",
    "tables_in",
    "to_table",
    "with_metadata",
    "write_tables",
]

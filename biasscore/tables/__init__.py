"""Tables in and out: readers of every input format, and the one flat Arrow schema of results.

inputs ─find_sources→ files ─plan_reading→ checked plan ─read→ chunks of rows
rows, documents ─to_table→ flat table ─write_tables→ Parquet, JSON Lines, CSV
"""

from biasscore.tables.articles import MAX_CHARS, Chunk, Columns, Row, make_row, rows_of_table
from biasscore.tables.flatten import kept_columns, to_table
from biasscore.tables.read import Reading, plan_reading, read, row_count
from biasscore.tables.schema import COLUMNS, LEVELS, METADATA_KEY, SCHEMA_VERSION, Column, Level, schema
from biasscore.tables.sources import Format, Source, find_sources
from biasscore.tables.write import OutputFormat, metadata, output_format, with_metadata, write_tables

__all__ = [
    "COLUMNS",
    "LEVELS",
    "MAX_CHARS",
    "METADATA_KEY",
    "SCHEMA_VERSION",
    "Chunk",
    "Column",
    "Columns",
    "Format",
    "Level",
    "OutputFormat",
    "Reading",
    "Row",
    "Source",
    "find_sources",
    "kept_columns",
    "make_row",
    "metadata",
    "output_format",
    "plan_reading",
    "read",
    "row_count",
    "rows_of_table",
    "schema",
    "to_table",
    "with_metadata",
    "write_tables",
]

"""Every input format, one file per family; this table is all that a new one needs beside its file."""

from __future__ import annotations

from typing import Literal

from biasscore.tables.formats import columnar, delimited, feeds, html, json_array, jsonl, texts
from biasscore.tables.formats.base import FormatReader, Options, Quoting, Raw

Format = Literal[
    "text", "html", "csv", "tsv", "jsonl", "json", "parquet", "arrow", "dataset",
    "rtf", "docx", "pdf", "subtitles", "feed", "nexis", "factiva", "proquest",
]  # fmt: skip

READERS: dict[str, FormatReader] = {
    "text": texts.TEXT,
    "html": html.HTML,
    "csv": delimited.CSV,
    "tsv": delimited.TSV,
    "jsonl": jsonl.READER,
    "json": json_array.READER,
    "parquet": columnar.PARQUET,
    "arrow": columnar.ARROW,
    "dataset": columnar.DATASET,
    "rtf": texts.RTF,
    "docx": texts.DOCX,
    "pdf": texts.PDF,
    "subtitles": texts.SUBTITLES,
    "feed": feeds.READER,
    "nexis": texts.NEXIS,
    "factiva": html.FACTIVA,
    "proquest": texts.PROQUEST,
}
EXPORTS = ("nexis", "factiva", "proquest")
"""Formats that no suffix tells; naming one wins over the suffix."""

FORMAT_OF_SUFFIX = {suffix: name for name, reader in READERS.items() for suffix in reader.suffixes}

__all__ = ["EXPORTS", "FORMAT_OF_SUFFIX", "READERS", "Format", "FormatReader", "Options", "Quoting", "Raw"]

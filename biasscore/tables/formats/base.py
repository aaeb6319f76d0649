"""What a format is to the rest: one reader, which looks at columns, counts rows where it can, and yields chunks.

Each format ends in its ``FormatReader``; the other files beside this one help them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal, TypeVar

import pyarrow as pa

from biasscore.deadline import OverdueError, within
from biasscore.errors import InputError
from biasscore.results import Block
from biasscore.tables.records import MAX_CHARS, Chunk, Columns, Lack, Row, make_row
from biasscore.tables.streams import InputFile

CHUNK_ROWS = 500
CHUNK_CHARS = 8_000_000
MAX_ROW_BYTES = 64 << 20
"""Most bytes one row may have before it is read: a text of ``MAX_CHARS``, escaped, and its other columns."""
MOST_ROW_BYTES = 1 << 30
"""The highest limit that can be set: every library that reads rows counts as far as this."""
_TOO_DEEP = "a value has lists within lists at too many levels; remove this value, or use fewer levels"

DOCUMENT_SECONDS = 300.0
"""Longest time in which one document is read, once its bytes are here."""

TEXT_NAMES = ("text", "body", "content", "maintext", "article", "article_text", "full_text", "fulltext", "sentence")
"""What the column of the text is usually called, the most usual name first."""

OUTLET_NAMES = ("outlet", "source", "publisher", "publication", "newspaper")
DATE_NAMES = ("date", "date_publish", "published", "publishedAt")
URL_NAMES = ("url", "link", "news_link")
"""The same for what articles have, too: they go by the first name."""

ARTICLE_FIELDS = ("text", "title", "date", "outlet", "byline", "url", "id")
"""Columns of the formats that hold articles and no table; a file may give some of them only."""

_FIELD_OF = {name: names[0] for names in (OUTLET_NAMES, DATE_NAMES, URL_NAMES) for name in names}

NESTED = b"nested"
"""Marks, in the metadata of a column that is read as strings, that it holds lists or records."""

Quoting = Literal["auto", "standard", "none"]
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Options:
    """How files are read.

    Attributes:
        encoding: of texts, CSV, TSV, JSON, feeds; None is UTF-8, with or without a byte order mark.
        quoting: of CSV and TSV. "standard" trusts every quotation mark, "none" reads marks as text, "auto" is
            standard and reads the lines of a field again where a mark was left open.
        max_chars: a longer text becomes a row with an error.
        max_row_bytes: a row that has more bytes is refused before it is held in memory.
    """

    encoding: str | None = None
    quoting: Quoting = "auto"
    max_chars: int = MAX_CHARS
    max_row_bytes: int = MAX_ROW_BYTES

    def __post_init__(self) -> None:
        if not 1 <= self.max_row_bytes <= MOST_ROW_BYTES:
            raise InputError(
                f"--max-row-bytes (in Python: max_row_bytes) must be between 1 and {MOST_ROW_BYTES:,}, not "
                f"{self.max_row_bytes}"
            )


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as a format found it.

    Attributes:
        values: by column name.
        problem: why it is no record; then ``lack`` says of what kind.
        note: what a reader of the score should know about how it was read.
        blocks: headings and quotations that a web page marks in the text.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None
    lack: Lack = "bad"
    note: str | None = None
    blocks: tuple[Block, ...] = ()


def _unknown(_: InputFile, __: Options) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class FormatReader:
    """One input format.

    Attributes:
        suffixes: of its files.
        fields: the columns of a file, or None where they do not matter or cannot be seen yet; it is also told which
            column is to be scored, since only this tells what the records of some files are.
        chunks: the rows of a file; from row ``start`` on where ``n_rows`` knows their number, else from the first.
        n_rows: rows of a file where they can be told without reading it.
        streamed: read from front to back, so that it may be compressed or come through a pipe.
        holds_articles: its files hold articles and no table, so that no column has to be named.
    """

    suffixes: tuple[str, ...]
    fields: Callable[[InputFile, Options, str], pa.Schema | None]
    chunks: Callable[[InputFile, Columns, Options, int], Iterator[Chunk]]
    n_rows: Callable[[InputFile, Options], int | None] = _unknown
    streamed: bool = False
    holds_articles: bool = False


def in_time(read: Callable[[], _Found]) -> _Found | Raw:
    """What one document holds, once its bytes are here; or, where reading takes too long, a record that says so."""
    try:
        with within(DOCUMENT_SECONDS):
            return read()
    except OverdueError:
        return Raw(
            problem=f"the document took more than {DOCUMENT_SECONDS:g} seconds to be read; leave out the document, or "
            "save its text as plain text"
        )


def chunked(
    found: Iterable[Raw], source: InputFile, columns: Columns, options: Options, position: Callable[[], int]
) -> Iterator[Chunk]:
    """Gather records to chunks; kept values become strings, because a later row may hold any type."""
    numbers = count()
    return _gathered(((raw, f"{source.name}:{next(numbers)}") for raw in found), source, columns, options, position)


def articles(
    found: Iterable[Raw],
    source: InputFile,
    columns: Columns,
    options: Options,
    position: Callable[[], int] | None = None,
) -> Iterator[Chunk]:
    """The same for a file of many articles, whose columns are ``ARTICLE_FIELDS`` whatever a table beside it has."""
    named = (_renamed(raw, columns) for raw in found)
    return chunked(named, source, article_columns(columns), options, position or (lambda: source.n_bytes))


def article(raw: Raw, source: InputFile, columns: Columns, options: Options) -> Iterator[Chunk]:
    """The one chunk of a file that is one article; its id is the file's name."""
    named = article_columns(columns)
    return _gathered(iter([(_renamed(raw, columns), source.name)]), source, named, options, lambda: source.n_bytes)


def _renamed(raw: Raw, columns: Columns) -> Raw:
    """An article whose outlet, date and address also go by the names that a table beside it has for them."""
    values = {n: raw.values.get(_FIELD_OF[n]) for n in (columns.group, *columns.keep) if n in _FIELD_OF}
    return replace(raw, values={**values, **raw.values})


def article_columns(columns: Columns) -> Columns:
    """Which of an article's own fields is what."""
    group = columns.group if columns.group in (*ARTICLE_FIELDS, *OUTLET_NAMES) else None
    return Columns("text", "title", columns.id if columns.id in ARTICLE_FIELDS else None, group, columns.keep)


def article_fields(_: InputFile, __: Options, ___: str) -> pa.Schema:
    """The columns of every format of articles."""
    return pa.schema([pa.field(name, pa.string()) for name in ARTICLE_FIELDS])


def _gathered(
    found: Iterator[tuple[Raw, str]],
    source: InputFile,
    columns: Columns,
    options: Options,
    position: Callable[[], int],
) -> Iterator[Chunk]:
    rows: list[Row] = []
    kept: dict[str, list[str | None]] = {name: [] for name in columns.keep}
    chars = 0
    for raw, made_id in found:
        try:
            row = _row(raw, made_id, source, columns, options)
            cells = {name: as_text(raw.values.get(name)) for name in kept}
        except RecursionError:
            row = _row(Raw(problem=_TOO_DEEP), made_id, source, columns, options)
            cells = dict.fromkeys(kept)
        rows.append(row)
        for name, values in kept.items():
            values.append(cells[name])
        chars += len(row.text) + len(row.title or "") + sum(len(cell or "") for cell in cells.values())
        if len(rows) == CHUNK_ROWS or chars >= CHUNK_CHARS:
            yield _chunk(rows, kept, position())
            rows, chars = [], 0
            kept = {name: [] for name in columns.keep}
    if rows:
        yield _chunk(rows, kept, position())


def _row(raw: Raw, made_id: str, source: InputFile, columns: Columns, options: Options) -> Row:
    if raw.problem is None:
        row = make_row(raw.values, columns, made_id, options.max_chars, file=source.name, note=raw.note)
        return replace(row, blocks=raw.blocks)
    row = make_row(raw.values, columns, made_id, file=source.name)
    return replace(row, text="", title=None, error=raw.problem, lack=raw.lack, note=None)


def _chunk(rows: list[Row], kept: Mapping[str, list[str | None]], position: int) -> Chunk:
    arrays = {name: pa.array(values, pa.string()) for name, values in kept.items()}
    return Chunk(tuple(rows), table_of(arrays, len(rows)), position)


def string_fields(names: Iterable[str], path: str) -> pa.Schema:
    """Columns of strings with these names, which must have been read in the right encoding."""
    names = tuple(names)
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"the column names of {path} cannot be decoded; set --encoding (in Python: encoding) to the encoding "
            "of the file"
        ) from None
    return pa.schema([pa.field(name, pa.string()) for name in names])


def is_nested(column: pa.Field) -> bool:
    """Whether a column holds lists or records."""
    return pa.types.is_nested(column.type) or NESTED in (column.metadata or {})


def table_of(columns: Mapping[str, pa.Array], n_rows: int) -> pa.Table:
    """A table that knows its number of rows even where it has no columns."""
    if columns:
        return pa.table(dict(columns))
    return pa.table({"": pa.nulls(n_rows)}).select([])


def as_text(value: Any) -> str | None:
    """A kept value as a string: strings as they are, everything else as JSON, null as null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode(errors="backslashreplace").decode()

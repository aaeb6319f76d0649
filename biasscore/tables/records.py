"""The one record from reader to writer: a row that can be scored, or says why not; chunks of rows; counts of rows."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from biasscore.results import Block, Document

MAX_CHARS = 10_000_000
"""Longest text that is scored; *War and Peace* has 3.2 million characters, so more is a broken row."""

MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"}
    | {"NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""Cells that pandas reads as missing by default (``pandas.read_csv``, ``na_values``)."""

_NO_TEXTS = MISSING | {"[removed]", "[deleted]", "[ Removed by Reddit ]", "[deleted by user]"}
"""The same and what Reddit writes in place of a text."""

Lack = Literal["bad", "empty", "skipped"]
Outcome = Literal["scored", "bad", "empty", "skipped"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the input is what.

    Attributes:
        text: the column to score; files of articles (text, HTML, feeds, exports) need none.
        title, id, group: columns for these fields; None leaves title and group null and makes an id.
        keep: columns carried along unchanged.
    """

    text: str = "text"
    title: str | None = None
    id: str | None = None
    group: str | None = None
    keep: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """Field name to column name, for the columns that are named."""
        named = {"text": self.text, "title": self.title, "id": self.id, "group": self.group}
        return {field: column for field, column in named.items() if column is not None}


@dataclass(frozen=True, slots=True)
class Row:
    """One article as read, or the reason why it cannot be scored.

    Attributes:
        id: from the input, or ``FILE:ROW`` (the file's name alone, for a file that is one article).
        text: the string to score; empty in a row with an ``error``.
        error: one line; None in a row that can be scored.
        lack: what kind of error: "bad" (broken or of another type), "empty" (no text, or a missing value),
            "skipped" (no article by its kind, such as repeated column names).
        note: what a reader of the score should know about how the text was read; None where there is nothing.
        file: the input file, as the counts name it.
        blocks: headings and quotations that a web page marks in the text.
    """

    id: str
    text: str = ""
    title: str | None = None
    group: str | None = None
    error: str | None = None
    lack: Lack = field(default="bad", compare=False)
    note: str | None = field(default=None, compare=False)
    file: str = field(default="", compare=False)
    blocks: tuple[Block, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What becomes of the row; each row has exactly one."""
        return "scored" if self.error is None else self.lack


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of the input.

    Attributes:
        rows: in the order of the input.
        kept: the kept columns of these rows, one table row per row.
        n_bytes: bytes of the input files that have been read up to and with this chunk, as they lie on disk.
    """

    rows: tuple[Row, ...]
    kept: pa.Table
    n_bytes: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Chunk:
        start, stop, _ = part.indices(len(self.rows))
        return Chunk(self.rows[part], self.kept.slice(start, max(0, stop - start)), self.n_bytes)


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one input file, or of all: every row read is scored, empty, bad or skipped.

    Attributes:
        noted: rows among them that carry a note.
        not_english: scored rows whose text does not look English.
    """

    scored: int = 0
    empty: int = 0
    bad: int = 0
    skipped: int = 0
    noted: int = 0
    not_english: int = 0

    @classmethod
    def of(cls, row: Row, document: Document | None = None) -> Counts:
        """The counts of one row, with its document where it was scored."""
        foreign = document is not None and any(note.code == "not-english" for note in document.notes)
        return cls(**{row.outcome: 1}, noted=int(row.note is not None), not_english=int(foreign))

    @property
    def rows(self) -> int:
        """Rows read."""
        return self.scored + self.empty + self.bad + self.skipped

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def __str__(self) -> str:
        read = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        foreign = f" ({self.not_english:,} not English)" if self.not_english else ""
        skipped = f", {self.skipped:,} skipped" if self.skipped else ""
        return f"{read} read: {self.scored:,} scored{foreign}, {self.empty:,} empty, {self.bad:,} bad{skipped}"


class _UnusableError(ValueError):
    """A value that cannot be used; its message becomes the row's ``error``."""

    def __init__(self, message: str, lack: Lack = "bad") -> None:
        super().__init__(message)
        self.lack: Lack = lack


def make_row(
    values: Mapping[str, Any],
    columns: Columns,
    made_id: str,
    max_chars: int = MAX_CHARS,
    *,
    file: str = "",
    note: str | None = None,
) -> Row:
    """Check one row's values; what is wrong with them is told in ``Row.error`` (a title: ``Row.note``), not raised."""
    row_id = _name(values.get(columns.id)) if columns.id is not None else None
    group = _name(values.get(columns.group)) if columns.group is not None else None
    row_id = made_id if row_id is None else row_id
    try:
        text, replaced = _text(values.get(columns.text), max_chars)
    except _UnusableError as problem:
        return Row(row_id, group=group, error=str(problem), lack=problem.lack, note=note, file=file)
    title, untitled = _title(values.get(columns.title)) if columns.title is not None else (None, None)
    broken = f"broken characters replaced by \ufffd: {replaced:,}" if replaced else None
    told = "; ".join(filter(None, (note, broken, untitled))) or None
    return Row(row_id, text, title, group, note=told, file=file)


_VIEWS = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The kind that holds the same and that every function of Arrow knows, down to what lists and records hold."""
    types = pa.types
    if types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    if types.is_list(kind) or types.is_list_view(kind) or types.is_fixed_size_list(kind):
        return _kept_if_same(kind, pa.list_(_plain_field(kind.value_field)))
    if types.is_large_list(kind) or types.is_large_list_view(kind):
        return _kept_if_same(kind, pa.large_list(_plain_field(kind.value_field)))
    if types.is_struct(kind):
        return _kept_if_same(kind, pa.struct([_plain_field(field_) for field_ in kind]))
    if types.is_map(kind):
        return _kept_if_same(kind, pa.map_(_plain_field(kind.key_field), _plain_field(kind.item_field)))
    return _VIEWS.get(kind, kind)


def _plain_field(found: pa.Field) -> pa.Field:
    return found.with_type(plain_type(found.type))


def _kept_if_same(kind: pa.DataType, plain: pa.DataType) -> pa.DataType:
    """A list of fixed size, say, stays one where nothing in it has to change."""
    children = (kind.field(i).type for i in range(kind.num_fields))
    has_view = pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind)
    return plain if has_view or any(plain_type(child) != child for child in children) else kind


def as_plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column in the kind of ``plain_type``."""
    plain = plain_type(column.type)
    if plain.equals(column.type):
        return column
    if column.type in _VIEWS:
        return column.cast(plain)
    # Arrow's own casts of the others are missing, or wrong: that of a view of lists loses its values.
    return pa.chunked_array([pa.array(part.to_pylist(), plain) for part in column.chunks], plain)


def with_plain_types(table: pa.Table) -> pa.Table:
    """The table with its columns in kinds that every function of Arrow knows."""
    for i, field_ in enumerate(table.schema):
        plain = plain_type(field_.type)
        if not plain.equals(field_.type):
            table = table.set_column(i, pa.field(field_.name, plain), as_plain(table.column(i)))
    return table


def rows_of_table(
    table: pa.Table, columns: Columns, made_ids: Iterator[str], max_chars: int = MAX_CHARS, *, file: str = ""
) -> tuple[Row, ...]:
    """The rows of an Arrow table that holds the named columns."""
    named = list(dict.fromkeys(columns.fields.values()))
    values = {name: column_values(table.column(name)) for name in named}
    rows = (dict(zip(named, row, strict=True)) for row in zip(*values.values(), strict=True))
    return tuple(
        make_row(row, columns, made_id, max_chars, file=file) for row, made_id in zip(rows, made_ids, strict=False)
    )


def column_values(column: pa.ChunkedArray) -> list[Any]:
    """A column as Python values; equal strings of a dictionary are one object, so they take memory once."""
    if pa.types.is_dictionary(column.type):
        found: list[Any] = []
        for part in column.chunks:
            shared = column_values(pa.chunked_array([part.dictionary]))
            found += [None if i is None else shared[i] for i in part.indices.to_pylist()]
        return found
    # Times in a zone that this machine does not know or too far from ours, and bytes that are no UTF-8 in a column of
    # strings, are no values of Python's; bytes, times without their zone and Arrow's own words for them are.
    for parts in (column.chunks, list(map(_in_plain_kind, column.chunks))):
        try:
            return [value for part in parts for value in part.to_pylist()]
        except (ValueError, LookupError, OverflowError):
            continue
    return [_spelled(part.slice(i, 1)) for part in column.chunks for i in range(len(part))]


def _in_plain_kind(part: pa.Array) -> pa.Array:
    """Strings as bytes, times without a zone."""
    if pa.types.is_timestamp(part.type):
        return part.view(pa.timestamp(part.type.unit))
    if pa.types.is_string(part.type) or pa.types.is_large_string(part.type):
        return part.view(pa.binary() if pa.types.is_string(part.type) else pa.large_binary())
    return part


def _spelled(value: pa.Array) -> str | None:
    """The one value of an array as Arrow prints it."""
    if value.null_count:
        return None
    return " ".join(value.to_string(window=MAX_CHARS, container_window=MAX_CHARS).split())[2:-2]


def _is_missing(value: Any) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # NaN is how data frames write it
        return True
    return type(value).__name__ in ("NAType", "NaTType")  # pandas' own, for which pandas need not be imported


def _text(value: Any, max_chars: int) -> tuple[str, int]:
    text, replaced = _string("text", value)
    if text is None:
        raise _UnusableError("the text is null", "empty")
    if len(text) > max_chars:
        raise _UnusableError(
            f"the text has {len(text):,} characters, more than the limit of {max_chars:,}; split the text"
        )
    if text.isspace() or not text:
        raise _UnusableError("the text is empty", "empty")
    if len(text) < 30 and text.strip() in _NO_TEXTS:
        raise _UnusableError(f"the text is {text.strip()!r}, which stands for a missing value", "empty")
    return text, replaced


def _title(value: Any) -> tuple[str | None, str | None]:
    """The title, or a note on why there is none: whatever is wrong with a title, its text can be scored."""
    try:
        return _string("title", value)[0], None
    except _UnusableError as problem:
        return None, f"the title has no scores: {problem}"


def _kind(value: Any) -> str:
    """What a value is, in the words of people who do not program."""
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), f"of type {type(value).__name__}")


def _string(field: str, value: Any) -> tuple[str | None, int]:
    """The value as a string, and how many halves of a surrogate pair were replaced in it."""
    if _is_missing(value):
        return None, 0
    if isinstance(value, bytes):
        try:
            return value.decode(), 0
        except UnicodeDecodeError as problem:
            raise _UnusableError(
                f"the {field} is not in UTF-8 (from byte {problem.start:,} on); save the text as UTF-8"
            ) from None
    if not isinstance(value, str):
        raise _UnusableError(
            f"the {field} is {_kind(value)}, not a string; check that --{field} (in Python: {field}) names the "
            "right column"
        )
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        if "\udc80" <= value[problem.start] <= "\udcff":  # how Python keeps a byte that fits no encoding
            raise _UnusableError(
                f"character {problem.start:,} of the {field} cannot be decoded; set --encoding (in Python: "
                "encoding) to the encoding of the file"
            ) from None
        return whole_characters(value)
    return value, 0


def whole_characters(text: str) -> tuple[str, int]:
    """The text with every half of a surrogate pair replaced by U+FFFD, one for one, and how many there were."""
    halves = sum("\ud800" <= char <= "\udfff" for char in text)
    if not halves:
        return text, 0
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text), halves


def _name(value: Any) -> str | None:
    """An id or group as text: what cannot be decoded stays readable, so that the row can be found again.

    A record goes by its name or title, such as the source of an article in the answer of an API.
    """
    if _is_missing(value):
        return None
    if isinstance(value, dict) and (named := value.get("name") or value.get("title")):
        return _name(named)
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, float) and value.is_integer():  # pandas makes whole numbers floats where one is missing
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return str(value).encode(errors="backslashreplace").decode()

"""CSV and TSV: streamed, quoted newlines included; a malformed row is told and its neighbours are read.

A quotation mark that was left open makes one field of all lines up to the next mark. Such a field is recognised (the
table ends inside it or the row is broken, and its lines look like rows of the table), and its lines are read again one
by one. A row with a field for each column name is one row, whatever its lines look like: that is valid CSV. How much
may be read again is bounded: where mark after mark is left open, each would read the rest of the table once more.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TextIO

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.formats.base import FormatReader, Options, Raw, chunked, string_fields
from biasscore.tables.records import MISSING, Chunk, Columns
from biasscore.tables.streams import RAISE_LIMIT, InputFile, open_head, open_text

# Names that take more than this are prose: a text file with the wrong ending.
_MAX_HEADER = 100_000
_OTHER_DELIMITERS = (";", "\t", "|")
_NAMED_DELIMITER = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
"""The first line of tables that are made for Excel."""
_LINES_LOOKED_AT = 50
_MAX_FIELDS = 4_000_000
_TOO_LONG = (
    f"{RAISE_LIMIT}, or, if the row has an opening quotation mark without a closing one, use --quoting none (in "
    "Python: quoting='none')"
)
_LEFT_OPEN = "a quotation mark has no closing mark"
_READ_AGAIN = 1_000_000
_READ_AGAIN_SHARE = 4
_NO_MARKS = "use --quoting none (in Python: quoting='none') to read quotation marks as text"


def fields(source: InputFile, options: Options, _: str) -> pa.Schema | None:
    """The header's columns, all strings; None for a pipe whose header has not come yet."""
    with open_head(source, options.encoding, options.max_row_bytes) as text:
        names = _header(_Lines(text, _MAX_HEADER), source, options)[0]
    if not names and source.is_pipe:
        return None
    if not names:
        raise InputError(
            f"{source.path} is empty; remove this file from the input, or add a line of column names and rows"
        )
    return string_fields(names, source.path)


def chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """The rows of the file, in its order."""
    # The csv module's own limit (131,072 characters, for the whole process) is shorter than many articles.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_row_bytes))
    with open_text(source, options.encoding) as (text, opened):
        lines = _Lines(text, options.max_row_bytes)
        names, delimiter = _header(lines, source, options)
        lines.delimiter = delimiter
        named = frozenset(filter(None, (columns.title, columns.id, columns.group)))
        table = _Table(lines, tuple(names), named, options.quoting)
        yield from chunked(table.records(), source, columns, options, lambda: opened.position)


class _TooLongError(csv.Error):
    """A row has more characters or fields than one row may have."""


class _Long(str):
    """Stands for a line that was passed over, so that it is told again when its record's lines come again."""

    __slots__ = ()


_LONG = _Long("\n")


@dataclass(slots=True)
class _Lines:
    """The lines of a file as the csv module takes them: bounded, counted, and to be put back.

    Attributes:
        number: of the last line taken, from 1.
        taken: the lines of the record that is being read.
    """

    text: TextIO
    limit: int
    delimiter: str = ","
    number: int = 0
    taken: list[str] = field(default_factory=list)
    _size: int = 0
    _waiting: deque[str] = field(default_factory=deque)
    _read: int = 0
    _read_again: int = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._next_line()
        if not line:
            raise StopIteration
        self.number += 1
        self._size += len(line)
        self._read += len(line)
        self.taken.append(line)
        if line is _LONG or self._size > self.limit:
            raise _TooLongError(f"more than {self.limit:,} characters in one row; {_TOO_LONG}")
        if len(line) > _MAX_FIELDS and line.count(self.delimiter) > _MAX_FIELDS:
            raise _TooLongError(
                f"more than {_MAX_FIELDS:,} fields in one row; check that the file is a table with a delimiter that "
                "biasscore knows: comma, semicolon, tab or |"
            )
        return line

    def begin(self) -> None:
        """The next line is the first of a record."""
        self.taken, self._size = [], 0

    def put_back(self, lines: list[str]) -> None:
        """Have the last lines taken come once more."""
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)
        size = sum(map(len, lines))
        self._read -= size
        self._read_again += size

    @property
    def came_too_often(self) -> bool:
        """Whether the next line was read before, and so much was read again that no more of it may be."""
        return bool(self._waiting) and self._read_again > _READ_AGAIN + _READ_AGAIN_SHARE * self._read

    def _next_line(self) -> str:
        line = self.text.readline(self.limit + 1)
        if len(line) <= self.limit or line.endswith(("\n", "\r")):
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self.text.readline(self.limit + 1)
        return _LONG


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows below a header."""

    lines: _Lines
    names: tuple[str, ...]
    named: frozenset[str]
    quoting: str

    def records(self) -> Iterator[Raw]:
        reader = self._reader()
        while True:
            self.lines.begin()
            try:
                if self.lines.came_too_often:
                    next(self.lines)
                    yield self._alone(_LEFT_OPEN)
                    continue
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield self._after_error(problem)
                reader = self._reader()
                continue
            if len(cells) != len(self.names) and self._left_open(self.lines.taken, least=3):
                yield self._alone(_LEFT_OPEN)
                reader = self._reader()
            elif cells:
                yield self._record(cells)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self.lines, delimiter=self.lines.delimiter, strict=True, quoting=_marks(self.quoting))

    def _record(self, cells: list[str], note: str | None = None) -> Raw:
        wide, line = len(self.names), self.lines.number - len(self.lines.taken) + 1
        if len(cells) > wide and any(cell.strip() for cell in cells[wide:]):
            return Raw(problem=f"line {line} has {len(cells)} fields, but the header has {wide}; correct this line")
        if tuple(cells) == self.names:
            return Raw(problem=f"line {line} repeats the column names", lack="skipped")
        # A last field that is missing is a missing value, as in pandas; so is a title, id or group called NA.
        values = dict(zip(self.names, cells, strict=False))
        missing = {name: None for name in self.named if values.get(name) in MISSING}
        return Raw({**values, **missing}, note=note)

    def _after_error(self, problem: csv.Error) -> Raw:
        """What was read up to an error: the one row that it stands in, or the first of the lines that it swallowed."""
        taken = self.lines.taken
        ended = "unexpected end" in str(problem)
        if isinstance(problem, _TooLongError) and len(taken) == 1:
            return Raw(problem=f"line {self.lines.number}: {problem}")
        wide = range(2, len(self.names) + 1) if ended else None
        if self._left_open(taken, 1 if ended else 2, wide):
            return self._alone(_LEFT_OPEN, narrow=ended)
        if len(taken) == 1:
            return self._alone(_LEFT_OPEN if ended else str(problem), narrow=ended)
        first = self.lines.number - len(taken) + 1
        return Raw(problem=f"lines {first} to {self.lines.number}: {problem}; {_NO_MARKS}")

    def _alone(self, why: str, *, narrow: bool = False) -> Raw:
        """The record's first line by itself, its marks read as text; the other lines come again."""
        first, *others = self.lines.taken
        self.lines.put_back(others)
        self.lines.taken = [first]
        line = self.lines.number
        cells = next(csv.reader([first], delimiter=self.lines.delimiter, quoting=csv.QUOTE_NONE))
        if len(cells) == len(self.names) or (narrow and 1 < len(cells) < len(self.names)):
            return self._record(cells, f"line {line}: {why}; this mark was read as text")
        return Raw(problem=f"line {line}: {why}; {_NO_MARKS}")

    def _left_open(self, taken: list[str], least: int, wide: range | None = None) -> bool:
        """Whether the lines of one record, its first apart, look like rows of their own."""
        if self.quoting != "auto" or len(self.names) < 2:
            return False
        inner = [line for line in taken[1 : _LINES_LOOKED_AT + 1] if line.strip()]
        wide = wide or range(len(self.names), len(self.names) + 1)
        return len(inner) >= least and sum(self._is_row(line, wide) for line in inner) >= 0.8 * len(inner)

    def _is_row(self, line: str, wide: range) -> bool:
        """Whether a line is as wide as a row, and has no blank after a delimiter, as prose has after a comma."""
        cells = next(csv.reader([line], delimiter=self.lines.delimiter))
        return len(cells) in wide and not any(cell.startswith(" ") for cell in cells[1:])


def _marks(quoting: str) -> Literal[0, 3]:
    """What the csv module calls it."""
    return csv.QUOTE_NONE if quoting == "none" else csv.QUOTE_MINIMAL


def _header(lines: _Lines, source: InputFile, options: Options) -> tuple[list[str], str]:
    """The column names, and the delimiter between them."""
    try:
        first = _next_words(lines)
        if named := _NAMED_DELIMITER.fullmatch(first):
            first = _next_words(lines)
    except csv.Error:
        raise _no_header(source) from None
    own = "\t" if source.format == "tsv" else ","
    # A line that the usual delimiter does not cut at all has another one.
    found = next((mark for mark in (own, *_OTHER_DELIMITERS, ",") if mark in first), own)
    delimiter = named[1] if named else found
    lines.put_back([first] if first else [])
    lines.begin()
    try:
        names = next(csv.reader(lines, delimiter=delimiter, quoting=_marks(options.quoting)), [])
    except csv.Error as problem:
        raise InputError(
            f"the first line of {source.path} cannot be read as column names ({problem}); add a line of column "
            "names at the start"
        ) from None
    if sum(map(len, names)) > _MAX_HEADER:
        raise _no_header(source)
    return names, delimiter


def _next_words(lines: _Lines) -> str:
    """The next line that is not blank; "" at the end."""
    return next(filter(str.strip, lines), "")


def _no_header(source: InputFile) -> InputError:
    return InputError(
        f"the first line of {source.path} is too long for column names; add a line of column names at the start"
    )


CSV = FormatReader((".csv",), fields, chunks, streamed=True)
TSV = FormatReader((".tsv", ".tab"), fields, chunks, streamed=True)

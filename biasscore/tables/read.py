"""All inputs as one sequence of rows, in a fixed order, from any position on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.formats import READERS, Options
from biasscore.tables.formats.base import as_text, table_of
from biasscore.tables.guess import Field, guess_columns
from biasscore.tables.records import Chunk, Columns, Counts, as_plain, plain_type
from biasscore.tables.sources import Found, skipped_files
from biasscore.tables.streams import InputFile

_OPTIONS = {"text": "--text", "title": "--title", "id": "--id", "group": "--group"}


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """What to read and how: the checked plan of one job's input.

    Attributes:
        sources: the files, in reading order.
        columns: which column is what.
        kept: types of the kept columns, the same for every file.
        options: how the files are read.
        skipped: number of files that are not read, by suffix.
        guess: one line that says which columns were found by their names; None where none were.
    """

    sources: tuple[InputFile, ...]
    columns: Columns
    kept: pa.Schema
    options: Options = field(default_factory=Options)
    skipped: Mapping[str, int] = field(default_factory=dict)
    guess: str | None = None

    @property
    def told(self) -> tuple[str, ...]:
        """Which columns were found by their names and which files are not read, in lines."""
        return tuple(filter(None, (self.guess, skipped_files(self.skipped) if self.skipped else None)))

    @property
    def n_bytes(self) -> int:
        """Size of all files on disk; 0 for a pipe."""
        return sum(source.n_bytes for source in self.sources)

    def no_counts(self) -> dict[str, Counts]:
        """Counts of every file, before the first row."""
        return {source.name: Counts() for source in self.sources}


def plan_reading(
    sources: Found,
    columns: Columns,
    options: Options | None = None,
    *,
    guessed: Collection[Field] = (),
) -> ReadingPlan:
    """Look at every file's columns before the first row is read.

    Args:
        options: how the files are read.
        guessed: fields whose columns may be found by their usual names; none by default.

    Raises:
        InputError: a named column is missing from a file or stands in it twice, a file is empty, broken or of another
            format, or the encoding is unknown.
    """
    options = options or Options()
    looked = list(_look(sources, options, columns.text))
    columns, guess = guess_columns(columns, guessed, looked) if guessed else (columns, None)
    types: dict[str, set[pa.DataType]] = {name: set() for name in columns.keep}
    for source, found in looked:
        if not READERS[source.format].holds_articles:
            _check(source, columns, found)
        for name in columns.keep:
            type_ = found.field(name).type if name in found.names else pa.string()
            types[name].add(plain_type(type_))
    kept = pa.schema([(name, found.pop() if len(found) == 1 else pa.string()) for name, found in types.items()])
    return ReadingPlan(sources.sources, columns, kept, options, sources.skipped, guess)


def column_names(sources: Found, options: Options | None = None) -> tuple[str, ...]:
    """The names that stand once in the first file, in its order; none where that is a pipe that has not begun."""
    found: list[str] = next((schema.names for _, schema in _look(sources, options or Options(), Columns().text)), [])
    times = Counter(found)
    return tuple(name for name in found if times[name] == 1)


def _look(sources: Found, options: Options, text: str) -> Iterator[tuple[InputFile, pa.Schema]]:
    """The columns of each file; a pipe that has not begun is left out."""
    for source in sources:
        with _told(source):
            found = READERS[source.format].fields(source, options, text)
            _ = found and found.names  # which a damaged file may hold in no encoding
        if found is not None:
            yield source, found


def read(reading: ReadingPlan, start: int = 0) -> Iterator[Chunk]:
    """All rows from row ``start`` on, in chunks of a few hundred, never a whole file in memory.

    ``Chunk.n_bytes`` counts from the first file on.

    Raises:
        InputError: a file cannot be read to its end.
    """
    done = 0
    for source in reading.sources:
        start = yield from _from_row(reading, source, start, done)
        done += source.n_bytes


def row_count(source: InputFile, options: Options) -> int | None:
    """Rows of a source where they can be told without reading it; such a source is also read from any row on."""
    with _told(source):
        return READERS[source.format].n_rows(source, options)


def _from_row(reading: ReadingPlan, source: InputFile, start: int, done: int) -> Generator[Chunk, None, int]:
    """Yield one source's rows from ``start`` on; return how many rows are still to be passed over after it."""
    known = row_count(source, reading.options) if start else None
    if known is not None and start >= known:
        return start - known
    enters_anywhere = known is not None
    chunks = _chunks(reading, source, start if enters_anywhere else 0)
    passed_over = 0 if enters_anywhere else start
    for chunk in chunks:
        part = chunk[min(passed_over, len(chunk)) :]
        passed_over -= len(chunk) - len(part)
        if part.rows:
            yield Chunk(part.rows, _as_planned(part.kept, len(part), reading.kept), done + chunk.n_bytes)
    return passed_over


def _chunks(reading: ReadingPlan, source: InputFile, start: int) -> Iterator[Chunk]:
    with _told(source):
        yield from READERS[source.format].chunks(source, reading.columns, reading.options, start)


def _check(source: InputFile, columns: Columns, found: pa.Schema) -> None:
    wanted = {_OPTIONS[field]: name for field, name in columns.fields.items()}
    times = Counter(found.names)
    for option, name in [*wanted.items(), *(("--keep", name) for name in columns.keep)]:
        if not times[name]:
            raise InputError(
                f"{source.path} has no column {name!r}; use one of these as {option} (in Python: "
                f"{option.removeprefix('--')}): {', '.join(found.names)}"
            )
        if times[name] > 1:
            raise InputError(
                f"{source.path} has {times[name]} columns named {name!r}; give each column a different name"
            )


def _as_planned(kept: pa.Table, n_rows: int, planned: pa.Schema) -> pa.Table:
    """Bring one file's kept columns to the types that all files share."""
    arrays = {field.name: _cast(kept.column(field.name), field.type) for field in planned}
    return table_of(arrays, n_rows)


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if column.type.equals(wanted):
        return column
    if plain_type(column.type).equals(wanted):
        return as_plain(column)
    if pa.types.is_dictionary(column.type):
        return column.cast(wanted)
    return pa.array([as_text(value) for value in column.to_pylist()], pa.string())


@contextmanager
def _told(source: InputFile) -> Iterator[None]:
    """Turn what a broken file raises, wherever it breaks, into one line."""
    try:
        yield
    except UnicodeError as problem:
        raise InputError(
            f"{source.path} cannot be decoded: {_reason(problem)}; set --encoding (in Python: encoding) to the "
            "encoding of the file"
        ) from problem
    except (OSError, pa.ArrowException, EOFError, ValueError, LookupError) as problem:
        # A plain OSError without a number is what Arrow raises for a broken file.
        if isinstance(problem, OSError) and (problem.errno or type(problem) is not OSError):
            raise InputError(
                f"{source.path} cannot be opened ({problem.strerror or _reason(problem)}); check its permissions and "
                "the connection, or leave out this file"
            ) from problem
        raise InputError(
            f"{source.path} cannot be read as {source.format}: {_reason(problem)}; correct the file, or name the "
            "right format with --input-format (in Python: input_format)"
        ) from problem


def _reason(problem: Exception) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__

"""Bytes and characters of one source, from wherever it lies: decompressed on the fly, decoded without losing a byte."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO, cast

import pyarrow as pa

from biasscore.errors import InputError

STDIN = "-"
RAISE_LIMIT = "raise --max-row-bytes (in Python: max_row_bytes)"
Compression = Literal["gzip", "zstd"]

_BUFFER = 1 << 16
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read.

    Attributes:
        path: where it lies, or its URL; ``-`` is standard input, a saved Hugging Face dataset is a folder.
        name: short name that ids are made of: the path below the folder that all sources share.
        format: a key of ``formats.READERS``.
        n_bytes: size on disk; 0 for a pipe.
        mtime_ns: time of the last change; None for a pipe and where the server does not tell.
    """

    path: str
    name: str
    format: str
    compression: Compression | None = None
    n_bytes: int = 0
    mtime_ns: int | None = None

    @property
    def is_pipe(self) -> bool:
        """Whether it can be read only once: standard input, a named pipe, a process substitution."""
        return is_pipe(self.path)


@dataclass(frozen=True, slots=True)
class Bytes:
    """An open source: ``stream`` gives the decompressed bytes, ``raw`` the file as it lies on disk."""

    stream: io.BufferedReader
    raw: BinaryIO

    @property
    def position(self) -> int:
        """Bytes of the file read so far, compressed if it is; 0 for a stream that cannot tell."""
        return self.raw.tell() if self.raw.seekable() else 0


@dataclass(slots=True)
class Limited:
    """Bytes as a parser asks for them, at most so many from one record to the next.

    Attributes:
        take: gives up to so many of the next bytes.
        path: of the file, for the error.
        waiting: bytes since the last record; who reads the records sets it to 0 at each.
    """

    take: Callable[[int], bytes]
    path: str
    limit: int
    waiting: int = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            InputError: one record has more than ``limit``.
        """
        found = self.take(size)
        self.waiting += len(found)
        if self.waiting > self.limit:
            raise InputError(f"one item of {self.path} has more than {self.limit:,} bytes; {RAISE_LIMIT}")
        return found


def is_url(path: str) -> bool:
    """Whether a path names a file system of fsspec's: ``https://…``, ``s3://…``."""
    return "://" in path


def is_pipe(path: str) -> bool:
    """Whether a path is standard input, a named pipe or a process substitution."""
    if path == STDIN:
        return True
    try:
        return not is_url(path) and stat.S_ISFIFO(Path(path).stat().st_mode)
    except OSError:
        return False


def size_and_time(path: Path) -> tuple[int, int]:
    """Bytes and time of the last change of a file, or of the files of a saved dataset."""
    files = [path] if path.is_file() else [file for file in path.iterdir() if file.is_file()]
    stats = [file.stat() for file in files]
    return sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)


class _Pipe(io.RawIOBase):
    """A pipe whose start can be looked at."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self.stream = stream
        self.looked_at = io.BytesIO()
        self.is_looked_at = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Give what was looked at once more, then what comes."""
        found = self.looked_at.read(len(buffer))
        if not found:
            found = self.stream.read1(len(buffer))
            if self.is_looked_at:
                self.looked_at.write(found)
            else:
                self.looked_at = io.BytesIO()
        buffer[: len(found)] = found
        return len(found)


# Pipes are opened once for each reading, standard input by sys.
_OPENED: dict[str, io.BufferedReader] = {}
_PIPES: dict[io.BufferedReader, _Pipe] = {}


def _open_pipe(path: str) -> _Pipe:
    if path == STDIN:
        if sys.stdin is None or sys.stdin.closed:
            raise InputError("standard input is closed; use a file instead of '-'")
        stream = cast(io.BufferedReader, sys.stdin.buffer)
    else:
        if path not in _OPENED:
            _OPENED[path] = Path(path).open("rb")  # noqa: SIM115 it stays open until `_close_pipe`
        stream = _OPENED[path]
    if stream not in _PIPES:
        _PIPES[stream] = _Pipe(stream)
    return _PIPES[stream]


def _close_pipe(path: str, pipe: _Pipe) -> None:
    """After this, the pipe is opened anew: what another writer puts into it is another input."""
    _PIPES.pop(pipe.stream, None)
    if path in _OPENED:
        _OPENED.pop(path).close()


@contextmanager
def looking(path: str) -> Iterator[None]:
    """What is read from a pipe in here comes again when it is opened next; other files are not changed."""
    if not is_pipe(path):
        yield
        return
    pipe = _open_pipe(path)
    before, pipe.is_looked_at = pipe.is_looked_at, True
    try:
        yield
    finally:
        pipe.is_looked_at = before
        pipe.looked_at.seek(0)


def first_bytes(path: str) -> bytes:
    """What comes first from a pipe, as soon as anything has come."""
    with looking(path), _buffered(_open_pipe(path)) as stream:
        return stream.peek(_BUFFER)


def _first_lines(path: str, limit: int) -> bytes:
    """The lines that a pipe holds already, or the first one as soon as it has come.

    Raises:
        InputError: standard input is closed, or the first line has more than ``limit`` bytes.
    """
    with looking(path), _buffered(_open_pipe(path)) as stream:
        there = stream.peek(_BUFFER)
        if b"\n" in there:
            return there[: there.rfind(b"\n") + 1]
        line = stream.readline(limit + 1)
    if len(line) > limit:
        raise InputError(f"the first line of {path} has more than {limit:,} bytes; {RAISE_LIMIT}")
    return line


@contextmanager
def _buffered(pipe: _Pipe) -> Iterator[io.BufferedReader]:
    stream = cast(io.BufferedReader, io.BufferedReader(pipe, _BUFFER))
    try:
        yield stream
    finally:
        stream.detach()


def open_raw(path: str) -> BinaryIO:
    """A file as it lies on disk or behind its URL, at any position."""
    if not is_url(path):
        return Path(path).open("rb")
    import fsspec

    return cast(BinaryIO, fsspec.open(path, "rb").open())


@contextmanager
def open_bytes(source: InputFile) -> Iterator[Bytes]:
    """Open a source of a streamed format for reading."""
    if source.is_pipe:
        pipe = _open_pipe(source.path)
        try:
            with _buffered(pipe) as stream:
                yield Bytes(stream, stream)
        finally:
            if not pipe.is_looked_at:
                _close_pipe(source.path, pipe)
        return
    with open_raw(source.path) as raw:
        if source.compression is not None:
            inner = pa.CompressedInputStream(pa.PythonFile(raw, "r"), source.compression)
            with io.BufferedReader(inner, _BUFFER) as stream:
                yield Bytes(stream, raw)
        elif isinstance(raw, io.BufferedReader):
            yield Bytes(raw, raw)
        else:
            yield Bytes(io.BufferedReader(cast(io.RawIOBase, raw), _BUFFER), raw)


@contextmanager
def open_text(source: InputFile, encoding: str | None) -> Iterator[tuple[TextIO, Bytes]]:
    """Open a source as characters; line ends stay as they are.

    Bytes that do not fit the encoding become lone surrogates, so that a bad row is told as such and its neighbours
    are read.

    Raises:
        InputError: the encoding is unknown, or the file starts with a UTF-16 mark and no encoding is named.
    """
    check_encoding(encoding)
    with open_bytes(source) as opened:
        text = _decoded(opened.stream, source, encoding)
        try:
            yield text, opened
        finally:
            text.detach()  # the stream below belongs to open_bytes


@contextmanager
def open_head(source: InputFile, encoding: str | None, limit: int) -> Iterator[TextIO]:
    """Open the start of a source to look at its columns; of a pipe, its first lines."""
    if source.is_pipe:
        check_encoding(encoding)
        found = _first_lines(source.path, limit)
        width = _width(encoding or "utf-8")
        lines = cast(io.BufferedReader, io.BufferedReader(io.BytesIO(found[: len(found) // width * width])))
        yield _decoded(lines, source, encoding)
    else:
        with open_text(source, encoding) as (text, _):
            yield text


def read_whole(source: InputFile, limit: int) -> bytes | None:
    """All bytes of a file that is one record; None where there are more than ``limit``."""
    with open_bytes(source) as opened:
        found = opened.stream.read(limit + 1)
    return None if len(found) > limit else found


def check_encoding(encoding: str | None) -> None:
    """Raise InputError where Python knows no such text encoding, or knows one that cannot read a file part by part."""
    try:
        io.TextIOWrapper(io.BytesIO(b""), encoding or "utf-8", "surrogateescape").read(1)
        if encoding in ("idna", "punycode", "undefined"):
            raise LookupError
    except (LookupError, UnicodeError):
        raise InputError(
            f"unknown encoding {encoding!r}; set --encoding (in Python: encoding), for example to utf-8, utf-16, "
            "cp1252 or latin-1"
        ) from None


def _decoded(stream: io.BufferedReader, source: InputFile, encoding: str | None) -> io.TextIOWrapper:
    if encoding is None and stream.peek(2)[:2] in _UTF16_MARKS:
        raise InputError(f"{source.path} is in UTF-16; add --encoding utf-16 (in Python: encoding='utf-16')")
    mark = _mark(encoding or "utf-8")
    if mark and stream.peek(len(mark)).startswith(mark):
        stream.read(len(mark))
    return io.TextIOWrapper(stream, encoding or "utf-8-sig", "surrogateescape", newline="")


def _width(encoding: str) -> int:
    """Bytes of a plain letter: the last byte of a line may be in the middle of a character."""
    return len("aa".encode(encoding)) - len("a".encode(encoding))


def _mark(encoding: str) -> bytes:
    """The byte order mark as an encoding writes it that does not read it itself, such as utf-8; it is no text."""
    try:
        return "\ufeff".encode(encoding)
    except UnicodeError:
        return b""

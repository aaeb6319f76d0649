"""Bytes and characters of one source: decompressed on the fly, decoded without losing a byte."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.sources import STDIN, Source

_BUFFER = 1 << 16
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Bytes:
    """An open source: ``stream`` gives the decompressed bytes, ``raw`` the file as it lies on disk."""

    stream: io.BufferedReader
    raw: BinaryIO

    @property
    def position(self) -> int:
        """Bytes of the file read so far, compressed if it is; 0 for a stream that cannot tell."""
        return self.raw.tell() if self.raw.seekable() else 0


@contextmanager
def open_bytes(source: Source) -> Iterator[Bytes]:
    """Open a text, HTML, CSV, TSV or JSONL source for reading."""
    if source.path == STDIN:
        yield Bytes(cast(io.BufferedReader, sys.stdin.buffer), sys.stdin.buffer)
        return
    with Path(source.path).open("rb") as raw:
        if source.compression is None:
            yield Bytes(raw, raw)
        else:
            inner = pa.CompressedInputStream(pa.PythonFile(raw, "r"), source.compression)
            with io.BufferedReader(inner, _BUFFER) as stream:
                yield Bytes(stream, raw)


@contextmanager
def open_text(source: Source, encoding: str | None) -> Iterator[tuple[TextIO, Bytes]]:
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
            text.detach()  # the stream below belongs to open_bytes; standard input stays open


@contextmanager
def open_head(source: Source, encoding: str | None) -> Iterator[TextIO]:
    """Open the start of a source to look at its columns; of standard input only what can be put back."""
    if source.path == STDIN:
        check_encoding(encoding)
        head = cast(io.BufferedReader, sys.stdin.buffer).peek(_BUFFER)
        lines = cast(io.BufferedReader, io.BufferedReader(io.BytesIO(head[: head.rfind(b"\n") + 1])))
        yield _decoded(lines, source, encoding)
    else:
        with open_text(source, encoding) as (text, _):
            yield text


def check_encoding(encoding: str | None) -> None:
    """Raise InputError where Python knows no such text encoding."""
    try:
        "x".encode(encoding or "utf-8")
    except LookupError:
        raise InputError(f"unknown encoding {encoding!r}; try utf-8, utf-16, cp1252 or latin-1") from None


def _decoded(stream: io.BufferedReader, source: Source, encoding: str | None) -> io.TextIOWrapper:
    if encoding is None and stream.peek(2)[:2] in _UTF16_MARKS:
        raise InputError(f"{source.path} is UTF-16; add --encoding utf-16")
    return io.TextIOWrapper(stream, encoding or "utf-8-sig", "surrogateescape", newline="")

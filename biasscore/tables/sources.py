"""From what was typed (files, folders, globs, ``-``) to the list of files to read, in a fixed order."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from biasscore.errors import InputError

Format = Literal["text", "html", "csv", "tsv", "jsonl", "parquet", "arrow", "dataset"]
Compression = Literal["gzip", "zstd"]

STDIN = "-"

_FORMATS: dict[str, Format] = {
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
_COMPRESSIONS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}
_STREAMED: tuple[Format, ...] = ("text", "html", "csv", "tsv", "jsonl")


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes:
        path: where it lies; ``-`` is standard input, a saved Hugging Face dataset is a folder.
        name: short name that ids are made of: the path below the folder that all sources share.
        n_bytes: size on disk; 0 for standard input.
        mtime_ns: time of the last change; 0 for standard input.
    """

    path: str
    name: str
    format: Format
    compression: Compression | None = None
    n_bytes: int = 0
    mtime_ns: int = 0


def find_sources(
    inputs: Sequence[str | Path], *, input_format: Format | None = None, exclude: str | Path | None = None
) -> tuple[Source, ...]:
    """All files behind the inputs: each input's own files sorted by path, inputs in the order given.

    Args:
        inputs: files, folders, globs, saved Hugging Face dataset folders, or ``-`` for standard input.
        input_format: the format of files whose suffix does not tell; standard input is ``jsonl`` when it starts
            with ``{`` and ``text`` otherwise.
        exclude: a file or folder to leave out: the output, where it lies inside an input folder.

    Raises:
        InputError: nothing is there, or a file's format is not known.
    """
    if input_format is not None and input_format not in get_args(Format):
        raise InputError(f"unknown input format {input_format!r}; one of: {', '.join(get_args(Format))}")
    left_out = None if exclude is None else os.path.abspath(exclude)
    paths = [path for given in inputs for path in _expand(str(given)) if not _inside(path, left_out)]
    paths = list(dict.fromkeys(paths))
    if not paths:
        raise InputError("no input was named; give files, folders, globs, or - for standard input")
    parents = [os.path.dirname(os.path.abspath(path)) for path in paths if path != STDIN]
    root = os.path.commonpath(parents) if parents else ""
    return tuple(_source(path, root, input_format) for path in paths)


def _expand(given: str) -> Iterator[str]:
    if given == STDIN or os.path.isfile(given) or _is_dataset(given):
        yield given
    elif os.path.isdir(given):
        found = [path for path in _walk(given) if _is_dataset(path) or _known(path)]
        if not found:
            raise InputError(f"{given} holds no file that can be read; known suffixes: {_suffixes()}")
        yield from found
    elif glob.has_magic(given):
        found = sorted(path for path in glob.glob(given, recursive=True) if os.path.isfile(path))
        if not found:
            raise InputError(f"no file matches {given}; check the pattern and the current folder")
        yield from found
    else:
        raise InputError(f"{given} does not exist; check the path")


def _inside(path: str, folder: str | None) -> bool:
    return folder is not None and path != STDIN and f"{os.path.abspath(path)}{os.sep}".startswith(f"{folder}{os.sep}")


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if _is_dataset(parent):
            folders.clear()
            yield parent
        else:
            yield from (os.path.join(parent, name) for name in sorted(files) if not name.startswith("."))


def _is_dataset(path: str) -> bool:
    names = ("state.json", "dataset_dict.json")
    return os.path.isdir(path) and any(os.path.isfile(os.path.join(path, name)) for name in names)


def _split(path: str) -> tuple[str, Compression | None]:
    stem, last = os.path.splitext(path.lower())
    if last in _COMPRESSIONS:
        return os.path.splitext(stem)[1], _COMPRESSIONS[last]
    return last, None


def _known(path: str) -> bool:
    suffix, compression = _split(path)
    return suffix in _FORMATS and (compression is None or _FORMATS[suffix] in _STREAMED)


def _suffixes() -> str:
    return f"{', '.join(_FORMATS)}; texts and lines also with .gz or .zst"


def _source(path: str, root: str, input_format: Format | None) -> Source:
    if path == STDIN:
        return Source(STDIN, "stdin", input_format or _sniff_stdin())
    name = Path(os.path.relpath(os.path.abspath(path), root)).as_posix()
    if _is_dataset(path):
        files = [entry.stat() for entry in os.scandir(path) if entry.is_file()]
        return Source(path, name, "dataset", None, sum(f.st_size for f in files), max(f.st_mtime_ns for f in files))
    suffix, compression = _split(path)
    found = _FORMATS.get(suffix, input_format)
    if found is None or (compression is not None and found not in _STREAMED):
        raise InputError(f"{path}: unknown format; name it with --input-format or use a known suffix: {_suffixes()}")
    stat = os.stat(path)
    return Source(path, name, found, compression, stat.st_size, stat.st_mtime_ns)


def _sniff_stdin() -> Format:
    stream = sys.stdin.buffer
    start = stream.peek(64) if hasattr(stream, "peek") else b""
    return "jsonl" if start.lstrip().startswith(b"{") else "text"

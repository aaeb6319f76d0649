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
    inputs: Sequence[str | Path], *, input_format: Format | None = None, exclude: Sequence[Path] = ()
) -> tuple[Source, ...]:
    """All files behind the inputs: each input's own files sorted by path, inputs in the order given.

    Args:
        inputs: files, folders, globs, saved Hugging Face dataset folders, or ``-`` for standard input.
        input_format: the format of files whose suffix does not tell; standard input is ``jsonl`` when it starts
            with ``{`` and ``text`` otherwise.
        exclude: files and folders to leave out: a job's output, where it lies inside an input folder.

    Raises:
        InputError: nothing is there, or a file's format is not known.
    """
    if input_format is not None and input_format not in get_args(Format):
        raise InputError(f"unknown input format {input_format!r}; one of: {', '.join(get_args(Format))}")
    left_out = [path.resolve() for path in exclude]
    found = dict.fromkeys(path for given in inputs for path in _expand(str(given)))
    paths = [path for path in found if path == STDIN or not any(_is_inside(path, folder) for folder in left_out)]
    if found and not paths:
        raise InputError("the output names the input itself; choose another output")
    if not paths:
        raise InputError("no input was named; give files, folders, globs, or - for standard input")
    parents = [Path(path).absolute().parent for path in paths if path != STDIN]
    root = Path(os.path.commonpath(parents) if parents else "")
    return tuple(_source(path, root, input_format) for path in paths)


def _expand(given: str) -> Iterator[str]:
    path = Path(given)
    if given == STDIN or path.is_file() or _is_dataset(path):
        yield given
    elif path.is_dir():
        found = list(_walk(path))
        if not found:
            raise InputError(f"{given} holds no file that can be read; known suffixes: {_suffixes()}")
        yield from found
    elif glob.has_magic(given):
        found = sorted(name for name in glob.glob(given, recursive=True) if Path(name).is_file())  # noqa: PTH207
        if not found:
            raise InputError(f"no file matches {given}; check the pattern and the current folder")
        yield from found
    else:
        raise InputError(f"{given} does not exist; check the path")


def _is_inside(path: str, folder: Path) -> bool:
    return Path(path).resolve().is_relative_to(folder)  # by whatever links and dots it is spelt


def _walk(folder: Path) -> Iterator[str]:
    """The readable files below a folder, hidden ones left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if _is_dataset(Path(parent)):
            folders.clear()
            yield parent
        else:
            yield from (str(Path(parent, name)) for name in sorted(files) if not name.startswith(".") and _known(name))


def _is_dataset(path: Path) -> bool:
    return (path / "state.json").is_file() or (path / "dataset_dict.json").is_file()


def _suffix(name: str) -> tuple[str, Compression | None]:
    path = Path(name.lower())
    compression = _COMPRESSIONS.get(path.suffix)
    return (path.suffix if compression is None else path.with_suffix("").suffix), compression


def _known(name: str) -> bool:
    suffix, compression = _suffix(name)
    return suffix in _FORMATS and (compression is None or _FORMATS[suffix] in _STREAMED)


def _suffixes() -> str:
    return f"{', '.join(_FORMATS)}; texts and lines also with .gz or .zst"


def _source(given: str, root: Path, input_format: Format | None) -> Source:
    if given == STDIN:
        return Source(STDIN, "stdin", input_format or _sniff_stdin())
    path = Path(given)
    name = path.absolute().relative_to(root).as_posix()
    if _is_dataset(path):
        files = [file.stat() for file in path.iterdir() if file.is_file()]
        return Source(given, name, "dataset", None, sum(f.st_size for f in files), max(f.st_mtime_ns for f in files))
    suffix, compression = _suffix(path.name)
    found = _FORMATS.get(suffix, input_format)
    if found is None or (compression is not None and found not in _STREAMED):
        raise InputError(f"{given}: unknown format; name it with --input-format or use a known suffix: {_suffixes()}")
    stat = path.stat()
    return Source(given, name, found, compression, stat.st_size, stat.st_mtime_ns)


def _sniff_stdin() -> Format:
    stream = sys.stdin.buffer
    start = stream.peek(64) if hasattr(stream, "peek") else b""
    return "jsonl" if start.lstrip().startswith(b"{") else "text"

"""From what was typed (files, folders, globs, URLs, ``-``) to the list of files to read, in a fixed order."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.formats import EXPORTS, FORMAT_OF_SUFFIX, READERS, Format
from biasscore.tables.schema import METADATA_KEY
from biasscore.tables.streams import STDIN, Compression, InputFile, first_bytes, is_pipe, is_url, size_and_time

_SHARD = re.compile(r"part-\d{8,}\.(?:jsonl|csv)")
_COMPRESSIONS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class Found:
    """The files to read, and those beside them that are not read.

    Attributes:
        sources: in reading order.
        skipped: number of files in the named folders and patterns that no reader knows, or that are tables of scores
            beside other files, by suffix.
    """

    sources: tuple[InputFile, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[InputFile]:
        return iter(self.sources)


def skipped_files(skipped: Mapping[str, int]) -> str:
    """One line that names and counts files that are not read: ``12 files skipped (.jpg 9, .log 3)``."""
    number = sum(skipped.values())
    if number == 1:
        return f"1 file skipped ({next(iter(skipped)) or 'no suffix'})"
    kinds = ", ".join(f"{suffix or 'no suffix'} {n:,}" for suffix, n in Counter(skipped).most_common(8))
    return f"{number:,} files skipped ({kinds}{', …' if len(skipped) > 8 else ''})"


def find_sources(
    inputs: Sequence[str | Path], *, input_format: Format | None = None, exclude: Sequence[Path] = ()
) -> Found:
    """All files behind the inputs: each input's own files sorted by path, inputs in the order given.

    Args:
        inputs: files, folders, globs, URLs of fsspec (``https://…``, ``s3://…``), saved Hugging Face dataset folders,
            or ``-`` for standard input.
        input_format: the format of files whose suffix does not tell; an export (nexis, factiva, proquest) wins over
            the suffix. A pipe is ``jsonl`` when it starts with ``{`` and ``text`` otherwise.
        exclude: files and folders to leave out: a job's output, where it lies inside an input folder.

    Raises:
        InputError: nothing is there, or a file's format is not known.
    """
    if input_format is not None and input_format not in get_args(Format):
        raise InputError(
            f"unknown input format {input_format!r}; set --input-format (in Python: input_format) to one of: "
            f"{', '.join(get_args(Format))}"
        )
    left_out = [_real(path) for path in exclude]
    skipped: Counter[str] = Counter()
    found: dict[str, None] = {}
    for given in map(str, inputs):
        paths = list(_expand(given, skipped, input_format))
        found.update(dict.fromkeys(paths if paths == [given] else _without_results(paths, skipped, left_out)))
    paths = [path for path in found if not _is_local(path) or not _is_inside(path, left_out)]
    if found and not paths:
        raise InputError("the output is also the input; choose another output with --out (in Python: out)")
    if not paths:
        raise InputError(
            "no input is given; name files, folders, web addresses, patterns such as news/*.txt, or - for "
            "standard input"
        )
    parents = [Path(path).absolute().parent for path in paths if _is_local(path)]
    root = Path(os.path.commonpath(parents) if parents else "")
    return Found(tuple(_source(path, root, input_format) for path in paths), dict(skipped))


def _expand(given: str, skipped: Counter[str], input_format: Format | None) -> Iterator[str]:
    path = Path(given)
    if is_url(given):
        yield from _behind(given, skipped, input_format)
    elif is_pipe(given) or path.is_file() or _is_dataset(path):
        yield given
    elif path.is_dir():
        found = list(_walk(path, skipped))
        if not found:
            raise InputError(
                f"{given} has no file that biasscore can read; use files with one of these endings: {_suffixes()}"
            )
        yield from found
    elif glob.has_magic(given):
        names = (name for name in glob.glob(given, recursive=True) if Path(name).is_file())  # noqa: PTH207
        found = sorted(name for name in names if not any(map(_is_job, Path(name).parents)))
        if not found:
            raise InputError(f"no file matches the pattern {given!r}; check the pattern and the current folder")
        yield from _readable(found, skipped, input_format)
    else:
        raise InputError(f"{given} does not exist; check the path")


def _readable(names: Sequence[str], skipped: Counter[str], input_format: Format | None) -> Sequence[str]:
    """Of the files that match a pattern those that can be read; all where none can, for an error that tells why."""
    readable = [name for name in names if input_format is not None or _known(name)]
    if readable:
        skipped.update(_ending(name) for name in names if name not in set(readable))
    return readable or names


def _behind(url: str, skipped: Counter[str], input_format: Format | None) -> Iterator[str]:
    """The files of a URL: itself, those below a folder, or those that match a pattern."""
    import fsspec

    with _reaching(url):
        files, path = fsspec.core.url_to_fs(url)
        if url.startswith(("http://", "https://")):
            yield url
        elif glob.has_magic(path):
            yield from _readable(sorted(map(files.unstrip_protocol, files.glob(path))), skipped, input_format)
        elif files.isdir(path):
            for name in sorted(map(files.unstrip_protocol, files.find(path))):
                if _known(name):
                    yield name
                else:
                    skipped[_ending(name)] += 1
        elif files.exists(path):
            yield url
        else:
            raise FileNotFoundError


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    """Turn what any file system raises into one line that says what to do."""
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{url} does not exist; check the address") from None
    except ImportError as problem:
        extra = "http" if url.startswith("http") else url.partition("://")[0]
        raise InputError(
            f"{url} needs another package ({problem}); run pip install 'fsspec[{extra}]', or download the file first"
        ) from None
    except Exception as problem:
        raise InputError(
            f"{url} cannot be reached ({' '.join(str(problem).split()) or type(problem).__name__}); check the "
            "address and the connection, or download the file first"
        ) from None


def _is_local(path: str) -> bool:
    return not is_url(path) and path != STDIN


def _real(path: Path) -> str:
    return os.path.realpath(path)


def _is_inside(path: str, folders: Sequence[str]) -> bool:
    return any(Path(_real(Path(path))).is_relative_to(folder) for folder in folders)


def _walk(folder: Path, skipped: Counter[str]) -> Iterator[str]:
    """The readable files below a folder, hidden ones and those of jobs left out; no folder is read twice.

    A link to a folder above the link, or above ``folder``, is not followed: it would read all that lies beside these.
    """
    root = _real(folder)
    seen = {root}

    def leads_back(real: str, link: Path) -> bool:
        # What lies in the folder is read in its own place.
        here = (root, _real(link.parent))
        return Path(real).is_relative_to(root) or any(Path(place).is_relative_to(real) for place in here)

    def is_new(path: Path) -> bool:
        real = _real(path)
        if real in seen or (path.is_symlink() and leads_back(real, path)):
            return False
        seen.add(real)
        return not _is_job(path)

    for parent, folders, files in os.walk(folder, onerror=_refuse, followlinks=True):
        folders[:] = [name for name in sorted(folders) if not name.startswith(".") and is_new(Path(parent, name))]
        if _is_dataset(Path(parent)):
            folders.clear()
            yield parent
            continue
        for name in sorted(files):
            if name.startswith("."):
                continue
            if _known(name) and Path(parent, name).is_file():
                yield str(Path(parent, name))
            else:
                skipped[_ending(name)] += 1


def _refuse(problem: OSError) -> None:
    """Without this, a folder that cannot be listed would be left out without a word."""
    raise InputError(
        f"{problem.filename} cannot be listed ({problem.strerror}); check its permissions, or name the files that you "
        "want with a pattern"
    )


def _without_results(paths: Sequence[str], skipped: Counter[str], left_out: Sequence[str]) -> Sequence[str]:
    """The files without the tables of scores that stand beside other files; those that are left out stay, uncounted."""
    given = [path for path in paths if _is_local(path) and not _is_inside(path, left_out)]
    results = {path for path in given if _is_result(Path(path))}
    if len(results) == len(given):
        return paths
    skipped.update(map(_ending, results))
    return [path for path in paths if path not in results]


def _is_result(path: Path) -> bool:
    """Whether a file is a table of scores: a job lies beside it, or it says so itself."""
    is_shard = bool(_SHARD.fullmatch(path.name)) and _is_job(path.with_name("_job"))
    if is_shard or _is_job(path.with_name(f"{path.name}.job")):
        return True
    if path.suffix.lower() != ".parquet":
        return False
    from pyarrow.parquet import read_schema

    try:
        return METADATA_KEY in (read_schema(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False


def _is_job(path: Path) -> bool:
    """Whether a folder is that in which a job keeps its own files."""
    return (path.name == "_job" or path.suffix == ".job") and any(
        (path / name).is_file() for name in ("manifest.json", "lock")
    )


def _ending(name: str) -> str:
    return PurePosixPath(name.lower()).suffix


def _is_dataset(path: Path) -> bool:
    # Other programs, too, call a file state.json.
    is_one = (path / "state.json").is_file() and (path / "dataset_info.json").is_file()
    return is_one or (path / "dataset_dict.json").is_file()


def _suffix(name: str) -> tuple[str, Compression | None]:
    path = PurePosixPath(name.lower())
    compression = _COMPRESSIONS.get(path.suffix)
    return (path.suffix if compression is None else path.with_suffix("").suffix), compression


def _known(name: str) -> bool:
    suffix, compression = _suffix(name)
    return suffix in FORMAT_OF_SUFFIX and (compression is None or READERS[FORMAT_OF_SUFFIX[suffix]].streamed)


def _suffixes() -> str:
    plain = [suffix for suffix, name in FORMAT_OF_SUFFIX.items() if not READERS[name].streamed]
    return f"{', '.join(FORMAT_OF_SUFFIX)} (all except {', '.join(plain)} also with .gz or .zst)"


def _source(given: str, root: Path, input_format: Format | None) -> InputFile:
    if given == STDIN:
        return InputFile(STDIN, "stdin", input_format or _sniff(STDIN))
    if is_url(given):
        return _remote(given, input_format)
    path = Path(given)
    # A name that is no UTF-8 stays readable in ids and tables.
    name = path.absolute().relative_to(root).as_posix().encode(errors="backslashreplace").decode()
    if is_pipe(given):
        return InputFile(given, name, input_format or _sniff(given))
    found, compression = ("dataset", None) if _is_dataset(path) else _format(given, input_format)
    return InputFile(given, name, found, compression, *size_and_time(path))


def _remote(url: str, input_format: Format | None) -> InputFile:
    import fsspec

    with _reaching(url):
        files, path = fsspec.core.url_to_fs(url)
        about: dict[str, Any] = files.info(path)
    plain = url.partition("?")[0]
    # An address without a suffix that we know is a page. What follows "?" tells pages apart, but of files it is often a
    # key, which belongs in no table.
    page = url.startswith("http") and not _known(plain)
    found, compression = ("html", None) if page and input_format is None else _format(plain, input_format)
    times = (about.get(key) for key in ("mtime", "LastModified", "last_modified", "updated"))
    changed = next((time for time in times if time is not None), None)
    mtime = None if changed is None else int(getattr(changed, "timestamp", lambda: changed)())
    name = (url if page else plain).partition("://")[2]
    return InputFile(url, name, found, compression, int(about.get("size") or 0), mtime)


def _format(given: str, input_format: Format | None) -> tuple[str, Compression | None]:
    suffix, compression = _suffix(given.rpartition("/")[2])
    found = input_format if input_format in EXPORTS else FORMAT_OF_SUFFIX.get(suffix, input_format)
    if found is None:
        raise InputError(
            f"biasscore does not know the format of {given}; set --input-format (in Python: input_format), or use a "
            f"file with one of these endings: {_suffixes()}"
        )
    if compression is not None and not READERS[found].streamed:
        raise InputError(f"biasscore cannot read {found} files that are compressed; decompress {given} first")
    return found, compression


def _sniff(path: str) -> Format:
    return "jsonl" if first_bytes(path).lstrip().startswith(b"{") else "text"

"""Writes files that are complete or absent: under another name first, synced, renamed, and sealed by a checksum."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from biasscore.errors import JobError

_SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file held when it was written.

    Attributes:
        size: in bytes.
        checksum: BLAKE2b of its contents, 32 hexadecimal digits.
    """

    size: int
    checksum: str

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """The stamp of a file as it is now; None where no plain file of that name can be read."""
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return None
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, _digest)
                return cls(stream.tell(), digest.hexdigest())
        except OSError:
            return None

    @classmethod
    def of_bytes(cls, data: bytes) -> Stamp:
        """The stamp of a file with these contents."""
        return cls(len(data), _digest(data).hexdigest())


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when it is complete and on disk.

    Raises:
        JobError: it cannot be written; nothing of it is left.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with writing(path):
        try:
            temporary.unlink(missing_ok=True)
            with temporary.open("xb") as stream:  # never through a link that somebody left under this name
                yield stream
                sync(stream)
            move(temporary, path)
        except BaseException:
            if temporary.is_file():
                temporary.unlink()
            raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one line that says what to do."""
    try:
        yield
    except OSError as problem:
        raise JobError(f"cannot write {path}: {_mend(problem)}") from problem


def move(before: Path, after: Path) -> None:
    """Rename a file so that it stays renamed through a power cut."""
    before.replace(after)
    _sync_folder(after.parent)


def sync(stream: BinaryIO) -> None:
    """Bring what was written to the disk itself."""
    stream.flush()
    os.fsync(stream.fileno())


def is_plain(path: Path) -> bool:
    """Whether a file lies there; False where nothing does.

    Raises:
        JobError: something else has this name (a folder, a link, a pipe).
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise JobError(f"{path} is a folder, link or device, not a file; move or delete {path}, then run again")
    return True


def read_plain(path: Path) -> bytes | None:
    """The contents of a file; None where there is none.

    Raises:
        JobError: as of ``is_plain``, or it cannot be read.
    """
    try:
        return path.read_bytes() if is_plain(path) else None
    except OSError as problem:
        raise JobError(
            f"cannot read {path}: {problem.strerror}; check the permissions of this file, then run again"
        ) from problem


def sealed(values: Mapping[str, Any], indent: int | None = None) -> bytes:
    """JSON that tells whether it is still what was written."""
    text = json.dumps({**values, _SEAL: _seal(values)}, indent=indent, ensure_ascii=False)
    return text.encode(errors="backslashreplace") + b"\n"


def unsealed(data: bytes) -> dict[str, Any] | None:
    """The values of ``sealed``; None where a byte has changed."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.pop(_SEAL, None) != _seal(values):
        return None
    return values


def _seal(values: Mapping[str, Any]) -> str:
    return _digest(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _digest(data: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(data, digest_size=16)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut; only POSIX systems can open a folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mend(problem: OSError) -> str:
    match problem.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full; make room, then run the same command again to continue"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "permission denied; choose another output, or change the permissions of the folder"
        case errno.ENOTDIR | errno.EEXIST:
            return "a file stands where a folder is needed; choose another output, or move the file"
        case errno.EISDIR:
            return "a folder stands where a file is needed; choose another output, or move the folder"
        case _:
            return f"{problem.strerror or problem}; choose another output"

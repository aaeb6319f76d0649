"""Files that are whole or not there: written under a temporary name, synced, renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from biasscore.errors import JobError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when it is complete and on disk.

    Raises:
        JobError: it cannot be written; nothing of it is left.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with writing(path):
        try:
            with temporary.open("wb") as stream:
                yield stream
                sync(stream)
            temporary.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one line that names the mend."""
    try:
        yield
    except OSError as problem:
        raise JobError(f"cannot write {path}: {_mend(problem)}") from problem


def sync(stream: BinaryIO) -> None:
    """Bring what was written to the disk itself."""
    stream.flush()
    os.fsync(stream.fileno())


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
            return "the disk is full; make room and run the same command again, finished shards are kept"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "permission denied; choose another output or change its permissions"
        case errno.ENOTDIR | errno.EEXIST:
            return "a file stands where a folder is needed; choose another output"
        case _:
            return problem.strerror or str(problem)

"""Checks by size and time of change whether the input is still what was planned. Contents are not compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from biasscore.tables import InputFile
from biasscore.tables.streams import is_url, size_and_time


@dataclass(frozen=True, slots=True)
class Change:
    """An input file that is not what it was when the job began.

    Attributes:
        begins: bytes of the whole input before it, as planned.
        told: its path and what became of it.
    """

    begins: int
    told: str


def changes(sources: tuple[InputFile, ...], first: float = 0, last: float = float("inf")) -> Iterator[Change]:
    """The changed files among those that lie between two bytes of the whole input.

    Standard input, pipes and files on servers have no size or no time that could be compared; they are passed over.
    """
    begins = 0
    for source in sources:
        is_known = source.mtime_ns is not None and not is_url(source.path)
        if is_known and begins <= last and begins + source.n_bytes >= first:
            told = _difference(source)
            if told is not None:
                yield Change(begins, f"{source.path} {told}")
        begins += source.n_bytes


def _difference(source: InputFile) -> str | None:
    try:
        size, changed = size_and_time(Path(source.path))
    except OSError:
        return "is deleted or can no longer be read"
    if size != source.n_bytes:
        return f"had {source.n_bytes:,} bytes and has {size:,} now"
    return None if changed == source.mtime_ns else "was changed"

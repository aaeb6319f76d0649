"""All cases, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator

from attack import curves, faces, fuzzed, inputs, job_folders, kills, models, tables
from attack.case import Case

ROOMS = (job_folders, inputs, kills, faces, tables, models, curves, fuzzed)


def cases() -> Iterator[Case]:
    """Every row of the table."""
    for room in ROOMS:
        yield from room.cases()

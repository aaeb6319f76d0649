"""All cases, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator

from attack import faces, job_folders, models
from attack.case import Case

ROOMS = (job_folders, faces, models)


def cases() -> Iterator[Case]:
    """Every row of the table."""
    for room in ROOMS:
        yield from room.cases()

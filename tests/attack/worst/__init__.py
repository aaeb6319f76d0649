"""The worst inputs that we know for every loop and pattern, one file for each part of the library."""

from __future__ import annotations

from collections.abc import Iterator

from attack.worst import compared, files, shown, texts
from attack.worst.curve import Curve

__all__ = ["Curve", "curves"]


def curves() -> Iterator[Curve]:
    """Every row of the table."""
    for part in (texts, shown, files, compared):
        yield from part.curves()

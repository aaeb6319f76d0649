"""A curve: work that grows with n, on an input that is as bad for it as we can make one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

Work: TypeAlias = Callable[[], Any]


@dataclass(frozen=True)
class Curve:
    """One row of the table of worst cases.

    Attributes:
        area: the part of the library that works.
        name: tells it from its siblings, and what n counts.
        make: builds the input of size n, in an empty folder if it is a file; returns the work, which can be repeated.
        n: a size at which the work outweighs what every call costs.
    """

    area: str
    name: str
    make: Callable[[int, Path], Work]
    n: int

    def __str__(self) -> str:
        return f"{self.area}: {self.name}"


def of_inputs(
    area: str, work: Callable[[Any], Any], inputs: Mapping[str, Callable[[int], Any]], n: int
) -> Iterator[Curve]:
    """The same work on each of several inputs."""
    for name, made in inputs.items():
        yield Curve(area, name, partial(_prepared, made, work), n)


def _prepared(made: Callable[[int], Any], work: Callable[[Any], Any], n: int, _: Path) -> Work:
    return partial(work, made(n))

"""One row of the table: a kind, a name, and a check that raises where the promise is broken."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 60.0
BUSY = 10
"""A case may last so many times its seconds, because a busy machine gives it little of the processor."""


@dataclass(frozen=True)
class Case:
    """An input or a fault.

    Attributes:
        kind: the promise it tries, which is the heading it is counted under.
        name: tells it from its siblings.
        check: does it in an empty folder; returns where what must happen happened, raises otherwise.
        is_slow: left to `make attack`.
        seconds: of the processor, within which it has to end.
    """

    kind: str
    name: str
    check: Callable[[Path], Any]
    is_slow: bool = False
    seconds: float = LIMIT_SECONDS

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass(frozen=True)
class Outcome:
    """What came of a case: ``fault`` is None where the promise was kept."""

    case: Case
    fault: str | None
    seconds: float


class TooLongError(BaseException):
    """A case that did not end; no ``except Exception`` of the tested code may swallow it."""


def tried(case: Case, folder: Path) -> Outcome:
    """Try a case, within the limit, whatever it raises."""
    began, fault = time.monotonic(), None
    try:
        with limited(case.seconds):
            case.check(folder)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        fault = f"{type(problem).__name__}: {problem}".splitlines()[0][:300]
    return Outcome(case, fault, time.monotonic() - began)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End what runs too long. The signal is heard between two steps of Python, so a hang in C needs a process."""

    def stop(*_: object) -> None:
        raise TooLongError(f"no end after {seconds:g} seconds")

    limits = {
        signal.SIGPROF: (signal.ITIMER_PROF, seconds),
        signal.SIGALRM: (signal.ITIMER_REAL, BUSY * seconds),  # what waits needs no processor
    }
    before = {number: signal.signal(number, stop) for number in limits}
    for timer, most in limits.values():
        signal.setitimer(timer, most)
    try:
        yield
    finally:
        for timer, _ in limits.values():
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)

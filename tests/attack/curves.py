"""Steps of Python, memory and time for n, 2n and 4n of the same: whatever comes in, they grow in proportion to it.

Steps and memory are the same on every run, so they are held to the exponent that is promised. Patterns and libraries
in C have no steps; their time is compared, with room for a busy machine.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from math import log2
from pathlib import Path
from types import FrameType
from typing import Any

from attack.case import Case
from attack.worst import Curve, curves
from attack.worst.curve import Work

PROMISED = 1.2
"""The largest exponent of a curve; 1 is linear, 2 the square."""

MOST = 4**PROMISED
LONGEST = 6.5
"""Of the time for 4n against that for n: the square takes 16 times as long; the rest is for a busy machine."""

TRIES = 8
SHORTEST = 0.004
DOUBLED = 256


def exponent(few: float, most: float) -> float:
    """How fast something grows, from its amounts for n and 4n."""
    return log2(most / few) / 2


def steps(work: Work) -> int:
    """Lines of Python that a call runs."""
    count = 0

    def trace(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def peak(work: Work) -> int:
    """Most bytes that a call holds, of those that Python and numpy ask for."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def seconds(work: Work) -> float:
    """Of the processor; the collector of garbage, which comes when it likes, is switched off.

    The time of the thread, since a process whose time is limited, as that of a case, counts its time by ticks.
    """
    gc.disable()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        gc.enable()


def long_enough(curve: Curve, folder: Path, least: float) -> int:
    """A size whose work lasts so many seconds, if there is one within reason."""
    n = curve.n
    while n < DOUBLED * curve.n and seconds(curve.make(n, folder)) < least:
        n *= 2
    return n


def fastest(works: list[Work], tries: int, enough: Callable[[list[float]], bool] = lambda _: False) -> list[float]:
    """The best time of each, measured in turns; what else the machine does can only make a time longer."""
    best = [seconds(work) for work in works]
    for _ in range(tries - 1):
        if enough(best):
            break
        best = [min(found, seconds(work)) for found, work in zip(best, works, strict=True)]
    return best


def cases() -> Iterator[Case]:
    """Each curve."""
    for curve in curves():
        yield Case("linear time", str(curve), partial(_linear, curve))


def _linear(curve: Curve, folder: Path) -> None:
    few, most = (curve.make(size, folder) for size in (curve.n, 4 * curve.n))
    few()  # the first call loads what is kept
    for measured in (steps, peak):
        found = measured(few), measured(most)
        assert found[1] < MOST * found[0], f"{measured.__name__} {found[0]:,} and {found[1]:,} for n and 4n"
    n = long_enough(curve, folder, SHORTEST)
    works = [curve.make(size, folder) for size in (n, 4 * n)]
    times = fastest(works, TRIES, lambda best: best[1] < LONGEST * best[0])
    assert times[1] < LONGEST * times[0], f"{times[0]:.4f} and {times[1]:.4f} seconds for {n:,} and {4 * n:,}"

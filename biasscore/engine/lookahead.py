"""Prepares the next items in worker threads while the caller works on the current one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from biasscore.engine import forks

Item = TypeVar("Item")
Made = TypeVar("Made")


def ahead(make: Callable[[Item], Made], items: Iterable[Item], depth: int, workers: int = 1) -> Iterator[Made]:
    """``map(make, items)``, running up to ``depth`` items ahead.

    The items are drawn in the caller's thread (they may be a database cursor that must not change threads), so the
    look-ahead is bounded; ``make`` runs in ``workers`` threads and is begun in order. What was made comes in the order
    of the items. An exception in either place reaches the caller where its item would have come. Closing the iterator
    waits for the items in the making and drops the rest.
    """
    with ThreadPoolExecutor(workers, "biasscore-ahead", forks.watch_thread) as pool:
        waiting: deque[Future[Made]] = deque()
        try:
            for drawn in _drawn(items, lambda item: pool.submit(make, item)):
                waiting.append(drawn)
                if len(waiting) > depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _drawn(items: Iterable[Item], begin: Callable[[Item], Future[Made]]) -> Iterator[Future[Made]]:
    """Begin each item; where drawing one fails, the failure stands in its place, behind what came before."""
    try:
        for item in items:
            yield begin(item)
    except Exception as problem:
        failed: Future[Made] = Future()
        failed.set_exception(problem)
        yield failed

"""Prepares the next items in a worker thread while the caller works on this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def ahead(make: Callable[[Item], Made], items: Iterable[Item], depth: int) -> Iterator[Made]:
    """``map(make, items)``, running up to ``depth`` items ahead.

    The items are drawn in the caller's thread (they may be a database cursor that must not change threads), so the
    look-ahead is bounded; ``make`` runs in one worker thread, in order. An exception in either place reaches the
    caller where its item would have come. Closing the iterator waits for the item in the making and drops the rest.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="biasscore-ahead") as worker:
        waiting: deque[Future[Made]] = deque()
        try:
            for item in items:
                waiting.append(worker.submit(make, item))
                if len(waiting) > depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

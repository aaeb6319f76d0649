"""Ends Python code that runs too long, in whatever thread it runs: a text must not stop the work on all others."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class OverdueError(BaseException):
    """The time is over. No ``except Exception`` of the code that is ended may swallow it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OverdueError inside a block that takes longer, in its thread, between two steps of Python.

    One call into compiled code, such as a single search of a regular expression, is not ended. Never put one such block
    into another: the inner one would take the end of the outer one for its own.
    """
    thread, lock = ctypes.c_ulong(threading.get_ident()), threading.Lock()
    is_over = is_raised = has_arrived = False
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def end() -> None:
        nonlocal is_raised
        with lock:
            if not is_over:
                is_raised = True
                raise_in(thread, ctypes.py_object(OverdueError))

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except OverdueError:
        has_arrived = True
        raise
    finally:
        with lock:
            is_over = True
        timer.cancel()
        if is_raised and not has_arrived:
            _let_arrive()


def _let_arrive() -> None:
    """Let the exception come that has been raised at the last moment, so that it does not hit what comes after.

    Taking it back would do harm: Python 3.11 then never stops looking for it, and hangs in any debugger.
    """
    with suppress(OverdueError):
        for _ in range(1_000):
            pass

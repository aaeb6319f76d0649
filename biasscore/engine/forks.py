"""Makes torch safe in forked processes.

A fork copies only the thread that calls it, and copies every lock as it stands. Two things then never end: torch waits
for OpenMP's threads, which are missing, and MKL waits for the lock of its memory, if another thread held it. So a
forked process runs each operation on one thread, and a fork waits until no thread of ours computes or is just ending.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

# Seconds that a fork waits at most; what still computes then is stuck itself.
PATIENCE = 30.0
_HERE = os.getpid()


class _Watch:
    """What the threads of this process that use torch are doing."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """A forked process has one thread and computes nothing; its copy of the lock is held."""
        self.changed = threading.Condition()
        self.computing = 0
        self.threads: set[int] = set()

    def wait(self) -> None:
        """Return when nothing computes, with the lock held, so that nothing begins before ``go_on``."""
        self.changed.acquire()
        until = time.monotonic() + PATIENCE
        self.changed.wait_for(lambda: not self.computing, PATIENCE)
        while self._ending() and time.monotonic() < until:
            time.sleep(0.001)

    def go_on(self) -> None:
        self.changed.release()

    def _ending(self) -> bool:
        """Whether a thread that Python has done with still runs: MKL gives its memory back at the very end.

        Python 3.13 and later join such threads; systems without /proc cannot be asked.
        """
        self.threads.difference_update([i for i in tuple(self.threads) if not Path(f"/proc/self/task/{i}").exists()])
        return not self.threads.issubset([thread.native_id for thread in threading.enumerate()])


_watch = _Watch()


def forked() -> bool:
    """Whether this process was forked after biasscore was loaded."""
    return os.getpid() != _HERE


@contextmanager
def computing() -> Iterator[None]:
    """No fork happens in between."""
    with _watch.changed:
        _watch.computing += 1
    try:
        yield
    finally:
        with _watch.changed:
            _watch.computing -= 1
            _watch.changed.notify_all()


def watch_thread() -> None:
    """No fork happens while the thread that calls this is ending."""
    _watch.threads.add(threading.get_native_id())


@cache
def prepare() -> None:
    """Make every fork from now on safe for torch."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_watch.wait, after_in_parent=_watch.go_on, after_in_child=_run_alone)


def _run_alone() -> None:
    _watch.start_anew()
    # A process that has not loaded torch has none of its threads, and need not wait for it now.
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)

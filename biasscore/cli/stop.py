"""Ends a command within two seconds of Ctrl-C, whatever its threads are doing."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from biasscore.cli.exit import STOPPED
from biasscore.cli.say import say

SECONDS = 0.8
"""For an orderly end; then the process leaves, which costs nothing: every file is whole or not there."""


@contextmanager
def stopping() -> Iterator[None]:
    """While it lasts, Ctrl-C raises KeyboardInterrupt, and ends the process where that is not heeded in time."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    leaving = threading.Timer(SECONDS, _leave)
    leaving.daemon = True

    def stop(_: int, __: FrameType | None) -> None:
        if not leaving.is_alive():
            leaving.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        leaving.cancel()
        signal.signal(signal.SIGINT, before)


def _leave() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")  # a progress bar hides the cursor
    say("stopped")
    os._exit(STOPPED)

"""Messages of the command, on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from biasscore.visible import on_one_line


def say(line: str) -> None:
    """Print one line. Control characters in it are shown, not obeyed. Without standard error, print nothing."""
    if sys.stderr is not None:
        print(f"biasscore: {on_one_line(line)}", file=sys.stderr)


class _Said(logging.Handler):
    """Python's own handler would show what a message holds of strangers' names as it is."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


@contextmanager
def warnings_said() -> Iterator[None]:
    """Say what the library warns of, while a command runs."""
    said, log = _Said(logging.WARNING), logging.getLogger("biasscore")
    log.addHandler(said)
    try:
        yield
    finally:
        log.removeHandler(said)

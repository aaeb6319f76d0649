"""What commands say: messages to people on standard error, JSON to programs on standard output."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from biasscore.visible import escaped, on_one_line


def say(line: str) -> None:
    """Print one line. Control characters in it are shown, not obeyed."""
    print(f"biasscore: {on_one_line(line)}", file=sys.stderr)


def print_json(values: Mapping[str, Any]) -> None:
    """Print one line of JSON, in ASCII where the terminal or file takes no other characters."""
    plain = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    line = json.dumps(values, allow_nan=False, ensure_ascii=plain)
    print(line if plain else escaped(line))


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

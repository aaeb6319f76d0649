"""What the command tells its user, on standard error."""

from __future__ import annotations

import sys

from biasscore.visible import on_one_line


def say(line: str) -> None:
    """Tell one thing on one line; a terminal obeys nothing in it. Without standard error nobody is told."""
    if sys.stderr is not None:
        print(f"biasscore: {on_one_line(line)}", file=sys.stderr)

"""The command ``biasscore``, also as ``python -m biasscore``. Ctrl-C ends it without a traceback from the start."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the return value is the exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    # A second or so, in which there is nothing to tidy up; then the command itself heeds Ctrl-C.
    from biasscore.cli import main as command

    return command(argv)


def _leave(_: int, __: FrameType | None) -> None:
    if sys.stderr is not None:
        os.write(sys.stderr.fileno(), b"biasscore: stopped\n")
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())

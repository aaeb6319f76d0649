"""Entry point: builds the parser, runs a command, and turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import codecs
import io
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from biasscore._version import __version__
from biasscore.cli import calibrate, compare, evaluate, export, label, models, score, train
from biasscore.cli.completion import PrintCompletion
from biasscore.cli.exit import ERROR, OK, STOPPED
from biasscore.cli.say import say, warnings_said
from biasscore.cli.stop import stopping
from biasscore.errors import BiasScoreError
from biasscore.visible import nearest, on_one_line

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_COMMANDS = (score, compare, models, evaluate, calibrate, train, label, export)


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong with the arguments as it tells everything: on one line that no terminal obeys."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        # argparse's own says nothing where help or version cannot be written. An error can be told nowhere else.
        with suppress(OSError) if file is sys.stderr else nullcontext():
            print(message, end="", file=file)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        # What help and completion print has to arrive; at the end of the process nobody could be told.
        sys.stdout.flush()
        super().exit(status, message)

    def error(self, message: str) -> NoReturn:
        self.exit(ERROR, f"biasscore: error: {on_one_line(message)}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(
        prog="biasscore",
        description="Score news text, paragraph by paragraph, for loaded language, subjectivity, tone and framing.",
        epilog="Exit codes: 0 all done, 1 some inputs could not be scored, 2 an error stopped the "
        "command, 130 Ctrl-C stopped the command. `biasscore COMMAND --help` explains the "
        "options of a command.",
    )
    parser.add_argument("--version", action="version", version=f"biasscore {__version__}")
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=("bash", "zsh", "tcsh"),
        help="print a script that lets the Tab key complete commands in this shell (docs/cli.md)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_to(commands)
    return parser


def _open_streams() -> None:
    """Give a closed output somewhere to go, and show characters that a terminal lacks instead of failing on them."""
    codecs.register_error("biasscore.nearest", nearest)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="biasscore.nearest")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    _open_streams()
    try:
        with stopping(), warnings_said():
            given = sys.argv[1:] if argv is None else list(argv)
            arguments = build_parser().parse_args(given)
            arguments.given = given  # for hints that repeat what was typed
            code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BiasScoreError as error:
        say(f"error: {error}")
        return ERROR
    except KeyboardInterrupt:
        say("stopped")
        return STOPPED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        say(f"error: {error.strerror or error}{place}; check the path, its permissions and the free disk space")
        return ERROR
    return code

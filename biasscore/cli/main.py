"""Entry point: one parser, one subcommand a module, one place where errors become a line and an exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from biasscore._version import __version__
from biasscore.cli import calibrate, compare, evaluate, export, models, score, train
from biasscore.cli.exit import FAILED, OK, STOPPED, USAGE
from biasscore.cli.say import say
from biasscore.cli.stop import stopping
from biasscore.errors import BiasScoreError
from biasscore.visible import on_one_line

_COMMANDS = (score, compare, models, evaluate, calibrate, train, export)


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong with the arguments as it tells everything: on one line that no terminal obeys."""

    def error(self, message: str) -> NoReturn:
        super().error(on_one_line(message))


class _PrintCompletion(argparse.Action):
    """shtab's own action would import it at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *values: Any) -> NoReturn:
        import shtab

        print(shtab.complete(parser, values[1]))
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(
        prog="biasscore",
        description="Score news text, paragraph by paragraph, for loaded language, subjectivity, tone and framing.",
        epilog="exit codes: 0 success, 1 some inputs failed, 2 the command could not start, 130 stopped",
    )
    parser.add_argument("--version", action="version", version=f"biasscore {__version__}")
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=("bash", "zsh", "tcsh"),
        help="print a completion script for this shell (see docs/cli.md)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_to(commands)
    return parser


def _open_streams() -> None:
    """Give a closed output somewhere to go, and show characters that a terminal lacks instead of failing on them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    _open_streams()
    arguments = build_parser().parse_args(argv)
    try:
        with stopping():
            code: int = arguments.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BiasScoreError as error:
        say(f"error: {error}")
        return USAGE
    except KeyboardInterrupt:
        say("stopped")
        return STOPPED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        say(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "))
        return FAILED
    return code

"""Entry point: one parser, one subcommand a module, one place where errors become a line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import biasscore
from biasscore.cli import calibrate, compare, evaluate, export, models, score, train
from biasscore.cli.exit import FAILED, OK, STOPPED, USAGE
from biasscore.errors import BiasScoreError

_COMMANDS = (score, compare, models, evaluate, calibrate, train, export)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="biasscore",
        description="Score news text, paragraph by paragraph, for loaded language, subjectivity, tone and framing.",
        epilog="exit codes: 0 all well, 1 some inputs failed, 2 the command could not start, 130 stopped",
    )
    parser.add_argument("--version", action="version", version=f"biasscore {biasscore.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_to(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BiasScoreError as error:
        print(f"biasscore: error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("biasscore: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        print(f"biasscore: error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return FAILED
    return code

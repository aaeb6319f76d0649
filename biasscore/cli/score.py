"""`biasscore score`: texts to people (terminal), to machines (--json), to a page (--html)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from biasscore.cli.exit import FAILED, OK
from biasscore.cli.options import add_engine_options, open_scorer
from biasscore.errors import InputError
from biasscore.results import Document

_STDIN = "-"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "score",
        help="score articles",
        description="Score articles and print each paragraph with its scores and marked words.",
    )
    parser.add_argument("inputs", nargs="+", metavar="FILE", help="a text file, or - for standard input")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON object a document, one a line")
    shape.add_argument("--html", type=Path, metavar="PAGE", help="write a page to look at (one input)")
    parser.add_argument("--stats", action="store_true", help="say on standard error what the engine did")
    add_engine_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score every readable input; say which were not."""
    if arguments.html and len(arguments.inputs) > 1:
        raise InputError("--html writes one page; give one FILE, or run the command once a file")
    scorer = open_scorer(arguments)
    failed = False
    console = Console()
    for name, text in _texts(arguments.inputs):
        if isinstance(text, InputError):
            print(f"biasscore: {text}", file=sys.stderr)
            failed = True
            continue
        document = scorer.score(text)
        if arguments.json:
            print(document.to_json())
        elif arguments.html:
            _write_page(document, arguments.html)
        else:
            _show(name, document, console, len(arguments.inputs))
    if arguments.stats:
        print(f"biasscore: {scorer.stats.summary()}", file=sys.stderr)
    return FAILED if failed else OK


def _texts(inputs: list[str]) -> Iterator[tuple[str, str | InputError]]:
    """Each input's text, or the error that stands in its place."""
    for name in inputs:
        try:
            yield name, _read(name)
        except InputError as error:
            yield name, error


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}; check the path") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start} is not UTF-8; convert the file first (iconv -t utf-8)") from error


def _write_page(document: Document, page: Path) -> None:
    from biasscore.report import to_html

    page.write_text(to_html(document), encoding="utf-8", errors="xmlcharrefreplace")


def _show(name: str, document: Document, console: Console, n_inputs: int) -> None:
    from biasscore.report.terminal import render

    if n_inputs > 1:
        console.rule(name, align="left")
    render(document, console)

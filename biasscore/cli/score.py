"""`biasscore score`: articles to people (terminal, page), to machines (--json), or to tables (-o, see job)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from biasscore.cli import job
from biasscore.cli.exit import FAILED, OK
from biasscore.cli.options import (
    add_column_options,
    add_engine_options,
    add_model_options,
    add_reading_options,
    add_terms_options,
    columns,
    refuse_without_folder,
    scorer_factory,
)
from biasscore.cli.say import say
from biasscore.errors import InputError
from biasscore.results import Document
from biasscore.tables import Row, find_sources, plan_reading, read

if TYPE_CHECKING:
    from biasscore.scorer import Scorer


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "score",
        help="score articles",
        description="Score articles. Without -o each is printed with its scores and marked words; with -o the scores "
        "go into tables, resumably, whatever the size of the input.",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="texts (.txt, .md, .html), tables (.csv, .tsv, .jsonl, .parquet, .arrow), folders, globs, or - for "
        "standard input",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON object a document, one a line")
    shape.add_argument("--html", type=Path, metavar="PAGE", help="write a page to look at (one article)")
    shape.add_argument("-o", "--out", type=Path, metavar="OUT", help="write tables: a file, or a folder of shards")
    add_reading_options(parser)
    parser.add_argument("--stats", action="store_true", help="say on standard error what the engine did")
    add_column_options(parser)
    job.add_options(parser)
    add_model_options(parser)
    add_terms_options(parser)
    add_engine_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print, or hand over to the job."""
    if arguments.out is not None:
        return job.run(arguments)
    job.refuse_without_out(arguments)
    refuse_without_folder(arguments.html)
    # Opened for the first article that can be read, so that a mistyped name is told at once.
    open_scorer = cache(scorer_factory(arguments))
    failed = _show_all(arguments, open_scorer)
    if arguments.stats:
        say(open_scorer().stats.summary())
    return FAILED if failed else OK


def _show_all(arguments: argparse.Namespace, open_scorer: Callable[[], Scorer]) -> bool:
    """Score and show each article; returns whether one could not be read."""
    console = Console()
    failed = False
    shown = 0
    page = ""
    for row in _rows(arguments):
        if row.error is not None:
            say(row.error)
            failed = True
            continue
        shown += 1
        if arguments.html and shown > 1:
            raise InputError("--html writes one page and there are several articles; give one, or write tables with -o")
        document = open_scorer().score(row.text, row.title)
        if arguments.json:
            print(document.to_json())
        elif arguments.html:
            page = _page(row.id, document)
        else:
            _show(row.id, document, console)
    if page:
        arguments.html.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
    if not shown and not failed:
        say(f"no articles in {', '.join(arguments.inputs)}")
    return failed


def _rows(arguments: argparse.Namespace) -> Iterator[Row]:
    """The articles of each input by itself, so that one that cannot be read does not hide the others."""
    for given in arguments.inputs:
        try:
            sources = find_sources([given], input_format=arguments.input_format)
            for chunk in read(plan_reading(sources, columns(arguments), encoding=arguments.encoding)):
                for row in chunk.rows:
                    yield row if row.error is None else Row(row.id, error=f"{row.id}: {row.error}")
        except InputError as error:
            yield Row(given, error=str(error))


def _page(name: str, document: Document) -> str:
    from biasscore.report import to_html

    return to_html(document, name=name)


def _show(name: str, document: Document, console: Console) -> None:
    from biasscore.report.terminal import render, render_name

    render_name(name, console)
    render(document, console)
    console.print()

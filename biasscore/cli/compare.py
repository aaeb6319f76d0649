"""`biasscore compare`: two or more articles, or the groups of a scored table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from biasscore.cli.exit import OK
from biasscore.cli.options import (
    add_column_options,
    add_engine_options,
    add_model_options,
    add_reading_options,
    add_terms_options,
    columns,
    guessed,
    reading,
    refuse_without_folder,
    scorer_factory,
)
from biasscore.errors import InputError
from biasscore.tables import Reading, Row, find_sources, plan_reading, read, scored_table

if TYPE_CHECKING:
    from biasscore.analysis import Comparison
    from biasscore.results import Document


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare articles, or outlets of a scored table",
        description="Compare articles (each is scored first), or with --by the groups of a table that "
        "`biasscore score -o` wrote: differences of every score with bootstrap intervals over articles.",
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="two or more articles, or one table of results with --by"
    )
    parser.add_argument("--by", metavar="COLUMN", help="compare the groups of this column, for example group")
    parser.add_argument("--topic", metavar="COLUMN", help="compare within each topic (with --by)")
    parser.add_argument("--sentences", type=Path, metavar="FILE", help="the same run at sentence level, for its words")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--html", type=Path, metavar="PAGE", help="write a page to look at")
    shape.add_argument("--json", action="store_true", help="print one JSON object")
    add_reading_options(parser)
    add_column_options(parser)
    add_model_options(parser)
    add_terms_options(parser)
    add_engine_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare, then print or write."""
    refuse_without_folder(arguments.html)
    found = _groups(arguments) if arguments.by else _articles(arguments)
    if arguments.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    elif arguments.html:
        from biasscore.report import comparison_html

        arguments.html.write_text(comparison_html(found), encoding="utf-8", errors="xmlcharrefreplace")
    else:
        from biasscore.report.terminal import render_comparison

        render_comparison(found, Console())
    return OK


def _articles(arguments: argparse.Namespace) -> Comparison:
    from biasscore.analysis import compare
    from biasscore.jobs.scoring import answers

    if arguments.topic or arguments.sentences:
        raise InputError("--topic and --sentences need a scored table; name its groups with --by COLUMN")
    plan = _plan(arguments)
    scorer = scorer_factory(arguments)()
    sides: dict[str, Document] = {}
    for row, document in answers(scorer, (row for chunk in read(plan) for row in chunk.rows)):
        if document is None:
            raise InputError(f"{row.id}: {row.error}")
        sides[_name(row, sides)] = document
    return compare(sides)


def _name(row: Row, taken: Collection[str]) -> str:
    """The title, or the id where another article has that title: agency copy runs under one headline."""
    candidates = (row.title, row.id, f"{row.id} ({len(taken) + 1})")
    return next(name for name in candidates if name and name not in taken)


def _plan(arguments: argparse.Namespace) -> Reading:
    sources = find_sources(arguments.inputs, input_format=arguments.input_format)
    return plan_reading(sources, columns(arguments), reading(arguments), guessed=guessed(arguments))


def _groups(arguments: argparse.Namespace) -> Comparison:
    from biasscore.analysis import compare_groups

    if len(arguments.inputs) != 1:
        raise InputError("--by compares the groups of one scored table; give one")
    sentences = scored_table(arguments.sentences) if arguments.sentences else None
    return compare_groups(
        scored_table(arguments.inputs[0]), by=arguments.by, topic=arguments.topic, sentences=sentences
    )

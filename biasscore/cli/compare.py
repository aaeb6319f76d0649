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
    AUTO,
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
from biasscore.cli.say import say
from biasscore.errors import InputError
from biasscore.tables import Reading, Row, find_sources, plan_reading, read, scored_table

if TYPE_CHECKING:
    from biasscore.analysis import Comparison, Match, Trend
    from biasscore.results import Document


_GROUP_OPTIONS = ("target", "topic", "sentences", "match", "day", "every", "scores")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare articles, or groups of articles in a scored table",
        description="Score two or more articles and compare them. With --by, compare groups of articles in a table "
        "that `biasscore score -o` wrote. Each difference has a bootstrap interval over articles.",
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="two or more articles, or with --by one table of scores"
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--html", type=Path, metavar="PAGE", help="write an HTML page")
    shape.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="write the numbers behind each figure as CSV files")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="write a forest plot as .svg or .pdf")
    _add_group_options(parser)
    add_reading_options(parser)
    add_column_options(parser)
    add_model_options(parser)
    add_terms_options(parser)
    add_engine_options(parser)
    parser.set_defaults(run=run)


def _add_group_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("groups of a scored table")
    group.add_argument("--by", metavar="COLUMN", help="column that names the groups, for example group")
    group.add_argument(
        "--target", metavar="NAME", help="compare the tone toward this target (needs a table of --level target)"
    )
    group.add_argument(
        "--sentences", type=Path, metavar="FILE", help="sentence table of the same run; shows typical words"
    )
    group.add_argument("--topic", metavar="COLUMN", help="column of topics; compare only within a topic")
    group.add_argument(
        "--match",
        metavar="event|FILE",
        help="compare only reports on the same event: event finds events, FILE is a corrected events.csv from --data",
    )
    group.add_argument("--day", metavar="COLUMN", help="column with the day of each article, for events and trends")
    group.add_argument(
        "--every", choices=("day", "week", "month"), help="add means per day, week or month (needs --day)"
    )
    group.add_argument(
        "--keep-reprints",
        action="store_true",
        help="keep paragraphs that several groups print; by default they are left out",
    )
    group.add_argument("--scores", metavar="A,B,…", help="number columns to compare (default: all scores)")


def run(arguments: argparse.Namespace) -> int:
    """Compare, then print or write."""
    refuse_without_folder(arguments.html)
    refuse_without_folder(arguments.figure)
    found, trend = _groups(arguments) if arguments.by else (_articles(arguments), None)
    _write(found, trend, arguments)
    if arguments.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    elif arguments.html:
        from biasscore.report import comparison_html

        page = comparison_html(found, trend=trend)
        arguments.html.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
        say(f"wrote {arguments.html}")
    else:
        from biasscore.report.terminal import render_comparison

        render_comparison(found, Console())
    return OK


def _write(found: Comparison, trend: Trend | None, arguments: argparse.Namespace) -> None:
    if arguments.data:
        from biasscore.report import write_data

        write_data(found, arguments.data, trend)
        say(f"wrote {arguments.data}")
    if arguments.figure:
        from biasscore.report import plots

        if arguments.figure.suffix.lower() not in (".svg", ".pdf"):
            raise InputError(f"--figure must be an .svg or .pdf file, not {arguments.figure.name}")
        plots.save(plots.forest(found, found.scores[0]), arguments.figure)
        say(f"wrote {arguments.figure}")


def _articles(arguments: argparse.Namespace) -> Comparison:
    from biasscore.analysis import compare
    from biasscore.jobs.scoring import answers

    given = [f"--{name}" for name in _GROUP_OPTIONS if getattr(arguments, name)]
    if given:
        raise InputError(f"{given[0]} works with --by only; add --by COLUMN, or leave {given[0]} out")
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


def _groups(arguments: argparse.Namespace) -> tuple[Comparison, Trend | None]:
    from biasscore.analysis import SCORES, compare_groups, trend
    from biasscore.analysis.articles import of_target

    if len(arguments.inputs) != 1:
        raise InputError("--by compares the groups of one scored table; give one input")
    if arguments.every and not arguments.day:
        raise InputError("--every needs the day of each article; add --day COLUMN")
    table = scored_table(arguments.inputs[0])
    scores = tuple(name for name in (arguments.scores or "").split(",") if name) or SCORES
    found = compare_groups(
        table,
        by=arguments.by,
        target=arguments.target,
        topic=arguments.topic,
        match=_match(arguments.match),
        day=arguments.day,
        sentences=scored_table(arguments.sentences) if arguments.sentences else None,
        keep_reprints=arguments.keep_reprints,
        prior=arguments.prior if arguments.prior == AUTO else None,
        scores=scores,
    )
    if not arguments.every:
        return found, None
    own, _ = of_target(table, arguments.target, scores)
    return found, trend(own, found.scores[0], day=arguments.day, by=arguments.by, every=arguments.every)


def _match(given: str | None) -> Match | None:
    from biasscore.analysis import read_events

    if given is None or given == "event":
        return "event" if given else None
    return read_events(given)

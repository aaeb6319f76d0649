"""`biasscore compare`: two or more articles, or the groups of a scored table."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from biasscore.cli.exit import OK
from biasscore.cli.options import (
    AUTO,
    DEFUSE_HELP,
    PRIOR_HELP,
    add_column_options,
    add_engine_options,
    add_model_options,
    add_reading_options,
    add_terms_options,
    columns,
    first_given,
    guessed,
    reading,
    refuse_a_file,
    refuse_without_folder,
    scorer_factory,
    unset,
)
from biasscore.cli.say import print_json, say
from biasscore.errors import InputError
from biasscore.tables import (
    ReadingPlan,
    Row,
    column_names,
    find_sources,
    plan_reading,
    read,
    scored_table,
)

if TYPE_CHECKING:
    from biasscore.analysis import Comparison, Match, Trend
    from biasscore.results import Document


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare articles with each other, or read a table of scores and compare groups of its articles",
        description="Score articles and compare their scores. With --by, compare groups of articles in a table of "
        "scores that `biasscore score -o` wrote. With --by, each difference has a confidence interval, computed by "
        "resampling the articles (bootstrap).",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="at least two articles; with --by, one table that `biasscore score -o` wrote",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--html", type=Path, metavar="PAGE", help="also write the comparison as a web page")
    shape.add_argument("--json", action="store_true", help="print the comparison as one JSON object")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="write the numbers of each chart to CSV files")
    parser.add_argument(
        "--defuse-formulas",
        action="store_true",
        help=f"with --data: {DEFUSE_HELP}",
    )
    parser.add_argument(
        "--figure",
        type=Path,
        metavar="FILE",
        help="write a chart of one score of each group with its interval (forest plot), as .svg or .pdf. The score is "
        "the first of --scores (default: 'loaded'; with --target: 'target_tone')",
    )
    _add_group_options(parser)
    _add_scoring_options(parser)
    parser.set_defaults(run=run)


def _add_scoring_options(parser: argparse.ArgumentParser) -> None:
    """Options that only articles need: the scores of a table are there already."""
    add_reading_options(parser)
    add_column_options(parser, copied=False)
    add_model_options(
        parser,
        f"without --by: {PRIOR_HELP}. With --by: only 'auto', which estimates the share in each group (needs "
        "--sentences)",
    )
    add_terms_options(parser)
    add_engine_options(parser)


def _add_group_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("groups of a table of scores (with --by)")
    group.add_argument(
        "--by",
        metavar="COLUMN",
        help="column of the table with the group of each article, for example --by group",
    )
    group.add_argument(
        "--target",
        metavar="NAME",
        help="compare the tone toward this person, organization, place or group. The table must be one that "
        "`biasscore score --level target` wrote",
    )
    group.add_argument(
        "--sentences",
        type=Path,
        metavar="FILE",
        help="table of the same articles, scored with --level sentence. The comparison then shows the typical words "
        "of each group, and leaves out paragraphs that appear in several groups. --match event and --prior auto "
        "need this table",
    )
    group.add_argument(
        "--topic",
        metavar="COLUMN",
        help="column with the topic of each article; compare only articles with the same topic",
    )
    group.add_argument(
        "--match",
        metavar="event|FILE",
        help="compare only articles on the same event. 'event': biasscore finds the events (needs "
        "--sentences). FILE: the file events.csv from an earlier comparison (--match event with --data "
        "FOLDER writes this file); you may correct the file by hand first",
    )
    group.add_argument(
        "--day",
        metavar="COLUMN",
        help="column with the date of each article; --match event and --every use this date",
    )
    group.add_argument(
        "--every",
        choices=("day", "week", "month"),
        help="also show the average scores per day, week or month (needs --day)",
    )
    group.add_argument(
        "--keep-reprints",
        action="store_true",
        help="with --sentences: also use paragraphs that appear in several groups, such as agency "
        "copy (default: leave out such paragraphs)",
    )
    group.add_argument(
        "--scores", metavar="A,B,…", help="columns with numbers to compare (default: all scores of the table)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare, then print or write."""
    _refuse_unwritable(arguments)
    if arguments.defuse_formulas and not arguments.data:
        raise InputError("--defuse-formulas works with --data only; add --data FOLDER, or remove --defuse-formulas")
    found, trend = (_articles(arguments), None) if arguments.by is None else _groups(arguments)
    _write(found, trend, arguments)
    if arguments.json:
        print_json(found.to_dict())
    else:
        from biasscore.report.terminal import render_comparison

        render_comparison(found, Console())
    return OK


def _refuse_unwritable(arguments: argparse.Namespace) -> None:
    """Raises what would keep the result from being written, before the scoring."""
    refuse_without_folder(arguments.html)
    refuse_a_file(arguments.data)
    if arguments.figure:
        refuse_without_folder(arguments.figure)
        if arguments.figure.suffix.lower() not in (".svg", ".pdf"):
            raise InputError(
                f"the file name after --figure must end in .svg or .pdf; change the name {arguments.figure.name!r}"
            )
        from biasscore.report import plots as _  # noqa: F401 for the error that names the extra


def _write(found: Comparison, trend: Trend | None, arguments: argparse.Namespace) -> None:
    if arguments.html:
        from biasscore.report import comparison_html

        page = comparison_html(found, trend=trend)
        arguments.html.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
        say(f"wrote {arguments.html}")
    if arguments.data:
        from biasscore.report import write_data

        write_data(found, arguments.data, trend, defuse=arguments.defuse_formulas)
        say(f"wrote {arguments.data}")
    if arguments.figure:
        from biasscore.report import plots

        plots.save(plots.forest(found), arguments.figure)
        say(f"wrote {arguments.figure}")


def _articles(arguments: argparse.Namespace) -> Comparison:
    from biasscore.analysis import compare
    from biasscore.jobs.scoring import answers

    given = first_given(arguments, unset(_add_group_options))
    if given:
        raise InputError(f"{given} works with --by only; add --by COLUMN, or remove {given}")
    rows = _rows(_plan(arguments))
    first = list(islice(rows, 2))
    if len(first) < 2:
        raise InputError(
            "a comparison needs at least two articles; add another article, or compare the groups of a table with "
            "--by COLUMN"
        )
    sides: dict[str, Document] = {}
    for row, document in answers(scorer_factory(arguments)(), chain(first, rows)):
        if document is None:
            raise InputError(f"{row.id}: {row.error}")
        if row.note is not None:
            say(f"{row.id}: {row.note}")
        sides[_name(row, sides)] = document
    return compare(sides)


def _rows(plan: ReadingPlan) -> Iterator[Row]:
    """The articles; what is none by its kind, such as the cover page of an export, is only told."""
    for row in chain.from_iterable(chunk.rows for chunk in read(plan)):
        if row.outcome == "skipped":
            say(f"{row.id}: {row.error}")
        else:
            yield row


def _name(row: Row, taken: Collection[str]) -> str:
    """The title, or the id where another article has that title: agency copy runs under one headline."""
    candidates = chain((row.title, row.id), (f"{row.id} ({number})" for number in count(len(taken) + 1)))
    return next(name for name in candidates if name and name not in taken)


def _plan(arguments: argparse.Namespace) -> ReadingPlan:
    sources = find_sources(arguments.inputs, input_format=arguments.input_format)
    if not arguments.text and {"id", "model", "loaded"} <= set(column_names(sources, reading(arguments))):
        raise InputError(
            f"{arguments.inputs[0]} is a table of scores; name the column with the groups, for example: --by group"
        )
    plan = plan_reading(sources, columns(arguments), reading(arguments), guessed=guessed(arguments))
    for line in plan.told:
        say(line)
    return plan


def _groups(arguments: argparse.Namespace) -> tuple[Comparison, Trend | None]:
    from biasscore.analysis import SCORES, compare_groups
    from biasscore.report.methods import undated

    given = first_given(arguments, {**unset(_add_scoring_options), "prior": arguments.prior})
    if given or arguments.prior not in (None, AUTO):
        told = given or "--prior with a number"
        raise InputError(
            f"{told} has no effect with --by, because the table already has the scores; use {told} with `biasscore "
            "score` instead"
        )
    if len(arguments.inputs) != 1:
        raise InputError(
            f"--by needs exactly one table of scores as input, not {len(arguments.inputs)} inputs; give one table"
        )
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
        prior=arguments.prior,
        scores=scores,
    )
    if not arguments.every:
        return found, None
    trend = found.trend(every=arguments.every)
    if told := undated(trend):
        say(told)
    return found, trend


def _match(given: str | None) -> Match | None:
    from biasscore.analysis import read_events

    if given is None:
        return None
    return "event" if given == "event" else read_events(given)

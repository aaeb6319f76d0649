"""`biasscore score`: articles to people (terminal, page), to machines (--json), or to tables (-o, see job)."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console

from biasscore.cli import job
from biasscore.cli.exit import FAILED, OK
from biasscore.cli.options import (
    add_column_options,
    add_engine_options,
    add_model_options,
    add_reading_options,
    add_target_options,
    add_terms_options,
    columns,
    guessed,
    reading,
    refuse_without_folder,
    scorer_factory,
)
from biasscore.cli.say import print_json, say
from biasscore.errors import InputError
from biasscore.results import Document
from biasscore.tables import Counts, ReadingPlan, Row, find_sources, plan_reading, read
from biasscore.visible import on_one_line

if TYPE_CHECKING:
    from biasscore.scorer import Scorer

MOST_SHOWN = 10
"""Articles that are shown one by one; for more, a summary is easier to read."""

Scored: TypeAlias = Iterator[tuple[Row, Document]]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "score",
        help="score articles",
        description="Score articles. By default, print each article with its scores, and mark the loaded words. If "
        f"there are more than {MOST_SHOWN} articles, print only a summary. With -o, write the scores to a table "
        "instead; the input can then be of any size, and you can continue a command that stopped.",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="text files (.txt, .md, .html, .docx, .rtf, .pdf, .srt, .vtt), tables (.csv, .tsv, .json, .jsonl, "
        ".parquet, .arrow), feeds (.xml, .rss, .atom), folders, patterns such as 'news/*.txt', web addresses, or '-' "
        "for standard input",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument(
        "--json", action="store_true", help="print one line of JSON per article (docs/cli.md explains the keys)"
    )
    shape.add_argument("--html", type=Path, metavar="PAGE", help="write one article as a web page")
    shape.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="OUT",
        help="write a table of scores: to one file if OUT ends in .parquet, .csv or .jsonl, otherwise to a folder with "
        "several files",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help=f"print every article (default: only a summary if there are more than {MOST_SHOWN} articles)",
    )
    add_reading_options(parser)
    parser.add_argument(
        "--stats", action="store_true", help="also print how many sentences and tokens were scored, and how fast"
    )
    add_column_options(parser)
    job.add_options(parser)
    add_model_options(parser)
    add_target_options(parser)
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
    counts = _Counting()
    _shape(arguments)(arguments, counts.of(_answered(_rows(arguments), open_scorer)))
    if not counts.total.rows:
        say(f"found no articles in {', '.join(arguments.inputs)}")
    if counts.total.rows > 1:
        say(str(counts.total))
    if arguments.stats:
        say(open_scorer().stats.summary())
    return FAILED if counts.failed else OK


def _shape(arguments: argparse.Namespace) -> Callable[[argparse.Namespace, Scored], None]:
    """How the articles are shown."""
    if arguments.json:
        return _print_json
    return _write_page if arguments.html else _show_all


def _answered(rows: Iterator[Row], open_scorer: Callable[[], Scorer]) -> Iterator[tuple[Row, Document | None]]:
    """Each row with its document, None where it has an error; no model is opened before one can be scored."""
    from biasscore.jobs.scoring import answers

    for row in rows:
        if row.error is None:
            yield from answers(open_scorer(), chain([row], rows))
            return
        yield row, None


@dataclass(slots=True)
class _Counting:
    """Counts the rows on their way, and tells of those that cannot be scored and of notes."""

    total: Counts = field(default_factory=Counts)

    @property
    def failed(self) -> bool:
        """Whether a row could not be scored."""
        return self.total.rows > self.total.scored

    def of(self, answered: Iterator[tuple[Row, Document | None]]) -> Scored:
        """The articles with a document; what cannot be scored is told on standard error."""
        for row, document in answered:
            self.total += Counts.of(row, document)
            if row.error is not None:
                say(row.error)
            elif row.note is not None:
                say(f"{row.id}: {row.note}")
            if document is not None:
                yield row, document


def _rows(arguments: argparse.Namespace) -> Iterator[Row]:
    """The articles of each input by itself, so that one that cannot be read does not hide the others."""
    for given in arguments.inputs:
        try:
            found = find_sources([given], input_format=arguments.input_format)
            open_fields = tuple(name for name in guessed(arguments) if name in ("text", "title", "id"))
            plan = plan_reading(found, columns(arguments), reading(arguments), guessed=open_fields)
            for line in plan.told:
                say(f"{given}: {line}")
            for source in plan.sources:
                yield from _rows_of(replace(plan, sources=(source,)))
        except InputError as error:
            yield Row(given, error=str(error))


def _rows_of(plan: ReadingPlan) -> Iterator[Row]:
    """The articles of one file; one row with an error more where it was changed before it was read to its end."""
    from biasscore.jobs.unchanged import changes

    for chunk in read(plan):
        for row in chunk.rows:
            yield row if row.error is None else replace(row, error=f"{row.id}: {row.error}")
    for change in changes(plan.sources):
        told = f"the input changed while the command read the file ({change.told}), so its scores may be wrong"
        yield Row(plan.sources[0].name, error=f"{told}; stop the program that changes this file, then run again")


def _print_json(_: argparse.Namespace, scored: Scored) -> None:
    for row, document in scored:
        print_json({"id": row.id, **document.to_dict()})


def _write_page(arguments: argparse.Namespace, scored: Scored) -> None:
    from biasscore.report import to_html

    page = ""
    for row, document in scored:
        if page:
            raise InputError(
                "--html writes a page of one article, but the input has several articles; give one article, or write "
                "tables with -o"
            )
        page = to_html(document, name=row.id)
    if page:
        arguments.html.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
        say(f"wrote {arguments.html}")


def _show_all(arguments: argparse.Namespace, scored: Scored) -> None:
    """Each article; of many, or of a table's, what they have in common and the most loaded ones."""
    few = list(islice(scored, MOST_SHOWN + 1))
    console = Console()
    if len(few) <= MOST_SHOWN or arguments.all:
        for row, document in chain(few, scored):
            _show(row.id, document, console)
    else:
        figures = [(row.id, document.loaded) for row, document in chain(few, scored)]
        _summarise(figures, arguments, console)


def _summarise(figures: list[tuple[str, float | None]], arguments: argparse.Namespace, console: Console) -> None:
    found = sorted(((value, name) for name, value in figures if value is not None), reverse=True)
    lines = [f"{len(figures):,} articles, {len(found):,} with words of their author"]
    if found:
        values = [value for value, _ in found]
        mean, middle = sum(values) / len(values), median(values)
        lines += [f"loaded: mean {mean:.2f}, median {middle:.2f}, highest {found[0][0]:.2f}", "", "most loaded:"]
        lines += [f"  {value:.2f}  {name}" for value, name in found[:5]]
    again = shlex.join(["biasscore", *arguments.given, "-o", "scores.parquet"])
    lines += ["", f"write every score into a table:  {again}"]
    lines += ["show every article:  --all        one line of JSON per article:  --json"]
    for line in lines:
        console.print(on_one_line(line), soft_wrap=True, highlight=False, markup=False)


def _show(name: str, document: Document, console: Console) -> None:
    from biasscore.report.terminal import render, render_name

    render_name(name, console)
    render(document, console)
    console.print()

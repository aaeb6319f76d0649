"""`biasscore evaluate`: figures of any model on any labelled rows, with intervals and baselines."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from biasscore.cli.exit import OK
from biasscore.cli.say import say
from biasscore.heads import HEADS

_CHOICES = tuple(head.name for head in HEADS.values() if head.level in ("sentence", "passage"))

if TYPE_CHECKING:
    from biasscore.evaluation.report import Evaluation


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a model on labelled texts",
        description="Measure how well a model does on labelled texts, next to simple baselines. Every figure has a 95% "
        "bootstrap interval. Prints a Markdown table.",
    )
    parser.add_argument("model", metavar="MODEL", help="a model that comes with biasscore, a path, or a Hub classifier")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="PATH",
        help="a table with a column of texts and one of labels (CSV, TSV, JSON Lines, Parquet, …), or a data folder "
        "(docs/evaluation.md)",
    )
    parser.add_argument(
        "--text", metavar="COLUMN", help="column of the text (default: text, sentence or a similar name)"
    )
    parser.add_argument(
        "--task",
        choices=_CHOICES,
        help="what the labels say (default: by the column's name). With a data folder, measure only this task; "
        "--update then keeps the figures of the other tasks",
    )
    parser.add_argument(
        "--label", metavar="COLUMN", help="column of the labels (default: the first named after a task)"
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="predictions on held-out rows from training (default: those stored with the model)",
    )
    parser.add_argument(
        "--unit", choices=("row", "outlet"), default="row", help="what the bootstrap resamples (default: row)"
    )
    parser.add_argument(
        "--baselines",
        nargs="*",
        metavar="NAME",
        help="baselines to compare with (default: all; no NAME: none)",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all figures as JSON, like a model's metrics.json"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table instead of printing it")
    parser.add_argument("--diagrams", type=Path, metavar="FOLDER", help="write reliability diagrams (PNG)")
    parser.add_argument(
        "--update", action="store_true", help="write metrics.json and the model card to the model's folder"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge the model and write what was asked for."""
    from biasscore.evaluation.baselines import NAMES
    from biasscore.evaluation.evaluate import evaluate

    found = evaluate(
        arguments.model,
        arguments.data,
        predictions=arguments.predictions,
        text=arguments.text,
        task=arguments.task,
        label=arguments.label,
        unit=arguments.unit,
        baselines=NAMES if arguments.baselines is None else arguments.baselines,
        diagrams=arguments.diagrams,
        note=say,
    )
    if arguments.update:
        _update(arguments.model, found, arguments.task)
    if arguments.json:
        found.write_json(arguments.json)
    if arguments.markdown:
        found.write_markdown(arguments.markdown)
    else:
        print(found.to_markdown(), end="")
    return OK


def _update(model: str, found: Evaluation, task: str | None) -> None:
    from biasscore.evaluation.card import write_card
    from biasscore.predict import checkpoints

    folder = checkpoints.find(model)
    found.write_json(folder / checkpoints.METRICS, beside=checkpoints.metrics(folder) if task else None)
    say(f"wrote {write_card(folder)}")

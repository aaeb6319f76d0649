"""`biasscore calibrate`: probabilities that hold, for a classifier from the Hub."""

from __future__ import annotations

import argparse
from pathlib import Path

from biasscore.cli.exit import OK
from biasscore.cli.options import add_engine_options, add_terms_options, engine_options, terms
from biasscore.cli.say import say
from biasscore.heads import CLASSIFIED


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "calibrate",
        help="calibrate a classifier from the Hub",
        description="Fit a classifier's calibration on labelled rows that it was not trained on, and write a head file "
        "that --loaded, --sentiment and the others take in its place.",
    )
    parser.add_argument("model", metavar="MODEL", help="a Hub id or the folder of a classifier")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="CSV or Parquet: text and a label")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the head file (.json)")
    parser.add_argument("--task", choices=CLASSIFIED, help="what the labels are of (default: by the column's name)")
    parser.add_argument("--label", metavar="COLUMN", help="the label column (default: the first with a task's name)")
    add_terms_options(parser)
    add_engine_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fit and write."""
    from biasscore.evaluation.calibrate_head import calibrate_head

    calibrate_head(
        arguments.model,
        arguments.data,
        arguments.out,
        task=arguments.task,
        label=arguments.label,
        options=engine_options(arguments),
        terms=terms(arguments),
    )
    say(f"wrote {arguments.out}")
    return OK

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
        help="make the probabilities of a Hub classifier fit your labels",
        description="Calibrate a classifier from the Hub on labelled rows that it was not trained on. This writes a "
        "head file. Use that file in place of the classifier, for example with --loaded. Models that come "
        "with biasscore are calibrated already.",
    )
    parser.add_argument("model", metavar="MODEL", help="Hub id or folder of a classifier")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help="CSV or Parquet file with a column of texts and one of labels",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the head file to write (.json)")
    parser.add_argument("--task", choices=CLASSIFIED, help="what the labels say (default: by the column's name)")
    parser.add_argument(
        "--label", metavar="COLUMN", help="column of the labels (default: the first named after a task)"
    )
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

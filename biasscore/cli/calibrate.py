"""`biasscore calibrate`: probabilities that hold, for a classifier from the Hub."""

from __future__ import annotations

import argparse
from pathlib import Path

from biasscore.cli.exit import OK
from biasscore.cli.options import add_engine_options, add_terms_options, engine_options, refuse_without_folder, terms
from biasscore.cli.say import say
from biasscore.heads import CLASSIFIED


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "calibrate",
        help="adjust a classifier from the Hugging Face Hub, so that its probabilities fit your labels",
        description="Adjust the probabilities of a classifier from the Hugging Face Hub. On texts like "
        "yours, about 70 of 100 texts with the probability 0.7 then have the label. Use "
        "labelled rows that the classifier did not learn from. The result is a small file. Use "
        "this file in place of the classifier, for example: biasscore score --loaded FILE. The "
        "models that come with biasscore are calibrated already.",
    )
    parser.add_argument(
        "model", metavar="MODEL", help="name of a classifier on the Hugging Face Hub, or folder with a classifier"
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help="table with a column of texts and a column of labels (CSV, JSON Lines, Parquet, …); if it has a column "
        "'split' with several splits, the split that `biasscore evaluate` measures is not used",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the file to write (.json)")
    parser.add_argument(
        "--task",
        choices=CLASSIFIED,
        help="which score the labels belong to, for example 'loaded' (default: biasscore finds the score by the name "
        "of the label column, except 'spans', which you must name)",
    )
    parser.add_argument(
        "--label",
        metavar="COLUMN",
        help="column of the labels (default: the column called 'loaded', 'subjectivity', 'sentiment', 'framing' or "
        "similar; with --task spans: the column 'loaded_words', with lists of words, or with words between "
        "semicolons)",
    )
    add_terms_options(parser)
    add_engine_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fit and write."""
    from biasscore.evaluation.calibrate_head import calibrate_head

    refuse_without_folder(arguments.out)
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

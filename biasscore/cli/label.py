"""`biasscore label`: trained models label sentences for smaller ones to learn from."""

from __future__ import annotations

import argparse
from pathlib import Path

from biasscore.cli.exit import OK
from biasscore.cli.options import whole
from biasscore.cli.say import say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "label",
        help="let trained models label sentences, as training data for a smaller model",
        description="Let trained models label sentences of the articles in the data folder. The result is the file "
        "silver.parquet in this folder. A smaller model can learn from this file (docs/training.md).",
    )
    parser.add_argument(
        "models",
        type=Path,
        nargs="+",
        metavar="MODEL",
        help="folder of a trained model, with the subfolder 'training'; if you give several models, each sentence "
        "gets the mean of their probabilities",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="folder with the training data; the command writes the file silver.parquet into this folder",
    )
    parser.add_argument(
        "--sentences", type=whole, default=200_000, metavar="N", help="number of sentences to label (default: 200,000)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Label and write."""
    from biasscore.training import label

    say(f"wrote {label(arguments.models, arguments.data, arguments.sentences)}")
    return OK

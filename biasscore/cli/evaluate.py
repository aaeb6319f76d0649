"""`biasscore evaluate`: how well any model does on any labelled rows, with intervals and baselines."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from biasscore.cli.exit import OK
from biasscore.cli.options import PRIOR_HELP, refuse_a_file, refuse_without_folder
from biasscore.cli.say import say
from biasscore.errors import InputError
from biasscore.heads import HEADS

_CHOICES = tuple(head.name for head in HEADS.values() if head.level in ("sentence", "passage"))

if TYPE_CHECKING:
    from biasscore.evaluation.report import Evaluation
    from biasscore.scorer import Scorer


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a model on labelled texts",
        description="Measure how well a model does on labelled texts, and compare it with simple methods (baselines). "
        "Every number has a 95% confidence interval. The result is a Markdown table.",
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a model that comes with biasscore, a folder with a model, a classifier on the Hugging Face Hub, "
        "or a file that `biasscore calibrate` wrote. If biasscore does not know the names of a "
        "classifier's outputs (such as LABEL_0), first run `biasscore calibrate --labels`. That "
        "command writes a file; give this file here in place of the classifier",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="PATH",
        help="a table with a column of texts and a column of labels (CSV, TSV, JSON Lines, Parquet, "
        "…), or a folder with training data (docs/evaluation.md). If a table has a column 'split' with several "
        "splits, only one is measured: 'test', else 'validation', 'valid' or 'dev'",
    )
    parser.add_argument(
        "--text",
        metavar="COLUMN",
        help="column of the text (default: the column called 'text', 'body', 'content' or similar)",
    )
    parser.add_argument(
        "--task",
        choices=_CHOICES,
        help="which score the labels belong to, for example 'loaded'. If --data is a folder, `--task loaded` measures "
        "only the score 'loaded' (default: biasscore finds the score by the name of the label column)",
    )
    parser.add_argument(
        "--label",
        metavar="COLUMN",
        help="column of the labels (default: the column called 'loaded', 'subjectivity', 'sentiment', 'framing' or "
        "similar)",
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="only if --data is a folder: the file with the model's predictions for rows from which the model "
        "did not learn. `biasscore train` writes this file (default: the predictions file in the folder of the model)",
    )
    parser.add_argument(
        "--unit",
        choices=("row", "outlet"),
        default="row",
        help="how to compute the confidence intervals. 'row': by resampling single rows. 'outlet': by "
        "resampling whole outlets (default: 'row'; for framing always 'outlet' if the rows name several outlets)",
    )
    parser.add_argument(
        "--baselines",
        nargs="*",
        metavar="NAME",
        help="simple methods to compare with: 'TF-IDF + logistic regression', 'lexicon of marked words' (counts words "
        "that people marked as loaded), 'VADER', 'TextBlob' (default: all of these; --baselines without a name: "
        "no comparison)",
    )
    parser.add_argument(
        "--prior",
        type=float,
        metavar="SHARE",
        help="only if --data is a table: " + PRIOR_HELP,
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to a JSON file")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the Markdown table to a file, and do not print the table"
    )
    parser.add_argument(
        "--diagrams", type=Path, metavar="FOLDER", help="write calibration charts (reliability diagrams) as PNG files"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="for authors of a model: write the results to the folder of the model (metrics.json and the model card "
        "README.md); with --task, the results for other scores stay unchanged",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge the model and write what was asked for."""
    from biasscore.evaluation.baselines import NAMES
    from biasscore.evaluation.evaluate import evaluate

    refuse_without_folder(arguments.json)
    refuse_without_folder(arguments.markdown)
    refuse_a_file(arguments.diagrams)
    found = evaluate(
        _model(arguments),
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


def _model(arguments: argparse.Namespace) -> str | Scorer:
    """The model's name; with --prior, the open model that expects this share of loaded sentences."""
    from biasscore.scorer import load

    if arguments.prior is None:
        return str(arguments.model)
    # Both measure the model as it comes, with its own share.
    if arguments.data.is_dir() or arguments.update:
        raise InputError(
            "--prior works with a table only, and without --update; set --data to a table, or omit --prior"
        )
    return load(arguments.model, prior=arguments.prior)


def _update(model: str, found: Evaluation, task: str | None) -> None:
    from biasscore.evaluation.card import write_card
    from biasscore.predict import checkpoints

    folder = checkpoints.find(model)
    found.write_json(folder / checkpoints.METRICS, beside=checkpoints.metrics(folder) if task else None)
    say(f"wrote {write_card(folder)}")

"""`biasscore train`: a model from a recipe."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from biasscore.cli.exit import OK
from biasscore.cli.say import say

if TYPE_CHECKING:
    from biasscore.training.fit import Step

_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[loss]}"),
    TimeRemainingColumn(),
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "train",
        help="train a model from a recipe",
        description="Train, cross-validate and calibrate a model. If the command stops before the end, run "
        "the same command again to continue; the result is the same as without the stop. If the recipe, the data or "
        "the model to start from have changed, use a new folder.",
    )
    parser.add_argument(
        "recipe", type=Path, metavar="RECIPE", help="TOML file that says how to train (docs/training.md)"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="folder with the training data (docs/training.md)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder to write the model to")
    parser.add_argument(
        "--base",
        metavar="NAME",
        help="model from which training starts: a model that comes with biasscore, a name on the Hugging Face Hub, or "
        "a folder (default: the model in "
        "the line `base = …` of the recipe)",
    )
    parser.add_argument(
        "--framing-only",
        action="store_true",
        help="train again only the part of the model that scores framing; the folder --out must already hold the model",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train to the end."""
    from biasscore.training import refit_framing, train

    if arguments.framing_only:
        folder = refit_framing(arguments.recipe, arguments.data, arguments.out)
        say(f"wrote the part for framing of {folder}")
        return OK
    notes: list[str] = []
    with Progress(*_COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        folder = train(arguments.recipe, arguments.data, arguments.out, arguments.base, _Told(bar), notes.append)
    for note in notes:
        say(note)
    say(f"wrote {folder}")
    return OK


@dataclass(slots=True)
class _Told:
    """Shows each run's stages as bars of their own."""

    bar: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)

    def __call__(self, step: Step) -> None:
        name = f"{step.run}: {step.stage}"
        if name not in self.tasks:
            self.tasks[name] = self.bar.add_task(name, total=step.steps, loss="")
        self.bar.update(self.tasks[name], completed=step.step, loss=f"loss {step.loss:.3f}")

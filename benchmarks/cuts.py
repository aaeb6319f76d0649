"""How many layers to keep of an encoder: what each cut reaches by one recipe, and how fast it runs.

    python -m benchmarks.cuts --data DATA --mpnet FOLDER --minilm FOLDER

Each cut of mpnet-base trains a model by ``ablations.toml``, at two thirds of its rates, for a wider encoder learns more
per step; MiniLM-L6 trains beside them by the recipe as it stands. Figures are of rows that the runs left out, with 95%
bootstrap intervals, and so are the differences to the cut that `base` has, on the same rows. Speed is of the forward
pass alone, measured for all at the end, in turns (``starts.py``). A cut that is finished is kept in ``--work``, so a
call that was stopped goes on. Writes ``results/cuts.json`` and docs/images/cuts.png.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.ablations import RECIPE, measured, run
from benchmarks.environment import environment, write
from benchmarks.starts import seconds, shape
from benchmarks.tables import CUT_OF_BASE
from biasscore.training.recipe import Recipe, read_recipe

RESULTS = Path(__file__).parent / "results" / "cuts.json"
PLOT = Path(__file__).parents[1] / "docs" / "images" / "cuts.png"
DRAWN = ("BABE, AUC", "BABE, words, AUC", "CheckThat, AUC", "NewsMTSC, macro-F1")
LAYERS = (1, 2, 3, 4, 6, 8)
_RATE = 2 / 3


def cut(recipe: Recipe, encoder: str, layers: int) -> Recipe:
    """The recipe from the first layers of a wider encoder."""
    stages = tuple(replace(stage, lr=stage.lr * _RATE) for stage in recipe.stages)
    return replace(recipe, base=encoder, layers=layers, stages=stages)


def plot(runs: Mapping[str, Any], file: Path) -> None:
    """One panel per figure, against the speed of the forward pass."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6.5), layout="constrained")
    for axes, drawn in zip(figure.subplots(2, 2).flat, DRAWN, strict=True):
        axes.set(xscale="log", title=drawn, xlabel="tokens per second, one thread")
        for number, (name, each) in enumerate(runs.items()):
            found = each["figures"][drawn]
            reach = [[found["value"] - found["low"]], [found["high"] - found["value"]]]
            axes.errorbar(
                each["tokens_per_second"], found["value"], yerr=reach, fmt="o", color=f"C{number}", label=name
            )
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
    figure.savefig(file, dpi=110)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mpnet", required=True, help="where to find mpnet-base")
    parser.add_argument("--minilm", required=True, help="where to find MiniLM-L6")
    parser.add_argument("--work", type=Path, default=Path("runs/cuts"))
    parser.add_argument("--layers", type=int, nargs="*", default=LAYERS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--plot", type=Path, default=PLOT)
    given = parser.parse_args(argv)
    torch.set_num_threads(1)
    recipe = read_recipe(RECIPE)
    variants = {f"mpnet-base, cut to {n}": cut(recipe, given.mpnet, n) for n in given.layers}
    variants["MiniLM-L6"] = replace(recipe, base=given.minilm)
    folders = {name: given.work / f"{variant.layers}-{Path(variant.base).name}" for name, variant in variants.items()}
    predicted = {name: run(variant, given.data, folders[name]) for name, variant in variants.items()}
    reference = predicted.get(CUT_OF_BASE, next(iter(predicted.values())))
    found = {name: measured(predictions, reference) for name, predictions in predicted.items()}
    encoders = {name: shape(folder, "fold-0") for name, folder in folders.items()}
    taken = seconds(encoders)
    runs: dict[str, Any] = {
        name: {
            "encoder": encoders[name].to_dict(),
            "tokens_per_second": round(1 / taken[name]),
            "figures": found[name],
        }
        for name in variants
    }
    record = {"environment": environment(), "recipe": RECIPE.name, "runs": runs}
    write(given.out, record)
    plot(runs, given.plot)


if __name__ == "__main__":
    main()

"""Whether loaded wording is found worse when quoted words are left out: BABE, models that have not seen the rows.

    python -m benchmarks.voice_masking models/base/training --recipe models/base/recipe.toml --data DATA [--base BASE]

Takes the folders ``fold-0`` … that ``biasscore train`` leaves, reads with each fold's weights the rows that its
predictions name, and pools ``loaded`` twice from the same forward pass: over the author's words, as the library does,
and over all words of the sentence. Writes benchmarks/results/voice_masking.json and the lines between the markers of
docs/voice.md. Intervals are 95% bootstrap intervals over rows; differences are taken row by row.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file

from benchmarks.environment import environment, rounded, write
from benchmarks.tables import fill
from biasscore.analysis.bootstrap import Rows, figures
from biasscore.engine.columns import EVERY_HEAD
from biasscore.evaluation import metrics
from biasscore.predict.pooling import pool
from biasscore.training.corpora import Row, read_corpus
from biasscore.training.examples import encode
from biasscore.training.predict import Predictor
from biasscore.training.predictions import PREDICTIONS, read_predictions
from biasscore.training.recipe import FOLDED, Recipe, read_recipe
from biasscore.training.start import start

RESULTS = Path(__file__).parent / "results" / "voice_masking.json"
PAGE = Path(__file__).parent.parent / "docs" / "voice.md"

Floats = NDArray[np.float64]

LOADED = EVERY_HEAD.pooled("loaded")


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Rows that one or more folds read without having trained on them.

    Attributes:
        gold: [rows] 1 for loaded.
        masked, whole: [rows] uncalibrated logits, pooled over the author's words and over all words.
        differs: [rows] whether the two pool different words.
    """

    gold: NDArray[np.int64]
    masked: Floats
    whole: Floats
    differs: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[Read]) -> Read:
        """All rows of several folds."""
        names = ("gold", "masked", "whole", "differs")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def read_fold(folder: Path, recipe: Recipe, rows: Sequence[Row]) -> Read:
    """Read a fold's own rows with the last weights that were trained without them."""
    told = read_predictions(folder / PREDICTIONS)
    own = {p.row for p in told if p.head == "loaded"}
    kept = [row for row in rows if row.row in own]
    stages = [stage.name for stage in recipe.stages if (folder / f"{stage.name}.safetensors").exists()]
    network, tokenizer = start(recipe.base, layers=recipe.layers, seed=recipe.seed)
    network.load_state_dict(load_file(folder / f"{stages[-1]}.safetensors"))
    encoded = encode(tokenizer, [row.text for row in kept], recipe.max_tokens)
    projections = Predictor(network, tokenizer, recipe.max_tokens, recipe.precision, told[0].scheme).project(encoded)
    pooled = [
        [pool(projection, LOADED, np.where(words, 0, -1), 1).item() for words in (sentence.author, sentence.inside)]
        for sentence, projection in zip(encoded, projections, strict=True)
    ]
    masked, whole = np.array(pooled).T
    gold = np.array([row.loaded for row in kept], dtype=np.int64)
    return Read(gold, masked, whole, np.array([not np.array_equal(s.author, s.inside) for s in encoded]))


def measured(read: Read, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Both poolings and their paired differences on some of the rows."""
    gold, masked, whole = read.gold[chosen], read.masked[chosen], read.whole[chosen]
    f1, f1_whole = (metrics.macro_f1(gold, (logits > 0).astype(np.int64), 2) for logits in (masked, whole))
    auc, auc_whole = metrics.auc(gold, masked), metrics.auc(gold, whole)
    statistics = {
        "macro_f1_masked": f1,
        "macro_f1_whole": f1_whole,
        "macro_f1_difference": metrics.difference(f1, f1_whole),
        "auc_masked": auc,
        "auc_whole": auc_whole,
        "auc_difference": metrics.difference(auc, auc_whole),
    }
    found = figures(statistics, Rows.single(len(gold)))
    return {"rows": len(gold), **{name: rounded(figure) for name, figure in found.items()}}


def lines_of(result: dict[str, Any]) -> list[str]:
    """The table of docs/voice.md."""
    lines = ["| rows | | author's words | all words | difference |", "|---|---|---|---|---|"]
    for name, label in (("all", "all"), ("with_quoted_words", "with quoted words")):
        part = result[name]
        for metric, shown in (("macro_f1", "macro-F1"), ("auc", "AUC")):
            cells = [_cell(part[f"{metric}_{kind}"]) for kind in ("masked", "whole", "difference")]
            lines.append(f"| {label} (n={part['rows']}) | {shown} | {' | '.join(cells)} |")
    return lines


def _cell(figure: dict[str, float]) -> str:
    if math.isnan(figure["low"]):
        return f"{figure['value']:.3f} (no interval)"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def write_page(result: dict[str, Any]) -> None:
    """Put the table between its markers."""
    fill(PAGE, "masking", "\n".join(["", *lines_of(result), ""]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="the training folder of a model, with fold-0, fold-1 …")
    parser.add_argument("--recipe", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora's Parquet files")
    parser.add_argument("--base", help="where to find the recipe's base")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    recipe = read_recipe(given.recipe)
    recipe = replace(recipe, base=given.base) if given.base else recipe
    folders = sorted(path.parent for path in given.work.glob(f"fold-*/{PREDICTIONS}"))
    if not folders:
        sys.exit(f"{given.work} holds no fold-*/{PREDICTIONS}; give the training folder that `biasscore train` wrote")
    rows = read_corpus(FOLDED, given.data)
    read = Read.joined([read_fold(folder, recipe, rows) for folder in folders])
    result = {
        "environment": environment(),
        "model": recipe.name,
        "folds": len(folders),
        "all": measured(read, np.ones(len(read.gold), dtype=np.bool_)),
        "with_quoted_words": measured(read, read.differs),
    }
    write(given.out, result)
    write_page(result)


if __name__ == "__main__":
    main()

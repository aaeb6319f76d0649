"""What each step of the recipe gives: the same folds of BABE, one change of the recipe at a time.

    python -m benchmarks.ablations models/base/recipe.toml --data DATA --shared models/base/training/shared

All variants start from the same shared weights, so a variant changes the stages that cross-validation repeats. The
difference to the recipe as it stands is taken row by row on the same rows, with a 95% bootstrap interval.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import environment
from biasscore.analysis.bootstrap import Figure, Rows, figures
from biasscore.evaluation import metrics
from biasscore.training.pipeline import Session
from biasscore.training.predictions import Prediction
from biasscore.training.recipe import Part, Recipe, Stage, Weights, read_recipe

RESULTS = Path(__file__).parent / "results" / "ablations.json"
Change = Callable[[Recipe], Recipe]


def _narrow(change: Callable[[Stage], Stage]) -> Change:
    return lambda recipe: replace(
        recipe, stages=tuple(change(stage) if stage.name == "narrow" else stage for stage in recipe.stages)
    )


def _part(corpus: str, change: Callable[[Part], Part]) -> Callable[[Stage], Stage]:
    return lambda stage: replace(
        stage, parts=tuple(change(part) if part.corpus == corpus else part for part in stage.parts)
    )


def _without(*corpora: str) -> Callable[[Stage], Stage]:
    return lambda stage: replace(stage, parts=tuple(part for part in stage.parts if part.corpus not in corpora))


VARIANTS: dict[str, Change] = {
    "as it stands": lambda recipe: recipe,
    "published labels only, no votes": _narrow(_part("babe", lambda part: replace(part, votes=0.0))),
    "without sentences of our own": _narrow(_without("authored", "authored-tone", "authored-wording")),
    "BABE alone in the narrow stage": _narrow(lambda stage: replace(stage, parts=stage.parts[:1])),
    "span loss weight 1 instead of 4": lambda recipe: replace(recipe, weights=Weights(span=1.0)),
    "heads learn as fast as the encoder": _narrow(lambda stage: replace(stage, head_rate=1.0)),
    "two epochs instead of three": _narrow(lambda stage: replace(stage, epochs=2)),
    "without the stage of moves": lambda recipe: replace(recipe, stages=recipe.stages[:2]),
    "without the wide stage": lambda recipe: replace(recipe, stages=recipe.stages[1:]),
}


def run(recipe: Recipe, data: Path, shared: Path, work: Path, folds: int) -> list[Prediction]:
    """Out-of-fold predictions of one variant."""
    names = [stage.name for stage in recipe.stages]
    first = names.index(recipe.cross_validation.from_stage) if recipe.cross_validation else 0
    (work / "shared").mkdir(parents=True, exist_ok=True)
    for name in names[:first]:
        shutil.copyfile(shared / f"{name}.safetensors", work / "shared" / f"{name}.safetensors")
    session = Session.open(recipe, data, work, None)
    chosen = [fold for fold in session.folds() if fold.scheme == "random folds"][:folds]
    return [prediction for fold in chosen for prediction in session.fold(fold)]


def measured(predictions: Sequence[Prediction], reference: Sequence[Prediction]) -> dict[str, Any]:
    """Figures of a variant, and its differences to the reference on the same rows."""
    rows = {p.row for p in reference}
    # With fewer stages less is trained on, so a few more rows may be predicted.
    predictions = [p for p in predictions if p.row in rows]
    gold, logits = _arrays(predictions, "loaded")
    other_gold, other = _arrays(reference, "loaded")
    if not np.array_equal(gold, other_gold):
        sys.exit("the variants were run on different rows; delete the work folder and run again")
    f1, f1_other = (metrics.macro_f1(gold, (values > 0).astype(np.int64), 2) for values in (logits, other))
    auc, auc_other = metrics.auc(gold, logits), metrics.auc(gold, other)
    found = figures(
        {
            "macro_f1": f1,
            "auc": auc,
            "macro_f1_difference": metrics.difference(f1, f1_other),
            "auc_difference": metrics.difference(auc, auc_other),
        },
        Rows.single(len(gold)),
    )
    marked, words = _arrays(predictions, "span")
    return {
        "rows": len(gold),
        "loaded": {name: _rounded(figure) for name, figure in found.items()},
        "words_auc": round(float(metrics.auc(marked, words)(np.ones((1, len(marked))))[0]), 4),
        "words_best_f1": round(_best_f1(marked, words), 4),
    }


def _best_f1(marked: np.ndarray, words: np.ndarray) -> float:
    ranked = marked[np.argsort(-words, kind="stable")]
    hits = np.cumsum(ranked)
    return float((2 * hits / (np.arange(1, len(ranked) + 1) + ranked.sum())).max())


def _arrays(predictions: Sequence[Prediction], head: str) -> tuple[np.ndarray, np.ndarray]:
    rows = sorted((p for p in predictions if p.head == head), key=lambda p: (p.row, p.start))
    return np.array([p.gold for p in rows], dtype=np.int64), np.array([p.logits[0] for p in rows])


def _rounded(figure: Figure) -> dict[str, float]:
    return {"value": round(figure.value, 4), "low": round(figure.low, 4), "high": round(figure.high, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--shared", type=Path, required=True, help="training/shared of a model trained by the recipe")
    parser.add_argument("--base", help="where to find the recipe's base")
    parser.add_argument("--work", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    recipe = read_recipe(given.recipe)
    recipe = replace(recipe, base=given.base or recipe.base)
    results: dict[str, Any] = {}
    reference: list[Prediction] = []
    for name in ["as it stands", *(v for v in given.variants if v != "as it stands")]:
        found = run(
            VARIANTS[name](recipe), given.data, given.shared, given.work / re.sub(r"\W+", "-", name), given.folds
        )
        reference = reference or found
        results[name] = measured(found, reference)
        record = {"environment": environment(), "recipe": recipe.name, "folds": given.folds, "variants": results}
        given.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

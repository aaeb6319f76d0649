"""What each corpus and each choice of the recipe gives: one change at a time, judged on the same rows.

    python -m benchmarks.ablations --data DATA --base ENCODER

Every variant trains a model of its own by ``ablations.toml`` with one change, without the rows behind the figures: a
fold of BABE, the splits that the recipe holds out, and sentences of our own. Differences to the recipe as it stands are
taken on the same rows, with 95% bootstrap intervals. Of encoders with fewer layers it measures the speed, too, in turns
with the whole one (``starts.py``). A finished variant is kept in ``--work``, so a call that was cut off goes on. Writes
``results/ablations.json``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.environment import environment, rounded, write
from benchmarks.starts import FIGURES, best_f1, seconds, shape, statistic
from biasscore.analysis.bootstrap import Rows, figures
from biasscore.evaluation import metrics
from biasscore.training.corpora import AUTHORED, CORPORA
from biasscore.training.pipeline import Session
from biasscore.training.predictions import Prediction
from biasscore.training.recipe import Part, Recipe, Stage, read_recipe

RECIPE = Path(__file__).parent / "ablations.toml"
RESULTS = Path(__file__).parent / "results" / "ablations.json"
AS_IT_STANDS = "as it stands"
# Draws no row of a corpus, whose held-out rows are still predicted.
_NOTHING = 1e-9
Change = Callable[[Recipe], Recipe]


def _parts(change: Callable[[Part], Part]) -> Change:
    def stage(found: Stage) -> Stage:
        return replace(found, parts=tuple(change(part) for part in found.parts))

    return lambda recipe: replace(recipe, stages=tuple(stage(found) for found in recipe.stages))


def _without(*corpora: str) -> Change:
    return _parts(lambda part: replace(part, share=_NOTHING) if part.corpus in corpora else part)


def _stages(**changed: Any) -> Change:
    return lambda recipe: replace(recipe, stages=tuple(replace(stage, **changed) for stage in recipe.stages))


def _with(part: Part) -> Change:
    """With one more corpus in the first stage."""

    def change(recipe: Recipe) -> Recipe:
        first, *others = recipe.stages
        return replace(recipe, stages=(replace(first, parts=(*first.parts, part)), *others))

    return change


VARIANTS: dict[str, Change] = {
    AS_IT_STANDS: lambda recipe: recipe,
    "permissive corpora only": _without(*(name for name, corpus in CORPORA.items() if not corpus.permissive)),
    "without MPQA's expressions (mpqa-2.0)": _without("mpqa-2.0"),
    "without propaganda spans (ptc)": _without("ptc"),
    "without sentences made by rule (moves, contrasts)": _without("moves", "contrasts"),
    "without anno-lexical": _without("anno-lexical"),
    "published labels of BABE only, no votes": _parts(lambda part: replace(part, votes=0.0)),
    "without sentences of our own": _without(*AUTHORED),
    "without news of many subjects (authored-news)": _without("authored-news"),
    "without slanted sentences (authored-slant)": _without("authored-slant"),
    "with company news (phrasebank)": _with(Part("phrasebank")),
    "new heads at the encoder's rate": _stages(head_rate=1.0),
    "words learnt from marked sentences only": _stages(bag=0.0),
    "the first four layers of the encoder": lambda recipe: replace(recipe, layers=4),
    "the first three layers of the encoder": lambda recipe: replace(recipe, layers=3),
}


def run(recipe: Recipe, data: Path, work: Path) -> list[Prediction]:
    """Predictions of one variant on the rows that it has not seen."""
    session = Session.open(recipe, data, work, None)
    return [*session.held_out(), *session.fold(session.folds()[0])]


def measured(predictions: Sequence[Prediction], reference: Sequence[Prediction]) -> dict[str, Any]:
    """Each figure of a variant, and its difference to the reference on the rows that both predicted."""
    found: dict[str, Any] = {}
    for name, (head, dataset, kind) in FIGURES.items():
        mine, other = _aligned(predictions, reference, head, dataset)
        if mine:
            found[name] = {"rows": len({p.row for p in mine}), **_compared(mine, other, kind)}
            if predictions is reference:  # which differs from itself by nothing
                found[name]["difference"] = None
    return found


def _aligned(
    one: Sequence[Prediction], two: Sequence[Prediction], head: str, dataset: str
) -> tuple[list[Prediction], list[Prediction]]:
    keyed = [{(p.row, p.start): p for p in found if (p.head, p.dataset) == (head, dataset)} for found in (one, two)]
    both = sorted(keyed[0].keys() & keyed[1].keys())
    return [keyed[0][key] for key in both], [keyed[1][key] for key in both]


def _compared(mine: Sequence[Prediction], other: Sequence[Prediction], kind: str) -> dict[str, Any]:
    if kind == "best_f1":
        one, two = (best_f1(np.array([p.gold for p in c]), np.array([p.logits[0] for p in c])) for c in (mine, other))
        return {"value": round(one, 4), "difference": {"value": round(one - two, 4)}}
    score, size = statistic(mine, kind)
    gap = metrics.difference(score, statistic(other, kind)[0])
    drawn = figures({"value": score, "difference": gap}, Rows.single(size))
    return {**rounded(drawn["value"]), "difference": rounded(drawn["difference"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", help="where to find the recipe's base")
    parser.add_argument("--work", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    recipe = read_recipe(RECIPE)
    recipe = replace(recipe, base=given.base or recipe.base)
    results: dict[str, Any] = {}
    record: dict[str, Any] = {}
    reference: list[Prediction] = []
    folders = {name: given.work / re.sub(r"\W+", "-", name) for name in (AS_IT_STANDS, *given.variants)}
    for name, folder in folders.items():
        found = run(VARIANTS[name](recipe), given.data, folder)
        reference = reference or found
        results[name] = measured(found, reference)
        record = {"environment": environment(), "recipe": RECIPE.name, "variants": results}
        write(given.out, record)
    shallower = [name for name in folders if VARIANTS[name](recipe).layers != recipe.layers]
    if shallower:
        taken = seconds({name: shape(folders[name], "fold-0") for name in (AS_IT_STANDS, *shallower)})
        record["tokens_per_second"] = {name: round(1 / each) for name, each in taken.items()}
        write(given.out, record)


if __name__ == "__main__":
    main()

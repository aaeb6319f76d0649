"""How much is lost on an outlet that a model has not read: whole outlets left out, against rows left out at random.

    python -m benchmarks.outlets --data DATA --base ENCODER

The outlets of BABE are split into folds; spellings and siblings of one publisher stay together. A model of
``ablations.toml`` is trained without each fold and predicts it. Then the same is done with folds of the same sizes that
are drawn by row. So each sentence is predicted twice, by models that learnt from as many rows: once without its outlet.
Differences have 95% bootstrap intervals over sentences. A finished fold is kept in ``--work``, so a call that was
stopped goes on. Writes ``results/outlets.json``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.ablations import RECIPE, measured
from benchmarks.environment import environment, write
from biasscore.training.mixture import generator
from biasscore.training.outlets import outlet_folds
from biasscore.training.pipeline import Fold, Session
from biasscore.training.predictions import Prediction
from biasscore.training.recipe import FOLDED, CrossValidation, Recipe, read_recipe

RESULTS = Path(__file__).parent / "results" / "outlets.json"
FOLDS = 4
# An outlet with fewer sentences has no row of its own: its figure would say nothing.
_FEWEST = 150


def folds(session: Session) -> list[Fold]:
    """Outlets left out, then as many rows at random in folds of the same sizes."""
    rows = session.mixture.rows[FOLDED]
    rng = generator(session.recipe.seed, "outlets")
    fold_of = outlet_folds(rows, FOLDS, rng)
    whole = [tuple(row for row in rows if fold_of[row.outlet] == i) for i in range(FOLDS)]
    drawn = [rows[i] for i in rng.permutation(len(rows))]
    cuts = [0, *accumulate(len(part) for part in whole)]
    parts = [tuple(drawn[start:stop]) for start, stop in pairwise(cuts)]
    return [
        *(Fold(f"outlets-{i}", "leave-outlet-out", i, part) for i, part in enumerate(whole)),
        *(Fold(f"rows-{i}", "random folds", i, part) for i, part in enumerate(parts)),
    ]


def predicted(recipe: Recipe, data: Path, work: Path, number: int) -> list[Prediction]:
    """What the model without one fold says of it."""
    torch.set_num_threads(1)
    session = Session.open(recipe, data, work, None)
    return session.fold(folds(session)[number])


def by_outlet(found: Sequence[Prediction], beside: Sequence[Prediction]) -> dict[str, Any]:
    """The figures of all outlets together, then of each large one."""
    sizes = Counter({p.row: p.outlet for p in found}.values())
    names = [name for name, size in sizes.most_common() if size >= _FEWEST]
    return {"all": measured(found, beside)} | {
        name: measured([p for p in found if p.outlet == name], [p for p in beside if p.outlet == name])
        for name in names
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", help="where to find the recipe's base")
    parser.add_argument("--work", type=Path, default=Path("runs/outlets"))
    parser.add_argument("--processes", type=int, default=1, help="of one thread each")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    recipe = read_recipe(RECIPE)
    shared = CrossValidation(from_stage="narrow", folds=FOLDS)
    recipe = replace(recipe, base=given.base or recipe.base, cross_validation=shared)
    of_fold = partial(predicted, recipe, given.data, given.work)
    # The first fold trains the stage that all share.
    done = [of_fold(0)]
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        done += pool.map(of_fold, range(1, 2 * FOLDS))
    whole, drawn = ([p for each in part for p in each] for part in (done[:FOLDS], done[FOLDS:]))
    record = {"environment": environment(), "recipe": RECIPE.name, "folds": FOLDS, "outlets": by_outlet(whole, drawn)}
    write(given.out, record)


if __name__ == "__main__":
    main()

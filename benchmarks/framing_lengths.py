"""Framing of texts of four lengths, from outlets that the fit has not read.

    python -m benchmarks.framing_lengths --data DATA [--recipe models/base/recipe.toml] [--model models/base]

Articles are cut to their first characters, in their own words, mastheads and all. The head is fitted anew for each fold
of outlets as the recipe says, and calibrated on the other folds' whole articles and paragraphs. ``share_right`` is how
many texts are called right where half of the texts come from outlets rated right and a quarter each from the others;
``macro_f1`` counts articles, every lean the same; ``by_outlet`` first averages the probabilities of an outlet's
articles. Intervals are 95%, outlets resampled.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as FastTokenizer

from benchmarks.environment import environment
from biasscore.analysis.bootstrap import Figure, Rows, Statistic, figures
from biasscore.engine.tokens import Tokenizer
from biasscore.evaluation import metrics
from biasscore.heads import FRAMING
from biasscore.predict import checkpoints
from biasscore.training.calibration_fit import fit_head
from biasscore.training.corpora import Row, read_corpus
from biasscore.training.framing import heads_by_fold, learn, predictions, read
from biasscore.training.mixture import generator
from biasscore.training.outlets import of_each_outlet, outlet_folds
from biasscore.training.recipe import Recipe, read_recipe

RESULTS = Path(__file__).parent / "results" / "framing_lengths.json"
LENGTHS = (80, 300, 1000, 6000)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def measured(recipe: Recipe, rows: Sequence[Row], model: checkpoints.Checkpoint) -> dict[str, Any]:
    """Figures by corpus and length."""
    assert recipe.framing is not None
    settings, vocabulary = recipe.framing, model.encoder.vocab_size
    tokenizer, rng = Tokenizer(FastTokenizer.from_file(str(model.tokenizer_file))), generator(recipe.seed, "framing")
    taught, asked = of_each_outlet(rows, settings.per_outlet), of_each_outlet(rows)
    learnt = learn(tokenizer, vocabulary, taught, rng)
    whole = read(tokenizer, vocabulary, [row.text for row in asked])
    cuts = {n: read(tokenizer, vocabulary, [row.text[:n] for row in asked]) for n in LENGTHS}
    fold_of = outlet_folds(taught, settings.folds, rng)
    own = np.array([fold_of[row.outlet] for row in asked])
    heads, _ = heads_by_fold(learnt, taught, whole, asked, fold_of, vocabulary, settings)
    said = [p for n, head in enumerate(heads) for p in predictions(head, whole, asked, own == n, n)]
    probabilities = {n: np.full((len(asked), 3), np.nan) for n in LENGTHS}
    for number, head in enumerate(heads):
        scale = fit_head(FRAMING.maps[0], [p for p in said if p.fold != number])
        for length, found in cuts.items():
            logits = head.logits(found.articles, found.n)[own == number]
            probabilities[length][own == number] = scale.probabilities(logits)
    corpora = np.array([row.corpus for row in asked])
    return {
        name: {str(n): _figures(asked, probabilities[n], np.isin(corpora, inside)) for n in LENGTHS}
        for name, inside in (("all", recipe.framing_corpora), *((c, (c,)) for c in recipe.framing_corpora))
        if np.isin(corpora, inside).sum() >= 200
    }


def _figures(rows: Sequence[Row], probabilities: Floats, inside: NDArray[np.bool_]) -> dict[str, Any]:
    kept = np.flatnonzero(inside & np.isfinite(probabilities[:, 0]))
    gold = np.array([rows[i].lean or 0 for i in kept])
    outlets = np.array([rows[i].outlet for i in kept])
    p, called = probabilities[kept], probabilities[kept].argmax(axis=1)
    statistics: dict[str, Statistic] = {
        "share_right": _share_right(gold, called),
        "macro_f1": metrics.macro_f1(gold, called, 3),
        "auc": metrics.macro_auc(gold, p),
    }
    found = figures(statistics, Rows.clustered(outlets, count=500))
    names = np.unique(outlets)
    means = np.stack([p[outlets == name].mean(axis=0) for name in names])
    leans = np.array([np.bincount(gold[outlets == name], minlength=3).argmax() for name in names])
    by_outlet = figures(
        {"macro_f1": metrics.macro_f1(leans, means.argmax(axis=1), 3)}, Rows.single(len(names), count=500)
    )
    return {
        "n": len(kept),
        "outlets": len(names),
        **{name: _plain(figure) for name, figure in found.items()},
        "by_outlet": _plain(by_outlet["macro_f1"]),
        "mean_probability_right": round(float(p[:, 2].mean()), 4),
    }


def _share_right(gold: Ints, called: Ints) -> Statistic:
    """Share called right where right is half of the texts and left and center a quarter each."""
    share, right = np.array([0.25, 0.25, 0.5]), (called == 2).astype(np.float64)
    one = np.eye(3)[gold]

    def statistic(weights: Floats) -> Floats:
        n = weights @ one
        return np.asarray((share * (weights @ (one * right[:, None])) / np.maximum(n, 1e-9)).sum(axis=1))

    return statistic


def _plain(figure: Figure) -> dict[str, float]:
    return {"value": round(figure.value, 4), "low": round(figure.low, 4), "high": round(figure.high, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=Path("models/base/recipe.toml"))
    parser.add_argument("--model", type=Path, default=Path("models/base"), help="whose tokenizer reads the texts")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    recipe, model = read_recipe(given.recipe), checkpoints.read(given.model)
    rows = [row for name in recipe.framing_corpora for row in read_corpus(name, given.data)]
    record = {
        "environment": environment(),
        "model": f"{model.name}@{model.fingerprint}",
        "learnt_from": len(of_each_outlet(rows, recipe.framing.per_outlet if recipe.framing else 0)),
        "corpora": measured(recipe, rows, model),
    }
    given.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

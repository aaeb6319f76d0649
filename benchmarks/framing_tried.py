"""Settings of the framing head that were tried, on outlets not learnt from: articles by length, and leads on one event.

    python -m benchmarks.framing_tried --data DATA

Each row changes one thing of models/base/recipe.toml, with five folds of outlets in place of ten; the figures are those
of ``framing_lengths``. "Leads alone" learns from titles, first sentences and the first three sentences. "Vectors"
reads, in place of words, the mean vector that ``base`` gives to the words of a lead. The rows are judged on the outlets
on which one would choose among them, so the best of them looks a little better than it is. A finished row is kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.environment import environment, write
from benchmarks.framing import mean_vectors
from benchmarks.framing_lengths import LEAD, Floats, LeftOut, Material, events, judged
from biasscore.engine.tokens import Tokenizer
from biasscore.predict import checkpoints
from biasscore.predict.ngrams import Occurrences
from biasscore.training.corpora import Row, read_corpus
from biasscore.training.framing import Learnt, article_weights
from biasscore.training.mixture import generator
from biasscore.training.outlets import mask_outlet, of_each_outlet
from biasscore.training.recipe import FramingFit, read_recipe

RESULTS = Path(__file__).parent / "results" / "framing_tried.json"
LENGTHS = (300, 1000, 6000)
FOLDS = 5
# Which of an article's passages, in the order of ``learn``, are of its beginning; the last stands for the article.
TITLE, FIRST, LEADS = 1, 2, 3
STRENGTH, LEADS_OF_AN_OUTLET = 0.01, 60

VARIANTS: Mapping[str, Callable[[FramingFit], FramingFit]] = {
    "as it stands": lambda settings: settings,
    "damping 100": lambda settings: replace(settings, damping=100.0),
    "damping 1,000": lambda settings: replace(settings, damping=1000.0),
    "strength 0.3": lambda settings: replace(settings, strength=0.3),
    "strength 3": lambda settings: replace(settings, strength=3.0),
}
ALONE, VECTORS = "leads alone", "vectors of leads alone"


def leads_alone(learnt: Learnt, articles: int) -> Learnt:
    """Of what was learnt, the beginnings of the articles; how rare a word is counts the first three sentences."""
    each = len(learnt.article) // articles
    kind = np.arange(len(learnt.article)) % each
    kept = np.isin(kind, (TITLE, FIRST, LEADS))
    inside = kept[learnt.found.passage]
    place = np.cumsum(kept) - 1
    found = Occurrences(place[learnt.found.passage[inside]], learnt.found.ngram[inside])
    return Learnt(found, learnt.article[kept], kind[kept] == LEADS)


@dataclass(frozen=True, slots=True)
class Vectors:
    """Logistic regressions on the vectors of leads; each has not read one fold of the outlets."""

    model: Path
    fits: Sequence[Pipeline]
    fold_of: Mapping[str, int]

    @classmethod
    def fit(cls, model: Path, rows: Sequence[Row], fold_of: Mapping[str, int]) -> Vectors:
        """One for each fold."""
        taught = of_each_outlet(rows, LEADS_OF_AN_OUTLET)
        vectors = mean_vectors(model, [mask_outlet(row.text, row.outlet, row.authors)[:LEAD] for row in taught])
        leans = np.array([row.lean or 0 for row in taught])
        fold = np.array([fold_of[row.outlet] for row in taught])
        fits = []
        for number in range(FOLDS):
            kept = np.flatnonzero(fold != number)
            weights = article_weights(leans[kept], [taught[i].outlet for i in kept])
            fitted = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
            fits.append(fitted.fit(vectors[kept], leans[kept], logisticregression__sample_weight=weights))
        return cls(model, fits, fold_of)

    def probabilities(self, texts: Sequence[str], outlets: Sequence[str]) -> Floats:
        """[texts, leans]."""
        vectors = mean_vectors(self.model, texts)
        said = np.stack([fitted.predict_proba(vectors) for fitted in self.fits])
        return np.asarray(said[[self.fold_of[outlet] for outlet in outlets], np.arange(len(texts))])


def measured(left_out: LeftOut, rows: Sequence[Row], data: Path) -> dict[str, Any]:
    """Figures by length of all collections, and of leads on one event."""
    asked = of_each_outlet(rows)
    outlets, every = [row.outlet for row in asked], np.ones(len(asked), dtype=bool)
    by_length = {
        str(n): judged(asked, left_out.probabilities([row.text[:n] for row in asked], outlets), every) for n in LENGTHS
    }
    return {"lengths": by_length, "events": events(left_out, data)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    recipe, model = read_recipe(given.model / checkpoints.RECIPE), checkpoints.read(given.model)
    assert recipe.framing is not None
    settings = replace(recipe.framing, folds=FOLDS)
    rows = [row for name in recipe.framing_corpora for row in read_corpus(name, given.data)]
    tokenizer, vocabulary = Tokenizer.from_file(model.tokenizer_file), model.encoder.vocab_size
    material = Material.of(tokenizer, vocabulary, rows, settings, generator(recipe.seed, "framing"))
    alone = replace(material, learnt=leads_alone(material.learnt, len(material.taught)))
    tries: dict[str, Callable[[], dict[str, Any]]] = {
        name: lambda change=change: measured(LeftOut.fit(material, change(settings)), rows, given.data)
        for name, change in VARIANTS.items()
    }
    tries[VECTORS] = lambda: {"events": events(Vectors.fit(given.model, rows, material.fold_of), given.data)}
    tries[ALONE] = lambda: measured(LeftOut.fit(alone, settings), rows, given.data)
    done = json.loads(given.out.read_text(encoding="utf-8"))["variants"] if given.out.exists() else {}
    for name, do in tries.items():
        done[name] = done.get(name) or do()
        record = {"environment": environment(), "model": f"{model.name}@{model.fingerprint}", "variants": done}
        write(given.out, record)
        print(name, done[name]["events"], flush=True)


if __name__ == "__main__":
    main()

"""Framing of texts of four lengths, of leads on one event, and of another collection; all of outlets not learnt from.

    python -m benchmarks.framing_lengths --data DATA [--recipe models/base/recipe.toml] [--model models/base]

Articles are cut to their first characters, in their own words, mastheads and all. The head is fitted anew for each fold
of outlets as the recipe says, and calibrated on the other folds' whole articles and paragraphs. ``share_right`` is how
many texts are called right where half of the texts come from outlets rated right and a quarter each from the others;
``macro_f1`` counts articles, every lean the same; ``by_outlet`` first averages the probabilities of an outlet's
articles; ``calibration`` is that of the most likely lean.

``events`` are leads (the first 300 characters) on events that ``match_events`` finds: how often the one of an outlet
rated right leans further right than the one of an outlet rated left. ``elsewhere`` is of a head that has read one
collection only, on the others' publishers that this one lacks. Intervals are 95%, outlets or events resampled.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.environment import environment, rounded, write
from biasscore.analysis.articles import read_day
from biasscore.analysis.bootstrap import Figure, Rows, Statistic, figures
from biasscore.analysis.events import Report, match_events
from biasscore.engine.tokens import Tokenizer
from biasscore.evaluation import metrics
from biasscore.evaluation.calibration_error import calibration_error
from biasscore.heads import FRAMING
from biasscore.predict import checkpoints
from biasscore.predict.calibration import AffineMap
from biasscore.predict.ngrams import NgramHead
from biasscore.training.calibration_fit import fit_head
from biasscore.training.corpora import ARTICLES, CORPORA, Row, read_corpus
from biasscore.training.framing import Learnt, Read, fit_framing, heads_by_fold, learn, predictions, read
from biasscore.training.mixture import generator
from biasscore.training.outlets import of_each_outlet, outlet_folds, publisher
from biasscore.training.recipe import FramingFit, Recipe, read_recipe

RESULTS = Path(__file__).parent / "results" / "framing_lengths.json"
LENGTHS = (80, 300, 1000, 6000)
LEAD = 300
COUNT = 500
LEFT, RIGHT = FRAMING.labels.index("left"), FRAMING.labels.index("right")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head with its calibration."""

    tokenizer: Tokenizer
    vocabulary: int
    head: NgramHead
    scale: AffineMap

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """[texts, leans], NaN where a text has no word."""
        found = read(self.tokenizer, self.vocabulary, texts)
        return self.scale.probabilities(self.head.logits(found.articles, found.n))


@dataclass(frozen=True, slots=True)
class Material:
    """What heads are fitted and calibrated on, read once.

    Attributes:
        taught, asked: the articles to learn from, and those of each outlet to judge.
        learnt, whole: their n-grams.
        fold_of: the fold of each outlet.
    """

    tokenizer: Tokenizer
    vocabulary: int
    taught: Sequence[Row]
    asked: Sequence[Row]
    learnt: Learnt
    whole: Read
    fold_of: Mapping[str, int]

    @classmethod
    def of(
        cls, tokenizer: Tokenizer, vocabulary: int, rows: Sequence[Row], settings: FramingFit, rng: np.random.Generator
    ) -> Material:
        """Read the articles, and draw the folds."""
        taught, asked = of_each_outlet(rows, settings.per_outlet), of_each_outlet(rows)
        learnt = learn(tokenizer, vocabulary, taught, rng)
        whole = read(tokenizer, vocabulary, [row.text for row in asked])
        return cls(tokenizer, vocabulary, taught, asked, learnt, whole, outlet_folds(taught, settings.folds, rng))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Heads that have each not read one fold of the outlets."""

    fits: Sequence[Fitted]
    fold_of: Mapping[str, int]

    @classmethod
    def fit(cls, material: Material, settings: FramingFit) -> LeftOut:
        """As ``fit_framing`` fits them; each is calibrated on the outlets of the other folds."""
        taught, asked, whole = material.taught, material.asked, material.whole
        own = np.array([material.fold_of[row.outlet] for row in asked])
        heads, _ = heads_by_fold(material.learnt, taught, whole, asked, material.fold_of, material.vocabulary, settings)
        said = [p for n, head in enumerate(heads) for p in predictions(head, whole, asked, own == n, n)]
        scales = [fit_head(FRAMING.maps[0], [p for p in said if p.fold != n]) for n in range(len(heads))]
        fits = zip(heads, scales, strict=True)
        return cls([Fitted(material.tokenizer, material.vocabulary, *fit) for fit in fits], material.fold_of)

    def probabilities(self, texts: Sequence[str], outlets: Sequence[str]) -> Floats:
        """[texts, leans], each by the head that has not read the text's outlet."""
        found = np.full((len(texts), len(FRAMING.labels)), np.nan)
        own = np.array([self.fold_of[outlet] for outlet in outlets])
        for number, fitted in enumerate(self.fits):
            places = np.flatnonzero(own == number)
            found[places] = fitted.probabilities([texts[i] for i in places])
        return found


def by_length(left_out: LeftOut, rows: Sequence[Row], corpora: Sequence[str]) -> dict[str, Any]:
    """Figures of all collections, and of each that has 200 texts or more."""
    asked = of_each_outlet(rows)
    outlets = [row.outlet for row in asked]
    said = {n: left_out.probabilities([row.text[:n] for row in asked], outlets) for n in LENGTHS}
    of = np.array([row.corpus for row in asked])
    return {
        name: {str(n): judged(asked, said[n], np.isin(of, inside)) for n in LENGTHS}
        for name, inside in (("all", corpora), *((c, (c,)) for c in corpora))
        if np.isin(of, inside).sum() >= 200
    }


def elsewhere(
    tokenizer: Tokenizer, vocabulary: int, rows: Sequence[Row], settings: FramingFit, rng: np.random.Generator
) -> dict[str, Any]:
    """Figures of the other collections, by a head that has read ``ARTICLES`` only."""
    taught = [row for row in rows if row.corpus == ARTICLES]
    head, said = fit_framing(tokenizer, vocabulary, taught, settings, rng)
    fitted = Fitted(tokenizer, vocabulary, head, fit_head(FRAMING.maps[0], said))
    read_by_it = {publisher(row.outlet) for row in taught}
    asked = of_each_outlet([row for row in rows if publisher(row.outlet) not in read_by_it])
    every = np.ones(len(asked), dtype=bool)
    return {str(n): judged(asked, fitted.probabilities([row.text[:n] for row in asked]), every) for n in LENGTHS}


class OfUnseenOutlets(Protocol):
    """What says of texts which lean they are of, without having read their outlets."""

    @property
    def fold_of(self) -> Mapping[str, int]:
        """The fold of each outlet."""
        ...

    def probabilities(self, texts: Sequence[str], outlets: Sequence[str]) -> Floats:
        """[texts, leans], NaN where it cannot say."""
        ...


def events(left_out: OfUnseenOutlets, data: Path) -> dict[str, Any]:
    """Leads of ``ARTICLES`` on events that several outlets report."""
    table = pq.read_table(data / CORPORA[ARTICLES].file, columns=["id", "outlet", "title", "text", "date", "lean"])
    articles = {r["id"]: r for r in table.to_pylist() if r["outlet"] in left_out.fold_of}
    matched = match_events(
        [Report(r["id"], r["outlet"], r["title"] or "", r["text"], read_day(r["date"])) for r in articles.values()]
    )
    of = matched.of()
    found = [articles[name] for name in of]
    said = left_out.probabilities([r["text"][:LEAD] for r in found], [r["outlet"] for r in found])
    further_right = dict(zip(of, said[:, RIGHT] - said[:, LEFT], strict=True))
    pairs = [
        (of[a.id], *sorted((a.id, b.id), key=lambda name: FRAMING.labels.index(articles[name]["lean"])))
        for a, b in matched.pairs()
        if {articles[a.id]["lean"], articles[b.id]["lean"]} == {"left", "right"}
    ]
    ordered = np.array([further_right[right] > further_right[left] for _, left, right in pairs], dtype=np.float64)
    gold = np.array([FRAMING.labels.index(r["lean"]) for r in found])
    kept = np.isfinite(said[:, 0])
    f1: dict[str, Statistic] = {"macro_f1": metrics.macro_f1(gold[kept], said[kept].argmax(axis=1), 3)}
    share: dict[str, Statistic] = {"ordered": lambda weights: weights @ ordered / weights.sum(axis=1)}
    return {
        "events": len({event for event, _, _ in pairs}),
        "pairs": len(pairs),
        **plain(figures(share, Rows.clustered(np.array([event for event, _, _ in pairs]), count=COUNT))),
        "leads": int(kept.sum()),
        **plain(figures(f1, Rows.clustered(np.array(list(of.values()))[kept], count=COUNT))),
    }


def judged(rows: Sequence[Row], probabilities: Floats, inside: NDArray[np.bool_]) -> dict[str, Any]:
    """All figures of some texts."""
    kept = np.flatnonzero(inside & np.isfinite(probabilities[:, 0]))
    gold = np.array([rows[i].lean or 0 for i in kept])
    outlets = np.array([rows[i].outlet for i in kept])
    p, called = probabilities[kept], probabilities[kept].argmax(axis=1)
    resampled = Rows.clustered(outlets, count=COUNT)
    statistics: dict[str, Statistic] = {
        "share_right": _share_right(gold, called),
        "macro_f1": metrics.macro_f1(gold, called, 3),
        "auc": metrics.macro_auc(gold, p),
    }
    names = np.unique(outlets)
    means = np.stack([p[outlets == name].mean(axis=0) for name in names])
    leans = np.array([np.bincount(gold[outlets == name], minlength=3).argmax() for name in names])
    of_outlets: dict[str, Statistic] = {"by_outlet": metrics.macro_f1(leans, means.argmax(axis=1), 3)}
    error = calibration_error(p.max(axis=1), called == gold, resampled)
    return {
        "n": len(kept),
        "outlets": len(names),
        **plain(figures(statistics, resampled)),
        **plain(figures(of_outlets, Rows.single(len(names), count=COUNT))),
        **plain({"calibration": error.corrected}),
        "mean_probability_right": round(float(p[:, RIGHT].mean()), 4),
    }


def _share_right(gold: Ints, called: Ints) -> Statistic:
    """Share called right where right is half of the texts and left and center a quarter each."""
    share, right = np.array([0.25, 0.25, 0.5]), (called == RIGHT).astype(np.float64)
    one = np.eye(3)[gold]

    def statistic(weights: Floats) -> Floats:
        n = weights @ one
        return np.asarray((share * (weights @ (one * right[:, None])) / np.maximum(n, 1e-9)).sum(axis=1))

    return statistic


def plain(found: Mapping[str, Figure]) -> dict[str, dict[str, float]]:
    """Figures as a result file keeps them."""
    return {name: rounded(figure) for name, figure in found.items()}


def measured(recipe: Recipe, rows: Sequence[Row], model: checkpoints.Checkpoint, data: Path) -> dict[str, Any]:
    """All three parts."""
    assert recipe.framing is not None
    tokenizer, vocabulary = Tokenizer.from_file(model.tokenizer_file), model.encoder.vocab_size
    rng = generator(recipe.seed, "framing")
    left_out = LeftOut.fit(Material.of(tokenizer, vocabulary, rows, recipe.framing, rng), recipe.framing)
    return {
        "corpora": by_length(left_out, rows, recipe.framing_corpora),
        "events": events(left_out, data),
        "elsewhere": elsewhere(tokenizer, vocabulary, rows, recipe.framing, rng),
    }


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
        **measured(recipe, rows, model, given.data),
    }
    write(given.out, record)


if __name__ == "__main__":
    main()

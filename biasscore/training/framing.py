"""Framing as a linear probe: logistic regression on the mean vectors of a finished encoder.

A head that is trained with the encoder learns the style of the outlets at hand, which says nothing of others. So
framing is read off the finished encoder's mean vectors (a probe as in Alain and Bengio 2017). The fit is convex and
takes seconds, so every outlet that shaped no vector is left out once, and figures and calibration rest on outlets
never seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from biasscore.engine.heads import FRAMING, FRAMING_GATE
from biasscore.engine.network import Network
from biasscore.segment import segment
from biasscore.tasks import FRAMING as TASK
from biasscore.training.corpora import Row, of_each_outlet
from biasscore.training.masking import mask_outlet
from biasscore.training.predict import Predictor, counted
from biasscore.training.predictions import Prediction
from biasscore.training.recipe import FramingFit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """The sentences of some articles as the encoder sees them.

    Attributes:
        vectors: [sentences, hidden], mean over the sentence's words.
        article: [sentences] index of the article.
        start, end: [sentences] characters of the sentence's paragraph in its article.
        n: articles.
    """

    vectors: Floats
    article: Ints
    start: Ints
    end: Ints
    n: int

    def documents(self) -> Floats:
        """[articles, hidden], mean over the article's sentences; 0 for an article without any."""
        return _means(self.vectors, self.article, self.n)


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One linear map of a mean vector.

    Attributes:
        weight: [3, hidden].
        bias: [3].
    """

    weight: Floats
    bias: Floats

    def __call__(self, vectors: Floats) -> Floats:
        """[n, 3] logits of [n, hidden] vectors."""
        return vectors @ self.weight.T + self.bias

    def install(self, network: Network) -> None:
        """Make it the network's framing head: all words of a sentence and all sentences of a passage weigh the same."""
        with torch.no_grad():
            for column in (FRAMING.attention, FRAMING_GATE.values.start):
                network.heads.weight[column] = 0
                network.heads.bias[column] = 0
            network.heads.weight[FRAMING.values] = torch.from_numpy(self.weight).to(network.heads.weight)
            network.heads.bias[FRAMING.values] = torch.from_numpy(self.bias).to(network.heads.bias)


def fit(vectors: Floats, leans: Ints, outlets: Sequence[str], strength: float) -> Probe:
    """Multinomial logistic regression with a ridge penalty, on vectors centred and brought to a mean variance of 1.

    Every lean weighs the same, and within a lean an outlet by the square root of its articles: else a few mastheads
    would stand for a side.

    Args:
        vectors: [articles, hidden].
        leans: [articles] classes of ``tasks.FRAMING``.
        outlets: [articles].
        strength: inverse of the penalty.
    """
    from sklearn.linear_model import LogisticRegression

    # One scale for all directions: some hardly vary, and brought to the same variance they would be rounding alone.
    mean, spread = vectors.mean(axis=0), float(np.sqrt(vectors.var(axis=0).mean()))
    sizes = Counter(outlets)
    weights = np.array([sizes[outlet] ** -0.5 for outlet in outlets])
    for lean in np.unique(leans):
        weights[leans == lean] /= weights[leans == lean].sum()
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit((vectors - mean) / spread, leans, sample_weight=weights * len(leans) / len(np.unique(leans)))
    weight = np.asarray(model.coef_) / spread
    return Probe(weight, np.asarray(model.intercept_) - weight @ mean)


def read_passages(predictor: Predictor, texts: Sequence[str], sentences: int = 0) -> Passages:
    """Encode articles sentence by sentence.

    Args:
        sentences: at most so many of each article, from its start; 0 for all.
    """
    segmentations = [segment(text) for text in texts]
    chosen = [(i, s) for i, found in enumerate(segmentations) for s in counted(found)[: sentences or None]]
    vectors = predictor.means([texts[i][s.start : s.end] for i, s in chosen])
    readable = np.isfinite(vectors).all(axis=1)
    places = [segmentations[i].paragraphs[s.paragraph] for i, s in chosen]
    return Passages(
        vectors=vectors[readable].astype(np.float64),
        article=np.array([i for i, _ in chosen], dtype=np.int64)[readable],
        start=np.array([place.start for place in places], dtype=np.int64)[readable],
        end=np.array([place.end for place in places], dtype=np.int64)[readable],
        n=len(texts),
    )


def fit_framing(
    predictor: Predictor, rows: Sequence[Row], judged: Set[str], settings: FramingFit, rng: np.random.Generator
) -> tuple[Probe, list[Prediction]]:
    """Fit the head on all outlets, and predict the judged ones, each by a probe that has not seen it.

    Args:
        predictor: of the finished encoder.
        rows: articles; the same number of each outlet is used.
        judged: outlets that have shaped no vector.

    Returns:
        The probe, and predictions of articles and paragraphs, unmasked as users will give them, in folds of outlets.
    """
    articles = of_each_outlet(rows)
    leans = np.array([row.lean or 0 for row in articles], dtype=np.int64)
    outlets = [row.outlet for row in articles]
    masked = [mask_outlet(row.text, row.outlet, row.authors) for row in articles]
    learnt = read_passages(predictor, masked, settings.sentences).documents()
    asked = [row for row in articles if row.outlet in judged]
    read = read_passages(predictor, [row.text for row in asked])
    fold_of = outlet_folds(asked, settings.folds, rng)
    fold = np.array([fold_of.get(outlet, -1) for outlet in outlets])
    found: list[Prediction] = []
    for number in range(settings.folds):
        seen = fold != number
        kept = [outlet for outlet, inside in zip(outlets, seen, strict=True) if inside]
        probe = fit(learnt[seen], leans[seen], kept, settings.strength)
        for i, row in enumerate(asked):
            if fold_of[row.outlet] == number:
                found += _predictions(probe, read, i, row, number)
    return fit(learnt, leans, outlets, settings.strength), found


def outlet_folds(articles: Sequence[Row], folds: int, rng: np.random.Generator) -> dict[str, int]:
    """The fold of each outlet; every fold has outlets of every lean, large and small."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for row in articles:
        counts[row.outlet][row.lean or 0] += 1
    fold_of: dict[str, int] = {}
    for lean in range(len(TASK.labels)):
        names = [name for name in sorted(counts) if counts[name].most_common(1)[0][0] == lean]
        shuffled = [names[i] for i in rng.permutation(len(names))]
        by_size = sorted(shuffled, key=lambda name: -counts[name].total())
        fold_of |= {name: i % folds for i, name in enumerate(by_size)}
    return fold_of


def _predictions(probe: Probe, read: Passages, article: int, row: Row, fold: int) -> list[Prediction]:
    """Of the document and of each paragraph; none of an article without a readable sentence."""
    inside = read.article == article
    if not inside.any():
        return []
    logits, starts, ends = probe(read.vectors[inside]), read.start[inside], read.end[inside]
    found = [_say("framing_document", row, logits.mean(axis=0), fold)]
    for start in np.unique(starts):
        own = starts == start
        found.append(_say("framing_paragraph", row, logits[own].mean(axis=0), fold, int(start), int(ends[own][0])))
    return found


def _say(head: str, row: Row, logits: Floats, fold: int, start: int = -1, end: int = -1) -> Prediction:
    values = tuple(map(float, logits))
    return Prediction(
        head, "leave-outlet-out", row.row, row.lean or 0, values, fold, row.corpus, start, end, row.outlet
    )


def _means(vectors: Floats, group: Ints, n_groups: int) -> Floats:
    sums = np.zeros((n_groups, vectors.shape[1]))
    np.add.at(sums, group, vectors)
    return sums / np.maximum(np.bincount(group, minlength=n_groups), 1)[:, None]

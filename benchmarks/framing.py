"""What tells the lean of an outlet never seen: its words, pairs of words, or the encoder's vectors.

    python -m benchmarks.framing --data DATA [--model models/base]

Every variant is the same ridge logistic regression on the same articles, with the same outlets left out in the same
folds; intervals are 95%, outlets resampled. The vectors are means over an article's first sentences. Judged are the
outlets that no stage of the model's training has read, else its vectors would know what they must not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.environment import environment, rounded, write
from biasscore.analysis.bootstrap import Rows, figures
from biasscore.engine.tokens import Tokenizer
from biasscore.evaluation import metrics
from biasscore.predict import checkpoints
from biasscore.predict.ngrams import NgramHead, Occurrences
from biasscore.segment import segment
from biasscore.training.batches import in_order
from biasscore.training.corpora import ARTICLES, Row, read_corpus
from biasscore.training.examples import Example, encode
from biasscore.training.framing import Learnt, article_weights, fit, read
from biasscore.training.mixture import generator
from biasscore.training.outlets import mask_outlet, of_each_outlet, outlet_folds
from biasscore.training.predict import counted
from biasscore.training.recipe import FramingFit, read_recipe
from biasscore.training.start import start

RESULTS = Path(__file__).parent / "results" / "framing.json"
FOLDS = 5
# Sentences of an article whose vectors are averaged.
SENTENCES = 14
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Judge = Callable[[Ints, Ints], Floats]
"""indices to learn from, indices to judge → [judged, 3] logits."""


@dataclass(frozen=True, slots=True, eq=False)
class Articles:
    """What every variant learns from and is judged on; one article a row.

    Attributes:
        rows: the articles.
        fold: [n], one fold an outlet; −1 for outlets that are learnt from only.
    """

    rows: Sequence[Row]
    fold: Ints

    @property
    def leans(self) -> Ints:
        """[n] classes."""
        return np.array([row.lean or 0 for row in self.rows])

    def judged(self, judge: Judge) -> Floats:
        """[n, 3] logits, each fold's by a fit on all but it; NaN for what is learnt from only."""
        found = np.full((len(self.rows), 3), np.nan)
        for number in range(FOLDS):
            inside = np.flatnonzero(self.fold == number)
            found[inside] = judge(np.flatnonzero(self.fold != number), inside)
        return found


def by_words(articles: Articles, found: Occurrences, vocabulary: int, settings: FramingFit) -> Judge:
    """The shipped head, learnt from whole articles."""
    n = len(articles.rows)
    whole = Learnt(found, np.arange(n), np.ones(n, dtype=bool))

    def judge(learnt: Ints, asked: Ints) -> Floats:
        head: NgramHead = fit(whole, articles.rows, learnt, vocabulary, settings)
        return np.nan_to_num(head.logits(found, len(articles.rows))[asked].astype(np.float64))

    return judge


def by_vectors(articles: Articles, vectors: Floats, strength: float) -> Judge:
    """Logistic regression on mean vectors, centred and brought to a mean variance of 1."""
    from sklearn.linear_model import LogisticRegression

    scaled = (vectors - vectors.mean(axis=0)) / np.sqrt(vectors.var(axis=0).mean())

    def judge(learnt: Ints, asked: Ints) -> Floats:
        leans, outlets = articles.leans[learnt], [articles.rows[i].outlet for i in learnt]
        model = LogisticRegression(C=strength, max_iter=1000)
        model.fit(scaled[learnt], leans, sample_weight=article_weights(leans, outlets))
        return np.asarray(model.decision_function(scaled[asked]))

    return judge


def mean_vectors(model: Path, texts: Sequence[str]) -> Floats:
    """[texts, hidden], the mean over the words of each text's first sentences."""
    checkpoint = checkpoints.read(model)
    network, tokenizer = start(str(model))
    network.eval()
    segmented = [segment(text) for text in texts]
    chosen = [(i, s) for i, found in enumerate(segmented) for s in counted(found)[:SENTENCES]]
    encoded = encode(tokenizer, [texts[i][s.start : s.end] for i, s in chosen], checkpoint.max_tokens)
    sums, counts = np.zeros((len(texts), network.config.hidden_size)), np.zeros(len(texts))
    owner = np.array([i for i, _ in chosen])
    for part, batch in in_order([Example((sentence,)) for sentence in encoded], 64):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            vectors = network.encode(batch.ids, batch.packing()).float().numpy()
        inside = batch.words.numpy() >= 0
        article = owner[np.asarray(part)][batch.words.numpy()[inside]]
        np.add.at(sums, article, vectors[inside])
        np.add.at(counts, article, 1)
    return sums / np.maximum(counts, 1)[:, None]


def measured(articles: Articles, logits: Floats) -> dict[str, Any]:
    """Macro-F1 and AUC with intervals; each class' share is brought to a third first, so that no prior decides."""
    judged = articles.fold >= 0
    gold, probabilities = articles.leans[judged], _equal_shares(logits[judged])
    outlets = np.array([row.outlet for row, asked in zip(articles.rows, judged, strict=True) if asked])
    found = figures(
        {
            "macro_f1": metrics.macro_f1(gold, probabilities.argmax(axis=1), 3),
            "auc": metrics.macro_auc(gold, probabilities),
        },
        Rows.clustered(outlets, count=500),
    )
    return {name: rounded(figure) for name, figure in found.items()}


def _equal_shares(logits: Floats) -> Floats:
    shift = np.zeros(logits.shape[1])
    for _ in range(200):
        exp = np.exp(logits + shift - (logits + shift).max(axis=1, keepdims=True))
        probabilities = exp / exp.sum(axis=1, keepdims=True)
        shift -= np.log(probabilities.mean(axis=0) * logits.shape[1])
    return np.asarray(probabilities)


def variants(rows: Sequence[Row], model: Path) -> dict[str, Any]:
    """Figures of each variant on the same articles, and how many were judged."""
    unseen = read_recipe(model / checkpoints.RECIPE).held_out.outlets
    asked = [row for row in rows if not unseen or row.outlet in unseen]
    fold_of = outlet_folds(asked, FOLDS, generator(1, "framing"))
    articles = Articles(rows, np.array([fold_of.get(row.outlet, -1) for row in rows]))
    texts = [mask_outlet(row.text, row.outlet, row.authors) for row in rows]
    checkpoint = checkpoints.read(model)
    vocabulary = checkpoint.encoder.vocab_size
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    both = read(tokenizer, vocabulary, texts).articles
    single = both.ngram < vocabulary
    words = Occurrences(both.passage[single], both.ngram[single])
    settings = FramingFit()
    shipped = articles.judged(by_words(articles, both, vocabulary, settings))
    vectors = mean_vectors(model, texts)
    read_off = {c: articles.judged(by_vectors(articles, vectors, c)) for c in (0.003, 0.01)}
    logits = {
        "words and pairs of words": shipped,
        "words alone": articles.judged(by_words(articles, words, vocabulary, settings)),
        **{f"mean vectors, strength {c:g}": found for c, found in read_off.items()},
        **{f"words and pairs + {share:g} of the vectors": shipped + share * read_off[0.003] for share in (0.3, 1.0)},
    }
    return {
        "learnt_from": len(rows),
        "judged": len(asked),
        "judged_outlets": len(fold_of),
        "variants": {name: measured(articles, found) for name, found in logits.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--per-outlet", type=int, default=60)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    rows = of_each_outlet(read_corpus(ARTICLES, given.data), given.per_outlet)
    checkpoint = checkpoints.read(given.model)
    record = {
        "environment": environment(),
        "model": f"{checkpoint.name}@{checkpoint.fingerprint}",
        **variants(rows, given.model),
    }
    write(given.out, record)


if __name__ == "__main__":
    main()

"""How far 500 labels of one's own go: the classifier on frozen vectors against TF-IDF with logistic regression.

    python -m benchmarks.own_labels DATA_FOLDER

Needs propaganda_spans.parquet, the articles of PTC: the label of a sentence is whether it has loaded words or names for
people, or none of PTC's techniques. The embedded models of the fingerprints that the result file names have not learnt
from PTC. Whole articles are left out; intervals come from a bootstrap of these articles, over several draws of 500.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from benchmarks.environment import environment
from biasscore.predict import checkpoints
from biasscore.segment import segment
from biasscore.sklearn import LoadedLanguageClassifier

RESULTS = Path(__file__).parent / "results/own_labels.json"
LABELS, TEST, DRAWS, RESAMPLES = 500, 2_000, 5, 1_000
LOADED = {"Loaded_Language", "Name_Calling-Labeling"}
Rows = list[tuple[str, int, str]]


def propaganda(folder: Path) -> Iterator[tuple[str, int, str]]:
    """(sentence, label, article) of PTC."""
    for article in pq.read_table(folder / "propaganda_spans.parquet").to_pylist():
        for s in segment(article["text"]).sentences:
            inside = [mark for mark in article["spans"] if mark["start"] < s.end and mark["end"] > s.start]
            skipped = any(mark["start"] < s.end and mark["end"] > s.start for mark in article["skip"])
            named = bool(LOADED & {mark["technique"] for mark in inside})
            if not skipped and named == bool(inside) and s.end - s.start > 30:
                yield article["text"][s.start : s.end], int(named), article["id"]


def rivals() -> dict[str, Any]:
    """What is compared, by name."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return {
        "TF-IDF of words and pairs, logistic regression": make_pipeline(words, LogisticRegression(C=10, max_iter=1000)),
        **{f"LoadedLanguageClassifier({name!r})": LoadedLanguageClassifier(name) for name in ("small", "base")},
    }


def compare(rows: Rows) -> dict[str, Any]:
    """Figures of each rival on sentences of articles left out."""
    rng = np.random.default_rng(0)
    articles = sorted({article for *_, article in rows})
    left_out = set(rng.choice(articles, len(articles) // 3, replace=False).tolist())
    train, test = ([row for row in rows if (row[2] in left_out) is out] for out in (False, True))
    test = [test[i] for i in rng.permutation(len(test))[:TEST]]
    draws = [[train[i] for i in rng.permutation(len(train))[:LABELS]] for _ in range(DRAWS)]
    truth, articles_of = np.array([label for _, label, _ in test]), np.array([article for *_, article in test])
    groups = [np.flatnonzero(articles_of == article) for article in np.unique(articles_of)]
    found: dict[str, Any] = {"train": LABELS, "draws": DRAWS, "test": len(test), "positive": float(truth.mean())}
    scores: dict[str, list[np.ndarray]] = {}
    for name, rival in rivals().items():
        started = perf_counter()
        scores[name] = []
        for draw in draws:
            fitted = clone(rival).fit([text for text, *_ in draw], [label for _, label, _ in draw])
            scores[name].append(fitted.predict_proba([text for text, *_ in test])[:, 1])
        found[name] = {"seconds": perf_counter() - started, **_figures(truth, scores[name])}
    first = next(iter(scores))
    for name in list(scores)[1:]:
        found[name]["auc_gain"] = _interval(truth, groups, scores[name], scores[first], rng)
    return found


def _figures(truth: np.ndarray, scores: list[np.ndarray]) -> dict[str, float]:
    return {
        "auc": float(np.mean([roc_auc_score(truth, s) for s in scores])),
        "macro_f1": float(np.mean([f1_score(truth, s > 0.5, average="macro") for s in scores])),
    }


def _interval(truth, groups, ours, theirs, rng) -> list[float]:
    """95% interval of the mean difference of AUC: articles drawn anew, and draws of labels with them."""
    gains = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        draw = rng.integers(len(ours))
        gains.append(roc_auc_score(truth[rows], ours[draw][rows]) - roc_auc_score(truth[rows], theirs[draw][rows]))
    return [float(value) for value in np.percentile(gains, [2.5, 97.5])]


def main(folder: Path) -> None:
    """Measure and write benchmarks/results/own_labels.json."""
    models = {name: checkpoints.read(name).fingerprint for name in ("small", "base")}
    found = {"environment": environment(), "models": models, "PTC": compare(list(propaganda(folder)))}
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

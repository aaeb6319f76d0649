"""How far 500 labels of one's own go: the classifier on frozen vectors against TF-IDF with logistic regression.

    python -m benchmarks.own_labels --data DATA

Needs sentiment.parquet and targets.parquet. The labels are of three corpora that no shipped weights have learnt from:
no recipe names the first two, and every recipe holds out the third. No corpus of loaded language is left of which that
is true. TF-IDF may choose the strength of its penalty by cross-validation; the classifier has its default. Intervals
come from a bootstrap of the sentences left out, over several draws of 500.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from benchmarks.environment import environment, fingerprints, write
from biasscore.sklearn import LoadedLanguageClassifier

RESULTS = Path(__file__).parent / "results/own_labels.json"
LABELS, TEST, POOL, DRAWS, RESAMPLES = 500, 400, 800, 3, 500
MODELS = ("small", "base")
PLAIN = "TF-IDF of words and pairs, logistic regression"
QUESTIONS = {
    "phrasebank": "is company news good, bad or neither (Financial PhraseBank)",
    "sentfin": "is a headline good, bad or neither for the companies it names (SEntFiN)",
    "newsmtsc": "does a sentence speak well, badly or neither of those it names (NewsMTSC, rw)",
}
Rows = list[tuple[str, int]]


def labelled(folder: Path) -> dict[str, Rows]:
    """(text, label) by corpus; texts whose targets differ in polarity have no single label."""
    tones, targets = (pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("sentiment", "targets"))
    polarities: dict[str, dict[str, set[int]]] = {name: {} for name in QUESTIONS}
    for row in [*tones, *targets]:
        if row["dataset"] == "newsmtsc" and row["split"] != "test":
            continue
        said = row["polarity"] if "polarity" in row else row["target_polarity"] or row["sentence_polarity"]
        if row["dataset"] in polarities:
            of_text = polarities[row["dataset"]].setdefault(row["text"], set())
            of_text.update(map(int, said if isinstance(said, list) else [said]))
    return {
        name: sorted((text, *found) for text, found in texts.items() if len(found) == 1)
        for name, texts in polarities.items()
    }


def rivals() -> dict[str, Any]:
    """What is compared, by name."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    plain = make_pipeline(words, LogisticRegression(max_iter=1000))
    strengths = {"logisticregression__C": [1, 10, 100]}
    own = {f"LoadedLanguageClassifier({name!r})": LoadedLanguageClassifier(name, threads=1) for name in MODELS}
    return {PLAIN: GridSearchCV(plain, strengths, scoring="neg_log_loss", cv=3), **own}


def compare(rows: Rows) -> dict[str, Any]:
    """Figures of each rival on sentences left out."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(rows))
    test, pool = [rows[i] for i in order[:TEST]], [rows[i] for i in order[TEST : TEST + POOL]]
    draws = [[pool[i] for i in rng.permutation(len(pool))[:LABELS]] for _ in range(DRAWS)]
    truth = np.array([label for _, label in test])
    found: dict[str, Any] = {}
    said: dict[str, list[np.ndarray]] = {}
    for name, rival in rivals().items():
        started = perf_counter()
        said[name] = []
        for draw in draws:
            fitted = clone(rival).fit([text for text, _ in draw], [label for _, label in draw])
            said[name].append(fitted.predict_proba([text for text, _ in test]))
        found[name] = {"seconds_a_draw": (perf_counter() - started) / DRAWS}
    resampled = [(rng.integers(TEST, size=TEST), rng.integers(DRAWS)) for _ in range(RESAMPLES)]
    for name, probabilities in said.items():
        found[name] |= _figures(truth, probabilities, resampled)
        if name != PLAIN:
            found[name]["gain"] = _gain(truth, probabilities, said[PLAIN], resampled)
    return {"n_train": LABELS, "n_test": TEST, "draws": DRAWS, "rivals": found}


def _auc(truth: np.ndarray, said: np.ndarray) -> float:
    return float(roc_auc_score(truth, said, multi_class="ovr"))


def _f1(truth: np.ndarray, said: np.ndarray) -> float:
    return float(f1_score(truth, said.argmax(axis=1) - 1, average="macro"))


def _figures(truth: np.ndarray, said: list[np.ndarray], resampled: list[Any]) -> dict[str, Any]:
    return {
        name: {
            "value": float(np.mean([measure(truth, one) for one in said])),
            **_range([measure(truth[rows], said[draw][rows]) for rows, draw in resampled]),
        }
        for name, measure in (("auc", _auc), ("macro_f1", _f1))
    }


def _gain(truth: np.ndarray, ours: list[np.ndarray], plain: list[np.ndarray], resampled: list[Any]) -> dict[str, float]:
    """Of AUC over TF-IDF, on the same rows and draws."""
    value = np.mean([_auc(truth, a) - _auc(truth, b) for a, b in zip(ours, plain, strict=True)])
    moves = [_auc(truth[rows], ours[d][rows]) - _auc(truth[rows], plain[d][rows]) for rows, d in resampled]
    return {"value": float(value), **_range(moves)}


def _range(values: list[float]) -> dict[str, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return {"low": float(low), "high": float(high)}


def main() -> None:
    """Measure and write benchmarks/results/own_labels.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with sentiment.parquet and targets.parquet")
    sets: Mapping[str, Rows] = labelled(parser.parse_args().data)
    found: dict[str, Any] = {
        "environment": environment(),
        "weights": fingerprints(MODELS),
        "sets": {QUESTIONS[name]: {"n": len(rows), **compare(rows)} for name, rows in sets.items()},
    }
    write(RESULTS, found)


if __name__ == "__main__":
    main()

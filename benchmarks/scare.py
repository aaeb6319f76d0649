"""Fit and measure the decision on scare quotes: ``python -m benchmarks.scare --articles framing_articles.parquet``.

Reads the labels of short phrases under tests/data, whose articles are those of Article-Bias-Prediction
(https://github.com/ramybaly/Article-Bias-Prediction); writes biasscore/segment/scare.json and
benchmarks/results/scare.json. Figures are of phrases in articles that a fold has not learnt from. The threshold is the
lowest that such phrases support; phrases drawn and labelled after the fit are measured by ``benchmarks.voice``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from benchmarks.environment import environment
from benchmarks.voice import SCARE, SHORT, read_articles, read_lines, share
from biasscore.segment.judge import quotations
from biasscore.segment.paragraphs import find_paragraphs
from biasscore.segment.phrases import Phrase
from biasscore.segment.sentences import find_sentences
from biasscore.segment.signs import features, read_around, shows_plainly
from biasscore.segment.turns import find_turns
from biasscore.segment.voices import read_marks

ROOT = Path(__file__).resolve().parent.parent
PHRASES = ROOT / "tests" / "data" / "voice_phrases.jsonl"
TABLE = ROOT / "biasscore" / "segment" / "scare.json"
RESULT = ROOT / "benchmarks" / "results" / "scare.json"
OWN = ("scare", "own")
# Inverse strength of the penalty: 0.1 to 0.5 differ little.
PENALTY = 0.2
FOLDS = 10
# A feature seen in fewer phrases cannot be told from chance.
FEWEST = 3
# A margin above what the list shall reach, 0.90, because choosing a threshold flatters the one that is chosen.
AIM = 0.95
DIGITS = 3

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled phrase.

    Attributes:
        own: share of its readers who call it a scare quote in the sense of the project, 0 to 1.
        plain: whether it is listed without being weighed.
        listed: it was drawn because earlier rules listed it, so it is easier than most.
    """

    article: str
    seen: dict[str, float]
    own: float
    readers: int
    plain: bool
    listed: bool


def is_set_aside(article: str) -> bool:
    """Two fifths of the articles, by a hash of their names: held-out phrases come from those not labelled before."""
    return int(hashlib.sha256(article.encode()).hexdigest(), 16) % 10 < 4


def labels() -> dict[tuple[str, int], Json]:
    """What each phrase's readers call it; the phrases that are held out are left out."""
    found = {}
    for path in (PHRASES, SHORT, SCARE):
        for row in read_lines(path):
            kinds = row["kinds"] if "kinds" in row else [row["kind"]]
            if row["part"] != "held out":
                found.setdefault((row["article"], row["start"]), {"kinds": kinds, "listed": path == SCARE})
    return found


def phrases(text: str) -> Iterator[tuple[Phrase, dict[str, float]]]:
    """Each phrase of a text that may be a scare quote."""
    paragraphs = find_paragraphs(text)
    sentences = find_sentences(text, paragraphs)
    verdicts = read_marks(text, paragraphs, sentences, find_turns(text, paragraphs))
    found = [verdict.phrase for verdict in verdicts if verdict.phrase]
    for phrase, around in zip(found, read_around(text, quotations(verdicts), found), strict=True):
        yield phrase, features(phrase, around)


def judged(articles: Path) -> list[Judged]:
    """The labelled phrases that the rules still leave open."""
    known = labels()
    texts = read_articles(articles, {article for article, _ in known})
    found = []
    for article, text in sorted(texts.items()):
        for phrase, seen in phrases(text):
            label = known.get((article, phrase.start))
            if label:
                kinds = label["kinds"]
                own = sum(kind in OWN for kind in kinds) / len(kinds)
                found.append(Judged(article, seen, own, len(kinds), shows_plainly(phrase), label["listed"]))
    return found


def fit(rows: Sequence[Judged]) -> tuple[DictVectorizer, LogisticRegression]:
    """A phrase on which readers disagree counts on both sides."""
    often: dict[str, int] = {}
    for row in rows:
        for name in row.seen:
            often[name] = often.get(name, 0) + 1
    names = DictVectorizer(dtype=np.float32)
    kept = [{name: value for name, value in row.seen.items() if often[name] >= FEWEST} for row in rows]
    matrix = names.fit_transform(kept)
    own = np.array([row.own for row in rows])
    yes, no = np.flatnonzero(own > 0), np.flatnonzero(own < 1)
    model = LogisticRegression(C=PENALTY, max_iter=5000)
    sides = np.repeat([1, 0], [len(yes), len(no)])
    model.fit(matrix[np.concatenate([yes, no])], sides, sample_weight=np.concatenate([own[yes], 1 - own[no]]))
    return names, model


def out_of_fold(rows: Sequence[Judged]) -> np.ndarray:
    """[phrases], each from a fit that has seen no phrase of its article; 1 where no fit is asked."""
    found = np.zeros(len(rows))
    for learnt, kept in GroupKFold(FOLDS).split(rows, groups=[row.article for row in rows]):
        names, model = fit([rows[i] for i in learnt])
        found[kept] = model.predict_proba(names.transform([rows[i].seen for i in kept]))[:, 1]
    return np.where([row.plain for row in rows], 1.0, found)


def precision(own: np.ndarray, listed: np.ndarray) -> Json | None:
    """Of the listed phrases, those that are scare quotes; a phrase on which readers disagree is half of one."""
    return share(float(own[listed].sum()), int(listed.sum()))


def lowest_threshold(own: np.ndarray, found: np.ndarray) -> float:
    """The lowest probability from which on, and from every higher one that lists 50, the precision is ``AIM``."""
    threshold = 1.0
    for candidate in np.arange(0.95, 0.5, -0.01):
        listed = found >= candidate
        if listed.sum() >= 50 and own[listed].mean() < AIM:
            break
        threshold = float(candidate)
    return round(threshold, 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, required=True, help="framing_articles.parquet")
    rows = judged(parser.parse_args().articles)
    drawn = ~np.array([row.listed for row in rows])
    found = out_of_fold(rows)[drawn]
    own = np.array([row.own for row in rows])[drawn]
    plain = (own == 0) | (own == 1)
    threshold = lowest_threshold(own, found)
    names, model = fit(rows)
    weights = {name: round(float(w), DIGITS) for name, w in zip(names.feature_names_, model.coef_[0], strict=True)}
    table = {"bias": round(float(model.intercept_[0]), DIGITS), "threshold": threshold, "weights": weights}
    TABLE.write_text(json.dumps(table, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    twice = [row for row in rows if row.readers > 1]
    result = {
        "environment": environment(),
        "phrases": len(rows),
        "readers agree": share(sum(row.own in (0, 1) for row in twice), len(twice)),
        "scare quotes among those drawn": share(float(own.sum()), len(own)),
        "features": len(weights),
        "threshold": threshold,
        "out of fold": {
            "AUC": round(float(roc_auc_score(own[plain], found[plain])), 4),
            "precision": precision(own, found >= threshold),
            "recall": share(float(own[found >= threshold].sum()), round(float(own.sum()))),
            "by threshold": {str(t): precision(own, found >= t) for t in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)},
        },
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result["out of fold"], indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

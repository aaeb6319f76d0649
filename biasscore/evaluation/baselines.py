"""What a user would otherwise take, on the same rows: bag of words, sentiment lexicons, a lexicon of loaded words.

TF-IDF + logistic regression and the lexicon of loaded words learn from the training rows only. No openly licensed
lexicon of loaded words is published as a package, so that one is made of the words that BABE's annotators marked in
the training rows. VADER (Hutto and Gilbert 2014; last release 2020) and TextBlob come with the extra ``baselines``
and are used with their makers' thresholds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import Floats
from biasscore.errors import MissingExtraError
from biasscore.evaluation.answers import Answers, from_probabilities
from biasscore.evaluation.metrics import Range
from biasscore.heads import Head
from biasscore.training.examples import WORD

Ints = NDArray[np.int64]

# A word is in the lexicon if it was marked at least this often, and in this share of the places where it stands.
FEWEST_MARKS = 2
MARKED_SHARE = 0.5
# VADER's authors call a text neutral when the compound score lies between these.
VADER_NEUTRAL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """Rows that a baseline may learn from.

    Attributes:
        truth: [n] classes.
        marked: marked words' ranges, where they were asked for; () elsewhere.
    """

    texts: tuple[str, ...]
    truth: Ints
    marked: tuple[tuple[Range, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.texts)


Baseline = Callable[[Head, Training, Sequence[str]], Answers]
"""task, training rows, texts to judge → answers."""


def tfidf(task: Head, training: Training, texts: Sequence[str]) -> Answers:
    """TF-IDF of words and pairs of words, logistic regression (C = 4; one against rest for three classes)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32)
    model = make_pipeline(words, OneVsRestClassifier(LogisticRegression(C=4, solver="liblinear")))
    model.fit(training.texts, training.truth)
    found = model.predict_proba(texts)
    probabilities = np.zeros((len(texts), len(task.labels)))
    probabilities[:, model.classes_] = found
    return from_probabilities(probabilities[:, 1] if len(task.labels) == 2 else probabilities)


def lexicon(_: Head, training: Training, texts: Sequence[str]) -> Answers:
    """Number of words in the lexicon of loaded words; loaded from the count that did best on the training rows."""
    from sklearn.metrics import f1_score

    words = loaded_words(training)
    known = training.texts[: len(training.marked)]
    trained = _counts(words, known)
    f1 = [f1_score(training.truth[: len(known)], trained >= least, average="macro") for least in (1, 2, 3)]
    counts = _counts(words, texts)
    return _ranking((counts >= 1 + int(np.argmax(f1))).astype(np.int64), counts)


def vader(_: Head, _training: Training, texts: Sequence[str]) -> Answers:
    """VADER's compound score with its authors' thresholds."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError as error:
        raise MissingExtraError("vaderSentiment", "baselines") from error
    analyser = SentimentIntensityAnalyzer()
    return _tones(np.array([analyser.polarity_scores(text)["compound"] for text in texts]), VADER_NEUTRAL)


def textblob_tone(_: Head, _training: Training, texts: Sequence[str]) -> Answers:
    """TextBlob's polarity: its sign is the tone, 0 is neutral."""
    return _tones(np.array([_textblob(text).polarity for text in texts]), 0.0)


def textblob_subjectivity(_: Head, _training: Training, texts: Sequence[str]) -> Answers:
    """TextBlob's subjectivity, from 0 to 1; subjective from one half on."""
    scores = np.array([_textblob(text).subjectivity for text in texts], dtype=np.float64)
    return _ranking((scores >= 0.5).astype(np.int64), scores)


BASELINES: dict[str, dict[str, Baseline]] = {
    "loaded": {"TF-IDF + logistic regression": tfidf, "lexicon of marked words": lexicon},
    "subjectivity": {"TF-IDF + logistic regression": tfidf, "TextBlob": textblob_subjectivity},
    "sentiment": {"TF-IDF + logistic regression": tfidf, "VADER": vader, "TextBlob": textblob_tone},
    "framing": {"TF-IDF + logistic regression": tfidf},
}
"""By head; a head without a row here has the one baseline that learns any labels (``baselines_of``)."""
NAMES = tuple(dict.fromkeys(name for found in BASELINES.values() for name in found))
LEARNING = frozenset({tfidf, lexicon})


def baselines_of(task: Head) -> dict[str, Baseline]:
    """The baselines of a head, by name."""
    return BASELINES.get(task.name, {"TF-IDF + logistic regression": tfidf})


def loaded_words(training: Training) -> frozenset[str]:
    """Words that annotators marked, often enough and more often than not."""
    marked, all_words = Counter[str](), Counter[str]()
    for text, ranges in zip(training.texts, training.marked, strict=False):
        all_words.update(_words(text))
        marked.update(word for start, end in ranges for word in _words(text[start:end]))
    return frozenset(w for w, n in marked.items() if n >= FEWEST_MARKS and n >= MARKED_SHARE * all_words[w])


def _counts(words: frozenset[str], texts: Sequence[str]) -> Floats:
    return np.array([sum(word in words for word in _words(text)) for text in texts], dtype=np.float64)


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _textblob(text: str) -> Any:
    try:
        from textblob import TextBlob
    except ImportError as error:
        raise MissingExtraError("textblob", "baselines") from error
    return TextBlob(text).sentiment


def _tones(polarity: Floats, neutral: float) -> Answers:
    predicted = 1 + (polarity > neutral).astype(np.int64) - (polarity < -neutral).astype(np.int64)
    # One number ranks all three classes: low is negative, near 0 neutral, high positive.
    return _ranking(predicted, np.stack([-polarity, -np.abs(polarity), polarity], axis=1))


def _ranking(predicted: Ints, scores: Floats) -> Answers:
    return Answers(predicted, scores, probabilities=False, answered=np.ones(len(predicted), dtype=bool))

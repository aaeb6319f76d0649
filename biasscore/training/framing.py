"""Fits the framing head: logistic regression on which words and pairs of words an article uses, outlets left out.

A head that reads the encoder's vectors learns the style of the outlets at hand, which says little of others: in
outlets never seen, the words themselves told more (docs/training.md). The fit is convex and no stage of training
touches what it reads, so every outlet is left out once, and figures and calibration rest on outlets never seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.tokens import Tokenizer
from biasscore.errors import TrainingError
from biasscore.heads import FRAMING as TASK
from biasscore.predict.ngrams import PAIR_BUCKETS, NgramHead, Occurrences, occurrences
from biasscore.predict.types import Passage
from biasscore.segment import segment
from biasscore.training.corpora import Row, of_each_outlet
from biasscore.training.masking import mask_outlet
from biasscore.training.predict import counted
from biasscore.training.predictions import Prediction
from biasscore.training.recipe import FramingFit

Ints = NDArray[np.int64]

# An n-gram in fewer articles than this says nothing of other articles; pairs share buckets, so they need more.
FEWEST_TOKENS, FEWEST_PAIRS = 5, 10
# Outlets of the corpus that are one publisher's, or one person, under two names.
_HOUSE_OF = {
    "brent bozell": "media research center",
    "fox latino": "fox",
    "intelligencer": "new york magazine",
    "nbcnews com": "nbc",
    "new york times board": "new york times",
    "newsbusters": "media research center",
    "rev jesse jackson sr": "jesse jackson",
    "richard a lowry": "rich lowry",
    "yahoo the 360": "yahoo",
}
# Articles read at once: enough for the tokenizer's threads, few enough for memory.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The n-grams of some articles.

    Attributes:
        articles: each article's, without headings; ``passage`` is the article's index.
        paragraphs: each paragraph's; ``passage`` is the row of the arrays below.
        article: [paragraphs] index of the article.
        start, end: [paragraphs] its characters in the article.
        n: articles.
    """

    articles: Occurrences
    paragraphs: Occurrences
    article: Ints
    start: Ints
    end: Ints
    n: int


def fit_framing(
    tokenizer: Tokenizer, vocabulary: int, rows: Sequence[Row], settings: FramingFit, rng: np.random.Generator
) -> tuple[NgramHead, list[Prediction]]:
    """Fit the head on all outlets, and predict some articles of each outlet by a head that has not seen it.

    Args:
        tokenizer: the model's.
        vocabulary: of its ids.
        rows: articles; of each outlet at most ``settings.per_outlet`` are learnt from.

    Returns:
        The head, and predictions of articles and paragraphs, unmasked as users will give them, in folds of outlets.

    Raises:
        TrainingError: if the articles are too few to share a word, or a lean is left with no outlet to learn from.
    """
    _require_all_leans(rows)
    taught = of_each_outlet(rows, settings.per_outlet)
    learnt = read(tokenizer, vocabulary, [mask_outlet(row.text, row.outlet, row.authors) for row in taught]).articles
    asked = of_each_outlet(rows)
    judged = read(tokenizer, vocabulary, [row.text for row in asked])
    fold_of = outlet_folds(taught, settings.folds, rng)
    fold = np.array([fold_of[row.outlet] for row in taught])
    found: list[Prediction] = []
    for number in range(settings.folds):
        head = fit(learnt, taught, np.flatnonzero(fold != number), vocabulary, settings.strength)
        articles = np.array([fold_of[row.outlet] == number for row in asked])
        found += _predictions(head, judged, asked, articles, number)
    return fit(learnt, taught, np.arange(len(taught)), vocabulary, settings.strength), found


def fit(found: Occurrences, rows: Sequence[Row], chosen: Ints, vocabulary: int, strength: float) -> NgramHead:
    """Multinomial logistic regression with a ridge penalty on the chosen articles, weighed by ``article_weights``.

    Args:
        found: the articles' n-grams.
        rows: the articles.
        chosen: indices of those to learn from.
        strength: inverse of the penalty.

    Raises:
        TrainingError: if the articles are too few to share a word, or none of them is of some lean.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    width = vocabulary + PAIR_BUCKETS
    kept = np.isin(found.passage, chosen)
    passage, ngram = np.searchsorted(chosen, found.passage[kept]), found.ngram[kept]
    rarity = _rarity(np.bincount(ngram, minlength=width), vocabulary, len(chosen))
    length = np.sqrt(np.bincount(passage, rarity[ngram] ** 2, minlength=len(chosen)))
    values = rarity[ngram] / np.where(length > 0, length, 1)[passage]
    known = np.flatnonzero(rarity)
    if not len(known):
        raise TrainingError(
            f"no word stands in {FEWEST_TOKENS} of the {len(chosen)} articles that framing learns from and not in all; "
            "give more articles or leave [framing] out of the recipe"
        )
    _require_all_leans([rows[i] for i in chosen])
    columns = np.searchsorted(known, ngram[values > 0])
    matrix = csr_matrix((values[values > 0], (passage[values > 0], columns)), (len(chosen), len(known)))
    leans = np.array([rows[i].lean or 0 for i in chosen], dtype=np.int64)
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit(matrix, leans, sample_weight=article_weights(leans, [rows[i].outlet for i in chosen]))
    weight = np.zeros((width, len(TASK.labels)), dtype=np.float32)
    weight[known] = model.coef_.T
    return NgramHead(weight, rarity.astype(np.float32), np.asarray(model.intercept_, dtype=np.float32))


def _require_all_leans(rows: Sequence[Row]) -> None:
    there = {row.lean for row in rows}
    if missing := [label for lean, label in enumerate(TASK.labels) if lean not in there]:
        raise TrainingError(
            f"framing has no article of the {' or '.join(missing)} to learn from, in one fold or in all; give articles "
            "of two publishers or more of every lean, or leave [framing] out of the recipe"
        )


def _rarity(articles: Ints, vocabulary: int, n: int) -> NDArray[np.float64]:
    """Square root of the inverse document frequency: common words count less, and rare names do not decide alone."""
    fewest = np.where(np.arange(len(articles)) < vocabulary, FEWEST_TOKENS, FEWEST_PAIRS)
    return np.where(articles >= fewest, np.sqrt(np.log(n / np.maximum(articles, 1))), 0.0)


def article_weights(leans: Ints, outlets: Sequence[str]) -> NDArray[np.float64]:
    """[articles], mean 1: every lean weighs the same, and within it an outlet by the square root of its articles.

    Else a few mastheads would stand for a side.
    """
    sizes = Counter(outlets)
    weights = np.array([sizes[outlet] ** -0.5 for outlet in outlets])
    for lean in np.unique(leans):
        weights[leans == lean] /= weights[leans == lean].sum()
    return weights * len(leans) / len(np.unique(leans))


def read(tokenizer: Tokenizer, vocabulary: int, texts: Sequence[str]) -> Read:
    """Segment and tokenise articles as scoring does, and find their n-grams."""
    parts = [_read(tokenizer, vocabulary, texts[i : i + _AT_ONCE], i) for i in range(0, len(texts), _AT_ONCE)]
    firsts = np.cumsum([0, *(len(part.article) for part in parts)])
    return Read(
        articles=_joined([(part.articles, i * _AT_ONCE) for i, part in enumerate(parts)]),
        paragraphs=_joined([(part.paragraphs, int(first)) for part, first in zip(parts, firsts, strict=False)]),
        article=np.concatenate([part.article for part in parts]),
        start=np.concatenate([part.start for part in parts]),
        end=np.concatenate([part.end for part in parts]),
        n=len(texts),
    )


def _read(tokenizer: Tokenizer, vocabulary: int, texts: Sequence[str], first: int) -> Read:
    sentences: list[str] = []
    paragraphs: list[Passage] = []
    places: list[tuple[int, int, int]] = []
    for i, text in enumerate(texts):
        found = segment(text)
        members: dict[int, list[int]] = defaultdict(list)
        for sentence in counted(found):
            members[sentence.paragraph].append(len(sentences))
            sentences.append(text[sentence.start : sentence.end])
        for paragraph, own in members.items():
            paragraphs.append(Passage(tuple(own)))
            places.append((i, found.paragraphs[paragraph].start, found.paragraphs[paragraph].end))
    tokens = tokenizer(sentences)
    whole: list[list[int]] = [[] for _ in texts]
    for (i, _, _), part in zip(places, paragraphs, strict=True):
        whole[i] += part.sentences
    article, start, end = np.array(places, dtype=np.int64).reshape(-1, 3).T
    return Read(
        articles=occurrences(tokens, [Passage(tuple(own)) for own in whole], vocabulary),
        paragraphs=occurrences(tokens, paragraphs, vocabulary),
        article=article + first,
        start=start,
        end=end,
        n=len(texts),
    )


def _joined(parts: Sequence[tuple[Occurrences, int]]) -> Occurrences:
    return Occurrences(
        np.concatenate([part.passage + first for part, first in parts]),
        np.concatenate([part.ngram for part, _ in parts]),
    )


def outlet_folds(articles: Sequence[Row], folds: int, rng: np.random.Generator) -> dict[str, int]:
    """The fold of each outlet; every fold has publishers of every lean, large and small, each with all its outlets."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for row in articles:
        counts[_house(row.outlet)][row.lean or 0] += 1
    fold_of: dict[str, int] = {}
    for lean in range(len(TASK.labels)):
        names = [name for name in sorted(counts) if counts[name].most_common(1)[0][0] == lean]
        shuffled = [names[i] for i in rng.permutation(len(names))]
        by_size = sorted(shuffled, key=lambda name: -counts[name].total())
        fold_of |= {name: i % folds for i, name in enumerate(by_size)}
    return {outlet: fold_of[_house(outlet)] for outlet in sorted({row.outlet for row in articles})}


def _house(outlet: str) -> str:
    return _HOUSE_OF.get(outlet, outlet)


def _predictions(
    head: NgramHead, found: Read, rows: Sequence[Row], chosen: NDArray[np.bool_], fold: int
) -> list[Prediction]:
    """Of the chosen articles and their paragraphs; none of one without a word."""
    whole = head.logits(found.articles, found.n)
    parts = head.logits(found.paragraphs, len(found.article))
    said = [
        _say("framing_document", rows[i], whole[i], fold)
        for i in np.flatnonzero(chosen & np.isfinite(whole[:, 0])).tolist()
    ]
    for p in np.flatnonzero(chosen[found.article] & np.isfinite(parts[:, 0])).tolist():
        row = rows[int(found.article[p])]
        said.append(_say("framing_paragraph", row, parts[p], fold, int(found.start[p]), int(found.end[p])))
    return said


def _say(head: str, row: Row, logits: NDArray[np.float32], fold: int, start: int = -1, end: int = -1) -> Prediction:
    values = tuple(map(float, logits))
    return Prediction(
        head, "leave-outlet-out", row.row, row.lean or 0, values, fold, row.corpus, start, end, row.outlet
    )

"""Fits the framing head: logistic regression on which words and pairs of words an article uses, outlets left out.

A head that reads the encoder's vectors learns the style of the outlets at hand, which says little of others: in
outlets never seen, the words themselves told more (docs/training.md). The fit is convex and no stage of training
touches what it reads, so every outlet is left out once, and figures and calibration rest on outlets never seen. It
reads passages of all lengths, since whole articles alone teach nothing of what a title or a paragraph shows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from biasscore.engine.tokens import Tokenizer
from biasscore.errors import TrainingError
from biasscore.heads import FRAMING as TASK
from biasscore.heads import MAPS
from biasscore.predict import checkpoints
from biasscore.predict.ngrams import PAIR_BUCKETS, NgramHead, Occurrences, occurrences
from biasscore.predict.types import Passage
from biasscore.segment import segment
from biasscore.training.calibration_fit import fit_head
from biasscore.training.corpora import Row, read_corpus
from biasscore.training.mixture import generator
from biasscore.training.outlets import mask_outlet, of_each_outlet, outlet_folds
from biasscore.training.predict import counted
from biasscore.training.predictions import PREDICTIONS, Prediction, read_predictions, write_predictions
from biasscore.training.recipe import FramingFit, read_recipe

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

# An n-gram in fewer articles than this says nothing of other articles; pairs share buckets, so they need more.
FEWEST_TOKENS, FEWEST_PAIRS = 5, 10
# Sentences of the passages from anywhere in an article: about a paragraph's, and about 1,000 characters'.
RUNS = (2, 8)
# Articles read at once: enough for the tokenizer's threads, few enough for memory.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What the fit reads: each article whole, and shorter passages of it, so that the head knows texts of all lengths.

    Attributes:
        found: n-grams of the passages.
        article: [passages] index of the article that a passage is of.
        whole: [passages] True where it is the whole article.
    """

    found: Occurrences
    article: Ints
    whole: NDArray[np.bool_]


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


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a head says of passages of outlets that it has not seen.

    Attributes:
        logits: [passages, classes], without a bias.
        share: [passages] of the bias that counts in each.
        lean: [passages], the true class.
        document: [passages] True for whole articles, False for paragraphs.
    """

    logits: Floats
    share: Floats
    lean: Ints
    document: NDArray[np.bool_]


def refit_framing(recipe_path: Path, data: Path, model: Path) -> Path:
    """What ``biasscore.training.refit_framing`` does."""
    recipe = read_recipe(recipe_path)
    if recipe.framing is None:
        raise TrainingError(
            f"{recipe_path} has no [framing], so there is nothing to train; add [framing] to the recipe "
            "(docs/framing.md)"
        )
    old = checkpoints.read(model)
    articles = [row for name in recipe.framing_corpora for row in read_corpus(name, data)]
    tokenizer = Tokenizer.from_file(old.tokenizer_file)
    rng = generator(recipe.seed, "framing")
    head, said = fit_framing(tokenizer, old.encoder.vocab_size, articles, recipe.framing, rng)
    maps = {**old.calibration.maps, **dict.fromkeys(TASK.maps, fit_head(TASK.maps[0], said))}
    checkpoints.write(
        old.path,
        name=old.name,
        encoder=old.encoder,
        max_tokens=old.max_tokens,
        weights=old.weights(),
        tokenizer_json=old.tokenizer_file.read_text(encoding="utf-8"),
        calibration=replace(old.calibration, maps=maps),
        ngrams=head,
        columns=old.columns,
    )
    file = old.path / "training" / PREDICTIONS
    others = [p for p in read_predictions(file) if MAPS[p.head] is not TASK] if file.exists() else []
    write_predictions(file, [*others, *said])
    return Path(model)


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
    learnt = learn(tokenizer, vocabulary, taught, rng)
    asked = of_each_outlet(rows)
    judged = read(tokenizer, vocabulary, [row.text for row in asked])
    fold_of = outlet_folds(taught, settings.folds, rng)
    own = np.array([fold_of[row.outlet] for row in asked])
    heads, bias = heads_by_fold(learnt, taught, judged, asked, fold_of, vocabulary, settings)
    found = [p for n, head in enumerate(heads) for p in predictions(head, judged, asked, own == n, n)]
    head = fit(learnt, taught, np.arange(len(taught)), vocabulary, settings)
    return replace(head, bias=bias), found


def heads_by_fold(
    learnt: Learnt,
    taught: Sequence[Row],
    judged: Read,
    asked: Sequence[Row],
    fold_of: Mapping[str, int],
    vocabulary: int,
    settings: FramingFit,
) -> tuple[list[NgramHead], Floats]:
    """For each fold a head that knows none of its outlets, its bias fitted on the others; and the bias of all folds."""
    fold, own = (np.array([fold_of[row.outlet] for row in rows]) for rows in (taught, asked))
    heads = [fit(learnt, taught, np.flatnonzero(fold != n), vocabulary, settings) for n in range(settings.folds)]
    said = [_said(head, judged, asked, own == n) for n, head in enumerate(heads)]
    others = [[part for m, part in enumerate(said) if m != n] for n in range(settings.folds)]
    return [replace(h, bias=fit_bias(parts)) for h, parts in zip(heads, others, strict=True)], fit_bias(said)


def fit_bias(said: Sequence[Said]) -> Floats:
    """[classes] The bias, for unit scale, of least log loss on outlets left out, every lean and kind of unit the same.

    Outlets never seen are called left more often than those that were learnt from; the more text, the more so.

    Raises:
        TrainingError: if there is no passage of some lean.
    """
    logits = np.concatenate([part.logits for part in said]).astype(np.float64)
    share = np.concatenate([part.share for part in said]).astype(np.float64)
    leans, document = (np.concatenate([getattr(part, name) for part in said]) for name in ("lean", "document"))
    group = leans + len(TASK.labels) * document
    weights = 1.0 / np.bincount(group)[group]
    weights /= weights.sum()
    truth = np.eye(len(TASK.labels))[leans]

    def log_loss(x: Floats) -> tuple[float, Floats]:
        scale = np.exp(x[0])
        moved = logits + share[:, None] * x[1:]
        logs = log_softmax(scale * moved, axis=1)
        slope = weights[:, None] * (np.exp(logs) - truth)
        loss = -float(weights @ (truth * logs).sum(axis=1))
        return loss, np.r_[scale * (slope * moved).sum(), scale * (slope * share[:, None]).sum(axis=0)]

    best = minimize(log_loss, np.zeros(1 + len(TASK.labels)), jac=True, method="L-BFGS-B")
    return np.asarray(best.x[1:] - best.x[1:].mean(), dtype=np.float32)


def _said(head: NgramHead, found: Read, rows: Sequence[Row], chosen: NDArray[np.bool_]) -> Said:
    """Of the chosen articles and their paragraphs; none of one without a word."""
    leans = np.array([row.lean or 0 for row in rows])
    parts = [
        (found.articles, found.n, np.arange(found.n)),
        (found.paragraphs, len(found.article), found.article),
    ]
    logits, share, lean, document = [], [], [], []
    for i, (passages, n, article) in enumerate(parts):
        own = head.logits(passages, n)
        kept = chosen[article] & np.isfinite(own[:, 0])
        logits.append(own[kept])
        share.append(head.share(passages, n)[kept])
        lean.append(leans[article[kept]])
        document.append(np.full(kept.sum(), i == 0))
    return Said(np.concatenate(logits), np.concatenate(share), np.concatenate(lean), np.concatenate(document))


def learn(tokenizer: Tokenizer, vocabulary: int, rows: Sequence[Row], rng: np.random.Generator) -> Learnt:
    """The n-grams of masked articles and of passages of them: the title, the first sentence, the first three, and
    ``RUNS`` of sentences from anywhere.
    """
    parts = [(first, rows[first : first + _AT_ONCE]) for first in range(0, len(rows), _AT_ONCE)]
    learnt = [(first, _learn(tokenizer, vocabulary, own, rng)) for first, own in parts]
    firsts = np.cumsum([0, *(len(part.article) for _, part in learnt)]).tolist()
    return Learnt(
        found=_joined([(part.found, place) for (_, part), place in zip(learnt, firsts, strict=False)]),
        article=np.concatenate([part.article + first for first, part in learnt]),
        whole=np.concatenate([part.whole for _, part in learnt]),
    )


def _learn(tokenizer: Tokenizer, vocabulary: int, rows: Sequence[Row], rng: np.random.Generator) -> Learnt:
    sentences = [mask_outlet(row.title, row.outlet, row.authors) for row in rows]
    passages: list[tuple[int, ...]] = []
    for i, row in enumerate(rows):
        text = mask_outlet(row.text, row.outlet, row.authors)
        own = [text[sentence.start : sentence.end] for sentence in counted(segment(text))]
        whole = tuple(range(len(sentences), len(sentences) + len(own)))
        sentences += own
        starts = [int(rng.integers(0, max(1, len(own) - length + 1))) for length in RUNS]
        runs = [whole[start : start + length] for start, length in zip(starts, RUNS, strict=True)]
        passages += [whole, (i,), whole[:1], whole[:3], *runs]
    each = len(passages) // len(rows)
    return Learnt(
        found=occurrences(tokenizer(sentences), [Passage(passage) for passage in passages], vocabulary),
        article=np.repeat(np.arange(len(rows)), each),
        whole=np.arange(len(passages)) % each == 0,
    )


def fit(learnt: Learnt, rows: Sequence[Row], chosen: Ints, vocabulary: int, settings: FramingFit) -> NgramHead:
    """Multinomial logistic regression with a ridge penalty on passages of the chosen articles, weighed by
    ``article_weights``; without a bias, which outlets left out tell better (``fit_bias``).

    Args:
        learnt: the articles' n-grams.
        rows: the articles.
        chosen: indices of those to learn from.

    Raises:
        TrainingError: if the articles are too few to share a word, or none of them is of some lean.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rarity = _rarity(learnt, chosen, vocabulary)
    known = np.flatnonzero(rarity)
    if not len(known):
        raise TrainingError(
            f"framing needs words that occur in at least {FEWEST_TOKENS} of the {len(chosen)} articles, but not in "
            "all of them; add articles, or remove [framing] from the recipe"
        )
    _require_all_leans([rows[i] for i in chosen])
    taught = np.isin(learnt.article, chosen)
    kept = taught[learnt.found.passage] & (rarity[learnt.found.ngram] > 0)
    passage, ngram = (np.cumsum(taught) - 1)[learnt.found.passage[kept]], learnt.found.ngram[kept]
    evidence = np.bincount(passage, rarity[ngram] ** 2, minlength=taught.sum())
    values = (rarity[ngram] / np.sqrt(evidence + settings.damping)[passage]).astype(np.float32)
    matrix = csr_matrix((values, (passage, np.searchsorted(known, ngram))), (taught.sum(), len(known)))
    article = learnt.article[taught]
    leans = np.array([row.lean or 0 for row in rows], dtype=np.int64)
    weights = np.zeros(len(rows))
    weights[chosen] = article_weights(leans[chosen], [rows[i].outlet for i in chosen])
    model = LogisticRegression(C=settings.strength, max_iter=300, fit_intercept=False, tol=1e-5)
    model.fit(matrix, leans[article], sample_weight=weights[article])
    weight = np.zeros((vocabulary + PAIR_BUCKETS, len(TASK.labels)), dtype=np.float32)
    weight[known] = model.coef_.T
    return NgramHead(
        weight=weight,
        rarity=rarity.astype(np.float32),
        bias=np.zeros(len(TASK.labels), dtype=np.float32),
        damping=np.array([settings.damping], dtype=np.float32),
    )


def _require_all_leans(rows: Sequence[Row]) -> None:
    there = {row.lean for row in rows}
    if missing := [label for lean, label in enumerate(TASK.labels) if lean not in there]:
        raise TrainingError(
            f"framing has no articles with the lean {' or '.join(missing)} to learn from, in all the data or in one "
            "part of the cross-validation; add articles of at least two outlets of each lean, or remove [framing] from "
            "the recipe"
        )


def _rarity(learnt: Learnt, chosen: Ints, vocabulary: int) -> NDArray[np.float64]:
    """Square root of the inverse document frequency: common words count less, and rare names do not decide alone."""
    inside = (learnt.whole & np.isin(learnt.article, chosen))[learnt.found.passage]
    articles = np.bincount(learnt.found.ngram[inside], minlength=vocabulary + PAIR_BUCKETS)
    fewest = np.where(np.arange(len(articles)) < vocabulary, FEWEST_TOKENS, FEWEST_PAIRS)
    return np.where(articles >= fewest, np.sqrt(np.log(len(chosen) / np.maximum(articles, 1))), 0.0)


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


def predictions(
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

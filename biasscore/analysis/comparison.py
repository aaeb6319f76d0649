"""Differences between articles, outlets or any groups of scored articles, with intervals over articles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from biasscore.analysis import means
from biasscore.analysis.articles import SCORES, ScoredArticle, from_document, from_table
from biasscore.analysis.bootstrap import MIN_ROWS, RESAMPLES, interval
from biasscore.analysis.means import Counts, Sample, Values
from biasscore.analysis.words import TellingSentence, TellingWord, telling
from biasscore.errors import InputError
from biasscore.results import Document

SideInput: TypeAlias = Document | Sequence[Document] | pa.Table

LEVEL = 0.95
OTHERS = "the others"
NO_GROUP = "(none)"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of one score over a side's articles; each article counts once.

    Attributes:
        value: None where no article has the score.
        low, high: bootstrap interval over articles; None with fewer than ``bootstrap.MIN_ROWS`` of them, and so
            always for a single article: its sentences say nothing about other articles.
        n: articles that have the score.
    """

    score: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One score of ``side`` minus that of ``against``; intervals as in `Estimate`.

    Attributes:
        against: the other side, or "the others": the mean of all other sides that have enough articles for an
            interval (of all, where none has), each side counting once.
        n, n_against: articles that have the score; for "the others" those of the smallest side that counts.
    """

    score: str
    side: str
    against: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_against: int


@dataclass(frozen=True, slots=True)
class Side:
    """One article, outlet or group.

    Attributes:
        n_articles: scored articles, after topic matching.
        estimates: one a score, in the order of ``SCORES``.
        words, sentences: what tells this side from the others; empty without sentences.
        document: the article itself, where the side is a single Document.
    """

    name: str
    n_articles: int
    estimates: tuple[Estimate, ...]
    words: tuple[TellingWord, ...] = ()
    sentences: tuple[TellingSentence, ...] = ()
    document: Document | None = None

    def estimate(self, score: str) -> Estimate:
        """The estimate of one score, by its name in ``SCORES``."""
        return self.estimates[SCORES.index(score)]


@dataclass(frozen=True, slots=True)
class Matching:
    """Topics that every side wrote about; only their articles are compared.

    Attributes:
        topics: with their number of articles, which is their weight in every side's mean.
        kept, dropped: articles with and without a shared topic.
    """

    topics: tuple[tuple[str, int], ...]
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two or more sides differ in.

    Attributes:
        differences: with two sides, the second minus the first; with more, each side minus the others.
        level, resamples, seed: how the intervals were made; the same call gives the same figures.
        n_unscored: rows that could not be scored and are left out.
        matching: None where topics were not matched.
    """

    model: str
    sides: tuple[Side, ...]
    differences: tuple[Difference, ...]
    level: float
    resamples: int
    seed: int
    n_unscored: int = 0
    matching: Matching | None = None

    def side(self, name: str) -> Side:
        """The side of that name; KeyError if there is none."""
        return {side.name: side for side in self.sides}[name]

    def difference(self, score: str, side: str | None = None) -> Difference:
        """The difference in one score; ``side`` is needed where there are more than two sides."""
        return next(d for d in self.differences if d.score == score and side in (None, d.side))

    def to_dict(self) -> dict[str, Any]:
        """Everything but the articles themselves as plain lists, dicts, strings, numbers and None."""
        sides = [
            {
                "name": side.name,
                "n_articles": side.n_articles,
                "estimates": [asdict(estimate) for estimate in side.estimates],
                "words": [asdict(word) for word in side.words],
                "sentences": [asdict(sentence) for sentence in side.sentences],
            }
            for side in self.sides
        ]
        return {
            "model": self.model,
            "level": self.level,
            "resamples": self.resamples,
            "seed": self.seed,
            "n_unscored": self.n_unscored,
            "matching": asdict(self.matching) if self.matching else None,
            "sides": sides,
            "differences": [asdict(difference) for difference in self.differences],
        }


@dataclass(frozen=True, slots=True)
class _Method:
    resamples: int
    seed: int
    level: float
    topic: str | None


def compare(
    sides: Sequence[SideInput] | Mapping[str, SideInput],
    *,
    topic: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Comparison:
    """Compares articles, or groups of articles.

    Args:
        sides: two or more; each a Document, several Documents, or a result table of document level. A mapping names
            them; otherwise a Document is named by its title, and what has none by a letter.
        topic: column of the tables whose values match articles across sides.
        resamples: bootstrap resamples of the articles.
        seed: of the resampling.
        level: of the intervals, 0.95 for 95%.

    Returns:
        Differences of every score. Two single articles differ by figures without an interval.

    Raises:
        InputError: with fewer than two sides, an empty side, documents scored by different models, no shared topic.
    """
    named = dict(sides) if isinstance(sides, Mapping) else dict(zip(_names(sides), sides, strict=True))
    if topic is not None and not all(isinstance(side, pa.Table) for side in named.values()):
        raise InputError("topics are matched by a column, which only tables have; leave topic out for Documents")
    articles = {name: _articles(name, side, topic) for name, side in named.items()}
    documents = {name: side for name, side in named.items() if isinstance(side, Document)}
    rows = sum(1 if isinstance(side, Document) else len(side) for side in named.values())
    return _compare(articles, documents, _Method(resamples, seed, level, topic), rows)


def compare_groups(
    table: pa.Table,
    *,
    by: str = "group",
    topic: str | None = None,
    sentences: pa.Table | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Comparison:
    """Compares the groups of one result table: outlets, authors, dates.

    Args:
        table: result table of document level.
        by: column whose values are the sides, in alphabetical order.
        topic: column whose values match articles across groups.
        sentences: result table of sentence level of the same run, for telling words and sentences.
        resamples, seed, level: as in `compare`.

    Raises:
        InputError: as in `compare`, and for a missing column.
    """
    articles: dict[str, list[ScoredArticle]] = {}
    for article in from_table(table, by=by, topic=topic, sentences=sentences):
        articles.setdefault(NO_GROUP if article.group is None else article.group, []).append(article)
    if set(articles) == {NO_GROUP}:
        raise InputError(f"column {by!r} is empty; score again with --group COLUMN, or compare --by another column")
    sides = {name: tuple(articles[name]) for name in sorted(articles)}
    return _compare(sides, {}, _Method(resamples, seed, level, topic), table.num_rows)


def _names(sides: Sequence[SideInput]) -> list[str]:
    names = []
    for index, side in enumerate(sides):
        title = side.title.text.strip() if isinstance(side, Document) and side.title else ""
        names.append(title or (chr(ord("A") + index) if index < 26 else str(index + 1)))
    repeated = {name for name in names if names.count(name) > 1}
    return [f"{name} ({index})" if name in repeated else name for index, name in enumerate(names, start=1)]


def _articles(name: str, side: SideInput, topic: str | None) -> tuple[ScoredArticle, ...]:
    if isinstance(side, Document):
        return (from_document(side, name),)
    if isinstance(side, pa.Table):
        return from_table(side, topic=topic)
    return tuple(from_document(document, f"{name} {number}") for number, document in enumerate(side, start=1))


def _compare(
    articles: Mapping[str, tuple[ScoredArticle, ...]],
    documents: Mapping[str, Document],
    how: _Method,
    n_rows: int,
) -> Comparison:
    model = _shared_model(articles)
    n_unscored = n_rows - sum(len(found) for found in articles.values())
    matching: Matching | None = None
    if how.topic is not None:
        articles, matching = _matched(articles)
    samples = [_sample(name, found, matching) for name, found in articles.items()]
    values, drawn = _resample(samples, matching, how)
    counts = [np.isfinite(sample.values).sum(axis=0) for sample in samples]
    told = telling([[s for article in found for s in article.statements] for found in articles.values()])
    sides = tuple(
        Side(
            name=sample.name,
            n_articles=len(sample.values),
            estimates=_estimates(values[i], drawn[i], counts[i], how.level),
            words=told[i][0],
            sentences=told[i][1],
            document=documents.get(sample.name),
        )
        for i, sample in enumerate(samples)
    )
    differences = _differences([sample.name for sample in samples], values, drawn, counts, how.level)
    return Comparison(model, sides, differences, how.level, how.resamples, how.seed, n_unscored, matching)


def _shared_model(articles: Mapping[str, tuple[ScoredArticle, ...]]) -> str:
    if len(articles) < 2:
        raise InputError(f"a comparison needs two sides or more, not {len(articles)}")
    empty = next((name for name, found in articles.items() if not found), None)
    if empty is not None:
        raise InputError(f"side {empty!r} has no scored article; leave it out")
    models = sorted({article.model for found in articles.values() for article in found})
    if len(models) > 1:
        raise InputError(f"scores of different models do not compare ({', '.join(models)}); score all with one model")
    return models[0]


def _matched(
    articles: Mapping[str, tuple[ScoredArticle, ...]],
) -> tuple[dict[str, tuple[ScoredArticle, ...]], Matching]:
    shared = set.intersection(*({a.topic for a in found if a.topic is not None} for found in articles.values()))
    if not shared:
        raise InputError("no topic occurs on every side; compare fewer sides or leave topic out")
    kept = {name: tuple(a for a in found if a.topic in shared) for name, found in articles.items()}
    topics = sorted(topic for topic in shared if topic is not None)
    sizes = tuple((topic, sum(a.topic == topic for found in kept.values() for a in found)) for topic in topics)
    total = sum(len(found) for found in articles.values())
    n_kept = sum(size for _, size in sizes)
    return kept, Matching(sizes, n_kept, total - n_kept)


def _sample(name: str, articles: Sequence[ScoredArticle], matching: Matching | None) -> Sample:
    values = np.array([article.scores for article in articles], dtype=np.float64)
    if matching is None:
        return Sample(name, values)
    order = {topic: index for index, (topic, _) in enumerate(matching.topics)}
    return Sample(name, values, np.array([order[str(article.topic)] for article in articles]))


def _resample(samples: Sequence[Sample], matching: Matching | None, how: _Method) -> tuple[list[Values], list[Values]]:
    if matching is None:
        return [means.means(s) for s in samples], [means.draws(s, how.resamples, how.seed) for s in samples]
    weights = np.array([size for _, size in matching.topics], dtype=np.float64)
    return (
        means.matched_means(samples, weights),
        means.matched_draws(samples, weights, how.resamples, how.seed),
    )


def _estimates(values: Values, drawn: Values, counts: Counts, level: float) -> tuple[Estimate, ...]:
    found = []
    for i, score in enumerate(SCORES):
        lowest = -1.0 if score == "tone" else 0.0
        value, low, high = _interval(values[i], drawn[:, i], int(counts[i]), level, (lowest, 1.0))
        found.append(Estimate(score, value, low, high, int(counts[i])))
    return tuple(found)


def _differences(
    names: Sequence[str], values: Sequence[Values], drawn: Sequence[Values], counts: Sequence[Counts], level: float
) -> tuple[Difference, ...]:
    two = len(names) == 2
    stacked = np.stack([np.vstack([value, draws]) for value, draws in zip(values, drawn, strict=True)])
    rivals = _Rivals(stacked, np.stack(counts))
    found = []
    for i in (1,) if two else range(len(names)):
        for k, score in enumerate(SCORES):
            rest, n_against = rivals.mean(i, k)
            away = stacked[i, :, k] - rest
            n, reach = int(counts[i][k]), 2.0 if score == "tone" else 1.0
            ends = _interval(away[0], away[1:], min(n, n_against), level, (-reach, reach))
            found.append(Difference(score, names[i], names[0] if two else OTHERS, *ends, n, n_against))
    return tuple(found)


class _Rivals:
    """Means of all sides but one, without summing all sides anew for each.

    Args:
        stacked: [sides, 1 + resamples, scores] means, those of the articles themselves first.
        counts: [sides, scores] articles that have the score.
    """

    def __init__(self, stacked: Values, counts: Counts) -> None:
        self._stacked, self._counts = stacked, counts
        self._enough = counts >= MIN_ROWS
        self._total = np.where(self._enough[:, None, :], stacked, 0.0).sum(axis=0)

    def mean(self, side: int, score: int) -> tuple[Values, int]:
        """[1 + resamples] mean of the others, and the articles of the smallest of them."""
        counts = self._counts[:, score].copy()
        counts[side] = 0
        enough = counts >= MIN_ROWS
        if enough.any():
            own = self._stacked[side, :, score] if self._enough[side, score] else 0.0
            return (self._total[:, score] - own) / enough.sum(), int(counts[enough].min())
        present = counts > 0
        if not present.any():
            return np.full(len(self._total), np.nan), 0
        return self._stacked[present, :, score].mean(axis=0), int(counts[present].min())


def _interval(
    value: float, drawn: Values, n: int, level: float, limits: tuple[float, float]
) -> tuple[float | None, float | None, float | None]:
    if not math.isfinite(value):
        return None, None, None
    found = interval(float(value), drawn, n, level)
    if found is None:
        return float(value), None, None
    return float(value), max(found[0], limits[0]), min(found[1], limits[1])

"""The sentences behind scored articles: their words, their paragraphs, and scores of articles without some of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from biasscore.analysis.means import Counts, Values
from biasscore.analysis.words import Statement
from biasscore.heads import SCORES as COMPARED
from biasscore.results import COUNTED_KINDS, Document, value_of

_COLUMNS = tuple(column for column in COMPARED if "sentence" in column.levels)
_OWN_WEIGHTS = {"loaded": "author_chars", "quoted_loaded": "quoted_chars", "attributed_loaded": "attributed_chars"}
WEIGHTS: Mapping[str, str] = {
    **{column.name: _OWN_WEIGHTS.get(column.name, "n_chars") for column in _COLUMNS},
    "loaded_share": "author_chars",
}
"""Scores of an article that are means over its sentences, with the characters that weigh each sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """Counted sentences of scored articles (headings and titles are none), in the order of the articles' texts.

    Attributes:
        article: [sentences] id of the article.
        paragraph: [sentences] index of the paragraph in the article.
        text: [sentences] as written.
        start: [sentences] first character in the article.
        numbers: [sentences] of each score and weight; NaN where a sentence has no such score.
    """

    article: Sequence[str]
    paragraph: Counts
    text: Sequence[str]
    start: Counts
    numbers: Mapping[str, Values]

    def __len__(self) -> int:
        return len(self.text)

    @classmethod
    def of_table(cls, table: pa.Table) -> Sentences:
        """The rows of a result table of sentence level; columns of scores that it lacks are NaN."""
        table = table.filter(pa.compute.is_in(table["kind"], pa.array(sorted(COUNTED_KINDS))))
        n = len(table)
        numbers = {name: _numbers(table, name) for name in {*WEIGHTS, *WEIGHTS.values()} - {"loaded_share"}}
        labels = table["label"].to_pylist() if "label" in table.column_names else [None] * n
        numbers["loaded_share"] = _is_loaded(labels)
        paragraphs = _numbers(table, "paragraph") if "paragraph" in table.column_names else np.zeros(n)
        starts = table["start"].to_numpy().astype(np.int64)
        return cls(table["id"].to_pylist(), paragraphs.astype(np.int64), table["text"].to_pylist(), starts, numbers)

    @classmethod
    def of_documents(cls, documents: Mapping[str, Document]) -> Sentences:
        """The sentences of Documents, named by their keys."""
        found = [
            (name, index, sentence)
            for name, document in documents.items()
            for index, paragraph in enumerate(document.paragraphs)
            if paragraph.counts
            for sentence in paragraph.sentences
        ]
        rows = [sentence for _, _, sentence in found]
        numbers = {column.name: _floats(value_of(row, column) for row in rows) for column in _COLUMNS}
        numbers |= {weight: _floats(getattr(row, weight) for row in rows) for weight in _OWN_WEIGHTS.values()}
        numbers["n_chars"] = _floats(s.end - s.start for s in rows)
        numbers["loaded_share"] = _is_loaded([s.label for s in rows])
        return cls(
            [name for name, _, _ in found],
            np.array([index for _, index, _ in found], dtype=np.int64),
            [s.text for s in rows],
            np.array([s.start for s in rows], dtype=np.int64),
            numbers,
        )

    def of(self, articles: Collection[str]) -> Sentences:
        """The sentences of these articles."""
        kept = np.array([name in articles for name in self.article], dtype=bool)
        return self if kept.all() else self.only(kept)

    def only(self, kept: NDArray[np.bool_]) -> Sentences:
        """The sentences for which ``kept`` is true."""
        rows = np.flatnonzero(kept)
        at = rows.tolist()
        return Sentences(
            [self.article[i] for i in at],
            self.paragraph[rows],
            [self.text[i] for i in at],
            self.start[rows],
            {name: values[rows] for name, values in self.numbers.items()},
        )

    def paragraphs(self) -> Iterator[tuple[str, int, str]]:
        """Article, index and text of each paragraph."""
        place, parts = ("", -1), list[str]()
        for article, paragraph, text in zip(self.article, self.paragraph.tolist(), self.text, strict=True):
            if (article, paragraph) != place:
                if parts:
                    yield *place, " ".join(parts)
                place, parts = (article, paragraph), []
            parts.append(text)
        if parts:
            yield *place, " ".join(parts)

    def ranges(self) -> dict[str, list[tuple[int, int]]]:
        """By article, the characters of its sentences, in the order of the text."""
        found: dict[str, list[tuple[int, int]]] = {}
        for article, text, start in zip(self.article, self.text, self.start.tolist(), strict=True):
            found.setdefault(article, []).append((start, start + len(text)))
        return found

    def scores(self) -> Mapping[str, Mapping[str, float]]:
        """By article, its scores from these sentences alone; a score that is no mean of sentences is not among them."""
        names, codes = np.unique(np.asarray(self.article, dtype=object).astype(str), return_inverse=True)
        found = {score: self._means(score, weight, codes, len(names)) for score, weight in WEIGHTS.items()}
        peak = np.full(len(names), -np.inf)
        np.fmax.at(peak, codes, self.numbers["loaded"])
        found["peak"] = np.where(np.isfinite(peak), peak, np.nan)
        columns = {score: values.tolist() for score, values in found.items()}
        return {name: {score: columns[score][i] for score in columns} for i, name in enumerate(names.tolist())}

    def statements(self, quotes: Mapping[str, Sequence[tuple[int, int]]]) -> dict[str, list[Statement]]:
        """By article, its sentences with and without what stands inside ``quotes``."""
        found: dict[str, list[Statement]] = {}
        loaded = self.numbers["loaded"].tolist()
        for article, text, start, value in zip(self.article, self.text, self.start.tolist(), loaded, strict=True):
            own = author_text(text, start, quotes.get(article, ()))
            statement = Statement(text, own, None if value != value else value, article)  # noqa: PLR0124 # NaN
            found.setdefault(article, []).append(statement)
        return found

    def _means(self, score: str, weight: str, codes: Counts, n: int) -> Values:
        values, weights = self.numbers[score], self.numbers[weight]
        known = np.isfinite(values) & (weights > 0)
        total = np.bincount(codes[known], weights=(values * weights)[known], minlength=n)
        weighed = np.bincount(codes[known], weights=weights[known], minlength=n)
        found: Values = np.divide(total, weighed, out=np.full(n, np.nan), where=weighed > 0)
        return found


def author_text(text: str, start: int, quotes: Sequence[tuple[int, int]]) -> str:
    """``text``, which begins at ``start``, without what stands inside ``quotes``: ranges in the text's order."""
    kept, at, end = [], start, start + len(text)
    for number in range(bisect_right(quotes, start, key=lambda quote: quote[1]), len(quotes)):
        first, last = quotes[number]
        if first >= end:
            break
        kept.append(text[at - start : max(first, at) - start])
        at = last
    return " ".join([*kept, text[max(at - start, 0) :]])


def _numbers(table: pa.Table, name: str) -> Values:
    if name not in table.column_names:
        return np.full(len(table), np.nan)
    values: Values = pa.compute.cast(table[name], pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _floats(values: Iterable[float | None]) -> Values:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _is_loaded(labels: Sequence[str | None]) -> Values:
    return _floats(None if label is None else float(label == "loaded") for label in labels)

"""What terminal and page show of a Document, before any markup: text runs, words, figures, a one-line summary.

The terminal view and the HTML page are two renderings of these, so that they cannot tell different stories.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from biasscore.heads import HEADS
from biasscore.results import Contributions, Document, Paragraph, Quote, Sentence, Span, TokenPart

STEPS = 4
"""Strength of a marked span is shown in this many steps of equal width on its score."""

Ranged = TypeVar("Ranged", Quote, Span)

NONE_QUOTED = "quoted"
NONE = "–"

MEANINGS = {column.name: column.chart for head in HEADS.values() for column in head.columns if column.chart}
"""The scores that reports show, in reading order; comparisons hold more."""

_SHOWN = {
    "loaded": "loaded",
    "loaded_share": "loaded share",
    "peak": "peak",
    "quoted_loaded": "quoted",
    "subjectivity": "subjectivity",
    "tone": "tone",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one look: in or outside a quotation, in or outside a marked span."""

    text: str
    start: int
    end: int
    quoted: bool
    span: Span | None

    @property
    def step(self) -> int:
        """Strength of the mark, 1 to ``STEPS``; 0 without one."""
        return strength(self.span.score) if self.span else 0


@dataclass(frozen=True, slots=True)
class WordShare:
    """A word's part of a sentence's logit, signed, as a share of all parts taken absolutely."""

    text: str
    start: int
    end: int
    share: float


@dataclass(frozen=True, slots=True)
class ShownScore:
    """One score ready to be shown.

    Attributes:
        amount: filled part of a bar, 0 to 1; None where no bar makes sense.
    """

    name: str
    text: str
    meaning: str
    amount: float | None


def strength(score: float) -> int:
    """Step of a score from 0 to 1: 1 (faint) to ``STEPS`` (strong)."""
    return min(STEPS, 1 + int(score * STEPS))


def runs(passage: Paragraph | Sentence, offset: int, quotes: Sequence[Quote]) -> Iterator[Run]:
    """Cuts ``passage`` at the borders of marked spans and quotations.

    Args:
        passage: what is shown; its ``text`` begins at ``offset`` of the string that spans and quotes count in.
        quotes: quotations in the order of the text; those elsewhere are passed over.
    """
    whole = passage.text
    end = offset + len(whole)
    inside = _between(quotes, offset, end)
    spans = [span for span in passage.spans if span.start < end and span.end > offset]
    borders = {offset, end}
    for start, stop in (*((q.start, q.end) for q in inside), *((s.start, s.end) for s in spans)):
        borders.update(border for border in (start, stop) if offset < border < end)
    marked, quotation = _Cursor(spans), _Cursor(inside)
    for first, last in pairwise(sorted(borders)):
        text = whole[first - offset : last - offset]
        yield Run(text, first, last, quotation.over(first, last) is not None, marked.over(first, last))


class _Cursor(Generic[Ranged]):
    """Finds the range over a stretch; the stretches come in order, so each range is looked at once."""

    def __init__(self, ranges: Sequence[Ranged]) -> None:
        self._ranges: Sequence[Ranged] = ranges  # in the order of the text, without overlap
        self._at = 0

    def over(self, first: int, last: int) -> Ranged | None:
        while self._at < len(self._ranges) and self._ranges[self._at].end <= first:
            self._at += 1
        found = self._ranges[self._at] if self._at < len(self._ranges) else None
        return found if found is not None and found.start <= first and last <= found.end else None


def _between(quotes: Sequence[Quote], start: int, end: int) -> Sequence[Quote]:
    first = bisect_right(quotes, start, key=lambda quote: quote.end)
    last = bisect_right(quotes, end - 1, key=lambda quote: quote.start)
    return quotes[first:last]


def word_shares(contributions: Iterable[Contributions], text: str, task: str, column: int = 0) -> tuple[WordShare, ...]:
    """Joins the token parts of one logit to words and scales them to shares.

    A share is the word's part of the logit divided by the sum of all parts' absolute values, bias left out, so the
    absolute shares of tokens in a sentence add up to 1.

    Args:
        text: the string that the parts' offsets count in.
        column: which logit of the task; a binary task has one.

    Returns:
        One entry per word, in the order of the text; none if the task has no parts or every part is 0.
    """
    parts = next((found.parts for found in contributions if found.task == task), ())
    total = sum(abs(part.values[column]) for part in parts)
    if not total:
        return ()
    return tuple(
        WordShare(
            text[word[0].start : word[-1].end],
            word[0].start,
            word[-1].end,
            sum(part.values[column] for part in word) / total,
        )
        for word in _words(parts, text)
    )


def _words(parts: Iterable[TokenPart], text: str) -> Iterator[list[TokenPart]]:
    word: list[TokenPart] = []
    for part in parts:
        if word and not (word[-1].end == part.start and text[part.start - 1 : part.start + 1].isalnum()):
            yield word
            word = []
        word.append(part)
    if word:
        yield word


def figure(value: float | None, *, missing: str = NONE) -> str:
    """Two decimals, with a true minus sign; ``missing`` for None."""
    return missing if value is None else f"{value:z.2f}".replace("-", "−")


def _sentences(passage: Document | Paragraph) -> list[Sentence]:
    """The sentences that its scores are of."""
    if isinstance(passage, Paragraph):
        return list(passage.sentences)
    return [sentence for paragraph in passage.paragraphs if paragraph.counts for sentence in paragraph.sentences]


def _all_quoted(sentences: Sequence[Sentence]) -> bool:
    """Whether all words are somebody else's; the author's own small talk has no score, but is the author's."""
    return bool(sentences) and all(sentence.voice == "quoted" for sentence in sentences)


def loaded_text(passage: Document | Paragraph) -> str:
    """``loaded`` as shown: a number, or "quoted" where all words are somebody else's."""
    return figure(passage.loaded, missing=NONE_QUOTED if _all_quoted(_sentences(passage)) else NONE)


def figures(passage: Document | Paragraph) -> tuple[ShownScore, ...]:
    """The scores of a document or paragraph, in reading order; the first is ``loaded``."""
    values = {name: getattr(passage, name) for name in _SHOWN}
    texts = {name: figure(value) for name, value in values.items()} | {"loaded": loaded_text(passage)}
    amounts: dict[str, float | None] = values | {"tone": None}
    return tuple(ShownScore(label, texts[name], MEANINGS[name], amounts[name]) for name, label in _SHOWN.items())


def asides(paragraph: Paragraph) -> tuple[str, ...]:
    """What else is to be said of a paragraph: that it repeats another, or is loaded without a word that stands out."""
    said = []
    if paragraph.duplicate_of is not None:
        said.append(f"repeats paragraph {paragraph.duplicate_of + 1}")
    if n := sum(sentence.none_stands_out for sentence in paragraph.sentences):
        said.append(f"{_count(n, 'loaded sentence')} in which no single word stands out")
    return tuple(said)


def one_line(document: Document) -> str:
    """One sentence that says what the scores mean, counted over the sentences of text and quotations."""
    sentences = _sentences(document)
    if not sentences:
        return "There is no text to score."
    author = [sentence for sentence in sentences if sentence.label is not None]
    if not author:
        if all(sentence.quoted_loaded is None for sentence in sentences):
            return "No sentence makes a statement that could be loaded."
        if _all_quoted(sentences):
            return "Every sentence stands inside a quotation; the author adds no words."
        return "The author makes no statement that could be loaded."
    loaded = sum(sentence.label == "loaded" for sentence in author)
    uncertain = sum(sentence.label == "uncertain" for sentence in author)
    uses = "uses" if loaded == 1 or len(sentences) == 1 else "use"
    line = f"{loaded} of {_count(len(sentences), 'sentence')} {uses} loaded language in the author’s own words"
    return f"{line}; {uncertain} more {'is' if uncertain == 1 else 'are'} uncertain." if uncertain else f"{line}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

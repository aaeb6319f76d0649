"""What a reader sees of a Document, before any markup: runs of one look, words, figures, the one-line reading.

The terminal view and the HTML page are two renderings of these, so that they cannot tell different stories.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from biasscore.results import Contributions, Document, Paragraph, Quote, Sentence, Span, TokenPart

STEPS = 4
"""Strength of a marked span is shown in this many steps of equal width on its score."""

NONE_QUOTED = "quoted"
NONE = "–"

_CONTROL_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_INVISIBLE = (
    _CONTROL_PICTURES
    | {0x7F: 0x2421}
    | dict.fromkeys(range(128, 160), 65533)
    | dict.fromkeys(range(55296, 57344), 65533)
    | dict.fromkeys((65534, 65535), 65533)
)


def visible(text: str) -> str:
    """The text with each code point that neither HTML nor a terminal can carry replaced by one visible sign.

    Control characters become their control pictures (NUL is shown as ␀), lone surrogates and noncharacters U+FFFD.
    One code point stands for one, so offsets stay true.
    """
    return text.translate(_INVISIBLE)


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
class Figure:
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
    end = offset + len(passage.text)
    inside = _between(quotes, offset, end)
    spans = [span for span in passage.spans if span.start < end and span.end > offset]
    borders = {offset, end}
    for start, stop in (*((q.start, q.end) for q in inside), *((s.start, s.end) for s in spans)):
        borders.update(border for border in (start, stop) if offset < border < end)
    cuts = sorted(borders)
    for first, last in pairwise(cuts):
        span = next((span for span in spans if span.start <= first and last <= span.end), None)
        quoted = any(quote.start <= first and last <= quote.end for quote in inside)
        yield Run(passage.text[first - offset : last - offset], first, last, quoted, span)


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
        One entry a word in the order of the text; none if the task has no parts or every part is 0.
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
    return missing if value is None else f"{value:.2f}".replace("-", "−")


def loaded_text(passage: Document | Paragraph | Sentence) -> str:
    """``loaded`` as shown: a number, or "quoted" where all words are somebody else's."""
    return figure(passage.loaded, missing=NONE if passage.quoted_loaded is None else NONE_QUOTED)


def figures(passage: Document | Paragraph) -> tuple[Figure, ...]:
    """The scores of a document or paragraph, in reading order; the first is ``loaded``."""
    tone = passage.tone
    share, peak, quoted, subjective = (
        passage.loaded_share,
        passage.peak,
        passage.quoted_loaded,
        passage.subjectivity,
    )
    return (
        Figure("loaded", loaded_text(passage), "expected loaded share of the author’s text", passage.loaded),
        Figure("loaded share", figure(share), "author’s text in sentences labelled loaded", share),
        Figure("peak", figure(peak), "loaded of the highest sentence", peak),
        Figure("quoted", figure(quoted), "loaded, of what stands inside quotations", quoted),
        Figure("subjectivity", figure(subjective), "mean probability of a subjective sentence", subjective),
        Figure("tone", figure(tone), "p(positive) − p(negative), from −1 to 1", None),
    )


def one_line(document: Document) -> str:
    """One sentence that says what the scores mean, counted over the text's sentences, headings left out."""
    sentences = [s for paragraph in document.paragraphs if paragraph.kind == "text" for s in paragraph.sentences]
    if not sentences:
        return "There is no text to score."
    author = [sentence for sentence in sentences if sentence.label is not None]
    if not author:
        return "Every sentence stands inside a quotation; the author adds no words."
    loaded = sum(sentence.label == "loaded" for sentence in author)
    uncertain = sum(sentence.label == "uncertain" for sentence in author)
    uses = "uses" if loaded == 1 or len(sentences) == 1 else "use"
    line = f"{loaded} of {_count(len(sentences), 'sentence')} {uses} loaded language in the author’s own words"
    return f"{line}; {uncertain} more {'is' if uncertain == 1 else 'are'} uncertain." if uncertain else f"{line}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

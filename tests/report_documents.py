"""Documents built by hand for the tests of reports and analysis: a word list instead of a model."""

from __future__ import annotations

import re

from biasscore.results import (
    Contributions,
    Document,
    Framing,
    Label,
    Paragraph,
    ParagraphKind,
    Quote,
    Sentence,
    Sentiment,
    Span,
    TokenPart,
    Voice,
)

LOADED_WORDS = {
    "reckless": 0.9,
    "scheme": 0.6,
    "smug": 0.8,
    "bloated": 0.75,
    "sneered": 0.4,
    "shameless": 0.97,
    "lazy": 0.2,
}


def document(text: str, *, title: str | None = None, model: str = "hand@0", explained: bool = False) -> Document:
    """Scores ``text`` by a word list; blank lines part paragraphs, a paragraph without a full stop is a heading."""
    quotes = tuple(
        Quote(found.group(), found.start(), found.end(), 0.5) for found in re.finditer("“[^”]*”", text) if found
    )
    blocks = re.finditer(r"\S(?:.|\n(?!\s*\n))*", text)
    paragraphs = tuple(_paragraph(block.group().rstrip(), block.start(), quotes, explained) for block in blocks)
    heading = _paragraph(title, 0, (), explained) if title is not None else None
    framing = Framing(0.3, 0.5, 0.2) if paragraphs else None
    return Document(text, model, framing, paragraphs, quotes, (), heading)


def _paragraph(text: str, offset: int, quotes: tuple[Quote, ...], explained: bool) -> Paragraph:
    kind: ParagraphKind = "text" if re.search(r"[.!?]\W*$", text) else "heading"
    found = re.finditer(r"\S(?:(?![.!?]”?\s).|\n)*(?:[.!?]”?)?", text)
    sentences = tuple(_sentence(part.group(), offset + part.start(), quotes, explained) for part in found)
    return Paragraph(text, offset, offset + len(text), kind, Framing(0.3, 0.5, 0.2), sentences)


def _sentence(text: str, offset: int, quotes: tuple[Quote, ...], explained: bool) -> Sentence:
    end = offset + len(text)
    quoted_at = {i for quote in quotes for i in range(max(quote.start, offset), min(quote.end, end))}
    spans = tuple(_spans(text, offset, quoted_at))
    author = len(text) - len(quoted_at)
    scores: dict[str, float] = {
        voice: max([0.1, *(span.score for span in spans if span.voice == voice)]) for voice in ("author", "quoted")
    }
    loaded = scores["author"] if author else None
    return Sentence(
        text=text,
        start=offset,
        end=end,
        voice="author" if not quoted_at else "mixed" if author else "quoted",
        loaded=loaded,
        quoted_loaded=scores["quoted"] if quoted_at else None,
        attributed_loaded=None,
        label=_label(loaded),
        subjectivity=0.5,
        sentiment=Sentiment(0.3, 0.6, 0.1),
        spans=spans,
        author_chars=author,
        quoted_chars=len(quoted_at),
        attributed_chars=0,
        n_tokens=len(text.split()),
        contributions=(_contributions(text, offset),) if explained else None,
    )


def _spans(text: str, offset: int, quoted_at: set[int]) -> list[Span]:
    spans = []
    for found in re.finditer(r"\w+", text):
        score = LOADED_WORDS.get(found.group().lower())
        if score is not None:
            start = offset + found.start()
            voice: Voice = "quoted" if start in quoted_at else "author"
            spans.append(Span(found.group(), start, offset + found.end(), score, voice))
    return spans


def _contributions(text: str, offset: int) -> Contributions:
    parts = []
    for found in re.finditer(r"\w{1,4}|[^\w\s]", text):
        value = 0.8 if found.group().lower() in {"reck", "sham"} else -0.02 * len(found.group())
        parts.append(TokenPart(offset + found.start(), offset + found.end(), (value,)))
    return Contributions("loaded", (-1.0,), tuple(parts))


def _label(loaded: float | None) -> Label | None:
    if loaded is None:
        return None
    return "loaded" if loaded >= 0.6 else "uncertain" if loaded >= 0.35 else "neutral"

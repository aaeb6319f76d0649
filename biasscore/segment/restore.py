"""Brings what was found in the copy that the rules read back to the text as it was given."""

from __future__ import annotations

from dataclasses import replace

from biasscore.results import Mention
from biasscore.segment.reading import Reading
from biasscore.segment.types import ParagraphRange, QuoteRange, Segmentation, SentenceRange


def restore(found: Segmentation, reading: Reading) -> Segmentation:
    """The same ranges, counted in ``reading.original``."""
    if found.text is reading.original:
        return found
    return Segmentation(
        text=reading.original,
        paragraphs=tuple(ParagraphRange(reading.start(p.start), reading.end(p.end), p.kind) for p in found.paragraphs),
        sentences=tuple(_sentence(sentence, reading) for sentence in found.sentences),
        quotes=tuple(_quote(quote, reading) for quote in found.quotes),
        scare_quotes=tuple(_mention(mention, reading) for mention in found.scare_quotes),
        indirect=tuple(_quote(piece, reading) for piece in found.indirect),
        labels=tuple((reading.start(start), reading.end(end)) for start, end in found.labels),
    )


def _sentence(sentence: SentenceRange, reading: Reading) -> SentenceRange:
    """A blank that the copy leaves out lies between two voices; it goes with the first."""
    end = reading.end(sentence.end)
    borders = [*(reading.start(voice.start) for voice in sentence.voices), end]
    voices = tuple(replace(v, start=borders[i], end=borders[i + 1]) for i, v in enumerate(sentence.voices))
    return SentenceRange(borders[0], end, sentence.paragraph, voices)


def _quote(quote: QuoteRange, reading: Reading) -> QuoteRange:
    speaker = _mention(quote.speaker, reading) if quote.speaker else None
    cue = _mention(quote.cue, reading) if quote.cue else None
    return QuoteRange(reading.start(quote.start), reading.end(quote.end), speaker, cue)


def _mention(mention: Mention, reading: Reading) -> Mention:
    start, end = reading.start(mention.start), reading.end(mention.end)
    return Mention(reading.original[start:end], start, end)

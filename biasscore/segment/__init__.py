"""From a text to its paragraphs, sentences and voices, as ranges into the string as it was given."""

from __future__ import annotations

from collections.abc import Sequence

from biasscore.segment.paragraphs import find_paragraphs
from biasscore.segment.quotes import find_quotes
from biasscore.segment.sentences import find_sentences
from biasscore.segment.types import ParagraphRange, QuoteRange, Segmentation, SentenceRange, VoiceRange
from biasscore.segment.voices import Stretch, tile

__all__ = ["ParagraphRange", "QuoteRange", "Segmentation", "SentenceRange", "VoiceRange", "segment"]


def segment(text: str) -> Segmentation:
    """Cut a text into paragraphs and sentences, and tell whose words each sentence holds.

    Args:
        text: any string. Nothing is edited: all offsets count its code points.

    Returns:
        Ranges that lose no character but whitespace; see ``Segmentation``.
    """
    paragraphs = find_paragraphs(text)
    quotes = tuple(QuoteRange(start, end) for start, end in find_quotes(text, paragraphs))
    stretches = [Stretch(quote.start, quote.end, i) for i, quote in enumerate(quotes)]
    return Segmentation(text, paragraphs, _sentences(text, paragraphs, stretches), quotes, ())


def _sentences(
    text: str, paragraphs: Sequence[ParagraphRange], stretches: Sequence[Stretch]
) -> tuple[SentenceRange, ...]:
    sentences = []
    first = 0
    for i, paragraph in enumerate(paragraphs):
        for start, end in find_sentences(text, paragraph.start, paragraph.end):
            while first < len(stretches) and stretches[first].end <= start:
                first += 1
            last = first
            while last < len(stretches) and stretches[last].start < end:
                last += 1
            sentences.append(SentenceRange(start, end, i, tile(text, start, end, stretches[first:last])))
    return tuple(sentences)

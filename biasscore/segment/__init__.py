"""From a text to its paragraphs, sentences and voices, as ranges into the string as it was given."""

from __future__ import annotations

from biasscore.segment.paragraphs import find_paragraphs
from biasscore.segment.sentences import find_sentences
from biasscore.segment.types import ParagraphRange, QuoteRange, Segmentation, SentenceRange, VoiceRange
from biasscore.segment.voices import find_voices, tile_sentences

__all__ = ["ParagraphRange", "QuoteRange", "Segmentation", "SentenceRange", "VoiceRange", "segment"]


def segment(text: str) -> Segmentation:
    """Cut a text into paragraphs and sentences, and tell whose words each sentence holds.

    Args:
        text: any string. Nothing is edited: all offsets count its code points.

    Returns:
        Ranges that lose no character but whitespace; see ``Segmentation``.
    """
    paragraphs = find_paragraphs(text)
    bounds = find_sentences(text, paragraphs)
    voices = find_voices(text, paragraphs, bounds)
    sentences = tile_sentences(text, bounds, voices)
    return Segmentation(text, paragraphs, sentences, voices.quotes, voices.scare_quotes, voices.indirect)

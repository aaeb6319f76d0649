"""From a text to its paragraphs, sentences and voices, as ranges into the string as it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biasscore.results import Block
from biasscore.segment.notes import find_notes
from biasscore.segment.paragraphs import find_paragraphs
from biasscore.segment.reading import Reading, read
from biasscore.segment.restore import restore
from biasscore.segment.sentences import find_sentences
from biasscore.segment.types import ParagraphRange, QuoteRange, Segmentation, SentenceRange, VoiceRange
from biasscore.segment.voices import find_voices, tile_sentences

__all__ = ["ParagraphRange", "QuoteRange", "Segmentation", "SentenceRange", "VoiceRange", "segment"]


def segment(text: str, blocks: Sequence[Block] = ()) -> Segmentation:
    """Cut a text into paragraphs and sentences, and find whose words each sentence has.

    Args:
        text: any string. Nothing is edited: all offsets count its code points.
        blocks: parts that a web page marks as heading, quotation or boilerplate, in order and without overlap.

    Returns:
        Ranges that cover every character that a reader sees; see ``Segmentation``.
    """
    reading = read(text)
    found = restore(_segment(reading, _placed(blocks, reading)), reading)
    return replace(found, notes=find_notes(found))


def _segment(reading: Reading, marked: Sequence[Block]) -> Segmentation:
    text = reading.text
    paragraphs = find_paragraphs(text, marked)
    bounds = find_sentences(text, paragraphs, reading.borders)
    voices = find_voices(text, paragraphs, bounds, marked)
    sentences = tile_sentences(text, bounds, voices)
    return Segmentation(
        text, paragraphs, sentences, voices.quotes, voices.scare_quotes, voices.indirect, labels=voices.labels
    )


def _placed(blocks: Sequence[Block], reading: Reading) -> list[Block]:
    """The blocks in the copy that the rules read."""
    return [Block(reading.position(block.start), reading.position(block.end), block.kind) for block in blocks]

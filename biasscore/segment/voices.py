"""Whose words: the stretches of author, quoted and attributed words that tile each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biasscore.segment.types import VoiceRange


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that are not plainly the author's: a quotation (``quote`` ≥ 0) or indirect speech (−1)."""

    start: int
    end: int
    quote: int


def tile(text: str, start: int, end: int, stretches: Sequence[Stretch]) -> tuple[VoiceRange, ...]:
    """Cut one sentence at the borders of voices, without gaps.

    Args:
        stretches: those that touch the sentence, in order and without overlap.
    """
    if not stretches:
        return (VoiceRange(start, end, "author"),)
    pieces: list[VoiceRange] = []
    position = start
    for stretch in stretches:
        first, last = max(start, stretch.start), min(end, stretch.end)
        if first > position:
            pieces.append(VoiceRange(position, first, "author"))
        pieces.append(VoiceRange(first, last, "attributed" if stretch.quote < 0 else "quoted", stretch.quote))
        position = last
    if position < end:
        pieces.append(VoiceRange(position, end, "author"))
    return _absorb_wordless(text, pieces)


def _absorb_wordless(text: str, pieces: list[VoiceRange]) -> tuple[VoiceRange, ...]:
    """Give an author's stretch without a letter or digit (a space, a full stop after a mark) to its neighbour."""
    kept: list[VoiceRange] = []
    lead = pieces[0].start
    for piece in pieces:
        if piece.voice != "author" or any(map(str.isalnum, text[piece.start : piece.end])):
            kept.append(VoiceRange(lead, piece.end, piece.voice, piece.quote))
        elif kept:
            kept[-1] = VoiceRange(kept[-1].start, piece.end, kept[-1].voice, kept[-1].quote)
        else:
            continue
        lead = piece.end
    return tuple(kept)

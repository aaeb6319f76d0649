"""Whose words: the stretches of author, quoted and attributed words that tile each sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from biasscore.results import Mention
from biasscore.segment.attributed import find_hints, find_indirect
from biasscore.segment.mark_meaning import Verdict, read_meanings
from biasscore.segment.quotes import find_pairs
from biasscore.segment.sentences import Bounds
from biasscore.segment.speakers import SpeechTag, attribution_before
from biasscore.segment.transcripts import Turn, find_turns
from biasscore.segment.types import ParagraphRange, QuoteRange, SentenceRange, VoiceRange


@dataclass(frozen=True, slots=True)
class Voices:
    """What is found about voice in one text, each in the order of the text."""

    quotes: tuple[QuoteRange, ...]
    scare_quotes: tuple[Mention, ...]
    indirect: tuple[QuoteRange, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words that are not plainly the author's: a quotation (``quote`` ≥ 0) or indirect speech (−1)."""

    start: int
    end: int
    quote: int


def find_voices(text: str, paragraphs: Sequence[ParagraphRange], sentences: Sequence[Bounds]) -> Voices:
    """Find quotations with their speakers, scare quotes and indirect speech."""
    turns = find_turns(text, paragraphs)
    verdicts = read_marks(text, paragraphs, sentences, turns)
    spoken = [_quote(text, v.pair.start, v.pair.end, v.attribution) for v in verdicts if v.meaning == "quoted"]
    quotes = sorted(spoken + _turn_quotes(text, paragraphs, turns), key=lambda quote: quote.start)
    scare = tuple(_mention(text, v.pair.start, v.pair.end) for v in verdicts if v.meaning == "scare")
    return Voices(tuple(quotes), scare, tuple(_indirect(text, sentences, quotes)))


def read_marks(
    text: str, paragraphs: Sequence[ParagraphRange], sentences: Sequence[Bounds], turns: Sequence[Turn]
) -> list[Verdict]:
    """What each pair of quotation marks outside the turns of a transcript means; no quotation runs on over a turn."""
    borders = [-1, *sorted({turn.paragraph for turn in turns}), len(paragraphs)]
    pairs = [pair for before, after in pairwise(borders) for pair in find_pairs(text, paragraphs[before + 1 : after])]
    return read_meanings(text, pairs, sentences, [p.kind == "heading" for p in paragraphs])


def tile_sentences(text: str, sentences: Sequence[Bounds], voices: Voices) -> tuple[SentenceRange, ...]:
    """Give each sentence the voices that tile it."""
    stretches = _stretches(voices)
    tiled = []
    first = 0
    for start, end, paragraph in sentences:
        while first < len(stretches) and stretches[first].end <= start:
            first += 1
        last = first
        while last < len(stretches) and stretches[last].start < end:
            last += 1
        tiled.append(SentenceRange(start, end, paragraph, _tile(text, start, end, stretches[first:last])))
    return tuple(tiled)


def _mention(text: str, start: int, end: int) -> Mention:
    return Mention(text[start:end], start, end)


def _quote(text: str, start: int, end: int, attribution: SpeechTag | None) -> QuoteRange:
    if attribution is None:
        return QuoteRange(start, end)
    speaker = _mention(text, *attribution.speaker) if attribution.speaker else None
    first, last = attribution.cue
    return QuoteRange(start, end, speaker, _mention(text, first, last) if last > first else None)


def _turn_quotes(text: str, paragraphs: Sequence[ParagraphRange], turns: Sequence[Turn]) -> list[QuoteRange]:
    quotes: list[QuoteRange] = []
    last_block = -2
    for turn in turns:
        if turn.speaker:
            quotes.append(QuoteRange(turn.start, turn.end, _mention(text, *turn.speaker)))
            continue
        if last_block == turn.paragraph - 1:
            quotes[-1] = QuoteRange(quotes[-1].start, turn.end, quotes[-1].speaker, quotes[-1].cue)
        else:
            quotes.append(_quote(text, turn.start, turn.end, _introduction(text, paragraphs, turn)))
        last_block = turn.paragraph
    return quotes


def _introduction(text: str, paragraphs: Sequence[ParagraphRange], block: Turn) -> SpeechTag | None:
    """``Her letter reads:`` in the paragraph before a block quotation."""
    if block.paragraph == 0:
        return None
    before = paragraphs[block.paragraph - 1]
    return attribution_before(text, before.start, before.end) if text[before.end - 1] == ":" else None


def _indirect(text: str, sentences: Sequence[Bounds], quotes: Sequence[QuoteRange]) -> list[QuoteRange]:
    starts = [sentence.start for sentence in sentences]
    hinted = sorted({bisect_right(starts, position) - 1 for position in find_hints(text)})
    openings = [quote.start for quote in quotes]
    found: list[QuoteRange] = []
    for start, end, _ in (sentences[i] for i in hinted if i >= 0):
        last = bisect_right(openings, end)
        first = last
        while first > 0 and quotes[first - 1].end > start:
            first -= 1
        inside = [(quote.start, quote.end) for quote in quotes[first:last]]
        if not (inside and inside[0][0] <= start and inside[0][1] >= end):
            pieces = find_indirect(text, start, end, inside)
            found.extend(_quote(text, piece.start, piece.end, piece.attribution) for piece in pieces)
    return found


def _stretches(voices: Voices) -> list[_Stretch]:
    """Quotations and indirect speech without overlap: a quotation inside indirect speech is the quotation's."""
    stretches = [_Stretch(quote.start, quote.end, i) for i, quote in enumerate(voices.quotes)]
    quotes = voices.quotes
    first = 0
    for piece in voices.indirect:
        while first < len(quotes) and quotes[first].end <= piece.start:
            first += 1
        position = piece.start
        for quote in quotes[first:]:
            if quote.start >= piece.end:
                break
            if quote.start > position:
                stretches.append(_Stretch(position, quote.start, -1))
            position = max(position, quote.end)
        if position < piece.end:
            stretches.append(_Stretch(position, piece.end, -1))
    return sorted(stretches, key=lambda stretch: stretch.start)


def _tile(text: str, start: int, end: int, stretches: Sequence[_Stretch]) -> tuple[VoiceRange, ...]:
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


def _absorb_wordless(text: str, pieces: Sequence[VoiceRange]) -> tuple[VoiceRange, ...]:
    """Give an author's stretch without a letter or digit (a space, a full stop after a mark) to its neighbour."""
    kept: list[VoiceRange] = []
    lead = pieces[0].start
    for piece in pieces:
        if piece.voice == "quoted" or any(map(str.isalnum, text[piece.start : piece.end])):
            kept.append(VoiceRange(lead, piece.end, piece.voice, piece.quote))
        elif kept:
            kept[-1] = VoiceRange(kept[-1].start, piece.end, kept[-1].voice, kept[-1].quote)
        else:
            continue
        lead = piece.end
    return tuple(kept)

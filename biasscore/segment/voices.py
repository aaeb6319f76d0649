"""Whose words: the stretches of author, quoted and attributed words that tile each sentence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from biasscore.results import Block, Mention
from biasscore.segment.attributed import find_hints, find_indirect
from biasscore.segment.interviews import find_interview
from biasscore.segment.mark_meaning import Verdict, read_meanings
from biasscore.segment.posts import find_posts
from biasscore.segment.quotes import find_pairs
from biasscore.segment.sentences import Bounds
from biasscore.segment.small_talk import is_small_talk
from biasscore.segment.speakers import SpeechTag, attribution_after, attribution_before
from biasscore.segment.speech_tags import only_says_who_speaks
from biasscore.segment.transcripts import Turn, find_captions, find_transcript
from biasscore.segment.types import ParagraphRange, QuoteRange, SentenceRange, VoiceRange

_LONGEST_TITLE = 200
_ENDS_SENTENCE = ".!;"
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Voices:
    """What is found about voice in one text, each in the order of the text; ``labels`` only name speakers."""

    quotes: tuple[QuoteRange, ...]
    scare_quotes: tuple[Mention, ...]
    indirect: tuple[QuoteRange, ...]
    labels: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words that are not plainly the author's: a quotation (``quote`` ≥ 0) or indirect speech (−1)."""

    start: int
    end: int
    quote: int


def find_voices(
    text: str, paragraphs: Sequence[ParagraphRange], sentences: Sequence[Bounds], marked: Sequence[Block] = ()
) -> Voices:
    """Find quotations with their speakers, scare quotes and indirect speech.

    Args:
        marked: quotations that a web page marks inside paragraphs.
    """
    turns = find_turns(text, paragraphs)
    verdicts = _outside(marked, read_marks(text, paragraphs, sentences, turns))
    quotes = [_quote(text, v.pair.start, v.pair.end, v.attribution) for v in verdicts if v.meaning == "quoted"]
    quotes += [_turn_quote(text, turn) for turn in turns]
    quotes += _marked_quotes(text, paragraphs, sentences, turns, marked)
    quotes.sort(key=lambda quote: quote.start)
    scare = tuple(_mention(text, v.pair.start, v.pair.end) for v in verdicts if v.meaning == "scare")
    indirect = tuple(_indirect(text, sentences, quotes))
    return Voices(tuple(quotes), scare, indirect, tuple(_labels(turns, verdicts, sentences)))


def find_turns(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """Words that the layout gives to somebody, in order; no paragraph is read in two ways."""
    taken: set[int] = set()
    turns: list[Turn] = []
    for find in (find_captions, find_transcript, find_posts, find_interview):
        found = [turn for turn in find(text, paragraphs) if taken.isdisjoint(turn.paragraphs)]
        turns += found
        taken.update(i for turn in found for i in turn.paragraphs)
    return sorted(turns, key=lambda turn: turn.start)


def read_marks(
    text: str, paragraphs: Sequence[ParagraphRange], sentences: Sequence[Bounds], turns: Sequence[Turn]
) -> list[Verdict]:
    """What each pair of quotation marks outside the turns of a transcript means; no quotation runs on over a turn."""
    inside = {i for turn in turns for i in turn.paragraphs}
    borders = [-1, *sorted(inside), len(paragraphs)]
    pairs = [pair for before, after in pairwise(borders) for pair in find_pairs(text, paragraphs[before + 1 : after])]
    return read_meanings(text, pairs, sentences, _headlines(text, paragraphs))


def _headlines(text: str, paragraphs: Sequence[ParagraphRange]) -> list[bool]:
    """Which paragraphs are headlines: headings, and a lone line that ends like one, such as a title."""
    if len(paragraphs) == 1 and paragraphs[0].kind == "text":
        start, end = paragraphs[0].start, paragraphs[0].end
        return [end - start <= _LONGEST_TITLE and text[end - 1] not in _ENDS_SENTENCE]
    return [paragraph.kind == "heading" for paragraph in paragraphs]


def _outside(marked: Sequence[Block], verdicts: list[Verdict]) -> list[Verdict]:
    """Marks in and around what a web page marks as a quotation have nothing to add."""
    blocks = [block for block in marked if block.kind == "quotation"]
    starts = [block.start for block in blocks]
    kept = []
    for verdict in verdicts:
        i = bisect_right(starts, verdict.pair.end - 1) - 1
        if i < 0 or blocks[i].end <= verdict.pair.start:
            kept.append(verdict)
    return kept


def _marked_quotes(
    text: str,
    paragraphs: Sequence[ParagraphRange],
    sentences: Sequence[Bounds],
    turns: Sequence[Turn],
    marked: Sequence[Block],
) -> Iterator[QuoteRange]:
    """Quotations that a web page marks inside a paragraph of text, with the speaker that their sentence names."""
    starts = [paragraph.start for paragraph in paragraphs]
    begins = [sentence.start for sentence in sentences]
    inside = {i for turn in turns for i in turn.paragraphs}
    free = 0
    for block in marked:
        i = bisect_right(starts, block.start) - 1
        if block.kind != "quotation" or i < 0 or i in inside or paragraphs[i].kind == "boilerplate":
            continue
        if block.end <= paragraphs[i].end:
            sentence = sentences[bisect_right(begins, block.start) - 1]
            before = attribution_before(text, max(sentence.start, free), block.start)
            after = attribution_after(text, block.end, sentence.end) if block.end < sentence.end else None
            free = block.end
            yield _quote(text, block.start, block.end, after or before)


def _labels(
    turns: Sequence[Turn], verdicts: Sequence[Verdict], sentences: Sequence[Bounds]
) -> Iterator[tuple[int, int]]:
    """Labels and signatures, in order: words that only name a speaker."""
    found = [turn.label for turn in turns if turn.label]
    starts = [sentence.start for sentence in sentences]
    for verdict in verdicts:
        tag = verdict.attribution
        if verdict.meaning == "quoted" and tag and tag.speaker and tag.cue[0] == tag.cue[1] > verdict.pair.end:
            sentence = sentences[bisect_right(starts, tag.speaker[0]) - 1]
            if sentence.end == tag.cue[1]:
                found.append((max(sentence.start, verdict.pair.end), sentence.end))
    return iter(sorted(found))


def tile_sentences(text: str, sentences: Sequence[Bounds], voices: Voices) -> tuple[SentenceRange, ...]:
    """Give each sentence the voices that tile it."""
    stretches = _stretches(voices)
    label_ends = [end for _, end in voices.labels]
    tiled = []
    first = 0
    for start, end, paragraph in sentences:
        while first < len(stretches) and stretches[first].end <= start:
            first += 1
        last = first
        while last < len(stretches) and stretches[last].start < end:
            last += 1
        pieces = _tile(text, start, end, stretches[first:last])
        i = bisect_right(label_ends, start)
        labelled = i < len(label_ends) and voices.labels[i][0] < end
        if labelled or last > first:
            pieces = tuple(_only_says_who(text, piece, pieces, voices.labels, label_ends) for piece in pieces)
        pieces = tuple(replace(p, scored=False) if is_small_talk(text, p.start, p.end) else p for p in pieces)
        tiled.append(SentenceRange(start, end, paragraph, pieces))
    return tuple(tiled)


def _only_says_who(
    text: str,
    piece: VoiceRange,
    pieces: Sequence[VoiceRange],
    labels: Sequence[tuple[int, int]],
    label_ends: Sequence[int],
) -> VoiceRange:
    """An author's stretch that only says who speaks is not scored."""
    if piece.voice != "author":
        return piece
    i = bisect_right(label_ends, piece.start)
    is_label = i < len(labels) and labels[i][0] <= piece.start and not _WORD.search(text, labels[i][1], piece.end)
    unquoted = [(each.start, each.end) for each in pieces if each.voice != "quoted"]
    tags = len(pieces) > 1 and only_says_who_speaks(text, piece.start, piece.end, unquoted)
    return replace(piece, scored=False) if is_label or tags else piece


def _mention(text: str, start: int, end: int) -> Mention:
    return Mention(text[start:end], start, end)


def _quote(text: str, start: int, end: int, attribution: SpeechTag | None) -> QuoteRange:
    if attribution is None:
        return QuoteRange(start, end)
    speaker = _mention(text, *attribution.speaker) if attribution.speaker else None
    first, last = attribution.cue
    return QuoteRange(start, end, speaker, _mention(text, first, last) if last > first else None)


def _turn_quote(text: str, turn: Turn) -> QuoteRange:
    speaker = _mention(text, *turn.speaker) if turn.speaker else None
    return QuoteRange(turn.start, turn.end, speaker, _mention(text, *turn.cue) if turn.cue else None)


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
            unquoted = list(pairwise([start, *chain.from_iterable(inside), end]))[::2]
            pieces = [
                piece
                for piece in find_indirect(text, start, end, inside)
                if not (inside and only_says_who_speaks(text, piece.start, piece.end, unquoted))
            ]
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
        i = first
        while i < len(quotes) and quotes[i].start < piece.end:
            if quotes[i].start > position:
                stretches.append(_Stretch(position, quotes[i].start, -1))
            position = max(position, quotes[i].end)
            i += 1
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

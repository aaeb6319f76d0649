"""Paragraphs and their kinds: where a text's lines end and which lines belong together.

A blank line always parts paragraphs. Between two lines that touch, a text means one of two things: pasted articles put
each paragraph on a line of its own, plain-text mails and files are wrapped at some width. A text counts as wrapped when
at least half of its touching lines are at most ``_MAX_WIDTH`` characters long and go on in lower case; then a line
ends a paragraph only where the next word would still have fitted. In a text in capitals, a line goes on if it ends no
sentence, and many lines must fill the width. In all other texts every line is a paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from biasscore.results import Block, ParagraphKind
from biasscore.segment.boilerplate import AGENCY, SIGNATURE, export_lines, is_boilerplate
from biasscore.segment.transcripts import CAPTION
from biasscore.segment.types import ParagraphRange

_MAX_WIDTH = 200
_MAX_LINE = 1000
_LONGEST_NOTICE = 40
_MAX_HEADING_CHARS = 120
_MAX_HEADING_WORDS = 20

_MARKED_HEADING = re.compile(r"#{1,6}\s|[Hh][1-6]:")
_LIST_ITEM = re.compile(r"[-*•–—]\s|\(?\d{1,3}[.)]\s")
_LABEL = re.compile(r"[A-Z][A-Z.'’ -]{0,30}:\s")
_QUOTED_LINE = ">"
_IN_CAPITALS = re.compile(r"[A-Z]{2} [A-Z]")
_IN_SMALL_LETTERS = re.compile(r"[^\W\d_A-Z]{3}")
_QUOTE_INSIDE = re.compile(r"[“\"‘'«][^”\"’']*[^,”\"’'][”\"’'»]\W+\w")
_OPENS_QUOTE = "“\"‘'«"
_CLOSING_MARKS = "”\"’')]»*_"
# What may follow the end of a sentence: footnotes, links, hashtags, handles and agencies that sign.
_TAIL = re.compile(
    r"(?:\s*(?:\[\w{1,3}\]|[¹²³⁰-⁹]+|\(?(?:https?://|www\.|[a-z]+\.(?:\w+\.)?[a-z]{2,4}/)\S+|(?<!\w)[#@]\w+"
    rf"|{SIGNATURE}|[–—-]{{1,2}} ?{AGENCY}|(?<=[.!?”\"] )AFP))+\Z"
)
_ENDS_SENTENCE = ".!?…"


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    indent: int


@dataclass(frozen=True, slots=True)
class _LineLayout:
    """How the lines of a text lie.

    Attributes:
        width: at which it was wrapped; 0 when every line is a paragraph.
        shouts: all of it is in capitals.
        captions: ``>>`` marks each new speaker.
    """

    width: int
    shouts: bool
    captions: bool


def find_paragraphs(text: str, marked: Sequence[Block] = ()) -> tuple[ParagraphRange, ...]:
    """Cut a text into paragraphs of four kinds: text, heading, quotation and boilerplate.

    Args:
        text: any string; ``str.splitlines`` decides what a line is, so CR, CRLF, NEL, form feed and U+2028 end one.
        marked: what a web page says of its parts, in order; a paragraph that lies in one is of its kind.

    Returns:
        Ranges without surrounding whitespace, in order; what lies between them is whitespace.
    """
    blocks = _blocks(text)
    layout = _layout(text, blocks)
    ranges = [piece for block in blocks for piece in _join_lines(text, block, layout)]
    speakers = sum(text.startswith(CAPTION, start) for start, _ in ranges)
    kinds = _kinds(text, ranges, captions=layout.captions and 3 * speakers >= len(ranges))
    if speakers > max(1, len(ranges) / 2) and _are_spaced_captions(text, blocks):
        kinds = ["text" if kind == "quotation" else kind for kind in kinds]
    for i, kind in _kinds_of_marked(ranges, marked):
        start, end = ranges[i]
        # A short notice inside a post ("View this post on Instagram") is the network's.
        kinds[i] = "boilerplate" if kinds[i] == "boilerplate" and end - start <= _LONGEST_NOTICE else kind
    return tuple(ParagraphRange(start, end, kind) for (start, end), kind in zip(ranges, kinds, strict=True))


def _kinds(text: str, ranges: Sequence[tuple[int, int]], *, captions: bool) -> list[ParagraphKind]:
    lines = [text[start : min(end, start + _MAX_LINE)] for start, end in ranges]
    exported = export_lines(lines)
    kinds: list[ParagraphKind] = []
    for i, (start, end) in enumerate(ranges):
        if i in exported:
            kinds.append(exported[i])
        elif is_boilerplate(lines[i]):
            kinds.append("boilerplate")
        elif captions:
            kinds.append("text")
        elif text[start] == _QUOTED_LINE:
            kinds.append("quotation")
        else:
            kinds.append("heading" if _is_heading(text, start, end) else "text")
    # A heading stands above something; a lone line, the last one and those of a list are what the text has to say.
    plain = [i for i, kind in enumerate(kinds) if kind != "boilerplate" and i not in exported]
    loose = [i for i in plain if kinds[i] == "heading" and not _MARKED_HEADING.match(text, ranges[i][0])]
    firm = sorted({*plain} - {*loose})
    longest = max((ranges[i][1] - ranges[i][0] for i in firm), default=0)
    listed = len(loose) > len(firm) and longest <= _MAX_HEADING_CHARS
    for i in loose:
        if listed or not firm or i > firm[-1]:
            kinds[i] = "text"
    return kinds if {"text", "quotation"} & set(kinds) else ["text"] * len(kinds)


def _kinds_of_marked(ranges: Sequence[tuple[int, int]], marked: Sequence[Block]) -> Iterator[tuple[int, ParagraphKind]]:
    """The paragraphs that lie in a marked block, with its kind."""
    ends = [end for _, end in ranges]
    for block in marked:
        for i in range(bisect_right(ends, block.start), len(ranges)):
            if ranges[i][1] > block.end:
                break
            if block.start <= ranges[i][0]:
                yield i, block.kind


def _blocks(text: str) -> list[list[_Line]]:
    """Lines without surrounding whitespace, grouped by the blank lines between them."""
    blocks: list[list[_Line]] = [[]]
    position = 0
    for line in text.splitlines(keepends=True):
        body = line.lstrip()
        start = position + len(line) - len(body)
        indent = start - position
        position += len(line)
        if body:
            blocks[-1].append(_Line(start, start + len(body.rstrip()), indent))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _layout(text: str, blocks: list[list[_Line]]) -> _LineLayout:
    touching = [(line, after) for block in blocks for line, after in pairwise(block)]
    shouts = not _IN_SMALL_LETTERS.search(text) and bool(_IN_CAPITALS.search(text))
    short = [(line, after) for line, after in touching if line.end - line.start <= _MAX_WIDTH]
    wrapped = [(line, after) for line, after in short if _is_unfinished(text, line, after, shouts=shouts)]
    width = max((line.end - line.start for line, _ in wrapped), default=0)
    longest = max((line.end - line.start for pair in short for line in pair), default=0)
    fill = not shouts or 3 * sum(_is_full(text, *pair, longest) for pair in wrapped) >= len(wrapped)
    width = width if fill and 2 * len(wrapped) >= len(touching) else 0
    return _LineLayout(width, shouts, captions=_are_captions(text, blocks, touching))


def _are_captions(text: str, blocks: list[list[_Line]], touching: Sequence[tuple[_Line, _Line]]) -> bool:
    """Does ``>>`` mark each new speaker, whose words go on without it? In a mail, ``>`` marks every line."""
    marked = [line.start for block in blocks for line in block if text[line.start] == _QUOTED_LINE]
    go_on = any(text[line.start] == _QUOTED_LINE != text[after.start] for line, after in touching)
    captions = go_on and len(marked) > 1 and marked[0] == blocks[0][0].start
    return captions and all(text.startswith(CAPTION, start) for start in marked)


def _are_spaced_captions(text: str, blocks: list[list[_Line]]) -> bool:
    """Does ``>>`` mark each new speaker, with a blank line above? In a mail, ``>`` marks lines that touch, too."""
    lines = [line.start for block in blocks for line in block if text[line.start] == _QUOTED_LINE]
    first = {block[0].start for block in blocks}
    return all(start in first and text.startswith(CAPTION, start) for start in lines)


def _is_unfinished(text: str, line: _Line, after: _Line, *, shouts: bool) -> bool:
    return text[after.start].islower() or (
        shouts and not text[line.start : line.end].rstrip(_CLOSING_MARKS).endswith((*_ENDS_SENTENCE, ":"))
    )


def _is_full(text: str, line: _Line, after: _Line, width: int) -> bool:
    """Would the first word of the next line not have fitted?"""
    first_word = text[after.start : min(after.end, after.start + width)].split(None, 1)[0]
    return line.end - line.start + 1 + len(first_word) > width


def _join_lines(text: str, block: list[_Line], layout: _LineLayout) -> list[tuple[int, int]]:
    pieces = [(block[0].start, block[0].end)]
    for line, after in pairwise(block):
        if layout.width and _goes_on(text, line, after, layout):
            pieces[-1] = (pieces[-1][0], after.end)
        else:
            pieces.append((after.start, after.end))
    return pieces


def _goes_on(text: str, line: _Line, after: _Line, layout: _LineLayout) -> bool:
    if text[after.start] == _QUOTED_LINE:
        return text[line.start] == _QUOTED_LINE and not layout.captions
    if any(marker.match(text, after.start) for marker in (_MARKED_HEADING, _LIST_ITEM, _LABEL)):
        return False
    if _MARKED_HEADING.match(text, line.start) or after.indent > line.indent:
        return False
    return _is_unfinished(text, line, after, shouts=layout.shouts) or _is_full(text, line, after, layout.width)


def _is_heading(text: str, start: int, end: int) -> bool:
    if _MARKED_HEADING.match(text, start):
        return end - start <= 2 * _MAX_HEADING_CHARS
    if end - start > _MAX_HEADING_CHARS or text[start] == _QUOTED_LINE:
        return False
    if text[start] in _OPENS_QUOTE and not _QUOTE_INSIDE.match(text, start, end):
        return False
    line = text[start:end]
    last = line.rstrip(_CLOSING_MARKS)[-1:]
    if _TAIL.sub("", line).rstrip(_CLOSING_MARKS).endswith(tuple(_ENDS_SENTENCE)):
        return False
    if not last.isalnum() or line[0].islower() or _LIST_ITEM.match(line) or _LABEL.match(line):
        return False
    return len(line.split()) <= _MAX_HEADING_WORDS

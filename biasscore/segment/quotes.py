"""Quotation marks in pairs: which marks open, which close, which are apostrophes or inches.

A mark is judged by the characters beside it and by what is open. Double marks of all shapes are one family, since
texts mix them. Only the outermost pair counts; what it holds is its speaker's, inner quotations included.

* A single mark between letters is an apostrophe; so is one before a decade or a clipped word (’90s, ’em), one
  that nothing opened, and the one of a plural possessive when a better closing mark follows.
* A straight double mark after a digit is an inch mark where nothing is open or the next mark closes as well.
* A double mark that nothing closes holds to the end of its paragraph if it stands where speech begins (at a start of
  paragraph or sentence, after a comma or colon); else it is a stray mark.
* A quotation that is open at the end of a paragraph goes on if the next one repeats the opening mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from biasscore.segment.types import ParagraphRange

# One character class first, so that the search runs at the speed of a scan; an apostrophe between letters is no mark.
_MARK = re.compile(r"[\"“”„«»‘'’](?:(?<=[\"“”„«»‘])|(?![^\W_])|(?<![^\W_]['’]))")
_CLIPPED = re.compile(
    r"(?:\d\d(?:\d\d)?s?\b(?!\s+(?:per|in)\b)|(?:tis|twas|twere|til|till|em|n|cause|bout|round|cuz)\b)", re.I
)
_DOUBLES = frozenset('"“”„«»')
_OPENING = frozenset("“„«‘")
_CLOSING = frozenset("”»")
_BEFORE_OPENING = frozenset("([{<—–-/“\"‘'…:")
_BEFORE_SPEECH = frozenset(".,:;?!…—–-)”’\"'")
_LONGEST_SINGLE = 2000


Family = Literal["double", "single"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One outermost pair of marks, ``text[start:end]``; ``closed`` is False where the closing mark is missing."""

    start: int
    end: int
    closed: bool


@dataclass(slots=True)
class _Open:
    position: int
    family: Family


@dataclass(slots=True)
class _Reader:
    """Reads marks from left to right; ``opened`` holds the marks that wait for their partner, outermost first."""

    text: str
    opened: list[_Open] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)

    def open(self, position: int, family: Family) -> None:
        if family == "single" and self.opened and self.opened[-1].family == "single":
            self.opened.pop()  # that one was an apostrophe
        self.opened.append(_Open(position, family))

    @property
    def double_is_open(self) -> bool:
        return any(waiting.family == "double" for waiting in self.opened)

    def close(self, end: int, family: Family) -> None:
        """Close the innermost open mark of this family; single marks inside it were apostrophes."""
        while self.opened:
            waiting = self.opened.pop()
            if waiting.family == family:
                self.pairs.append(Pair(waiting.position, end, closed=True))
                return


def find_pairs(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Pair]:
    """Outermost pairs of quotation marks, in order, without overlap."""
    reader = _Reader(text)
    for i, paragraph in enumerate(paragraphs):
        marks = [mark.start() for mark in _MARK.finditer(text, paragraph.start, paragraph.end)]
        if not marks and not reader.opened:
            continue
        if reader.opened and marks and marks[0] == paragraph.start:
            del marks[0]
        _read_paragraph(reader, marks)
        following = paragraphs[i + 1].start if i + 1 < len(paragraphs) else -1
        _end_paragraph(reader, paragraph, following)
    return _outermost(reader.pairs)


def _read_paragraph(reader: _Reader, marks: Sequence[int]) -> None:
    text = reader.text
    surplus = _surplus_of_closings(text, marks)
    for n, position in enumerate(marks):
        after = marks[n + 1] if n + 1 < len(marks) else -1
        if text[position] in _DOUBLES:
            _read_double(reader, position, after, surplus[n])
        else:
            _read_single(reader, position, after)


def _surplus_of_closings(text: str, marks: Sequence[int]) -> list[int]:
    """For each mark, by how many the closing curly marks after it outnumber the opening ones."""
    surplus = [0] * len(marks)
    for n in range(len(marks) - 1, 0, -1):
        mark = text[marks[n]]
        surplus[n - 1] = surplus[n] + (mark in _CLOSING) - (mark in "“„«")
    return surplus


def _beside(text: str, position: int) -> tuple[str, str]:
    return text[position - 1 : position] if position else "", text[position + 1 : position + 2]


def _may_open(before: str, after: str) -> bool:
    return (not before or before.isspace() or before in _BEFORE_OPENING) and bool(after) and not after.isspace()


def _read_double(reader: _Reader, position: int, next_mark: int, surplus: int) -> None:
    text = reader.text
    mark = text[position]
    before, after = _beside(text, position)
    if not reader.double_is_open:
        stands_apart = not before or before.isspace()
        if (mark in _OPENING and after and (stands_apart or not after.isspace())) or _may_open(before, after):
            reader.open(position, family="double")
        return
    opens = _may_open(before, after) and (mark in _OPENING or (mark == '"' and before.isspace()))
    if not opens:
        if mark == '"' and before.isdigit() and _closes(text, next_mark):
            return
        reader.close(position + 1, family="double")
    elif (mark in _OPENING and surplus >= 2) or reader.opened[-1].family == "single":
        reader.open(position, family="double")
    else:
        _give_up(reader, _end_of_words(text, position))
        reader.open(position, family="double")


def _closes(text: str, position: int) -> bool:
    if position < 0 or text[position] not in _DOUBLES:
        return False
    before, after = _beside(text, position)
    return text[position] in _CLOSING or not _may_open(before, after)


def _read_single(reader: _Reader, position: int, next_mark: int) -> None:
    text = reader.text
    mark = text[position]
    before, after = _beside(text, position)
    if mark != "’" and _may_open(before, after) and not before.isalnum():
        if not _CLIPPED.match(text, position + 1):
            reader.open(position, family="single")
        return
    if (
        not reader.opened
        or reader.opened[-1].family == "double"
        or mark == "‘"
        or not before
        or before.isspace()
        or after.isalnum()
    ):
        return
    if position - reader.opened[-1].position > _LONGEST_SINGLE:
        reader.opened.pop()
    elif not (before in "sS" and after.isspace() and _closes_single(text, next_mark)):
        reader.close(position + 1, family="single")


def _closes_single(text: str, position: int) -> bool:
    """Is there a better closing mark than a possessive's: the next mark, after a word's end or a full stop?"""
    if position < 0 or text[position] not in "'’":
        return False
    before, after = _beside(text, position)
    return not before.isspace() and before not in "sS" and not after.isalnum()


def _end_paragraph(reader: _Reader, paragraph: ParagraphRange, following: int) -> None:
    """Decide what becomes of marks that are still open where a paragraph ends."""
    text = reader.text
    while len(reader.opened) > 1 and reader.opened[-1].family == "single":
        reader.opened.pop()
    if not reader.opened:
        return
    first = reader.opened[0]
    begins_speech = _begins_speech(text, first.position, paragraph.start)
    goes_on = following >= 0 and text[following] in ('"“„«' if first.family == "double" else "'‘")
    if begins_speech and goes_on and (first.family == "double" or _may_open("", text[following + 1 : following + 2])):
        del reader.opened[1:]
    elif first.family == "double":
        _give_up(reader, paragraph.end)
    else:
        reader.opened.clear()


def _give_up(reader: _Reader, end: int) -> None:
    """Nothing closes the outermost open mark: let its words end here, or drop it as a stray."""
    first = reader.opened[0]
    reader.opened.clear()
    if first.family == "double" and end > first.position + 1 and _begins_speech(reader.text, first.position, -1):
        reader.pairs.append(Pair(first.position, end, closed=False))


def _begins_speech(text: str, position: int, paragraph_start: int) -> bool:
    if position <= max(paragraph_start, 0):
        return True
    before = text[max(0, position - 3) : position].rstrip(" \t\xa0")
    return not before or before[-1] in _BEFORE_SPEECH or before[-1] in "\n\r\u2028\u2029"


def _end_of_words(text: str, position: int) -> int:
    while text[position - 1].isspace():
        position -= 1
    return position


def _outermost(pairs: list[Pair]) -> list[Pair]:
    kept: list[Pair] = []
    for pair in sorted(pairs, key=lambda pair: (pair.start, -pair.end)):
        if not kept or pair.start >= kept[-1].end:
            kept.append(pair)
    return kept

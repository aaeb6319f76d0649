"""A text as the rules read it: its marks in their plain form, with the way back to the text as it was given.

Texts come with quotation marks that a tokeniser, a web page or a wrong decoding has dressed up, with blanks before
commas, without the blank between two sentences, or with characters that nobody sees. The rules would need every shape
of every mark. So they read a copy in which such places are plain, and each range that they find is brought back to the
original, which is never edited. Most texts have no such place and are read as they are.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from biasscore.segment.glued import find_glued

_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
"""Soft hyphens, byte order marks, marks of direction: pages leave them beside quotation marks and alone on lines."""
_CLOTHES = ("&", "`", "\ufffd", "â€", "''", " n't")
_BLANK_BESIDE = re.compile(r"\s[.,;:?!\"](?!\S)|^\"(?!\S)|[\x82\x84\x91-\x97]")
_PLACE = re.compile(
    r"(?P<entity>&(?:quot|apos|[lr][sd]quo|[lr]aquo|#\d{2,4}|#[xX][0-9a-fA-F]{2,4});)"
    r"|(?P<misread>â€(?:[œ\x9d\ufffd™˜“”¦–—]|(?!\w)))"
    r"|(?P<control>[\x82\x84\x91-\x94\x96\x97])"
    r"|(?P<lost>\ufffd)"
    r"|(?P<typed>(?<!`)``(?!`)|(?<!')''(?!'))"
    r"|(?P<blank>(?<=\S) (?=[.,;:?!](?!\S)|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b))"
)
_SPACED = re.compile(r"(?<!\S)\"(?!\S)|\n")
_MARKS = frozenset("\"'“”‘’„«»")
# What UTF-8 looks like when it was read as Windows-1252, and that code page's own marks read as control characters.
_MISREAD = {"œ": "“", "“": "“", "™": "’", "˜": "‘", "¦": "…", "–": "–", "—": "—"}
_CONTROLS = {"\x82": "‚", "\x84": "„", "\x91": "‘", "\x92": "’", "\x93": "“", "\x94": "”", "\x96": "–", "\x97": "—"}


class Edit(NamedTuple):
    """``plain``, at most one character, stands in the copy where ``text[start:end]`` stands in the original."""

    start: int
    end: int
    plain: str


class _Piece(NamedTuple):
    """A stretch of the copy from ``start`` on, which stands for ``original[origin:origin_end]``."""

    start: int
    origin: int
    origin_end: int
    edited: bool


class Reading:
    """The copy, ``text``, and the way back to the original.

    Attributes:
        borders: where in the copy two sentences were glued together.
    """

    def __init__(self, original: str, edits: Sequence[Edit]) -> None:
        self.original = original
        parts: list[str] = []
        self._pieces: list[_Piece] = []
        self.borders: list[int] = []
        read = written = 0
        for edit in [*edits, Edit(len(original), len(original), "")]:
            if edit.start < read:
                continue
            self._add(_Piece(written, read, edit.start, edited=False), edit.start - read)
            written += edit.start - read
            self._add(_Piece(written, edit.start, edit.end, edited=True), len(edit.plain))
            written += len(edit.plain)
            if edit.start == edit.end < len(original):
                self.borders.append(written)
            parts += [original[read : edit.start], edit.plain]
            read = edit.end
        self.text = "".join(parts) if edits else original
        self._starts = [piece.start for piece in self._pieces]
        self._origins = [piece.origin for piece in self._pieces]

    def _add(self, piece: _Piece, width: int) -> None:
        if width:
            self._pieces.append(piece)

    def _piece_at(self, position: int) -> _Piece:
        return self._pieces[bisect_right(self._starts, position) - 1]

    def start(self, position: int) -> int:
        """Where the character ``text[position]`` begins in the original."""
        if position >= len(self.text):
            return len(self.original)
        piece = self._piece_at(position)
        return piece.origin + (0 if piece.edited else position - piece.start)

    def end(self, position: int) -> int:
        """Where the character before ``text[position]`` ends in the original."""
        if position == 0:
            return 0
        piece = self._piece_at(position - 1)
        return piece.origin_end if piece.edited else piece.origin + position - piece.start

    def position(self, origin: int) -> int:
        """The place in the copy of ``original[origin]``; for what was left out, of what comes next."""
        if not self._pieces:
            return 0
        index = max(0, bisect_right(self._origins, origin) - 1)
        piece = self._pieces[index]
        after = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
        return piece.start if piece.edited else min(after, piece.start + origin - piece.origin)


def read(text: str) -> Reading:
    """The copy that the rules read."""
    hidden = [] if text.isascii() else [Edit(*match.span(), "") for match in _HIDDEN.finditer(text)]
    if not hidden:
        return Reading(text, _edits(text))
    seen = Reading(text, hidden)
    edits = [Edit(seen.start(e.start), seen.start(e.start) if e.start == e.end else seen.end(e.end), e.plain)
             for e in _edits(seen.text)]  # fmt: skip
    return Reading(text, sorted([*hidden, *edits]))


def _edits(text: str) -> list[Edit]:
    """What to change in a text without hidden characters."""
    edits = [Edit(position, position, " ") for position in find_glued(text)]
    if any(map(text.__contains__, _CLOTHES)) or _BLANK_BESIDE.search(text):
        edits += _plain_marks(text)
        edits.sort()
    return edits


def _plain_marks(text: str) -> Iterator[Edit]:
    closing = "”" if "``" in text else ""
    for match in _PLACE.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        if match.lastgroup == "blank":
            yield Edit(start, end, "")
        elif match.lastgroup == "typed":
            yield from _typed(start, end, "“" if match[0] == "``" else closing or _by_place(before, after), text)
        elif plain := _plain(match, before, after):
            yield Edit(start, end, plain)
    yield from _spaced_marks(text)


def _typed(start: int, end: int, mark: str, text: str) -> Iterator[Edit]:
    """A mark that was typed as two characters, and the blank that a tokeniser put inside it."""
    if mark == "”" and text[start - 1 : start] == " ":
        yield Edit(start - 1, start, "")
    if mark:
        yield Edit(start, end, mark)
    if mark == "“" and text[end : end + 1] == " ":
        yield Edit(end, end + 1, "")


def _plain(match: re.Match[str], before: str, after: str) -> str:
    """The plain mark for a place; empty where it stays as it is."""
    found = match[0]
    if match.lastgroup == "entity":
        mark = html.unescape(found)
        return mark if mark in _MARKS else ""
    if match.lastgroup == "misread":
        return _MISREAD.get(found[2:], "”")
    return _CONTROLS[found] if match.lastgroup == "control" else _lost(before, after)


def _lost(before: str, after: str) -> str:
    """A replacement character: by its place an apostrophe, an opening or a closing mark."""
    if before.isalnum() and after.isalnum():
        return "’"
    if (not before or before.isspace() or before in "(—–-") and after.isalnum():
        return "“"
    closes = before.isalnum() or before in ".,?!…"
    return "”" if before and closes and not after.isalnum() else ""


def _by_place(before: str, after: str) -> str:
    """Two apostrophes without backticks may open or close, or be inches."""
    if not before or before.isspace():
        return "“" if after and not after.isspace() else ""
    return "" if before.isdigit() or after.isalnum() else "”"


def _spaced_marks(text: str) -> Iterator[Edit]:
    """``" We lost , "``: in a line that has an even number of such marks they open and close by turns."""
    line: list[int] = []
    for match in [*_SPACED.finditer(text), None]:
        if match and match[0] == '"':
            line.append(match.start())
            continue
        if len(line) % 2 == 0:
            for opening, closing in zip(line[::2], line[1::2], strict=True):
                yield Edit(opening + 1, opening + 2, "")
                yield Edit(closing - 1, closing, "")
        line = []

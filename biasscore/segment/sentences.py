"""Sentence boundaries: nupunkt's, mended where news English misleads it.

nupunkt (Bommarito et al. 2025, arXiv:2504.04131) keeps offsets and knows most abbreviations. Two faults are
mended here: a boundary after a title (``Reps. | Adam Schiff``), and one between a quoted question or
exclamation and its attribution (``“Why?” | Mrs. Clinton said``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from nupunkt.models import load_default_model
from nupunkt.tokenizers.sentence_tokenizer import PunktSentenceTokenizer

from biasscore.segment.cues import ATTRIBUTION_AFTER
from biasscore.segment.types import ParagraphRange

# nupunkt rescans the rest of a chunk without whitespace at every mark in it, so such chunks are handed over in parts.
_LONGEST_CHUNK = 500

_TITLE = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Mx|Messrs|Mmes?|Drs?|Profs?|Revs?|Hon|Fr|Msgr|Sens?|Reps?|Govs?|Pres|Amb|Atty|Dels?|Supt|Insp"
    r"|Gens?|Lt|Cols?|Capts?|Cpl|Sgts?|Maj|Cmdr|Cmdrs|Adm|Adms|Brig|Pvt|Pfc|Spc|Dets?|Asst|Assoc|Dep|v|vs)\.\Z"
)
_TITLE_REACH = 8
_CLOSED_QUESTION = re.compile(r"[?!…—–-][\"”'’]{1,2}\Z")
_SPACE = re.compile(r"\s*")
_LONG_CHUNK = re.compile(rf"(?<!\S)\S{{{_LONGEST_CHUNK + 1},}}")


@lru_cache(maxsize=1)
def _tokenizer() -> PunktSentenceTokenizer:
    # Not nupunkt.load("default"): that instance is shared with the rest of the program, which may change it.
    tokenizer = load_default_model()
    tokenizer.EXCL_QUEST_LOWERCASE_CONTINUES = True
    return tokenizer


class Bounds(NamedTuple):
    """Where a sentence lies, before its voices are known."""

    start: int
    end: int
    paragraph: int


def find_sentences(text: str, paragraphs: Sequence[ParagraphRange], borders: Sequence[int] = ()) -> list[Bounds]:
    """Cut every paragraph into sentences.

    Args:
        borders: where two sentences were glued together, in order.

    Returns:
        Ranges without surrounding whitespace, in order; what lies between them is whitespace.
    """
    return [
        Bounds(start, end, i)
        for i, paragraph in enumerate(paragraphs)
        for start, end in _cut(text, paragraph.start, paragraph.end, borders)
    ]


def _cut(text: str, start: int, end: int, borders: Sequence[int]) -> list[tuple[int, int]]:
    sentences = []
    begin = start
    inside = borders[bisect_right(borders, start) : bisect_left(borders, end)]
    boundaries = _boundaries(text, start, end)
    for boundary in sorted({*boundaries, *inside}) if inside else boundaries:
        if boundary < end and _is_false_boundary(text, begin, boundary):
            continue
        piece = text[begin:boundary]
        body = piece.lstrip()
        if body:
            first = begin + len(piece) - len(body)
            sentences.append((first, first + len(body.rstrip())))
        begin = boundary
    return sentences


def _boundaries(text: str, start: int, end: int) -> Iterator[int]:
    """Ends of nupunkt's sentences; the last one is ``end``."""
    for first, last in _digestible(text, start, end):
        for _, stop in _tokenizer().span_tokenize(text[first:last]):
            if first + stop < last:
                yield first + stop
    yield end


def _digestible(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Parts that nupunkt reads in linear time: all at once, unless a chunk without whitespace is very long."""
    first = start
    for chunk in _LONG_CHUNK.finditer(text, start, end):
        yield first, chunk.start()
        for part in range(chunk.start(), chunk.end(), _LONGEST_CHUNK):
            yield part, min(part + _LONGEST_CHUNK, chunk.end())
        first = chunk.end()
    yield first, end


def _is_false_boundary(text: str, begin: int, boundary: int) -> bool:
    space = _SPACE.match(text, boundary)
    following = space.end() if space else boundary
    stripped = boundary
    while stripped > begin and text[stripped - 1].isspace():
        stripped -= 1
    if _TITLE.search(text, max(begin, stripped - _TITLE_REACH), stripped):
        return text[following : following + 1].isupper()
    closed = _CLOSED_QUESTION.search(text, max(begin, stripped - 3), stripped)
    return bool(closed and ATTRIBUTION_AFTER.match(text, following))

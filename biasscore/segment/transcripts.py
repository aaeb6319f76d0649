"""Speech without marks: the turns of a transcript and Markdown block quotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from biasscore.segment.cues import NOT_SPEAKERS
from biasscore.segment.types import ParagraphRange

_CAPITALS = re.compile(
    r"(Q|A|(?:THE |MR\.? |MS\.? |MRS\.? |DR\.? )?[A-Z][A-Z.’'-]+(?: [A-Z][A-Z.’'-]*){0,3}):\s+(?=\S)"
)
_NAME = re.compile(r"([A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}):\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Turn:
    """Words that a layout gives to somebody: ``speaker`` is the range of the label, None for a block quotation."""

    start: int
    end: int
    paragraph: int
    speaker: tuple[int, int] | None


def find_turns(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """Labelled turns where a text has at least two of them, and paragraphs that begin with ``>``.

    A label in capitals (``Q:``, ``MR. SPICER:``) counts at once, one in mixed case only where it comes back.
    """
    blocks = [Turn(p.start, p.end, i, None) for i, p in enumerate(paragraphs) if text[p.start] == ">"]
    capitals = _labelled(text, paragraphs, _CAPITALS)
    named = _labelled(text, paragraphs, _NAME)
    counts = Counter(text[turn.speaker[0] : turn.speaker[1]] for turn in named if turn.speaker)
    recurring = [t for t in named if t.speaker and counts[text[t.speaker[0] : t.speaker[1]]] > 1]
    turns = named if len(recurring) >= 2 and len(counts) >= 2 else capitals
    return sorted(blocks + (turns if len(turns) >= 2 else []), key=lambda turn: turn.start)


def _labelled(text: str, paragraphs: Sequence[ParagraphRange], label: re.Pattern[str]) -> list[Turn]:
    turns = []
    for i, paragraph in enumerate(paragraphs):
        match = label.match(text, paragraph.start, paragraph.end) if paragraph.kind == "text" else None
        if match and not NOT_SPEAKERS.intersection(match[1].upper().split()):
            turns.append(Turn(match.end(), paragraph.end, i, match.span(1)))
    return turns

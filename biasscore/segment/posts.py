"""Posts of social networks and block quotations in plain text.

``RT @name: …`` repeats somebody's post. A line ``— Name (@name) March 5, 2019`` signs the post before it. Lines that
begin with ``>`` and what a web page marks as a quotation are blocks of somebody's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from biasscore.segment.speakers import attribution_before
from biasscore.segment.transcripts import Turn
from biasscore.segment.types import ParagraphRange

_RETWEET = re.compile(r"\bRT (@\w{1,30}):? (?:RT @\w{1,30}:? )*")
_SIGNED = re.compile(
    r"(?:—|–|--?|―)\s?(?P<name>[^()@\n]{1,60}?)?\s?\(?(?P<handle>@\w{1,30})\)?"
    r"(?P<rest>\s[^\n]{0,40}\d{4}[^\n]{0,12}|\s[^\n]{0,20}\d{1,2}|)\s*\Z"
)
_DASH = re.compile(r"(?:—|–|--|―|(?<=\s)-)\s?(?=[^\n]{0,60}@\w)")
# A post has few paragraphs; they begin after the one that announces it.
_MOST_PARAGRAPHS = 4
_REACH = 160


def find_posts(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """Posts and block quotations, in order, without overlap."""
    found: list[Turn] = []
    for i, paragraph in enumerate(paragraphs):
        if paragraph.kind == "boilerplate":
            continue
        retweet = _RETWEET.search(text, paragraph.start, min(paragraph.end, paragraph.start + _REACH))
        if retweet and retweet.end() < paragraph.end:
            found.append(Turn(retweet.end(), paragraph.end, i, i, retweet.span(1), retweet.span()))
        elif signed := _signature(text, paragraph):
            found += _signed(text, paragraphs, i, signed, found)
    return found


def _signature(text: str, paragraph: ParagraphRange) -> re.Match[str] | None:
    """The signature of a post with which a paragraph ends."""
    near = max(paragraph.start, paragraph.end - _REACH)
    for dash in _DASH.finditer(text, near, paragraph.end):
        signed = _SIGNED.match(text, dash.start(), paragraph.end)
        if signed:
            return signed
    return None


def _signed(
    text: str, paragraphs: Sequence[ParagraphRange], i: int, signed: re.Match[str], found: Sequence[Turn]
) -> Iterator[Turn]:
    speaker = signed.span("name") if signed["name"] else signed.span("handle")
    if signed.start() > paragraphs[i].start:
        end = signed.start()
        while text[end - 1].isspace():
            end -= 1
        yield Turn(paragraphs[i].start, end, i, i, speaker, (signed.start(), paragraphs[i].end))
        return
    free = found[-1].last + 1 if found else 0
    first = _first_of_post(text, paragraphs, i, free)
    if first < i:
        line = (paragraphs[i].start, paragraphs[i].end)
        yield Turn(paragraphs[first].start, paragraphs[i - 1].end, first, i, speaker, line)


def _first_of_post(text: str, paragraphs: Sequence[ParagraphRange], i: int, free: int) -> int:
    """The paragraph with which the post begins that is signed in paragraph ``i``: after a colon, or the one before."""
    for first in range(i - 1, max(free, i - _MOST_PARAGRAPHS) - 1, -1):
        if text[paragraphs[first].end - 1] == ":":
            return first + 1
    return max(free, i - 1)


def find_blocks(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """Paragraphs of the kind quotation; those that touch are one, introduced by the paragraph before."""
    found: list[Turn] = []
    for i, paragraph in enumerate(paragraphs):
        if paragraph.kind != "quotation":
            continue
        if found and found[-1].last == i - 1:
            before = found[-1]
            found[-1] = replace(before, end=paragraph.end, last=i)
            continue
        lead = paragraphs[i - 1] if i and text[paragraphs[i - 1].end - 1] == ":" else None
        said = attribution_before(text, lead.start, lead.end) if lead else None
        cue = said.cue if said and said.cue[1] > said.cue[0] else None
        found.append(Turn(paragraph.start, paragraph.end, i, i, said.speaker if said else None, cue=cue))
    return found

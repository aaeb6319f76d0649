"""What a pair of quotation marks means: somebody's words, a scare quote, or a name that the author puts in marks.

The questions are asked in this order, and the first answer holds:

1. Does an attribution lead up to it with a comma or colon (``She said, “…”``)?
2. Does one follow (``“…,” she said``)?
3. Do the words beside it make it a title, a nickname or a term (``scare.py``)?
4. Does the sentence name a cue before it (``called the vote “a disgrace”``), or does it go on with the quotation
   before it (``“ashamed” and “sorry”``), or end with an attribution (``is “unproductive” for all, he said``)?
5. Is it shaped like speech: a whole sentence, or a fragment too long for irony? Quoted, speaker unknown.
6. The author's own: a scare quote where it shows as one, else a term that is not explained.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from biasscore.segment.quotes import Pair
from biasscore.segment.scare import author_kind, is_modifier, is_scare, is_speech_noun_next
from biasscore.segment.sentences import Bounds
from biasscore.segment.speakers import Attribution, attribution_after, attribution_before, attribution_trailing

_LONG_FRAGMENT = 5
_LONG_HEADLINE_FRAGMENT = 3
_ENDS_SPEECH = ",.?!…—–-’'"
_WORD = re.compile(r"[^\W_][\w’'-]*")
# What begins with one of these is cut from somebody's clause; irony puts marks around names and qualities.
_CLAUSE_STARTS = frozenset(
    "is are was were be been has have had will would can could must should may might cannot".split()
)
_COORDINATED = re.compile(r"\s*,?\s*(?:and|or|but|nor)?\s*(?:the|a|an|as|his|her|their|for)?\s*\Z")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pair of marks: quoted words, or the author's, of which some are scare quotes.

    Attributes:
        attribution: of the quotation; for the author's words, the one that holds for what follows in the sentence.
    """

    pair: Pair
    quoted: bool
    scare: bool = False
    attribution: Attribution | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pair stands: its sentence, and the free text before and after it up to the neighbouring marks."""

    sentence: int
    start: int
    gap: int
    limit: int
    heading: bool
    paragraph: int


def judge(text: str, pairs: Sequence[Pair], sentences: Sequence[Bounds], headings: Sequence[bool]) -> list[Verdict]:
    """Decide each pair, in order.

    Args:
        headings: for each paragraph, whether it is a heading.
    """
    starts = [sentence.start for sentence in sentences]
    verdicts: list[Verdict] = []
    for i, pair in enumerate(pairs):
        first = bisect_right(starts, pair.start) - 1
        last = bisect_right(starts, pair.end - 1) - 1
        here, there = sentences[first], sentences[last]
        gap = max(here.start, pairs[i - 1].end if i else 0)
        limit = min(there.end, pairs[i + 1].start if i + 1 < len(pairs) else there.end)
        place = _Place(first, here.start, gap, limit, headings[here.paragraph], here.paragraph)
        before = verdicts[-1] if verdicts else None
        verdict = _decide(text, pair, place, before)
        if verdict.quoted and verdict.attribution is None:
            verdict = Verdict(pair, True, attribution=_inherited(text, pair, place, before, sentences))
        verdicts.append(verdict)
    return verdicts


def _decide(text: str, pair: Pair, place: _Place, before: Verdict | None) -> Verdict:
    lead = text[place.gap : pair.start].rstrip()
    inner = text[pair.start + 1 : pair.end - pair.closed].strip()
    neighbour = before if before and before.pair.end > place.start else None
    leading = _leading(text, pair, place, neighbour) if lead or neighbour else None
    if leading and lead and lead[-1] in ",:" and leading.cue[0] >= place.gap:
        return Verdict(pair, True, attribution=leading)
    following = _following(text, pair, place, inner)
    if following:
        return Verdict(pair, True, attribution=following)
    if not pair.closed:
        return Verdict(pair, True, attribution=leading)
    if author_kind(text, pair.start, pair.end, place.gap, place.heading):
        return Verdict(pair, False, attribution=leading)
    if neighbour and _COORDINATED.match(lead) and not neighbour.quoted:
        return Verdict(pair, False, neighbour.scare, leading)
    if leading is None and not is_modifier(text, pair.start, pair.end):
        leading = attribution_trailing(text, pair.end, place.limit)
    if leading or (neighbour and neighbour.quoted):
        return Verdict(pair, True, attribution=leading)
    if _is_shaped_like_speech(inner, lead, place, pair.end == place.limit):
        return Verdict(pair, True)
    if is_speech_noun_next(text, pair.end):
        return Verdict(pair, True)
    return Verdict(pair, False, is_scare(text, pair.start, pair.end, place.gap, place.heading), leading)


def _leading(text: str, pair: Pair, place: _Place, neighbour: Verdict | None) -> Attribution | None:
    """The attribution before a pair: in the free text just before it, else the one that held for its neighbour."""
    found = attribution_before(text, place.gap, pair.start)
    if neighbour is None or neighbour.attribution is None or (found and found.speaker):
        return found
    return Attribution(found.cue, neighbour.attribution.speaker) if found else neighbour.attribution


def _following(text: str, pair: Pair, place: _Place, inner: str) -> Attribution | None:
    after = attribution_after(text, pair.end, place.limit)
    if after is None or not inner:
        return None
    if inner[-1] in _ENDS_SPEECH or text[pair.end : pair.end + 1] == ",":
        return after
    return after if text[after.cue[0] : after.cue[0] + 9] == "according" else None


def _is_shaped_like_speech(inner: str, lead: str, place: _Place, alone: bool) -> bool:
    words = len(_WORD.findall(inner))
    if words >= _LONG_HEADLINE_FRAGMENT and lead[-1:] == ":":
        return True
    if words >= (_LONG_HEADLINE_FRAGMENT if place.heading else _LONG_FRAGMENT):
        return True
    if inner.split(None, 1)[:1] and inner.split(None, 1)[0] in _CLAUSE_STARTS:
        return True
    whole = inner[:1].isupper() and inner[-1:] in ".?!…,"
    return whole and (alone and not lead or words >= 3 and (not lead or lead[-1] in ",:"))


def _inherited(
    text: str, pair: Pair, place: _Place, before: Verdict | None, sentences: Sequence[Bounds]
) -> Attribution | None:
    """The speaker of what stands before, where a quotation begins its sentence and goes on within a paragraph."""
    if pair.start != place.start or place.sentence == 0:
        return None
    previous = sentences[place.sentence - 1]
    if previous.paragraph != place.paragraph:
        return None
    if before and before.attribution and before.pair.end > previous.start:
        return before.attribution
    leading = attribution_before(text, previous.start, previous.end)
    return leading if leading and leading.speaker and leading.speaker[0] == previous.start else None

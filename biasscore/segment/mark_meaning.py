"""What a pair of quotation marks means: somebody's words, a scare quote, or a name that the author puts in marks.

The questions are asked in this order, and the first answer holds:

1. Does an attribution lead up to it with a comma or colon (``She said, “…”``)?
2. Does one follow (``“…,” she said``)?
3. Do the words beside it make it a title, a nickname or a term (``names.py``)?
4. Does the sentence name a cue before it (``called the vote “a disgrace”``), or does it go on with the quotation
   before it (``“ashamed” and “sorry”``), or end with an attribution (``is “unproductive” for all, he said``)?
   In a headline short phrases in single marks are somebody's words (``PM 'lied' to MPs``), unless they look like names.
5. Is it shaped like speech: a whole sentence, or a fragment too long for irony? Quoted, speaker unknown.
6. The author's own: a scare quote where syntax shows it (``scare_quotes.py``), else a term that is not explained.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from biasscore.segment.names import is_name, is_name_in_headline, is_speech_noun_next
from biasscore.segment.phrases import WORD, Phrase, is_modifier, phrase_at
from biasscore.segment.quotes import Pair
from biasscore.segment.scare_quotes import is_scare_quote
from biasscore.segment.sentences import Bounds
from biasscore.segment.speaker_context import Place, Spoken, speaker_beside
from biasscore.segment.speakers import (
    SpeechTag,
    attribution_after,
    attribution_before,
    attribution_trailing,
)

_LONG_FRAGMENT = 5
_LONG_HEADLINE_FRAGMENT = 3
_ENDS_SPEECH = ",.?!…—–-’'"
# What begins with one of these is cut from somebody's clause; irony puts marks around names and qualities.
_CLAUSE_STARTS = frozenset(
    "is are was were be been has have had will would can could must should may might cannot".split()
)
_COORDINATED = re.compile(r",?(?: ?(?:and|or|but|nor)\b)?(?: ?(?:the|a|an|as|his|her|their|for)\b)?")
_SINGLE = "'‘"
_A_WORD = re.compile(r"[^\W_]")

Meaning = Literal["quoted", "name", "author", "scare"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one pair of marks means: somebody's words, or the author's, of which some are names or scare quotes.

    Attributes:
        attribution: of the quotation; for the author's words, the one that holds for what follows in the sentence.
    """

    pair: Pair
    meaning: Meaning
    attribution: SpeechTag | None = None


def read_meanings(
    text: str, pairs: Sequence[Pair], sentences: Sequence[Bounds], headings: Sequence[bool]
) -> list[Verdict]:
    """Decide each pair, in order.

    Args:
        headings: for each paragraph, whether it is a heading.
    """
    starts = [sentence.start for sentence in sentences]
    verdicts: list[Verdict] = []
    spoken: Spoken | None = None
    opens, scanned = True, 0
    for i, pair in enumerate(pairs):
        first = bisect_right(starts, pair.start) - 1
        last = bisect_right(starts, pair.end - 1) - 1
        here, there = sentences[first], sentences[last]
        free_before = max(here.start, pairs[i - 1].end if i else 0)
        free_after = min(there.end, pairs[i + 1].start if i + 1 < len(pairs) else there.end)
        opens = (opens or scanned <= here.start) and not _A_WORD.search(text, max(scanned, here.start), pair.start)
        scanned = pair.start
        heading = headings[here.paragraph]
        place = Place(first, last, here.start, there.end, free_before, free_after, heading, here.paragraph, opens)
        before = verdicts[-1] if verdicts else None
        verdict = _decide(text, pair, place, before)
        if verdict.meaning == "quoted" and verdict.attribution is None:
            verdict = Verdict(pair, "quoted", speaker_beside(text, pair, place, spoken, sentences))
        verdicts.append(verdict)
        spoken = Spoken(pair.end, verdict.attribution) if verdict.meaning == "quoted" else spoken
    return verdicts


def _decide(text: str, pair: Pair, place: Place, before: Verdict | None) -> Verdict:
    neighbour = before if before and before.pair.end > place.start else None
    lead = text[place.free_before : pair.start].rstrip()
    inner = text[pair.start + 1 : pair.end - pair.closed].strip()
    leading = _leading(text, pair, place, neighbour) if lead or neighbour else None
    direct = _introducing(lead, place, leading) or _following(text, pair, place, inner)
    if direct or not pair.closed:
        return Verdict(pair, "quoted", direct or leading)
    sentence = (place.start, place.end)
    phrase = phrase_at(text, pair.start, pair.end, place.free_before, sentence, heading=place.heading)
    in_headline = place.heading and text[pair.start] in _SINGLE
    if is_name(phrase) or (in_headline and is_name_in_headline(phrase, cued=leading is not None)):
        return Verdict(pair, "name", leading)
    if (
        neighbour
        and neighbour.meaning != "quoted"
        and not in_headline
        and _COORDINATED.fullmatch(" ".join(lead.split()))
    ):
        return _authors(phrase, pair, leading)
    if leading is None and not is_modifier(phrase):
        leading = attribution_trailing(text, pair.end, place.free_after)
    if leading or in_headline or _speaks(neighbour) or _is_shaped_like_speech(text, lead, pair, place):
        return Verdict(pair, "quoted", leading)
    if is_speech_noun_next(text, pair.end):
        return Verdict(pair, "quoted")
    return _authors(phrase, pair)


def _authors(phrase: Phrase, pair: Pair, leading: SpeechTag | None = None) -> Verdict:
    return Verdict(pair, "scare" if is_scare_quote(phrase) else "author", leading)


def _speaks(neighbour: Verdict | None) -> bool:
    """Is the pair before, in the same sentence, a quotation?"""
    return neighbour is not None and neighbour.meaning == "quoted"


def _leading(text: str, pair: Pair, place: Place, neighbour: Verdict | None) -> SpeechTag | None:
    """The attribution before a pair: in the free text just before it, else the one that held for its neighbour."""
    found = attribution_before(text, place.free_before, pair.start)
    if neighbour is None or neighbour.attribution is None or (found and found.speaker):
        return found
    return SpeechTag(found.cue, neighbour.attribution.speaker) if found else neighbour.attribution


def _introducing(lead: str, place: Place, leading: SpeechTag | None) -> SpeechTag | None:
    return leading if leading and lead[-1:] in (",", ":") and leading.cue[0] >= place.free_before else None


def _following(text: str, pair: Pair, place: Place, inner: str) -> SpeechTag | None:
    after = attribution_after(text, pair.end, place.free_after)
    if after is None or not inner:
        return None
    if inner[-1] in _ENDS_SPEECH or text[pair.end : pair.end + 1] == ",":
        return after
    return after if text.startswith("according", after.cue[0]) else None


def _is_shaped_like_speech(text: str, lead: str, pair: Pair, place: Place) -> bool:
    inner = text[pair.start + 1 : pair.end - 1].strip()
    words = WORD.findall(inner)
    long = _LONG_HEADLINE_FRAGMENT if place.heading or lead[-1:] == ":" else _LONG_FRAGMENT
    if len(words) >= long or (words and words[0] in _CLAUSE_STARTS):
        return True
    rest = text[pair.end : place.free_after].strip()
    ended = bool(inner) and (inner[-1] in ".?!…," or rest[:1] in (".", "?", "!"))
    alone = not lead and (not rest or rest in (".", "?", "!"))
    introduced = len(words) >= 3 and (not lead or lead[-1] in ",:")
    return inner[:1].isupper() and ended and (alone or introduced)

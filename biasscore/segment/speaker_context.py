"""Speakers of quotations whose own sentence names nobody: read from what stands beside the sentence.

In this order: a signature after it (``“…” Ann Hall, Vox``), a label before it (``Hall: “…”``), the speaker of the
sentence before, and, where the quotation fills its paragraph, the speaker of the paragraph before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from biasscore.segment.quotes import Pair
from biasscore.segment.sentences import Bounds
from biasscore.segment.speakers import (
    SpeechTag,
    attribution_after,
    attribution_before,
    attribution_trailing,
    introducer,
    label,
    portrayed,
    signature,
)

_LONGEST_OPENING = 80
_LONGEST_SIGNATURE = 200
_CONNECTIVES = ("But", "And", "Yet", "Still")
_PRONOUN = re.compile(r"(?:He|She|They)\b")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pair stands.

    Attributes:
        sentence, last: the sentences in which it begins and ends; ``start`` and ``end`` are theirs.
        free_before, free_after: the text before and after it reaches up to the neighbouring marks.
        opens: whether no word of its sentence stands before it.
    """

    sentence: int
    last: int
    start: int
    end: int
    free_before: int
    free_after: int
    heading: bool
    paragraph: int
    opens: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """The quotation before: where it ends and whose it is."""

    end: int
    attribution: SpeechTag | None


def speaker_beside(
    text: str, pair: Pair, place: Place, before: Spoken | None, sentences: Sequence[Bounds]
) -> SpeechTag | None:
    """The speaker of a quotation whose own sentence names none; ``before`` is the quotation before it."""
    return (
        _signed(text, pair, place, sentences)
        or label(text, place.free_before, pair.start)
        or introducer(text, place.free_before, pair.start)
        or _carried_on(text, place, before, sentences)
        or _from_paragraph_before(text, pair, place, before, sentences)
    )


def _signed(text: str, pair: Pair, place: Place, sentences: Sequence[Bounds]) -> SpeechTag | None:
    """``“…” Ann Hall, Vox``, in the same paragraph or as a line of its own."""
    if pair.end < place.end:
        return signature(text, pair.end, place.end) if place.end - pair.end <= _LONGEST_SIGNATURE else None
    following = sentences[place.last + 1 : place.last + 3]
    if not following or (len(following) > 1 and following[1].paragraph == following[0].paragraph):
        return None
    return signature(text, following[0].start, following[0].end)


def _carried_on(text: str, place: Place, before: Spoken | None, sentences: Sequence[Bounds]) -> SpeechTag | None:
    """The speaker of the sentence before in the same paragraph; its subject where the quotation begins a sentence."""
    if place.sentence == 0 or sentences[place.sentence - 1].paragraph != place.paragraph:
        return None
    previous = _sentence_before(text, place, sentences)
    if before and before.attribution and before.end > previous.start:
        return before.attribution
    if place.opens:
        return _topic(text, previous)
    return attribution_trailing(text, previous.start, previous.end)


def _sentence_before(text: str, place: Place, sentences: Sequence[Bounds]) -> Bounds:
    """The sentence before in the same paragraph, past ends that are none: ``the No.`` and ``2 leader.`` are one."""
    i = place.sentence - 1
    while i > 0 and not text[sentences[i].start].isupper() and sentences[i - 1].paragraph == place.paragraph:
        if place.sentence - i > 2 or not text[sentences[i].start].isalnum():
            break
        i -= 1
    return sentences[i]


def _from_paragraph_before(
    text: str, pair: Pair, place: Place, before: Spoken | None, sentences: Sequence[Bounds]
) -> SpeechTag | None:
    """The speaker of the paragraph before, where a quotation fills its own: introduced, quoted or portrayed there."""
    if pair.start != place.start or place.sentence == 0 or text[pair.end : place.end].strip(" .,"):
        return None
    previous = sentences[place.sentence - 1]
    if previous.paragraph == place.paragraph:
        return None
    if text[previous.end - 1] == ":":
        return _introduced(text, previous)
    if place.last + 1 < len(sentences) and sentences[place.last + 1].paragraph == sentences[place.last].paragraph:
        return None
    # "said the adviser. He noted that …": the sentence between tells of the same person.
    goes_on = _PRONOUN.match(text, previous.start) and place.sentence > 1
    reach = sentences[place.sentence - 2].start if goes_on else previous.start
    if before and before.attribution and before.end > reach:
        # A question is answered by somebody else.
        return None if "?" in text[before.end - 2 : before.end] else before.attribution
    return _topic(text, previous) or portrayed(text, previous.start, previous.end)


def _introduced(text: str, sentence: Bounds) -> SpeechTag | None:
    """Who is about to speak, in a sentence that ends with a colon."""
    start, end = sentence.start, sentence.end
    cue = attribution_before(text, start, end)
    return cue if cue and cue.speaker else label(text, start, end) or introducer(text, start, end)


def _topic(text: str, sentence: Bounds) -> SpeechTag | None:
    """Who speaks in a sentence of indirect speech: its subject, past a short opening, or ``…, Ann Hall said``."""
    leading = attribution_before(text, sentence.start, sentence.end)
    if leading and leading.speaker:
        opening = text[sentence.start : leading.speaker[0]].rstrip()
        if not opening or opening in _CONNECTIVES or (opening[-1] == "," and len(opening) < _LONGEST_OPENING):
            return leading
    return attribution_trailing(text, sentence.start, sentence.end) or _opening(text, sentence)


def _opening(text: str, sentence: Bounds) -> SpeechTag | None:
    """``She answered with a no when asked``: a pronoun and its verb at the very start."""
    return attribution_after(text, sentence.start, sentence.end) if _PRONOUN.match(text, sentence.start) else None

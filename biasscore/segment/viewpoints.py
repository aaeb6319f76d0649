"""Other people's views without a verb of speech: ``Critics see it as a gamble``, ``To its critics, the tax is cruel``.

Like indirect speech they count as attributed. Five shapes, each with a subject that is not the author:

* NP described X as VIEW; critics see X as VIEW
* NP called it a VIEW
* critics consider X a VIEW
* NP accused X of VIEW
* To its critics, CLAUSE; In the eyes of NP, CLAUSE
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from biasscore.segment.speakers import SpeechTag, Token, subject_before

_GROUPS = frozenset(
    """
    critics opponents supporters detractors observers analysts experts voters residents campaigners activists
    conservatives liberals republicans democrats progressives backers advocates fans rivals neighbours neighbors
    historians economists lawyers officials others many some people allies skeptics sceptics foes defenders proponents
    environmentalists scientists researchers locals commentators pundits lawmakers politicians workers unions farmers
    teachers parents readers viewers investors traders doctors students leaders members prosecutors investigators
    reporters journalists scholars
    """.split()
)
_SEEING = frozenset("see sees saw seen view views viewed regard regards regarded perceive perceived perceives".split())
_DESCRIBING = frozenset(
    """
    describe described describes dismiss dismissed dismisses denounce denounced denounces condemn condemned condemns
    brand branded brands portray portrayed portrays paint painted paints hail hailed hails praise praised praises
    deride derided derides characterize characterized characterizes characterise characterised characterises depict
    depicted depicts decry decried slam slammed slams blast blasted blasts cast
    """.split()
)
_CONSIDERING = frozenset("consider considers considered deem deems deemed".split())
_CALLING = frozenset("call calls called brand brands branded label labels labelled labeled dub dubs dubbed".split())
_CALLED = frozenset("it him her them".split())
_ACCUSING = frozenset("accuse accuses accused accusing".split())
_FIRST_PERSON = frozenset("i we you".split())
_REACH = 12
# "To Bannon skeptics, …", but not "To save workers, …" or "To some extent, …".
_TO_CRITICS = re.compile(
    r"To (?:(?:its|his|her|their|the|many|some|most) (?:\w+ )?|[A-Z]\w+ )?"
    rf"(?P<who>{'|'.join(sorted(_GROUPS))})\b(?! (?:extent|degree)\b)[^,.;“”\"]{{0,40}},"
)
_IN_EYES = re.compile(r"In the (?:eyes|view|opinion|telling) of (?P<who>[^,.;“”\"]{2,60}),")
_CLAUSE_ENDS = re.compile(r"; |, (?:but|while|though|although|and|who|which|according|even though) ")


_VERBS = _SEEING | _DESCRIBING | _CONSIDERING | _ACCUSING | _CALLING

HINTS = (
    *("To ", " eyes of ", " view of ", " opinion of ", " telling of ", " accus", " consider", " deem"),
    # Verb and object stand together in these; looked for as one they cost little.
    *(f"{verb} {whom} a" for verb in sorted(_CALLING) for whom in sorted(_CALLED)),
)
"""Each view has one of these in its sentence, or ``as`` after one of ``AS_VERBS``."""
AS_VERBS = _SEEING | _DESCRIBING


class View(NamedTuple):
    """``text[start:end]`` is the view of somebody."""

    start: int
    end: int
    tag: SpeechTag


def find_view(text: str, start: int, end: int, tokens: Sequence[Token]) -> View | None:
    """The first view in the sentence ``text[start:end]``."""
    for pattern in (_TO_CRITICS, _IN_EYES):
        match = pattern.match(text, start, end)
        if match:
            return View(match.end(), end, SpeechTag((match.start(), match.start("who")), match.span("who")))
    for i, token in enumerate(tokens):
        word = token[0].lower()
        if word in _VERBS:
            first = _first_of_view(tokens, i, word)
            subject = subject_before(tokens[:i]) if first else None
            if first and subject and _is_others(text, subject, word):
                stop = _CLAUSE_ENDS.search(text, first.start(), end)
                return View(first.start(), stop.start() if stop else end, SpeechTag(token.span(), subject))
    return None


def _first_of_view(tokens: Sequence[Token], i: int, word: str) -> Token | None:
    """The token with which the view begins: after ``as``, after ``of``, or the second noun phrase's article."""
    if word in _CALLING:
        called = [token[0].lower() for token in tokens[i + 1 : i + 3]]
        names = len(called) == 2 and called[0] in _CALLED and called[1] in ("a", "an")
        if names or word not in _DESCRIBING:
            return tokens[i + 2] if names else None
    for k in range(i + 2, min(i + _REACH, len(tokens) - 1)):
        here = tokens[k][0].lower()
        if not here[0].isalnum():
            return None
        if word in _ACCUSING:
            if here == "of":
                return tokens[k + 1]
        elif word in _CONSIDERING:
            if here in ("a", "an"):
                return tokens[k]
        elif here == "as":
            view = tokens[k + 1]
            # Quoted words are no tokens; what stands behind them is not the view.
            return view if view.string[tokens[k].end() : view.start()].isspace() else None
    return None


def _is_others(text: str, subject: tuple[int, int], word: str) -> bool:
    """May this subject hold the view? Of verbs that also mean sight or thought, only groups of people."""
    words = text[slice(*subject)].lower().split()
    if words[0] in _FIRST_PERSON:
        return False
    return word in _DESCRIBING or word in _ACCUSING or word in _CALLING or not _GROUPS.isdisjoint(words)

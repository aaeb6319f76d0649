"""Indirect speech where the syntax is plain: ``He said the warnings were empty``.

Five shapes count, each only with a subject that stands where its clause begins:

* NP said (that) CLAUSE; told NP that CLAUSE
* …, adding that CLAUSE
* CLAUSE, NP said; CLAUSE, said NP
* CLAUSE, NP said, CLAUSE
* According to NP, CLAUSE; CLAUSE, according to NP

Views of others without a verb of speech are read in ``viewpoints.py``. A text without reporting words costs a few
substring searches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from biasscore.segment.cues import DETERMINERS, PARTICIPLES, PRONOUNS, SAYING, THINKING
from biasscore.segment.speakers import SpeechTag, Token, is_verb, subject_after, subject_before, tokenize
from biasscore.segment.viewpoints import AS_VERBS, find_view
from biasscore.segment.viewpoints import HINTS as VIEW_HINTS

_HINTS = ("said", "say", "ccording to ", "claim", "insist", "argue", "believe", "think")
# Longer ones have no plain syntax, and reading each cue's subject in them would not be linear.
_LONGEST_SENTENCE = 1000
_FINDING = frozenset("found finds find show shows showed shown discovered discovers".split())
# Whose findings are reported: "The report found that …"; with others these verbs mean too much.
_FINDERS = frozenset(
    "report reports study studies poll polls survey surveys inquiry enquiry investigation audit review research data "
    "analysis figures records documents court courts judge judges panel commission committee tribunal jury test tests "
    "police investigators researchers scientists auditors inspectors experts evidence results ombudsman watchdog memo"
    .split()
)  # fmt: skip
# What is found without "that" is often a thing; these find nothing but that something is so.
_REPORTS = frozenset("report study poll survey inquiry enquiry audit review research analysis watchdog".split())
_REPORTING = SAYING | THINKING | _FINDING | {"according"}
# Hints that need another word before them, and within how many words that stands.
_HINTS_AFTER = ((" that ", _REPORTING, 7), (" as ", AS_VERBS, 11), (" found ", _REPORTS, 5), (" finds ", _REPORTS, 5))
_BARE_CUES = frozenset(
    "said says say thinks believes believe think argued argues claimed claims insisted insists".split()
)
_INVERTED = frozenset("said says".split())
# Verbs of "CLAUSE, NP said"; before others ("The Capital reported on the attack") the comma often ends no clause.
_CLOSING = _BARE_CUES - THINKING
_CONNECTED = frozenset(
    "and but yet so or because although though while if as when after before since until than whether that what how why"
    .split()
)  # fmt: skip
_SUBORDINATING = frozenset("because although though while if as when after before since until whether".split())
_HEDGED = frozenset("not never to will would could can may might should must if did don’t don't didn’t didn't".split())
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|could|can|should|may|might|must|did|does|do|\w+n[’']t|[a-z]+ed|[a-z]{2,}s"
    r"|[\w]+[’'](?:s|re|ve|ll|d)|won|got|made|went|came|took|saw|knew|left|lost|ran|gave)\b"
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|could|can|should|may|might|must|did|does|do|\w+n[’']t|needs?)\b"
)
_OPENS_CLAUSE = DETERMINERS | PRONOUNS | frozenset("there people all both".split())
_ENDS_SUBJECT = frozenset(", ; : that which who whom to".split())
_NO_CLAUSE = frozenset("nothing little goodbye yes so more much".split())
_TAIL = re.compile(r"[^,;:“”\"]{0,60}[.!]?[\"”’']?\Z")
_CLAUSE_ENDS = re.compile(r"; |, (?:but|while|though|although|according|even though) ")
_FIRST_PERSON = re.compile(r"(?:I|we|you)\b", re.I)


@dataclass(frozen=True, slots=True)
class Indirect:
    """One piece of indirect speech, ``text[start:end]``, with its cue and speaker."""

    start: int
    end: int
    attribution: SpeechTag


def find_hints(text: str) -> list[int]:
    """Positions, in order, where a reporting word stands: only their sentences can hold indirect speech.

    A rule without a hint would hold in some sentences only: where the hint of another rule happens to stand.
    """
    found = [position for hint in (*_HINTS, *VIEW_HINTS) for position in _occurrences(text, hint)]
    for hint, needed, reach in _HINTS_AFTER:
        for position in _occurrences(text, hint):
            # Nine characters a word, the blank included.
            before = text[max(0, position - 9 * reach) : position].split()
            if not needed.isdisjoint(before[-reach:]):
                found.append(position)
    return sorted(found)


def find_indirect(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> list[Indirect]:
    """Indirect speech in the sentence ``text[start:end]``.

    Args:
        quoted: ranges of direct quotations in the sentence; cues inside them are not the author's.
    """
    if text[end - 1] == "?" or end - start > _LONGEST_SENTENCE:
        return []
    tokens: list[Token] = []
    position = start
    for opening, closing in quoted:
        tokens += tokenize(text, position, max(position, opening))
        position = closing
    tokens += tokenize(text, position, end)
    for i, token in enumerate(tokens):
        word = token[0].lower()
        if word not in _REPORTING:
            continue
        if word == "according":
            found = _according(text, start, end, tokens, i)
        elif word in PARTICIPLES or is_verb(tokens, i):
            found = _said(text, start, end, tokens, i)
        else:
            continue
        if found:
            return found
    view = find_view(text, start, end, tokens)
    return [Indirect(view.start, view.end, view.tag)] if view else []


def _occurrences(text: str, hint: str) -> Iterator[int]:
    position = text.find(hint)
    while position >= 0:
        yield position
        position = text.find(hint, position + 1)


def _according(text: str, start: int, end: int, tokens: Sequence[Token], i: int) -> list[Indirect]:
    if i + 2 >= len(tokens) or tokens[i + 1][0] != "to":
        return []
    speaker = subject_after(tokens[i + 2 :])
    if speaker is None:
        return []
    attribution = SpeechTag((tokens[i].start(), tokens[i + 1].end()), speaker)
    if i == 0:
        comma = next((t for t in tokens if t[0] == "," and t.start() >= speaker[1]), None)
        return [Indirect(comma.end(), end, attribution)] if comma else []
    before = text[start : tokens[i].start()].rstrip()
    if before[-1:] in ',”"' and i > 2:
        return [Indirect(start, start + len(before), attribution)]
    return []


def _said(text: str, start: int, end: int, tokens: Sequence[Token], i: int) -> list[Indirect]:
    word = tokens[i][0].lower()
    if i > 3 and tokens[i - 1][0] == "," and word in _INVERTED:
        return _inverted(text, start, end, tokens, i)
    subject = None if word in PARTICIPLES else subject_before(tokens[:i])
    if word in PARTICIPLES:
        if i == 0 or tokens[i - 1][0] != "," or not _that_follows(tokens, i):
            return []
    elif subject is None or not _may_report(text, tokens, i, subject):
        return []
    attribution = SpeechTag(tokens[i].span(), subject)
    lead = [t for t in tokens[:i] if subject and t.start() < subject[0]]
    if subject and len(lead) > 3 and lead[-1][0] == "," and tokens[i - 1][0] != "," and word in _CLOSING:
        trailing = _trailing(text, start, end, tokens, i, attribution, lead)
        if trailing:
            return trailing
    if subject and not _starts_clause(lead):
        return []
    clause = _clause_start(text, tokens, i)
    return [Indirect(clause, _clause_end(text, clause, end), attribution)] if clause is not None else []


def _may_report(text: str, tokens: Sequence[Token], i: int, subject: tuple[int, int]) -> bool:
    """Is the subject somebody else than the author, and one who can report with this verb?"""
    if _FIRST_PERSON.match(text, subject[0]) or _is_hedged(tokens, i, subject):
        return False
    finds = tokens[i][0].lower() in _FINDING
    return not finds or not _FINDERS.isdisjoint(text[slice(*subject)].lower().split())


def _inverted(text: str, start: int, end: int, tokens: Sequence[Token], i: int) -> list[Indirect]:
    """CLAUSE, said NP."""
    subject = subject_after(tokens[i + 1 :])
    comma = tokens[i - 1]
    if subject is None or not _FINITE.search(text, start, comma.start()):
        return []
    # "Mr. Richardson, a former governor, said it was critical": the comma ends an apposition, not a clause.
    if _AUXILIARY.search(text, subject[0], min(end, subject[1] + 20)):
        return []
    return [Indirect(start, comma.end(), SpeechTag(tokens[i].span(), subject))]


def _is_hedged(tokens: Sequence[Token], i: int, subject: tuple[int, int]) -> bool:
    between = [t[0].lower() for t in tokens[:i] if t.start() >= subject[1]]
    negated = tokens[i - 1][0].lower().endswith(("n’t", "n't"))
    return negated or any(word in _HEDGED or word in ("who", "which") for word in between)


def _starts_clause(lead: Sequence[Token]) -> bool:
    if not lead:
        return True
    last = lead[-1][0]
    if last in '”"—–;':
        return True
    if last.lower() in ("and", "but", "yet"):
        return len(lead) == 1 or lead[-2][0] in ',;”"'
    return last == "," and (len(lead) <= 6 or lead[0][0].lower() in _CONNECTED)


def _trailing(
    text: str, start: int, end: int, tokens: Sequence[Token], i: int, attribution: SpeechTag, lead: Sequence[Token]
) -> list[Indirect]:
    """CLAUSE, NP said. Or, with a second comma, what follows as well."""
    clause = text[start : lead[-1].start()]
    if not _FINITE.search(clause) or tokens[0][0].lower() in _SUBORDINATING:
        return []
    cue = attribution.cue[1]
    if i + 1 < len(tokens) and tokens[i + 1][0] == "," and not _TAIL.match(text[cue:end]):
        rest = tokens[i + 2][0].lower() if i + 2 < len(tokens) else ""
        second = [] if rest in PARTICIPLES or not rest else [Indirect(tokens[i + 1].end(), end, attribution)]
        return [Indirect(start, lead[-1].end(), attribution), *second]
    if _TAIL.match(text[cue:end]) and not _AUXILIARY.search(text, cue, end) and not _clause_start(text, tokens, i):
        return [Indirect(start, lead[-1].end(), attribution)]
    return []


def _that_follows(tokens: Sequence[Token], i: int) -> int | None:
    """Index of the ``that`` of this cue: at once, or past an addressee or a short adverbial."""
    for k in range(i + 1, min(i + 8, len(tokens))):
        word = tokens[k][0].lower()
        if word == "that":
            return k
        if not word[0].isalnum() or word in SAYING or word in _CONNECTED or word == "fact":
            return None
    return None


def _clause_start(text: str, tokens: Sequence[Token], i: int) -> int | None:
    that = _that_follows(tokens, i)
    if that is not None and (that == i + 1 or _may_stand_between(tokens, i)):
        plain = that + 1 < len(tokens) and tokens[that + 1][0][0].isalnum()
        return tokens[that].end() if plain and _FINITE.search(text, tokens[that].end(), tokens[-1].end()) else None
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if _finds_that(text, tokens, i):
        return tokens[i + 1].start()
    if tokens[i][0].lower() not in _BARE_CUES or following is None or following[0].lower() in _NO_CLAUSE:
        return None
    opens = following[0].lower() in _OPENS_CLAUSE or following[0][0].isupper()
    reach = tokens[min(i + 14, len(tokens) - 1)].end()
    if not opens or following[0].endswith("day") or not _FINITE.search(text, following.end(), reach):
        return None
    return following.start()


def _finds_that(text: str, tokens: Sequence[Token], i: int) -> bool:
    """``The report found the plan was reckless``: a verb follows soon, before a comma or a relative clause."""
    subject = subject_before(tokens[:i]) if tokens[i][0].lower() in ("found", "finds") else None
    if subject is None or _REPORTS.isdisjoint(text[slice(*subject)].lower().split()):
        return False
    near = list(takewhile(lambda token: token[0].lower() not in _ENDS_SUBJECT, tokens[i + 1 : i + 9]))
    opens = bool(near) and near[0][0].lower() in _OPENS_CLAUSE
    return opens and bool(_AUXILIARY.search(text, near[0].end(), near[-1].end()))


def _may_stand_between(tokens: Sequence[Token], i: int) -> bool:
    word, following = tokens[i][0].lower(), tokens[i + 1][0]
    if word in ("told", "tell", "tells", "telling", "reminded", "assured", "warned", "warning"):
        return True
    return following.lower() in ("in", "on", "at", "to", "during", "again", "late", "early") or following.endswith(
        "day"
    )


def _clause_end(text: str, start: int, end: int) -> int:
    match = _CLAUSE_ENDS.search(text, start, end)
    return match.start() if match else end

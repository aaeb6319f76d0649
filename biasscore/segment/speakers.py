"""Who says it: the reporting word (cue) nearest to a quotation, and the noun phrase that is its subject.

No parser is at hand, so a subject is read by its shape: a pronoun, a run of capitalised words, or the words from a
determiner up to the cue, past auxiliaries, adverbs and one apposition (``Maria Gomez, 43, said``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from biasscore.segment.cues import (
    BASES,
    CALENDAR,
    DAYS,
    DETERMINERS,
    GOVERNING,
    NOUNS,
    OFFICES,
    PARTICIPLES,
    PLURALS,
    PRONOUNS,
    SAYING,
    SKIPPED_BEFORE_CUE,
)
from biasscore.segment.labels import names_no_speaker
from biasscore.segment.phrases import POSSESSIVE

_REACH = 240
# A cue may stand this far before its quotation, its subject further still.
_REACH_OF_SUBJECT = 480
# A full stop belongs to a word with a capital before more words (Sen. Hall), not to one that ends a sentence.
_WORD = r"[^\W_][\w’'&-]*(?:\.\w[\w’'&-]*)*"
_TOKEN = re.compile(rf"(?=[A-Z]){_WORD}(?:\.(?=\s+\S))?|{_WORD}|[^\w\s]")
_PARTICLES = frozenset("of de von van der bin al la le du and & the".split())
_NEW_CLAUSE = frozenset("while whereas although though ;".split())
_STRIKING = frozenset("shot fired hit struck snapped".split())
_NO_SPEAKER = frozenset("the a an those these this that every no".split())
_LINKS = frozenset("of for at from in with on".split())
_CONJUNCTIONS = frozenset("but and yet so still then".split())
_LONGEST_OPENING = 8
_LONGEST_LABEL = 7
_DASHES = frozenset("—–")
# Beside a quotation these are cues as well; elsewhere they mean too much.
_BESIDE = frozenset("began begins finds found goes recalls spoke".split())
_AFTER_CUE = frozenset("in on at to as when while after during with from before within me us him her them".split())
_INTRODUCING = frozenset("message answer response question reply headline slogan verdict advice".split())
_BOUNDARIES = frozenset(
    "that because which what when while if but as although though after before than so whether until where how why "
    "whom to that’s that's who’s who's it’s it's including".split()
)
_NOT_IN_NAMES = _BOUNDARIES | _LINKS | DAYS | frozenset("and but yet then still".split())
_OPENING_WORDS = _NOT_IN_NAMES | frozenset("there asked during by about under over last earlier later".split())
_TIME_WORDS = frozenset("before after ago later earlier days hours weeks months week month year".split())
_ENDS_NAME = frozenset(
    "in on at to who that which after during as when while with from by last this earlier later adding before via "
    "through following recently and but because about if here there outside early late since not referring according "
    "speaking citing whose himself herself told in an".split()
)
_ABBREVIATION = re.compile(
    r"(?:[A-Z]|Mr|Mrs|Ms|Mx|Dr|Drs|Prof|Rev|Sen|Sens|Rep|Reps|Gov|Gen|Lt|Col|Capt|Sgt|Maj|St|Jr|Sr)\.$|\.\w+\.$"
)
_PARTY = re.compile(r"[RDI]-")
_CAPITAL = r"[^\W\d_a-z][\w.’'-]*"
_SIGNATURE = re.compile(
    rf"(?:(?P<dash>[—–―]|--?)\s*)?(?P<name>{_CAPITAL}(?:\s(?:(?:and|&)\s)?{_CAPITAL}){{1,6}})"
    rf"(?P<outlet>,\s(?:the\s)?{_CAPITAL}(?:\s(?:{_CAPITAL}|of|the|and|for|&)){{0,5}})?"
)
_PORTRAIT = re.compile(
    rf"(?P<name>{_CAPITAL}(?:\s{_CAPITAL}){{1,4}})(?:,\s[^,.]{{1,60}},)?\s(?:is|was|has been)\s"
    r"(?:an?|the|one of|president)\s"
)


@dataclass(frozen=True, slots=True)
class SpeechTag:
    """Ranges of the cue and of the speaker; a cue may be empty (a signature has none), a speaker unknown."""

    cue: tuple[int, int]
    speaker: tuple[int, int] | None


Token = re.Match[str]


def tokenize(text: str, start: int, end: int) -> list[Token]:
    """Words with their inner marks (``U.S.``, ``O’Brien``) and single punctuation characters."""
    return list(_TOKEN.finditer(text, start, end))


def is_verb(tokens: Sequence[Token], i: int) -> bool:
    """``critics call it``, not ``a phone call``: forms that may be nouns are verbs only after a subject of theirs."""
    word = _lower(tokens[i])
    before = _lower(tokens[i - 1]) if i else ""
    if word in PLURALS:
        if i and tokens[i][0][0].isupper():
            return False  # the United States
        objects = DETERMINERS | {"it", "them", "him", "that"}
        takes_object = i + 1 < len(tokens) and _lower(tokens[i + 1]) in objects
        return before in PRONOUNS or (i > 0 and (tokens[i - 1][0][0].isupper() or takes_object))
    if word not in BASES:
        return True
    if before in PRONOUNS or before in SKIPPED_BEFORE_CUE or before == "people":
        return True
    singular = before in DETERMINERS or before in ("as", "us", "news", "thus") or before.endswith(("’s", "'s", "ss"))
    return before.endswith("s") and not singular


def attribution_after(text: str, start: int, end: int) -> SpeechTag | None:
    """Read ``she said``, ``said Peter Olsen`` or ``according to …`` at the start of what follows a quotation."""
    tokens = tokenize(text, start, min(end, start + _REACH))
    if tokens and tokens[0][0] in ",-–—":
        del tokens[0]
    if not tokens or not tokens[0][0][0].isalnum():
        return None
    word = _lower(tokens[0])
    if word == "according" and len(tokens) > 2 and _lower(tokens[1]) == "to":
        return SpeechTag((tokens[0].start(), tokens[1].end()), subject_after(tokens[2:]))
    if word == "as":
        return _as_put(tokens)
    if (word in SAYING and word not in PARTICIPLES) or _is_unknown_cue(tokens, 0):
        return SpeechTag(tokens[0].span(), subject_after(tokens[1:]))
    return _subject_then_cue(tokens)


def _subject_then_cue(tokens: Sequence[Token]) -> SpeechTag | None:
    """``NP said`` or ``NP, a teacher, said``; right after a quotation a subject begins with the first word."""
    if _lower(tokens[0]) in _NOT_IN_NAMES or _lower(tokens[0]) in SKIPPED_BEFORE_CUE:
        return None
    head = next((i for i, token in enumerate(tokens) if token[0] in ",("), len(tokens))
    for i, token in enumerate(tokens[1:], 1):
        word = _lower(token)
        if (word in SAYING and word not in PARTICIPLES) or (i <= head and i < 4 and _is_unknown_cue(tokens, i)):
            last = _before_auxiliaries(tokens, i)
            if i <= head and last >= 0:
                return SpeechTag(token.span(), _span(tokens[0], tokens[last]))
            if tokens[last][0] in ",)" and head > 0:
                return SpeechTag(token.span(), _named(tokens[:head], tokens[head + 1 : last]))
        if (i < head and word in _BOUNDARIES and word != "to") or token[0] in ";:":
            return None
    return None


def _as_put(tokens: Sequence[Token]) -> SpeechTag | None:
    """``as Ann Hall puts it``."""
    for i in range(2, min(len(tokens) - 1, 12)):
        if _lower(tokens[i]) in ("put", "puts") and _lower(tokens[i + 1]) == "it":
            last = _before_auxiliaries(tokens, i)
            return SpeechTag(_span(tokens[i], tokens[i + 1]), _span(tokens[1], tokens[last])) if last else None
    return None


def _named(phrase: Sequence[Token], apposition: Sequence[Token]) -> tuple[int, int]:
    """``the moderator, Ann Hall,``: the name, on whichever side of the comma it stands."""
    follows = len(apposition) > 1 and all(token[0][0].isupper() for token in apposition)
    plain = phrase[0][0].islower() and not _PARTY.match(apposition[0][0]) if follows else False
    chosen = apposition if plain else phrase
    return _span(chosen[0], chosen[-1])


def _before_auxiliaries(tokens: Sequence[Token], i: int) -> int:
    last = i - 1
    while last > 0 and (_lower(tokens[last]) in SKIPPED_BEFORE_CUE or tokens[last][0].endswith("ly")):
        last -= 1
    # "Hall decided to answer": the verb before the infinitive is not part of the name.
    if last > 0 and last + 1 < i and _lower(tokens[last + 1]) == "to" and tokens[last][0].endswith("ed"):
        last -= 1
    return last


def _is_unknown_cue(tokens: Sequence[Token], i: int) -> bool:
    """``snarked Martin.`` or ``Martin snarked.``: beside a quotation any past form next to a name will do."""
    word = tokens[i][0]
    if not word.islower():
        return False
    if word.endswith("s") and i > 1 and i + 1 < len(tokens):
        # "Ann Hall empathizes at the Post"
        return all(token[0][0].isupper() for token in tokens[:i]) and tokens[i + 1][0] in ("at", "in", ".", ",")
    if not word.endswith("ed") and word not in _BESIDE:
        return False
    if i:
        first = 1 if _lower(tokens[0]) in DETERMINERS and i > 1 else 0
        names = all(token[0][0].isupper() for token in tokens[first:i]) or (i == 1 and _lower(tokens[0]) in PRONOUNS)
        return names and (i + 1 == len(tokens) or tokens[i + 1][0] in ".,;" or _lower(tokens[i + 1]) in _AFTER_CUE)
    return len(tokens) > 1 and tokens[1][0][0].isupper()


def attribution_before(text: str, start: int, end: int) -> SpeechTag | None:
    """Find the last cue in ``text[start:end]``, the part of the sentence that leads up to a quotation."""
    tokens = tokenize(text, max(start, end - _REACH_OF_SUBJECT), end)
    noun: SpeechTag | None = None
    for i in range(len(tokens) - 1, -1, -1):
        word = _lower(tokens[i])
        ends = word in _NEW_CLAUSE and not (i and _lower(tokens[i - 1]) == "that")
        if ends or tokens[i].start() < end - _REACH:
            break
        several = _cue_of_two_words(tokens, i)
        if several:
            return several
        introduces = word in _INTRODUCING and i == len(tokens) - 2 and tokens[-1][0] == ":"
        if introduces or (word in NOUNS and word not in SAYING):
            noun = noun or SpeechTag(tokens[i].span(), _subject_of(tokens, i))
        elif word in GOVERNING and is_verb(tokens, i) and not _is_inside_phrase(tokens, i):
            inverted = i == 0 and word in SAYING and word not in PARTICIPLES
            return SpeechTag(tokens[i].span(), subject_after(tokens[1:]) if inverted else _subject_of(tokens, i))
    return noun


def _cue_of_two_words(tokens: Sequence[Token], i: int) -> SpeechTag | None:
    """``according to NP``, ``in the words of NP``, ``NP put it``, ``NP hit back``."""
    pair = (_lower(tokens[i]), _lower(tokens[i + 1]) if i + 1 < len(tokens) else "")
    if pair in (("according", "to"), ("words", "of")) and i + 2 < len(tokens):
        return SpeechTag(_span(tokens[i], tokens[i + 1]), subject_after(tokens[i + 2 :]))
    if pair in (("put", "it"), ("puts", "it")):
        return SpeechTag(_span(tokens[i], tokens[i + 1]), subject_before(tokens[:i]))
    if pair[0] == "back" and i > 1 and _lower(tokens[i - 1]) in _STRIKING:
        return SpeechTag(_span(tokens[i - 1], tokens[i]), subject_before(tokens[: i - 1]))
    return None


def attribution_trailing(text: str, start: int, end: int) -> SpeechTag | None:
    """Read ``, O’Hanlon said`` or ``, according to the agency`` further on in the sentence."""
    tokens = tokenize(text, start, min(end, start + _REACH))
    for i, token in enumerate(tokens):
        if token[0] == "according" and i and tokens[i - 1][0] == "," and i + 2 < len(tokens):
            return SpeechTag((token.start(), tokens[i + 1].end()), subject_after(tokens[i + 2 :]))
        if i < 2 or _lower(token) not in SAYING or _lower(token) in PARTICIPLES or not is_verb(tokens, i):
            continue
        if tokens[i - 1][0] == "," and i + 1 < len(tokens) and tokens[i + 1][0][0].isupper():
            return SpeechTag(token.span(), subject_after(tokens[i + 1 :]))
        subject = subject_before(tokens[:i])
        if subject and text[max(start, subject[0] - 2) : subject[0]].rstrip()[-1:] == ",":
            return SpeechTag(token.span(), subject)
        relative = _with_relative_clause(tokens[:i])
        if relative:
            return SpeechTag(token.span(), relative)
    return None


def _with_relative_clause(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """``…, a source who has spoken with him said``: the phrase from the last comma to its relative pronoun."""
    comma = max((k for k, token in enumerate(tokens) if token[0] == ","), default=-1)
    phrase = tokens[comma + 1 :]
    who = next((k for k, token in enumerate(phrase) if _lower(token) == "who"), 0)
    opens = comma > 0 and who > 0 and (_lower(phrase[0]) in DETERMINERS or phrase[0][0][0].isupper())
    return _span(phrase[0], phrase[who - 1]) if opens and who < 8 else None


def label(text: str, start: int, end: int) -> SpeechTag | None:
    """Read the name in ``Hall: “…”`` or ``Hall to Reed: “…”`` that ends ``text[start:end]`` with its colon."""
    tokens = tokenize(text, max(start, end - _REACH), end)
    if len(tokens) < 2 or tokens[-1][0] != ":":
        return None
    last = len(tokens) - 2
    first = _start_of_capitals(tokens, last)
    if first > 1 and _lower(tokens[first - 1]) in ("to", "on") and tokens[first - 2][0][0].isupper():
        last = first - 2
        first = _start_of_capitals(tokens, last)
    name = tokens[first : last + 1]
    if not 0 < len(name) <= _LONGEST_LABEL or (first and tokens[first - 1][0] == ","):
        return None
    # "MUST WATCH Hall: “…”": words in capitals only are a label's, unless all are.
    mixed = [token for token in name if not token[0].isupper()] or name
    speaker = _span(mixed[0], mixed[-1])
    return None if names_no_speaker(text[slice(*speaker)]) else SpeechTag((end, end), speaker)


def introducer(text: str, start: int, end: int) -> SpeechTag | None:
    """``In May, he made it clear:``: the person with whom a sentence begins that ends with a colon."""
    tokens = tokenize(text, max(start, end - _REACH_OF_SUBJECT), end)
    subject = _leading_phrase(tokens) if len(tokens) > 2 and tokens[-1][0] == ":" else None
    if subject is None:
        return None
    words = text[slice(*subject)].split()
    person = words[0][0].isupper() or words in (["he"], ["she"], ["they"])
    named = len(words) == 1 or any(word[0].isupper() for word in words[1:])
    return SpeechTag((end, end), subject) if person and named else None


def portrayed(text: str, start: int, end: int) -> SpeechTag | None:
    """``Ann Hall is the former mayor of Bergen.``: whom the sentence presents, when a quotation follows it."""
    match = _PORTRAIT.match(text, start, end)
    return SpeechTag((end, end), match.span("name")) if match else None


def _start_of_capitals(tokens: Sequence[Token], last: int) -> int:
    first = last + 1
    while first and tokens[first - 1][0][0].isupper() and tokens[first - 1][0] not in CALENDAR:
        first -= 1
    return first


def signature(text: str, start: int, end: int) -> SpeechTag | None:
    """Read ``Ann Hall, Vox`` or ``— Ann Hall``, all that stands in ``text[start:end]``, as the name of a speaker."""
    match = _SIGNATURE.fullmatch(text, _past_blanks(text, start, end), end)
    return SpeechTag((end, end), match.span("name")) if match and (match["dash"] or match["outlet"]) else None


def _past_blanks(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def subject_before(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """The noun phrase that ends where its verb begins, read backwards from the verb."""
    if not tokens:
        return None
    i = _before_auxiliaries(tokens, len(tokens))
    if tokens[i][0] == ",":
        return _past_apposition(tokens, i)
    if tokens[i][0] == ")":
        while i >= 0 and tokens[i][0] != "(":
            i -= 1
        return subject_before(tokens[:i]) if i > 0 else None
    if tokens[i][0] in _DASHES:
        # "Hall — who was against it — added": what stands between the dashes is an apposition.
        opening = next((k for k in range(i - 1, 0, -1) if tokens[k][0] in _DASHES), 0)
        return subject_before(tokens[:opening]) if opening else None
    if _lower(tokens[i]) in ("who", "which"):
        i -= 2 if i and tokens[i - 1][0] == "," else 1
    return _phrase_before(tokens, i)


def subject_after(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """The noun phrase that follows an inverted verb: ``said Peter Olsen, a teacher``."""
    if not tokens or not (tokens[0][0][0].isalnum()):
        return None
    if _lower(tokens[0]) in PRONOUNS:
        return tokens[0].span()
    last = -1
    for i, token in enumerate(tokens[:12]):
        if not token[0][0].isalnum() or (i and (_lower(token) in _ENDS_NAME or token[0] in CALENDAR)):
            break
        last = i
    opens = _lower(tokens[0]) in DETERMINERS or _lower(tokens[0]) not in _ENDS_NAME
    if last < 0 or not opens or tokens[0][0] in CALENDAR:
        return None
    return _span(tokens[0], tokens[last])


def _lower(token: Token) -> str:
    return token[0].lower()


def _span(first: Token, last: Token) -> tuple[int, int]:
    end = last.end()
    if last[0].endswith(".") and not _ABBREVIATION.search(last[0]):
        end -= 1
    return first.start(), end


def _is_inside_phrase(tokens: Sequence[Token], i: int) -> bool:
    """A participle after ``said in a video`` or ``such as``: it says how, not who."""
    if i > 1 and _lower(tokens[i - 1]) == "as" and _lower(tokens[i - 2]) == "such":
        return True
    start = _start_of_phrase(tokens, i - 1) if i else None
    return bool(start and start > 1 and _lower(tokens[start - 1]) in _LINKS and _lower(tokens[start - 2]) in SAYING)


def _is_passive(tokens: Sequence[Token], i: int) -> bool:
    """``was later deemed``: the subject is not who says it."""
    if not _lower(tokens[i]).endswith(("ed", "told", "written")):
        return False
    k = i - 1
    while k >= 0 and (tokens[k][0].endswith("ly") or _lower(tokens[k]) in ("later", "once", "often", "also", "not")):
        k -= 1
    return k >= 0 and _lower(tokens[k]) in ("was", "were", "been", "be", "being", "is", "are")


def _subject_of(tokens: Sequence[Token], i: int) -> tuple[int, int] | None:
    if _is_passive(tokens, i):
        return None
    if _lower(tokens[i]) not in PARTICIPLES:
        subject = subject_before(tokens[:i])
        if subject:
            return subject
    elif i > 1 and _lower(tokens[i - 1]) == "as":
        return _phrase_before(tokens, i - 2)
    for k in range(i):
        word = _lower(tokens[k])
        verb = word in GOVERNING and word not in PARTICIPLES and (word not in NOUNS or word in SAYING)
        if verb and is_verb(tokens, k):
            subject = subject_before(tokens[:k])
            if subject:
                return subject
    colon = max((k for k in range(i) if tokens[k][0] in ":;"), default=-1)
    return _leading_phrase(tokens[colon + 1 :])


def _leading_phrase(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """The subject with which a sentence begins, past an opening phrase, for cues whose subject stands further off."""
    first = 1 if len(tokens) > 1 and _lower(tokens[0]) in _CONJUNCTIONS else 0
    comma = next((i for i, token in enumerate(tokens) if token[0] == ","), len(tokens))
    opening = {_lower(token) for token in tokens[:comma]} if comma <= _LONGEST_OPENING else set()
    if first < len(tokens) and (_lower(tokens[first]) in _OPENING_WORDS or not opening.isdisjoint(_TIME_WORDS)):
        first = comma + 1
    if first >= len(tokens) or not tokens[first][0][0].isalnum() or _lower(tokens[first]) in _OPENING_WORDS:
        return None
    if _lower(tokens[first]) in PRONOUNS:
        return tokens[first].span()
    last = first - 1
    with_determiner = _lower(tokens[first]) in DETERMINERS
    for i in range(first, min(first + 12, len(tokens))):
        token = tokens[i][0]
        linked = token in _PARTICLES and i > first and i + 1 < len(tokens) and tokens[i + 1][0][0].isupper()
        plain = with_determiner and i < first + 5 and token[0].isalpha() and not _is_like_verb(token)
        if not ((token[0].isupper() and token not in CALENDAR) or linked or plain):
            break
        last = i
    alone = last == first and _lower(tokens[first]) in _NO_SPEAKER
    return _span(tokens[first], tokens[last]) if last >= first and not alone else None


def _is_like_verb(token: str) -> bool:
    cue = token in GOVERNING and token not in NOUNS
    return cue or token.endswith("ed") or token in SKIPPED_BEFORE_CUE or token in _BOUNDARIES


def _past_apposition(tokens: Sequence[Token], comma: int) -> tuple[int, int] | None:
    """``NAME, a teacher, said``: skip what stands between the commas, unless it is itself the name."""
    i = comma - 1
    while i >= 0 and tokens[i][0] != ",":
        if tokens[i][0] in '.;:“”"':
            return None
        i -= 1
    between = tokens[i + 1 : comma]
    if i < 0 or not between:
        return None
    if all(token[0][0].isupper() for token in between) and len(between) > 1 and not _PARTY.match(between[0][0]):
        return _span(between[0], between[-1])
    phrase = _phrase_before(tokens, i - 1)
    # "Rob Richie, the director of a centre, a group for reform, said": one more apposition stands between.
    start = next((k for k, token in enumerate(tokens) if phrase and token.start() == phrase[0]), 0)
    if start > 1 and tokens[start - 1][0] == "," and tokens[start][0].islower() and tokens[start - 2][0][0].isupper():
        return _span(tokens[_start_of_name(tokens, start - 2)], tokens[start - 2])
    return phrase


def _phrase_before(tokens: Sequence[Token], last: int) -> tuple[int, int] | None:
    if last < 0 or not tokens[last][0][0].isalnum():
        return None
    if _lower(tokens[last]) in PRONOUNS:
        return tokens[last].span()
    first = _start_of_phrase(tokens, last)
    if first is None or _lower(tokens[first]) in SKIPPED_BEFORE_CUE or _lower(tokens[first]) == "be":
        return None
    # "a spokesman for the ministry": what is linked by a preposition belongs to the phrase, if a noun stands before it.
    while first >= 2 and _lower(tokens[first - 1]) in _LINKS and tokens[first - 2][0][0].isalnum():
        longer = _start_of_phrase(tokens, first - 2)
        if longer is None or _lower(tokens[longer]) in _BOUNDARIES or _lower(tokens[first - 2]) in SAYING:
            break
        first = longer
    return _span(tokens[first], tokens[last])


def _start_of_phrase(tokens: Sequence[Token], last: int) -> int | None:
    if tokens[last][0][0].isupper() and tokens[last][0] not in CALENDAR:
        return _start_of_name(tokens, last)
    for first in range(last, max(-1, last - 7), -1):
        token = tokens[first][0]
        word = token.lower()
        if not token[0].isalnum() or word in _BOUNDARIES or word in _LINKS or word in ("and", "or"):
            return first + 1 if first < last else None
        if first < last and word in DETERMINERS:
            return first
        if first < last and token.endswith(POSSESSIVE) and token[0].isupper():
            return _start_of_name(tokens, first)
    return max(0, last - 6) if last < 7 else None


def _start_of_name(tokens: Sequence[Token], last: int) -> int:
    first = last
    while first > 0:
        token = tokens[first - 1][0]
        if token[0].isupper() and token.lower() not in _NOT_IN_NAMES and not _PARTY.match(token):
            first -= 1
        elif token in _PARTICLES and first > 1 and tokens[first - 2][0][0].isupper() and token != "the":
            first -= 2
        else:
            break
    if first > 0 and _lower(tokens[first - 1]) in DETERMINERS:
        return first - 1
    # "former counsel Don McGahn": words of office before the name belong to it, up to their determiner.
    start = first
    while start > 0 and first - start < 4 and tokens[start - 1][0][0].isalpha() and tokens[start - 1][0].islower():
        start -= 1
        if tokens[start][0] in DETERMINERS:
            break
    if start < first and tokens[first - 1][0] in OFFICES:
        if _lower(tokens[start]) in DETERMINERS:
            return start
        return _start_of_name(tokens, start - 1) if start and tokens[start - 1][0][0].isupper() else start
    return first

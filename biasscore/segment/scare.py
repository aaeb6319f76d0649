"""Quoted phrases that are nobody's speech: scare quotes, titles, nicknames and terms that are being defined.

All of them are the author's voice; only a scare quote says something about the author's stance.
"""

from __future__ import annotations

import re
from typing import Literal

from biasscore.segment.cues import DETERMINERS

Kind = Literal["scare", "title", "nickname", "term"]

_LEAD = 60
_WORD = re.compile(r"[^\W_][\w’'-]*")
_SO_CALLED = re.compile(r"so[- ]called\s+\Z", re.I)
_WORK = re.compile(
    r"(?<!\w)(?:book|novel|memoir|film|movie|documentary|song|single|ballad|album|show|series|sitcom|drama|comedy|podcast"
    r"|programme?|play|musical|opera|essay|article|column|op-ed|story|report|study|paper|speech|poem|painting|track"
    r"|magazine|episode|headline|hit|bestseller|classic|game|titled|entitled|headlined|called|hosts?|hosted|on|in|of"
    r"|watch(?:ed|ing)?|sang|sings|singing|read|reading|play(?:s|ed|ing)|perform(?:ed|ing|s)|starred in)"
    r"(?:,|\s+the)?\s+\Z"
)
_SURE_WORK = re.compile(
    r"(?<!\w)(?:book|novel|memoir|film|movie|documentary|song|ballad|album|show|series|sitcom|podcast|programme?|play|musical"
    r"|opera|essay|article|column|op-ed|poem|painting|magazine|episode|(?:report|study|paper|speech|bill|piece|post|video)"
    r" (?:called|titled|entitled)|titled|entitled|headlined|(?:NBC|CBS|ABC|CNN|MSNBC|PBS|HBO|BBC|Fox News|Netflix|Fox)(?:[’']s?)?"
    r"|sang|sings|singing|watch(?:ed|ing|es)?)[,:]?\s+\Z"
)
_TERM_LEAD = re.compile(
    r"(?<!\w)(?:terms?|words?|phrases?|acronym|letters|expression|slogan|hashtag|nickname|moniker|known as|(?:is|are|was|were|been"
    r"|being|,|a process|something|what is|often|sometimes) called|considered|deemed|classified as|designated(?: as)?|slogan (?:is|was)|click|press|(?<=,\s)or|(?:system|concept|doctrine|theory|principle|practice) of|referred to as|refers to as|defined as|stands? for|stood for"
    r"|short for|define[sd]?|meaning|dubbed(?: the| a)?|coined)(?:\s+the|\s+a)?\s+\Z",
    re.I,
)
_TERM_AFTER = re.compile(
    r"[,\s]*(?:means?|meant|refers?\s+to|referred\s+to|is\s+defined|stands?\s+for|is\s+short\s+for|comes?\s+from|came\s+from"
    r"|was\s+coined|is\s+a\s+term|the\s+law\s+means|(?:a|an|or)\s+[a-z]|in\s+the\s+sense|[–—-]\s*meaning)\b"
)
_SUBJECT_AFTER = re.compile(r"\s+(?:has|have|had|is|was|are|were)\b")
_DOUBTING = re.compile(
    r"\b(?:so[- ]called|supposed(?:ly)?|self-(?:styled|proclaimed|described)|alleged(?:ly)?|ostensible|so much for"
    r"|(?:notion|pretense|pretence|guise|banner) of)\s+(?:\w+\s+)?\Z",
    re.I,
)
_AT_A_DOOR = re.compile(
    r"(?:\b(?:his|her|their|its|your|our|this|these|those|such|another|endless)|[’']s|s[’'])\s+(?:\w+\s+)?\Z", re.I
)
_SERIES_AFTER = re.compile(r"\s?,?\s?(?:and |or |but )?[“\"]")
_SPEECH_NOUN = re.compile(
    r"\s(?:comments?|remarks?|claims?|line|quote|quip|tweets?|slogan|chants?|pledge|promise|statement|speech|joke|refrain)\b"
)
_DASH_AFTER = re.compile(r"\s?(?:—|--|–)\s?\w")
_VOTES = frozenset("yes no nay aye yea yay".split())
_CALL_IT = re.compile(r"\bcall (?:it|this|them|that|these)\s+\Z")
_NAME_BEFORE = re.compile(r"(?:^|[^\w])[^\W\d_a-z][\w.’-]*[a-z][\w.]*\s\Z")
_NAME_AFTER = re.compile(r"\s[^\W\d_][\w’'-]*[a-z]")
_POSSESSIVE = ("’s", "'s", "s’", "s'")
_FUNCTION = frozenset(
    "of for to in on at by with from and or but that which who as is are was were be been has have had would will could "
    "can should may might must than when while if because after before during about into over under between against "
    "through without within not it he she they we you i this these those the a an".split()
)


def author_kind(text: str, start: int, end: int, sentence: int, heading: bool) -> Kind | None:
    """Title, nickname or term, where the words beside the marks say so; None otherwise.

    Args:
        start: position of the opening mark; ``end`` is one after the closing mark.
        sentence: where the sentence begins.
        heading: headlines write all words with capitals, so capitals tell nothing there.
    """
    lead = text[max(sentence, start - _LEAD) : start]
    inner = text[start + 1 : end - 1].strip(" ,.")
    words = _WORD.findall(inner)
    if not words or len(words) > 14 or _SO_CALLED.search(lead):
        return None
    if not heading and len(words) <= 4 and _is_nickname(text, start, end, lead, inner):
        return "nickname"
    if len(words) <= 5 and (_TERM_LEAD.search(lead) or _TERM_AFTER.match(text, end) or _CALL_IT.search(lead)):
        return "term"
    if not lead and 1 < len(words) <= 4 and _SUBJECT_AFTER.match(text, end):
        return "term"
    if (
        _is_explained(text, start, end)
        or words[0].lower() in _VOTES
        or len(inner) < 3
        or inner[0].isdigit()
        and len(words) == 1
    ):
        return "term"
    if _SURE_WORK.search(lead) and inner[0].isupper() or inner[0].isdigit() and _WORK.search(lead):
        return "title"
    if heading:
        return None
    if len(words) > 1 and _is_title_case(words) and inner[-1] not in "?!":
        return "title"
    if (
        len(words) == 1
        and lead
        and inner[0].isupper()
        and (inner.isupper() or _WORK.search(lead) or inner[1:].islower())
    ):
        return "term" if inner.isupper() or not _WORK.search(lead) else "title"
    return None


def is_scare(text: str, start: int, end: int, sentence: int, heading: bool) -> bool:
    """Do the marks say that the author stands apart from the words?

    Nobody is named for any of the phrases that get here, but most are terms or echoes of an earlier quotation.
    A sneer shows as one common word (``their Korean “friends”``), as a phrase that is laid at somebody's door
    (``Big Tech’s “community standards”``), as an act (``more comfortable “managing decline”``), or after
    words such as so-called. Headlines mark any quotation so, and tell nothing.
    """
    lead = text[max(sentence, start - _LEAD) : start]
    words = _WORD.findall(text[start + 1 : end - 1])
    if _DOUBTING.search(lead):
        return True
    if heading or not words or len(words) > 4 or (words[0][0].isupper() and lead) or text[start + 1] == "#":
        return False
    if text[start - 2 : start - 1] in '”",' and text[start - 3 : start - 2] in '”",' or _SERIES_AFTER.match(text, end):
        return False
    return len(words) == 1 or words[0].endswith("ing") or bool(_AT_A_DOOR.search(lead))


def is_speech_noun_next(text: str, end: int) -> bool:
    """``Romney's “binders full of women” comment``: the noun says that the words were spoken."""
    return bool(_SPEECH_NOUN.match(text, end))


def is_modifier(text: str, start: int, end: int) -> bool:
    """A short phrase between a determiner and its noun, as in ``the “wait-and-see” playbook``."""
    match = _WORD.match(text, end + 1) if text[end : end + 1].isspace() else None
    lead = text[max(0, start - 30) : start].split()
    if not lead or not (lead[-1].lower() in DETERMINERS or lead[-1].endswith(_POSSESSIVE)):
        return False
    if not match or match[0].lower() in _FUNCTION or match[0].endswith("ly"):
        return False
    return len(_WORD.findall(text[start:end])) <= 4 and text[end - 2 : end - 1] not in ",.?!"


def _is_explained(text: str, start: int, end: int) -> bool:
    """``“kwanliso” -- camps for …`` or ``(a “red flag”)``: what stands apart is a name, not a sneer."""
    return bool(_DASH_AFTER.match(text, end)) or (
        text[end : end + 1] == ")" and "(" in text[max(0, start - 12) : start]
    )


def _is_nickname(text: str, start: int, end: int, lead: str, inner: str) -> bool:
    before = _NAME_BEFORE.search(lead)
    if not before or not _NAME_AFTER.match(text, end) or inner[-1] in ",.?!":
        return False
    return inner[0].isupper() and not before[0].strip().endswith(_POSSESSIVE)


def _is_title_case(words: list[str]) -> bool:
    """Every word with a capital but articles, prepositions and the like."""
    rest = [word for word in words[1:] if word.lower() not in _FUNCTION]
    return (words[0][0].isupper() or words[0][0].isdigit()) and bool(rest) and not any(w[0].islower() for w in rest)

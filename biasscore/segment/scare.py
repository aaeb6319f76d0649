"""Quoted phrases that are nobody's speech: scare quotes, titles, nicknames and terms that are being defined.

All of them are the author's voice; only a scare quote says something about the author's stance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from biasscore.segment.claims import CLAIMS, CONTEMPT, QUALITIES
from biasscore.segment.cues import DETERMINERS, SAYING

Kind = Literal["title", "nickname", "term"]

_LEAD = 60
_WORD = re.compile(r"[^\W_][\w’'-]*")


def _before(words: str, ending: str = r"\s+", flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """A pattern for words that stand right before the opening mark."""
    return re.compile(rf"(?<!\w)(?:{words}){ending}\Z", flags)


_WORKS = (
    "book|novel|memoir|film|movie|documentary|song|ballad|album|show|series|sitcom|podcast|programme?|play|musical"
    "|opera|essay|article|column|op-ed|poem|painting|magazine|episode"
)
_CHANNELS = "NBC|CBS|ABC|CNN|MSNBC|PBS|HBO|BBC|Fox News|Netflix|Fox"
_SURE_WORK = _before(
    rf"{_WORKS}|(?:report|study|paper|speech|bill|piece|post|video) (?:called|titled|entitled)|titled|entitled"
    rf"|headlined|headline|(?:{_CHANNELS})(?:[’']s?)?|sang|sings|singing|watch(?:ed|ing|es)?",
    r"[,:]?\s+",
)
_LIKELY_WORK = _before(
    rf"{_WORKS}|single|drama|comedy|story|report|study|paper|speech|track|hit|bestseller|classic|game|titled|entitled"
    r"|headlined|called|hosts?|hosted|on|in|of|watch(?:ed|ing)?|sang|sings|singing|read|reading|play(?:s|ed|ing)"
    r"|perform(?:ed|ing|s)|starred in",
    r"(?:,|\s+the)?\s+",
)
_TERM_LEAD = _before(
    r"terms?|words?|phrases?|acronym|letters|expression|slogan|hashtag|nickname|moniker|known as|coined"
    r"|(?:is|are|was|were|been|being|,|a process|something|what is|often|sometimes) called|considered|deemed"
    r"|classified as|designated(?: as)?|slogan (?:is|was)|click|press|(?<=,\s)or|refer(?:red|s) to as|defined as"
    r"|(?:system|concept|doctrine|theory|principle|practice) of|stands? for|stood for|short for|define[sd]?|meaning"
    r"|dubbed|so[- ]called|self-(?:styled|proclaimed|described)|call (?:it|this|them|that|these)",
    r"(?:\s+the|\s+a)?\s+",
    re.I,
)
_TERM_AFTER = re.compile(
    r"[,\s]*(?:means?|meant|refer(?:s|red)\s+to|is\s+defined|stands?\s+for|is\s+short\s+for|comes?\s+from|came\s+from"
    r"|was\s+coined|\(or|is\s+a\s+term|the\s+law\s+means|(?:a|an|or)\s+[a-z]|in\s+the\s+sense|[–—-]\s*meaning)\b"
)
_SUBJECT_AFTER = re.compile(r"\s+(?:has|have|had|is|was|are|were)\b")
_DASH_AFTER = re.compile(r"\s?(?:—|--|–)\s?\w")
_SERIES_AFTER = re.compile(r"\s?,?\s?(?:and |or |but )?(?:an? |the )?[“\"]")
_SPEECH_NOUN = re.compile(
    r"\s(?:comments?|remarks?|claims?|line|quote|quip|tweets?|slogan|chants?|pledge|promise|statement|speech|joke"
    r"|refrain)\b"
)
_DOUBTING = _before(
    r"supposed(?:ly)?|ostensibl[ey]|so much for|passes for|(?:pretense|pretence|guise) of",
    r"\s+(?:(?!(?:that|to|be)\b)\w+\s+)?",
    re.I,
)
_MANNER = re.compile(
    r"\s(?:playbook|moment|mentality|attitude|mindset|crowd|routine|trick|culture|politics|spirit|ethos)\b"
    r"(?!\s(?:of|to)\b|[,:]?\s(?:which|that|meaning|in which|—|–|--))"
)
# Words that make a quotation likely somewhere in the sentence, also where they do not govern it.
_SPOKEN = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells)|w(?:rote|rites)|call(?:s|ed|ing)?|describ(?:es?|ed|ing)|dubbed|termed|named"
    r"|refer(?:s|red)|according|claim(?:s|ed|ing)|argu(?:e|es|ed|ing)|stated|insist(?:s|ed|ing)?|warn(?:s|ed|ing)?"
    r"|tweet(?:s|ed|ing)?|ask(?:s|ed)|add(?:s|ed)|quot(?:e|es|ed|ing)|cit(?:e|es|ed|ing)|pledg(?:e|es|ed)|vow(?:s|ed)?"
    r"|promis(?:e|es|ed)|report(?:s|ed)?|sees|suggest\w*|concern(?:s|ed)|attack(?:s|ed|ing)|introduc(?:es|ed|ing)|accus\w+"
    r"|claim|consider(?:s|ed)?|believ\w+|herald\w*|br(?:ings|ought) up|WATCH(?:ED)?|Replay|Caption"
    r"|skeptical|memos?|documents?|laid out|jok(?:es|ed|ing)|not(?:es|ed|ing)|explain(?:s|ed|ing)?"
    r"|words?|terms?|phrases?|polls?|polled|surveys?|perceived|known|put it)\b"
)
_CONTEMPT = _before(CONTEMPT, r"\s+", re.I)
# "hopes to “fix” the law": likely said by who hopes.
_AIM = re.compile(
    r"\b(?:want\w*|aim\w*|hop(?:es?|ed|ing)|seek\w*|sought|plan(?:s|ned|ning)?|try|tries|tried|trying|attempt\w*"
    r"|efforts?|urg\w+|encourag\w+|push\w*|press\w*|ask\w*|demand\w*|desire\w*|agree\w*|need\w*|order\w*)\b"
    r"[^,;]{0,40}\bto\s\Z",
    re.I,
)
# The phrase is mentioned, ranked or named here, not used.
_MENTIONING = re.compile(
    r"(?:\b(?:by|than|between(?: an?)?|being|labell?ed|branded|pegged|viewed"
    r"|(?:wants?|wanted|agenda of|emphasis on|calls? for)(?: more| an?)?"
    r"|(?:labels?|definitions?|meanings?|monikers?)(?: of)?|means? to be|as(?:\s\S+){0,3})"
    r"|(?:^|[”\"]),?\s*(?:and|or|but)|[:=])\s+\Z",
    re.I,
)
_LABEL_AFTER = re.compile(
    r"\s(?:labels?|category|section|columns?|camp|lanes?|wing|list|criteria|groups?|status|box)\b"
)
_REPORTED = re.compile(r"\b(?:said|says|told)\b")
_CHARACTERS_A_REPORT = 1000
_VOTES = frozenset("yes no nay aye yea yay".split())
_NAME_BEFORE = re.compile(r"(?:^|[^\w])[^\W\d_a-z][\w.’-]*[a-z][\w.]*\s\Z")
_NAME_AFTER = re.compile(r"\s[^\W\d_][\w’'-]*[a-z]")
_POSSESSIVE = ("’s", "'s", "s’", "s'")
_FUNCTION = frozenset(
    "of for to in on at by with from and or but that which who as is are was were be been has have had would will "
    "could can should may might must than when while if because after before during about into over under between "
    "against through without within not it he she they we you i this these those the a an".split()
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A short phrase in marks, ``text[start:end]``, and what can be seen around it.

    Attributes:
        lead: the free text before it, from its sentence's start or the mark before, at most 60 characters.
        heading: whether it stands in a headline, where capitals and marks tell less.
    """

    text: str
    start: int
    end: int
    lead: str
    words: tuple[str, ...]
    heading: bool

    @property
    def inner(self) -> str:
        """What stands between the marks, without the comma or full stop that print puts there."""
        return self.text[self.start + 1 : self.end - 1].strip(" ,.")


def phrase_at(text: str, start: int, end: int, free: int, *, heading: bool) -> Phrase:
    """Describe ``text[start:end]``; ``free`` is where the free text before it begins."""
    words = tuple(_WORD.findall(text[start + 1 : end - 1]))
    return Phrase(text, start, end, text[max(free, start - _LEAD) : start], words, heading)


def author_kind(phrase: Phrase) -> Kind | None:
    """Title, nickname or term, where the words beside the marks say so; None otherwise."""
    if not phrase.words or not phrase.inner or len(phrase.words) > 14:
        return None
    if _is_nickname(phrase):
        return "nickname"
    if _is_term(phrase):
        return "term"
    return "title" if _is_title(phrase) else None


def is_scare(phrase: Phrase, sentence: str) -> bool:
    """Do the marks say that the author stands apart from the words?

    Nobody is named for any of the phrases that get here, but most are terms or echoes of an earlier quotation. So only
    what seldom means anything else counts: one word that claims a standing (``the “experts” got it wrong``), words of
    doubt before it (``the supposed “deadline”``), words of contempt (``their harebrained “scheme”``), a coined manner
    (``a “wait-and-see” approach``). Headlines put any quotation in such marks, so there it does not show.

    Args:
        sentence: the one that the phrase stands in.
    """
    words = phrase.words
    if phrase.heading or not 0 < len(words) <= 4 or not words[0][0].islower():
        return False
    if _SPOKEN.search(sentence) or _SERIES_AFTER.match(phrase.text, phrase.end):
        return False
    if _DOUBTING.search(phrase.lead):
        return words[0] not in _FUNCTION and words[-1] not in _FUNCTION
    if _MANNER.match(phrase.text, phrase.end):
        return len(words) > 1 or "-" in words[0]
    if _CONTEMPT.search(phrase.lead):
        return len(words) <= 2
    used = len(words) == 1 and not _is_mentioned(phrase)
    return used and _claims_standing(phrase)


def _is_mentioned(phrase: Phrase) -> bool:
    """One word that is named, ranked or somebody's aim rather than used by the author."""
    lead = phrase.lead
    return bool(_MENTIONING.search(lead) or _LABEL_AFTER.match(phrase.text, phrase.end) or _AIM.search(lead))


def _claims_standing(phrase: Phrase) -> bool:
    word = phrase.words[0]
    return word in CLAIMS or (word in QUALITIES and _next_word(phrase) not in _FUNCTION | {""})


def _next_word(phrase: Phrase) -> str:
    """The word that follows the marks without punctuation between, empty where there is none."""
    text, end = phrase.text, phrase.end
    match = _WORD.match(text, end + 1) if text[end : end + 1].isspace() and text[end - 2] not in ",.?!" else None
    return match[0] if match else ""


def reports(text: str) -> bool:
    """Does the text tell what others say, more than twice and more than once in 1,000 characters?"""
    return len(_REPORTED.findall(text)) > max(2, len(text) // _CHARACTERS_A_REPORT)


def is_speech_noun_next(text: str, end: int) -> bool:
    """``Romney's “binders full of women” comment``: the noun says that the words were spoken."""
    return bool(_SPEECH_NOUN.match(text, end))


def is_modifier(phrase: Phrase) -> bool:
    """A short phrase between a determiner and its noun, as in ``held a “virtual” meeting``."""
    text, end = phrase.text, phrase.end
    match = _WORD.match(text, end + 1) if text[end : end + 1].isspace() else None
    lead = phrase.lead.split()
    if not match or not lead or not (lead[-1].lower() in DETERMINERS or lead[-1].endswith(_POSSESSIVE)):
        return False
    if match[0].lower() in _FUNCTION or match[0].endswith("ly"):
        return False
    return len(phrase.words) <= 4 and text[end - 2] not in ",.?!"


def _is_nickname(phrase: Phrase) -> bool:
    before = _NAME_BEFORE.search(phrase.lead)
    if phrase.heading or len(phrase.words) > 4 or not before or not _NAME_AFTER.match(phrase.text, phrase.end):
        return False
    possessive = before[0].strip().endswith(_POSSESSIVE)
    return phrase.inner[0].isupper() and phrase.text[phrase.end - 2] not in ",.?!" and not possessive


def _is_term(phrase: Phrase) -> bool:
    text, end, count = phrase.text, phrase.end, len(phrase.words)
    if count <= 5 and (_TERM_LEAD.search(phrase.lead) or _TERM_AFTER.match(text, end)):
        return True
    if not phrase.lead and 1 < count <= 4 and _SUBJECT_AFTER.match(text, end):
        return True
    if not SAYING.isdisjoint(phrase.lead.lower().split()[-1:]):
        return False
    apart = text[end : end + 1] == ")" and "(" in phrase.lead[-12:]
    if apart or _DASH_AFTER.match(text, end) or phrase.words[0].lower() in _VOTES or len(phrase.inner) < 3:
        return True
    return count == 1 and (phrase.inner[0].isdigit() or (bool(phrase.lead) and phrase.inner.isupper()))


def _is_title(phrase: Phrase) -> bool:
    first = phrase.inner[0]
    if (first.isupper() and _SURE_WORK.search(phrase.lead)) or (first.isdigit() and _LIKELY_WORK.search(phrase.lead)):
        return True
    if phrase.heading:
        return False
    if len(phrase.words) == 1:
        return first.isupper() and bool(phrase.lead)
    return _is_title_case(phrase.words) and phrase.inner[-1] not in "?!"


def _is_title_case(words: Sequence[str]) -> bool:
    """Every word with a capital but articles, prepositions and the like."""
    rest = [word for word in words[1:] if word.lower() not in _FUNCTION]
    return (words[0][0].isupper() or words[0][0].isdigit()) and bool(rest) and not any(w[0].islower() for w in rest)

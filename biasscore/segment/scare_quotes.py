"""Scare quotes: short phrases in marks by which the author visibly stands apart from a word.

Syntax rarely shows irony. Two signs show it plainly, and only those are listed; all other short phrases that are
nobody's speech stay the author's without being listed.
"""

from __future__ import annotations

import re

from biasscore.segment.phrases import FUNCTION, Phrase, before

_MOST_WORDS = 4
# A sentence counts so far from its phrase only, or the time would grow with the square of an endless one.
_SENTENCE_WITHIN = 1000
_DOUBT = before(
    r"supposed(?:ly)?|ostensibl[ey]|so much for|passes for|(?:pretense|pretence|guise) of",
    r"\s+(?:(?!(?:that|to|be)\b)\w+\s+)?",
    re.I,
)
_MANNER = re.compile(
    r"\s(?:playbook|mentality|attitude|mindset|crowd|routine|trick|ethos)\b"
    r"(?!\s(?:of|to)\b|[,:]?\s(?:which|that|meaning|in which|—|–|--))"
)
_SERIES = re.compile(r"\s?,?\s?(?:and |or |but )?(?:an? |the )?[“\"]")
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


def is_scare_quote(phrase: Phrase) -> bool:
    """``The supposed “deadline”``: words of doubt. ``A “wait-and-see” playbook``: a coined manner."""
    words = phrase.words
    if not phrase.inner or not 0 < len(words) <= _MOST_WORDS:
        return False
    if phrase.heading or not words[0][0].islower() or not {words[0], words[-1]}.isdisjoint(FUNCTION):
        return False
    if _SERIES.match(phrase.text, phrase.end) or _SPOKEN.search(_sentence(phrase)):
        return False
    coined = len(words) > 1 or "-" in words[0]
    return bool(_DOUBT.search(phrase.lead)) or (coined and bool(_MANNER.match(phrase.text, phrase.end)))


def _sentence(phrase: Phrase) -> str:
    """The phrase's sentence, as far as it is near."""
    start, end = phrase.sentence
    return phrase.text[max(start, phrase.start - _SENTENCE_WITHIN) : min(end, phrase.end + _SENTENCE_WITHIN)]

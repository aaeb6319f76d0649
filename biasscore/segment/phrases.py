"""A short phrase in quotation marks that is nobody's speech, and what can be seen around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from biasscore.segment.cues import DETERMINERS

_LEAD = 60
WORD = re.compile(r"[^\W_][\w’'-]*")
FUNCTION = frozenset(
    "of for to in on at by with from and or but that which who as is are was were be been has have had would will "
    "could can should may might must than when while if because after before during about into over under between "
    "against through without within not it he she they we you i this these those the a an".split()
)
"""Words of grammar, which begin and end no name and no quality."""
POSSESSIVE = ("’s", "'s", "s’", "s'")


def before(words: str, ending: str = r"\s+", flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """A pattern for words that stand right before the opening mark."""
    return re.compile(rf"(?<!\w)(?:{words}){ending}\Z", flags)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A short phrase in marks, ``text[start:end]``, and what can be seen around it.

    Attributes:
        lead: the free text before it, from its sentence's start or the mark before, at most 60 characters.
        sentence: ``[start, end)`` of the one that it stands in.
        heading: whether it stands in a headline, where capitals and marks tell less.
    """

    text: str
    start: int
    end: int
    lead: str
    words: tuple[str, ...]
    sentence: tuple[int, int]
    heading: bool

    @property
    def inner(self) -> str:
        """What stands between the marks, without the comma or full stop that print puts there."""
        return self.text[self.start + 1 : self.end - 1].strip(" ,.")

    @property
    def next_word(self) -> str:
        """The word that follows the marks without punctuation between, empty where there is none."""
        text, end = self.text, self.end
        match = WORD.match(text, end + 1) if text[end : end + 1].isspace() and text[end - 2] not in ",.?!" else None
        return match[0] if match else ""


def phrase_at(text: str, start: int, end: int, free: int, sentence: tuple[int, int], *, heading: bool) -> Phrase:
    """Describe ``text[start:end]``; ``free`` is where the free text before it begins."""
    words = tuple(WORD.findall(text[start + 1 : end - 1]))
    return Phrase(text, start, end, text[max(free, start - _LEAD) : start], words, sentence, heading)


def is_modifier(phrase: Phrase) -> bool:
    """A short phrase between a determiner and its noun, as in ``held a “virtual” meeting``."""
    following, lead = phrase.next_word, phrase.lead.split()
    if not following or not lead or not (lead[-1].lower() in DETERMINERS or lead[-1].endswith(POSSESSIVE)):
        return False
    return len(phrase.words) <= 4 and following.lower() not in FUNCTION and not following.endswith("ly")


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words that name nobody: inside sentences, news writes nearly all of them in lower case 19 of 20 times or more."""
    return frozenset(files("biasscore.segment").joinpath("data/common_words.txt").read_text("utf-8").split())

"""Author's words beside a quotation that only say who speaks: ``he said``, ``Hall told reporters on Tuesday``.

They claim nothing of their own, and a model that has read the quotation beside them scores that. So they have no score.
What goes beyond it keeps its score: a judging verb (*he whined*), a judging word (*the disgraced mayor said*).
"""

from __future__ import annotations

from collections.abc import Sequence

from biasscore.segment.cues import DAYS, DETERMINERS, OFFICES, PRONOUNS
from biasscore.segment.phrases import FUNCTION, WORD, common_words

_MOST_WORDS = 16
_MOST_CHARACTERS = 160
_SAYING = frozenset(
    """
    said says say saying told tell tells telling asked asks asking ask added adds adding add wrote writes writing
    write replied replies replying responded responds responding answered answers answering noted notes noting
    explained explains explaining stated states stating announced announces announcing continued continues concluded
    concludes concluding recalled recalls posted posts tweeted tweets according remarked remarks commented comments
    testified testifies read reads put puts began begins spoke speaks quoted reported reports
    """.split()
)
"""Verbs of speech that judge nothing; *claimed*, *admitted* and *ranted* are the author's choice and are scored."""
_PLAIN = frozenset(
    """
    spokesman spokeswoman spokesperson spokespeople official officials resident residents police source sources
    reporters reporter journalists journalist union council government ministry minister department agency company
    firm court committee party office owner worker workers teacher teachers driver neighbour neighbor witness
    witnesses lawyer lawyers man woman men women people person mother father son daughter wife husband brother sister
    friend friends student students doctor nurse police officer farmer trader traders manager coach player captain
    director head member members leader leaders founder professor expert experts researcher researchers scientist
    scientists analyst analysts economist expert critic critics voter voters deputy former ex then current new acting
    senior chief top federal state local national

    statement statements interview interviews email e-mail letter letters message messages post posts tweet speech
    news conference briefing press hearing rally meeting phone call radio television tv video facebook twitter website
    site transcript report reports phone blog article column book program programme show host audience crowd

    today yesterday tomorrow morning afternoon evening night week month year day days weeks months years hours hour
    minutes later earlier last next ago early late since again also too then once recently now later first

    name names give gave one two three four five first second did does do whether about it him her them us me himself
    herself
    """.split()
)
_KNOWN = _SAYING | _PLAIN | FUNCTION | DETERMINERS | PRONOUNS | {office.lower() for office in OFFICES}
_GRAMMAR = FUNCTION | {"nor", "yet", "then", "also", "too"}
_DASHES = "—–-―"
_CLOSING = ('"', "'", "”", "’", "»")


def only_says_who_speaks(text: str, start: int, end: int, unquoted: Sequence[tuple[int, int]]) -> bool:
    """Do the author's words ``text[start:end]`` beside a quotation only tell whose it is?

    Args:
        unquoted: the stretches of their sentence that stand outside quotations.
    """
    if end - start > _MOST_CHARACTERS:
        return False
    words = [match[0].removesuffix("'s").removesuffix("’s") for match in WORD.finditer(text, start, end)]
    if len(words) > _MOST_WORDS:
        return False
    lowered = [word.lower() for word in words]
    if all(word in _GRAMMAR for word in lowered):
        return True
    untold = [word for word, low in zip(words, lowered, strict=True) if low not in _KNOWN and low not in DAYS]
    if not all(word[0].isupper() or word[0].isdigit() for word in untold):
        return False
    stretch = text[start:end].strip()
    signs = stretch[0] in _DASHES
    # Where every word has a capital, it tells no name.
    judges = not common_words().isdisjoint(map(str.lower, untold)) and _is_in_capitals(text, unquoted)
    if not signs and (judges or _opens_with_common_word(text, start, words, unquoted)):
        return False
    return signs or stretch.endswith(":") or not _SAYING.isdisjoint(lowered)


def _opens_with_common_word(text: str, start: int, words: Sequence[str], unquoted: Sequence[tuple[int, int]]) -> bool:
    """``Disgraced Hall says``: only the sentence's start gives the word its capital. ``Price said`` may be a name."""
    if start != unquoted[0][0] or text[max(0, start - 2) : start].rstrip().endswith(_CLOSING):
        return False
    first, *rest = (word.lower() for word in words)
    return first in common_words() and first not in _KNOWN and bool(rest) and rest[0] not in _SAYING


def _is_in_capitals(text: str, stretches: Sequence[tuple[int, int]]) -> bool:
    """Has every word but those of grammar a capital, as in ``Council Rejects Sweeping Plan``?"""
    words = (word for start, end in stretches for word in WORD.findall(text, start, end))
    return not any(word.islower() and word not in FUNCTION for word in words)

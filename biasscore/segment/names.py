"""Quoted phrases that are names: titles, nicknames and terms that are being defined. They are the author's voice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from biasscore.segment.cues import PLURALS, PRONOUNS, SAYING
from biasscore.segment.phrases import FUNCTION, POSSESSIVE, WORD, Phrase, before, common_words

_LONGEST_NAME = 14
_WORKS = (
    "book|novel|memoir|film|movie|documentary|song|ballad|album|show|series|sitcom|podcast|programme?|play|musical"
    "|opera|essay|article|column|op-ed|poem|painting|magazine|episode"
)
_CHANNELS = "NBC|CBS|ABC|CNN|MSNBC|PBS|HBO|BBC|Fox News|Netflix|Fox"
_SURE_WORK = before(
    rf"{_WORKS}|(?:report|study|paper|speech|bill|piece|post|video) (?:called|titled|entitled)|titled|entitled"
    rf"|headlined|headline|(?:{_CHANNELS})(?:[’']s?)?|sang|sings|singing|watch(?:ed|ing|es)?",
    r"[,:]?\s+",
)
_LIKELY_WORK = before(
    rf"{_WORKS}|single|drama|comedy|story|report|study|paper|speech|track|hit|bestseller|classic|game|titled|entitled"
    r"|headlined|called|hosts?|hosted|on|in|of|watch(?:ed|ing)?|sang|sings|singing|read|reading|play(?:s|ed|ing)"
    r"|perform(?:ed|ing|s)|starred in",
    r"(?:,|\s+the)?\s+",
)
_TERM_LEAD = before(
    r"terms?|words?|phrases?|acronym|letters|expression|slogan|hashtag|nickname|moniker|known as|coined"
    r"|(?:is|are|was|were|been|being|,|a process|something|what is|often|sometimes) called|considered|deemed"
    r"|classified as|designated(?: as)?|slogan (?:is|was)|click|to press|(?<=,\s)or|refer(?:red|s) to as|defined as"
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
_SPEECH_NOUN = re.compile(
    r"\s(?:comments?|remarks?|claims?|line|quote|quip|tweets?|slogan|chants?|pledge|promise|statement|speech|joke"
    r"|refrain)\b"
)
_VOTES = frozenset("yes no nay aye yea yay".split())
_NAME_BEFORE = re.compile(r"(?:^|[^\w])[^\W\d_a-z][\w.’-]*[a-z][\w.]*\s\Z")
_NAME_AFTER = re.compile(r"\s[^\W\d_][\w’'-]*[a-z]")
_CLAUSE = PRONOUNS | frozenset("is are was were has have had will would can could should must do does did".split())
# Elsewhere such a word with a capital is a noun: "Consumer Reports", "the United States".
_CAPITAL_CUES = frozenset(word.capitalize() for word in PLURALS - {"states", "questions", "protests", "rules"})
_CONTRACTED = frozenset("that there here what let".split())
# Shows that news of politics names again and again.
_SHOWS = re.compile(
    r"saturday night live|snl|meet the press|face the nation|morning joe|good morning america|60 minutes"
    r"|fox news sunday|state of the union|nightline"
    r"|the (?:view|five|daily show|late show|tonight show|(?:celebrity )?apprentice)",
    re.I,
)
_WORK_BEFORE = before(
    r"book|novel|memoir|film|movie|documentary|song|album|series|sitcom|podcast|musical|opera|episode"
    r"|hosts?|hosted|airs?|aired|stars? [io]n|watch(?:es|ed)?|sings?|sang",
    flags=re.I,
)
_WORK_AFTER = re.compile(
    r"\s(?:(?:finale|premiere|trailer|season|episode|sequel|prequel|reboot|revival|remake|spin-?off|soundtrack"
    r"|(?:co-?)?(?:star|host|anchor)|actor|creator|director|author|singer|show|movie|film|book|musical|award|review)s?"
    r"|cast|actress|series|returns|debuts|airs|renewed|cancell?ed)\b",
    re.I,
)
_GENRE = before(
    r"reviews?|recaps?|obituar(?:y|ies)|podcasts?|ratings|box office|trailers?|previews?|spoilers?|#\w+", r":\s+", re.I
)
_ADDRESSED = before(r"tells?|told|asks?", flags=re.I)
_ANNOUNCED = before(r"announc(?:es?|ed|ing)", flags=re.I)
_RENEWED = before(r"renew(?:s|ed)?|cancels?|cancell?ed", flags=re.I)


def is_name(phrase: Phrase) -> bool:
    """Do the words beside the marks make it a nickname, a term or a title?"""
    if not phrase.words or not phrase.inner or len(phrase.words) > _LONGEST_NAME:
        return False
    return _is_nickname(phrase) or _is_term(phrase) or _is_title(phrase)


def is_name_in_headline(phrase: Phrase, *, cued: bool) -> bool:
    """``Queen's guard 'The Duke' dies``: capitals inside the marks; one where a sentence begins tells nothing.

    Where all words have capitals, it is no name after a cue or colon (``Trump Calls Press 'Enemy of the People'``) or
    with a subject or auxiliary verb in it, unless the words beside the marks make it a title or whom one talks to.
    """
    start, end = phrase.sentence
    around = WORD.findall(phrase.text[start : phrase.start]) + WORD.findall(phrase.text[phrase.end : end])
    lowered = sum(word.islower() for word in around if word.lower() not in FUNCTION)
    in_capitals = 2 * lowered < sum(word.isalpha() and word.lower() not in FUNCTION for word in around)
    lead = phrase.lead.strip()
    # "OPINION: 'Star Wars' Lessons": such a label is nobody who speaks.
    introduced = lead.endswith(":") and not lead.isupper() and not _GENRE.search(phrase.lead)
    cued = cued or not _CAPITAL_CUES.isdisjoint(lead.split())
    clause = any(map(_is_of_clause, phrase.words))
    if in_capitals and (cued or introduced or clause) and not _is_work(phrase) and (clause or not _is_told(phrase)):
        return False
    words = phrase.words if in_capitals or (lead and not introduced) else phrase.words[1:]
    return bool(words) and all(word[0].isupper() or word in FUNCTION for word in words)


def _is_work(phrase: Phrase) -> bool:
    """``Netflix Renews 'Stranger Things'``, ``'This Is Us' Finale``: a show, book, song or prize."""
    if _SHOWS.fullmatch(phrase.inner) or "&" in phrase.inner:
        return True
    if _WORK_BEFORE.search(phrase.lead) or _GENRE.search(phrase.lead) or _is_object(phrase, _RENEWED):
        return True
    # "Trump Slams 'Phony' Book": one common word may judge what follows.
    judges = len(phrase.words) == 1 and phrase.inner.lower() in common_words()
    return not judges and bool(_WORK_AFTER.match(phrase.text, phrase.end))


def _is_told(phrase: Phrase) -> bool:
    """``Conway Tells 'Meet the Press' …``, ``Netflix Announces 'Stranger Things'``: no words are somebody's yet."""
    return bool(_ADDRESSED.search(phrase.lead)) or _is_object(phrase, _ANNOUNCED)


def _is_object(phrase: Phrase, verb: re.Pattern[str]) -> bool:
    """``Announces 'Stranger Things'``, but not ``Announces 'Historic' Tax Cut``."""
    alone = not phrase.next_word or phrase.next_word.lower() in FUNCTION
    return alone and bool(verb.search(phrase.lead))


def _is_of_clause(word: str) -> bool:
    """A subject or an auxiliary verb: ``We``, ``Will``, ``There's``, ``Don't``; few names have any."""
    stem, mark, ending = word.lower().replace("’", "'").partition("'")
    return stem in _CLAUSE or (ending == "t" and stem.endswith("n")) or (bool(mark) and stem in _CONTRACTED)


def is_speech_noun_next(text: str, end: int) -> bool:
    """``Romney's “binders full of women” comment``: the noun says that the words were spoken."""
    return bool(_SPEECH_NOUN.match(text, end))


def _is_nickname(phrase: Phrase) -> bool:
    name = _NAME_BEFORE.search(phrase.lead)
    if phrase.heading or len(phrase.words) > 4 or not name or not _NAME_AFTER.match(phrase.text, phrase.end):
        return False
    possessive = name[0].strip().endswith(POSSESSIVE)
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
    rest = [word for word in words[1:] if word.lower() not in FUNCTION]
    return (words[0][0].isupper() or words[0][0].isdigit()) and bool(rest) and not any(w[0].islower() for w in rest)

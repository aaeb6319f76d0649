"""Scare quotes: short phrases in marks by which the author stands apart from a word.

Nobody is named for any of the phrases that get here, but most are terms or echoes of an earlier quotation, and syntax
rarely shows irony. Two signs show it plainly. For all else a small logistic regression weighs what can be seen: the words
inside and beside the marks, signs of contempt, echoes in the text, whether the text argues or reports. Its weights are a
table of names and numbers in ``scare.json``, fitted by ``python -m benchmarks.scare`` on phrases in news articles that
were read and labelled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp

from biasscore.segment.claims import CLAIMS, CONTEMPT, QUALITIES
from biasscore.segment.phrases import FUNCTION, POSSESSIVE, Phrase, before, is_modifier

_MOST_WORDS = 4
_TOKEN = re.compile(r"[^\W_][\w’'-]*|[^\w\s]")
_NEAR = 4
_SUFFIXES = ("s", "ed", "ing", "ly", "ism", "tion", "ist", "ists", "er", "al", "ive")
_DOUBT = before(
    r"supposed(?:ly)?|ostensibl[ey]|so much for|passes for|(?:pretense|pretence|guise) of",
    r"\s+(?:(?!(?:that|to|be)\b)\w+\s+)?",
    re.I,
)
_CONTEMPT = before(CONTEMPT, r"\s+", re.I)
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
_PERSON = re.compile(r"\b(?:I|we|you|my|our)\b")
_PERSON_WITHIN = 600


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one text says about all its phrases.

    Attributes:
        quotations: ``[start, end)`` of the text's quotations.
        lowered, quoted: the text, and what stands in its quotations, in lower case.
        reported: how often it tells what others say.
    """

    text: str
    quotations: tuple[tuple[int, int], ...]
    lowered: str
    quoted: str
    reported: int

    @classmethod
    def of(cls, text: str, quotations: Sequence[tuple[int, int]]) -> Surroundings:
        """Read a text once for all its phrases."""
        quoted = "\n".join(text[start:end] for start, end in quotations).lower()
        return cls(text, tuple(quotations), text.lower(), quoted, len(_REPORTED.findall(text)))


@dataclass(frozen=True, slots=True)
class Decision:
    """A logistic regression over named features.

    Attributes:
        weights: by name; a feature without one counts nothing.
        threshold: probability from which a phrase is listed.
    """

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, seen: Mapping[str, float]) -> float:
        """That the author stands apart from the phrase, 0 to 1."""
        logit = self.bias + sum(self.weights.get(name, 0.0) * value for name, value in seen.items())
        return 1 / (1 + exp(-logit))


@cache
def decision() -> Decision:
    """The decision that comes with the library."""
    table = json.loads(resources.files(__package__).joinpath("scare.json").read_text(encoding="utf-8"))
    return Decision(table["bias"], table["weights"], table["threshold"])


def may_be_scare(phrase: Phrase) -> bool:
    """Is it short enough to be judged?"""
    return bool(phrase.inner) and 0 < len(phrase.words) <= _MOST_WORDS


def is_scare(phrase: Phrase, around: Surroundings) -> bool:
    """Do the marks say that the author stands apart from the words of a phrase that ``may_be_scare``?"""
    learnt = decision()
    return shows_plainly(phrase) or learnt.probability(features(phrase, around)) >= learnt.threshold


def shows_plainly(phrase: Phrase) -> bool:
    """Words of doubt before a name or quality (``the supposed “deadline”``), a coined manner (``a “wait-and-see” trick``)."""
    words = phrase.words
    if phrase.heading or not words[0][0].islower() or not {words[0], words[-1]}.isdisjoint(FUNCTION):
        return False
    if _SERIES.match(phrase.text, phrase.end) or _SPOKEN.search(phrase.text[slice(*phrase.sentence)]):
        return False
    coined = len(words) > 1 or "-" in words[0]
    return bool(_DOUBT.search(phrase.lead)) or (coined and bool(_MANNER.match(phrase.text, phrase.end)))


def features(phrase: Phrase, around: Surroundings) -> dict[str, float]:
    """What can be seen of a phrase that ``may_be_scare``, by name; what is absent is 0."""
    seen = dict.fromkeys((*_inside(phrase), *_beside(phrase)), 1.0)
    seen.update((name, 1.0) for name, holds in (*_signs(phrase), *_echoes(phrase, around)) if holds)
    seen.update(_register(phrase, around))
    return seen


def _inside(phrase: Phrase) -> Iterator[str]:
    words = [word.lower().replace("’", "'") for word in phrase.words]
    yield f"words:{len(words)}"
    yield from (f"in:{word}" for word in words)
    yield f"first:{words[0]}"
    yield f"last:{words[-1]}"
    yield from (f"suffix:{suffix}" for suffix in _SUFFIXES if words[-1].endswith(suffix))
    mark = phrase.text[phrase.end - 2]
    yield f"ends:{mark if mark in ',.?!;' else ''}"
    if words[0] in FUNCTION:
        yield "first is grammar"
    if words[-1] in FUNCTION:
        yield "last is grammar"
    if phrase.inner[:1].isupper():
        yield "capital"
    if "-" in phrase.inner:
        yield "hyphen"


def _beside(phrase: Phrase) -> Iterator[str]:
    lead = [token.lower() for token in _TOKEN.findall(phrase.lead)]
    yield f"before:{lead[-1] if lead else ''}"
    yield from (f"near:{token}" for token in lead[-_NEAR:])
    if lead and lead[-1].endswith(POSSESSIVE):
        yield "before is possessive"
    after = _TOKEN.search(phrase.text, phrase.end)
    yield f"after:{after[0].lower() if after else ''}"


def _signs(phrase: Phrase) -> Iterator[tuple[str, bool]]:
    lead, text, end = phrase.lead, phrase.text, phrase.end
    sentence = text[slice(*phrase.sentence)]
    yield "doubt", bool(_DOUBT.search(lead))
    yield "contempt", bool(_CONTEMPT.search(lead))
    yield "manner", bool(_MANNER.match(text, end))
    yield "claim", len(phrase.words) == 1 and _claims_standing(phrase)
    yield "modifier", is_modifier(phrase)
    yield "mentioned", bool(_MENTIONING.search(lead) or _LABEL_AFTER.match(text, end) or _AIM.search(lead))
    yield "series", bool(_SERIES.match(text, end))
    yield "speech in sentence", bool(_SPOKEN.search(sentence))
    yield "exclaimed or asked", "!" in sentence or "?" in sentence
    yield "heading", phrase.heading


def _claims_standing(phrase: Phrase) -> bool:
    word = phrase.words[0]
    return word in CLAIMS or (word in QUALITIES and phrase.next_word not in FUNCTION | {""})


def _echoes(phrase: Phrase, around: Surroundings) -> Iterator[tuple[str, bool]]:
    inner = phrase.inner.lower()
    yield "quoted elsewhere", inner in around.quoted
    yield "kin quoted elsewhere", _stem(inner) in around.quoted
    yield "twice in text", around.lowered.count(inner) > 1


def _stem(inner: str) -> str:
    """The first word without its ending, so that “evolve” echoes “evolving”."""
    word = inner.split()[0]
    return word[: max(4, len(word) - 2)]


def _register(phrase: Phrase, around: Surroundings) -> Iterator[tuple[str, float]]:
    """Does the text argue or report? Each between 0 and 3."""
    size, sentence = len(around.text), phrase.sentence
    beside = sum(sentence[0] <= start < sentence[1] for start, _ in around.quotations)
    yield "quotations in sentence", min(3, beside) / 3
    yield "quotations a page", min(3.0, 3000 * len(around.quotations) / size)
    yield "reports a page", min(3.0, 1000 * around.reported / size)
    yield "hardly reports", float(around.reported <= 2)
    yield "sentence length", min(400, sentence[1] - sentence[0]) / 200
    yield "position", phrase.start / size
    near = around.text[max(0, phrase.start - _PERSON_WITHIN) : phrase.end + _PERSON_WITHIN]
    yield "first or second person", float(bool(_PERSON.search(near)))

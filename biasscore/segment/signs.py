"""What can be seen of a short phrase in quotation marks: inside it, beside it, in its sentence and in its text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from biasscore.segment.claims import CLAIMS, CONTEMPT, QUALITIES
from biasscore.segment.phrases import FUNCTION, POSSESSIVE, Phrase, before, is_modifier

Range = tuple[int, int]

# Characters of a text that are read at once for all phrases in them: more than nearly all articles have, few enough for
# the time to grow with the length of a text and not with its square. For the same reason a sentence counts so far only.
READ = 100_000
_SENTENCE_WITHIN = 1000
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
    """What the text around its phrases says about them.

    Attributes:
        start: where in the text they begin.
        size: their length in characters.
        quotations: where in the text the quotations begin that begin in them.
        lowered, quoted: the surroundings, and what stands in their quotations, in lower case.
        reported: how often they tell what others say.
    """

    start: int
    size: int
    quotations: tuple[int, ...]
    lowered: str
    quoted: str
    reported: int

    @classmethod
    def of(cls, text: str, quotations: Sequence[Range], start: int) -> Surroundings:
        """Read ``READ`` characters from ``start`` on, once for all phrases in them."""
        around = text[start : start + READ]
        inside = [found for found in quotations if start <= found[0] < start + READ]
        quoted = "\n".join(text[first:last] for first, last in inside).lower()
        starts = tuple(first for first, _ in inside)
        return cls(start, len(around), starts, around.lower(), quoted, len(_REPORTED.findall(around)))


def read_around(text: str, quotations: Sequence[Range], phrases: Iterable[Phrase]) -> Iterator[Surroundings]:
    """The surroundings of each phrase, in order; an ordinary text is read as a whole, once."""
    around: Surroundings | None = None
    for phrase in phrases:
        # The last ones are whole as well, so that a text does not seem to end a report where they begin.
        start = max(0, min(phrase.start - phrase.start % READ, len(text) - READ))
        if around is None or around.start != start:
            around = Surroundings.of(text, quotations, start)
        yield around


def shows_plainly(phrase: Phrase) -> bool:
    """``The supposed “deadline”``: words of doubt. ``A “wait-and-see” playbook``: a coined manner."""
    words = phrase.words
    if phrase.heading or not words[0][0].islower() or not {words[0], words[-1]}.isdisjoint(FUNCTION):
        return False
    if _SERIES.match(phrase.text, phrase.end) or _SPOKEN.search(_sentence(phrase)):
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
    sentence = _sentence(phrase)
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


def _sentence(phrase: Phrase) -> str:
    """The phrase's sentence, as far as it is near."""
    start, end = phrase.sentence
    return phrase.text[max(start, phrase.start - _SENTENCE_WITHIN) : min(end, phrase.end + _SENTENCE_WITHIN)]


def _claims_standing(phrase: Phrase) -> bool:
    word = phrase.words[0]
    return word in CLAIMS or (word in QUALITIES and phrase.next_word not in FUNCTION | {""})


def _echoes(phrase: Phrase, around: Surroundings) -> Iterator[tuple[str, bool]]:
    inner = phrase.inner.lower()
    yield "quoted elsewhere", inner in around.quoted
    yield "kin quoted elsewhere", _stem(inner) in around.quoted
    yield "twice in text", around.lowered.find(inner, around.lowered.find(inner) + 1) >= 0


def _stem(inner: str) -> str:
    """The first word without its ending, so that “evolve” echoes “evolving”."""
    word = inner.split(maxsplit=1)[0]
    return word[: max(4, len(word) - 2)]


def _register(phrase: Phrase, around: Surroundings) -> Iterator[tuple[str, float]]:
    """Does the text argue or report? Each between 0 and 3."""
    size, sentence = around.size, phrase.sentence
    beside = bisect_left(around.quotations, sentence[1]) - bisect_left(around.quotations, sentence[0])
    yield "quotations in sentence", min(3, beside) / 3
    yield "quotations a page", min(3.0, 3000 * len(around.quotations) / size)
    yield "reports a page", min(3.0, 1000 * around.reported / size)
    yield "hardly reports", float(around.reported <= 2)
    yield "sentence length", min(400, sentence[1] - sentence[0]) / 200
    yield "position", (phrase.start - around.start) / size
    near = phrase.text[max(0, phrase.start - _PERSON_WITHIN) : phrase.end + _PERSON_WITHIN]
    yield "first or second person", float(bool(_PERSON.search(near)))

"""Which words and sentences tell one side from the others.

Method: log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words",
Political Analysis 16:372-403, equations 15 to 22). The prior is the frequency of each word on all sides together,
so that words which everybody uses, and words seen once, do not come out on top.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

PRIOR_WORDS = 250.0
"""Weight of the prior, in words: a side of 250 words is drawn half-way to the common frequencies."""

MIN_Z = 2.0
"""A word or sentence below this is not shown: as many as one word in forty would pass by chance alone."""
TOP_WORDS = 10
TOP_SENTENCES = 5
MIN_SENTENCE_WORDS = 5

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence as counted: its whole text for the reader, its author's words for the count."""

    text: str
    author_text: str
    loaded: float | None
    article: str


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word that one side uses more than the others.

    Attributes:
        z: log-odds ratio in standard errors; above about 2 it is unlikely to be chance for a word chosen beforehand.
        count, elsewhere: how often this side and the other sides use it.
    """

    word: str
    z: float
    count: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class TellingSentence:
    """A sentence made of one side's telling words.

    Attributes:
        z: Stouffer's sum of the z of its distinct words, ``Σz / √n``.
        loaded: the sentence's score; None without author words.
        article: where it stands: the article's id, or its side's name.
    """

    text: str
    z: float
    loaded: float | None
    article: str


def words(text: str) -> list[str]:
    """Lower-case words: letters with inner apostrophes and hyphens, no numbers."""
    return [found.casefold().replace("’", "'") for found in _WORD.findall(text)]


def log_odds(side: Counter[str], every: Counter[str], n_every: int, vocabulary: Iterable[str]) -> dict[str, float]:
    """z of each word of ``vocabulary``: positive where ``side`` uses it more than the others do.

    Args:
        side: counts of one side.
        every: counts of all sides together; their relative frequencies are the prior.
        n_every: words of all sides together.
        vocabulary: words of ``every``.
    """
    n_side = side.total()
    found = {}
    for word in vocabulary:
        alpha = PRIOR_WORDS * every[word] / n_every
        here, there = side[word] + alpha, every[word] - side[word] + alpha
        rest_here, rest_there = n_side + PRIOR_WORDS - here, n_every - n_side + PRIOR_WORDS - there
        if rest_here <= 0 or rest_there <= 0:
            continue  # A vocabulary of one word has no odds.
        delta = log(here / rest_here) - log(there / rest_there)
        found[word] = delta / sqrt(1 / here + 1 / there)
    return found


def telling(
    sides: Sequence[Sequence[Statement]],
) -> tuple[tuple[tuple[TellingWord, ...], tuple[TellingSentence, ...]], ...]:
    """The most telling words and sentences of each side against all the others together.

    Where a side is a single article, its function words (the, has, this) tell nothing and are left out.
    """
    counts = [Counter(word for statement in side for word in words(statement.author_text)) for side in sides]
    every: Counter[str] = Counter()
    for count in counts:
        every.update(count)
    n_every = every.total()
    return tuple(_telling(side, count, every, n_every) for side, count in zip(sides, counts, strict=True))


def _telling(
    side: Sequence[Statement], count: Counter[str], every: Counter[str], n_every: int
) -> tuple[tuple[TellingWord, ...], tuple[TellingSentence, ...]]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    single = len({statement.article for statement in side}) == 1
    # Only a word that the side uses can tell it apart, so the others' words need no look; a single letter is a piece of
    # "U.S." or "p.m."
    own = (word for word in count if len(word) > 1 and not (single and word in ENGLISH_STOP_WORDS))
    scores = log_odds(count, every, n_every, own)
    top = sorted((word for word, z in scores.items() if z >= MIN_Z), key=lambda word: (-scores[word], word))
    found = tuple(TellingWord(word, scores[word], count[word], every[word] - count[word]) for word in top[:TOP_WORDS])
    shown = {word.word for word in found}
    ranked = sorted(_sentences(side, scores, shown), key=lambda sentence: (-sentence.z, sentence.text))
    return found, tuple(sentence for sentence in ranked[:TOP_SENTENCES] if sentence.z >= MIN_Z)


def _sentences(side: Iterable[Statement], scores: dict[str, float], shown: set[str]) -> Iterable[TellingSentence]:
    """The sentences that hold a word of ``shown``: many words that are each hardly typical make no typical sentence."""
    seen = set()
    for statement in side:
        found = set(words(statement.author_text))
        if len(found) < MIN_SENTENCE_WORDS or statement.text in seen or not found & shown:
            continue
        seen.add(statement.text)
        z = sum(scores.get(word, 0.0) for word in found) / sqrt(len(found))
        yield TellingSentence(statement.text, z, statement.loaded, statement.article)

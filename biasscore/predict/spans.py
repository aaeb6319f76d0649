"""Finds loaded words: joins token probabilities to words, and words to spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.tokens import Tokens
from biasscore.predict.pooling import Ints
from biasscore.predict.types import Piece, SentenceInput, WordSpan

JOINT = re.compile(r"[\s\-\u2010\u2011'’]*")
"""What may stand between two words of one span: space, hyphens and dashes inside a compound, an apostrophe."""

Probabilities = NDArray[np.float64]
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with the probability of its most loaded token."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class WordScores:
    """The words of some tokens, each with the score of its most loaded token.

    Attributes:
        first, last: [words] the first and the last token of each word.
        score: [words] of its most loaded token.
    """

    first: Ints
    last: Ints
    score: NDArray[np.floating[Any]]


def most_loaded(word: NDArray[np.integer[Any]], score: NDArray[np.floating[Any]]) -> WordScores:
    """Join tokens to words: a word is as loaded as its most loaded token.

    Args:
        word: [tokens] number of each token's word; the tokens of a word stand together.
        score: [tokens] logit or probability of each token to be loaded.
    """
    first = np.flatnonzero(np.diff(word, prepend=word[:1] - 1))
    last = np.append(first[1:], len(word))[: len(first)] - 1
    return WordScores(first, last, np.maximum.reduceat(score, first) if len(first) else score)


def find_spans(
    probability: Probabilities, tokens: Tokens, piece: Ints, sentences: Sequence[SentenceInput], threshold: float
) -> list[tuple[WordSpan, ...]]:
    """Spans of each sentence.

    A word is loaded when one of its tokens reaches ``threshold``; neighbouring loaded words of one piece make one span,
    whose score is the mean of its words'.

    Args:
        probability: [tokens], of each token to be loaded.
        piece: [tokens], index of each token's piece over all sentences; tokens without one (−1) make no word loaded.
    """
    sentence = np.repeat(np.arange(len(tokens)), np.diff(tokens.bounds))
    found = most_loaded(sentence * (tokens.word.max(initial=0) + 2) + tokens.word, probability)
    hits = np.flatnonzero((probability >= threshold) & (piece >= 0))
    words: list[list[_Word]] = [[] for _ in sentences]
    for i in np.unique(np.searchsorted(found.first, hits, side="right") - 1):
        first, last = found.first[i], found.last[i]
        one = _Word(int(tokens.start[first]), int(tokens.end[last]), float(found.score[i]))
        if _WORD.search(sentences[sentence[first]].text, one.start, one.end):
            words[sentence[first]].append(one)
    return [_join(each, own) if own else () for each, own in zip(sentences, words, strict=True)]


def _join(sentence: SentenceInput, words: list[_Word]) -> tuple[WordSpan, ...]:
    """Merge neighbouring words of one piece, and give each span its voice."""
    merged: list[tuple[Piece, list[_Word]]] = []
    pieces = iter(sentence.pieces)
    piece = next(pieces, None)
    for word in words:
        while piece is not None and piece.end <= word.start:
            piece = next(pieces, None)
        if piece is None or piece.start > word.start:
            continue  # The word begins in a stretch that is not scored.
        if merged and merged[-1][0] is piece and JOINT.fullmatch(sentence.text, merged[-1][1][-1].end, word.start):
            merged[-1][1].append(word)
        else:
            merged.append((piece, [word]))
    return tuple(_span(piece, group) for piece, group in merged)


def _span(piece: Piece, words: list[_Word]) -> WordSpan:
    score = sum(word.score for word in words) / len(words)
    # A word that a voice border runs through ends at the border.
    return WordSpan(words[0].start, min(words[-1].end, piece.end), score, piece.voice)

"""Loaded words from the token head: token probabilities to words to spans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.tokens import Tokens
from biasscore.predict.pooling import Ints
from biasscore.predict.types import Piece, SentenceInput, WordSpan

# What may stand between two words of one span: space, hyphens and dashes inside a compound, an apostrophe.
_JOINT = re.compile(r"[\s\-\u2010\u2011'’]*")
Probabilities = NDArray[np.float64]
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with the probability of its most loaded token."""

    start: int
    end: int
    score: float


def find_spans(
    probability: Probabilities, tokens: Tokens, piece: Ints, sentences: Sequence[SentenceInput], threshold: float
) -> list[tuple[WordSpan, ...]]:
    """Spans of each sentence.

    A word is loaded when its most loaded token reaches ``threshold``; neighbouring loaded words of one
    piece make one span, whose score is the mean of its words'.

    Args:
        probability: [tokens], of each token to be loaded.
        piece: [tokens], index of each token's piece over all sentences; tokens without one (−1) are in no span.
    """
    hits = np.flatnonzero((probability >= threshold) & (piece >= 0))
    owner = np.searchsorted(tokens.bounds, hits, side="right") - 1
    found: list[tuple[WordSpan, ...]] = [()] * len(sentences)
    for i, first, last in _runs(owner):
        text = sentences[i].text
        words = _words(hits[first:last].tolist(), tokens, i, probability)
        found[i] = _join(sentences[i], [word for word in words if _WORD.search(text, word.start, word.end)])
    return found


def _runs(owner: Ints) -> Iterator[tuple[int, int, int]]:
    """(sentence, first, last) of each run of equal values."""
    borders = [*(np.flatnonzero(np.diff(owner, prepend=-1)).tolist()), len(owner)]
    for first, last in pairwise(borders):
        yield int(owner[first]), first, last


def _words(hits: list[int], tokens: Tokens, sentence: int, probability: Probabilities) -> Iterator[_Word]:
    """The whole word around each hit, once."""
    low, high = int(tokens.bounds[sentence]), int(tokens.bounds[sentence + 1])
    done = -1
    for hit in hits:
        if hit <= done:
            continue
        first = last = hit
        while first > low and tokens.word[first - 1] == tokens.word[hit]:
            first -= 1
        while last + 1 < high and tokens.word[last + 1] == tokens.word[hit]:
            last += 1
        done = last
        yield _Word(int(tokens.start[first]), int(tokens.end[last]), float(probability[first : last + 1].max()))


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
        if merged and merged[-1][0] is piece and _JOINT.fullmatch(sentence.text, merged[-1][1][-1].end, word.start):
            merged[-1][1].append(word)
        else:
            merged.append((piece, [word]))
    return tuple(_span(piece, group) for piece, group in merged)


def _span(piece: Piece, words: list[_Word]) -> WordSpan:
    score = sum(word.score for word in words) / len(words)
    # A word that a voice border runs through ends at the border.
    return WordSpan(words[0].start, min(words[-1].end, piece.end), score, piece.voice)

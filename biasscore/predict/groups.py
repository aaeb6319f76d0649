"""Finds the tokens that are pooled together: of a sentence, a voice, a quotation or a named target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biasscore.engine.tokens import Tokens
from biasscore.predict.pooling import Ints
from biasscore.predict.types import SentenceInput


@dataclass(frozen=True, slots=True)
class Groups:
    """Which tokens are pooled together, −1 for tokens of no group.

    Attributes:
        sentence: [tokens], the sentence of each token.
        piece: [tokens], its piece, counted over all sentences.
        author: [tokens], its sentence where the words are the author's, attributed ones included.
        attributed: [tokens], its sentence where the words are attributed.
        quoted: [tokens], its piece where the words are quoted.
        n_pieces: pieces of all sentences.
    """

    sentence: Ints
    piece: Ints
    author: Ints
    attributed: Ints
    quoted: Ints
    n_pieces: int


def group_tokens(tokens: Tokens, sentences: Sequence[SentenceInput]) -> Groups:
    """Assign each token to the piece that its first character stands in; no piece, no group."""
    sizes = np.fromiter((len(sentence.text) + 1 for sentence in sentences), dtype=np.int64, count=len(sentences))
    base = np.concatenate([[0], np.cumsum(sizes)])
    flat = [(base[i] + p.start, base[i] + p.end, p.voice) for i, s in enumerate(sentences) for p in s.pieces]
    starts = np.array([start for start, _, _ in flat], dtype=np.int64)
    ends = np.array([end for _, end, _ in flat], dtype=np.int64)
    voices = np.array([voice for _, _, voice in flat], dtype="U10")
    sentence = np.repeat(np.arange(len(tokens)), np.diff(tokens.bounds))
    at = base[sentence] + tokens.start
    if not flat:
        nowhere = np.full(len(at), -1, dtype=np.int64)
        return Groups(sentence, nowhere, nowhere, nowhere, nowhere, 0)
    piece = np.searchsorted(starts, at, side="right") - 1
    piece[(piece >= 0) & (at >= ends[piece])] = -1
    voice = np.where(piece >= 0, voices[piece], "")
    quoted = voice == "quoted"
    return Groups(
        sentence=sentence,
        piece=piece,
        author=np.where((piece >= 0) & ~quoted, sentence, -1),
        attributed=np.where(voice == "attributed", sentence, -1),
        quoted=np.where(quoted, piece, -1),
        n_pieces=len(flat),
    )


def mention_tokens(tokens: Tokens, sentences: Sequence[SentenceInput]) -> tuple[Ints, Ints]:
    """The tokens of each mention of a target; a token may belong to several mentions.

    Returns:
        Indices of tokens, and for each the mention that it belongs to, counted over all sentences.
    """
    found: list[Ints] = []
    for i, sentence in enumerate(sentences):
        first, stop = tokens.bounds[i], tokens.bounds[i + 1]
        start, end = tokens.start[first:stop], tokens.end[first:stop]
        found += [first + np.flatnonzero((start < high) & (end > low)) for low, high in sentence.mentions]
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(found), np.repeat(np.arange(len(found)), [len(at) for at in found])

"""The embedded model: tokenise once, one forward pass, then pool, calibrate and decode on small arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.heads import (
    FRAMING,
    FRAMING_GATE,
    LOADED,
    SENTIMENT,
    SUBJECTIVITY,
    Floats,
    Head,
    Ints,
    parts,
    pool,
)
from biasscore.engine.reader import Projector, Stats
from biasscore.engine.tokens import Tokenizer, Tokens
from biasscore.predict.calibration import Calibration
from biasscore.predict.ngrams import NgramHead
from biasscore.predict.spans import find_spans
from biasscore.predict.types import Batch, Passage, Prediction, SentenceInput
from biasscore.results import Contributions, Framing, Sentiment, TokenPart
from biasscore.tasks import TaskName

# A passage pools one row a sentence: its gate, then its value of each class.
_PASSAGE = Head("passage", 0, slice(1, 4))


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


@dataclass(slots=True)
class EmbeddedModel:
    """Scores sentences with a multi-task checkpoint; satisfies ``prediction.Model``.

    Attributes:
        name: name and hash of the checkpoint; with the engine's backend it makes the fingerprint.
        head_bias: [N_COLUMNS], the bias of the head layer, for exact contributions.
        ngrams: answers framing, by the words of a passage; without it the framing columns do.
    """

    name: str
    tokenizer: Tokenizer
    projector: Projector
    calibration: Calibration
    head_bias: Floats
    ngrams: NgramHead | None = None

    @property
    def fingerprint(self) -> str:
        """``name@hash/backend-device-dtype``."""
        engine = self.projector.engine
        return f"{self.name}/{engine.backend}-{engine.device}-{engine.dtype}"

    @property
    def stats(self) -> Stats:
        return self.projector.stats

    def predict(
        self, sentences: Sequence[SentenceInput], paragraphs: Sequence[Passage], documents: Sequence[Passage]
    ) -> Batch:
        """Score sentences and passages in one pass over the window's tokens."""
        tokens = self.tokenizer([sentence.text for sentence in sentences])
        projection, n_windows = self.projector(tokens)
        groups = group_tokens(tokens, sentences)
        asked = (paragraphs, documents)
        if self.ngrams:
            framing = [self.ngrams(tokens, passages) for passages in asked]
        else:
            rows = _sentence_rows(projection, groups, len(sentences))
            framing = [_pooled(rows, passages) for passages in asked]
        return Batch(
            sentences=self._predictions(sentences, tokens, projection, groups, n_windows),
            paragraphs=self._frame(framing[0], "framing_paragraph"),
            documents=self._frame(framing[1], "framing_document"),
        )

    def explain(self, sentences: Sequence[SentenceInput]) -> list[tuple[Contributions, ...]]:
        """Exact parts of the loaded (author's tokens), subjectivity and sentiment logits of each sentence."""
        tokens = self.tokenizer([sentence.text for sentence in sentences])
        projection, _ = self.projector(tokens)
        groups = group_tokens(tokens, sentences)
        found: list[list[Contributions]] = [[] for _ in sentences]
        for task, head, group in _explained(groups):
            bias = self.head_bias[head.values]
            values = parts(projection, head, group, bias)
            for i in np.unique(group[group >= 0]):
                at = np.flatnonzero(group == i)
                found[i].append(_contributions(task, bias, tokens, values, at))
        return [tuple(entries) for entries in found]

    def _frame(self, logits: Floats, head: str) -> tuple[Framing | None, ...]:
        """Calibrate the passages' logits; None for a passage without a readable sentence."""
        probabilities = self.calibration.maps[head].probabilities(logits)
        return tuple(None if np.isnan(p[0]) else Framing(*map(float, p)) for p in probabilities)

    def _predictions(
        self,
        sentences: Sequence[SentenceInput],
        tokens: Tokens,
        projection: Floats,
        groups: Groups,
        n_windows: Sequence[int],
    ) -> tuple[Prediction, ...]:
        n = len(sentences)
        maps = self.calibration.maps
        loaded = _optional(maps["loaded"].probabilities(pool(projection, LOADED, groups.author, n)))
        attributed = _optional(maps["loaded"].probabilities(pool(projection, LOADED, groups.attributed, n)))
        quoted = _optional(maps["loaded"].probabilities(pool(projection, LOADED, groups.quoted, groups.n_pieces)))
        subjective = _optional(maps["subjectivity"].probabilities(pool(projection, SUBJECTIVITY, groups.sentence, n)))
        tones = maps["sentiment"].probabilities(pool(projection, SENTIMENT, groups.sentence, n))
        spans = find_spans(projection, tokens, groups.piece, sentences, self.calibration)
        predictions = []
        first_piece = 0
        for i, sentence in enumerate(sentences):
            own = range(first_piece, first_piece + len(sentence.pieces))
            first_piece = own.stop
            predictions.append(
                Prediction(
                    loaded=loaded[i],
                    label=None if (p := loaded[i]) is None else self.calibration.label(p),
                    attributed=attributed[i],
                    quoted=tuple(
                        quoted[n] for n, piece in zip(own, sentence.pieces, strict=True) if piece.voice == "quoted"
                    ),
                    subjectivity=subjective[i],
                    sentiment=None if np.isnan(tones[i, 0]) else Sentiment(*map(float, tones[i])),
                    spans=spans[i],
                    n_tokens=int(tokens.bounds[i + 1] - tokens.bounds[i]),
                    n_windows=n_windows[i],
                )
            )
        return tuple(predictions)


def _sentence_rows(projection: Floats, groups: Groups, n: int) -> Floats:
    gate = pool(projection, FRAMING_GATE, groups.sentence, n)
    return np.concatenate([gate, pool(projection, FRAMING, groups.sentence, n)], axis=1)


def _pooled(rows: Floats, passages: Sequence[Passage]) -> Floats:
    """Framing logits of each passage, pooled from its sentences' rows; NaN without a readable sentence."""
    chosen = np.array([i for passage in passages for i in passage.sentences], dtype=np.int64)
    group = np.repeat(np.arange(len(passages)), [len(passage.sentences) for passage in passages])
    picked = rows[chosen]
    readable = np.asarray(np.isfinite(picked).all(axis=1))
    return pool(np.where(readable[:, None], picked, 0), _PASSAGE, np.where(readable, group, -1), len(passages))


def _optional(values: NDArray[np.float64]) -> list[float | None]:
    return [None if isnan(value) else value for value in values.tolist()]


def _explained(groups: Groups) -> tuple[tuple[TaskName, Head, Ints], ...]:
    return (
        ("loaded", LOADED, groups.author),
        ("subjectivity", SUBJECTIVITY, groups.sentence),
        ("sentiment", SENTIMENT, groups.sentence),
    )


def _contributions(task: TaskName, bias: Floats, tokens: Tokens, values: Floats, at: Ints) -> Contributions:
    entries = tuple(TokenPart(int(tokens.start[t]), int(tokens.end[t]), tuple(map(float, values[t]))) for t in at)
    return Contributions(task, tuple(map(float, bias)), entries)

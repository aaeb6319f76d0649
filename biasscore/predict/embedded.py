"""The embedded model: one forward pass, then pooling, calibration and decoding on small arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.columns import EVERY_HEAD, ColumnLayout, PooledColumns
from biasscore.engine.reader import Reader, Stats
from biasscore.engine.tokens import Tokenizer, Tokens
from biasscore.heads import HEADS, Head
from biasscore.predict.calibration import Calibration
from biasscore.predict.groups import Groups, group_tokens, mention_tokens
from biasscore.predict.ngrams import NgramHead
from biasscore.predict.pooling import Floats, Ints, parts, pool
from biasscore.predict.spans import find_spans
from biasscore.predict.types import ModelAnswers, Passage, Questions, SentenceInput, SentencePrediction, VoiceScores
from biasscore.results import PROBABILITIES, Contributions, Framing, TokenPart

# A passage pools one row per sentence: its gate, then its value of each class.
_PASSAGE = PooledColumns(0, slice(1, 4))


@dataclass(frozen=True, slots=True)
class _Read:
    """What the network said of some sentences, and which tokens belong together."""

    sentences: Sequence[SentenceInput]
    tokens: Tokens
    projection: Floats
    n_windows: Sequence[int]
    groups: Groups


@dataclass(slots=True)
class EmbeddedModel:
    """Scores sentences with a multi-head checkpoint; satisfies ``types.Model``.

    Attributes:
        name: name and hash of the checkpoint.
        head_bias: [columns], the bias of the head layer, for exact contributions.
        ngrams: answers framing, by the words of a passage; without it the framing columns do, if there are any.
        columns: which heads the network has, and where.
    """

    name: str
    tokenizer: Tokenizer
    reader: Reader
    calibration: Calibration
    head_bias: Floats
    ngrams: NgramHead | None = None
    columns: ColumnLayout = EVERY_HEAD

    @property
    def fingerprint(self) -> str:
        """``name@hash/backend-device-dtype``."""
        return f"{self.name}/{self.reader.runs_on}"

    @property
    def stats(self) -> Stats:
        return self.reader.stats

    def close(self) -> None:
        """End the engine's threads."""
        self.reader.network.close()

    def predict(self, asked: Questions) -> ModelAnswers:
        """Score sentences and passages in one pass over their tokens."""
        return self._answers(self._read(asked), asked)

    def explain(self, asked: Questions) -> ModelAnswers:
        """``predict``, with the exact parts of each sentence head's logits; ``loaded`` over the author's tokens."""
        read = self._read(asked)
        answers = self._answers(read, asked)
        explained = zip(answers.sentences, self._contributions(read), strict=True)
        return replace(answers, sentences=tuple(replace(said, contributions=tuple(own)) for said, own in explained))

    def _read(self, asked: Questions) -> _Read:
        tokens = self.tokenizer([sentence.text for sentence in asked.sentences])
        reading = self.reader(list(tokens.sequences()))
        return _Read(asked.sentences, tokens, reading.rows, reading.n_windows, group_tokens(tokens, asked.sentences))

    def _answers(self, read: _Read, asked: Questions) -> ModelAnswers:
        return ModelAnswers(
            sentences=self._predictions(read),
            paragraphs=self._framing(read, asked.paragraphs, "framing_paragraph"),
            documents=self._framing(read, asked.documents, "framing_document"),
        )

    def _framing(self, read: _Read, passages: Sequence[Passage], map_name: str) -> tuple[Framing | None, ...]:
        """None for a passage without a readable sentence, and from a model without this head."""
        if self.ngrams:
            logits = self.ngrams(read.tokens, passages)
        elif self.columns.has("framing"):
            logits = _framing_logits(self._framing_rows(read), passages)
        else:
            return (None,) * len(passages)
        return tuple(answers(HEADS["framing"], self.calibration.maps[map_name].probabilities(logits)))

    def _framing_rows(self, read: _Read) -> Floats:
        columns = (self.columns.gate("framing"), self.columns.pooled("framing"))
        sentence, n = read.groups.sentence, len(read.sentences)
        return np.concatenate([pool(read.projection, own, sentence, n) for own in columns], axis=1)

    def _predictions(self, read: _Read) -> tuple[SentencePrediction, ...]:
        found = {head.name: self._answer(read, head) for head in self._heads}
        sizes = np.diff(read.tokens.bounds).tolist()
        return tuple(
            SentencePrediction({name: values[i] for name, values in found.items()}, n_tokens, n_windows)
            for i, (n_tokens, n_windows) in enumerate(zip(sizes, read.n_windows, strict=True))
        )

    @property
    def _heads(self) -> list[Head]:
        """The heads that answer from the network's columns about sentences or what is in them."""
        return [head for head in HEADS.values() if head.level != "passage" and self.columns.has(head.name)]

    def _answer(self, read: _Read, head: Head) -> Sequence[Any]:
        """One answer per sentence."""
        if head.level == "token":
            column = self.columns.values(head.name)
            probability = self.calibration.maps[head.maps[0]].probabilities(read.projection[:, column])
            threshold = self.calibration.span_above
            return find_spans(probability, read.tokens, read.groups.piece, read.sentences, threshold)
        if head.level == "target":
            return self._of_mentions(read, head)
        if head.reads == "author":
            return self._by_voice(read, head)
        return self._pooled(read.projection, head, read.groups.sentence, len(read.sentences))

    def _pooled(self, projection: Floats, head: Head, group: Ints, n_groups: int) -> list[Any]:
        logits = pool(projection, self.columns.pooled(head.name), group, n_groups)
        return answers(head, self.calibration.maps[head.maps[0]].probabilities(logits))

    def _by_voice(self, read: _Read, head: Head) -> list[VoiceScores]:
        groups, n = read.groups, len(read.sentences)
        author = self._pooled(read.projection, head, groups.author, n)
        attributed = self._pooled(read.projection, head, groups.attributed, n)
        quoted = self._pooled(read.projection, head, groups.quoted, groups.n_pieces)
        label = self.calibration.label
        return [
            VoiceScores(
                author=author[i],
                label=None if author[i] is None else label(author[i]),
                attributed=attributed[i],
                quoted=tuple(quoted[first + k] for k, piece in enumerate(sentence.pieces) if piece.voice == "quoted"),
            )
            for i, (sentence, first) in enumerate(
                zip(read.sentences, accumulate((len(s.pieces) for s in read.sentences), initial=0), strict=False)
            )
        ]

    def _of_mentions(self, read: _Read, head: Head) -> list[tuple[Any, ...]]:
        at, mention = mention_tokens(read.tokens, read.sentences)
        borders = list(accumulate((len(sentence.mentions) for sentence in read.sentences), initial=0))
        found = self._pooled(read.projection[at], head, mention, borders[-1])
        return [tuple(found[first:stop]) for first, stop in pairwise(borders)]

    def _contributions(self, read: _Read) -> list[list[Contributions]]:
        found: list[list[Contributions]] = [[] for _ in read.sentences]
        for head in self._heads:
            if head.level == "sentence":
                columns = self.columns.pooled(head.name)
                group = read.groups.author if head.reads == "author" else read.groups.sentence
                bias = self.head_bias[columns.values]
                values = parts(read.projection, columns, group, bias)
                for i, at in _members(group):
                    found[i].append(_contribution(head.name, bias, read.tokens, values, at))
        return found


def answers(head: Head, probabilities: NDArray[np.float64]) -> list[Any]:
    """One answer per row of calibrated probabilities, [n] or [n, classes]; None for NaN."""
    rows = probabilities.tolist()
    if head.n_logits == 1:
        return [None if isnan(value) else value for value in rows]
    return [None if isnan(row[0]) else PROBABILITIES[head.name](*row) for row in rows]


def _framing_logits(rows: Floats, passages: Sequence[Passage]) -> Floats:
    """Framing logits of each passage, pooled from its sentences' rows; NaN without a readable sentence."""
    chosen = np.array([i for passage in passages for i in passage.sentences], dtype=np.int64)
    group = np.repeat(np.arange(len(passages)), [len(passage.sentences) for passage in passages])
    picked = rows[chosen]
    readable = np.asarray(np.isfinite(picked).all(axis=1))
    return pool(np.where(readable[:, None], picked, 0), _PASSAGE, np.where(readable, group, -1), len(passages))


def _members(group: Ints) -> Iterator[tuple[int, Ints]]:
    """Each group's number and its tokens."""
    for i in np.unique(group[group >= 0]):
        yield int(i), np.flatnonzero(group == i)


def _contribution(head: str, bias: Floats, tokens: Tokens, values: Floats, at: Ints) -> Contributions:
    entries = tuple(TokenPart(int(tokens.start[t]), int(tokens.end[t]), tuple(map(float, values[t]))) for t in at)
    return Contributions(head, tuple(map(float, bias)), entries)

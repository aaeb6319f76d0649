"""A network's logits on rows that it was not trained on, as ``predictions`` keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from biasscore.engine.columns import STAGE_HEADS, PooledColumns
from biasscore.engine.network import Network
from biasscore.predict.pooling import pool
from biasscore.predict.spans import most_loaded
from biasscore.segment import Segmentation, SentenceRange, segment
from biasscore.training.batches import in_order
from biasscore.training.corpora import Row
from biasscore.training.examples import Encoded, Example, certain, encode, marked_tokens
from biasscore.training.fit import autocast
from biasscore.training.objective import FRAMING, LOADED, SENTIMENT, SUBJECTIVITY
from biasscore.training.predictions import Prediction, Scheme
from biasscore.training.recipe import Precision

Floats = NDArray[np.float32]

FRAMING_GATE, SPANS = STAGE_HEADS.gate("framing"), STAGE_HEADS.values("spans").start

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Predictor:
    """Runs a trained network and says under which scheme its predictions were made."""

    network: Network
    tokenizer: Tokenizer
    max_tokens: int
    precision: Precision
    scheme: Scheme
    fold: int = 0

    def sentences(self, rows: Sequence[Row]) -> list[Prediction]:
        """Predictions of every sentence head that the rows have labels for."""
        encoded = encode(self.tokenizer, [row.text for row in rows], self.max_tokens)
        found: list[Prediction] = []
        for row, sentence, projection in zip(rows, encoded, self.project(encoded), strict=True):
            if row.loaded is not None:
                found.append(self._say("loaded", row, int(row.loaded), _pooled(projection, LOADED, sentence.author)))
            if row.marked is not None:
                found += self._words(row, sentence, projection[:, SPANS])
            if row.subjective is not None:
                logits = _pooled(projection, SUBJECTIVITY, sentence.inside)
                found.append(self._say("subjectivity", row, int(row.subjective), logits))
            if row.tone is not None:
                found.append(self._say("sentiment", row, row.tone, _pooled(projection, SENTIMENT, sentence.inside)))
        return found

    def articles(self, rows: Sequence[Row]) -> list[Prediction]:
        """Framing predictions of every paragraph and of the whole article, unmasked, as users will give it."""
        segmentations = [segment(row.text) for row in rows]
        ranges = [(i, s) for i, found in enumerate(segmentations) for s in counted(found)]
        encoded = encode(self.tokenizer, [rows[i].text[s.start : s.end] for i, s in ranges], self.max_tokens)
        kept = [j for j, sentence in enumerate(encoded) if sentence.inside.any()]
        values, gates = self._framing([encoded[j] for j in kept])
        article = np.array([ranges[j][0] for j in kept])
        paragraph = np.array([ranges[j][1].paragraph for j in kept])
        return [
            prediction
            for i in np.unique(article)
            for prediction in self._article(
                rows[i], segmentations[i], paragraph[article == i], values[article == i], gates[article == i]
            )
        ]

    def _article(
        self, row: Row, segmentation: Segmentation, paragraph: NDArray[np.int64], values: Floats, gates: Floats
    ) -> Iterator[Prediction]:
        lean = row.lean or 0
        yield self._say("framing_document", row, lean, _gated(values, gates))
        for index in np.unique(paragraph):
            inside, place = paragraph == index, segmentation.paragraphs[index]
            logits = _gated(values[inside], gates[inside])
            yield self._say("framing_paragraph", row, lean, logits, place.start, place.end)

    def project(self, encoded: Sequence[Encoded]) -> list[Floats]:
        """[tokens, columns] of each sentence."""
        self.network.eval()
        device = next(self.network.parameters()).device
        found: list[Floats] = [np.empty((0, 0), np.float32)] * len(encoded)
        for chosen, batch in in_order([Example((sentence,)) for sentence in encoded], _BATCH):
            moved = batch.to(device)
            with torch.inference_mode(), autocast(device, self.precision):
                projection = self.network(moved.ids, moved.packing()).float().cpu().numpy()
            parts = np.split(projection, np.cumsum(batch.lengths[: len(chosen)]))
            for i, part in zip(chosen, parts[: len(chosen)], strict=True):
                found[i] = part
        return found

    def _framing(self, encoded: Sequence[Encoded]) -> tuple[Floats, Floats]:
        pooled = [
            (_pooled(projection, FRAMING, sentence.inside), _pooled(projection, FRAMING_GATE, sentence.inside))
            for sentence, projection in zip(encoded, self.project(encoded), strict=True)
        ]
        return np.stack([values for values, _ in pooled]), np.concatenate([gate for _, gate in pooled])

    def _words(self, row: Row, sentence: Encoded, logits: Floats) -> Iterator[Prediction]:
        """One prediction per word: its most loaded token speaks for it."""
        target = marked_tokens(sentence, certain(row))
        inside = np.flatnonzero(sentence.inside)
        found = most_loaded(sentence.word[inside], logits[inside])
        for first, last, logit in zip(inside[found.first], inside[found.last], found.score, strict=True):
            start, end = int(sentence.starts[first]), int(sentence.ends[last])
            if any(map(str.isalnum, row.text[start:end])):
                yield self._say("span", row, int(target[first : last + 1].max()), np.array([logit]), start, end)

    def _say(self, head: str, row: Row, gold: int, logits: Floats, start: int = -1, end: int = -1) -> Prediction:
        values = tuple(float(value) for value in logits)
        lean = row.outlet_lean
        return Prediction(head, self.scheme, row.row, gold, values, self.fold, row.corpus, start, end, row.outlet, lean)


def counted(segmentation: Segmentation) -> list[SentenceRange]:
    """The sentences that stand in paragraphs of text, not in headings."""
    kinds = [paragraph.kind for paragraph in segmentation.paragraphs]
    return [sentence for sentence in segmentation.sentences if kinds[sentence.paragraph] == "text"]


def _pooled(projection: Floats, columns: PooledColumns, inside: NDArray[np.bool_]) -> Floats:
    logits: Floats = pool(projection, columns, np.where(inside, 0, -1), 1)[0]
    return logits


def _gated(values: Floats, gates: Floats) -> Floats:
    """Softmax over the gates of a passage's sentences, then the weighted sum of their values; [3]."""
    weights = np.exp(gates - gates.max())
    return np.asarray(weights @ values / weights.sum(), dtype=np.float32)

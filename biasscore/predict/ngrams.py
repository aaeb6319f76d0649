"""Framing by wording: which tokens, and which pairs of neighbouring tokens, occur in a passage.

    logit = Σ_f rarity_f · weight_f / √(evidence + damping) + bias · evidence / (evidence + damping)
    evidence = Σ_f rarity_f², both sums over the distinct n-grams f of the passage.

That is a logistic regression on presence (Pang et al. 2002: it tells more than counts), with pairs beside single words
(Wang and Manning 2012) that share buckets by a hash of their ids (Weinberger et al. 2009). Damping makes evidence
decide: the logits of a whole article are those of unit length, a few words move them little, and without a known n-gram
all are 0, which is a third for each lean. The tokens are those that the encoder reads, but not its vectors: of outlets
never seen, these told less (docs/training.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.batching import spread
from biasscore.engine.tokens import Tokens
from biasscore.errors import ModelError
from biasscore.predict.pooling import Floats, Ints
from biasscore.predict.types import Passage

PAIR_BUCKETS = 1 << 18
# Two odd factors (Knuth's 2³² / φ among them) spread neighbouring ids; the upper bits of 32 are the bucket.
_FIRST, _SPREAD = 1_000_003, 2_654_435_761
_SHIFT = 32 - 18


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """The distinct n-grams of several passages, passage by passage.

    Attributes:
        passage: [occurrences], ascending.
        ngram: [occurrences], ascending within a passage: a token's id, or the vocabulary's size + a pair's bucket.
    """

    passage: Ints
    ngram: Ints


@dataclass(frozen=True, slots=True, eq=False)
class NgramHead:
    """A linear head on the n-grams of a passage.

    Attributes:
        weight: [vocabulary + PAIR_BUCKETS, classes].
        rarity: [vocabulary + PAIR_BUCKETS], how much an n-gram counts; 0 for what training hardly ever met.
        bias: [classes].
        damping: [1], the evidence at which logits reach about 0.7 of their full size; 0 for no damping.
    """

    weight: Floats
    rarity: Floats
    bias: Floats
    damping: Floats

    @staticmethod
    def shapes(vocabulary: int, classes: int) -> dict[str, tuple[int, ...]]:
        """Shape of every tensor."""
        n = vocabulary + PAIR_BUCKETS
        return {"weight": (n, classes), "rarity": (n,), "bias": (classes,), "damping": (1,)}

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[Any]]) -> NgramHead:
        """From what ``tensors`` gave."""
        return cls(**{name: np.asarray(tensors[name], dtype=np.float32) for name in cls.shapes(0, 0)})

    def tensors(self) -> dict[str, Floats]:
        return {name: getattr(self, name) for name in self.shapes(0, 0)}

    def __call__(self, tokens: Tokens, passages: Sequence[Passage]) -> Floats:
        """[passages, classes] logits; NaN for a passage without tokens, 0 for one of unknown words alone."""
        vocabulary = len(self.rarity) - PAIR_BUCKETS
        return self.logits(occurrences(tokens, passages, vocabulary), len(passages))

    def logits(self, found: Occurrences, n: int) -> Floats:
        """[n, classes] logits of ``n`` passages; NaN for one without n-grams.

        Raises:
            ModelError: if its weights are so large that a logit is not finite.
        """
        rarity = self.rarity[found.ngram].astype(np.float64)
        known = self.weight[found.ngram]
        sums = np.stack([np.bincount(found.passage, rarity * column, minlength=n) for column in known.T], axis=1)
        evidence = np.bincount(found.passage, rarity**2, minlength=n)
        length = np.sqrt(np.where(evidence > 0, evidence + self.damping, 1.0))
        logits = sums / length[:, None] + self.share(found, n)[:, None] * self.bias
        if not np.isfinite(logits.astype(np.float32)).all():
            raise ModelError("the part of the model for framing gives NaN or infinity; use another model")
        logits[np.bincount(found.passage, minlength=n) == 0] = np.nan
        return np.asarray(logits, dtype=np.float32)

    def share(self, found: Occurrences, n: int) -> Floats:
        """[n] evidence / (evidence + damping): how much of the bias counts in each passage."""
        evidence = np.bincount(found.passage, self.rarity[found.ngram].astype(np.float64) ** 2, minlength=n)
        return np.asarray(evidence / np.where(evidence > 0, evidence + self.damping, 1.0), dtype=np.float32)


def occurrences(tokens: Tokens, passages: Sequence[Passage], vocabulary: int) -> Occurrences:
    """The distinct n-grams of each passage; no pair reaches from one sentence into the next."""
    chosen = np.array([i for passage in passages for i in passage.sentences], dtype=np.int64)
    owner = np.repeat(np.arange(len(passages)), [len(passage.sentences) for passage in passages])
    sizes = np.diff(tokens.bounds)[chosen]
    passage = np.repeat(owner, sizes)
    first = tokens.ids[spread(tokens.bounds[:-1][chosen], sizes)].astype(np.int64)
    paired = np.ones(len(first), dtype=bool)
    paired[np.cumsum(sizes)[sizes > 0] - 1] = False
    pair = vocabulary + _bucket(first[:-1], first[1:])[paired[:-1]]
    width = vocabulary + PAIR_BUCKETS
    # Sorted and compared: numpy's unique takes some twenty times as long.
    keys = np.sort(np.concatenate([passage * width + first, passage[:-1][paired[:-1]] * width + pair]))
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return Occurrences(keys // width, keys % width)


def _bucket(first: Ints, second: Ints) -> Ints:
    mixed = (first.astype(np.uint64) * _FIRST + second.astype(np.uint64)) * _SPREAD
    return (mixed % (1 << 32) >> _SHIFT).astype(np.int64)

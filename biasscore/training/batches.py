"""Examples to batches: a fixed order from seed and epoch, like lengths together, packed tensors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from biasscore.engine.network import Layout
from biasscore.training.examples import Example

# Batches whose examples are sorted by length together: little padding, while the order of batches stays random.
_SORTED_TOGETHER = 16
# oneDNN compiles its bfloat16 products for every number of tokens anew, so a batch is filled up to one of few.
_TOKENS_STEP = 256


@dataclass(frozen=True, slots=True)
class PlainAttention(Layout):
    """The same attention as ``Layout``'s, step by step in float32.

    The products are a hundredth of the network's work, but torch's fused kernel has a slow way back on processors, and
    oneDNN's bfloat16 products are compiled anew for each pair of sequence count and length.
    """

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        with torch.autocast(qkv.device.type, enabled=False):
            q, k, v = self.heads(qkv.float(), n_heads)
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
            if bias is not None:
                scores = scores + bias.float()
            if self.mask is not None:
                scores = scores.masked_fill(~self.mask, -torch.inf)
            return self.merged(scores.softmax(-1) @ v).to(qkv.dtype)


@dataclass(frozen=True, slots=True)
class Batch:
    """Packed examples, filled up with sentences of token 0 that no head reads; targets are NaN where not asked.

    Attributes:
        ids: [tokens].
        lengths: of the sentences, filling included.
        author: [tokens] sentence index where ``loaded`` reads, −1 elsewhere.
        words: [tokens] sentence index, −1 for special tokens.
        mention: [tokens] example index where the example's target stands, −1 elsewhere.
        passage: [sentences] example index, −1 for filling.
        first: [examples] index of the example's first sentence.
        loaded, subjective: [examples].
        marked: [tokens].
        tone, lean, toward: [examples, 3].
        weight: [examples].
    """

    ids: Tensor
    lengths: tuple[int, ...]
    author: Tensor
    words: Tensor
    mention: Tensor
    passage: Tensor
    first: Tensor
    loaded: Tensor
    marked: Tensor
    subjective: Tensor
    tone: Tensor
    lean: Tensor
    toward: Tensor
    weight: Tensor

    @property
    def n_examples(self) -> int:
        return len(self.weight)

    def packing(self) -> PlainAttention:
        """How attention finds the sentences among the packed tokens."""
        return PlainAttention.of(self.lengths, self.ids.device)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: value.to(device) for name, value in values.items() if name != "lengths"})


def collate(examples: Sequence[Example]) -> Batch:
    """Pack examples one after another."""
    sentences = [(i, sentence) for i, example in enumerate(examples) for sentence in example.sentences]
    lengths = [len(sentence.ids) for _, sentence in sentences]
    filling = _filling(lengths)
    index = np.repeat(np.arange(len(sentences)), lengths)
    author = np.concatenate([sentence.author for _, sentence in sentences])
    inside = np.concatenate([sentence.inside for _, sentence in sentences])
    marked = [
        example.marked if example.marked is not None else np.full(example.n_tokens, np.nan, np.float32)
        for example in examples
    ]
    mention = [
        np.full(example.n_tokens, -1) if example.mention is None else np.where(example.mention, i, -1)
        for i, example in enumerate(examples)
    ]
    unknown = (math.nan,) * 3
    n_more = sum(filling)
    passage = [i for i, _ in sentences]
    return Batch(
        ids=_filled(np.concatenate([sentence.ids for _, sentence in sentences]), n_more, 0).long(),
        lengths=(*lengths, *filling),
        author=_filled(np.where(author, index, -1), n_more, -1),
        words=_filled(np.where(inside, index, -1), n_more, -1),
        mention=_filled(np.concatenate(mention), n_more, -1),
        passage=torch.tensor(passage + [-1] * len(filling)),
        first=torch.from_numpy(np.searchsorted(passage, np.arange(len(examples)))),
        loaded=torch.tensor([example.loaded for example in examples], dtype=torch.float32),
        marked=_filled(np.concatenate(marked), n_more, math.nan),
        subjective=torch.tensor([example.subjective for example in examples], dtype=torch.float32),
        tone=torch.tensor([example.tone or unknown for example in examples], dtype=torch.float32),
        lean=torch.tensor([example.lean or unknown for example in examples], dtype=torch.float32),
        toward=torch.tensor([example.toward or unknown for example in examples], dtype=torch.float32),
        weight=torch.tensor([example.weight for example in examples], dtype=torch.float32),
    )


def _filling(lengths: Sequence[int]) -> list[int]:
    """Lengths of sentences, none longer than the longest, that bring the sum of tokens to a round number."""
    whole, rest = divmod(-sum(lengths) % _TOKENS_STEP, max(lengths))
    return [max(lengths)] * whole + [rest] * (rest > 0)


def _filled(values: NDArray[Any], n_more: int, value: float) -> Tensor:
    return torch.from_numpy(np.concatenate([values, np.full(n_more, value, dtype=values.dtype)]))


def plan_epoch(examples: Sequence[Example], batch: int, rng: np.random.Generator) -> list[list[int]]:
    """Batches of about ``batch`` sentences of like length, in random order; every example appears exactly once."""
    order = rng.permutation(len(examples))
    longest = np.array([max(len(sentence.ids) for sentence in example.sentences) for example in examples])
    batches: list[list[int]] = []
    for start in range(0, len(order), batch * _SORTED_TOGETHER):
        chunk = order[start : start + batch * _SORTED_TOGETHER]
        batches += _by_sentences(examples, chunk[np.argsort(longest[chunk], kind="stable")].tolist(), batch)
    return [batches[i] for i in rng.permutation(len(batches))]


def _by_sentences(examples: Sequence[Example], order: Sequence[int], batch: int) -> list[list[int]]:
    """Cut an order of examples where ``batch`` sentences are reached; a passage counts with all of its sentences."""
    batches: list[list[int]] = [[]]
    count = 0
    for i in order:
        if batches[-1] and count + len(examples[i].sentences) > batch:
            batches.append([])
            count = 0
        batches[-1].append(i)
        count += len(examples[i].sentences)
    return batches


def in_order(examples: Sequence[Example], batch: int) -> Iterator[tuple[list[int], Batch]]:
    """All examples, batched by length, with their indices: for prediction."""
    order = sorted(range(len(examples)), key=lambda i: examples[i].n_tokens)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        yield chosen, collate([examples[i] for i in chosen])

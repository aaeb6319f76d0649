"""Examples to batches: a fixed order from seed and epoch, like lengths together, packed tensors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from biasscore.engine.network import Layout
from biasscore.training.examples import Example

# Batches whose examples are sorted by length together: little padding, while the order of batches stays random.
_SORTED_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Batch:
    """Packed examples; targets are NaN where a head was not asked.

    Attributes:
        ids: [tokens].
        lengths: of the sentences, for ``Layout.of``.
        author: [tokens] sentence index where ``loaded`` reads, −1 elsewhere.
        words: [tokens] sentence index, −1 for special tokens.
        passage: [sentences] example index.
        loaded, subjective: [examples].
        marked: [tokens].
        tone, lean: [examples, 3].
        weight: [examples].
    """

    ids: Tensor
    lengths: tuple[int, ...]
    author: Tensor
    words: Tensor
    passage: Tensor
    loaded: Tensor
    marked: Tensor
    subjective: Tensor
    tone: Tensor
    lean: Tensor
    weight: Tensor

    @property
    def n_examples(self) -> int:
        return len(self.weight)

    def layout(self) -> Layout:
        return Layout.of(self.lengths, self.ids.device)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        moved = (getattr(self, name) for name in Batch.__slots__)
        return Batch(*(value.to(device) if isinstance(value, Tensor) else value for value in moved))


def collate(examples: Sequence[Example]) -> Batch:
    """Pack examples one after another."""
    sentences = [(i, sentence) for i, example in enumerate(examples) for sentence in example.sentences]
    lengths = tuple(len(sentence.ids) for _, sentence in sentences)
    index = np.repeat(np.arange(len(sentences)), lengths)
    author = np.concatenate([sentence.author for _, sentence in sentences])
    inside = np.concatenate([sentence.inside for _, sentence in sentences])
    marked = [
        example.marked if example.marked is not None else np.full(example.n_tokens, np.nan, np.float32)
        for example in examples
    ]
    unknown = (math.nan,) * 3
    return Batch(
        ids=torch.from_numpy(np.concatenate([sentence.ids for _, sentence in sentences])).long(),
        lengths=lengths,
        author=torch.from_numpy(np.where(author, index, -1)),
        words=torch.from_numpy(np.where(inside, index, -1)),
        passage=torch.tensor([i for i, _ in sentences]),
        loaded=torch.tensor([example.loaded for example in examples], dtype=torch.float32),
        marked=torch.from_numpy(np.concatenate(marked)),
        subjective=torch.tensor([example.subjective for example in examples], dtype=torch.float32),
        tone=torch.tensor([example.tone or unknown for example in examples], dtype=torch.float32),
        lean=torch.tensor([example.lean or unknown for example in examples], dtype=torch.float32),
        weight=torch.tensor([example.weight for example in examples], dtype=torch.float32),
    )


def plan_epoch(lengths: Sequence[int], batch: int, rng: np.random.Generator) -> list[list[int]]:
    """Batches of ``batch`` examples of like length, in random order; every index appears exactly once."""
    order = rng.permutation(len(lengths))
    sizes = np.asarray(lengths)
    batches: list[list[int]] = []
    for start in range(0, len(order), batch * _SORTED_TOGETHER):
        chunk = order[start : start + batch * _SORTED_TOGETHER]
        chunk = chunk[np.argsort(sizes[chunk], kind="stable")]
        batches += [chunk[i : i + batch].tolist() for i in range(0, len(chunk), batch)]
    return [batches[i] for i in rng.permutation(len(batches))]


def in_order(examples: Sequence[Example], batch: int) -> Iterator[tuple[list[int], Batch]]:
    """All examples, batched by length, with their indices: for prediction."""
    order = sorted(range(len(examples)), key=lambda i: examples[i].n_tokens)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        yield chosen, collate([examples[i] for i in chosen])

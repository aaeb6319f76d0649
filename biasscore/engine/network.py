"""The embedded model as a torch module: an encoder on packed tokens and one linear layer for all heads.

The tokens of a batch lie one after another in a [tokens, hidden] matrix without padding. In ``PackedNetwork``, which is
BERT, everything but attention works on that matrix; how attention finds the sequences in it is the affair of a
``Packing``. ``families`` has the networks that need a padded rectangle.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from biasscore.engine import distances
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import Encoder, EncoderConfig
from biasscore.engine.device import sent


class Packing(Protocol):
    """Which packed tokens belong together, and how attention runs within each sequence."""

    @property
    def positions(self) -> Tensor:
        """[tokens], index of each token in its sequence."""
        ...

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        ...

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        """Self-attention within each sequence; [tokens, 3 hidden] in, [tokens, hidden] out.

        Args:
            bias: [heads, longest, longest], added to the scores of each query (row) and key (column); the same in
                every layer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """Attention on a padded rectangle: where each packed token stands in [sequences, longest]. Works everywhere.

    Attributes:
        positions: [tokens], index of each token in its sequence.
        rows: [tokens], its cell in the flattened rectangle.
        shape: (sequences, longest), where longest is at least the tokens of the longest sequence.
        mask: [sequences, 1, 1, longest], True where a key is a token; None when there is no padding.
    """

    positions: Tensor
    rows: Tensor
    shape: tuple[int, int]
    mask: Tensor | None

    @classmethod
    def of(cls, lengths: Sequence[int], device: torch.device | str = "cpu", width: int | None = None) -> Self:
        """Lay out sequences of the given lengths.

        Args:
            width: cells per sequence; as many as the longest has tokens by default.
        """
        sizes = torch.as_tensor(lengths, dtype=torch.long)
        longest = width or int(sizes.max())
        taken = torch.arange(longest) < sizes[:, None]
        rows = taken.flatten().nonzero().squeeze(1)
        padded = bool((sizes < longest).any())
        return cls(
            positions=sent(rows % longest, device),
            rows=sent(rows, device),
            shape=(len(sizes), longest),
            mask=sent(taken[:, None, None, :], device) if padded else None,
        )

    @property
    def longest(self) -> int:
        return self.shape[1]

    def padded(self, values: Tensor, filling: float = 0) -> Tensor:
        """[tokens, …] of packed tokens as [sequences, longest, …], filled up."""
        n, longest = self.shape
        rectangle = values.new_full((n * longest, *values.shape[1:]), filling).index_copy(0, self.rows, values)
        return rectangle.view(n, longest, *values.shape[1:])

    def packed(self, values: Tensor) -> Tensor:
        """[sequences, longest, …] as [tokens, …], without the filling."""
        return values.flatten(0, 1).index_select(0, self.rows)

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        q, k, v = self.heads(qkv, n_heads)
        mask = self.mask
        if bias is not None:
            mask = bias[None].to(q.dtype) if mask is None else bias[None].to(q.dtype).masked_fill(~mask, -torch.inf)
        return self.merged(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))

    def heads(self, qkv: Tensor, n_heads: int) -> Tensor:
        """[3, sequences, heads, longest, width] queries, keys and values of [tokens, 3 hidden]."""
        n, longest = self.shape
        if self.mask is not None:
            qkv = qkv.new_zeros(n * longest, qkv.shape[1]).index_copy_(0, self.rows, qkv)
        return qkv.view(n, longest, 3, n_heads, -1).permute(2, 0, 3, 1, 4)

    def merged(self, mixed: Tensor) -> Tensor:
        """[tokens, hidden] of [sequences, heads, longest, width]."""
        n, longest = self.shape
        flat = mixed.transpose(1, 2).reshape(n * longest, -1)
        return flat if self.mask is None else flat.index_select(0, self.rows)


class Layer(nn.Module):
    """One post-norm transformer layer."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        hidden = config.hidden_size
        self.n_heads = config.n_heads
        self.dropout = config.dropout
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.attention_out = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps=config.layer_norm_eps)
        self.feed_in = nn.Linear(hidden, config.intermediate_size)
        self.feed_out = nn.Linear(config.intermediate_size, hidden)
        self.feed_norm = nn.LayerNorm(hidden, eps=config.layer_norm_eps)

    def forward(self, x: Tensor, layout: Packing, bias: Tensor | None = None) -> Tensor:
        # Attention weights are never dropped: no fused kernel does it, and the unfused path is several times slower.
        mixed = layout.attend(self.qkv(x), self.n_heads, bias)
        attended = F.dropout(self.attention_out(mixed), self.dropout, self.training)
        x = self.attention_norm(x + attended)
        fed = F.dropout(self.feed_out(F.gelu(self.feed_in(x))), self.dropout, self.training)
        normed: Tensor = self.feed_norm(x + fed)
        return normed


class Network(nn.Module, ABC):
    """Token ids in, one row of head columns a token out."""

    config: Encoder
    heads: nn.Linear

    @abstractmethod
    def encode(self, ids: Tensor, layout: Packing) -> Tensor:
        """Contextual vectors.

        Args:
            ids: [tokens] token ids of all sequences, one after another, special tokens included.
            layout: where each sequence is among them, such as ``Layout.of`` their lengths.

        Returns:
            [tokens, hidden].
        """

    @abstractmethod
    def part(self, name: str) -> str:
        """What a parameter belongs to: words, positions, embedding_norm, layers.0, layers.1, … or heads; then more."""

    def forward(self, ids: Tensor, layout: Packing) -> Tensor:
        """[tokens, columns] projections; see ``columns`` for what they mean."""
        projection: Tensor = self.heads(self.encode(ids, layout))
        return projection


class PackedNetwork(Network):
    """BERT and its siblings (see ``bert``), without padding."""

    config: EncoderConfig
    buckets: Tensor

    def __init__(self, config: EncoderConfig, n_columns: int = N_COLUMNS) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.vocab_size, config.hidden_size)
        self.positions = nn.Embedding(config.max_positions, config.hidden_size)
        self.embedding_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.n_layers))
        if config.distance_buckets:
            self.distances = nn.Embedding(config.distance_buckets, config.n_heads)
            buckets = torch.from_numpy(distances.buckets(config.max_positions))
            self.register_buffer("buckets", buckets, persistent=False)
        self.heads = nn.Linear(config.hidden_size, n_columns)

    def encode(self, ids: Tensor, layout: Packing) -> Tensor:
        x: Tensor = self.embedding_norm(self.words(ids) + self.positions(layout.positions))
        x = F.dropout(x, self.config.dropout, self.training)
        bias = self._by_distance(layout.longest) if self.config.distance_buckets else None
        for layer in self.layers:
            x = layer(x, layout, bias)
        return x

    def _by_distance(self, longest: int) -> Tensor:
        """[heads, longest, longest], what distance adds to attention in every layer."""
        place = torch.arange(longest, device=self.buckets.device)
        distance = place[None, :] - place[:, None]
        found: Tensor = self.distances(self.buckets[distance + self.config.max_positions - 1]).permute(2, 0, 1)
        return found

    def part(self, name: str) -> str:
        return name

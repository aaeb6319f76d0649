"""Attention for training: plain float32 products, which no bfloat16 library has to compile for every shape."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from biasscore.engine.network import Layout


@dataclass(frozen=True, slots=True)
class PlainAttention:
    """The same attention as ``Layout``'s, step by step in float32.

    The products are a hundredth of the network's work, but torch's fused kernel has a slow way back on processors, and
    oneDNN's bfloat16 products are compiled anew for each pair of sequence count and length.
    """

    layout: Layout

    @property
    def positions(self) -> Tensor:
        """[tokens], index of each token in its sequence."""
        return self.layout.positions

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        return self.layout.longest

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        """Self-attention within each sequence, see ``network.Packing``; [tokens, 3 hidden] in, [tokens, hidden] out."""
        n, longest = self.layout.shape
        with torch.autocast(qkv.device.type, enabled=False):
            wide = qkv.new_zeros(n * longest, qkv.shape[1]).index_copy(0, self.layout.rows, qkv).float()
            q, k, v = wide.view(n, longest, 3, n_heads, -1).permute(2, 0, 3, 1, 4)
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
            if bias is not None:
                scores = scores + bias.float()
            if self.layout.mask is not None:
                scores = scores.masked_fill(~self.layout.mask, -torch.inf)
            flat = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n * longest, -1)
            packed: Tensor = flat.index_select(0, self.layout.rows).to(qkv.dtype)
            return packed

"""The network as it was trained, in PyTorch on any device; on CUDA the way to score.

It runs every family: BERT's on packed tokens, the others of ``families`` on rectangles.
On GPUs of compute capability 8.0 and later, in half precision, attention runs on the packed tokens themselves
(FlashAttention with variable lengths, Dao 2023, through ``torch.nn.attention.varlen``). Elsewhere, and where attention
knows distances, it pads for the length of that one operation. Copies to and from the GPU are asynchronous, in pinned
memory, and BERT's chunks are launched without waiting, so the GPU computes while the next chunk or batch is laid out.
The other families wait for the lengths of each chunk.

Not yet measured on a GPU: see docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Lock
from typing import Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from biasscore.engine.base import DtypeName, Ids, Projection
from biasscore.engine.batching import chunks, restored
from biasscore.engine.config import Encoder, EncoderConfig
from biasscore.engine.device import sent, told_when_full, torch_threads
from biasscore.engine.families import build, move, width
from biasscore.engine.network import Layout, PackedNetwork, Packing

# Tokens that are launched at once on a GPU.
CHUNK = 32_768
# A row that a GPU's kernel reads starts at a multiple of so many numbers.
_ALIGNED = 8
# The widest head that the kernel of variable-length attention runs.
_WIDEST = 256

DTYPES: dict[DtypeName, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


class TorchEngine:
    """See ``base.Engine``.

    Args:
        weights: float32 arrays under the names of ``encoder.shapes``.
        device: "cpu" or "cuda:N".
        dtype: number format of the encoder; the heads are float32 always.
        chunk: tokens that are launched at once.
    """

    backend: Literal["torch"] = "torch"

    def __init__(
        self,
        encoder: Encoder,
        weights: Mapping[str, NDArray[np.float32]],
        device: str,
        dtype: DtypeName,
        threads: int,
        budget: int,
        chunk: int = CHUNK,
    ) -> None:
        self.device = device
        self.dtype = dtype
        self.threads = threads
        self.budget = budget
        self._chunk = chunk
        # The number of threads is the process's.
        self._turn = Lock()
        self._network = build(encoder, len(weights["heads.bias"]))
        self._network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()})
        with told_when_full(device):
            move(self._network, device, DTYPES[dtype])
            self._network.heads.float()
        self._varlen = _fits_varlen(encoder) and _has_varlen(torch.device(device), DTYPES[dtype])

    def project(self, batch: Sequence[Ids]) -> Projection:
        lengths = np.array([len(sequence) for sequence in batch], dtype=np.int64)
        parts = chunks(lengths, self._chunk)
        full = f"is out of memory with a batch of {lengths.sum():,} tokens; lower --budget (in Python: budget)"
        with self._turn, torch.inference_mode(), torch_threads(self.threads), _on(self.device):
            with told_when_full(self.device, full):
                launched = torch.cat([self._launch([batch[i] for i in part]) for part in parts])
            rows = _Fetched.of(launched)
        # The next batch, of another thread, is launched while the GPU computes this one.
        return restored([rows.computed()], parts, lengths)

    def cells(self, lengths: NDArray[np.int64]) -> int:
        if isinstance(self._network, PackedNetwork):
            return int(lengths.sum())
        most = self._network.config.max_positions
        return sum(
            len(part) * width(int(lengths[part].max()), self.device, most) for part in chunks(lengths, self._chunk)
        )

    def _launch(self, sequences: Sequence[Ids]) -> Tensor:
        """Start a chunk; the tensor is read only after the GPU has filled it."""
        ids = sent(torch.from_numpy(np.concatenate(sequences)), self.device)
        packing = self._packing([len(sequence) for sequence in sequences])
        projection: Tensor = self._network.heads(self._network.encode(ids, packing).float())
        return projection

    def _packing(self, lengths: Sequence[int]) -> Packing:
        if self._varlen:
            return Varlen.of(lengths, self.device)
        layout = Layout.of(lengths, self.device)
        return layout if self.device == "cpu" else CardLayout(layout)

    def close(self) -> None:
        del self._network


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Rows on their way to the processor.

    Attributes:
        done: when they have arrived; None for rows that were there.
    """

    rows: Tensor
    done: torch.cuda.Event | None

    @classmethod
    def of(cls, rows: Tensor) -> _Fetched:
        """Begin to copy rows; to be called where they were computed."""
        if rows.device.type != "cuda":
            return cls(rows, None)
        here = torch.empty(rows.shape, dtype=rows.dtype, pin_memory=True).copy_(rows, non_blocking=True)
        done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        done.record()
        return cls(here, done)

    def computed(self) -> Projection:
        """The rows, once they are there."""
        if self.done is not None:
            self.done.synchronize()
        rows: Projection = self.rows.numpy()
        return rows


@dataclass(slots=True, eq=False)
class CardLayout:
    """Attention on a padded rectangle, by the kernel of a GPU that suits it; see ``network.Packing``.

    cuDNN, which PyTorch prefers on some GPUs, builds a plan for each new shape, which takes longer than the attention
    itself, and here nearly every chunk has a shape of its own.
    """

    layout: Layout
    _added: Tensor | None = None

    @property
    def positions(self) -> Tensor:
        return self.layout.positions

    @property
    def longest(self) -> int:
        return self.layout.longest

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        q, k, v = self.layout.heads(qkv, n_heads)
        if self._added is None:
            self._added = self.added(n_heads, q.dtype, bias)
        if q.shape[-1] % _ALIGNED:
            return self.layout.merged(F.scaled_dot_product_attention(q, k, v, attn_mask=self._added))
        mixed = torch.ops.aten._scaled_dot_product_efficient_attention(q, k, v, self._added, compute_log_sumexp=False)
        return self.layout.merged(mixed[0])

    def added(self, n_heads: int, dtype: torch.dtype, bias: Tensor | None) -> Tensor | None:
        """[sequences, heads, longest, longest] for the scores, −∞ where a key is no token; None for nothing.

        Each row of it starts at a multiple of eight numbers, as the kernel needs it.
        """
        n, longest = self.layout.shape
        mask, spare = self.layout.mask, -longest % _ALIGNED
        if mask is None and bias is None:
            return None
        found = bias if bias is not None else self.layout.positions.new_zeros(1, 1, longest)
        # The numbers of a row lie side by side, which padding alone does not see to where there is nothing to pad.
        found = F.pad(found.to(dtype).contiguous(), (0, spare))[None]
        if mask is not None:
            found = found.masked_fill(~F.pad(mask, (0, spare)), -torch.inf)
        return found[..., :longest].expand(n, n_heads, longest, longest)


@dataclass(frozen=True, slots=True)
class Varlen:
    """Attention on packed tokens, no padding; see ``network.Packing``.

    Attributes:
        bounds: [sequences + 1] int32, where each sequence starts, and the end.
        longest: tokens of the longest sequence.
    """

    positions: Tensor
    bounds: Tensor
    longest: int

    @classmethod
    def of(cls, lengths: Sequence[int], device: str) -> Varlen:
        """Describe sequences of the given lengths."""
        sizes = torch.as_tensor(lengths, dtype=torch.int32)
        bounds = torch.cat([torch.zeros(1, dtype=torch.int32), sizes.cumsum(0, dtype=torch.int32)])
        positions = torch.arange(int(bounds[-1])) - torch.repeat_interleave(bounds[:-1], sizes)
        return cls(sent(positions, device), sent(bounds, device), int(sizes.max()))

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        from torch.nn.attention.varlen import varlen_attn

        if bias is not None:
            raise ValueError("variable-length attention cannot add a bias for distances; use network.Layout")
        q, k, v = qkv.view(len(qkv), 3, n_heads, -1).unbind(1)
        mixed = varlen_attn(q, k, v, self.bounds, self.bounds, self.longest, self.longest)
        # A second value, the log-sum-exp, comes only where it was asked for.
        return cast(Tensor, mixed).flatten(1)


def _on(device: str) -> AbstractContextManager[object]:
    """New events and pinned memory belong to the current GPU."""
    return nullcontext() if device == "cpu" else torch.cuda.device(device)


def _fits_varlen(encoder: Encoder) -> bool:
    """Whether the kernel of variable-length attention runs an encoder: it adds nothing by distance."""
    if not isinstance(encoder, EncoderConfig) or encoder.distance_buckets:
        return False
    of_head = encoder.hidden_size // encoder.n_heads
    return of_head % _ALIGNED == 0 and of_head <= _WIDEST


def _has_varlen(device: torch.device, dtype: torch.dtype) -> bool:
    if device.type != "cuda" or dtype == torch.float32 or torch.cuda.get_device_capability(device) < (8, 0):
        return False
    # Since PyTorch 2.10.
    return find_spec("torch.nn.attention.varlen") is not None

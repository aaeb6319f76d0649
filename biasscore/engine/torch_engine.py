"""The network as it was trained, in PyTorch on any device; on CUDA the way to score.

It runs every family: BERT's on packed tokens, the others of ``families`` on rectangles.
On cards of compute capability 8.0 and later, in half precision, attention runs on the packed tokens themselves
(FlashAttention with variable lengths, Dao 2023, through ``torch.nn.attention.varlen``). Elsewhere it pads for the
length of that one operation. Copies to the card are asynchronous, from pinned memory, and a batch is launched chunk by
chunk without waiting, so the card computes while the next chunk is laid out.

Not yet measured on a card: see docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Lock
from typing import Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from biasscore.engine.base import DtypeName, Ids, OutOfMemoryError, Projection
from biasscore.engine.batching import chunks, restored
from biasscore.engine.config import Encoder
from biasscore.engine.device import torch_threads
from biasscore.engine.families import build, move
from biasscore.engine.network import Layout, PackedNetwork, Packing

# Tokens that are launched at once on a card.
CHUNK = 32_768

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
    ) -> None:
        self.device = device
        self.dtype = dtype
        self.threads = threads
        self.budget = budget
        # The number of threads is the process's, and a card's memory is best filled by one batch.
        self._turn = Lock()
        self._network = build(encoder, len(weights["heads.bias"]))
        self._network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()})
        move(self._network, device, DTYPES[dtype])
        self._network.heads.float()
        packed = isinstance(self._network, PackedNetwork)
        # Variable-length attention adds nothing by distance.
        packed = packed and not getattr(encoder, "distance_buckets", 0)
        self._varlen = packed and _has_varlen(torch.device(device), DTYPES[dtype])

    def project(self, batch: Sequence[Ids]) -> Projection:
        lengths = np.array([len(sequence) for sequence in batch], dtype=np.int64)
        parts = chunks(lengths, CHUNK)
        with self._turn, torch.inference_mode(), torch_threads(self.threads):
            try:
                launched = [self._launch([batch[i] for i in part]) for part in parts]
                computed: Projection = torch.cat(launched).cpu().numpy()
            except torch.OutOfMemoryError as error:
                torch.cuda.empty_cache()
                raise OutOfMemoryError(
                    f"{self.device} is out of memory at {lengths.sum():,} tokens; lower budget, or use another device"
                ) from error
        return restored([computed], parts, lengths)

    def cells(self, lengths: NDArray[np.int64]) -> int:
        if isinstance(self._network, PackedNetwork):
            return int(lengths.sum())
        return sum(len(part) * int(lengths[part].max()) for part in chunks(lengths, CHUNK))

    def _launch(self, sequences: Sequence[Ids]) -> Tensor:
        """Start a chunk; the tensor is read only after the card has filled it."""
        ids = torch.from_numpy(np.concatenate(sequences))
        if self.device != "cpu":
            ids = ids.pin_memory().to(self.device, non_blocking=True)
        lengths = [len(sequence) for sequence in sequences]
        packing: Packing = Varlen.of(lengths, self.device) if self._varlen else Layout.of(lengths, self.device)
        projection: Tensor = self._network.heads(self._network.encode(ids, packing).float())
        return projection

    def close(self) -> None:
        del self._network


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
        return cls(positions.to(device), bounds.to(device), int(sizes.max()))

    def attend(self, qkv: Tensor, n_heads: int, bias: Tensor | None = None) -> Tensor:
        from torch.nn.attention.varlen import varlen_attn

        if bias is not None:
            raise ValueError("variable-length attention adds nothing by distance; use network.Layout")
        q, k, v = qkv.view(len(qkv), 3, n_heads, -1).unbind(1)
        mixed = varlen_attn(q, k, v, self.bounds, self.bounds, self.longest, self.longest)
        # A second value, the log-sum-exp, comes only where it was asked for.
        return cast(Tensor, mixed).flatten(1)


def _has_varlen(device: torch.device, dtype: torch.dtype) -> bool:
    if device.type != "cuda" or dtype == torch.float32 or torch.cuda.get_device_capability(device) < (8, 0):
        return False
    # Since PyTorch 2.10.
    return find_spec("torch.nn.attention.varlen") is not None

"""The network on the processor in PyTorch: packed tokens, weights laid out once for the matrix unit.

Sequences are sorted by length. All tokens of a chunk form one [tokens, hidden] matrix, and attention runs on groups of
sequences of exactly one length. Its squares are filled up with zeros that add nothing, so what a sequence meets depends
on its own length alone. Each thread works on its own chunk with single-threaded operations: no barriers between
operations, and the activations of a chunk stay in the core's cache.

The packed products are those that PyTorch's own compiler calls (oneDNN, through ``torch.ops.mkldnn``); called directly
they need no C++ compiler. Where PyTorch was built without them, plain operations run instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from threading import Barrier, Lock
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from biasscore.engine import distances, forks
from biasscore.engine.base import DtypeName, Ids, Projection
from biasscore.engine.batching import Ints, chunks, powers_of_two, restored
from biasscore.engine.config import EncoderConfig
from biasscore.errors import BackendError

# Tokens that a thread runs at once: enough for the matrix unit, few enough for the cache. 2048 was seen to be some 6%
# faster, but memory then grew by twice as much over a long job of short texts, past what a job may grow by.
CHUNK = 1024
# oneDNN compiles a kernel for every shape that it meets, which takes as long as several thousand tokens of work, and
# keeps it, half a MiB each. So matrices have a multiple of so many rows, filled up with rows that nobody reads.
ROW_STEP, FEW_ROWS, FEW_ROWS_STEP = 256, 256, 64
# For the same reason attention runs on 1, 2, 4, 8 … sequences of one length. Other numbers are taken in several steps,
# or filled up with sequences that nobody reads where these have no more tokens: a step costs about as much.
FILL_TOKENS = 128
# And on squares of scores whose sides are a multiple of so many tokens: one kernel for eight lengths. That costs 0.6%
# of the forward pass. Without it the kernels of attention held 0.8 GiB after 5,000 paragraphs.
LENGTH_STEP = 8
# oneDNN sums a long product in another order when it has few rows (33 to 300 seen), so a score would depend on how much
# else there is to do. Below this many rows the long product runs in blocks that keep the order.
STEADY_ROWS = 384
STEADY_BLOCK = 32

_opening = Lock()

_DTYPES: dict[DtypeName, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class TorchCpuEngine:
    """See ``base.Engine``.

    Args:
        weights: float32 arrays under the names of ``EncoderConfig.shapes``.
        dtype: "float32" or "bfloat16". Sums, LayerNorm's inside and the heads are float32 always.
        threads: chunks that run at the same time, each on one thread.
    """

    backend: Literal["torch"] = "torch"
    device = "cpu"

    def __init__(
        self,
        encoder: EncoderConfig,
        weights: Mapping[str, NDArray[np.float32]],
        dtype: DtypeName,
        threads: int,
        budget: int,
    ) -> None:
        self.dtype = dtype
        self.threads = threads
        self.budget = budget
        self._workers = _single_threaded(threads)
        # On a thread that runs alone: OpenMP's threads, once started, would be missing in every process forked later.
        self._network = self._workers.submit(CpuNetwork.of, encoder, weights, _DTYPES[dtype]).result()

    def project(self, batch: Sequence[Ids]) -> Projection:
        lengths = np.array([len(sequence) for sequence in batch], dtype=np.int64)
        parts = self._chunks(lengths)
        jobs = [self._workers.submit(self._network, [batch[i] for i in part]) for part in parts]
        return restored([job.result() for job in jobs], parts, lengths)

    def cells(self, lengths: Ints) -> int:
        return sum(_rows(int(lengths[part].sum())) for part in self._chunks(lengths))

    def _chunks(self, lengths: Ints) -> list[Ints]:
        share = -(-int(lengths.sum()) // self.threads)
        return chunks(lengths, min(CHUNK, _rows(share)))

    def close(self) -> None:
        self._workers.shutdown()


def _single_threaded(count: int) -> ThreadPoolExecutor:
    """Threads in which torch runs each operation on that thread alone.

    ``set_num_threads`` holds for the thread that calls it and for threads not yet started; calling it here again with
    the number found keeps the rest of the process as it was.

    Raises:
        BackendError: if the system does not give so many threads.
    """
    workers = ThreadPoolExecutor(count, thread_name_prefix="biasscore-engine", initializer=_run_alone)
    # Two engines opened at once would each take the other's 1 for the process's number.
    with _opening:
        before = torch.get_num_threads()
        # Jobs that wait for one another start every thread now, not while a later call runs.
        together = Barrier(count)
        try:
            for started in [workers.submit(together.wait) for _ in range(count)]:
                started.result()
        except RuntimeError as error:
            # The system gives no more threads. Those that wait for the rest would keep the process from ending.
            together.abort()
            workers.shutdown()
            raise BackendError(
                f"this process cannot start {count:,} threads ({error}); set --threads (in Python: threads) to a "
                "smaller number"
            ) from error
        finally:
            torch.set_num_threads(before)
    return workers


def _run_alone() -> None:
    forks.watch_thread()
    torch.set_num_threads(1)
    # A thread takes over the process's number when it first asks, unless it has asked before: so it asks now.
    torch.get_num_threads()


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: _Linear
    attention_out: _Linear
    attention_norm: tuple[Tensor, Tensor]
    feed_in: _Linear
    feed_out: _Linear
    feed_norm: tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class CpuNetwork:
    """The same function as ``network.Network`` in eval mode, on sequences sorted by length."""

    encoder: EncoderConfig
    dtype: torch.dtype
    words: Tensor
    positions: Tensor
    embedding_norm: tuple[Tensor, Tensor]
    layers: tuple[_Layer, ...]
    heads: tuple[Tensor, Tensor]
    by_distance: _ByDistance | None

    @classmethod
    def of(cls, encoder: EncoderConfig, weights: Mapping[str, NDArray[np.float32]], dtype: torch.dtype) -> CpuNetwork:
        """Lay the weights out for this processor."""

        def pair(name: str) -> tuple[Tensor, Tensor]:
            return torch.from_numpy(weights[f"{name}.weight"]), torch.from_numpy(weights[f"{name}.bias"])

        linear = _PackedLinear if _can_pack(dtype) else _PlainLinear

        def layer(i: int) -> _Layer:
            weight, bias = (_scaled_query(tensor, encoder) for tensor in pair(f"layers.{i}.qkv"))
            return _Layer(
                qkv=linear(weight, bias, dtype),
                attention_out=linear(*pair(f"layers.{i}.attention_out"), dtype),
                attention_norm=pair(f"layers.{i}.attention_norm"),
                feed_in=linear(*pair(f"layers.{i}.feed_in"), dtype),
                feed_out=linear(*pair(f"layers.{i}.feed_out"), dtype),
                feed_norm=pair(f"layers.{i}.feed_norm"),
            )

        return cls(
            encoder=encoder,
            dtype=dtype,
            words=torch.from_numpy(weights["words.weight"]),
            positions=torch.from_numpy(weights["positions.weight"]),
            embedding_norm=pair("embedding_norm"),
            layers=tuple(layer(i) for i in range(encoder.n_layers)),
            heads=pair("heads"),
            by_distance=_ByDistance(weights["distances.weight"], dtype) if encoder.distance_buckets else None,
        )

    @torch.inference_mode()
    def __call__(self, sequences: Sequence[Ids]) -> Projection:
        """[tokens, columns] of sequences whose equal lengths stand together."""
        projection = self._project(sequences, _exp)
        if np.isfinite(projection).all():
            return projection
        # Attention scores above 88 overflow exp(); trained encoders stay far below.
        return self._project(sequences, _shifted_exp)

    def _project(self, sequences: Sequence[Ids], exp: _Exp) -> Projection:
        lengths = [len(sequence) for sequence in sequences]
        groups = list(_groups(lengths))
        x = self._embed(np.concatenate(sequences), groups)
        for layer in self.layers:
            x = self._layer(layer, x, groups, exp)
        projection: Projection = F.linear(x[: sum(lengths)].float(), *self.heads).numpy()
        return projection

    def _embed(self, ids: Ids, groups: Sequence[_Group]) -> Tensor:
        """[rows, hidden]: the tokens, then the rows that nobody reads."""
        x = F.embedding(torch.from_numpy(ids), self.words)
        for group in groups:
            x[group.start : group.stop].view(group.count, group.length, -1).add_(self.positions[: group.length])
        packed = torch.empty(_rows(len(ids)), self.encoder.hidden_size, dtype=self.dtype)
        packed[: len(ids)], packed[len(ids) :] = self._norm(x, self.embedding_norm), 0
        return packed

    def _norm(self, x: Tensor, weights: tuple[Tensor, Tensor]) -> Tensor:
        return F.layer_norm(x, (self.encoder.hidden_size,), *weights, self.encoder.layer_norm_eps)

    def _layer(self, layer: _Layer, x: Tensor, groups: Sequence[_Group], exp: _Exp) -> Tensor:
        attended = _attend(layer.qkv(x), groups, self.encoder.n_heads, self.by_distance, exp)
        x = self._norm(layer.attention_out.plus(attended, x), layer.attention_norm)
        return self._norm(_steady(layer.feed_out, layer.feed_in.gelu(x), x), layer.feed_norm)


class _ByDistance:
    """What distance adds to attention, laid out once for each side of a square up to ``_KEPT``."""

    # Of all sides up to this one the layouts need 2 MiB; longer sentences are few.
    _KEPT = 128

    def __init__(self, table: NDArray[np.float32], dtype: torch.dtype) -> None:
        self._table = torch.from_numpy(table).to(dtype)
        self._layouts: dict[int, Tensor] = {}

    def __call__(self, side: int) -> Tensor:
        """[heads, side, side], added to the scores of each query (row) and key (column)."""
        found = self._layouts.get(side)
        if found is None:
            found = self._table[torch.from_numpy(distances.square(side))].permute(2, 0, 1).contiguous()
            if side <= self._KEPT:
                self._layouts[side] = found
        return found


@dataclass(frozen=True, slots=True)
class _Group:
    """Tokens ``start`` to ``stop`` are ``count`` sequences of ``length`` tokens each; attention runs on ``steps``."""

    start: int
    stop: int
    count: int
    length: int
    steps: tuple[int, ...]


def _groups(lengths: Sequence[int]) -> Iterator[_Group]:
    start = 0
    for length, run in groupby(lengths):
        count = sum(1 for _ in run)
        stop = start + count * length
        yield _Group(start, stop, count, length, powers_of_two(count, FILL_TOKENS // length))
        start = stop


def _scaled_query(tensor: Tensor, encoder: EncoderConfig) -> Tensor:
    """The rows of query divided by √(width of a head), which attention would otherwise do for every pair of tokens."""
    scaled = tensor.clone()
    scaled[: encoder.hidden_size] /= (encoder.hidden_size / encoder.n_heads) ** 0.5
    return scaled


def _attend(
    qkv: Tensor,
    groups: Sequence[_Group],
    n_heads: int,
    by_distance: _ByDistance | None,
    exp: _Exp,
) -> Tensor:
    """Self-attention within each sequence; [rows, 3 hidden] in, [rows, hidden] out.

    A column of ones beside the values makes the product sum the weights as well, so that one division replaces the
    softmax, which took a quarter of the whole forward pass at the lengths of sentences. Where a square of scores is
    filled up, that column is 0, as the values are, so nothing is added.
    """
    mixed = qkv.new_empty(len(qkv), qkv.shape[1] // 3)
    mixed[groups[-1].stop :] = 0
    for group in groups:
        n, length, filled, side = group.count, group.length, sum(group.steps), _side(group.length)
        tokens = qkv[group.start : group.stop].view(n, length, 3, n_heads, -1).permute(2, 0, 3, 1, 4)
        width = tokens.shape[-1]
        keys = qkv.new_zeros(2, filled, n_heads, side, width)
        keys[:, :n, :, :length] = tokens[:2]
        values = qkv.new_zeros(filled, n_heads, side, width + 1)
        values[:n, :, :length, :width], values[:, :, :length, width] = tokens[2], 1
        q, k = keys.flatten(1, 2)
        steps = [step * n_heads for step in group.steps]
        scores = _products(q, k.transpose(1, 2), steps)
        if by_distance:
            scores.view(filled, n_heads, side, side).add_(by_distance(side))
        weights = exp(scores, length)
        sums = _products(weights, values.flatten(0, 1), steps).view_as(values)[:n, :, :length]
        out = mixed[group.start : group.stop].view(n, length, n_heads, width).transpose(1, 2)
        torch.div(sums[..., :width], sums[..., width:], out=out)
    return mixed


def _side(length: int) -> int:
    """Rows and columns of the square of scores of so many tokens."""
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def _products(left: Tensor, right: Tensor, steps: list[int]) -> Tensor:
    """``torch.bmm`` by so many matrices at once."""
    product = left.new_empty(*left.shape[:2], right.shape[2])
    parts = (torch.split(whole, steps) for whole in (left, right, product))
    for a, b, out in zip(*parts, strict=True):
        torch.bmm(a, b, out=out)
    return product


def _exp(scores: Tensor, length: int) -> Tensor:  # noqa: ARG001 what stands beyond it meets zeros
    """Of squares of scores, of which so many columns are of tokens."""
    return scores.exp_()


def _shifted_exp(scores: Tensor, length: int) -> Tensor:
    """Overflows for no scores; the shift cancels in the division."""
    scores[..., length:] = -torch.inf
    return scores.sub_(scores.amax(dim=-1, keepdim=True)).exp_()


_Exp = Callable[[Tensor, int], Tensor]


def _rows(tokens: int) -> int:
    """Rows of the matrix that holds so many tokens."""
    step = FEW_ROWS_STEP if tokens <= FEW_ROWS else ROW_STEP
    return -(-tokens // step) * step


def _steady(linear: _Linear, x: Tensor, residual: Tensor) -> Tensor:
    if len(x) >= STEADY_ROWS:
        return linear.plus(x, residual)
    blocks = zip(torch.split(x, STEADY_BLOCK), torch.split(residual, STEADY_BLOCK), strict=True)
    return torch.cat([linear.plus(block, rest) for block, rest in blocks])


class _Linear(Protocol):
    """One linear layer and what follows it at once."""

    def __call__(self, x: Tensor) -> Tensor: ...

    def gelu(self, x: Tensor) -> Tensor: ...

    def plus(self, x: Tensor, residual: Tensor) -> Tensor: ...


class _PlainLinear:
    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        self._weights = weight.to(dtype), bias.to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x, *self._weights)

    def gelu(self, x: Tensor) -> Tensor:
        return F.gelu(F.linear(x, *self._weights))

    def plus(self, x: Tensor, residual: Tensor) -> Tensor:
        return F.linear(x, *self._weights).add_(residual)


class _PackedLinear:
    """oneDNN's product with the weight in its own blocked layout; GELU and the residual are added before rounding."""

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.to(dtype), CHUNK)
        self._weights = packed, bias.to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, *self._weights, "none", [], "")
        return y

    def gelu(self, x: Tensor) -> Tensor:
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, *self._weights, "gelu", [], "none")
        return y

    def plus(self, x: Tensor, residual: Tensor) -> Tensor:
        y: Tensor = torch.ops.mkldnn._linear_pointwise.binary(x, residual, *self._weights, "add")
        return y


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 natively (AVX512-BF16, AMX or Arm's BF16)."""
    return bool(torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _can_pack(dtype: torch.dtype) -> bool:
    known = hasattr(torch.ops.mkldnn, "_linear_pointwise") and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")
    return known and torch._C._has_mkldnn and (dtype == torch.float32 or has_bfloat16())

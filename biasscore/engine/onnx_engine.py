"""The network in ONNX Runtime, float32 or int8, on the processor."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from biasscore.engine import onnx_graph
from biasscore.engine.base import DtypeName, Ids, Projection
from biasscore.engine.batching import Ints, chunks, pack_rows, restored, spread
from biasscore.engine.config import EncoderConfig
from biasscore.errors import MissingExtraError

# Tokens that a call runs: ONNX Runtime passes every intermediate through memory, and so few stay in the cache.
CHUNK = 1024
# Rows are this wide, or as wide as the chunk's longest sequence. Wider rows fill better and spend more on attention.
WIDTH = 64


class OnnxEngine:
    """See ``base.Engine``. Several sequences share a row under a block-diagonal mask, so hardly a cell is padding.

    Args:
        weights: float32 arrays under the names of ``EncoderConfig.shapes``.
        dtype: "float32" or "int8" (weights and activations; one activation scale a token).

    Raises:
        MissingExtraError: without onnxruntime and onnx.
    """

    backend: Literal["onnx"] = "onnx"
    device = "cpu"

    def __init__(
        self,
        encoder: EncoderConfig,
        weights: Mapping[str, NDArray[np.float32]],
        dtype: DtypeName,
        threads: int,
        budget: int,
    ) -> None:
        onnxruntime = _runtime()
        build = onnx_graph.build_int8 if dtype == "int8" else onnx_graph.build
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Waiting threads would spin on the cores that tokenise the next batch.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = build(encoder, weights).SerializeToString()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.dtype = dtype
        self.threads = threads
        self.budget = budget

    def project(self, batch: Sequence[Ids]) -> Projection:
        lengths = np.array([len(sequence) for sequence in batch], dtype=np.int64)
        parts = chunks(lengths, CHUNK)
        computed = [self._run([batch[i] for i in part], lengths[part]) for part in parts]
        return restored(computed, parts, lengths)

    def cells(self, lengths: Ints) -> int:
        shapes = (_shape(lengths[part]) for part in chunks(lengths, CHUNK))
        return sum(rows * width for rows, width in shapes)

    def _run(self, sequences: Sequence[Ids], lengths: Ints) -> Projection:
        width = _width(lengths)
        rows, starts = pack_rows(lengths, width)
        cells = spread(rows * width + starts, lengths)
        shape = (int(rows.max()) + 1, width)
        values: dict[str, tuple[NDArray[np.integer[Any]], int]] = {
            "ids": (np.concatenate(sequences), 0),
            "positions": (spread(np.zeros_like(lengths), lengths), 0),
            "segments": (np.repeat(starts, lengths), -1),
        }
        feeds = {}
        for name, (tokens, padding) in values.items():
            rectangle = np.full(shape[0] * width, padding, dtype=np.int64)
            rectangle[cells] = tokens
            feeds[name] = rectangle.reshape(shape)
        (projection,) = self._session.run(["projection"], feeds)
        flat: Projection = projection.reshape(-1, projection.shape[-1])[cells]
        return flat

    def close(self) -> None:
        del self._session


def _runtime() -> Any:
    # From 1.29 on it sends figures about models and machine to its makers. The setting is read once, when it is loaded.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime", "onnx") from error
    return onnxruntime


def _width(lengths: Ints) -> int:
    return max(WIDTH, int(lengths.max()))


def _shape(lengths: Ints) -> tuple[int, int]:
    """Rows and width of the rectangle that holds a chunk."""
    width = _width(lengths)
    return int(pack_rows(lengths, width)[0].max()) + 1, width

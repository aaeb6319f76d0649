"""The network as an ONNX graph, for ONNX Runtime here and for any runtime elsewhere.

The graph reads a rectangle of rows. A row holds one sequence or several side by side; ``segments`` says which cell
belongs to which, and attention stays within a segment (a block-diagonal mask). One sequence a row with padding is the
special case that users know: segments 0 for its tokens, −1 for padding.

    ids         int64 [rows, width]   token ids, any id in padding
    positions   int64 [rows, width]   index of the token in its sequence, 0 in padding
    segments    int64 [rows, width]   number of the sequence in its row, −1 in padding
    projection  float32 [rows, width, columns]   columns of ``heads``; meaningless in padding
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine import distances
from biasscore.engine.config import EncoderConfig
from biasscore.errors import MissingExtraError

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 20
IR_VERSION = 10
_MICROSOFT = "com.microsoft"
# Added to the attention of cells in other sequences: exp() of it is 0 in float32.
_FAR = -1e4

Array = NDArray[Any]


def build(encoder: EncoderConfig, weights: Mapping[str, NDArray[np.float32]]) -> ModelProto:
    """The float32 graph, in standard operators only.

    Raises:
        MissingExtraError: without the onnx package.
    """
    return _Graph(encoder, weights).build()


def build_int8(encoder: EncoderConfig, weights: Mapping[str, NDArray[np.float32]]) -> ModelProto:
    """The graph with int8 products, for ONNX Runtime (it uses two of its own operators).

    Weights have one scale an output column. Activations have one scale a token, taken as the token runs, so that a
    score does not depend on its neighbours as it would with ONNX Runtime's own dynamic quantization, which takes one
    scale a batch. Everything else stays float32.

    Raises:
        MissingExtraError: without the onnx package.
    """
    return _Int8Graph(encoder, weights).build()


class _Graph:
    """Collects nodes and constants; each method adds nodes and returns the name of what they compute."""

    def __init__(self, encoder: EncoderConfig, weights: Mapping[str, NDArray[np.float32]]) -> None:
        try:
            import onnx
        except ImportError as error:
            raise MissingExtraError("onnx", "onnx") from error
        self._onnx = onnx
        self._encoder = encoder
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def build(self) -> ModelProto:
        make, types = self._onnx.helper, self._onnx.TensorProto
        flat = {name: self.node("Reshape", name, self.integers(-1)) for name in ("ids", "positions")}
        mask = self._mask()
        if self._encoder.distance_buckets:
            mask = self.node("Add", mask, self._by_distance())
        words = self.node("Gather", self.weight("words.weight"), flat["ids"])
        x = self.node("Add", words, self.node("Gather", self.weight("positions.weight"), flat["positions"]))
        x = self._norm(x, "embedding_norm")
        for i in range(self._encoder.n_layers):
            x = self._layer(x, f"layers.{i}.", mask)
        rows = self._dense(x, "heads")
        columns = len(self._weights["heads.bias"])
        shape = self.node("Concat", self.node("Shape", "ids"), self.integers(columns), axis=0)
        self._nodes.append(make.make_node("Reshape", [rows, shape], ["projection"]))
        inputs = [
            make.make_tensor_value_info(n, types.INT64, ["rows", "width"]) for n in ("ids", "positions", "segments")
        ]
        output = make.make_tensor_value_info("projection", types.FLOAT, ["rows", "width", columns])
        graph = make.make_graph(self._nodes, "biasscore", inputs, [output], list(self._constants.values()))
        opsets = [make.make_opsetid("", OPSET), make.make_opsetid(_MICROSOFT, 1)]
        return make.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="biasscore")

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"{operator}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def constant(self, name: str, value: Array) -> str:
        if name not in self._constants:
            self._constants[name] = self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant(f"integers_{values}", np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        return self.constant(f"number_{value}", np.array(value, dtype=np.float32))

    def weight(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def linear(self, x: str, name: str) -> str:
        """The layer ``name`` applied to [cells, inputs]."""
        return self._dense(x, name)

    def _dense(self, x: str, name: str) -> str:
        product = self.node("MatMul", x, self.constant(f"{name}.weight", self._weights[f"{name}.weight"].T))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def _norm(self, x: str, name: str) -> str:
        weights = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", x, *weights, axis=-1, epsilon=self._encoder.layer_norm_eps)

    def _mask(self) -> str:
        """[rows, 1, width, width], 0 within a segment and far below elsewhere."""
        queries = self.node("Unsqueeze", "segments", self.integers(1, 3))
        keys = self.node("Unsqueeze", "segments", self.integers(1, 2))
        return self.node("Where", self.node("Equal", queries, keys), self.number(0), self.number(_FAR))

    def _by_distance(self) -> str:
        """[rows, heads, width, width], what distance adds to attention; meaningless across sequences."""
        longest = self._encoder.max_positions
        table = self._weights["distances.weight"][distances.buckets(longest)]
        queries = self.node("Unsqueeze", "positions", self.integers(2))
        keys = self.node("Unsqueeze", "positions", self.integers(1))
        distance = self.node("Add", self.node("Sub", keys, queries), self.integers(longest - 1))
        return self.node(
            "Transpose", self.node("Gather", self.constant("distances", table), distance), perm=[0, 3, 1, 2]
        )

    def _layer(self, x: str, name: str, mask: str) -> str:
        attended = self.linear(self._attend(self.linear(x, f"{name}qkv"), mask), f"{name}attention_out")
        x = self._norm(self.node("Add", attended, x), f"{name}attention_norm")
        inner = self.node("Gelu", self.linear(x, f"{name}feed_in"))
        return self._norm(self.node("Add", self.linear(inner, f"{name}feed_out"), x), f"{name}feed_norm")

    def _attend(self, qkv: str, mask: str) -> str:
        """[cells, hidden] from [cells, 3 hidden]."""
        hidden, heads = self._encoder.hidden_size, self._encoder.n_heads
        width = hidden // heads
        shape = self.node("Concat", self.node("Shape", "ids"), self.integers(3 * heads, width), axis=0)
        heads_first = self.node("Transpose", self.node("Reshape", qkv, shape), perm=[0, 2, 1, 3])
        q, k, v = self._thirds(heads_first)
        scores = self.node("MatMul", q, self.node("Transpose", k, perm=[0, 1, 3, 2]))
        scaled = self.node("Add", self.node("Mul", scores, self.number(width**-0.5)), mask)
        mixed = self.node("MatMul", self.node("Softmax", scaled, axis=-1), v)
        return self.node("Reshape", self.node("Transpose", mixed, perm=[0, 2, 1, 3]), self.integers(-1, hidden))

    def _thirds(self, x: str) -> Sequence[str]:
        names = [f"{x}_{part}" for part in "qkv"]
        self._nodes.append(self._onnx.helper.make_node("Split", [x], names, axis=1, num_outputs=3))
        return names


class _Int8Graph(_Graph):
    def linear(self, x: str, name: str) -> str:
        values, scale = self._quantized(x)
        weight = self._weights[f"{name}.weight"]
        steps = np.abs(weight).max(axis=1) / 127
        rounded = np.round(weight / np.where(steps > 0, steps, 1)[:, None]).astype(np.int8)
        product = self.node(
            "MatMulIntegerToFloat",
            values,
            self.constant(f"{name}.weight.int8", rounded.T),
            self.number(1),
            self.constant(f"{name}.weight.scale", steps.astype(np.float32)),
            self._zero(),
            domain=_MICROSOFT,
        )
        return self.node("Add", self.node("Mul", product, scale), self.weight(f"{name}.bias"))

    def _quantized(self, x: str) -> tuple[str, str]:
        """[cells, inputs] as uint8 around 128, and the [cells, 1] scales."""
        largest = self.node("ReduceMax", self.node("Abs", x), self.integers(-1), keepdims=1)
        scale = self.node("Max", self.node("Mul", largest, self.number(1 / 127)), self.number(1e-12))
        flat = self.node("Reshape", scale, self.integers(-1))
        zeros = self.node("Expand", self._zero(), self.node("Shape", flat))
        return self.node("QuantizeLinear", x, flat, zeros, axis=0), scale

    def _zero(self) -> str:
        return self.constant("zero_point", np.array(128, dtype=np.uint8))

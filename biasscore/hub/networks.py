"""The two ways a classifier runs: BERT's siblings on the engines of our own models, other families in transformers.

On an engine there is no padding, and every number format and library that the engine has. It sees a classifier as an
encoder with other head columns: the first layer of the classifier's own head stands where ours do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from biasscore.engine.base import BackendName, DtypeName, Engine, OutOfMemoryError
from biasscore.engine.bert import encoder_config, encoder_weights
from biasscore.engine.place import Request, resolve_budget, resolve_device, resolve_threads, torch_threads
from biasscore.engine.select import open_engine
from biasscore.errors import BackendError
from biasscore.hub.tokenizer import Ids

Floats = NDArray[np.float32]

_DTYPES: dict[DtypeName, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


class Network(Protocol):
    """A classifier's network, ready to run."""

    @property
    def backend(self) -> BackendName: ...

    @property
    def device(self) -> str: ...

    @property
    def dtype(self) -> DtypeName: ...

    @property
    def threads(self) -> int: ...

    @property
    def budget(self) -> int: ...

    def classify(self, batch: Sequence[Ids]) -> Floats:
        """[sequences, outputs], or [sum of tokens, outputs] for a token classifier.

        Raises:
            OutOfMemoryError: if the device has no room for the batch.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Top:
    """What stands on the encoder: one layer on each token and, for sequences, another on the first token's result."""

    on_tokens: nn.Linear
    activation: Callable[[Tensor], Tensor] | None = None
    on_first: nn.Linear | None = None

    @classmethod
    def of(cls, network: Any) -> _Top:
        """Find it in a model of transformers."""
        family = network.config.model_type
        if type(network).__name__.endswith("ForTokenClassification"):
            return cls(network.classifier)
        if family == "bert":
            return cls(network.bert.pooler.dense, torch.tanh, network.classifier)
        if family == "distilbert":
            return cls(network.pre_classifier, torch.relu, network.classifier)
        activation = F.gelu if family == "electra" else torch.tanh
        return cls(network.classifier.dense, activation, network.classifier.out_proj)


class EngineNetwork:
    """A sibling of BERT on an engine; see ``Network``."""

    def __init__(self, network: Any, request: Request, cache_key: str) -> None:
        config = network.config.to_dict()
        self._top = _Top.of(network.float())
        weights = encoder_weights(network.state_dict(), config)
        weights |= {"heads.weight": self._top.on_tokens.weight, "heads.bias": self._top.on_tokens.bias}
        self._engine: Engine = open_engine(
            encoder_config(config),
            _arrays(weights),
            device=request.device,
            dtype=request.dtype,
            backend=request.backend,
            threads=request.threads,
            budget=request.budget,
            cache_key=cache_key,
        )
        self.backend, self.device, self.dtype = self._engine.backend, self._engine.device, self._engine.dtype
        self.threads, self.budget = self._engine.threads, self._engine.budget

    def classify(self, batch: Sequence[Ids]) -> Floats:
        rows = self._engine.project(batch)
        top = self._top
        if top.on_first is None or top.activation is None:
            return rows
        first = np.cumsum([0, *map(len, batch[:-1])])
        with torch.inference_mode():
            outputs: Floats = top.on_first(top.activation(torch.from_numpy(rows[first]))).numpy()
        return outputs


class PaddedNetwork:
    """Any family, as transformers runs it, on padded rectangles; see ``Network``."""

    backend: BackendName = "torch"

    def __init__(self, network: Any, request: Request, name: str) -> None:
        self.device = resolve_device(request.device)
        self.dtype = _dtype(request, self.device, f"{name} ({network.config.model_type})")
        self.threads = resolve_threads(request.threads)
        self.budget = resolve_budget(request.budget, self.device)
        self._padding = int(network.config.pad_token_id or 0)
        self._is_token = type(network).__name__.endswith("ForTokenClassification")
        self._network = network.eval().requires_grad_(requires_grad=False).to(self.device, _DTYPES[self.dtype])

    def classify(self, batch: Sequence[Ids]) -> Floats:
        lengths = np.array([len(ids) for ids in batch])
        there = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(there.shape, self._padding, dtype=np.int64)
        ids[there] = np.concatenate(batch)
        try:
            outputs = self._run(ids, there)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise OutOfMemoryError(f"{self.device} has no room for {len(batch)} sequences; lower the budget") from error
        return outputs[there] if self._is_token else outputs

    def _run(self, ids: NDArray[np.int64], there: NDArray[np.bool_]) -> Floats:
        with torch.inference_mode(), torch_threads(self.threads):
            found = self._network(
                input_ids=torch.from_numpy(ids).to(self.device),
                attention_mask=torch.from_numpy(there.astype(np.int64)).to(self.device),
            )
            outputs: Floats = found.logits.float().cpu().numpy()
        return outputs


def _arrays(weights: Mapping[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    return {name: np.ascontiguousarray(tensor.detach().float().numpy()) for name, tensor in weights.items()}


def _dtype(request: Request, device: str, name: str) -> DtypeName:
    """The number format, chosen as for the embedded models."""
    from biasscore.engine.torch_cpu import has_bfloat16

    if request.backend not in ("auto", "torch"):
        raise BackendError(f"{name} runs in torch only, not {request.backend}; pass backend='torch' or 'auto'")
    if request.dtype != "auto":
        if request.dtype not in _DTYPES:
            raise BackendError(f"{name} runs in float32, bfloat16 or float16, not {request.dtype}; pass another dtype")
        return request.dtype
    return "bfloat16" if device != "cpu" or has_bfloat16() else "float32"

"""The two ways a classifier runs: BERT's siblings on the engines of our own models, other families in transformers.

On an engine there is no padding, and every number format and library that the engine has. It sees a classifier as an
encoder with other head columns: the first layer of the classifier's own head stands where ours do. The heads of other
families differ too much for that, so transformers computes them with the rest. Both give one row of outputs per text,
or per token for a token classifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from biasscore.engine.base import BackendName, Engine, Ids
from biasscore.engine.batching import Ints
from biasscore.engine.bert import encoder_config, encoder_weights
from biasscore.engine.device import (
    EngineOptions,
    rectangle_budget,
    resolve_device,
    resolve_threads,
    told_when_full,
    torch_threads,
)
from biasscore.engine.families import inputs, move, rectangle, width
from biasscore.engine.family_table import FAMILIES
from biasscore.engine.select import open_engine, transformers_dtype
from biasscore.engine.torch_engine import DTYPES

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Top:
    """What stands on the encoder: one layer on each token and, for sequences, another on the first token's result."""

    on_tokens: nn.Linear
    activation: Callable[[Tensor], Tensor] | None = None
    on_first: nn.Linear | None = None

    @classmethod
    def of(cls, network: Any) -> _Top:
        """Find it in a model of transformers."""
        if type(network).__name__.endswith("ForTokenClassification"):
            return cls(network.classifier)
        on_tokens, activation, on_first = FAMILIES[network.config.model_type].top
        return cls(network.get_submodule(on_tokens), getattr(F, activation), network.get_submodule(on_first))


class EngineNetwork:
    """A sibling of BERT on an engine; see ``engine.base.Engine``."""

    def __init__(self, network: Any, options: EngineOptions, cache_key: str) -> None:
        config = network.config.to_dict()
        self._top = _Top.of(network)
        weights = encoder_weights(network.state_dict(), config)
        weights |= {"heads.weight": self._top.on_tokens.weight, "heads.bias": self._top.on_tokens.bias}
        self._engine: Engine = open_engine(
            encoder_config(config),
            _arrays(weights),
            options,
            cache_key,
        )
        self.backend, self.device, self.dtype = self._engine.backend, self._engine.device, self._engine.dtype
        self.threads, self.budget = self._engine.threads, self._engine.budget

    def project(self, batch: Sequence[Ids]) -> Floats:
        rows = self._engine.project(batch)
        top = self._top
        if top.on_first is None or top.activation is None:
            return rows
        first = np.cumsum([0, *map(len, batch[:-1])])
        with torch.inference_mode():
            outputs: Floats = top.on_first(top.activation(torch.from_numpy(rows[first]))).numpy()
        return outputs

    def cells(self, lengths: Ints) -> int:
        return self._engine.cells(lengths)

    def close(self) -> None:
        self._engine.close()


class PaddedNetwork:
    """Any family, as transformers runs it, on padded rectangles; see ``engine.base.Engine``."""

    backend: BackendName = "torch"

    def __init__(self, network: Any, options: EngineOptions, name: str) -> None:
        self.device = resolve_device(options.device)
        family = network.config.model_type
        self.dtype = transformers_dtype(f"{name} ({family})", self.device, options)
        self.threads = resolve_threads(options.threads)
        self.budget = rectangle_budget(options.budget, self.device)
        self._padding = network.config.pad_token_id
        self._most = positions(network.config)
        self._is_token = type(network).__name__.endswith("ForTokenClassification")
        self._network = network
        with told_when_full(self.device):
            move(network, self.device, DTYPES[self.dtype])

    def project(self, batch: Sequence[Ids]) -> Floats:
        full = f"is out of memory with a batch of {len(batch):,} texts; lower --budget (in Python: budget)"
        with torch.inference_mode(), torch_threads(self.threads), told_when_full(self.device, full):
            ids = torch.from_numpy(np.concatenate(batch)).to(self.device)
            layout = rectangle([len(sequence) for sequence in batch], self.device, self._most)
            logits: Tensor = self._network(**inputs(ids, layout, self._padding)).logits
            outputs: Floats = (layout.packed(logits) if self._is_token else logits).float().cpu().numpy()
        return outputs

    def cells(self, lengths: Ints) -> int:
        return len(lengths) * width(int(lengths.max()), self.device, self._most)

    def close(self) -> None:
        """Nothing runs between two calls."""


def positions(config: Any) -> int:
    """Most tokens that a network's position table allows for, by its config of transformers."""
    return int(config.max_position_embeddings) - FAMILIES[config.model_type].unused_positions(config.to_dict())


def _arrays(weights: Mapping[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    return {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in weights.items()}

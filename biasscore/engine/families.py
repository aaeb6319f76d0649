"""Encoders that transformers computes, on padded rectangles: ALBERT, DeBERTa, ModernBERT, odd siblings of BERT.

From outside they are like our own network: packed tokens in, packed rows out. Only code of the installed transformers
runs, and nothing is read but the config that a checkpoint holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import Encoder, EncoderConfig, FamilyConfig, Shapes
from biasscore.engine.network import Layout, Network, PackedNetwork, Packing

# oneDNN compiles a kernel for every shape that it meets, and keeps it. So on the processor a rectangle is as wide as a
# multiple of so many tokens, as in ``torch_cpu.LENGTH_STEP``.
WIDTH_STEP = 8

_LAYER = re.compile(r"\.layers?\.(\d+)\.")
_WORDS = ("word_embeddings", "tok_embeddings")
_POSITIONS = ("position_embeddings", "token_type_embeddings")
_OTHER_EMBEDDINGS = ("encoder.embeddings", "encoder.encoder.embedding")


class FamilyNetwork(Network):
    """An encoder of transformers under our heads."""

    config: FamilyConfig

    def __init__(self, config: FamilyConfig, n_columns: int = N_COLUMNS) -> None:
        super().__init__()
        self.config = config
        self.encoder = _encoder(config)
        self.heads = nn.Linear(config.hidden_size, n_columns)

    def encode(self, ids: Tensor, layout: Packing) -> Tensor:
        starts = (layout.positions == 0).cumsum(0) - 1
        padded = rectangle(starts.bincount().tolist(), ids.device, self.config.max_positions)
        found = self.encoder(**inputs(ids, padded, self.config.values.get("pad_token_id")))
        return padded.packed(found.last_hidden_state)

    def part(self, name: str) -> str:
        if name.startswith("heads."):
            return name
        if found := _LAYER.search(name):
            return f"layers.{found[1]}.{name}"
        if any(part in name for part in _WORDS):
            return f"words.{name}"
        if any(part in name for part in _POSITIONS):
            return f"positions.{name}"
        if name.startswith(_OTHER_EMBEDDINGS):
            return f"embedding_norm.{name}"
        # What all layers share (ALBERT's one layer, DeBERTa's relative positions) learns as fast as the last of them.
        return f"layers.{self.config.n_layers - 1}.{name}"


def build(config: Encoder, n_columns: int = N_COLUMNS) -> Network:
    """A network of any family, its weights not yet set."""
    return PackedNetwork(config, n_columns) if isinstance(config, EncoderConfig) else FamilyNetwork(config, n_columns)


def shapes(config: FamilyConfig, n_columns: int) -> Shapes:
    """Name and shape of every tensor of a network with ``n_columns`` head columns.

    Raises:
        ValueError: if transformers cannot build such an encoder.
    """
    try:
        with torch.device("meta"):
            network = FamilyNetwork(config, n_columns)
    # A broken config shows as almost any exception.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(f"transformers cannot build the {config.family} encoder of the model: {reason}") from error
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def rectangle(lengths: Sequence[int], device: torch.device | str, most: int) -> Layout:
    """Lay out sequences for a network of transformers.

    Args:
        most: most tokens that the network reads at once.
    """
    return Layout.of(lengths, device, width(max(lengths), device, most))


def width(longest: int, device: torch.device | str, most: int) -> int:
    """Cells per sequence of a rectangle whose longest sequence has so many tokens."""
    if torch.device(device).type != "cpu":
        return longest
    return max(longest, min(most, -(-longest // WIDTH_STEP) * WIDTH_STEP))


def inputs(ids: Tensor, layout: Layout, padding: int | None) -> dict[str, Tensor]:
    """Packed token ids as a model of transformers takes them: a rectangle, and which of its cells are tokens."""
    return {
        "input_ids": layout.padded(ids.long(), padding or 0),
        "attention_mask": layout.padded(torch.ones_like(ids, dtype=torch.long)),
    }


def move(network: nn.Module, device: str, dtype: torch.dtype) -> None:
    """Make a network ready to score on a device, its weights in a number format.

    Only the weights: tables that are computed, such as ModernBERT's frequencies, need all of their digits.
    """
    network.eval().requires_grad_(requires_grad=False).to(device)
    for parameter in network.parameters():
        parameter.data = parameter.data.to(dtype)


def _encoder(config: FamilyConfig) -> Any:
    from transformers import AutoConfig, AutoModel

    values = dict(config.values)
    # Its first weights are random and soon replaced, which must not show in the random numbers of anybody else.
    with torch.random.fork_rng(devices=[]):
        encoder = AutoModel.from_config(AutoConfig.for_model(values.pop("model_type"), **values))
    if getattr(encoder, "pooler", None) is not None:
        # Our heads pool.
        encoder.pooler = None
    return encoder

"""Translates the names of Hugging Face's BERT weights into ours: the one place that knows both."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_LAYER = {
    "attention.output.dense": "attention_out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "feed_in",
    "output.dense": "feed_out",
    "output.LayerNorm": "feed_norm",
}


def encoder_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a ``transformers.BertModel`` under the names of ``network.Network``.

    The token-type embedding of segment 0 is added to every token in BERT, so it goes into the position table; query,
    key and value become one matrix.

    Args:
        state: ``BertModel.state_dict()``; a leading ``bert.`` is allowed, pooler and position-id buffers are ignored.
    """
    state = {name.removeprefix("bert."): tensor for name, tensor in state.items()}
    positions = state["embeddings.position_embeddings.weight"]
    weights = {
        "words.weight": state["embeddings.word_embeddings.weight"],
        "positions.weight": positions + state["embeddings.token_type_embeddings.weight"][0],
        "embedding_norm.weight": state["embeddings.LayerNorm.weight"],
        "embedding_norm.bias": state["embeddings.LayerNorm.bias"],
    }
    n_layers = 1 + max(int(match[1]) for name in state if (match := re.match(r"encoder\.layer\.(\d+)\.", name)))
    for i in range(n_layers):
        for kind in ("weight", "bias"):
            theirs = f"encoder.layer.{i}."
            weights[f"layers.{i}.qkv.{kind}"] = torch.cat(
                [state[f"{theirs}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            )
            for their_name, our_name in _LAYER.items():
                weights[f"layers.{i}.{our_name}.{kind}"] = state[f"{theirs}{their_name}.{kind}"]
    return weights

"""Reads encoders that compute what BERT computes: their config.json and weights, under the names of our network.

Families that differ from BERT (Devlin et al. 2019) in names and numbers only are translated by their rows in
``family_table``. MPNet also adds a number per distance to the attention.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from biasscore.engine import distances
from biasscore.engine.config import EncoderConfig
from biasscore.engine.family_table import FAMILIES, Family

Floats = NDArray[np.float32]

_QKV = ("attention.self.query", "attention.self.key", "attention.self.value")
_LAYER = {
    "attention.output.dense": "attention_out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "feed_in",
    "output.dense": "feed_out",
    "output.LayerNorm": "feed_norm",
}
_RENAMED = {theirs: ours for family in FAMILIES.values() for theirs, ours in family.spelling.items()}
_PREFIX = re.compile(rf"^({'|'.join(family.prefix or family.name for family in FAMILIES.values())})\.")


def is_sibling(config: Mapping[str, Any]) -> bool:
    """Whether a config.json describes an encoder that ``network.PackedNetwork`` computes."""
    activation = config.get("hidden_act", config.get("activation", "gelu"))
    embedding = config.get("embedding_size", config.get("hidden_size"))
    return (
        config.get("model_type") in FAMILIES
        and FAMILIES[config["model_type"]].is_like_bert
        and activation == "gelu"
        and embedding == config.get("hidden_size")
        and config.get("position_embedding_type") in (None, "absolute")
        and config.get("relative_attention_num_buckets") in (None, distances.BUCKETS)
    )


def encoder_config(config: Mapping[str, Any]) -> EncoderConfig:
    """The shape of a sibling's encoder, from its config.json.

    Raises:
        KeyError: if a number is missing.
    """
    family = FAMILIES[config["model_type"]]
    return EncoderConfig(
        vocab_size=config["vocab_size"],
        hidden_size=family.size(config, "hidden_size"),
        n_layers=family.size(config, "num_hidden_layers"),
        n_heads=family.size(config, "num_attention_heads"),
        intermediate_size=family.size(config, "intermediate_size"),
        max_positions=config["max_position_embeddings"] - family.unused_positions(config),
        layer_norm_eps=config.get("layer_norm_eps", 1e-12),
        distance_buckets=config.get("relative_attention_num_buckets", 0),
    )


def encoder_weights(state: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, Tensor]:
    """Weights of a sibling's encoder under the names of ``network.PackedNetwork``.

    The token-type embedding of segment 0 is added to every token in BERT, so it goes into the position table; query,
    key and value become one matrix.

    Args:
        state: ``state_dict()`` of the encoder or of a model around it; other tensors are ignored.
        config: its config.json.
    """
    state = {_our_spelling(name): tensor for name, tensor in state.items()}
    family = FAMILIES[config["model_type"]]
    positions = state["embeddings.position_embeddings.weight"][family.unused_positions(config) :]
    segments = state.get("embeddings.token_type_embeddings.weight")
    weights = {
        "words.weight": state["embeddings.word_embeddings.weight"],
        "positions.weight": positions if segments is None else positions + segments[0],
        "embedding_norm.weight": state["embeddings.LayerNorm.weight"],
        "embedding_norm.bias": state["embeddings.LayerNorm.bias"],
    }
    if (by_distance := state.get("encoder.relative_attention_bias.weight")) is not None:
        weights["distances.weight"] = by_distance
    n_layers = 1 + max(int(match[1]) for name in state if (match := re.match(r"encoder\.layer\.(\d+)\.", name)))
    for i in range(n_layers):
        theirs = f"encoder.layer.{i}."
        for kind in ("weight", "bias"):
            weights[f"layers.{i}.qkv.{kind}"] = torch.cat([state[f"{theirs}{part}.{kind}"] for part in _QKV])
            for their_name, our_name in _LAYER.items():
                weights[f"layers.{i}.{our_name}.{kind}"] = state[f"{theirs}{their_name}.{kind}"]
    return weights


def _our_spelling(name: str) -> str:
    name = _PREFIX.sub("", name)
    for theirs, ours in _RENAMED.items():
        name = name.replace(theirs, ours)
    return name


def their_config(encoder: EncoderConfig) -> dict[str, Any]:
    """The config.json of transformers' own class for an encoder of ours: BERT's, or MPNet's if it has distances."""
    values: dict[str, Any] = {
        "model_type": "mpnet" if encoder.distance_buckets else "bert",
        "vocab_size": encoder.vocab_size,
        "hidden_size": encoder.hidden_size,
        "num_hidden_layers": encoder.n_layers,
        "num_attention_heads": encoder.n_heads,
        "intermediate_size": encoder.intermediate_size,
        "layer_norm_eps": encoder.layer_norm_eps,
        "hidden_dropout_prob": encoder.dropout,
        "attention_probs_dropout_prob": encoder.dropout,
        "hidden_act": "gelu",
    }
    # MPNet counts positions from 2 on, by the padding id 1 that its code holds.
    other = {"relative_attention_num_buckets": encoder.distance_buckets, "pad_token_id": 1}
    values |= other if encoder.distance_buckets else {"type_vocab_size": 1}
    return {
        **values,
        "max_position_embeddings": encoder.max_positions + FAMILIES[values["model_type"]].unused_positions(values),
    }


def their_weights(weights: Mapping[str, Floats], encoder: EncoderConfig) -> dict[str, Floats]:
    """The encoder's weights as a model of ``their_config`` names them; ``encoder_weights`` reads them back."""
    config = their_config(encoder)
    unused = np.zeros((FAMILIES[config["model_type"]].unused_positions(config), encoder.hidden_size), dtype=np.float32)
    state = {
        "embeddings.word_embeddings.weight": weights["words.weight"],
        "embeddings.position_embeddings.weight": np.concatenate([unused, weights["positions.weight"]]),
        "embeddings.LayerNorm.weight": weights["embedding_norm.weight"],
        "embeddings.LayerNorm.bias": weights["embedding_norm.bias"],
    }
    if encoder.distance_buckets:
        state["encoder.relative_attention_bias.weight"] = weights["distances.weight"]
    else:
        # The table of positions holds it already.
        state["embeddings.token_type_embeddings.weight"] = np.zeros((1, encoder.hidden_size), dtype=np.float32)
    for i in range(encoder.n_layers):
        for kind in ("weight", "bias"):
            parts = dict(zip(_QKV, np.split(weights[f"layers.{i}.qkv.{kind}"], 3), strict=True))
            parts |= {theirs: weights[f"layers.{i}.{ours}.{kind}"] for theirs, ours in _LAYER.items()}
            state |= {f"encoder.layer.{i}.{name}.{kind}": array for name, array in parts.items()}
    family = FAMILIES[config["model_type"]]
    return {f"{family.name}.{_their_spelling(name, family)}": array for name, array in state.items()}


def _their_spelling(name: str, family: Family) -> str:
    for theirs, ours in family.spelling.items():
        name = name.replace(ours, theirs)
    return name

"""Which families of encoders can be loaded: one row of facts per family. No torch here.

To add a family, add its row: ``bert`` reads config and weights by it, ``predict.hub`` finds a classifier's last layers.
``families`` runs the families that only transformers computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Family:
    """One family of encoders, described by what differs from BERT.

    Attributes:
        name: its ``model_type`` in transformers.
        is_like_bert: whether it computes what BERT does, so that ``network.PackedNetwork`` runs it.
        prefix: what the names of its tensors begin with in a model around the encoder; its own name by default.
        sizes: its names for BERT's sizes in config.json.
        spelling: its names for parts of BERT's tensors, each with BERT's name.
        top: of a classifier of texts: the layer on each token, the activation, and the layer on the first token.
        counts_from_padding: whether positions count from the padding id + 1, so that the first rows stay unused.
        has_positions: whether it has a table with a row per position.
        word_width: usual width of its word vectors where they may be narrower than the layers; 0 elsewhere.
        shares_layers: whether all layers have the same weights.
    """

    name: str
    is_like_bert: bool = True
    prefix: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)
    spelling: Mapping[str, str] = field(default_factory=dict)
    top: tuple[str, str, str] = ("classifier.dense", "tanh", "classifier.out_proj")
    counts_from_padding: bool = False
    has_positions: bool = True
    word_width: int = 0
    shares_layers: bool = False

    def size(self, config: Mapping[str, Any], name: str) -> int:
        """A size in its config.json, by BERT's name for it.

        Raises:
            KeyError, TypeError, ValueError: if it is missing or no number.
        """
        return int(config[self.sizes.get(name, name)])

    def unused_positions(self, config: Mapping[str, Any]) -> int:
        """How many rows at the start of the table of positions no token ever has, by its config.json."""
        return int(config["pad_token_id"]) + 1 if self.counts_from_padding else 0


_ROWS = (
    Family("albert", is_like_bert=False, word_width=128, shares_layers=True),
    Family("bert", top=("bert.pooler.dense", "tanh", "classifier")),
    Family("deberta-v2", is_like_bert=False, has_positions=False),
    Family(
        "distilbert",
        sizes={
            "hidden_size": "dim",
            "num_hidden_layers": "n_layers",
            "num_attention_heads": "n_heads",
            "intermediate_size": "hidden_dim",
        },
        spelling={
            "transformer.layer.": "encoder.layer.",
            ".attention.q_lin.": ".attention.self.query.",
            ".attention.k_lin.": ".attention.self.key.",
            ".attention.v_lin.": ".attention.self.value.",
            ".attention.out_lin.": ".attention.output.dense.",
            ".sa_layer_norm.": ".attention.output.LayerNorm.",
            ".ffn.lin1.": ".intermediate.dense.",
            ".ffn.lin2.": ".output.dense.",
            ".output_layer_norm.": ".output.LayerNorm.",
        },
        top=("pre_classifier", "relu", "classifier"),
    ),
    Family("electra", top=("classifier.dense", "gelu", "classifier.out_proj"), word_width=128),
    Family("modernbert", is_like_bert=False, has_positions=False),
    Family(
        "mpnet",
        spelling={
            ".attention.attn.q.": ".attention.self.query.",
            ".attention.attn.k.": ".attention.self.key.",
            ".attention.attn.v.": ".attention.self.value.",
            ".attention.attn.o.": ".attention.output.dense.",
            ".attention.LayerNorm.": ".attention.output.LayerNorm.",
        },
        counts_from_padding=True,
    ),
    Family("roberta", counts_from_padding=True),
    Family("xlm-roberta", prefix="roberta", counts_from_padding=True),
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in _ROWS}

"""The shape of an encoder, known to every engine. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from biasscore.engine.family_table import FAMILIES

Shapes = dict[str, tuple[int, ...]]

_NOT_OF_THE_ENCODER = ("_name_or_path", "architectures", "dtype", "id2label", "label2id", "problem_type", "torch_dtype")


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Shape of an encoder that we compute ourselves (BERT, Devlin et al. 2019).

    Attributes:
        max_positions: most tokens the encoder can read at once, special tokens included.
        dropout: probability of dropping a unit in training.
        distance_buckets: rows of the table that adds to attention by distance (see ``distances``); 0 for no such table.
    """

    vocab_size: int
    hidden_size: int
    n_layers: int
    n_heads: int
    intermediate_size: int
    max_positions: int
    layer_norm_eps: float = 1e-12
    dropout: float = 0.1
    distance_buckets: int = 0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EncoderConfig:
        """Read what ``to_dict`` wrote.

        Raises:
            TypeError: if a size is missing or unknown.
        """
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def cut(self, layers: int) -> EncoderConfig:
        """The same encoder with its lowest ``layers`` layers only."""
        return replace(self, n_layers=layers)

    def shapes(self, n_columns: int) -> Shapes:
        """Name and shape of every tensor of a network with ``n_columns`` head columns."""
        hidden, inner = self.hidden_size, self.intermediate_size
        shapes: Shapes = {
            "words.weight": (self.vocab_size, hidden),
            "positions.weight": (self.max_positions, hidden),
            "embedding_norm.weight": (hidden,),
            "embedding_norm.bias": (hidden,),
            "heads.weight": (n_columns, hidden),
            "heads.bias": (n_columns,),
        }
        if self.distance_buckets:
            shapes["distances.weight"] = (self.distance_buckets, self.n_heads)
        linear = {"qkv": (3 * hidden, hidden), "attention_out": (hidden, hidden), "feed_in": (inner, hidden)}
        linear["feed_out"] = (hidden, inner)
        for i in range(self.n_layers):
            for name, (rows, columns) in linear.items():
                shapes[f"layers.{i}.{name}.weight"] = (rows, columns)
                shapes[f"layers.{i}.{name}.bias"] = (rows,)
            for name in ("attention_norm", "feed_norm"):
                shapes[f"layers.{i}.{name}.weight"] = (hidden,)
                shapes[f"layers.{i}.{name}.bias"] = (hidden,)
        return shapes


@dataclass(frozen=True, slots=True)
class FamilyConfig:
    """An encoder that transformers computes, of a family whose function is not BERT's.

    Attributes:
        values: all that transformers needs to build it, as in a config.json: its family (``model_type``) and its sizes.

    Raises:
        KeyError, TypeError, ValueError: if it is of no known family, or a size is missing or no number above 0.
    """

    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.values.get("model_type") not in FAMILIES:
            raise ValueError(
                f"the key 'model_type' has the unknown value {self.values.get('model_type')!r}; use one of: "
                f"{', '.join(FAMILIES)}"
            )
        if min(self.vocab_size, self.hidden_size, self.n_layers, self.max_positions) < 1:
            raise ValueError(
                f"a size of the {self.family} encoder is below 1; set each size, such as 'hidden_size', to 1 or more"
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FamilyConfig:
        """From a config.json, without what it says of other things than the encoder.

        Raises:
            KeyError, TypeError, ValueError: as above.
        """
        return cls({name: value for name, value in dict(values).items() if name not in _NOT_OF_THE_ENCODER})

    def to_dict(self) -> dict[str, Any]:
        return dict(self.values)

    @property
    def family(self) -> str:
        return str(self.values["model_type"])

    @property
    def vocab_size(self) -> int:
        return int(self.values["vocab_size"])

    @property
    def hidden_size(self) -> int:
        return FAMILIES[self.family].size(self.values, "hidden_size")

    @property
    def n_layers(self) -> int:
        return FAMILIES[self.family].size(self.values, "num_hidden_layers")

    @property
    def max_positions(self) -> int:
        """Most tokens the encoder can read at once, special tokens included."""
        return int(self.values["max_position_embeddings"]) - FAMILIES[self.family].unused_positions(self.values)

    def cut(self, layers: int) -> FamilyConfig:
        """The same encoder with its lowest ``layers`` layers only."""
        values = {**self.values, FAMILIES[self.family].sizes.get("num_hidden_layers", "num_hidden_layers"): layers}
        if kinds := self.values.get("layer_types"):
            values["layer_types"] = kinds[:layers]
        return FamilyConfig(values)


Encoder: TypeAlias = EncoderConfig | FamilyConfig

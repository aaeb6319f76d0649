"""The shape of an encoder, known to every engine. No torch here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Shape of the encoder (BERT, Devlin et al. 2019).

    Attributes:
        max_positions: most tokens the encoder can read at once, special tokens included.
        dropout: probability of dropping a unit in training.
    """

    vocab_size: int
    hidden_size: int
    n_layers: int
    n_heads: int
    intermediate_size: int
    max_positions: int
    layer_norm_eps: float = 1e-12
    dropout: float = 0.1

    def shapes(self, n_columns: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor of a network with ``n_columns`` head columns."""
        hidden, inner = self.hidden_size, self.intermediate_size
        shapes: dict[str, tuple[int, ...]] = {
            "words.weight": (self.vocab_size, hidden),
            "positions.weight": (self.max_positions, hidden),
            "embedding_norm.weight": (hidden,),
            "embedding_norm.bias": (hidden,),
            "heads.weight": (n_columns, hidden),
            "heads.bias": (n_columns,),
        }
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

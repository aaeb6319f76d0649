"""Computes vectors of texts with the encoder of an embedded model, as features for your own classifier.

The engines run as they do for scores. Their last layer is the identity instead of the heads, so they give the encoder's
vectors, and beside them the column that says how much each token counts for loaded language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biasscore.engine import forks
from biasscore.engine.device import EngineOptions
from biasscore.engine.reader import Reader
from biasscore.engine.tokens import Tokenizer
from biasscore.errors import ModelError
from biasscore.predict import checkpoints
from biasscore.predict.open import open_reader
from biasscore.predict.pooling import attention_weights

Floats = NDArray[np.float32]

# Texts whose tokens' vectors are held at once: some 20 MB of sentences.
_TEXTS = 256


@dataclass(slots=True)
class Encoder:
    """Texts to vectors; a text that was seen before is not computed again.

    Attributes:
        fingerprint: of the model, as in ``Document.model``.
        width: numbers per vector, twice the encoder's.
        keep: texts whose vectors are remembered, the newest; each takes ``4 * width`` bytes.
    """

    fingerprint: str
    tokenizer: Tokenizer
    reader: Reader
    keep: int = 50_000
    _known: dict[str, Floats] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, model: str | Path, options: EngineOptions) -> Encoder:
        """Open the encoder of an embedded model, by name or path.

        Raises:
            ModelError: if there is no such model, it is broken, or it has no head for loaded.
            BackendError: if it does not run as requested.
        """
        forks.prepare()
        checkpoint = checkpoints.read(model)
        if not checkpoint.columns.has("loaded"):
            raise ModelError(
                f"the model {str(model)!r} does not give the score 'loaded', which vectors need; use 'base'"
            )
        weights = checkpoint.weights()
        hidden = weights["heads.weight"].shape[1]
        at = checkpoint.columns.pooled("loaded").attention
        attention = weights["heads.weight"][at : at + 1]
        weights["heads.weight"] = np.concatenate([np.eye(hidden), attention], dtype=np.float32)
        weights["heads.bias"] = np.zeros(hidden + 1, dtype=np.float32)
        tokenizer, reader = open_reader(checkpoint, weights, options)
        return cls(f"{checkpoint.name}@{checkpoint.fingerprint}/{reader.runs_on}", tokenizer, reader)

    @property
    def width(self) -> int:
        return 2 * (self.reader.n_columns - 1)

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Vectors of texts, each read as one sentence (a long one in overlapping windows).

        Returns:
            [texts, width]: the mean of the tokens' vectors, then their mean weighted by the loaded head's attention.
            Zeros for a text without tokens.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        found = dict(zip(new, self._computed(new), strict=True))
        vectors = [found[text] if text in found else self._known[text] for text in texts]
        self._known |= found
        for text in list(self._known)[: max(0, len(self._known) - self.keep)]:
            del self._known[text]
        return np.stack(vectors) if vectors else np.zeros((0, self.width), dtype=np.float32)

    def _computed(self, texts: Sequence[str]) -> Iterator[Floats]:
        for start in range(0, len(texts), _TEXTS):
            tokens = self.tokenizer(texts[start : start + _TEXTS])
            rows = self.reader(list(tokens.sequences())).rows
            sizes = np.diff(tokens.bounds)
            weights = attention_weights(rows[:, -1], np.repeat(np.arange(len(tokens)), sizes))
            for i, (first, last) in enumerate(zip(tokens.bounds[:-1], tokens.bounds[1:], strict=True)):
                own = rows[first:last, :-1]
                yield np.concatenate([own.sum(axis=0) / max(1, sizes[i]), weights[first:last] @ own])

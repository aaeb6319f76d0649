"""Is a text that a figure is reported on, or most of it, among the texts a model was trained on?

Two tests, after Brown et al. (2020, appendix C): equality of the normalised texts, and the share of a text's 8-word
sequences that also stand in a training text. One shared sequence proves little in news (a quoted sentence travels
through many articles), so a row counts as leaked from ``MOST`` of its sequences on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasscore.errors import TrainingError

GRAM = 8
MOST = 0.5

_WORD = re.compile(r"\w+")
_FACTOR = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of each checked text stands in the training texts.

    Attributes:
        equal: [rows], whether the normalised text is a training text.
        share: [rows], share of the text's 8-word sequences found in training texts, 0 to 1; 0 for shorter texts.
    """

    equal: NDArray[np.bool_]
    share: NDArray[np.float64]

    @property
    def leaked(self) -> NDArray[np.bool_]:
        """[rows], equal or sharing at least ``MOST`` of its sequences."""
        return self.equal | (self.share >= MOST)


def normalised(text: str) -> tuple[str, ...]:
    """The words of a text, without case, punctuation and compatibility forms of characters."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def overlap(training: Iterable[str], checked: Sequence[str]) -> Overlap:
    """Compare each checked text with all training texts.

    Memory grows with the checked texts only; training texts are read once, in order, so a generator will do.
    """
    words = [normalised(text) for text in checked]
    grams = [_grams(row) for row in words]
    wanted = np.unique(np.concatenate([*grams, np.empty(0, np.uint64)]))
    seen_texts, found = set[int](), np.zeros(len(wanted), dtype=bool)
    checked_texts = {hash(row) for row in words}
    for text in training:
        row = normalised(text)
        if (key := hash(row)) in checked_texts:
            seen_texts.add(key)
        found |= np.isin(wanted, _grams(row)) if len(row) > 10 * len(wanted) else _present(wanted, _grams(row))
    equal = np.array([hash(row) in seen_texts for row in words], dtype=bool)
    share = [found[np.searchsorted(wanted, row)].mean() if len(row) else 0.0 for row in grams]
    return Overlap(equal, np.array(share, dtype=np.float64))

"""Is a text that a figure is reported on, or most of it, among the texts a model was trained on?

Two tests, after Brown et al. (2020, appendix C): equality of the normalised texts, and the share of a text's 8-word
sequences that also stand in a training text. A sentence that shares even one can be spared; of long articles two in
three share one (a quoted sentence, the line under a newsletter), so there a row counts from ``MOST`` of them on.
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
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying by it loses no bits


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
    def touched(self) -> NDArray[np.bool_]:
        """[rows], equal or sharing any sequence: what is left out of figures on sentences."""
        return self.equal | (self.share > 0)

    @property
    def copied(self) -> NDArray[np.bool_]:
        """[rows], equal or sharing at least ``MOST`` of the sequences."""
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
    found = np.zeros(len(wanted), dtype=bool)
    checked_texts, equal_texts = set(words), set[tuple[str, ...]]()
    for row in map(normalised, training):
        if row in checked_texts:
            equal_texts.add(row)
        hashes = _grams(row)
        places = np.searchsorted(wanted, hashes)
        inside = places < len(wanted)
        found[places[inside][wanted[places[inside]] == hashes[inside]]] = True
    share = [float(found[np.searchsorted(wanted, hashes)].mean()) if len(hashes) else 0.0 for hashes in grams]
    return Overlap(np.array([row in equal_texts for row in words], dtype=bool), np.array(share, dtype=np.float64))


def assert_disjoint(training: Iterable[str], checked: Iterable[str]) -> None:
    """Refuse outlets that stand on both sides of a split.

    Raises:
        TrainingError: naming one of them.
    """
    shared = sorted(set(training) & set(checked) - {""})
    if shared:
        raise TrainingError(
            f"the outlet {shared[0]!r} is both in the training data and in the data that the recipe keeps out of "
            "training; remove the rows of this outlet from one of the two"
        )


def _grams(words: tuple[str, ...]) -> NDArray[np.uint64]:
    """One 64-bit hash for each sequence of ``GRAM`` words; none for a shorter text."""
    count = len(words) - GRAM + 1
    if count < 1:
        return np.empty(0, np.uint64)
    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
    rolled = np.zeros(count, np.uint64)
    for place in range(GRAM):
        rolled = rolled * _FACTOR + hashes[place : place + count]
    return rolled

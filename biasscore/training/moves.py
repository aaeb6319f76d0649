"""Sentences on what rises and falls: they teach that tone lies in what moves and how, not in the verb alone.

Company news had taught that what rises is good news. Each measure of ``data/moves.toml`` comes in several pairs that
differ in the direction alone. The sentences are made by rule, so they teach nothing but this.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

import numpy as np

PAIRS_PER_MEASURE = 6
# Tone of a measure that goes up.
_SIGNS = {"bad": -1, "good": 1, "neutral": 0}

Words = Mapping[str, Sequence[str]]


def sentences(seed: int) -> Iterator[tuple[str, int]]:
    """Each sentence and its tone: -1 bad news, 0 neither, 1 good news. Both of a pair follow one another."""
    file = resources.files("biasscore.training") / "data" / "moves.toml"
    words: Words = tomllib.loads(file.read_text(encoding="utf-8"))
    rng = np.random.default_rng(seed)
    for kind, sign in _SIGNS.items():
        for measure in words[kind]:
            for _ in range(PAIRS_PER_MEASURE):
                state = rng.bit_generator.state
                yield _sentence(measure, "up", words, rng), sign
                # The same draws again, so that nothing but the direction differs.
                rng.bit_generator.state = state
                yield _sentence(measure, "down", words, rng), -sign


def _sentence(measure: str, way: str, words: Words, rng: np.random.Generator) -> str:
    def one(name: str) -> str:
        return words[name][int(rng.integers(len(words[name])))]

    place, time, amount = one("place"), one("time"), one("amount")
    frame = rng.integers(8)
    if frame < 3:
        parts = [measure, one(way), amount, place, time]
    elif frame < 5:
        parts = [measure, one(f"{way}_whole"), place, time]
    elif frame == 5:
        parts = ["officials reported a", one(f"{way}_noun"), "in", measure, place, time]
    elif frame == 6:
        parts = [one("cause"), one(f"{way}_done"), measure, amount, place]
    else:
        parts = ["figures show that", measure, one(way), amount, place, time]
    text = " ".join(part for part in parts if part)
    return text[0].upper() + text[1:] + "."

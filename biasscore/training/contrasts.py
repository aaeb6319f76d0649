"""Sentences with named targets of known tone: one praised and one blamed, or both plainly reported.

In most labelled sentences all targets have one tone, so a model can do well by giving every target the tone of its
sentence. Here the same two names change places, and only the words around each name say which is which.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np

SENTENCES_PER_FRAME = 14
_TONES = {"good": 1, "bad": -1, "plain": 0}

Words = Mapping[str, Sequence[str]]


def targets(seed: int) -> Iterator[dict[str, Any]]:
    """Each target of each sentence: text, start, end, polarity (-1, 0 or 1)."""
    file = resources.files("biasscore.training") / "data" / "contrasts.toml"
    words: Words = tomllib.loads(file.read_text(encoding="utf-8"))
    rng = np.random.default_rng(seed)
    for frame in words["frames"]:
        for _ in range(SENTENCES_PER_FRAME):
            yield from _sentence(frame, words, rng)


def _sentence(frame: str, words: Words, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Fill a frame: ``[good]`` is a name toward which the sentence is positive, ``<verb>`` a word of a list."""
    names = [words["names"][i] for i in rng.permutation(len(words["names"]))]
    text, spots, described = "", [], False
    for part in frame.replace("[", "|[").replace("]", "]|").replace("<", "|<").replace(">", ">|").split("|"):
        if part.startswith("["):
            name = names.pop()
            # "the cruel army", not "the cruel the army".
            name = name.removeprefix("the ") if described else name
            spots.append((len(text), len(text) + len(name), _TONES[part[1:-1]]))
            text += name
        elif part.startswith("<"):
            choices = words[part[1:-1]]
            text += choices[int(rng.integers(len(choices)))]
            described = part in {"<kind>", "<mean>"}
        else:
            text += part
            described = described and part == " "
    text = text[0].upper() + text[1:]
    for start, end, polarity in spots:
        yield {"text": text, "start": start, "end": end, "polarity": polarity}

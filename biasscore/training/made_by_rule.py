"""Sentences made by rule from lists of words: what they teach is how a sentence says something, not what it is about.

*Moves* teach that tone lies in what moves and how, not in the verb alone: company news had taught that what rises is
good news. *Contrasts* teach whom a sentence speaks of. In most labelled sentences all targets have one tone, so a model
can do well by giving every target the tone of its sentence. Here the same two names change places, and only the words
around each name say which is praised and which is blamed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np

PAIRS_PER_MEASURE = 6
SENTENCES_PER_FRAME = 14
# Tone of a measure that goes up.
_SIGNS = {"bad": -1, "good": 1, "neutral": 0}
_TONES = {"good": 1, "bad": -1, "plain": 0}

Words = Mapping[str, Sequence[str]]


def moves(seed: int) -> Iterator[tuple[str, int]]:
    """Each sentence on what rises or falls, and its tone: -1 bad news, 0 neither, 1 good news.

    Each measure of ``data/moves.toml`` comes in several pairs that differ in the direction alone; both sentences of a
    pair follow one another.
    """
    words = _words("moves.toml")
    rng = np.random.default_rng(seed)
    for kind, sign in _SIGNS.items():
        for measure in words[kind]:
            for _ in range(PAIRS_PER_MEASURE):
                state = rng.bit_generator.state
                yield _move(measure, "up", words, rng), sign
                # The same draws again, so that nothing but the direction differs.
                rng.bit_generator.state = state
                yield _move(measure, "down", words, rng), -sign


def contrasts(seed: int) -> Iterator[dict[str, Any]]:
    """Each target of sentences with one praised and one blamed, or both plainly reported.

    Yields:
        text, start, end, polarity (-1, 0 or 1).
    """
    words = _words("contrasts.toml")
    rng = np.random.default_rng(seed)
    for frame in words["frames"]:
        for _ in range(SENTENCES_PER_FRAME):
            yield from _contrast(frame, words, rng)


def _words(file: str) -> Words:
    words: Words = tomllib.loads((resources.files("biasscore.training") / "data" / file).read_text(encoding="utf-8"))
    return words


def _move(measure: str, way: str, words: Words, rng: np.random.Generator) -> str:
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


def _contrast(frame: str, words: Words, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
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

"""Scare quotes: short phrases in marks by which the author stands apart from a word.

Nobody is named for any of the phrases that get here, but most are terms or echoes of an earlier quotation, and syntax
rarely shows irony. Two signs show it plainly. For all else a small logistic regression weighs what can be seen
(``signs.py``): the words inside and beside the marks, signs of contempt, echoes in the text, whether the text argues or
reports. Its weights are a table of names and numbers in ``scare.json``, fitted by ``python -m benchmarks.scare`` on
phrases in news articles that were read and labelled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp

from biasscore.segment.phrases import Phrase
from biasscore.segment.signs import Surroundings, features, shows_plainly

_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """A logistic regression over named features.

    Attributes:
        weights: by name; a feature without one counts nothing.
        threshold: probability from which a phrase is listed.
    """

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, seen: Mapping[str, float]) -> float:
        """That the author stands apart from the phrase, 0 to 1."""
        logit = self.bias + sum(self.weights.get(name, 0.0) * value for name, value in seen.items())
        return 1 / (1 + exp(-logit))


@cache
def decision() -> Decision:
    """The decision that comes with the library."""
    table = json.loads(resources.files(__package__).joinpath("scare.json").read_text(encoding="utf-8"))
    return Decision(table["bias"], table["weights"], table["threshold"])


def may_be_scare(phrase: Phrase) -> bool:
    """Is it short enough to be judged?"""
    return bool(phrase.inner) and 0 < len(phrase.words) <= _MOST_WORDS


def is_scare(phrase: Phrase, around: Surroundings) -> bool:
    """Do the marks say that the author stands apart from the words of a phrase that ``may_be_scare``?"""
    learnt = decision()
    return shows_plainly(phrase) or learnt.probability(features(phrase, around)) >= learnt.threshold

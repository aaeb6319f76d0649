"""Logits to probabilities: one monotone affine map per head, and the thresholds of the labels.

For a binary head this is Platt scaling (Platt 1999) with a positive slope, for a softmax head temperature and bias
scaling (Guo et al. 2017 with class biases). An affine map keeps the logit a sum of its tokens' parts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.heads import MAPS, Head
from biasscore.results import Label

Floats = NDArray[np.float64]
_LARGEST = 1e9


def sigmoid(logits: NDArray[np.floating[Any]]) -> Floats:
    """Logistic function without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))


def softmax(logits: NDArray[np.floating[Any]]) -> Floats:
    """Softmax over the last axis."""
    shifted = np.asarray(logits, dtype=np.float64)
    exp = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class AffineMap:
    """``scale · logit + shift``, then sigmoid (one logit) or softmax (several).

    Attributes:
        scale: > 0, so that the order of scores never changes.
        shift: one value per logit.
    """

    scale: float
    shift: tuple[float, ...]

    def __post_init__(self) -> None:
        # Larger ones would overflow on logits that are finite.
        if not 0 < self.scale <= _LARGEST:
            raise ValueError(f"'scale' must be above 0 and at most {_LARGEST:g}, not {self.scale}")
        if not all(abs(s) <= _LARGEST for s in self.shift):
            raise ValueError(f"'shift' must have only numbers from -{_LARGEST:g} to {_LARGEST:g}, not {self.shift}")

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> Floats:
        """[n, classes] calibrated probabilities, or [n] for a binary head given [n, 1] logits; NaN stays NaN."""
        mapped = self.scale * np.asarray(logits, dtype=np.float64) + np.asarray(self.shift)
        return sigmoid(mapped[..., 0]) if len(self.shift) == 1 else softmax(mapped)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a checkpoint's logits become probabilities and labels.

    Attributes:
        maps: by name, those of every head that the model has (``heads.Head.maps``).
        prevalence: share of loaded sentences for which ``loaded`` is calibrated, in (0, 1).
        neutral_below: a sentence is labelled neutral when ``loaded`` is at most this.
        loaded_above: a sentence is labelled loaded when ``loaded`` is at least this.
        span_above: a word belongs to a span when its probability is at least this.
    """

    maps: Mapping[str, AffineMap]
    prevalence: float
    neutral_below: float
    loaded_above: float
    span_above: float

    def __post_init__(self) -> None:
        for name, found in self.maps.items():
            if name in MAPS and len(found.shift) != MAPS[name].n_logits:
                raise ValueError(f"'shift' of {name!r} must have {MAPS[name].n_logits} numbers, not {len(found.shift)}")
        for name in ("neutral_below", "loaded_above", "prevalence", "span_above"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name!r} must be between 0 and 1, not {getattr(self, name)}")
        if self.neutral_below > self.loaded_above:
            raise ValueError(
                f"'neutral_below' ({self.neutral_below}) must not be larger than 'loaded_above' ({self.loaded_above})"
            )

    def has(self, head: Head) -> bool:
        """Whether every map of a head is there."""
        return all(name in self.maps for name in head.maps)

    def label(self, loaded: float) -> Label:
        """Read a calibrated ``loaded`` against the thresholds."""
        if loaded >= self.loaded_above:
            return "loaded"
        return "neutral" if loaded <= self.neutral_below else "uncertain"

    def with_prior(self, prior: float) -> Calibration:
        """The same model where a share ``prior`` of sentences is loaded (Saerens et al. 2002).

        Raises:
            ValueError: unless 0 < prior < 1.
        """
        if not isinstance(prior, Real) or not 0 < prior < 1:
            raise ValueError(
                f"--prior (in Python: prior) must be a number between 0 and 1, for example 0.2, not {prior!r}"
            )
        loaded = self.maps["loaded"]
        move = math.log(prior / (1 - prior)) - math.log(self.prevalence / (1 - self.prevalence))
        maps = {**self.maps, "loaded": AffineMap(loaded.scale, (loaded.shift[0] + move,))}
        return replace(self, maps=maps, prevalence=prior)

    def to_dict(self) -> dict[str, Any]:
        return {
            "maps": {head: {"scale": m.scale, "shift": list(m.shift)} for head, m in self.maps.items()},
            "prevalence": self.prevalence,
            "neutral_below": self.neutral_below,
            "loaded_above": self.loaded_above,
            "span_above": self.span_above,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """Read what ``to_dict`` wrote.

        Raises:
            KeyError, TypeError, ValueError: if a part is missing or out of range.
        """
        maps = {head: AffineMap(float(m["scale"]), tuple(map(float, m["shift"]))) for head, m in values["maps"].items()}
        numbers = {name: float(values[name]) for name in ("prevalence", "neutral_below", "loaded_above", "span_above")}
        return cls(maps=maps, **numbers)


UNCALIBRATED = Calibration(
    maps={name: AffineMap(1.0, (0.0,) * head.n_logits) for name, head in MAPS.items()},
    prevalence=0.5,
    neutral_below=0.25,
    loaded_above=0.75,
    span_above=0.5,
)

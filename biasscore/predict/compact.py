"""Weights in few bytes: matrices as int8 with one float16 scale per row, everything else as float16.

A row of an encoder's matrix has values of one size, so 255 steps up to its largest value lose little (docs/training.md
has the figures). The last layer stays float16; it is small, and every score is read from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What the name of a matrix's scales ends with.
SCALE = ".scale"

_STEPS = 127
# Below this width the scales would save little.
_MIN_COLUMNS = 64
_LAST_LAYER = "heads."


def packed(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Tensors as they are stored: int8 matrices [rows, columns], float16 scales [rows] beside them, float16 others."""
    stored: dict[str, NDArray[Any]] = {}
    for name, tensor in tensors.items():
        if tensor.ndim != 2 or tensor.shape[1] < _MIN_COLUMNS or name.startswith(_LAST_LAYER):
            stored[name] = np.ascontiguousarray(tensor, dtype=np.float16)
            continue
        scale = (np.abs(tensor).max(axis=1) / _STEPS).astype(np.float16)
        # The scale as it will be read, so that its rounding is made good by the steps.
        step = scale.astype(np.float32)[:, None]
        steps = np.divide(tensor, step, out=np.zeros(tensor.shape, np.float32), where=step > 0)
        stored[name] = np.clip(np.round(steps), -_STEPS, _STEPS).astype(np.int8)
        stored[name + SCALE] = scale
    return stored


def unpacked(stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """The tensors as float32."""
    scales = {name for name in stored if name.endswith(SCALE) and name.removesuffix(SCALE) in stored}
    tensors: dict[str, NDArray[np.float32]] = {}
    for name in stored.keys() - scales:
        tensors[name] = stored[name].astype(np.float32)
        if name + SCALE in scales:
            tensors[name] *= stored[name + SCALE].astype(np.float32)[:, None]
    return tensors

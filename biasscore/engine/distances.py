"""Attention by distance: MPNet adds a learned number to each attention score, one for each head and bucket of distance.

All layers share the numbers (Song et al. 2020). The buckets are those of T5 (Raffel et al. 2020): 16 for keys at or
before the query, 16 for keys behind it; the first 8 of each hold one distance, the others grow by √2 up to 128 tokens.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BUCKETS = 32
"""What every published MPNet has; transformers computes no other number."""

_EXACT = 8
_LAST = 15


@lru_cache(maxsize=4)
def buckets(longest: int) -> NDArray[np.int64]:
    """[2 longest − 1] bucket of each distance (key's position − query's), from −(longest − 1) on."""
    distance = np.arange(1 - longest, longest)
    size = np.abs(distance)
    # 8 + floor(2 log2(size / 8)), without the rounding of logarithms.
    wide = _EXACT - 1 + np.frexp(np.maximum(size * size // _EXACT**2, 1).astype(np.float64))[1]
    bucket = np.where(size < _EXACT, size, np.minimum(wide, _LAST))
    return np.asarray(bucket + np.where(distance > 0, BUCKETS // 2, 0), dtype=np.int64)


def square(length: int) -> NDArray[np.int64]:
    """[length, length] bucket of each query (row) and key (column) of a sequence."""
    place = np.arange(length)
    found: NDArray[np.int64] = buckets(length)[place[None, :] - place[:, None] + length - 1]
    return found

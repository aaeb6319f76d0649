"""A tiny encoder with random weights, and batches for it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.base import Ids
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import EncoderConfig
from biasscore.engine.distances import BUCKETS

TINY = EncoderConfig(vocab_size=200, hidden_size=64, n_layers=2, n_heads=4, intermediate_size=128, max_positions=128)

# The same with attention by distance, as MPNet has it.
DISTANT = replace(TINY, distance_buckets=BUCKETS)


@cache
def random_weights(encoder: EncoderConfig = TINY, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Weights of BERT's usual spread, norms and biases away from 1 and 0 so that none can be left out unseen."""
    rng = np.random.default_rng(seed)
    spread = {"weight": 0.08, "bias": 0.1}
    return {
        name: (rng.normal(0, spread[name.rpartition(".")[2]], shape) + ("norm.weight" in name)).astype(np.float32)
        for name, shape in encoder.shapes(N_COLUMNS).items()
    }


def sentences(count: int, seed: int = 1, longest: int = 90) -> list[Ids]:
    """Token ids of lengths as in news, 2 to ``longest``."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.gamma(4, 7, count).astype(int) + 2, 2, longest)
    return [rng.integers(0, TINY.vocab_size, n).astype(np.int32) for n in lengths]

"""Pools token rows into logits: learned attention (Bahdanau et al. 2015, with one query per head), linear values.

The logit of a head over a group of tokens is

    logit = Σ_t softmax(attention)_t · value_t ,

a plain sum of the tokens' parts, because the head is linear. So one forward pass serves any grouping of the tokens
(the author's words, each quotation, a named target), and every logit can be taken apart exactly. The bias of the linear
layer passes through the pooling unchanged, since the weights sum to 1.

No torch here: pooling runs on the small [tokens, columns] matrix after the encoder.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.columns import PooledColumns

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def attention_weights(attention: Floats, group: Ints) -> Floats:
    """Softmax of ``attention`` within each group.

    Args:
        attention: [tokens], unbounded.
        group: [tokens], group index of each token, −1 for tokens outside all groups.

    Returns:
        [tokens] weights that sum to 1 in each group; 0 outside all groups.
    """
    weights = np.zeros(len(attention), dtype=np.float32)
    inside = np.flatnonzero(group >= 0)
    if not len(inside):
        return weights
    order = inside[np.argsort(group[inside], kind="stable")]
    sorted_group = group[order]
    starts = np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])
    sizes = np.diff(np.r_[starts, len(order)])
    scores = attention[order].astype(np.float64)
    exp = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    weights[order] = exp / np.repeat(np.add.reduceat(exp, starts), sizes)
    return weights


def pool(projection: Floats, columns: PooledColumns, group: Ints, n_groups: int) -> Floats:
    """Logits of one head per group of tokens.

    Args:
        projection: [tokens, columns].
        columns: which of them to pool.
        group: [tokens], group index of each token, −1 for tokens outside all groups.
        n_groups: number of groups.

    Returns:
        [n_groups, classes] logits; NaN in the rows of empty groups.
    """
    weights = attention_weights(projection[:, columns.attention], group)
    values = projection[:, columns.values]
    inside = group >= 0
    counts = np.bincount(group[inside], minlength=n_groups)
    sums = [np.bincount(group[inside], (weights * column)[inside], minlength=n_groups) for column in values.T]
    logits = np.stack(sums, axis=1).astype(np.float32)
    logits[counts == 0] = np.nan
    return logits


def parts(projection: Floats, columns: PooledColumns, group: Ints, bias: Floats) -> Floats:
    """Each token's part of its group's logit, the bias taken out: ``bias + Σ parts == pool(...)``.

    Args:
        bias: [classes], the linear layer's bias in the head's value columns.

    Returns:
        [tokens, classes]; 0 outside all groups.
    """
    weights = attention_weights(projection[:, columns.attention], group)
    return np.asarray(weights[:, None] * (projection[:, columns.values] - bias), dtype=np.float32)

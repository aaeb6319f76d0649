"""Pooling by token group in torch: the same numbers as ``predict.pooling.pool``, with gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from biasscore.engine.columns import PooledColumns


def pool(projection: Tensor, columns: PooledColumns, group: Tensor, n_groups: int) -> Tensor:
    """Logits of one head per group of tokens.

    Args:
        projection: [tokens, columns].
        group: [tokens], group index of each token, −1 for tokens outside all groups.

    Returns:
        [n_groups, classes] float32 logits; 0 in the rows of empty groups.
    """
    return pool_values(projection[:, columns.attention], projection[:, columns.values], group, n_groups)


def pool_values(attention: Tensor, values: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """Softmax of ``attention`` within each group, then the weighted sum of ``values``; [n_groups, classes] float32."""
    inside = (group >= 0).nonzero().squeeze(1)
    group, scores, values = group[inside], attention[inside].float(), values[inside].float()
    # The maximum only keeps exp within range; it cancels out, so it needs no gradient.
    tops = scores.new_full((n_groups,), -torch.inf).scatter_reduce(0, group, scores.detach(), "amax")
    exp = torch.exp(scores - tops[group])
    total = exp.new_zeros(n_groups).index_add(0, group, exp)
    weights = exp / total[group]
    return values.new_zeros(n_groups, values.shape[1]).index_add(0, group, weights[:, None] * values)

"""The loss: cross-entropy of each head on the rows that were asked about it, with soft targets."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from biasscore.engine.columns import EVERY_HEAD, STAGE_HEADS, PooledColumns
from biasscore.training.batches import Batch
from biasscore.training.recipe import Weights

LOADED, SUBJECTIVITY, SENTIMENT, FRAMING = map(STAGE_HEADS.pooled, ("loaded", "subjectivity", "sentiment", "framing"))

TARGETS = EVERY_HEAD.pooled("targets")

Logits = dict[str, Tensor]


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


def logits(projection: Tensor, batch: Batch) -> Logits:
    """Pool a batch's projections into the logits of every head.

    Returns:
        loaded, subjectivity [examples, 1]; sentiment, framing, targets [examples, 3]; span [tokens]; float32. Sentence
        heads read the first sentence of an example.
    """
    n_sentences = len(batch.lengths)
    values = pool(projection, FRAMING, batch.words, n_sentences)
    gate = pool(projection, STAGE_HEADS.gate("framing"), batch.words, n_sentences)
    return {
        "loaded": pool(projection, LOADED, batch.author, n_sentences)[batch.first],
        "span": projection[:, STAGE_HEADS.values("spans").start].float(),
        "subjectivity": pool(projection, SUBJECTIVITY, batch.words, n_sentences)[batch.first],
        "sentiment": pool(projection, SENTIMENT, batch.words, n_sentences)[batch.first],
        "framing": pool_values(gate[:, 0], values, batch.passage, batch.n_examples),
        "targets": pool(projection, TARGETS, batch.mention, batch.n_examples),
    }


def losses(found: Logits, batch: Batch) -> dict[str, Tensor]:
    """Loss of each head: the sum over the examples that were asked, divided by all examples of the batch."""
    span = _binary(found["span"], batch.marked)
    tokens = batch.marked.isfinite().float()
    sentence = batch.words.clamp(min=0)
    total = span.new_zeros(len(batch.lengths)).index_add(0, sentence, span)
    count = tokens.new_zeros(len(batch.lengths)).index_add(0, sentence, tokens)
    by_sentence = total / count.clamp(min=1)
    by_example = {
        "loaded": _binary(found["loaded"][:, 0], batch.loaded),
        "span": by_sentence[batch.first],
        "bag": _bag(found["span"], batch),
        "subjectivity": _binary(found["subjectivity"][:, 0], batch.subjective),
        "sentiment": _classes(found["sentiment"], batch.tone),
        "framing": _classes(found["framing"], batch.lean),
        "targets": _classes(found["targets"], batch.toward),
    }
    return {head: (batch.weight * loss).sum() / batch.n_examples for head, loss in by_example.items()}


def _bag(span: Tensor, batch: Batch) -> Tensor:
    """What a sentence's label says of its words where none are marked; [examples].

    A loaded sentence holds at least one loaded word, a neutral one none: the noisy-or of multiple-instance learning
    (Viola, Platt and Zhang 2005), over the author's words. So tens of thousands of sentences without marks teach words.
    """
    sentence, inside = batch.author.clamp(min=0), (batch.author >= 0).float()
    zeros = span.new_zeros(len(batch.lengths))
    marks = zeros.index_add(0, sentence, inside * batch.marked.isfinite())[batch.first]
    # log p(no word is loaded); kept off 0, where log(1 - exp(.)) has no gradient.
    none = zeros.index_add(0, sentence, -inside * F.softplus(span))[batch.first].clamp(max=-1e-4)
    loaded = batch.loaded.nan_to_num()
    loss = -loaded * (-none.expm1()).log() - (1 - loaded) * none
    return torch.where(batch.loaded.isfinite() & (marks == 0), loss, loss.new_zeros(()))


def combine(by_head: dict[str, Tensor], weights: Weights, bag: float = 0.0) -> Tensor:
    """The one number that is minimised; ``bag`` is the weight of that loss."""
    parts = [(bag if head == "bag" else getattr(weights, head)) * loss for head, loss in by_head.items()]
    return torch.stack(parts).sum()


def _binary(found: Tensor, target: Tensor) -> Tensor:
    asked = target.isfinite()
    loss = F.binary_cross_entropy_with_logits(found, target.nan_to_num(), reduction="none")
    return torch.where(asked, loss, loss.new_zeros(()))


def _classes(found: Tensor, target: Tensor) -> Tensor:
    asked = target[:, 0].isfinite()
    loss = -(target.nan_to_num() * found.log_softmax(-1)).sum(-1)
    return torch.where(asked, loss, loss.new_zeros(()))

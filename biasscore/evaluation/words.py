"""Loaded words as judged: each word by itself, and neighbouring words as one span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import Floats, Statistic
from biasscore.evaluation.metrics import Range, auc, exact_spans, partial_spans, positive_f1
from biasscore.predict.spans import JOINT
from biasscore.training.examples import WORD

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Every word of a set of rows.

    Attributes:
        owner: [words] index of the word's row.
        truth, predicted: [words] 0 or 1.
        scores: [words] probability of being marked; None where only the decision is known.
        spans, true_spans: neighbouring predicted and true words of each row, joined.
    """

    owner: Ints
    truth: Ints
    predicted: Ints
    scores: Floats | None
    spans: tuple[tuple[Range, ...], ...]
    true_spans: tuple[tuple[Range, ...], ...]

    def only(self, kept: NDArray[np.bool_]) -> Words:
        """The words of the rows where ``kept`` is True, with new row numbers."""
        inside = kept[self.owner]
        picked = np.flatnonzero(kept)
        return Words(
            (np.cumsum(kept) - 1)[self.owner[inside]],
            self.truth[inside],
            self.predicted[inside],
            None if self.scores is None else self.scores[inside],
            tuple(self.spans[i] for i in picked),
            tuple(self.true_spans[i] for i in picked),
        )

    def statistics(self) -> dict[str, Statistic]:
        """Word F1 and AUC, exact and partial span F1, as statistics over rows: a row brings all its words along."""
        found = {
            "words.f1": positive_f1(self.truth, self.predicted, self.owner),
            "spans.exact_f1": exact_spans(self.spans, self.true_spans).f1,
            "spans.partial_f1": partial_spans(self.spans, self.true_spans).f1,
        }
        if self.scores is not None:
            found["words.auc"] = auc(self.truth, self.scores, self.owner)
        return found


def words_of_spans(texts: Sequence[str], spans: Sequence[Sequence[Range]], marked: Sequence[Sequence[Range]]) -> Words:
    """Words of a system that gives spans only: a word is predicted, or true, when a range overlaps it."""
    owner, truth, predicted = [], [], []
    for row, (text, said, true) in enumerate(zip(texts, spans, marked, strict=True)):
        for word in WORD.finditer(text):
            owner.append(row)
            predicted.append(_touches(word.span(), said))
            truth.append(_touches(word.span(), true))
    return Words(
        np.array(owner, dtype=np.int64),
        np.array(truth, dtype=np.int64),
        np.array(predicted, dtype=np.int64),
        None,
        tuple(tuple(each) for each in spans),
        tuple(joined(text, ranges) for text, ranges in zip(texts, marked, strict=True)),
    )


def joined(text: str, words: Iterable[Range]) -> tuple[Range, ...]:
    """Neighbouring words, with nothing but spaces, hyphens and apostrophes between them, as one range."""
    spans: list[Range] = []
    for start, end in sorted(words):
        if spans and JOINT.fullmatch(text, spans[-1][1], start):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)


def _touches(word: Range, ranges: Iterable[Range]) -> bool:
    return any(start < word[1] and word[0] < end for start, end in ranges)

"""What a system says of a set of rows, in one shape for every model and baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import Floats
from biasscore.errors import InputError
from biasscore.evaluation.labelled_rows import RowSet
from biasscore.evaluation.words import Words, words_of_spans
from biasscore.heads import LOADED, Head
from biasscore.results import Document, Label, Paragraph

if TYPE_CHECKING:
    from biasscore.scorer import Scorer

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One system's answers, in the order of the rows.

    Attributes:
        predicted: [n] class indices.
        scores: [n] of class 1, or [n, classes]; higher means more likely.
        probabilities: whether the scores are meant as probabilities; else they only rank.
        labels: what ``label`` would be of each row; None where the system gives none.
        words: what it says of every word; None where the rows are not marked, or the system marks nothing.
        answered: [n], False where it had nothing to say; such rows hold no meaning in the other fields.
    """

    predicted: Ints
    scores: Floats
    probabilities: bool
    answered: Bools
    labels: tuple[Label | None, ...] | None = None
    words: Words | None = None


def from_probabilities(
    probabilities: Floats,
    labels: tuple[Label | None, ...] | None = None,
    words: Words | None = None,
) -> Answers:
    """Answers of a model that gives probabilities; the class is the likeliest, NaN stands for no answer."""
    flat = probabilities.ndim == 1
    answered = ~np.isnan(probabilities if flat else probabilities[:, 0])
    filled = np.where(np.isnan(probabilities), 0.0, probabilities)
    predicted = (filled >= 0.5).astype(np.int64) if flat else filled.argmax(axis=1)
    return Answers(predicted, filled, probabilities=True, answered=answered, labels=labels, words=words)


def ask(scorer: Scorer, rows: RowSet) -> Answers:
    """Score each row as a text of its own.

    A row of several sentences gets the mean that a passage of them would have; a row all in quotation marks has no
    author words, so ``quoted_loaded`` answers for it.

    Raises:
        InputError: if the model does not do the task at all.
    """
    passages = [whole(document) for document in scorer.stream(rows.texts)]
    probabilities = np.array([_probabilities(passage, rows.task) for passage in passages], dtype=np.float64)
    flat = probabilities[:, 0] if probabilities.shape[1] == 1 else probabilities
    if rows.task is LOADED:
        answers = from_probabilities(flat, tuple(passage.label for passage in passages), _words(passages, rows))
    else:
        answers = from_probabilities(flat)
    if not answers.answered.any():
        raise InputError(
            f"the model does not give the score {rows.task.name!r}; choose another model, or name another score with "
            "--task (in Python: task)"
        )
    return answers


def _words(passages: Sequence[Paragraph], rows: RowSet) -> Words | None:
    if rows.marked is None:
        return None
    spans = [tuple((span.start, span.end) for span in passage.spans) for passage in passages]
    return words_of_spans(rows.texts, spans, rows.marked)


def whole(document: Document) -> Paragraph:
    """All sentences of a document as one passage, headings included: a labelled row may look like a heading."""
    return Paragraph(document.text, 0, len(document.text), "text", document.framing, document.sentences)


def _probabilities(passage: Paragraph, task: Head) -> Sequence[float]:
    """One number for a head of two classes, else one per class; NaN where the model says nothing."""
    found = getattr(passage, task.field)
    if found is None and task is LOADED:
        found = passage.quoted_loaded
    if found is None:
        return (float("nan"),) * task.n_logits
    return (found,) if task.n_logits == 1 else tuple(found.to_dict().values())

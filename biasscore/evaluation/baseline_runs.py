"""Runs the baselines on the rows that a model is judged on.

They are taught by the rows that the model was taught by; for a table, by the table's other rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biasscore.errors import MissingExtraError
from biasscore.evaluation.answers import Answers
from biasscore.evaluation.baselines import LEARNING, Baseline, Training, baselines_of, lexicon
from biasscore.evaluation.figures import Rival
from biasscore.evaluation.labelled_rows import RowSet, row_set
from biasscore.evaluation.out_of_fold import PARAGRAPHS
from biasscore.evaluation.training_rows import Learnable
from biasscore.heads import FRAMING
from biasscore.training.corpora import Row
from biasscore.training.outlets import ARTICLES_AN_OUTLET, mask_outlet, of_each_outlet
from biasscore.training.predictions import row_id

Part = tuple[NDArray[np.bool_], Answers]

# With fewer, a baseline would only be a straw man.
_FEWEST_ROWS = 50
# Shorter ones are bylines and credits.
_FEWEST_CHARS = 40
# Articles of an outlet whose paragraphs are learnt from: there are many, and each fold fits all word pairs anew.
_PARAGRAPHS_OF = 60


@dataclass(frozen=True, slots=True)
class Rivals:
    """The baselines that were asked for.

    Attributes:
        names: of ``baselines.NAMES``.
        notes: gathers what had to be left out.
    """

    trained_on: Learnable
    names: tuple[str, ...]
    notes: list[str]

    def on(self, rows: RowSet) -> dict[str, Rival]:
        """Each baseline's answers; those that learn do so once a fold, without that fold's rows."""
        found = {}
        for name, baseline in baselines_of(rows.task).items():
            if name not in self.names:
                continue
            try:
                rival = self._taught(rows, baseline) if baseline in LEARNING else _untaught(rows, baseline)
            except MissingExtraError as error:
                self.notes.append(f"{name} is left out: {error}")
                continue
            if rival:
                found[name] = rival
            else:
                self.notes.append(f"{name} is left out for {rows.dataset}: {_why(baseline)}")
        return found

    def _taught(self, rows: RowSet, baseline: Baseline) -> Rival | None:
        """None where there are too few rows to learn from, or for a lexicon no marked words."""
        ids = np.array([row_id(text) for text in rows.texts])
        folds = np.zeros(len(rows), dtype=np.int64) if rows.folds is None else rows.folds
        parts: list[Part] = []
        trained = 0
        for fold in np.unique(folds):
            inside = folds == fold
            judged = rows.only(inside)
            training = self._training(rows, self.trained_on.learnable(judged, ids[inside].tolist()))
            if len(training) < _FEWEST_ROWS or len(np.unique(training.truth)) < 2:
                return None
            if baseline is lexicon and not training.marked:
                return None
            trained = max(trained, len(training))
            try:
                parts.append((inside, baseline(rows.task, training, judged.texts)))
            except ValueError:  # of scikit-learn: no word stands in two texts
                return None
        return Rival(_joined(parts), trained)

    def _training(self, rows: RowSet, found: list[Row]) -> Training:
        """Rows with marked words first, as ``Training`` has it; as many articles as the model's head is fitted on."""
        if rows.task is FRAMING:
            recipe, whole = self.trained_on.recipe, not rows.split.endswith(PARAGRAPHS)
            fitted = recipe.framing.per_outlet if recipe and recipe.framing else ARTICLES_AN_OUTLET
            chosen = of_each_outlet(found, fitted if whole else min(fitted, _PARAGRAPHS_OF))
            masked = [replace(row, text=mask_outlet(row.text, row.outlet, row.authors)) for row in chosen]
            found = masked if whole else _paragraphs(masked)
        found = sorted(found, key=lambda row: row.marked is None)
        marked = row_set(rows.task, [row for row in found if row.marked is not None], "train").marked
        every = row_set(rows.task, found, "train")
        return Training(every.texts, every.truth, marked or ())


def _why(baseline: Baseline) -> str:
    if baseline is lexicon:
        return "there are no rows with marked words to learn from"
    return f"there are fewer than {_FEWEST_ROWS} other labelled rows to learn from, or they have one label or no words"


def _untaught(rows: RowSet, baseline: Baseline) -> Rival:
    return Rival(baseline(rows.task, Training((), np.empty(0, dtype=np.int64)), rows.texts), 0)


def _paragraphs(articles: Sequence[Row]) -> list[Row]:
    """Each paragraph with its article's lean, so that a baseline is taught on what it is judged on."""
    parts = ((row, part) for row in articles for part in row.text.split("\n\n") if len(part) >= _FEWEST_CHARS)
    return [replace(row, text=part) for row, part in parts]


def _joined(parts: Sequence[Part]) -> Answers:
    """The folds' answers, each at its rows."""
    first, n = parts[0][1], len(parts[0][0])
    predicted, scores = np.zeros(n, dtype=np.int64), np.zeros((n, *first.scores.shape[1:]))
    for inside, answers in parts:
        predicted[inside], scores[inside] = answers.predicted, answers.scores
    return replace(first, predicted=predicted, scores=scores, answered=np.ones(n, dtype=bool))

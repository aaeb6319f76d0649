"""Which rows a model learnt from: what its recipe reads and does not hold out for good."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from biasscore.errors import ModelError
from biasscore.evaluation.labelled_rows import HELD_OUT, RowSet, rows_of, truth_of
from biasscore.heads import FRAMING, Head
from biasscore.predict import checkpoints
from biasscore.training.corpora import CORPORA, Row, read_corpus
from biasscore.training.outlets import of_each_outlet
from biasscore.training.recipe import Recipe, read_recipe


@dataclass(frozen=True, slots=True)
class Library:
    """The corpora of a data folder, each read once."""

    folder: Path
    _read: dict[str, tuple[Row, ...]] = field(default_factory=dict, repr=False)

    def rows(self, corpus: str) -> tuple[Row, ...]:
        """All rows of a corpus; none where the folder lacks its file."""
        if corpus not in self._read:
            file = CORPORA[corpus].file
            there = not file or (self.folder / file).is_file()
            self._read[corpus] = tuple(read_corpus(corpus, self.folder)) if there else ()
        return self._read[corpus]


class Learnable(Protocol):
    """Where baselines find rows to learn from."""

    @property
    def recipe(self) -> Recipe | None:
        """The recipe of the model that learnt from the same rows; None where there is none."""

    def learnable(self, judged: RowSet, without: Collection[str]) -> list[Row]:
        """What a baseline may learn from to be judged on ``judged``, less the row ids ``without``."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table that baselines may learn from: of its other splits, or of its other folds."""

    rows: RowSet
    recipe: None = None

    def learnable(self, judged: RowSet, without: Collection[str]) -> list[Row]:
        """The table's rows, without those judged; from other outlets where outlets are what is judged."""
        outlets, left_out = set(judged.outlets) - {""} if judged.task is FRAMING else set(), set(without)
        return [row for row in rows_of(self.rows) if row.row not in left_out and row.outlet not in outlets]


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """A model's training rows.

    Attributes:
        recipe: the model's; None for a foreign model, of whose training nothing is known.
    """

    library: Library
    recipe: Recipe | None

    @classmethod
    def of(cls, model: str | Path, library: Library) -> TrainedOn:
        """Read the recipe kept with a model, if there is one."""
        try:
            file = checkpoints.find(model) / checkpoints.RECIPE
        except ModelError:
            return cls(library, None)
        return cls(library, read_recipe(file) if file.is_file() else None)

    @property
    def returned(self) -> tuple[str, ...]:
        """Corpora of which the shipped weights learnt, in the end, the rows that the recipe holds out."""
        return self.recipe.held_out.returned if self.recipe else ()

    def rows(self, task: Head) -> list[Row]:
        """Rows with a label of ``task`` that the recipe trains on."""
        return [row for row in self._all() if truth_of(row, task) is not None]

    def held_out(self) -> Iterator[tuple[str, list[Row]]]:
        """By corpus, the rows that the recipe holds out, of articles as many from each outlet.

        For a foreign model, those of ``labelled_rows.HELD_OUT``.
        """
        if self.recipe is not None:
            kept: dict[str, Iterable[Row]] = {
                name: filter(self.recipe.holds_out, self.library.rows(name)) for name in self.recipe.corpora
            }
        else:
            kept = {name: _apart(self.library.rows(name), splits) for name, splits in HELD_OUT.items()}
        for name, rows in kept.items():
            if found := list(rows):
                yield name, of_each_outlet(found) if found[0].lean is not None else found

    def learnable(self, judged: RowSet, without: Collection[str]) -> list[Row]:
        """What a baseline may learn from to be judged on ``judged``: what the model learnt from, or, where that is not
        known, the rest of the same corpus, from other outlets where outlets are what is judged.
        """
        outlets, left_out = set(judged.outlets) if judged.task is FRAMING else set(), set(without)
        if self.recipe is not None:
            taught: Sequence[Row] = self.rows(judged.task)
        else:
            taught = self.library.rows(judged.dataset) if judged.dataset in CORPORA else ()
        return [row for row in taught if row.row not in left_out and row.outlet not in outlets]

    def _all(self) -> Iterator[Row]:
        recipe = self.recipe
        if recipe is None:
            return iter(())
        rows = (row for corpus in recipe.corpora for row in self.library.rows(corpus))
        # The framing head is fitted on all outlets in the end, also on those that no stage sees.
        fitted = recipe.framing is not None
        return (row for row in rows if not recipe.keeps_from_stages(row) or (fitted and row.lean is not None))


def _apart(rows: Sequence[Row], splits: Collection[str]) -> Iterator[Row]:
    """Rows of these splits; articles only of outlets that are in no other split."""
    elsewhere = {row.outlet for row in rows if row.split not in splits and row.lean is not None}
    return (row for row in rows if row.split in splits and row.outlet not in elsewhere)

"""Which rows a model learnt from: what its recipe reads and does not hold out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from biasscore import checkpoints
from biasscore.errors import ModelError
from biasscore.tasks import Task
from biasscore.training.corpora import CORPORA, Row, read_corpus
from biasscore.training.recipe import Recipe, read_recipe
from biasscore.training.rowsets import truth_of


@dataclass(frozen=True, slots=True)
class Library:
    """The corpora of a data folder, each read once."""

    folder: Path
    _read: dict[str, tuple[Row, ...]] = field(default_factory=dict, repr=False)

    def rows(self, corpus: str) -> tuple[Row, ...]:
        """All rows of a corpus; none where the folder lacks its file."""
        if corpus not in self._read:
            there = (self.folder / CORPORA[corpus].file).is_file()
            self._read[corpus] = tuple(read_corpus(corpus, self.folder)) if there else ()
        return self._read[corpus]


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

    def rows(self, task: Task, without: Collection[str] = ()) -> list[Row]:
        """Rows with a label of ``task`` that the recipe trains on, less the row ids ``without``."""
        left_out = set(without)
        return [row for row in self._all() if row.row not in left_out and truth_of(row, task) is not None]

    def held_out(self) -> Iterator[tuple[str, list[Row]]]:
        """By corpus, the rows that the recipe holds out."""
        if self.recipe is not None:
            for corpus in self.recipe.corpora:
                if kept := [row for row in self.library.rows(corpus) if self.recipe.holds_out(row)]:
                    yield corpus, kept

    def _all(self) -> Iterator[Row]:
        if self.recipe is not None:
            for corpus in self.recipe.corpora:
                yield from (row for row in self.library.rows(corpus) if not self.recipe.holds_out(row))

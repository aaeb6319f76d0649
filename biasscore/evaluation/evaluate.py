"""`biasscore evaluate`: any model that ``load`` opens, on any labelled rows, beside the baselines.

model ─ load ─┬─ a CSV or Parquet file ────────────┐
              └─ a data folder's held-out rows ────┼─ leave out what training saw ─ judge → Evaluation
predictions of training ─ calibrate on other folds ┘
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from biasscore._version import __version__
from biasscore.errors import InputError, ModelError
from biasscore.evaluation.answers import Answers, ask
from biasscore.evaluation.baseline_runs import Rivals
from biasscore.evaluation.baselines import NAMES
from biasscore.evaluation.cost import training_cost
from biasscore.evaluation.fairness import people, swapped
from biasscore.evaluation.figures import FEWEST_FOR_BINS, Block, Origin, Rival, Unit, judge
from biasscore.evaluation.labelled_rows import TASKS, RowSet, check_task, in_folds, row_set, table_sets, truth_of
from biasscore.evaluation.out_of_fold import judged_sets
from biasscore.evaluation.report import Evaluation
from biasscore.evaluation.training_rows import Library, TableRows, TrainedOn
from biasscore.heads import FRAMING, LOADED, MAPS, SENTIMENT, SUBJECTIVITY, Head
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, Calibration
from biasscore.training.calibration_fit import enough, rows_of_map
from biasscore.training.leakage import overlap
from biasscore.training.predictions import PREDICTIONS, read_predictions

if TYPE_CHECKING:
    from biasscore.scorer import Scorer

Note = Callable[[str], None]


def evaluate(
    model: str | Path | Scorer,
    data: Path,
    *,
    predictions: Path | None = None,
    text: str | None = None,
    task: str | None = None,
    label: str | None = None,
    unit: Unit = "row",
    baselines: Collection[str] = NAMES,
    diagrams: Path | None = None,
    note: Note = lambda _: None,
) -> Evaluation:
    """Judge a model.

    Args:
        model: what ``biasscore.load`` accepts, or a scorer.
        data: a table with a text and a label column, of any format that is scored, or a data folder
            (docs/evaluation.md).
        predictions: file of a training's predictions on rows it left out; by default the one kept with the model.
            Used with a data folder only, which gives the rows' texts.
        text: the column of texts of a single file; by default ``text``, else another usual name.
        task: what the labels of a single file are of; by default the column's name says. Of a data folder, the one
            score to judge; all by default.
        label: column of a single file's labels.
        unit: what the bootstrap draws; framing draws outlets in any case.
        baselines: names of the baselines to set beside the model, of ``baselines.NAMES``.
        diagrams: folder for a reliability diagram of each set of rows; none by default.
        note: told what is being judged, one line each.

    Raises:
        InputError: if rows or labels cannot be read, the model does none of the tasks, or a task or baseline is
            unknown.
        ModelError, TrainingError: if the model, its recipe or the predictions cannot be read.
        MissingExtraError: if diagrams are asked for without matplotlib.
    """
    data = Path(data)
    if unknown := sorted(set(baselines) - set(NAMES)):
        raise InputError(
            f"unknown baseline {unknown[0]!r}; set --baselines (in Python: baselines) to one or more of: "
            f"{', '.join(NAMES)}"
        )
    check_task(task, TASKS)
    if diagrams is not None:
        from biasscore.evaluation import diagrams as _  # noqa: F401 what is missing is told before the scoring
    scorer = _opened(model)
    name = scorer.settings.model if not isinstance(model, (str, Path)) else str(model)
    trained_on = TrainedOn.of(name, Library(data))
    work = _work_folder(name)
    notes: list[str] = []
    rivals = Rivals(trained_on, tuple(baselines), notes)
    shipped = checkpoints.read(name).calibration if checkpoints.exists(name) else UNCALIBRATED
    session = _Session(scorer, trained_on, shipped, rivals, unit, task, diagrams, note, notes)
    file, whole = predictions or _kept(work), data.is_dir()
    blocks = session.from_all(data, file) if whole else [session.from_file(data, text, label)]
    return Evaluation(
        model=scorer.fingerprint,
        version=__version__,
        day=datetime.datetime.now(datetime.UTC).date().isoformat(),
        settings=asdict(scorer.settings),
        blocks=tuple(blocks),
        notes=tuple(dict.fromkeys(notes)),
        training=training_cost(work) if work else None,
        people=people(data) if whole else None,
        swaps=swapped(scorer) if whole else None,
    )


@dataclass(frozen=True, slots=True)
class _Session:
    """What all blocks of one evaluation share; ``notes`` gathers what had to be left out."""

    scorer: Scorer
    trained_on: TrainedOn
    shipped: Calibration
    rivals: Rivals
    unit: Unit
    task: str | None
    diagrams: Path | None
    note: Note
    notes: list[str]

    def from_all(self, folder: Path, predictions: Path | None) -> list[Block]:
        """Blocks of a data folder, those of a training's predictions first."""
        blocks = [*(self.from_predictions(predictions) if predictions else ()), *self.from_folder()]
        if not blocks:
            why = "; ".join(self.notes) or "the folder has no corpus that biasscore knows"
            raise InputError(
                f"{folder} has no labelled rows for the model {self.scorer.settings.model} ({why}); set --data (in "
                "Python: data) to a table, or to a folder with the files that docs/evaluation.md lists"
            )
        return blocks

    def from_predictions(self, file: Path) -> Iterator[Block]:
        """Blocks of the rows that a training's runs left out."""
        found = read_predictions(file)
        corpora = sorted({prediction.dataset for prediction in found})
        rows = {row.row: row for corpus in corpora for row in self.trained_on.library.rows(corpus)}
        found = [p for p in found if self._asks(MAPS[p.head])]
        for scheme, judged, answers in judged_sets(found, rows, self.shipped):
            self.note(f"{judged.task.name}: {judged.dataset}, {judged.split} ({len(judged)} rows)")
            unseen = scheme == "held-out" and judged.dataset not in self.trained_on.returned
            shipped = scheme == "held-out" and not self.trained_on.returned
            of = "the shipped weights" if shipped else "runs of the recipe that left these rows out"
            fitted = enough(rows_of_map(found, judged.task.maps[0]))
            by = "calibrated on other rows" if fitted else "with the shipped calibration, which was fitted elsewhere"
            left_out = self._left_out(judged) if scheme == "held-out" else None
            origin = Origin(f"logits of {of}, {by}", shipped, 0 if unseen else len(judged), left_out)
            yield self._judge(judged, answers, origin, self.rivals.on(judged))

    def _left_out(self, judged: RowSet) -> int | None:
        """How many labelled rows that the recipe holds out training did not predict."""
        if self.trained_on.recipe is None or judged.task is FRAMING:
            return None
        held = dict(self.trained_on.held_out()).get(judged.dataset, ())
        return sum(truth_of(row, judged.task) is not None for row in held) - len(judged)

    def from_folder(self) -> Iterator[Block]:
        """Blocks of the data folder's held-out rows, through the scorer as users run it."""
        for rows in filter(lambda rows: self._asks(rows.task), self._held_out_sets()):
            left, origin = self._unseen(rows)
            if not len(left):
                self.notes.append(f"{rows.dataset}, {rows.split}: the model was trained on all of these rows")
                continue
            if len(set(left.truth.tolist())) < 2:
                label = left.task.labels[int(left.truth[0])]
                self.notes.append(f"{rows.dataset}, {rows.split}: not judged, for all rows are labelled {label!r}")
                continue
            self.note(f"{left.task.name}: {left.dataset}, {left.split} ({len(left)} rows), through load()")
            try:
                answers = ask(self.scorer, left)
            except InputError as error:
                self.notes.append(f"{rows.dataset}, {rows.split}: {error}")
                continue
            yield self._judge(left, answers, origin, self.rivals.on(left))

    def from_file(self, path: Path, text: str | None, label: str | None) -> Block:
        """The block of one table; of several splits the one that nothing is fitted on, the others teach baselines."""
        rows, rest = table_sets(path, text=text, task=self.task, label=label)
        rows, rest = (rows, rest) if len(rest) else (in_folds(rows), rows)
        self.note(f"{rows.task.name}: {rows.dataset}, {rows.split} ({len(rows)} rows)")
        origin = Origin("as loaded", shipped=True, seen=None)
        rivals = replace(self.rivals, trained_on=TableRows(rest))
        return self._judge(rows, ask(self.scorer, rows), origin, rivals.on(rows))

    def _asks(self, head: Head) -> bool:
        # The marks on words are judged with the sentences that they stand in.
        return self.task is None or head.name == self.task or (self.task == LOADED.name and head.level == "token")

    def _held_out_sets(self) -> Iterator[RowSet]:
        """One set for each score that the held-out rows of a corpus have labels for."""
        for corpus, rows in self.trained_on.held_out():
            splits = "+".join(sorted({row.split for row in rows}))
            whole = len(rows) == len(self.trained_on.library.rows(corpus))
            for task in (LOADED, SUBJECTIVITY, SENTIMENT, FRAMING):
                found = row_set(task, rows, splits)
                if len(found):
                    yield in_folds(found) if whole else found

    def _unseen(self, rows: RowSet) -> tuple[RowSet, Origin]:
        """The rows that share nothing with training texts of the same task."""
        if self.trained_on.recipe is None:
            return rows, Origin("as loaded", shipped=True, seen=None)
        found = overlap((row.text for row in self.trained_on.rows(rows.task)), rows.texts)
        seen = found.copied if rows.task is FRAMING else found.touched
        return rows.only(~seen), Origin("as loaded", shipped=True, seen=0, left_out=int(seen.sum()))

    def _judge(self, rows: RowSet, answers: Answers, origin: Origin, rivals: dict[str, Rival]) -> Block:
        if self.diagrams:
            from biasscore.evaluation.diagrams import draw_reliability

            draw_reliability(rows, answers, self.diagrams)
        outlets = rows.task is FRAMING and len(set(rows.outlets)) > 1
        block = judge(rows, answers, origin, rivals, "outlet" if outlets else self.unit)
        if answers.probabilities and not block.calibration:
            self.notes.append(
                f"{rows.dataset}, {rows.split}: no calibration error (ECE), because it needs at least "
                f"{FEWEST_FOR_BINS} rows"
            )
        return block


def _opened(model: str | Path | Scorer) -> Scorer:
    from biasscore.scorer import load

    return load(model) if isinstance(model, (str, Path)) else model


def _kept(work: Path | None) -> Path | None:
    """The predictions that a training left beside the model."""
    file = work / PREDICTIONS if work else None
    return file if file and file.is_file() else None


def _work_folder(model: str) -> Path | None:
    """Where a training left its logs and predictions, if it did so beside the model."""
    try:
        folder = checkpoints.find(model) / "training"
    except ModelError:
        return None
    return folder if folder.is_dir() else None

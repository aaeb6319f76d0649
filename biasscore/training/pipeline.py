"""From a recipe and a data folder to a calibrated checkpoint.

    shared stages ─┬─ final stages ──────────────→ the weights that are shipped
                   ├─ fold 0 … n−1 of BABE ──────→ out-of-fold predictions
                   └─ one outlet of BABE each ───→ leave-outlet-out predictions
    rows held out ─ by the final stages; by fold 0, where the final stages learn from some of them
    articles ─ framing head, fitted on their words ─→ predictions of each outlet, left out once
    all predictions ─ calibrate → checkpoint

Every run has a folder and goes on from it, so a killed training is started again with the same call.
"""

from __future__ import annotations

import json
import platform
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer as FastTokenizer

from biasscore.engine.columns import EVERY_HEAD, N_COLUMNS, ColumnLayout
from biasscore.engine.network import Network
from biasscore.engine.tokens import Tokenizer
from biasscore.errors import TrainingError
from biasscore.heads import FRAMING, HEADS, LOADED, MAPS, SPANS, TARGETS
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, Calibration
from biasscore.predict.ngrams import NgramHead
from biasscore.training.calibration_fit import (
    FEWEST_OF_A_CLASS,
    FEWEST_SENTENCES,
    STAGE_MAPS,
    enough,
    fit_calibration,
    rows_of_map,
)
from biasscore.training.corpora import ARTICLES, Row, read_corpus
from biasscore.training.examples import Example
from biasscore.training.fit import Progress, Runner, best_device
from biasscore.training.framing import fit_framing
from biasscore.training.inputs import check_inputs
from biasscore.training.leakage import assert_disjoint, overlap
from biasscore.training.mixture import Mixture, check_rows, generator
from biasscore.training.outlets import of_each_outlet
from biasscore.training.predict import Predictor
from biasscore.training.predictions import PREDICTIONS, Prediction, Scheme, read_predictions, write_predictions
from biasscore.training.recipe import FOLDED, Recipe, Stage, read_recipe
from biasscore.training.start import check_frozen, frequent, inherited, start
from biasscore.training.targets import add_targets, read_targets

Note = Callable[[str], None]
HELD_OUT = "held-out.parquet"
"""In the folder of a training: predictions of the rows that the recipe holds out."""
# One article in so many tells which tokens news uses.
_ARTICLES_STEP = 6


@dataclass(frozen=True, slots=True)
class Fold:
    """One run of cross-validation: what it is called and the rows it must not see."""

    name: str
    scheme: Scheme
    number: int
    rows: tuple[Row, ...]


def train(
    recipe_path: Path,
    data: Path,
    out: Path,
    base: str | None = None,
    progress: Progress | None = None,
    note: Note = lambda _: None,
) -> Path:
    """What ``biasscore.training.train`` does."""
    began = time.time()
    recipe = read_recipe(recipe_path)
    recipe = replace(recipe, base=base) if base else recipe
    work = Path(out) / "training"
    if recipe.targets:
        read_targets(Path(data), recipe.targets.dataset)
    session = Session.open(recipe, Path(data), work, progress)
    network = session.final()
    ngrams, predictions = session.framing()
    predictions += session.held_out()
    predictions += [p for fold in session.folds() for p in session.fold(fold)]
    heads = session.heads(recipe.stages) | ({FRAMING.name} if ngrams else set())
    predictions = [p for p in predictions if MAPS[p.head].name in heads]
    write_predictions(work / PREDICTIONS, predictions)
    session.write(Path(out), network, recipe.stages, calibration(predictions, recipe.base), ngrams)
    if left := _uncalibrated(session.taught(recipe.stages) & heads, predictions):
        note(_too_few(left, session.repeated(frozenset(left))))
    if Path(recipe_path).resolve() != (Path(out) / checkpoints.RECIPE).resolve():
        shutil.copyfile(recipe_path, Path(out) / checkpoints.RECIPE)
    if recipe.targets:
        add_targets(Path(out), Path(data), recipe.targets, recipe.seed)
    _note_run(work, time.time() - began)
    return Path(out)


def calibration(predictions: Sequence[Prediction], base: str) -> Calibration:
    """Fit the maps and thresholds for which enough rows were kept out; the others are those of the base.

    A head that the base does not have starts with a map that changes nothing.
    """
    start = checkpoints.read(base).calibration if checkpoints.exists(base) else UNCALIBRATED
    new = {name: UNCALIBRATED.maps[name] for name in sorted(STAGE_MAPS - start.maps.keys())}
    return fit_calibration(predictions, replace(start, maps={**start.maps, **new}))


def _uncalibrated(taught: AbstractSet[str], predictions: Sequence[Prediction]) -> list[str]:
    """The heads that changed, but whose maps stayed as they were; targets have a calibration of their own."""
    names = [name for name in EVERY_HEAD.sizes if name in taught - {TARGETS.name}]
    return [n for n in names if not all(enough(rows_of_map(predictions, each)) for each in HEADS[n].maps)]


def _too_few(heads: Sequence[str], repeated: int) -> str:
    """What to say of heads that could not be calibrated; held-out rows that repeat a training text do not count."""
    dropped = (
        "Rows that share eight words in a row with a training text, or all their words, do not count "
        f"(rows of this kind: {repeated}). "
    )
    return (
        f"too few labelled rows were kept out of training to calibrate: {', '.join(heads)}. "
        f"{dropped if repeated else ''}These scores keep the calibration of the model from which training started, "
        "if it has one. To calibrate them, keep out "
        f"{FEWEST_SENTENCES} rows or more, with {FEWEST_OF_A_CLASS} or more of each label (docs/training.md)"
    )


@dataclass(frozen=True, slots=True)
class Session:
    """What all runs of one training share."""

    recipe: Recipe
    work: Path
    kept: Sequence[int] | None
    vocabulary: int
    tokenizer: FastTokenizer
    mixture: Mixture
    kept_out: Mapping[str, tuple[Row, ...]]
    progress: Progress | None

    @classmethod
    def open(cls, recipe: Recipe, data: Path, work: Path, progress: Progress | None) -> Session:
        rows = {name: read_corpus(name, data) for name in recipe.corpora}
        check_rows(recipe, rows)
        kept_out = {name: tuple(row for row in found if recipe.holds_out(row)) for name, found in rows.items()}
        used = {name: [row for row in found if not recipe.keeps_from_stages(row)] for name, found in rows.items()}
        assert_disjoint(
            (row.outlet for found in used.values() for row in found if row.lean is not None),
            (row.outlet for found in kept_out.values() for row in found if row.lean is not None),
        )
        kept = _kept(recipe, rows, work)
        network, tokenizer = start(recipe.base, layers=recipe.layers, seed=recipe.seed, kept=kept)
        if recipe.max_tokens > network.config.max_positions:
            raise TrainingError(
                f"the key 'max_tokens' in the recipe is {recipe.max_tokens}, but {recipe.base} reads at most "
                f"{network.config.max_positions} tokens; set 'max_tokens' to {network.config.max_positions} or less"
            )
        check_frozen(recipe, network.config.n_layers)
        check_inputs(work, recipe, network.state_dict(), tokenizer, rows)
        mixture = Mixture.of(recipe, tokenizer, used, work / "encoded.npz")
        session = cls(recipe, work, kept, network.config.vocab_size, tokenizer, mixture, kept_out, progress)
        if recipe.held_out.returned:
            session._first_fold()
        return session

    def final(self) -> Network:
        """The weights that are shipped: all stages on all rows that the recipe does not hold out for good."""
        return self._run("final", self._later, frozenset())

    def framing(self) -> tuple[NgramHead | None, list[Prediction]]:
        """The framing head and predictions of outlets left out, where the recipe asks for a fit; else the base's head,
        unless a stage has learnt framing anew.
        """
        if self.recipe.framing is None:
            return (None if FRAMING.name in self.taught(self.recipe.stages) else self._inherited), []
        names = self.recipe.framing_corpora
        articles = [row for name in names for row in (*self.mixture.rows[name], *self.kept_out[name])]
        folder = self.work / "framing"
        file, said = folder / "head.safetensors", folder / PREDICTIONS
        if not said.exists():
            folder.mkdir(parents=True, exist_ok=True)
            tokenizer = Tokenizer(FastTokenizer.from_str(self.tokenizer.to_str()))
            rng = generator(self.recipe.seed, "framing")
            head, found = fit_framing(tokenizer, self.vocabulary, articles, self.recipe.framing, rng)
            save_file(head.tensors(), file)
            write_predictions(said, found)
        return NgramHead.of(load_file(file)), read_predictions(said)

    @property
    def _inherited(self) -> NgramHead | None:
        """The base's head on words, which counts its tokens by their numbers: a smaller vocabulary has others."""
        kept = checkpoints.exists(self.recipe.base) and self.kept is None
        return checkpoints.read(self.recipe.base).ngrams() if kept else None

    def held_out(self) -> list[Prediction]:
        """Predictions of what the recipe holds out, by the final weights or by a run like theirs without these rows."""
        file = self.work / HELD_OUT
        if not file.exists():
            fold = self._first_fold() if self.recipe.held_out.returned else None
            network = self._fold_network(fold) if fold else self.final()
            predictor, seen = self._predictor(network, "held-out", 0), self._before_held_out()
            found: list[Prediction] = []
            for rows in self.kept_out.values():
                if rows and rows[0].mention:
                    # The head of targets is fitted and judged in the end.
                    continue
                if rows and rows[0].lean is not None:
                    found += [] if self.recipe.framing else predictor.articles(of_each_outlet(rows))
                else:
                    found += predictor.sentences(unseen(rows, seen))
            write_predictions(file, found)
        return read_predictions(file)

    def repeated(self, heads: AbstractSet[str]) -> int:
        """How many held-out rows with labels of these heads no figure counts, since training has seen their words."""
        seen = self._before_held_out()
        sentences = [rows for rows in self.kept_out.values() if rows and not rows[0].mention and rows[0].lean is None]
        asked = [rows for rows in sentences if any(row.heads & heads for row in rows)]
        kept = {row.row for rows in asked for row in unseen(rows, seen)}
        return sum(bool(row.heads & heads) and row.row not in kept for rows in asked for row in rows)

    def _before_held_out(self) -> list[Row]:
        """The rows that the network has learnt from that predicts what the recipe holds out."""
        fold = self._first_fold() if self.recipe.held_out.returned else None
        return self._learnt(fold.name, self._without(fold)) if fold else self._learnt("final", frozenset())

    def folds(self) -> list[Fold]:
        """The runs that cross-validation asks for."""
        wanted = self.recipe.cross_validation
        rows = self.mixture.rows.get(FOLDED, ())
        if wanted is None or not rows:
            return []
        order = generator(self.recipe.seed, "folds").permutation(len(rows))
        folds = [
            Fold(f"fold-{i}", "random folds", i, tuple(rows[j] for j in order[i :: wanted.folds]))
            for i in range(wanted.runs or wanted.folds)
        ]
        for i, outlet in enumerate(wanted.outlets):
            kept = tuple(row for row in rows if row.outlet == outlet)
            folds.append(Fold(f"outlet-{outlet.replace(' ', '-')}", "leave-outlet-out", i, kept))
        return [fold for fold in folds if fold.rows]

    def fold(self, fold: Fold) -> list[Prediction]:
        """Train without a fold's rows and predict them."""
        file = self.work / fold.name / PREDICTIONS
        if not file.exists():
            predictor = self._predictor(self._fold_network(fold), fold.scheme, fold.number)
            seen = self._learnt(fold.name, self._without(fold))
            write_predictions(file, predictor.sentences(unseen(fold.rows, seen)))
        return read_predictions(file)

    def _fold_network(self, fold: Fold) -> Network:
        stages = [stage for stage in self._later if not _trains_heads_only(stage)]
        return self._run(fold.name, stages, self._without(fold))

    def _without(self, fold: Fold) -> frozenset[str]:
        """Ids of what a fold's run must not see: the fold's rows, and what the recipe holds out."""
        return frozenset(row.row for row in fold.rows) | self._held

    def _first_fold(self) -> Fold:
        folds = self.folds()
        if not folds:
            raise TrainingError(
                "the key 'returned' of [held_out] needs cross-validation; add [cross_validation] to the recipe, or "
                "delete the key 'returned'"
            )
        return folds[0]

    @property
    def _held(self) -> frozenset[str]:
        """Ids of the rows that the recipe holds out."""
        return frozenset(row.row for found in self.kept_out.values() for row in found)

    def _learnt(self, run: str, without: AbstractSet[str]) -> list[Row]:
        """The rows of all corpora that a run learns from."""
        left_out = without | self._not_for(run)
        return [row for found in self.mixture.rows.values() for row in found if row.row not in left_out]

    @property
    def _shared(self) -> tuple[Stage, ...]:
        """The stages before those that cross-validation repeats."""
        wanted = self.recipe.cross_validation
        names = [stage.name for stage in self.recipe.stages]
        return self.recipe.stages[: names.index(wanted.from_stage) if wanted else 0]

    @property
    def _later(self) -> tuple[Stage, ...]:
        """The stages that see BABE."""
        return self.recipe.stages[len(self._shared) :]

    def _run(self, name: str, stages: Sequence[Stage], without: AbstractSet[str]) -> Network:
        shared = self._shared
        recipe = self.recipe
        network, _ = start(recipe.base, layers=recipe.layers, seed=recipe.seed, kept=self.kept)
        # The shared stages see none of the rows that any fold leaves out, else no fold would be honest.
        folded = frozenset(row.row for row in self.mixture.rows.get(FOLDED, ())) | self._held
        network = self._runner(folded | self._not_for("shared")).run(network, shared, self.work / "shared")
        if shared and not (self.work / "shared" / checkpoints.CONFIG).exists():
            # A model of its own, which has not seen what the folds hold out.
            self.write(self.work / "shared", network, shared, UNCALIBRATED)
        return self._runner(without | self._not_for(name)).run(network, stages, self.work / name)

    def _not_for(self, name: str) -> frozenset[str]:
        """Ids of the rows labelled by models that were not trained as this run is: their labels tell of other rows."""
        split = "final" if name == "final" else "development"
        return frozenset(row.row for row in self.mixture.rows.get("silver", ()) if row.split != split)

    def heads(self, stages: Sequence[Stage]) -> frozenset[str]:
        """The heads that weights have after these stages: those that somebody has taught.

        Targets need a calibration, which only the base or [targets] gives them.
        """
        brought = inherited(self.recipe.base, self.recipe.layers)
        return brought | (self.taught(stages) - {TARGETS.name})

    def taught(self, stages: Sequence[Stage]) -> frozenset[str]:
        """The heads that the rows of these stages teach."""
        found = {head for stage in stages if "heads" not in stage.frozen for head in self._taught_by(stage)}
        weight_of = {SPANS.name: self.recipe.weights.span}
        return frozenset(head for head in found if weight_of.get(head) or getattr(self.recipe.weights, head, 0))

    def _taught_by(self, stage: Stage) -> frozenset[str]:
        rows = (
            row.heads
            for part in self.recipe.parts(stage)
            if part.weight
            for row in self.mixture.rows[part.corpus]
            if not part.splits or row.split in part.splits
        )
        found: frozenset[str] = frozenset().union(*rows)
        # The label of a sentence speaks of its words, too.
        return found | {SPANS.name} if stage.bag and LOADED.name in found else found

    def write(
        self,
        folder: Path,
        network: Network,
        stages: Sequence[Stage],
        calibration: Calibration,
        ngrams: NgramHead | None = None,
    ) -> None:
        """Write a network after ``stages``, and a framing head beside it, as a model."""
        columns = _columns(self.heads(stages), ngrams)
        checkpoints.write(
            folder,
            name=self.recipe.name,
            encoder=network.config,
            max_tokens=self.recipe.max_tokens,
            weights=_weights(network, columns),
            tokenizer_json=self.tokenizer.to_str(),
            calibration=calibration,
            ngrams=ngrams,
            columns=columns,
        )

    def _runner(self, without: AbstractSet[str]) -> Runner:
        def source(stage: Stage, epoch: int) -> list[Example]:
            return self.mixture.epoch(stage, epoch, without)

        return Runner(self.recipe, best_device(), source, self.progress)

    def _predictor(self, network: Network, scheme: Scheme, fold: int) -> Predictor:
        return Predictor(network, self.tokenizer, self.recipe.max_tokens, self.recipe.precision, scheme, fold)


def unseen(rows: Sequence[Row], seen: Iterable[Row]) -> list[Row]:
    """Leave out of figures what shares eight words in a row with a training text of one of the same tasks."""
    asked = frozenset[str]().union(*(row.heads for row in rows))
    texts = (row.text for row in seen if row.heads & asked)
    touched = overlap(texts, [row.text for row in rows]).touched
    return [row for row, leaked in zip(rows, touched, strict=True) if not leaked]


def _columns(heads: AbstractSet[str], ngrams: NgramHead | None) -> ColumnLayout:
    """Where the columns of these heads stand in a checkpoint; framing that is read from words has none."""
    named = heads | ({FRAMING.name} if ngrams else set())
    return ColumnLayout({name: n if name in heads else 0 for name, n in EVERY_HEAD.sizes.items() if name in named})


def _weights(network: Network, columns: ColumnLayout) -> dict[str, NDArray[np.float32]]:
    """The weights, with the columns of a checkpoint's heads only."""
    weights = {name: tensor.float().cpu().numpy() for name, tensor in network.state_dict().items()}
    places = [i for name in filter(columns.has, columns.sizes) for i in range(N_COLUMNS)[EVERY_HEAD.of(name)]]
    return {**weights, **{name: weights[name][places] for name in ("heads.weight", "heads.bias")}}


def _kept(recipe: Recipe, rows: Mapping[str, Sequence[Row]], work: Path) -> list[int] | None:
    """Ids of the tokens to keep; counted once, so that a run that goes on keeps the same."""
    if not recipe.vocabulary:
        return None
    file = work / "vocabulary.json"
    if not file.exists():
        _, tokenizer = start(recipe.base, layers=recipe.layers)
        steps = {ARTICLES: _ARTICLES_STEP}
        texts = (row.text for name, found in rows.items() for row in found[:: steps.get(name, 1)])
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(frequent(tokenizer, texts, recipe.vocabulary)), encoding="utf-8")
    kept: list[int] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def _trains_heads_only(stage: Stage) -> bool:
    """A stage that leaves the encoder alone changes only its own corpora' heads, so folds do without it."""
    return "layers" in stage.frozen and all(part.corpus != FOLDED for part in stage.parts)


def _note_run(work: Path, seconds: float) -> None:
    """With what the last call ran, for whoever repeats it."""
    note = {
        "seconds_of_this_call": round(seconds),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "device": str(best_device()),
    }
    (work / "run.json").write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")

"""A recipe: everything that decides a model's weights beside the data, in one TOML file kept with the model."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from biasscore.errors import TrainingError
from biasscore.training.corpora import ARTICLES, CORPORA, MORE_ARTICLES, NEVER_TAUGHT, Row

Precision = Literal["auto", "float32", "bfloat16"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Part:
    """One corpus in a stage.

    Attributes:
        corpus: a key of ``corpora.CORPORA``.
        splits: its splits; all if empty. Splits that the recipe holds out are left out in any case.
        share: passes over its rows an epoch; 0.5 draws half of them anew each epoch.
        weight: of each of its rows in the loss.
        votes: how much of the label is the mean of ``corpora.VOTES`` instead, 0 to 1; of rows that have them all.
        sentences: most sentences of a passage (framing only).
        per_outlet: most articles of one outlet an epoch (framing only).
    """

    corpus: str
    splits: tuple[str, ...] = ()
    share: float = 1.0
    weight: float = 1.0
    votes: float = 0.0
    sentences: int = 6
    per_outlet: int = 600


@dataclass(frozen=True, slots=True)
class Stage:
    """One fine-tuning run: AdamW (Loshchilov and Hutter 2019), warm-up, then linear decay to 0.

    Attributes:
        batch: sentences a step; those of a passage stay together.
        lr: peak learning rate of the encoder.
        head_rate: peak learning rate of the heads, as a multiple of ``lr``: fresh heads have more to learn.
        warmup: share of the steps in which the rate rises.
        bag: weight of what a sentence's label says of words that nobody marked (see ``objective``); 0 for nothing.
        frozen: parts that stay as they are: words, positions, embedding_norm, layers, layers.0, …
        teacher: folder of a biasscore model whose vectors the stage imitates instead of learning from labels.
    """

    name: str
    parts: tuple[Part, ...]
    epochs: int = 1
    batch: int = 64
    lr: float = 1e-4
    head_rate: float = 1.0
    warmup: float = 0.06
    weight_decay: float = 0.01
    bag: float = 0.0
    frozen: tuple[str, ...] = ()
    teacher: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight of each head in the loss."""

    loaded: float = 1.0
    span: float = 4.0
    subjectivity: float = 1.0
    sentiment: float = 1.0
    framing: float = 1.0


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """How development figures come about: the stages from ``from_stage`` on are run again without some rows of BABE.

    Attributes:
        folds: parts of equal size, drawn at random by row.
        runs: of how many of them there are runs; 0 for all.
        outlets: outlets held out whole, one run each.
    """

    from_stage: str
    folds: int = 5
    runs: int = 0
    outlets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FramingFit:
    """How the framing head is fitted on the words of articles; see ``framing``.

    Attributes:
        per_outlet: most articles of one outlet that the fit reads.
        folds: groups of outlets, each predicted by a fit on the others.
        strength: inverse of the ridge penalty.
        damping: the evidence at which a passage's logits reach about 0.7 of their full size; see ``predict.ngrams``.
        corpora: of articles whose outlets have a lean.
    """

    per_outlet: int = 600
    folds: int = 10
    strength: float = 0.5
    damping: float = 60.0
    corpora: tuple[str, ...] = (ARTICLES,)


@dataclass(frozen=True, slots=True)
class TargetFit:
    """How the head of named targets is fitted on the finished encoder; see ``targets``.

    Attributes:
        dataset: which rows of ``targets.parquet``.
        lr: peak learning rate.
    """

    dataset: str = "newsmtsc"
    epochs: int = 8
    lr: float = 3e-3
    weight_decay: float = 0.05


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows kept out of training, for figures and calibration.

    Attributes:
        splits: by corpus, the splits kept out.
        outlets: outlets whose framing articles no stage sees. A framing head that is fitted apart does without: it
            reads nothing that a stage has shaped, and leaves out each outlet in turn.
        returned: the figures are of a run without the splits, but the shipped weights learn from them after all, as
            they do from the folds' rows. The stages that the folds share never see them.
    """

    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outlets: tuple[str, ...] = ()
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is made.

    Attributes:
        base: hub id or folder of an encoder, or folder of a biasscore model, to start from.
        framing: how the framing head is fitted after the stages; None where the stages train it.
        targets: how the head of named targets is fitted after the stages; None for a model without it.
        layers: how many of its layers to keep, from the bottom; 0 for all.
        vocabulary: how many tokens to keep, the most frequent of the recipe's corpora (see ``vocabulary``); 0 for all.
        max_tokens: window of the encoder, special tokens included.
        permissive: leave out non-commercial and copyleft corpora.
        save_every: steps between two states on disk.
    """

    name: str
    base: str
    stages: tuple[Stage, ...]
    cross_validation: CrossValidation | None = None
    framing: FramingFit | None = None
    targets: TargetFit | None = None
    held_out: HeldOut = field(default_factory=HeldOut)
    weights: Weights = field(default_factory=Weights)
    seed: int = 1
    layers: int = 0
    vocabulary: int = 0
    max_tokens: int = 192
    permissive: bool = False
    precision: Precision = "auto"
    save_every: int = 250

    def parts(self, stage: Stage) -> tuple[Part, ...]:
        """The stage's corpora that the recipe's licences allow."""
        return tuple(part for part in stage.parts if CORPORA[part.corpus].permissive or not self.permissive)

    @property
    def corpora(self) -> tuple[str, ...]:
        """Every corpus that a stage or the framing head reads, by name."""
        read = {part.corpus for stage in self.stages for part in self.parts(stage)}
        return tuple(sorted(read | set(self.framing_corpora)))

    @property
    def framing_corpora(self) -> tuple[str, ...]:
        """The corpora that the framing head reads, where the recipe fits one and their licences allow it."""
        asked = self.framing.corpora if self.framing else ()
        return tuple(name for name in asked if CORPORA[name].permissive or not self.permissive)

    def keeps_from_stages(self, row: Row) -> bool:
        """Whether no stage of any run may see the row."""
        given_back = self.held_out.returned and row.lean is None and row.split != NEVER_TAUGHT
        return self.holds_out(row) and not given_back

    def holds_out(self, row: Row) -> bool:
        """Whether figures rest on the row, so that the runs behind them may not see it."""
        if row.lean is not None:
            return row.outlet in self.held_out.outlets
        return row.split == NEVER_TAUGHT or row.split in self.held_out.splits.get(row.corpus, ())


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises:
        TrainingError: if it cannot be read, or a key or value does not belong there.
    """
    try:
        return recipe_from(tomllib.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read as a recipe ({error}); see docs/training.md") from error
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise TrainingError(f"{path}: {error}; see docs/training.md for the keys of a recipe") from error


def recipe_from(values: Mapping[str, Any]) -> Recipe:
    """Build a recipe from parsed TOML.

    Raises:
        TypeError, ValueError: if a key is unknown or missing, or a value is out of range.
    """
    values = dict(values)
    stages = tuple(
        _build(Stage, {**stage, "parts": tuple(_build(Part, part) for part in stage["parts"])})
        for stage in values.pop("stages")
    )
    folds = values.pop("cross_validation", None)
    held = values.pop("held_out", {})
    framing = values.pop("framing", None)
    targets = values.pop("targets", None)
    splits = {name: tuple(names) for name, names in held.get("splits", {}).items()}
    recipe = _build(
        Recipe,
        {
            **values,
            "stages": stages,
            "cross_validation": _build(CrossValidation, folds) if folds else None,
            "framing": None if framing is None else _build(FramingFit, framing),
            "targets": None if targets is None else _build(TargetFit, targets),
            "held_out": _build(HeldOut, {**held, "splits": splits}),
            "weights": _build(Weights, values.get("weights", {})),
        },
    )
    _check(recipe)
    return recipe


def _build(kind: type[_T], values: Mapping[str, Any]) -> _T:
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(values) - known):
        raise ValueError(f"{kind.__name__.lower()} has no key {unknown[0]!r}")
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _check(recipe: Recipe) -> None:
    names = [stage.name for stage in recipe.stages]
    if not names or len(set(names)) != len(names):
        raise ValueError("a recipe needs at least one stage, each with a different name")
    if recipe.cross_validation and recipe.cross_validation.from_stage not in names:
        raise ValueError(f"cross_validation names the unknown stage {recipe.cross_validation.from_stage!r}")
    if recipe.framing and (recipe.framing.folds < 2 or min(recipe.framing.strength, recipe.framing.per_outlet) <= 0):
        raise ValueError("framing needs two folds or more, and strength and per_outlet above 0")
    if recipe.framing and (unknown := set(recipe.framing.corpora) - {ARTICLES, *MORE_ARTICLES}):
        raise ValueError(f"framing learns from {', '.join((ARTICLES, *MORE_ARTICLES))}, not from {min(unknown)!r}")
    for stage in recipe.stages:
        if stage.epochs < 1 or stage.batch < 1 or min(stage.lr, stage.head_rate) <= 0:
            raise ValueError(f"stage {stage.name!r} needs epochs, batch, lr and head_rate above 0")
        for part in stage.parts:
            if part.corpus not in CORPORA:
                raise ValueError(f"unknown corpus {part.corpus!r}; use one of: {', '.join(CORPORA)}")
            if part.share <= 0 or part.weight < 0 or not 0 <= part.votes <= 1:
                raise ValueError(f"{part.corpus} needs share > 0, weight >= 0 and votes in [0, 1]")

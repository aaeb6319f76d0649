"""A recipe: everything that decides a model's weights beside the data, in one TOML file kept with the model."""

from __future__ import annotations

import re
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from biasscore.errors import TrainingError
from biasscore.training.corpora import ARTICLES, CORPORA, MORE_ARTICLES, NEVER_TAUGHT, Row

Precision = Literal["auto", "float32", "bfloat16"]

FOLDED = "babe"
"""The corpus that cross-validation leaves out part by part."""

_PARTS = re.compile(r"words|positions|distances|embedding_norm|heads|layers(\.\d+)?")


def _known_corpus(name: str) -> str:
    if name not in CORPORA:
        raise ValueError(f"unknown corpus {name!r}; use one of: {', '.join(CORPORA)}")
    return name


def _part_of_a_network(name: str) -> str:
    if not _PARTS.fullmatch(name):
        raise ValueError(
            f"the model has no part named {name!r}; use 'words', 'positions', 'distances', 'embedding_norm', 'heads', "
            "'layers', or one layer, for example 'layers.0'"
        )
    return name


def _file_name(name: str) -> str:
    if not name.strip() or set(name) & set("/\\\0"):
        raise ValueError(f"{name!r} cannot be the name of a file; use letters, digits, spaces and hyphens")
    return name


_Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[_Number, Field(gt=0)]
NotNegative = Annotated[_Number, Field(ge=0)]
Share = Annotated[_Number, Field(ge=0, le=1)]
_Whole = Annotated[int, Strict(), Field(lt=2**63)]
Count = Annotated[_Whole, Field(ge=1)]
CountOrNone = Annotated[_Whole, Field(ge=0)]
Folds = Annotated[_Whole, Field(ge=2)]
CorpusName = Annotated[str, AfterValidator(_known_corpus)]
Frozen = Annotated[str, AfterValidator(_part_of_a_network)]
Text = Annotated[str, Field(min_length=1)]
FileName = Annotated[str, AfterValidator(_file_name)]


class _RecipeTable:
    """A table of the recipe's TOML; pydantic refuses keys that it does not know."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Part(_RecipeTable):
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

    corpus: CorpusName
    splits: tuple[str, ...] = ()
    share: Positive = 1.0
    weight: NotNegative = 1.0
    votes: Share = 0.0
    sentences: Count = 6
    per_outlet: Count = 600


@dataclass(frozen=True, slots=True)
class Stage(_RecipeTable):
    """One fine-tuning run: AdamW (Loshchilov and Hutter 2019), warm-up, then linear decay to 0.

    Attributes:
        batch: sentences a step; those of a passage stay together.
        lr: peak learning rate of the encoder.
        head_rate: peak learning rate of the heads, as a multiple of ``lr``: fresh heads have more to learn.
        warmup: share of the steps in which the rate rises.
        bag: weight of what a sentence's label says of words that nobody marked (see ``objective``); 0 for nothing.
        frozen: parts that stay as they are: words, positions, embedding_norm, layers, layers.0, …
    """

    name: FileName
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    epochs: Count = 1
    batch: Count = 64
    lr: Positive = 1e-4
    head_rate: Positive = 1.0
    warmup: Share = 0.06
    weight_decay: NotNegative = 0.01
    bag: NotNegative = 0.0
    frozen: tuple[Frozen, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights(_RecipeTable):
    """Weight of each head in the loss."""

    loaded: NotNegative = 1.0
    span: NotNegative = 4.0
    subjectivity: NotNegative = 1.0
    sentiment: NotNegative = 1.0
    framing: NotNegative = 1.0
    targets: NotNegative = 1.0


@dataclass(frozen=True, slots=True)
class CrossValidation(_RecipeTable):
    """How development figures come about: the stages from ``from_stage`` on are run again without some rows of BABE.

    Attributes:
        folds: parts of equal size, drawn at random by row.
        runs: of how many of them there are runs; 0 for all.
        outlets: outlets held out whole, one run each.
    """

    from_stage: str
    folds: Folds = 5
    runs: CountOrNone = 0
    outlets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FramingFit(_RecipeTable):
    """How the framing head is fitted on the words of articles; see ``framing``.

    Attributes:
        per_outlet: most articles of one outlet that the fit reads.
        folds: groups of outlets, each predicted by a fit on the others.
        strength: inverse of the ridge penalty.
        damping: the evidence at which a passage's logits reach about 0.7 of their full size; see ``predict.ngrams``.
        corpora: of articles whose outlets have a lean.
    """

    per_outlet: Count = 600
    folds: Folds = 10
    strength: Positive = 0.5
    damping: NotNegative = 60.0
    corpora: tuple[CorpusName, ...] = (ARTICLES,)


@dataclass(frozen=True, slots=True)
class TargetFit(_RecipeTable):
    """How the head of named targets is fitted on the finished encoder; see ``targets``.

    Attributes:
        dataset: which rows of ``targets.parquet``.
        lr: peak learning rate.
    """

    dataset: str = "newsmtsc"
    epochs: Count = 8
    lr: Positive = 3e-3
    weight_decay: NotNegative = 0.05


@dataclass(frozen=True, slots=True)
class HeldOut(_RecipeTable):
    """Rows kept out of training, for figures and calibration.

    Attributes:
        splits: by corpus, the splits kept out.
        outlets: outlets whose framing articles no stage sees. A framing head that is fitted apart does without: it
            reads nothing that a stage has shaped, and leaves out each outlet in turn.
        returned: corpora whose figures are of a run without the splits, but which the shipped weights learn from after
            all, as they do from the folds' rows. The stages that the folds share never see them.
    """

    splits: Mapping[CorpusName, tuple[str, ...]] = field(default_factory=dict)
    outlets: tuple[str, ...] = ()
    returned: tuple[CorpusName, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe(_RecipeTable):
    """How a model is made.

    Attributes:
        base: hub id or folder of an encoder, or folder of a biasscore model, to start from.
        framing: how the framing head is fitted after the stages; None where the stages train it.
        targets: how the head of named targets is fitted after the stages; None for a model without it.
        layers: how many of its layers to keep, from the bottom; 0 for all.
        vocabulary: how many tokens to keep, the most frequent of the recipe's corpora (see ``start``); 0 for all.
        max_tokens: window of the encoder, special tokens included.
        permissive: leave out non-commercial and copyleft corpora.
        save_every: steps between two states on disk.
        most_steps: end each epoch after so many steps, to try a recipe; 0 for whole epochs.
    """

    name: Text
    base: Text
    stages: tuple[Stage, ...]
    cross_validation: CrossValidation | None = None
    framing: FramingFit | None = None
    targets: TargetFit | None = None
    held_out: HeldOut = field(default_factory=HeldOut)
    weights: Weights = field(default_factory=Weights)
    seed: CountOrNone = 1
    layers: CountOrNone = 0
    vocabulary: CountOrNone = 0
    max_tokens: Annotated[_Whole, Field(ge=3)] = 192  # two of them stand around every text
    permissive: Annotated[bool, Strict()] = False
    precision: Precision = "auto"
    save_every: Count = 250
    most_steps: CountOrNone = 0

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
        given_back = row.corpus in self.held_out.returned and row.split != NEVER_TAUGHT
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
    except OSError as error:
        raise TrainingError(f"the recipe {path} cannot be opened ({error.strerror}); check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read as a TOML file ({error}); correct the file") from error
    except ValueError as error:
        raise TrainingError(f"{path}: {error}") from error


def recipe_from(values: Mapping[str, Any]) -> Recipe:
    """Build a recipe from parsed TOML.

    Raises:
        ValueError: if a key is unknown or missing, or a value is of the wrong type or out of range.
    """
    try:
        recipe = TypeAdapter(Recipe).validate_python(values)
    except ValidationError as error:
        raise ValueError(_said(error)) from None
    _check(recipe)
    return recipe


def _said(error: ValidationError) -> str:
    """The first fault in one line, with the way to it: ``stages.0.lr``."""
    first = error.errors(include_url=False)[0]
    way = first["loc"][:-2] if first["loc"][-1] == "[key]" else first["loc"]
    is_entry = isinstance(way[-1], int)
    *tables, key = map(str, way[:-1] if is_entry else way)
    table = f" in {'.'.join(tables)}" if tables else ""
    if first["type"] in {"missing", "unexpected_keyword_argument"}:
        return (
            f"the key {key!r} is missing{table}; add this key"
            if first["type"] == "missing"
            else f"the key {key!r}{table} is unknown; remove this key, or check the spelling"
        )
    if first["type"] == "value_error":
        return f"the key {key!r}{table}: {first['ctx']['error']}"
    said = _WANTED.get(first["type"], "must have a different value").format(**first.get("ctx", {}))
    place = f"{'an entry of ' * is_entry}the key {key!r}{table}"
    return f"{place} {said}, not {reprlib.repr(first['input'])}; change this value"


_WANTED = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be a text in quotation marks",
    "string_too_short": "must not be empty",
    "literal_error": "must be {expected}",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "dataclass_type": "must be a table",
    "too_short": "must have at least one entry",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be below {lt:,}",
    "less_than_equal": "must be {le:g} or less",
}
"""What a value must be, by pydantic's name of the fault."""


def _check(recipe: Recipe) -> None:
    names = [stage.name for stage in recipe.stages]
    if not names:
        raise ValueError("the recipe has no [[stages]]; add a stage")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"several [[stages]] have the name {twice!r}; give each stage a different name")
    if recipe.cross_validation and recipe.cross_validation.from_stage not in names:
        from_stage = recipe.cross_validation.from_stage
        raise ValueError(
            f"the key 'from_stage' in [cross_validation] names {from_stage!r}, but the recipe has no stage with this "
            f"name; use one of: {', '.join(names)}"
        )
    if recipe.cross_validation and recipe.cross_validation.runs > recipe.cross_validation.folds:
        raise ValueError("the key 'runs' in [cross_validation] is larger than the key 'folds'; make 'runs' smaller")
    if recipe.framing and (unknown := set(recipe.framing.corpora) - {ARTICLES, *MORE_ARTICLES}):
        raise ValueError(
            f"[framing] in the recipe names the corpus {min(unknown)!r}, from which framing cannot learn; "
            f"use only these names there: {', '.join((ARTICLES, *MORE_ARTICLES))}"
        )
    for stage in recipe.stages:
        _check_stage(stage, recipe.cross_validation)


def _check_stage(stage: Stage, folds: CrossValidation | None) -> None:
    for part in stage.parts:
        if part.corpus == "silver" and (folds is None or folds.runs != 1):
            raise ValueError(
                "a stage uses the corpus 'silver', so only one run is possible: the models that labelled 'silver' "
                "kept the rows of only one run out of training; set runs = 1 in [cross_validation]"
            )

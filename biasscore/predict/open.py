"""Opens what the user names as one model: an embedded model, classifiers from the Hub, or both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from biasscore.engine import forks
from biasscore.engine.base import BackendName, DtypeName, Engine
from biasscore.engine.device import EngineOptions
from biasscore.engine.reader import Reader, Stats
from biasscore.engine.select import Weights, open_engine
from biasscore.engine.tokens import Tokenizer
from biasscore.errors import InputError, LabelMapError, ModelError
from biasscore.heads import CLASSIFIED, HEADS, TARGETS
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, Calibration
from biasscore.predict.checkpoints import Checkpoint
from biasscore.predict.combined import CombinedModel, CombinedPart
from biasscore.predict.embedded import EmbeddedModel
from biasscore.predict.hub.files import fetch_embedded
from biasscore.predict.hub.opening import Terms, answer_of, open_heads
from biasscore.predict.types import Model

if TYPE_CHECKING:
    from biasscore.predict.hub.model import HubModel

Name: TypeAlias = str | Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How a scorer was opened, every "auto" resolved. Two scorers with equal settings give equal numbers.

    Attributes:
        model: name or path that it was loaded from; where answers come from several, ``answer=name`` for each.
        threads: processor threads of the engine.
        budget: tokens per batch.
        prior: share of loaded sentences the scores are calibrated for.
        targets: whom the user named, as JSON; None where every name of a text is a target.
        finder: what finds names in a text.
    """

    model: str
    backend: BackendName
    device: str
    dtype: DtypeName
    threads: int
    budget: int
    prior: float
    targets: str | None = None
    finder: str = "names"


@dataclass(frozen=True, slots=True)
class Opened:
    """A model ready to score, how it was opened, and the count of what it will be given.

    Attributes:
        in_flight: windows that the model may be given at once, from as many threads.
        answers_targets: whether the model tells the tone toward named targets.
    """

    model: Model
    settings: Settings
    stats: Stats
    in_flight: int
    answers_targets: bool


def open_model(
    model: Name | None, chosen: Mapping[str, Name], options: EngineOptions, terms: Terms, prior: float | None = None
) -> Opened:
    """Open what answers each question.

    Args:
        model: answers what ``chosen`` leaves open; None leaves it unanswered. A classifier answers the one question
            that it tells of itself.
        chosen: embedded models, Hub ids, folders or head files, by answer.

    Raises:
        ModelError, LabelMapError: if a model is missing, broken, or cannot answer what it is chosen for.
        BackendError: if the device, dtype or backend is not available here.
        InputError: if nothing is asked for, or ``prior`` is no share or meets no model for loaded.
    """
    _check_names({"model": model, **chosen})
    forks.prepare()
    fetched = {name: _fetched(name, terms) for name in (model, *chosen.values()) if name is not None}
    called = {place: name for name, place in fetched.items()}
    chosen = {answer: fetched[name] for answer, name in chosen.items()}
    model = None if model is None else fetched[model]
    if model is not None and _is_foreign(model):
        # A classifier answers one question: it stands where it would if it had been named for that.
        chosen = {answer_of(model, terms): model, **chosen}
        model = None
    names = _names(model, chosen)
    if prior is not None and "loaded" not in names:
        raise _nothing_to_adjust()
    stats = Stats()
    theirs = {answer: name for answer, name in names.items() if _is_foreign(name)}
    _check_labelled(terms.labels, theirs)
    opened: list[tuple[CombinedPart, Settings]] = []
    for name in dict.fromkeys(name for answer, name in names.items() if answer not in theirs):
        answers = tuple(answer for answer in names if names[answer] == name)
        embedded, settings = _open_embedded(name, options, prior if "loaded" in answers else None, stats)
        opened.append((CombinedPart(embedded, answers), settings))
    if theirs:
        foreign, settings = _open_foreign(theirs, options, terms, prior if "loaded" in theirs else None, stats)
        opened.append((CombinedPart(foreign, tuple(theirs)), settings))
    main = next((settings for part, settings in opened if "loaded" in part.heads), opened[0][1])
    label = str(called[model]) if model is not None and not chosen else _label(names, called)
    # A model of ours answers everything; where only a part of that is asked for, the rest has to be taken out.
    whole = len(opened) == 1 and (bool(theirs) or len(names) == len(HEADS))
    joined = opened[0][0].model if whole else CombinedModel(tuple(part for part, _ in opened))
    # Classifiers from the Hub share tokenised texts and outputs within a window, so they take one window at a time.
    in_flight = 2 if isinstance(joined, EmbeddedModel) else 1
    answers_targets = any(_answers_targets(part) for part, _ in opened)
    return Opened(joined, replace(main, model=label), stats, in_flight, answers_targets)


def _check_names(named: Mapping[str, Name | None]) -> None:
    """Raises InputError for what is no name, ModelError for one that the system cannot look for."""
    for argument, name in named.items():
        if not isinstance(name, str | Path | None):
            raise InputError(f"the argument {argument!r} must be a str or Path, not {type(name).__name__}")
        if name == "":
            raise InputError(f"--{argument} (in Python: {argument}) must not be empty; use for example 'base'")
        if name is not None:
            checkpoints.check_path(name)


def _label(names: Mapping[str, Name], called: Mapping[Name, Name]) -> str:
    """Who answers what, each by the name that the user gave it."""
    return " ".join(f"{answer}={called[name]}" for answer, name in names.items())


def _answers_targets(part: CombinedPart) -> bool:
    """Whether it is asked for the tone toward named targets, and has a head for that."""
    model = part.model
    return TARGETS.name in part.heads and isinstance(model, EmbeddedModel) and model.columns.has(TARGETS.name)


def _check_labelled(labels: Collection[str], theirs: Collection[str]) -> None:
    """Raises LabelMapError if labels are given for a score that no classifier from the Hub gives."""
    for answer in labels:
        if answer not in CLASSIFIED:
            raise LabelMapError(
                f"--labels (in Python: labels) names the unknown score {answer!r}; use one of: {', '.join(CLASSIFIED)}"
            )
        if answer not in theirs:
            raise LabelMapError(
                f"--labels (in Python: labels) is given for the score {answer!r}, but no classifier from the Hub is "
                f"chosen for this score; add --{answer} MODEL (in Python: {answer}='MODEL')"
            )


def _names(model: Name | None, chosen: Mapping[str, Name]) -> dict[str, Name]:
    """Who answers what. Loaded words come with ``loaded`` where its model has them, else from ``model``."""
    names: dict[str, Name] = {}
    for answer in HEADS:
        name = chosen.get(answer, model)
        if answer == "spans" and answer not in chosen and "loaded" in names and not _is_foreign(names["loaded"]):
            name = names["loaded"]
        if name is not None:
            names[answer] = name
    if not names:
        raise InputError("no model is given; use for example load('base'), or load(None, sentiment='OWNER/NAME')")
    return names


def _fetched(name: Name, terms: Terms) -> Name:
    """The folder of an embedded model that is named by its Hub id; any other name as it is."""
    if not _is_foreign(name):
        return name
    return fetch_embedded(name, local_files_only=terms.local_files_only) or name


def _is_foreign(name: Name) -> bool:
    """Whether a name means a classifier from the Hub's world: what is no model of ours but could be one of theirs."""
    if checkpoints.exists(name):
        return False
    return "/" in str(name) or Path(name).expanduser().exists()


def anchored(name: Name | None) -> Name | None:
    """A relative path as an absolute one, for processes in other working folders; any other name as it is."""
    if name is None or any((folder / name / checkpoints.CONFIG).is_file() for folder in checkpoints.folders()):
        return name
    path = Path(name).expanduser()
    return name if path.is_absolute() or not path.exists() else str(path.absolute())


def open_reader(
    checkpoint: Checkpoint, weights: Weights, options: EngineOptions, stats: Stats | None = None
) -> tuple[Tokenizer, Reader]:
    """The tokenizer of a checkpoint, and its encoder ready to read.

    Args:
        weights: of the checkpoint; the head columns may be others.

    Raises:
        ModelError: if the tokenizer is broken or does not fit the encoder.
        BackendError: if the encoder does not run as asked.
    """
    engine = open_engine(checkpoint.encoder, weights, options, checkpoint.fingerprint)
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    if tokenizer.most_id >= checkpoint.encoder.vocab_size:
        raise ModelError(
            f"{checkpoint.tokenizer_file} and the weights come from different models: the tokenizer uses the token id "
            f"{tokenizer.most_id}, but the weights have only ids below {checkpoint.encoder.vocab_size}; copy both "
            "files from the same model"
        )
    tokenizer.check_room(checkpoint.max_tokens, f"the key 'max_tokens' in {checkpoint.path / checkpoints.CONFIG}")
    before, after, n_columns = tokenizer.before, tokenizer.after, len(weights["heads.bias"])
    return tokenizer, Reader(engine, before, after, checkpoint.max_tokens, n_columns, stats=stats or Stats())


def _open_embedded(
    name: Name, options: EngineOptions, prior: float | None, stats: Stats
) -> tuple[EmbeddedModel, Settings]:
    checkpoint = checkpoints.read(name)
    weights = checkpoint.weights()
    tokenizer, reader = open_reader(checkpoint, weights, options, stats)
    calibration, label = checkpoint.calibration, f"{checkpoint.name}@{checkpoint.fingerprint}"
    if prior is not None and not checkpoint.columns.has("loaded"):
        raise _nothing_to_adjust()
    # The model's own prior changes nothing, so it must not change the fingerprint either.
    if prior is not None and prior != calibration.prevalence:
        calibration, label = _with_prior(calibration, prior), f"{label}+prior={prior:g}"
    model = EmbeddedModel(
        name=label,
        tokenizer=tokenizer,
        reader=reader,
        calibration=calibration,
        head_bias=weights["heads.bias"],
        ngrams=checkpoint.ngrams(),
        columns=checkpoint.columns,
    )
    return model, _settings(name, reader.network, calibration)


def _open_foreign(
    names: Mapping[str, Name], options: EngineOptions, terms: Terms, prior: float | None, stats: Stats
) -> tuple[HubModel, Settings]:
    model = open_heads(names, options, terms, stats)
    main = next((head for head in model.heads if head.answer == "loaded"), model.heads[0])
    if prior is not None and prior != main.calibration.prevalence:
        if main.calibration is UNCALIBRATED:
            raise InputError(
                "--prior (in Python: prior) needs a calibrated classifier; run `biasscore calibrate`, then use the "
                "new file with --loaded FILE (in Python: loaded='FILE')"
            )
        adjusted = replace(main, calibration=_with_prior(main.calibration, prior))
        model.heads = tuple(adjusted if head is main else head for head in model.heads)
        main = adjusted
    return model, _settings("", main.classifier.network, main.calibration)


def _settings(name: Name, runs: Engine, calibration: Calibration) -> Settings:
    return Settings(str(name), runs.backend, runs.device, runs.dtype, runs.threads, runs.budget, calibration.prevalence)


def _nothing_to_adjust() -> InputError:
    return InputError(
        "--prior (in Python: prior) changes the score 'loaded', but no model gives this score; leave out --prior, or "
        "add a model with --loaded MODEL (in Python: loaded='MODEL')"
    )


def _with_prior(calibration: Calibration, prior: float) -> Calibration:
    try:
        return calibration.with_prior(prior)
    except ValueError as error:
        raise InputError(str(error)) from error

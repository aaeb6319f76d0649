"""What a foreign model's config.json says: whether it can be loaded, and what it classifies. No torch here."""

from __future__ import annotations

from typing import Literal

from biasscore.engine.config import FAMILIES
from biasscore.errors import ModelError
from biasscore.heads import HEADS
from biasscore.predict.fields import MOST_OUTPUTS, Fields, brief, check_encoder
from biasscore.predict.hub.files import CONFIG, FETCH, SAFE, Files

Kind = Literal["sequence", "token"]

_ARCHITECTURES: dict[str, Kind] = {"ForSequenceClassification": "sequence", "ForTokenClassification": "token"}


def kind_for(head: str) -> Kind:
    """The kind of classifier that can answer a head."""
    return "token" if HEADS[head].level == "token" else "sequence"


def check_family(files: Files) -> None:
    """Refuse what cannot be loaded, by its config.json.

    Raises:
        ModelError: if the model needs code of its own, or is of another family.
    """
    config, name = files.config, files.source
    if "auto_map" in config:
        raise ModelError(
            f"{name} needs its own code ({CONFIG}: auto_map), which biasscore never runs; use another model"
        )
    family = config.get("model_type")
    if family not in FAMILIES:
        raise ModelError(f"{name} has model_type {family!r}; biasscore can load: {', '.join(FAMILIES)}")
    if "transformers_weights" in config:
        raise ModelError(f"{name} names another weights file in {CONFIG} (transformers_weights); save it as {SAFE}")
    fields = Fields(files.folder / CONFIG, config, mend=FETCH)
    check_encoder(fields, sum(file.stat().st_size for file in files.weights))
    if config.get("num_labels") is not None:
        fields.integer("num_labels", 1, MOST_OUTPUTS)


def kind_of(files: Files) -> Kind:
    """What a model classifies, by its config.json.

    Raises:
        ModelError: if the model cannot be loaded (see ``check_family``), or is no classifier.
    """
    check_family(files)
    given = files.config.get("architectures") or ["none"]
    architecture = str(given[0]) if isinstance(given, list) else "none"
    for suffix, kind in _ARCHITECTURES.items():
        if architecture.endswith(suffix):
            return kind
    raise ModelError(f"{files.source} is not a classifier but {architecture}; use another model, or fine-tune this one")


def _n_outputs(files: Files) -> int:
    return Fields(files.folder / CONFIG, files.config, mend=FETCH).integer("num_labels", 1, MOST_OUTPUTS, default=2)


def names_of_outputs(files: Files) -> tuple[str, ...]:
    """A model's own names of its outputs, in order; LABEL_0, LABEL_1 where it gives none.

    Raises:
        ModelError: if id2label is no map from 0, 1, … to names.
    """
    given = files.config.get("id2label") or {i: f"LABEL_{i}" for i in range(_n_outputs(files))}
    try:
        named = {int(key): str(name) for key, name in given.items()}
        if len(named) > MOST_OUTPUTS:
            raise ValueError(f"{len(named):,} names")
        return tuple(named[i] for i in range(len(named)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{files.source}: id2label in {CONFIG} is broken ({brief(repr(error))}); save the model again"
        ) from error

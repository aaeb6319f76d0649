"""What a foreign model's config.json says: whether it can be loaded, and what it classifies. No torch here."""

from __future__ import annotations

from typing import Literal

from biasscore.engine.config import FAMILIES
from biasscore.errors import ModelError
from biasscore.heads import HEADS
from biasscore.predict.hub.files import CONFIG, Files

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
            f"{name} asks for code of its own ({CONFIG}: auto_map), which biasscore never runs; take another model"
        )
    family = config.get("model_type")
    if family not in FAMILIES:
        raise ModelError(f"{name} is of the family {family!r}; these can be loaded: {', '.join(FAMILIES)}")


def kind_of(files: Files) -> Kind:
    """What a model classifies, by its config.json.

    Raises:
        ModelError: if the model cannot be loaded (see ``check_family``), or is no classifier.
    """
    check_family(files)
    architecture = str((files.config.get("architectures") or ["none"])[0])
    for suffix, kind in _ARCHITECTURES.items():
        if architecture.endswith(suffix):
            return kind
    raise ModelError(f"{files.source} is no classifier but {architecture}; fine-tune it first, or take another model")


def names_of_outputs(files: Files) -> tuple[str, ...]:
    """A model's own names of its outputs, in order; LABEL_0, LABEL_1 where it gives none.

    Raises:
        ModelError: if id2label is no map from 0, 1, … to names.
    """
    given = files.config.get("id2label") or {i: f"LABEL_{i}" for i in range(files.config.get("num_labels", 2))}
    try:
        named = {int(key): str(name) for key, name in given.items()}
        return tuple(named[i] for i in range(len(named)))
    except (AttributeError, KeyError, ValueError) as error:
        raise ModelError(f"{files.source}: id2label in {CONFIG} is broken ({error!r}); save the model again") from error

"""Reads a model's config.json: whether the model can be loaded, and what it classifies. No torch here."""

from __future__ import annotations

import reprlib
from typing import Literal

from biasscore.engine.family_table import FAMILIES
from biasscore.errors import ModelError
from biasscore.heads import HEADS
from biasscore.predict.fields import MOST_OUTPUTS, MOST_WORDS, Fields, brief, check_encoder
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
            f"{name} needs its own program code (the key 'auto_map' in {CONFIG}), but biasscore never runs such code; "
            "use another model"
        )
    family = config.get("model_type")
    if not isinstance(family, str) or family not in FAMILIES:
        raise ModelError(
            f"biasscore cannot load the 'model_type' {reprlib.repr(family)} of {name}; use a model with one of these "
            f"types: {', '.join(FAMILIES)}"
        )
    if "transformers_weights" in config:
        raise ModelError(
            f"the key 'transformers_weights' in {CONFIG} of {name} names a file other than {SAFE}; save the weights "
            f"as {SAFE}, and remove this key"
        )
    fields = Fields(files.folder / CONFIG, config, mend=FETCH)
    check_encoder(fields, sum(file.stat().st_size for file in files.weights))
    if FAMILIES[family].counts_from_padding and "pad_token_id" in config:
        fields.integer("pad_token_id", 0, MOST_WORDS)
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
    raise ModelError(
        f"{files.source} is a {architecture}, not a classifier; use a classifier, or fine-tune {files.source} as a "
        "classifier"
    )


def names_of_outputs(files: Files) -> tuple[str, ...]:
    """A model's own names of its outputs, in order, as transformers reads them.

    Returns:
        LABEL_0, LABEL_1, … where it gives none, or not as many as it has outputs.

    Raises:
        ModelError: if id2label is no map from 0, 1, … to names.
    """
    try:
        given = {int(key): str(name) for key, name in (files.config.get("id2label") or {}).items()}
        if len(given) > MOST_OUTPUTS:
            raise ValueError(f"it has {len(given):,} names")
        named = tuple(given[i] for i in range(len(given)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"the key 'id2label' in {CONFIG} of {files.source} does not give each output (counted from 0) a name "
            f"({brief(error)}); correct 'id2label', or save the model again"
        ) from error
    n_outputs = files.config.get("num_labels") or len(named) or 2
    return named if len(named) == n_outputs else tuple(f"LABEL_{i}" for i in range(n_outputs))

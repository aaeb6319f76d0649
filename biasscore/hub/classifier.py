"""A foreign classifier, ready to run.

Only code of the installed transformers runs, never code that comes with a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch

from biasscore.engine.bert import is_sibling
from biasscore.engine.place import Request
from biasscore.errors import ModelError
from biasscore.hub.files import CONFIG, Files
from biasscore.hub.networks import EngineNetwork, Network, PaddedNetwork
from biasscore.hub.registry import Activation
from biasscore.hub.tokenizer import HubTokenizer

Kind = Literal["sequence", "token"]

FAMILIES = ("albert", "bert", "deberta-v2", "distilbert", "electra", "modernbert", "roberta", "xlm-roberta")
# These count positions from the padding id + 1, so that many of the table are never used.
_OFFSET_POSITIONS = ("roberta", "xlm-roberta")
_KINDS: dict[str, Kind] = {"ForSequenceClassification": "sequence", "ForTokenClassification": "token"}
_UNLIMITED = 10**6


class Classifier:
    """Token ids in, one row of outputs a sequence (or a token, for token classifiers) out.

    Args:
        files: its files.
        tokenizer: its tokenizer.
        request: where it is to run.
        max_tokens: most tokens it was trained to read at once, where known.

    Attributes:
        name: as it was asked for.
        short_name: its id, or the name of its folder.
        identity: commit or hash of its files.
        kind: whether it classifies sequences or tokens.
        outputs: its own names of its outputs.
        activation: softmax where the outputs exclude each other, sigmoid where each stands alone.
        max_tokens: most tokens it reads at once, special tokens included.
        network: what runs.
    """

    def __init__(self, files: Files, tokenizer: HubTokenizer, request: Request, max_tokens: int | None = None) -> None:
        self.name = str(files.source)
        self.short_name = files.source.model if files.source.folder is None else files.folder.resolve().name
        self.identity = files.identity
        self.kind = kind_of(files)
        self.tokenizer = tokenizer
        loaded = _load(files, self.kind)
        config = loaded.config
        self.outputs: tuple[str, ...] = tuple(str(config.id2label[i]) for i in range(config.num_labels))
        self.activation = _activation(config, self.name)
        self.max_tokens = min(_positions(config), tokenizer.longest, max_tokens or _UNLIMITED)
        self.network: Network = (
            EngineNetwork(loaded, request, self.identity)
            if is_sibling(config.to_dict())
            else PaddedNetwork(loaded, request, self.name)
        )


def kind_of(files: Files) -> Kind:
    """What a model classifies, by its config.json.

    Raises:
        ModelError: if the model needs code of its own, is of another family, or is no classifier.
    """
    config, name = files.config, files.source
    if "auto_map" in config:
        raise ModelError(
            f"{name} asks for code of its own ({CONFIG}: auto_map), which biasscore never runs; take another model"
        )
    family = config.get("model_type")
    if family not in FAMILIES:
        raise ModelError(f"{name} is of the family {family!r}; these can be loaded: {', '.join(FAMILIES)}")
    architecture = str((config.get("architectures") or ["none"])[0])
    for suffix, kind in _KINDS.items():
        if architecture.endswith(suffix):
            return kind
    raise ModelError(f"{name} is no classifier but {architecture}; fine-tune it first, or take another model")


def _load(files: Files, kind: Kind) -> Any:
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

    auto = AutoModelForSequenceClassification if kind == "sequence" else AutoModelForTokenClassification
    try:
        with _silence():
            network, found = auto.from_pretrained(
                str(files.folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=not files.pickled,
                dtype=torch.float32,
                output_loading_info=True,
            )
    # A broken file shows as almost any exception.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{files.source} cannot be read ({reason}); fetch or save the model again") from error
    absent = sorted(found["missing_keys"]) + sorted(map(str, found["mismatched_keys"]))
    if absent:
        # transformers would fill these with random numbers and go on.
        raise ModelError(
            f"{files.source} lacks the weights {absent[0]}; its scores would be random: take another model"
        )
    return network


@contextmanager
def _silence() -> Iterator[None]:
    """No progress bar over the fraction of a second in which weights are read."""
    from transformers.utils import logging

    if not logging.is_progress_bar_enabled():
        yield
        return
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()


def _activation(config: Any, name: str) -> Activation:
    """As ``transformers.pipeline`` chooses it."""
    if config.problem_type == "regression":
        raise ModelError(f"{name} is a regression, not a classifier; take another model")
    return "sigmoid" if config.problem_type == "multi_label_classification" or config.num_labels == 1 else "softmax"


def _positions(config: Any) -> int:
    """Most tokens that the network's position table allows for."""
    positions = int(config.max_position_embeddings)
    return positions - config.pad_token_id - 1 if config.model_type in _OFFSET_POSITIONS else positions

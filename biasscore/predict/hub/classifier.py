"""Opens a classifier from the Hub so that it can run."""

from __future__ import annotations

from typing import Any, Literal

from biasscore.engine.base import Engine
from biasscore.engine.bert import is_sibling
from biasscore.engine.device import EngineOptions
from biasscore.engine.reader import Reader, RowPerText, RowPerToken, Stats
from biasscore.engine.tokens import UNLIMITED, Tokenizer
from biasscore.errors import ModelError
from biasscore.predict.hub.config import kind_of, names_of_outputs
from biasscore.predict.hub.files import CONFIG, Files
from biasscore.predict.hub.networks import EngineNetwork, PaddedNetwork, positions
from biasscore.predict.hub.weights import read_classifier

Activation = Literal["softmax", "sigmoid"]


class Classifier:
    """Token ids in, one row of outputs per text (or per token, for token classifiers) out.

    Args:
        files: its files.
        tokenizer: its tokenizer.
        options: where it is to run.
        max_tokens: most tokens it was trained to read at once, where known.
        stats: where to count what it reads.

    Attributes:
        name: as it was asked for.
        short_name: its id, or the name of its folder.
        identity: commit or hash of its files.
        kind: whether it classifies sequences or tokens.
        outputs: its own names of its outputs.
        activation: softmax where the outputs exclude each other, sigmoid where each stands alone.
        max_tokens: most tokens it reads at once, special tokens included.
        network: what runs.
        reader: reads texts with it, in windows where they are long.
    """

    def __init__(
        self,
        files: Files,
        tokenizer: Tokenizer,
        options: EngineOptions,
        max_tokens: int | None = None,
        stats: Stats | None = None,
    ) -> None:
        self.name = str(files.source)
        self.short_name = files.source.model if files.source.folder is None else files.folder.resolve().name
        self.identity = files.identity
        self.kind = kind_of(files)
        self.tokenizer = tokenizer
        self.outputs = names_of_outputs(files)
        loaded = read_classifier(files, self.kind)
        config = loaded.config
        if tokenizer.most_id >= config.vocab_size:
            raise ModelError(
                f"the tokenizer of {self.name} gives token ids up to {tokenizer.most_id}, but the network of the "
                f"model has only ids below {config.vocab_size}; use another model"
            )
        self.activation = _activation(config, self.name)
        self.max_tokens = min(positions(config), tokenizer.longest, max_tokens or UNLIMITED)
        tokenizer.check_room(self.max_tokens, f"the key 'max_position_embeddings' in {files.folder / CONFIG}")
        self.network: Engine = (
            EngineNetwork(loaded, options, self.identity)
            if is_sibling(config.to_dict())
            else PaddedNetwork(loaded, options, self.name)
        )
        self.reader = Reader(
            self.network,
            tokenizer.before,
            tokenizer.after,
            self.max_tokens,
            len(self.outputs),
            RowPerToken() if self.kind == "token" else RowPerText(),
            stats or Stats(),
        )


def _activation(config: Any, name: str) -> Activation:
    """As ``transformers.pipeline`` chooses it."""
    if config.problem_type == "regression":
        raise ModelError(f"{name} is a regression model, not a classifier; use a classifier")
    return "sigmoid" if config.problem_type == "multi_label_classification" or config.num_labels == 1 else "softmax"

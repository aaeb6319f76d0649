"""Where training starts: an encoder of any family, or an earlier biasscore model, with fresh or kept heads.

A start may have fewer layers, and a smaller vocabulary: the tokens that news uses, and the pieces that any other word
can be made of. Half of an encoder's size on disk may be the vectors of tokens that news hardly ever holds. A word whose
token goes is read in smaller pieces. So what is cut changes how such words are read, but no text becomes unknown.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from biasscore.engine import tokens
from biasscore.engine.bert import encoder_config, encoder_weights, is_sibling
from biasscore.engine.columns import EVERY_HEAD, N_COLUMNS, ColumnLayout
from biasscore.engine.config import Encoder, EncoderConfig, FamilyConfig
from biasscore.engine.families import build
from biasscore.engine.network import Network
from biasscore.errors import ModelError, TrainingError
from biasscore.heads import FRAMING
from biasscore.predict import checkpoints
from biasscore.predict.hub.files import Files, Source, locate
from biasscore.predict.hub.weights import read_encoder, read_tokenizer
from biasscore.training.recipe import Recipe

_HEAD_STD = 0.02
# Texts that are tokenised at once.
_BATCH = 1000


def start(base: str, *, layers: int = 0, seed: int = 1, kept: Sequence[int] | None = None) -> tuple[Network, Tokenizer]:
    """The network that a recipe starts from, and its tokenizer.

    Args:
        base: hub id (``ID@REVISION`` pins it) or folder of a model of any family in ``config.FAMILIES``, whose own
            heads are left out; or name or folder of a biasscore model, whose heads are kept.
        layers: how many layers to keep, from the bottom; 0 for all.
        seed: of the fresh heads.
        kept: ids of the tokens to keep (see ``frequent``); None for all.

    Raises:
        TrainingError: if there is no such model, or it cannot be used.
    """
    network, tokenizer = _whole(base, layers, seed)
    if kept is None:
        return network, tokenizer
    if not isinstance(network.config, EncoderConfig):
        raise TrainingError(f"the vocabulary of {base} cannot be reduced; delete the key 'vocabulary' from the recipe")
    weights = network.state_dict()
    weights["words.weight"] = weights["words.weight"][torch.tensor(kept)]
    return _network(replace(network.config, vocab_size=len(kept)), 0, weights), cut(tokenizer, list(kept))


def _whole(base: str, layers: int, seed: int) -> tuple[Network, Tokenizer]:
    try:
        if checkpoints.exists(base):
            return _from_checkpoint(checkpoints.find(base), layers)
        files = locate(Source.parse(base), tokenizer=None, local_files_only=False, allow_pickle=False)
        return _from_encoder(files, layers, seed), _tokenizer(files)
    except ModelError as error:
        raise TrainingError(f"the model from which training starts cannot be used: {error}") from error


def _from_checkpoint(folder: Path, layers: int) -> tuple[Network, Tokenizer]:
    checkpoint = checkpoints.read(folder)
    weights = {name: torch.from_numpy(array) for name, array in checkpoint.weights().items()}
    heads = {name: _placed(weights[name], checkpoint.columns) for name in ("heads.weight", "heads.bias")}
    return _network(checkpoint.encoder, layers, {**weights, **heads}), Tokenizer.from_file(
        str(checkpoint.tokenizer_file)
    )


def _from_encoder(files: Files, layers: int, seed: int) -> Network:
    """The encoder with fresh heads; computed by ourselves where we can."""
    model = read_encoder(files)
    values = json.loads(model.config.to_json_string(use_diff=False))
    state: dict[str, Tensor] = model.state_dict()
    config: Encoder
    if is_sibling(values):
        config, weights = encoder_config(values), encoder_weights(state, values)
    else:
        config, weights = FamilyConfig.from_dict(values), {f"encoder.{name}": tensor for name, tensor in state.items()}
    generator = torch.Generator().manual_seed(seed)
    weights["heads.weight"] = torch.randn(N_COLUMNS, config.hidden_size, generator=generator) * _HEAD_STD
    weights["heads.bias"] = torch.zeros(N_COLUMNS)
    return _network(config, layers, weights)


def _network(config: Encoder, layers: int, weights: Mapping[str, Tensor]) -> Network:
    if layers > config.n_layers:
        raise TrainingError(
            f"the key 'layers' of the recipe is {layers}, but the base has only {config.n_layers} layers; make "
            "'layers' smaller"
        )
    network = build(config.cut(layers) if layers else config, N_COLUMNS)
    network.load_state_dict({name: weights[name].float() for name in network.state_dict()})
    return network


def _placed(columns: Tensor, own: ColumnLayout) -> Tensor:
    """A model's columns in the places of ``EVERY_HEAD``; 0 for the heads that it lacks."""
    found = columns.new_zeros(N_COLUMNS, *columns.shape[1:])
    for head in filter(own.has, EVERY_HEAD.sizes):
        found[EVERY_HEAD.of(head)] = columns[own.of(head)]
    return found


def inherited(base: str, layers: int = 0) -> frozenset[str]:
    """The heads whose columns a start brings along.

    None of an encoder, whose heads are fresh. None of a biasscore model that loses layers: its columns read the vectors
    of the last one. Not the framing columns of a model that reads framing from words: nobody has taught them.
    """
    if not checkpoints.exists(base):
        return frozenset()
    checkpoint = checkpoints.read(base)
    if layers and layers < checkpoint.encoder.n_layers:
        return frozenset()
    untaught = {FRAMING.name} if checkpoint.has_ngrams else set()
    return frozenset(filter(checkpoint.columns.has, EVERY_HEAD.sizes)) - untaught


def _tokenizer(files: Files) -> Tokenizer:
    """The tokenizer, in the form in which it will lie beside the trained weights.

    Raises:
        ModelError: if it cannot be read, or puts other special tokens around a text than scoring will.
    """
    file = files.tokenizer / "tokenizer.json"
    fast = _read_json(file) if file.is_file() else read_tokenizer(files.tokenizer).fast
    fast.no_padding()
    fast.no_truncation()
    ends = tokens.Tokenizer(fast)
    if fast.encode("a").ids != [*ends.before, *fast.encode("a", add_special_tokens=False).ids, *ends.after]:
        raise ModelError(
            f"the tokenizer of {files.source} adds unusual special tokens around a text; use another model"
        )
    return fast


def _read_json(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    # tokenizers raises bare Exception for a broken file.
    except Exception as error:
        raise ModelError(f"{file} cannot be read ({error}); download or save the model again") from error


def check_frozen(recipe: Recipe, layers: int) -> None:
    """Refuse to freeze a layer that the base does not have. Other parts are missing in some families only.

    Raises:
        TrainingError: if a stage asks for it.
    """
    for stage in recipe.stages:
        for name in stage.frozen:
            if int(name.partition(".")[2] or 0) >= layers:
                raise TrainingError(
                    f"the stage {stage.name!r} freezes {name!r}, but the base has only {layers} layers (the first is "
                    "'layers.0'); correct the key 'frozen' of this stage"
                )


def frequent(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> list[int]:
    """Ids of the ``size`` tokens to keep, ascending: special ones, single characters, then the most frequent.

    Raises:
        TrainingError: if the tokenizer is not of the kind WordPiece, whose words can be read in smaller pieces.
    """
    described = json.loads(tokenizer.to_str())
    if described["model"]["type"] != "WordPiece":
        raise TrainingError(
            "only a vocabulary of the kind WordPiece can be reduced; delete the key 'vocabulary' from the recipe"
        )
    counts: Counter[int] = Counter()
    left = iter(texts)
    while batch := list(islice(left, _BATCH)):
        for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
            counts.update(encoding.ids)
    vocabulary: dict[str, int] = described["model"]["vocab"]
    prefix = described["model"]["continuing_subword_prefix"]
    kept = {token["id"] for token in described["added_tokens"]}
    kept |= {i for token, i in vocabulary.items() if len(token.removeprefix(prefix)) == 1}
    for i, _ in counts.most_common():
        if len(kept) >= size:
            break
        kept.add(i)
    return sorted(kept)


def cut(tokenizer: Tokenizer, kept: list[int]) -> Tokenizer:
    """The tokenizer with the ``kept`` ids only, numbered anew from 0 in their order."""
    described = json.loads(tokenizer.to_str())
    number = {old: new for new, old in enumerate(kept)}
    vocabulary: dict[str, int] = described["model"]["vocab"]
    described["model"]["vocab"] = {token: number[i] for token, i in vocabulary.items() if i in number}
    for token in described["added_tokens"]:
        token["id"] = number[token["id"]]
    described["padding"] = described["truncation"] = None
    if described["post_processor"]:
        _renumber(described["post_processor"], number)
    return Tokenizer.from_str(json.dumps(described))


def _renumber(processor: dict[str, Any], number: dict[int, int]) -> None:
    """Replace the ids of special tokens, in each of the forms that a post-processor has."""
    for end in ("sep", "cls"):
        if end in processor:
            processor[end][1] = number[processor[end][1]]
    for token in processor.get("special_tokens", {}).values():
        token["ids"] = [number[i] for i in token["ids"]]

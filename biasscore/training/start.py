"""Where training starts: an encoder of BERT or a sibling, or an earlier biasscore model, with fresh or kept heads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from biasscore import checkpoints
from biasscore.engine.bert import SIBLINGS, encoder_config, encoder_weights, is_sibling
from biasscore.engine.heads import N_COLUMNS
from biasscore.engine.network import Network
from biasscore.errors import TrainingError

_HEAD_STD = 0.02


def start(base: str, *, layers: int = 0, seed: int = 1) -> tuple[Network, Tokenizer]:
    """The network that a recipe starts from, and its tokenizer.

    Args:
        base: hub id or folder of a BERT, RoBERTa, XLM-R, DistilBERT or ELECTRA model, or folder of a biasscore model,
            whose heads are kept.
        layers: how many layers to keep, from the bottom; 0 for all.
        seed: of the fresh heads.

    Raises:
        TrainingError: if there is no such model, or it is of another family.
    """
    folder = Path(base).expanduser()
    if (folder / checkpoints.CALIBRATION).is_file():
        return _from_checkpoint(folder, layers)
    if not folder.is_dir():
        folder = _download(base)
    network = _from_bert(folder, layers, seed)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return network, tokenizer


def _from_checkpoint(folder: Path, layers: int) -> tuple[Network, Tokenizer]:
    checkpoint = checkpoints.read(folder)
    config = replace(checkpoint.encoder, n_layers=layers or checkpoint.encoder.n_layers)
    network = Network(config)
    weights = checkpoint.weights()
    network.load_state_dict({name: torch.from_numpy(weights[name]) for name in network.state_dict()})
    return network, Tokenizer.from_file(str(checkpoint.tokenizer_file))


def _download(base: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    wanted = ["config.json", "tokenizer.json", "model.safetensors"]
    try:
        return Path(snapshot_download(base, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise TrainingError(
            f"base {base!r} is no folder and cannot be downloaded ({type(error).__name__}); pass --base FOLDER"
        ) from error


def _from_bert(folder: Path, layers: int, seed: int) -> Network:
    from safetensors.torch import load_file

    try:
        values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if not is_sibling(values):
            raise ValueError(f"its family is {values.get('model_type')!r}")
        config = encoder_config(values)
        weights = encoder_weights(load_file(folder / "model.safetensors"), values)
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{folder} is no {', '.join(SIBLINGS)} model with safetensors weights ({error}); pass another --base"
        ) from error
    config = replace(config, n_layers=layers or config.n_layers)
    network = Network(config)
    generator = torch.Generator().manual_seed(seed)
    weights["heads.weight"] = torch.randn(N_COLUMNS, config.hidden_size, generator=generator) * _HEAD_STD
    weights["heads.bias"] = torch.zeros(N_COLUMNS)
    network.load_state_dict({name: weights[name].float() for name in network.state_dict()})
    return network

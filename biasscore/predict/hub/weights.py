"""Opens the network and tokenizer of a model from its files. An incomplete model is refused.

Only code of the installed transformers runs, never code that comes with a model.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tokenizers.processors import TemplateProcessing

from biasscore.engine.tokens import Tokenizer, check_finds_words, check_growth, panics_told
from biasscore.errors import ModelError
from biasscore.predict.fields import FEWEST_TOKENS, MOST_POSITIONS, brief
from biasscore.predict.hub.config import Kind, check_family
from biasscore.predict.hub.files import FETCH, Files, small_files, staged


def read_classifier(files: Files, kind: Kind) -> Any:
    """A classifier with its own head, float32.

    Raises:
        ModelError: if a file is broken, or a weight is missing.
    """
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

    auto = AutoModelForSequenceClassification if kind == "sequence" else AutoModelForTokenClassification
    network, absent = _network(files, auto)
    _check_whole(files, absent)
    return network


def read_encoder(files: Files) -> Any:
    """The encoder of a model of any kind, without its head, float32.

    Raises:
        ModelError: if the model cannot be loaded, a file is broken, or a weight is missing.
    """
    from transformers import AutoModel

    check_family(files)
    network, absent = _network(files, AutoModel)
    # A pooler stands above the encoder, and few models have one.
    _check_whole(files, [name for name in absent if not name.startswith("pooler.")])
    return network


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer that lies in a folder.

    Raises:
        ModelError: if it cannot be read, or needs code of its own.
    """
    from transformers import AutoTokenizer

    try:
        with staged(small_files(folder)) as own, panics_told():
            found = AutoTokenizer.from_pretrained(str(own), local_files_only=True, trust_remote_code=False)
        fast, longest = found.backend_tokenizer, found.model_max_length
    except ModelError:
        raise
    # A broken file shows as almost any exception, tokenizers' own bare Exception among them.
    except Exception as error:
        raise ModelError(
            f"the tokenizer in {folder} cannot be read ({brief(error)}); save a tokenizer.json in this folder"
        ) from error
    if not isinstance(longest, int | float) or isinstance(longest, bool) or not longest >= FEWEST_TOKENS:
        raise ModelError(
            f"the key 'model_max_length' in {folder / 'tokenizer_config.json'} must be a number of {FEWEST_TOKENS} or "
            f"more, not {reprlib.repr(longest)}; {FETCH}"
        )
    check_growth(fast, folder)
    check_finds_words(fast, folder, FETCH)
    if max(fast.get_vocab(with_added_tokens=True).values()) >= 2**31:
        raise ModelError(f"the tokenizer in {folder} has a token whose id is 2^31 or more; {FETCH}")
    # Without a post-processor transformers adds no special tokens, so none are added here.
    fast.post_processor = fast.post_processor or TemplateProcessing(single="$A")
    return Tokenizer(fast, int(min(longest, MOST_POSITIONS)))


def _network(files: Files, auto: Any) -> tuple[Any, list[str]]:
    """A network, and the names of the weights that transformers filled with random numbers."""
    try:
        with staged(files.paths) as folder, _silence(), torch.random.fork_rng(devices=[]):
            network, found = auto.from_pretrained(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=not files.pickled,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except ModelError:
        raise
    # A broken file shows as almost any exception.
    except Exception as error:
        raise ModelError(f"{files.source} cannot be read ({brief(error)}); {FETCH}") from error
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise ModelError(f"the tensor {name!r} of {files.source} contains NaN or infinity; use another model")
    return network, sorted(found["missing_keys"]) + sorted(map(str, found["mismatched_keys"]))


def _check_whole(files: Files, absent: list[str]) -> None:
    if absent:
        raise ModelError(
            f"{files.source} has no weights with the name {absent[0]!r}, so the scores would be random; use another "
            "model"
        )


@contextmanager
def _silence() -> Iterator[None]:
    """No progress bar over the fraction of a second in which weights are read, and no list of those not needed."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()

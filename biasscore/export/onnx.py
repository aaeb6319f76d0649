"""A model as one ONNX file, with all that is needed to read its output inside.

The file's metadata holds under the key ``biasscore`` one JSON object: ``model`` (name and hash), ``max_tokens``,
``first`` and ``last`` (the ids around every sequence), ``heads`` (columns and labels of each), ``calibration``
(the maps and thresholds of calibration.json) and ``tokenizer`` (the content of tokenizer.json).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from biasscore.engine import onnx_graph
from biasscore.engine.config import EncoderConfig
from biasscore.engine.tokens import Tokenizer
from biasscore.errors import BackendError, InputError, ModelError
from biasscore.heads import FRAMING, HEADS
from biasscore.predict.checkpoints import Checkpoint

SUFFIX = ".onnx"
KEY = "biasscore"


def write_onnx(checkpoint: Checkpoint, file: Path) -> None:
    """Write the float32 graph; its inputs and output are described in ``engine.onnx_graph``.

    Raises:
        InputError: if the file is not named ``*.onnx``.
        MissingExtraError: without the onnx package.
        ModelError: if the tokenizer puts other special tokens around a text than one before and one after it.
        BackendError: if transformers computes the encoder, or the file cannot be written.
    """
    if file.suffix != SUFFIX:
        raise InputError(
            f"the name of the output {file} must end in {SUFFIX}; change the name after --out, or use --format hf to "
            "write a folder"
        )
    graph = onnx_graph.build(bert_of(checkpoint), checkpoint.weights())
    entry = graph.metadata_props.add()
    entry.key, entry.value = KEY, json.dumps(describe(checkpoint))
    try:
        file.write_bytes(graph.SerializeToString())
    except OSError as error:
        raise BackendError(f"{file} cannot be written ({error.strerror}); choose another file with --out") from error


def bert_of(checkpoint: Checkpoint) -> EncoderConfig:
    """The encoder, where it can be exported.

    Raises:
        BackendError: if transformers computes it.
    """
    encoder = checkpoint.encoder
    if not isinstance(encoder, EncoderConfig):
        raise BackendError(
            f"a model with a {encoder.family} encoder cannot be exported; use a model with a BERT encoder"
        )
    return encoder


def ends_of(checkpoint: Checkpoint) -> tuple[Tokenizer, int, int]:
    """The tokenizer, and the ids of its special tokens before and after a text, of which there must be one each.

    Raises:
        ModelError: if there are none or several, or the tokenizer cannot be read.
    """
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    if (len(tokenizer.before), len(tokenizer.after)) != (1, 1):
        raise ModelError(
            f"the model {checkpoint.name} cannot be exported, because its tokenizer does not put exactly one special "
            "token before a text and one after it; use another model"
        )
    return tokenizer, int(tokenizer.before[0]), int(tokenizer.after[0])


def describe(checkpoint: Checkpoint) -> dict[str, Any]:
    """What a reader of the graph's output has to know."""
    _, first, last = ends_of(checkpoint)
    # What the network says of framing means nothing where framing is read from words.
    unread = {FRAMING.name} if checkpoint.has_ngrams else set()
    answered = [name for name in HEADS if checkpoint.columns.has(name) and name not in unread]
    return {
        "model": f"{checkpoint.name}@{checkpoint.fingerprint}",
        "max_tokens": checkpoint.max_tokens,
        "first": first,
        "last": last,
        "heads": {name: _head(checkpoint, name) for name in answered},
        "calibration": checkpoint.calibration.to_dict(),
        "tokenizer": checkpoint.tokenizer_file.read_text(encoding="utf-8"),
    }


def _head(checkpoint: Checkpoint, name: str) -> dict[str, Any]:
    head, columns = HEADS[name], checkpoint.columns
    values = columns.values(name)
    return {
        "meaning": head.question,
        "level": head.level,
        "labels": list(head.labels),
        "attention": None if head.level == "token" else columns.pooled(name).attention,
        "values": list(range(values.start, values.stop)),
        "maps": list(head.maps),
    }

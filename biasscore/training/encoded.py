"""Tokenised sentences on disk: finding whose words each token is costs minutes, and every run of a recipe needs it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from biasscore.errors import TrainingError
from biasscore.training.examples import Encoded, encode

_FIELDS = {"ids": np.int32, "starts": np.int32, "ends": np.int32, "word": np.int16, "author": np.bool_}


def encode_once(path: Path, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> dict[str, Encoded]:
    """Tokenise texts, or read their tokens from ``path`` if an earlier call has left them there.

    Raises:
        TrainingError: if the file is there, but lacks some of the texts.
    """
    if not path.exists():
        _write(path, texts, encode(tokenizer, texts, max_tokens))
    found = _read(path)
    if missing := sum(_text_id(text) not in found for text in texts):
        raise TrainingError(
            f"{path} was made for other corpora and lacks {missing} texts; delete {path}, then run again"
        )
    return {text: found[_text_id(text)] for text in texts}


def _text_id(text: str) -> bytes:
    """What a text is found by; unlike ``predictions.row_id``, it tells apart texts that differ in case or blanks."""
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()


def _write(path: Path, texts: Sequence[str], encoded: Sequence[Encoded]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(sentence, name) for sentence in encoded]).astype(kind)
        for name, kind in _FIELDS.items()
    }
    part = path.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        text=np.frombuffer(b"".join(map(_text_id, texts)), dtype=np.uint64),
        sizes=np.array([len(sentence.ids) for sentence in encoded]),
        **arrays,
    )
    part.replace(path)


def _read(path: Path) -> dict[bytes, Encoded]:
    with np.load(path, allow_pickle=False) as file:
        cuts = np.cumsum(file["sizes"])[:-1]
        columns = [np.split(file[name], cuts) for name in _FIELDS]
        names = [name.tobytes() for name in file["text"]]
    return {name: Encoded(*values) for name, *values in zip(names, *columns, strict=True)}

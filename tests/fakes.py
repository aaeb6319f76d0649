"""A fake engine and the scorer around it: the whole pipeline in milliseconds, without torch or a checkpoint.

The engine's numbers depend on a token's id and its position alone, so whatever a test finds wrong is the
pipeline's fault. Ids above a threshold play the loaded words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer as FastTokenizer
from tokenizers import models, normalizers, pre_tokenizers

from biasscore.engine.base import Ids, Projection
from biasscore.engine.batching import Ints
from biasscore.engine.columns import EVERY_HEAD, N_COLUMNS
from biasscore.engine.reader import Reader
from biasscore.engine.tokens import Tokenizer
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, Calibration
from biasscore.predict.embedded import EmbeddedModel
from biasscore.scorer import Scorer, Settings
from biasscore.segment.targets import find_names, with_targets

LOADED_WORDS = ("absurd", "nasty", "regime", "bffs", "empty", "warnings")
_PLAIN = "the a senator said vote on bill they we is was of in and to it he she . , ! ? “ ” \" ' ’ -".split()
_LETTERS = [prefix + letter for letter in "abcdefghijklmnopqrstuvwxyz0123456789" for prefix in ("", "##")]


def fast_tokenizer() -> FastTokenizer:
    """A tiny WordPiece tokenizer like BERT's."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *_PLAIN, *_LETTERS, *LOADED_WORDS]
    vocabulary = {word: i for i, word in enumerate(dict.fromkeys(words))}
    tokenizer = FastTokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    return tokenizer


@dataclass(slots=True)
class FakeEngine:
    """Satisfies ``engine.base.Engine``; remembers the batches it was given."""

    budget: int = 512
    batches: list[list[int]] = field(default_factory=list)
    backend: str = "torch"
    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 1
    first_loaded_id: int = 10**9

    def project(self, batch: Sequence[Ids]) -> Projection:
        self.batches.append([len(ids) for ids in batch])
        return np.concatenate([self._rows(ids) for ids in batch])

    def _rows(self, ids: Ids) -> Projection:
        columns = np.arange(1, N_COLUMNS + 1, dtype=np.float32)
        rows = np.sin(ids[:, None].astype(np.float32) * columns).astype(np.float32)
        hot = ids >= self.first_loaded_id
        rows[:, EVERY_HEAD.values("spans").start] = np.where(hot, 3.0, -3.0)
        rows[:, EVERY_HEAD.values("loaded")] = np.where(hot, 6.0, -3.0)[:, None]
        return rows

    def cells(self, lengths: Ints) -> int:
        return int(lengths.sum())

    def close(self) -> None:
        self.batches.clear()


def fake_scorer(budget: int = 512, max_tokens: int = 64, threads: int = 1) -> Scorer:
    """A scorer whose model is a few lines of arithmetic."""
    fast = fast_tokenizer()
    engine = FakeEngine(budget=budget, first_loaded_id=min(fast.token_to_id(word) for word in LOADED_WORDS))
    tokenizer = Tokenizer(fast)
    reader = Reader(engine, tokenizer.before, tokenizer.after, max_tokens, N_COLUMNS)
    bias = np.zeros(N_COLUMNS, dtype=np.float32)
    model = EmbeddedModel("fake@0", tokenizer, reader, UNCALIBRATED, bias)
    settings = Settings("fake", "torch", "cpu", "float32", threads, budget, 0.5)
    reopen = partial(fake_scorer, budget, max_tokens)
    find_targets = partial(with_targets, finder=find_names)
    return Scorer(model, settings, reader.stats, in_flight=2, reopen=reopen, find_targets=find_targets)


def write_calibration(folder: Path, calibration: Calibration) -> checkpoints.Checkpoint:
    """Replace the calibration of the model in a folder."""
    config = json.loads((folder / checkpoints.CONFIG).read_text(encoding="utf-8"))
    content = json.dumps(calibration.to_dict()).encode()
    (folder / checkpoints.CALIBRATION).write_bytes(content)
    config["sha256"][checkpoints.CALIBRATION] = hashlib.sha256(content).hexdigest()
    (folder / checkpoints.CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return checkpoints.read(folder)

"""The benchmarks of training run with the training of today."""

from __future__ import annotations

import numpy as np
import pytest
from test_training_framing import articles, tokenizer, vocabulary  # noqa: F401 a fixture

from benchmarks import framing as benchmark
from biasscore.engine.tokens import Tokenizer
from biasscore.training import framing
from biasscore.training.framing import read
from biasscore.training.recipe import FramingFit


def test_words_are_judged_on_outlets_left_out(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(framing, "FEWEST_TOKENS", 2)
    rows = articles(15)
    found = read(tokenizer, vocabulary(), [row.text for row in rows]).articles
    judged = benchmark.Articles(rows, np.array([int(row.outlet[1:]) % benchmark.FOLDS for row in rows]))
    logits = judged.judged(benchmark.by_words(judged, found, vocabulary(), FramingFit(strength=10.0, damping=5.0)))
    assert (logits.argmax(axis=1) == judged.leans).mean() > 0.9

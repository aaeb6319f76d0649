"""The benchmarks of training run with the training of today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_training import write_world
from test_training_framing import articles, tokenizer, vocabulary  # noqa: F401 a fixture

from benchmarks import compact
from benchmarks import framing as benchmark
from biasscore.engine.tokens import Tokenizer
from biasscore.evaluation.training_rows import Library
from biasscore.predict import checkpoints
from biasscore.training import framing, pipeline
from biasscore.training.framing import read
from biasscore.training.recipe import FramingFit


def test_words_are_judged_on_outlets_left_out(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(framing, "FEWEST_TOKENS", 2)
    rows = articles(15)
    found = read(tokenizer, vocabulary(), [row.text for row in rows]).articles
    judged = benchmark.Articles(rows, np.array([int(row.outlet[1:]) % benchmark.FOLDS for row in rows]))
    logits = judged.judged(benchmark.by_words(judged, found, vocabulary(), FramingFit(strength=10.0, damping=5.0)))
    assert (logits.argmax(axis=1) == judged.leans).mean() > 0.9


def test_rounding_is_measured_on_held_out_rows_and_on_folds(tmp_path: Path) -> None:
    data, recipe = write_world(tmp_path)
    model = checkpoints.read(pipeline.train(recipe, data, tmp_path / "model"))
    found = {file.parent.name: run.name for file, run in compact.runs(model)}
    assert found == {"fold-0": "fold-0", "fold-1": "fold-1", "outlet-Herald": "outlet-Herald", "training": "final"}
    for file, run in compact.runs(model):
        before, after = compact.rounded(model, file, run, Library(data))
        assert {(p.head, p.row, p.start) for p in after} >= {(p.head, p.row, p.start) for p in before}

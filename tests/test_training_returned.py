"""Held-out rows that come back: figures of a run without them, shipped weights that learnt from them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_training import write_world

from biasscore.evaluation.evaluate import evaluate
from biasscore.training import framing, pipeline
from biasscore.training.predictions import read_predictions


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("returned")
    data, recipe = write_world(folder)
    text = recipe.read_text().replace('outlets = ["gazette"]\n', 'returned = ["checkthat", "newsmtsc"]\n', 1)
    text = text.replace('{ corpus = "babe", votes = 0.2 }', '{ corpus = "babe" }, { corpus = "newsmtsc" }')
    recipe.write_text(text.replace("[[stages]]", "[framing]\nfolds = 2\n\n[[stages]]", 1))
    with pytest.MonkeyPatch.context() as patch:
        # The made-up articles are three; in five of them no word can stand.
        patch.setattr(framing, "FEWEST_TOKENS", 1)
        return data, pipeline.train(recipe, data, folder / "model")


def test_figures_are_of_a_run_without_the_rows_and_the_shipped_weights_are_not_its(returned: tuple[Path, Path]) -> None:
    _, out = returned
    found = read_predictions(out / "training" / "held-out.parquet")
    assert {p.dataset for p in found} == {"checkthat", "newsmtsc"}
    assert {p.scheme for p in found} == {"held-out"}
    one, other = (load_file(out / "training" / run / "narrow.safetensors") for run in ("final", "fold-0"))
    assert not torch.equal(one["heads.weight"], other["heads.weight"])


def test_evaluation_says_whose_figures_they_are(returned: tuple[Path, Path]) -> None:
    data, out = returned
    found = evaluate(out, data, baselines=())
    kept = [block for block in found.blocks if block.dataset == "newsmtsc"]
    assert [block.origin.shipped for block in kept] == [False]
    assert any("trained on all of these rows" in note for note in found.notes)

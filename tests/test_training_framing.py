"""The framing head as a linear probe: no outlet judges itself, and the engine answers what was fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from test_training import RECIPE, tiny_tokenizer, write_world

from biasscore.engine.config import EncoderConfig
from biasscore.engine.network import PackedNetwork
from biasscore.errors import TrainingError
from biasscore.training import pipeline
from biasscore.training.corpora import Row
from biasscore.training.framing import fit, fit_framing, outlet_folds, read_passages
from biasscore.training.predict import Predictor
from biasscore.training.predictions import read_predictions, row_id
from biasscore.training.recipe import FramingFit, read_recipe

TEXTS = (
    "The vote near the river was close. Ada saw the figures.\n\nThe school meeting ended late. Boris left the council.",
    "A radical budget near the harbour. Clara saw the shameless train.\n\nThe bridge report was absurd. Hugo left.",
)


OUTLETS = {f"o{i}" for i in range(9)}


def articles(n_outlets: int = 9, each: int = 4) -> list[Row]:
    rng = np.random.default_rng(1)
    found = []
    for outlet in range(n_outlets):
        for number in range(each):
            words = rng.choice(["vote", "river", "school", "council", "train", "bridge"], 4)
            tone = ("radical", "plain", "absurd")[outlet % 3]
            first = f"The {tone} {words[0]} near the {words[1]}, said Ada."
            text = f"{first}\n\nA {tone} {words[2]}, the {words[3]} {number}."
            found.append(
                Row("article-bias-prediction", "train", row_id(text + str(outlet)), text, f"o{outlet}", lean=outlet % 3)
            )
    return found


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    config = EncoderConfig(tokenizer.get_vocab_size(), 16, 2, 2, 32, 64)
    return Predictor(PackedNetwork(config).eval(), tokenizer, 32, "float32", "leave-outlet-out")


def test_the_network_answers_what_the_probe_says(predictor: Predictor) -> None:
    rows = articles()
    probe, _ = fit_framing(predictor, rows, OUTLETS, FramingFit(folds=3), np.random.default_rng(0))
    read = read_passages(predictor, TEXTS)
    expected = probe(read.documents())
    probe.install(predictor.network)
    asked = [Row("article-bias-prediction", "train", str(i), text, "o", lean=i) for i, text in enumerate(TEXTS)]
    found = [p.logits for p in predictor.articles(asked) if p.head == "framing_document"]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_fit_finds_the_direction_that_tells_leans_apart() -> None:
    rng = np.random.default_rng(0)
    leans = rng.integers(0, 3, 300)
    vectors = rng.normal(size=(300, 8)) * 3 + 5
    vectors[:, :3] += 6 * np.eye(3)[leans]
    probe = fit(vectors, leans, [f"o{i % 30}" for i in range(300)], strength=0.1)
    assert (probe(vectors).argmax(axis=1) == leans).mean() > 0.75


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_every_fold_has_outlets_of_every_lean(folds: int) -> None:
    fold_of = outlet_folds(articles(n_outlets=15), folds, np.random.default_rng(0))
    assert fold_of.keys() == {f"o{i}" for i in range(15)}
    for number in range(folds):
        assert {int(outlet[1:]) % 3 for outlet, fold in fold_of.items() if fold == number} == {0, 1, 2}


def test_only_outlets_that_shaped_no_vector_are_judged(predictor: Predictor) -> None:
    judged = {"o0", "o1", "o2"}
    _, found = fit_framing(predictor, articles(), judged, FramingFit(folds=2), np.random.default_rng(0))
    assert {p.outlet for p in found} == judged


def test_every_article_and_paragraph_is_predicted_once_without_its_outlet(predictor: Predictor) -> None:
    rows = articles()
    _, found = fit_framing(predictor, rows, OUTLETS, FramingFit(folds=3), np.random.default_rng(0))
    documents = [p for p in found if p.head == "framing_document"]
    assert sorted(p.row for p in documents) == sorted(row.row for row in rows)
    assert len({(p.row, p.start) for p in found}) == len(found) == 3 * len(rows)
    assert {p.scheme for p in found} == {"leave-outlet-out"}


def test_training_fits_framing_after_the_stages_and_goes_on_from_disk(tmp_path: Path) -> None:
    data, recipe = write_world(tmp_path)
    text = recipe.read_text().replace('outlets = ["gazette"]\n', "", 1)
    text = text.replace('    { corpus = "article-bias-prediction", sentences = 3 },\n', "")
    recipe.write_text(text.replace("[[stages]]", "[framing]\nfolds = 2\n\n[[stages]]", 1))
    out = pipeline.train(recipe, data, tmp_path / "model")
    found = read_predictions(out / "training" / pipeline.PREDICTIONS)
    assert {p.head for p in found} >= {"framing_document", "framing_paragraph", "loaded", "sentiment"}
    weights = (out / "model.safetensors").read_bytes()
    pipeline.train(recipe, data, tmp_path / "model")
    assert (out / "model.safetensors").read_bytes() == weights


def test_a_fit_without_folds_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE.replace("[[stages]]", "[framing]\nfolds = 1\n\n[[stages]]", 1))
    with pytest.raises(TrainingError, match="two folds"):
        read_recipe(file)

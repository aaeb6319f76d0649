"""The framing head on n-grams: no outlet judges itself, and the engine answers what was fitted."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_training import RECIPE, tiny_tokenizer, write_world

import biasscore
from biasscore.cli.main import main
from biasscore.engine.tokens import Tokenizer
from biasscore.errors import TrainingError
from biasscore.predict import checkpoints
from biasscore.training import framing, outlets, pipeline, refit_framing
from biasscore.training.calibration_fit import fit_head
from biasscore.training.corpora import Row
from biasscore.training.framing import fit, fit_framing, learn, read
from biasscore.training.outlets import of_each_outlet, outlet_folds
from biasscore.training.predictions import read_predictions, row_id
from biasscore.training.recipe import FramingFit, read_recipe

OUTLETS = {f"o{i}" for i in range(9)}
FRAMING = "[framing]\nfolds = 2\nstrength = 10.0\n\n"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(tiny_tokenizer())


@pytest.fixture(autouse=True)
def small_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)


def few(patch: pytest.MonkeyPatch) -> None:
    """Made-up articles are few, so every n-gram counts that stands in two."""
    patch.setattr(framing, "FEWEST_TOKENS", 2)
    patch.setattr(framing, "FEWEST_PAIRS", 2)


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


def world_without_leans(folder: Path) -> tuple[Path, Path, str]:
    """A data folder, a recipe file, and its text with no stage that reads leans."""
    data, recipe = write_world(folder)
    text = recipe.read_text().replace('outlets = ["gazette"]\n', "", 1)
    return data, recipe, text.replace('    { corpus = "article-bias-prediction", sentences = 3 },\n', "")


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """A data folder, the text of a recipe with framing, and the model trained by it: tests change copies of it."""
    folder = tmp_path_factory.mktemp("framed")
    data, recipe, text = world_without_leans(folder)
    recipe.write_text(text.replace("[[stages]]", f"{FRAMING}[[stages]]", 1))
    with pytest.MonkeyPatch.context() as patch:
        few(patch)
        return data, recipe.read_text(), pipeline.train(recipe, data, folder / "model")


def vocabulary() -> int:
    return int(tiny_tokenizer().get_vocab_size())


def test_the_fit_finds_the_words_that_tell_leans_apart(tokenizer: Tokenizer) -> None:
    rows = articles()
    found = read(tokenizer, vocabulary(), [row.text for row in rows])
    learnt = learn(tokenizer, vocabulary(), rows, np.random.default_rng(0))
    head = fit(learnt, rows, np.arange(len(rows)), vocabulary(), FramingFit(strength=10.0, damping=5.0))
    said = head.logits(found.articles, found.n).argmax(axis=1)
    assert (said == [row.lean for row in rows]).mean() > 0.9


def test_reading_in_parts_changes_nothing(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [row.text for row in articles()] + ["…"]
    whole = read(tokenizer, vocabulary(), texts)
    monkeypatch.setattr(framing, "_AT_ONCE", 5)
    parts = read(tokenizer, vocabulary(), texts)
    assert whole.n == parts.n == len(texts)
    for one, other in ((whole.articles, parts.articles), (whole.paragraphs, parts.paragraphs)):
        np.testing.assert_array_equal(one.passage, other.passage)
        np.testing.assert_array_equal(one.ngram, other.ngram)
    np.testing.assert_array_equal(np.stack([whole.article, whole.start]), np.stack([parts.article, parts.start]))


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_every_fold_has_outlets_of_every_lean(folds: int) -> None:
    fold_of = outlet_folds(articles(n_outlets=15), folds, np.random.default_rng(0))
    assert fold_of.keys() == {f"o{i}" for i in range(15)}
    for number in range(folds):
        assert {int(outlet[1:]) % 3 for outlet, fold in fold_of.items() if fold == number} == {0, 1, 2}


def test_two_names_of_one_publisher_stand_in_one_fold() -> None:
    rows = articles(n_outlets=12)
    named = [replace(r, outlet={"o1": "nbc", "o4": "nbcnews com"}.get(r.outlet, r.outlet)) for r in rows]
    for seed in range(5):
        fold_of = outlet_folds(named, 3, np.random.default_rng(seed))
        assert fold_of["nbc"] == fold_of["nbcnews com"]


def test_every_article_and_paragraph_is_predicted_once_without_its_outlet(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = articles()
    taught: list[set[str]] = []
    real = framing.fit

    def spy(found, rows, chosen, *rest):  # type: ignore[no-untyped-def]
        taught.append({rows[i].outlet for i in chosen})
        return real(found, rows, chosen, *rest)

    monkeypatch.setattr(framing, "fit", spy)
    _, found = fit_framing(tokenizer, vocabulary(), rows, FramingFit(folds=3), np.random.default_rng(0))
    documents = [p for p in found if p.head == "framing_document"]
    assert sorted(p.row for p in documents) == sorted(row.row for row in rows)
    assert len({(p.row, p.start) for p in found}) == len(found) == 3 * len(rows)
    assert {p.scheme for p in found} == {"leave-outlet-out"}
    for fold in range(3):
        judged = {p.outlet for p in found if p.fold == fold}
        assert judged == OUTLETS - taught[fold]
    assert taught[3] == OUTLETS


def test_at_most_so_many_articles_of_an_outlet_are_learnt_from_spread_over_all() -> None:
    rows = articles(n_outlets=2, each=9)
    chosen = of_each_outlet(rows, 3)
    assert [rows.index(row) for row in chosen] == [0, 3, 6, 9, 12, 15]


def copied(framed: tuple[Path, str, Path], folder: Path) -> tuple[Path, Path, Path]:
    """A recipe file and the model of ``framed``, to change."""
    data, text, model = framed
    recipe = folder / "recipe.toml"
    recipe.write_text(text)
    return data, recipe, shutil.copytree(model, folder / "model")


def test_training_fits_framing_and_the_scorer_answers_it(framed: tuple[Path, str, Path], tmp_path: Path) -> None:
    data, recipe, out = copied(framed, tmp_path)
    found = read_predictions(out / "training" / pipeline.PREDICTIONS)
    assert {p.head for p in found} >= {"framing_document", "framing_paragraph", "loaded", "sentiment"}
    weights = (out / "model.safetensors").read_bytes()
    pipeline.train(recipe, data, out)
    assert (out / "model.safetensors").read_bytes() == weights
    assert checkpoints.read(out).ngrams() is not None
    assert biasscore.load(out, dtype="float32").score("The radical vote near the river.").framing is not None


def test_a_model_trained_on_keeps_its_bases_framing_head(framed: tuple[Path, str, Path], tmp_path: Path) -> None:
    data, text, base = framed
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(text.replace(FRAMING, ""))
    out = pipeline.train(recipe, data, tmp_path / "model", base=str(base))
    first, second = checkpoints.read(base).ngrams(), checkpoints.read(out).ngrams()
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.weight, second.weight)


def test_framing_is_fitted_anew_into_a_model_whose_other_answers_stay(
    framed: tuple[Path, str, Path], tmp_path: Path
) -> None:
    data, recipe, model = copied(framed, tmp_path)
    before, own = checkpoints.read(model), recipe.read_text()
    weights, old = before.weights(), before.ngrams()
    recipe.write_text(own.replace("strength = 10.0", "strength = 50.0"))
    assert main(["train", str(recipe), "--data", str(data), "--out", str(model), "--framing-only"]) == 0
    after = checkpoints.read(model)
    new, maps = after.ngrams(), after.calibration.maps
    assert old is not None
    assert new is not None
    assert np.abs(new.weight).sum() > np.abs(old.weight).sum()
    assert all((weights[name] == tensor).all() for name, tensor in after.weights().items())
    kept = {name: found for name, found in before.calibration.maps.items() if "framing" not in name}
    assert {name: maps[name] for name in kept} == kept
    assert maps["framing_paragraph"] == maps["framing_document"]
    heads = {p.head for p in read_predictions(model / "training" / pipeline.PREDICTIONS)}
    assert heads >= {"framing_document", "framing_paragraph", "loaded", "sentiment"}


def test_framing_is_not_fitted_anew_without_a_recipe_for_it(tmp_path: Path, tiny_model: Path) -> None:
    data, recipe, text = world_without_leans(tmp_path)
    recipe.write_text(text)
    with pytest.raises(TrainingError, match=r"has no \[framing\]"):
        refit_framing(recipe, data, tiny_model)


def test_one_map_without_a_shift_calibrates_paragraphs_and_documents(tokenizer: Tokenizer) -> None:
    _, found = fit_framing(tokenizer, vocabulary(), articles(), FramingFit(folds=3), np.random.default_rng(0))
    maps = {name: fit_head(name, found) for name in ("framing_paragraph", "framing_document")}
    assert maps["framing_paragraph"] == maps["framing_document"]
    assert maps["framing_document"].shift == (0.0, 0.0, 0.0)


def test_the_fit_reads_titles_and_passages_of_every_length(tokenizer: Tokenizer) -> None:
    rows = [replace(row, title="The council") for row in articles()]
    learnt = learn(tokenizer, vocabulary(), rows, np.random.default_rng(0))
    sizes = np.bincount(learnt.found.passage, minlength=len(learnt.article))
    assert learnt.whole.sum() == len(rows)
    for article in range(len(rows)):
        own = sizes[learnt.article == article]
        assert own.max() == sizes[learnt.whole][article]
        assert len(set(own.tolist())) >= 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("fox", "foxnews.com"),
        ("hill", "thehill.com"),
        ("new york times", "nytimes.com"),
        ("theblaze com", "theblaze.com"),
        ("atlantic", "theatlantic.com"),
        ("daily wire", "dailywire.com"),
    ],
)
def test_names_and_addresses_of_a_publisher_are_one_publisher(first: str, second: str) -> None:
    assert outlets.publisher(first) == outlets.publisher(second)
    assert len({outlets.publisher(name) for name in ("daily kos", "daily wire", "daily mail", "daily beast")}) == 4


def test_too_few_articles_are_refused(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "FEWEST_TOKENS", 1000)
    monkeypatch.setattr(framing, "FEWEST_PAIRS", 1000)
    with pytest.raises(TrainingError, match="add articles"):
        fit_framing(tokenizer, vocabulary(), articles(), FramingFit(folds=2), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("outlets", "missing"),
    [
        ({"o0", "o2", "o3", "o5"}, "center"),  # two leans would make a head of two classes
        ({"o0", "o3", "o1", "o2", "o5"}, "center"),  # the fold that leaves the only outlet of a lean out
        ({"o0"}, "center or right"),
        (set(), "left or center or right"),
    ],
)
def test_a_lean_without_outlets_to_learn_from_is_refused(tokenizer: Tokenizer, outlets: set[str], missing: str) -> None:
    rows = [row for row in articles() if row.outlet in outlets]
    with pytest.raises(TrainingError, match=f"no articles with the lean {missing} to learn from") as caught:
        fit_framing(tokenizer, vocabulary(), rows, FramingFit(folds=2), np.random.default_rng(0))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["folds = 1", "per_outlet = 0", "strength = 0"])
def test_an_impossible_fit_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE.replace("[[stages]]", f"[framing]\n{line}\n\n[[stages]]", 1))
    with pytest.raises(TrainingError, match=r"in framing must be (2 or more|1 or more|above 0)"):
        read_recipe(file)

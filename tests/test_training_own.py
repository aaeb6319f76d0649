"""Training further on the user's own labels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import write_calibration
from safetensors.numpy import load_file
from test_training import write_world

import biasscore
from biasscore.cli.main import main
from biasscore.engine.columns import EVERY_HEAD
from biasscore.errors import TrainingError
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, AffineMap
from biasscore.predict.ngrams import PAIR_BUCKETS, NgramHead
from biasscore.training import train
from biasscore.training.calibration_fit import FEWEST_SENTENCES
from biasscore.training.corpora import read_corpus
from biasscore.training.predictions import read_predictions
from biasscore.training.start import start

RECIPE = """
name = "mine"
base = "START"
seed = 1
max_tokens = 32
precision = "float32"

[held_out]
splits = { own = ["test"] }

[[stages]]
name = "own"
epochs = 2
batch = 8
parts = [{ corpus = "own" }]
"""
ROWS = [
    {
        "dataset": "own",
        "split": "test" if i % 4 == 0 else "train",
        "text": f"the {word} council vote number {i}",
        **labels,
    }
    for i in range(16)
    for word, labels in (("shameless", {"loaded": 1, "tone": -1}), ("harbour", {"loaded": 0, "tone": 0}))
]


def test_own_rows_carry_whatever_labels_they_have(tmp_path):
    rows = [*ROWS[:2], {**ROWS[2], "loaded": None, "tone": 1}, {**ROWS[3], "loaded": None, "tone": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "own.parquet")
    found = read_corpus("own", tmp_path)
    assert [(row.loaded, row.tone, row.subjective, row.marked) for row in found] == [
        (1, 0, None, None),
        (0, 1, None, None),
        (None, 2, None, None),
    ]


def test_a_file_of_own_rows_without_labels_is_refused(tmp_path):
    pq.write_table(pa.Table.from_pylist([{"dataset": "own", "split": "train", "text": "x"}]), tmp_path / "own.parquet")
    with pytest.raises(TrainingError, match="in one of the columns loaded, subjective, tone, loaded_words"):
        read_corpus("own", tmp_path)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (
            [{"text": "a", "loaded": 1.0}, {"text": "b", "loaded": 0.9}],
            "row 2 .* has 0.9 in the column 'loaded'; use 0, 1",
        ),
        ([{"text": "a", "loaded": 5}], "row 1 .* has 5 in the column 'loaded'"),
        ([{"text": "a", "tone": 2}], "row 1 .* has 2 in the column 'tone'; use -1, 0, 1"),
        ([{"text": "a", "subjective": "subjective"}], "has 'subjective' in the column 'subjective'; use 0, 1"),
        (
            [{"text": "a", "loaded": 1}, {"text": "a ", "loaded": 0}],
            "rows 1 and 2 .* same text, but not the same labels",
        ),
        ([{"text": "a", "loaded": 1, "loaded_words": "absurd"}], "write a list of words"),
        (
            [{"text": "a", "loaded": 1, "subjectivity": None}, {"text": "b", "loaded": 1, "subjectivity": 1}],
            "row 2 .* has 1 in the column 'subjectivity', .* columns loaded, subjective, tone, loaded_words, or delete",
        ),
        ([{"text": "a", "sentiment": "bad"}], "row 1 .* has 'bad' in the column 'sentiment', from which training"),
        ([{"text": 3, "loaded": 1}], "has 3 in the column 'text'; write a text there"),
        ([{"sentence": "a", "loaded": 1}], "has no column 'text', only: sentence, loaded; add the column"),
    ],
)
def test_a_wrong_own_row_is_named(rows, fault, tmp_path):
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "own.parquet")
    with pytest.raises(TrainingError, match=fault):
        read_corpus("own", tmp_path)


def test_own_rows_need_neither_dataset_nor_split_and_empty_texts_teach_nothing(tmp_path):
    rows = [{"text": text, "loaded": 1.0} for text in ("a", None, "", "b", "a")]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "own.parquet")
    assert [(row.text, row.split, row.loaded) for row in read_corpus("own", tmp_path)] == [
        ("a", "train", 1),
        ("b", "train", 1),
    ]


def test_a_file_that_is_no_parquet_file_is_told(tmp_path):
    (tmp_path / "own.parquet").write_text("text,loaded")
    with pytest.raises(TrainingError, match="cannot be read as a Parquet file"):
        read_corpus("own", tmp_path)


def test_training_on_own_rows_changes_the_weights_and_keeps_the_calibration(tmp_path):
    data, _ = write_world(tmp_path)
    pq.write_table(pa.Table.from_pylist(ROWS), data / "own.parquet")
    start = tmp_path / "start"
    lower = dataclasses.replace(UNCALIBRATED, span_above=UNCALIBRATED.span_above / 2)
    write_calibration(start, lower)
    recipe = tmp_path / "own.toml"
    recipe.write_text(RECIPE.replace("START", str(start)), encoding="utf-8")
    model = train(recipe, data, tmp_path / "mine")
    assert checkpoints.read(model).calibration == lower
    before, after = (load_file(folder / checkpoints.WEIGHTS) for folder in (start, model))
    assert any((before[name] != after[name]).any() for name in before)


def own_rows(n: int, **labels) -> list[dict[str, object]]:
    """Rows of ``own``, every fourth a test row; labels go in turn through the values given."""
    return [
        {
            "split": "test" if i % 4 == 0 else "train",
            "text": f"the {'shameless' if i // 4 % 2 else 'harbour'} council vote number {i}",
            **{name: values[i // 4 % len(values)] for name, values in labels.items()},
        }
        for i in range(n)
    ]


def recipe_for(folder, base: str, rows: list[dict[str, object]], extra: str = ""):
    """A data folder with these rows of ``own``, and a recipe that trains on them."""
    pq.write_table(pa.Table.from_pylist(rows), folder / "own.parquet")
    recipe = folder / "own.toml"
    recipe.write_text(RECIPE.replace('"START"', f'"{base}"{extra}').replace("epochs = 2", "epochs = 1"))
    return recipe


@pytest.fixture
def framing_start(tmp_path):
    """A base whose maps all differ from the uncalibrated ones, and that reads framing from words."""
    write_world(tmp_path)
    start = checkpoints.read(tmp_path / "start")
    rng = np.random.default_rng(1)
    width = start.encoder.vocab_size + PAIR_BUCKETS
    maps = {name: AffineMap(2.0, (0.5,) * len(found.shift)) for name, found in UNCALIBRATED.maps.items()}
    return checkpoints.write(
        tmp_path / "models" / "words",
        name="words",
        encoder=start.encoder,
        max_tokens=32,
        weights=start.weights(),
        tokenizer_json=start.tokenizer_file.read_text(encoding="utf-8"),
        calibration=dataclasses.replace(UNCALIBRATED, maps=maps, span_above=0.4),
        ngrams=NgramHead(rng.normal(size=(width, 3)).astype("f4"), np.ones(width, "f4"), np.zeros(3, "f4"), np.ones(1)),
    )


def test_enough_own_rows_calibrate_their_own_scores_and_no_others(framing_start, tmp_path):
    rows = own_rows(4 * FEWEST_SENTENCES, loaded=(0, 1), tone=(-1, 0))
    before = framing_start.calibration
    after = checkpoints.read(
        train(recipe_for(tmp_path, str(framing_start.path), rows), tmp_path, tmp_path / "m")
    ).calibration
    assert {name for name in after.maps if after.maps[name] != before.maps[name]} == {"loaded"}
    assert after.prevalence == 0.5
    assert after.loaded_above != before.loaded_above
    assert after.span_above == before.span_above


def test_what_training_cannot_calibrate_is_told(framing_start, tmp_path, capsys):
    rows = own_rows(4 * FEWEST_SENTENCES, loaded=(0, 1), tone=(-1, 0))
    recipe = recipe_for(tmp_path, str(framing_start.path), rows)
    assert main(["train", str(recipe), "--data", str(tmp_path), "--out", str(tmp_path / "m")]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "too few labelled rows were kept out of training to calibrate: sentiment. " in said


@pytest.mark.parametrize("repeated", [0, 3])
def test_held_out_rows_that_repeat_a_training_text_are_told(framing_start, tmp_path, repeated):
    rows = own_rows(16, subjective=(0, 1))
    words = "seven small boats left for the island in the morning"
    copies = [{"split": "test", "text": f"{i}: {words}", "subjective": 0} for i in range(repeated)]
    # These have no label of the score that is not calibrated.
    others = [{"split": "test", "text": f"{i} and {words}", "loaded": 0} for i in range(2)]
    rows += [{"split": "train", "text": words, "subjective": 1}, *copies, *others]
    said = []
    train(recipe_for(tmp_path, str(framing_start.path), rows), tmp_path, tmp_path / "m", note=said.append)
    assert "to calibrate: subjectivity. " in said[0]
    assert ("all their words, do not count (rows of this kind: 3). " in said[0]) == bool(repeated)
    assert ("do not count" in said[0]) == bool(repeated)


def test_a_new_score_with_too_few_held_out_rows_starts_uncalibrated(framing_start, tmp_path):
    before = framing_start.calibration
    places = np.concatenate([np.r_[EVERY_HEAD.of(name)] for name in ("loaded", "targets")])
    whole = framing_start.weights()
    # A model from before the other scores were known has no maps for them.
    maps = {name: before.maps[name] for name in ("loaded", "targets")}
    old = checkpoints.write(
        tmp_path / "old",
        name="old",
        encoder=framing_start.encoder,
        max_tokens=32,
        weights={**whole, **{name: whole[name][places] for name in ("heads.weight", "heads.bias")}},
        tokenizer_json=framing_start.tokenizer_file.read_text(encoding="utf-8"),
        calibration=dataclasses.replace(before, maps=maps),
        columns=checkpoints.ColumnLayout({name: EVERY_HEAD.sizes[name] for name in maps}),
    )
    said = []
    recipe = recipe_for(tmp_path, str(old.path), own_rows(16, subjective=(0, 1)))
    found = checkpoints.read(train(recipe, tmp_path, tmp_path / "m", note=said.append))
    assert list(found.columns.sizes) == ["loaded", "subjectivity", "targets"]
    assert found.calibration.maps["subjectivity"] == UNCALIBRATED.maps["subjectivity"]
    assert {name: found.calibration.maps[name] for name in maps} == maps
    assert "to calibrate: subjectivity. " in said[0]
    assert (tmp_path / "m" / "recipe.toml").exists()


def test_a_base_gives_all_that_no_stage_changes(framing_start, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "folders", lambda: [framing_start.path.parent])
    recipe = recipe_for(tmp_path, "words", own_rows(16, loaded=(0, 1)))
    model = checkpoints.read(train(recipe, tmp_path, tmp_path / "m"))
    assert model.calibration == framing_start.calibration
    np.testing.assert_array_equal(model.ngrams().weight, framing_start.ngrams().weight)
    mine, theirs = model.weights()["heads.bias"], framing_start.weights()["heads.bias"]
    for head in ("subjectivity", "sentiment", "targets"):
        np.testing.assert_array_equal(mine[model.columns.of(head)], theirs[EVERY_HEAD.of(head)])
    assert model.columns.sizes["framing"] == 0
    assert biasscore.load(model.path, device="cpu").score("The vote of Ada Byron.").framing is not None


def test_a_base_that_lacks_heads_keeps_the_others_in_their_places(framing_start, tmp_path):
    whole = framing_start.weights()
    names = ("loaded", "targets")
    places = np.concatenate([np.r_[EVERY_HEAD.of(name)] for name in names])
    small = checkpoints.write(
        tmp_path / "two",
        name="two",
        encoder=framing_start.encoder,
        max_tokens=32,
        weights={**whole, **{name: whole[name][places] for name in ("heads.weight", "heads.bias")}},
        tokenizer_json=framing_start.tokenizer_file.read_text(encoding="utf-8"),
        calibration=UNCALIBRATED,
        columns=checkpoints.ColumnLayout({name: EVERY_HEAD.sizes[name] for name in names}),
    )
    recipe = recipe_for(tmp_path, str(small.path), own_rows(16, tone=(-1, 0, 1)))
    model = checkpoints.read(train(recipe, tmp_path, tmp_path / "m"))
    assert list(model.columns.sizes) == ["loaded", "sentiment", "targets"]
    for head in names:
        mine, theirs = model.weights()["heads.bias"], small.weights()["heads.bias"]
        np.testing.assert_array_equal(mine[model.columns.of(head)], theirs[small.columns.of(head)])


def test_a_head_that_nobody_taught_is_not_written(framing_start, tmp_path):
    # With fewer layers, no column of the base reads what it was taught to read.
    recipe = recipe_for(tmp_path, str(framing_start.path), own_rows(16, loaded=(0, 1)), "\nlayers = 1")
    text = recipe.read_text()
    found = checkpoints.read(train(recipe, tmp_path, tmp_path / "alone"))
    assert list(found.columns.sizes) == ["loaded", "framing"]
    document = biasscore.load(found.path, device="cpu").score("The shameless vote of Ada Byron.")
    sentence = document.sentences[0]
    assert (sentence.loaded is None, sentence.subjectivity, sentence.sentiment, document.spans) == (
        False,
        None,
        None,
        (),
    )
    recipe.write_text(text.replace("epochs = 1", "epochs = 1\nbag = 0.5"))
    assert "spans" in checkpoints.read(train(recipe, tmp_path, tmp_path / "bag")).columns.sizes
    recipe.write_text(
        text.replace("[[stages]]", "[weights]\nspan = 0.0\n\n[[stages]]").replace("epochs", "bag = 0.5\nepochs")
    )
    assert "spans" not in checkpoints.read(train(recipe, tmp_path, tmp_path / "weight")).columns.sizes


def test_a_base_is_named_as_everywhere(monkeypatch, tiny_model):
    monkeypatch.setattr(checkpoints, "folders", lambda: [tiny_model.parent])
    network, _ = start("tiny")
    assert network.config == checkpoints.read(tiny_model).encoder


def test_a_held_out_row_that_another_corpus_taught_is_in_no_figure(tmp_path):
    data, _ = write_world(tmp_path)
    taught = read_corpus("anno-lexical", data)[0].text
    rows = [
        {"split": "test", "text": taught, "loaded": 1},
        {"split": "test", "text": taught.upper() + " It is said again here.", "tone": 1},
        {"split": "test", "text": "a vote on the river, that nobody has read", "loaded": 0},
        *own_rows(16, loaded=(0, 1))[1:4],
    ]
    recipe = recipe_for(data, str(tmp_path / "start"), rows)
    recipe.write_text(
        recipe.read_text().replace('{ corpus = "own" }', '{ corpus = "own" }, { corpus = "anno-lexical" }')
    )
    train(recipe, data, tmp_path / "m")
    found = read_predictions(tmp_path / "m" / "training" / "held-out.parquet")
    assert [(p.head, p.gold) for p in found] == [("loaded", 0)]


def test_other_inputs_never_return_the_old_weights(tmp_path):
    write_world(tmp_path)
    rows = own_rows(16, loaded=(0, 1))
    out = tmp_path / "m"

    def again(rows, old: str = "", new: str = "", base=None):
        recipe = recipe_for(tmp_path, str(tmp_path / "start"), rows)
        recipe.write_text(recipe.read_text().replace(old, new))
        return train(recipe, tmp_path, out, base)

    first = (again(rows) / checkpoints.WEIGHTS).read_bytes()
    assert (again(rows, 'name = "mine"', 'name = "ours"') / checkpoints.WEIGHTS).read_bytes() == first
    assert checkpoints.read(out).name == "ours"
    relabelled = [*rows[:-1], {**rows[-1], "loaded": 1 - rows[-1]["loaded"]}]
    other = checkpoints.read(tmp_path / "start")
    weights = {name: array + 1 for name, array in other.weights().items()}
    checkpoints.write(
        tmp_path / "other",
        name="other",
        encoder=other.encoder,
        max_tokens=32,
        weights=weights,
        tokenizer_json=other.tokenizer_file.read_text(encoding="utf-8"),
        calibration=UNCALIBRATED,
    )
    for change, what in (
        ({"rows": rows, "old": "epochs = 1", "new": "epochs = 2"}, "the recipe"),
        ({"rows": relabelled}, "the rows of the corpora"),
        ({"rows": rows, "base": str(tmp_path / "other")}, "the model to start from"),
    ):
        with pytest.raises(TrainingError, match=f"runs of another training: {what} changed .* train into a new folder"):
            again(**change)
    assert (out / checkpoints.WEIGHTS).read_bytes() == first
    assert 'name = "ours"' in (out / checkpoints.RECIPE).read_text()

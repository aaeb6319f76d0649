"""Training from recipe to checkpoint, on a tiny model and sample texts made up here."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from benchmarks import compact, train_all
from biasscore.engine.columns import EVERY_HEAD, N_COLUMNS
from biasscore.engine.config import EncoderConfig
from biasscore.engine.network import PackedNetwork
from biasscore.errors import TrainingError
from biasscore.evaluation.training_rows import Library
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.predict.pooling import pool as pooled_by_numpy
from biasscore.training import objective, pipeline, silver
from biasscore.training.batches import _filling, collate, plan_epoch
from biasscore.training.corpora import AUTHORED, CORPORA, NEVER_TAUGHT, Row, read_corpus
from biasscore.training.examples import Example, encode, marked_ranges, marked_tokens, sentence_example
from biasscore.training.fit import schedule
from biasscore.training.hub_corpora import read_home
from biasscore.training.objective import logits, losses
from biasscore.training.outlets import mask_outlet
from biasscore.training.predictions import Prediction, read_predictions, row_id, write_predictions
from biasscore.training.recipe import read_recipe, recipe_from

PLAIN = ["report", "vote", "budget", "council", "river", "school", "meeting", "figures", "train", "bridge", "harbour"]
LOADED = ["disgraceful", "shameless", "radical", "absurd", "pathetic", "vicious"]
NAMES = ["Ada", "Boris", "Clara", "Dmitri", "Edith", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Lars"]

RECIPE = """
name = "tiny"
base = "BASE"
seed = 3
max_tokens = 32
precision = "float32"
save_every = 4

[held_out]
splits = { checkthat = ["dev"], newsmtsc = ["test"] }
outlets = ["gazette"]

[cross_validation]
from_stage = "narrow"
folds = 2
outlets = ["Herald"]

[[stages]]
name = "wide"
epochs = 2
batch = 8
lr = 1e-3
parts = [
    { corpus = "anno-lexical" },
    { corpus = "article-bias-prediction", sentences = 3 },
    { corpus = "checkthat" },
    { corpus = "newsmtsc", share = 0.5 },
]

[[stages]]
name = "narrow"
epochs = 2
batch = 8
lr = 1e-3
parts = [{ corpus = "babe", votes = 0.2 }]
"""


def sentence(rng: np.random.Generator, loaded: bool) -> str:
    words = [str(word) for word in rng.choice(PLAIN, 4, replace=False)]
    who = " and ".join(str(name) for name in rng.choice(NAMES, 3, replace=False))
    return f"{who} saw the {str(rng.choice(LOADED)) + ' ' if loaded else ''}{words[0]} near the {words[1]}, {words[2]}."


def made_up_tables() -> dict[str, list[dict[str, object]]]:
    rng = np.random.default_rng(0)
    loaded: list[dict[str, object]] = []
    empty = {"lean": None, "topic": None, "loaded_words": None, "opinion": None, "gpt4": None, "gpt35": None}
    for i in range(48):
        text = sentence(rng, bool(i % 2))
        loaded.append(
            {**empty, "dataset": "anno-lexical", "split": "train", "text": text, "loaded": i % 2, "outlet": "a"}
        )
    for i in range(24):
        text = sentence(rng, bool(i % 2))
        words = [word for word in LOADED if word in text]
        outlet, lean = ("Herald", "left") if i % 3 else ("Post", "right")
        marks = {"loaded_words": words, "lean": lean, "gpt4": float(i % 2), "gpt35": 1.0}
        loaded.append(
            {**empty, "dataset": "babe", "split": "train", "text": text, "loaded": i % 2, "outlet": outlet, **marks}
        )
    subjective = [
        {
            "dataset": "checkthat",
            "split": "train" if i < 16 else "dev",
            "text": sentence(rng, False),
            "subjective": i % 2,
        }
        for i in range(24)
    ]
    tone = [
        {
            "dataset": "newsmtsc", "split": "train" if i < 16 else "test", "text": sentence(rng, False),
            "targets": ["x"], "target_starts": [0], "target_polarity": [i % 3 - 1], "sentence_polarity": None,
        }
        for i in range(24)
    ]  # fmt: skip
    articles = []
    for i in range(18):
        body = "\n\n".join(" ".join(sentence(rng, i % 3 == j) for j in range(2)) for _ in range(3))
        articles.append({
            "dataset": "article-bias-prediction", "split": "train", "text": body, "authors": "Ada Byron",
            "outlet": "gazette" if i >= 12 else f"outlet {i % 4}", "lean": ("left", "center", "right")[i % 3],
        })  # fmt: skip
    return {
        "loaded.parquet": loaded,
        "subjectivity.parquet": subjective,
        "sentiment.parquet": tone,
        "framing_articles.parquet": articles,
    }


def tiny_tokenizer() -> Tokenizer:
    texts = [str(row["text"]) for rows in made_up_tables().values() for row in rows]
    words = sorted(
        {word for text in texts for word in "".join(c if c.isalnum() else " " for c in text.lower()).split()}
    )
    vocab = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ",", *words])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def write_world(folder: Path) -> tuple[Path, Path]:
    """A data folder and a recipe file that starts from a tiny random model."""
    data = folder / "data"
    data.mkdir()
    for name, rows in made_up_tables().items():
        pq.write_table(pa.Table.from_pylist(rows), data / name)
    tokenizer = tiny_tokenizer()
    config = EncoderConfig(tokenizer.get_vocab_size(), 16, 2, 2, 32, 40)
    torch.manual_seed(0)
    weights = {name: tensor.numpy() for name, tensor in PackedNetwork(config).state_dict().items()}
    base = folder / "start"
    checkpoints.write(
        base, name="start", encoder=config, max_tokens=32, weights=weights,
        tokenizer_json=tokenizer.to_str(), calibration=UNCALIBRATED,
    )  # fmt: skip
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.replace("BASE", str(base)))
    return data, recipe


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("world")
    data, recipe = write_world(folder)
    return data, recipe, pipeline.train(recipe, data, folder / "model")


def test_training_ends_in_a_calibrated_checkpoint(trained: tuple[Path, Path, Path]) -> None:
    _, recipe, model = trained
    checkpoint = checkpoints.read(model)
    assert checkpoint.name == "tiny"
    assert checkpoint.calibration != UNCALIBRATED
    assert set(checkpoint.weights()) == set(checkpoints.shapes(checkpoint.encoder, N_COLUMNS))
    assert (model / checkpoints.RECIPE).read_text() == recipe.read_text()


def test_predictions_are_of_rows_kept_out(trained: tuple[Path, Path, Path]) -> None:
    data, _, model = trained
    predictions = read_predictions(model / "training" / "predictions.parquet")
    schemes = {(p.head, p.scheme) for p in predictions}
    assert ("loaded", "random folds") in schemes
    assert ("loaded", "leave-outlet-out") in schemes
    assert {("framing_document", "held-out"), ("subjectivity", "held-out"), ("sentiment", "held-out")} <= schemes
    dev = {row.row for row in read_corpus("checkthat", data) if row.split == "dev"}
    assert {p.row for p in predictions if p.head == "subjectivity"} <= dev
    assert {p.outlet for p in predictions if p.head == "framing_document"} == {"gazette"}
    babe = read_corpus("babe", data)
    folds = [p for p in predictions if p.head == "loaded" and p.scheme == "random folds"]
    assert len({p.row for p in folds}) == len(folds)
    assert {p.row for p in folds} <= {row.row for row in babe}


def test_rounding_is_measured_on_held_out_rows_and_on_folds(trained: tuple[Path, Path, Path]) -> None:
    data, _, folder = trained
    model = checkpoints.read(folder)
    found = {file.parent.name: run.name for file, run in compact.runs(model)}
    assert found == {"fold-0": "fold-0", "fold-1": "fold-1", "outlet-Herald": "outlet-Herald", "training": "final"}
    for file, run in compact.runs(model):
        before, after = compact.rounded(model, file, run, Library(data))
        assert {(p.head, p.row, p.start) for p in after} >= {(p.head, p.row, p.start) for p in before}


def test_a_killed_training_ends_in_the_same_weights(trained: tuple[Path, Path, Path], tmp_path: Path) -> None:
    data, recipe, model = trained
    out = tmp_path / "killed"
    # Two steps after the first state that it saves, so that these two are done again.
    code = (
        "import os, signal, sys; from pathlib import Path; from biasscore.training import train\n"
        "end = lambda step: step.step == 6 and os.kill(os.getpid(), signal.SIGKILL)\n"
        "train(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), progress=end)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, str(recipe), str(data), str(out)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    shared = out / "training" / "shared"
    assert (shared / "state.pt").exists()
    assert not (shared / "wide.safetensors").exists()
    pipeline.train(recipe, data, out)
    ours, theirs = load_file(out / checkpoints.WEIGHTS), load_file(model / checkpoints.WEIGHTS)
    assert max((ours[name].float() - theirs[name].float()).abs().max().item() for name in theirs) == 0


def test_more_tokens_than_the_base_reads_are_refused(tmp_path: Path) -> None:
    data, recipe = write_world(tmp_path)
    recipe.write_text(recipe.read_text().replace("max_tokens = 32", "max_tokens = 4096"))
    with pytest.raises(TrainingError, match=r"reads at most \d+ tokens"):
        pipeline.train(recipe, data, tmp_path / "model")


def test_a_smaller_model_learns_from_what_trained_models_say(trained: tuple[Path, Path, Path], tmp_path: Path) -> None:
    data, recipe, model = trained
    shutil.copytree(data, tmp_path / "data")
    file = silver.label([model, model], tmp_path / "data", 30)
    rows = read_corpus("silver", tmp_path / "data")
    assert {row.split for row in rows} == {"final", "development"}
    assert all(0 < row.loaded < 1 and sum(row.tones) == pytest.approx(1) for row in rows)
    assert any(row.marks for row in rows)
    stage = '[[stages]]\nname = "silver"\nparts = [{ corpus = "silver" }]\n\n[[stages]]\nname = "narrow"'
    text = re.sub(r'base = ".*"', f'base = "{model}"\nlayers = 1', recipe.read_text())
    text = text.replace('[[stages]]\nname = "narrow"', stage).replace('from_stage = "narrow"', 'from_stage = "silver"')
    text = text.replace('outlets = ["Herald"]', "runs = 1")
    (tmp_path / "small.toml").write_text(text)
    small = pipeline.train(tmp_path / "small.toml", tmp_path / "data", tmp_path / "small")
    assert checkpoints.read(small).encoder.n_layers == 1
    # What the models say differs between the runs, and each run reads what was said for it.
    said = {split: [row.loaded for row in rows if row.split == split] for split in ("final", "development")}
    assert said["final"] != said["development"]
    assert file.name == silver.FILE


def test_all_models_are_trained_by_one_call(tmp_path: Path) -> None:
    """Two teachers, their labels, and both models; a second call has nothing left to do."""
    data, recipe = write_world(tmp_path)
    text = recipe.read_text().replace('outlets = ["Herald"]', "runs = 1")
    (tmp_path / "teacher.toml").write_text(f"layers = 1\n{text}")
    stage = '[[stages]]\nname = "silver"\nparts = [{ corpus = "silver" }]\n\n[[stages]]\nname = "narrow"'
    text = text.replace('[[stages]]\nname = "narrow"', stage).replace('from_stage = "narrow"', 'from_stage = "silver"')
    for name in ("base", "small"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recipe.toml").write_text(f"layers = 1\n{text}")
    start = str(tmp_path / "start")
    asked = ["--data", str(data), "--mpnet", start, "--minilm", start, "--work", str(tmp_path / "work")]
    asked += ["--teachers", "2", "1", "--sentences", "20", "--steps", "1", "--recipes", str(tmp_path)]
    train_all.main(asked)
    made = {name: checkpoints.read(tmp_path / "work" / name) for name in ("base", "small", "teacher of 2 layers")}
    assert {name: model.encoder.n_layers for name, model in made.items()} == {
        "base": 1, "small": 1, "teacher of 2 layers": 2,
    }  # fmt: skip
    seconds = json.loads((tmp_path / "work" / "seconds.json").read_text())
    assert list(seconds)[:3] == ["teacher of 2 layers", "teacher of 1 layers", "labels"]
    log = (tmp_path / "work" / "base" / "training" / "final" / "log.jsonl").read_text()
    assert {json.loads(line)["steps"] for line in log.splitlines()} == {1, 2}
    assert not (data / silver.FILE).exists()


@pytest.mark.parametrize("name", ["teacher.toml", "base/recipe.toml", "small/recipe.toml"])
def test_added_corpora_stand_beside_our_own_sentences_on_tone(name: str, tmp_path: Path) -> None:
    recipe = Path(__file__).parents[1] / "models" / name
    more = read_recipe(train_all.variant(recipe, tmp_path / "more.toml", None, 0, train_all.ADDED))
    for stage, before in zip(more.stages, read_recipe(recipe).stages, strict=True):
        learnt = [part.corpus for part in stage.parts]
        assert [name for name in learnt if name not in train_all.ADDED] == [part.corpus for part in before.parts]
        assert set(train_all.ADDED) <= set(learnt)


def test_more_sentences_than_a_trial_drew_are_drawn(trained: tuple[Path, Path, Path], tmp_path: Path) -> None:
    data, _, model = trained
    shutil.copytree(data, tmp_path / "data")
    shutil.copytree(model, tmp_path / "model")
    drawn = []
    for count in (10, 30, 20):
        silver.label([tmp_path / "model"], tmp_path / "data", count)
        drawn.append([row.text for row in read_corpus("silver", tmp_path / "data") if row.split == "final"])
    assert [len(texts) for texts in drawn] == [10, 30, 20]
    assert drawn[1][:10] == drawn[0]
    assert drawn[1][:20] == drawn[2]


def test_a_model_that_lacks_a_score_labels_nothing(trained: tuple[Path, Path, Path], tmp_path: Path) -> None:
    data, _, model = trained
    old = checkpoints.read(model)
    columns = checkpoints.ColumnLayout({"spans": 1, "loaded": 2})
    weights = {name: array[:3] if name.startswith("heads.") else array for name, array in old.weights().items()}
    fewer = checkpoints.write(
        tmp_path / "fewer", name="fewer", encoder=old.encoder, max_tokens=32, weights=weights,
        tokenizer_json=old.tokenizer_file.read_text(), calibration=UNCALIBRATED, columns=columns,
    )  # fmt: skip
    with pytest.raises(TrainingError, match=r"has no score 'subjectivity', so it cannot label sentences; use a model"):
        silver.label([fewer.path], data, 10)


def test_a_stage_with_a_frozen_encoder_changes_only_its_own_heads(
    trained: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    data, recipe, model = trained
    stage = """
[[stages]]
name = "framing"
batch = 8
lr = 1e-2
weight_decay = 0.0
frozen = ["words", "positions", "embedding_norm", "layers"]
parts = [{ corpus = "article-bias-prediction", sentences = 3 }]
"""
    (tmp_path / "longer.toml").write_text(recipe.read_text() + stage)
    shutil.copytree(model / "training", tmp_path / "longer" / "training")
    # What the training was begun with, so that the longer recipe may use the finished stages.
    (tmp_path / "longer" / "training" / "inputs.json").unlink()
    for run in ("final", "fold-0", "fold-1", "outlet-Herald"):
        (tmp_path / "longer" / "training" / run / "predictions.parquet").unlink(missing_ok=True)
    longer = pipeline.train(tmp_path / "longer.toml", data, tmp_path / "longer")
    before, after = load_file(model / checkpoints.WEIGHTS), load_file(longer / checkpoints.WEIGHTS)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"heads.weight", "heads.bias"}
    columns = (before["heads.weight"] != after["heads.weight"]).any(dim=1).nonzero().squeeze(1).tolist()
    assert columns == list(range(N_COLUMNS)[EVERY_HEAD.of("framing")])
    assert not (longer / "training" / "fold-0" / "framing.safetensors").exists()


def test_permissive_recipe_leaves_out_restricted_corpora() -> None:
    stage = {"name": "s", "parts": [{"corpus": name} for name in CORPORA]}
    folds = {"from_stage": "s", "runs": 1}
    recipe = recipe_from({"name": "x", "base": "y", "permissive": True, "cross_validation": folds, "stages": [stage]})
    kept = {part.corpus for part in recipe.parts(recipe.stages[0])}
    assert kept == {name for name, corpus in CORPORA.items() if corpus.permissive}
    assert kept.isdisjoint({"babe", "checkthat", "phrasebank", "own"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": 1}, "the key 'colour' is unknown; remove this key, or check the spelling"),
        ({"stages": []}, r"has no \[\[stages\]\]"),
        ({"stages": [{"name": "s", "parts": [{"corpus": "nope"}]}]}, "unknown corpus 'nope'"),
        ({"stages": [{"name": "s", "lr": 0.0, "parts": [{"corpus": "babe"}]}]}, "'lr' in stages.0 must be above 0"),
        (
            {"cross_validation": {"from_stage": "z"}},
            "names 'z', but the recipe has no stage with this name; use one of: s",
        ),
        ({"seed": "one"}, "'seed' must be a whole number, not 'one'"),
        ({"stages": 3}, "'stages' must be a list, not 3"),
        ({"stages": [{"name": "s"}]}, "'parts' is missing in stages.0; add this key"),
        (
            {"stages": [{"name": "s", "parts": [{"corpus": "babe", "weigth": 2}]}]},
            "the key 'weigth' in stages.0.parts.0 is unknown",
        ),
        ({"precision": "half"}, "'auto', 'float32' or 'bfloat16', not 'half'"),
    ],
)
def test_a_recipe_with_a_fault_is_refused(change: dict[str, object], words: str) -> None:
    good = {"name": "x", "base": "y", "stages": [{"name": "s", "parts": [{"corpus": "babe"}]}]}
    recipe_from(good)
    with pytest.raises(ValueError, match=words):
        recipe_from({**good, **change})


@pytest.mark.parametrize("key", ["name", "base"])
def test_a_recipe_without_a_key_is_told_which(key: str, tmp_path: Path) -> None:
    good = {"name": "x", "base": "y"}
    lines = [f'{name} = "{value}"' for name, value in good.items() if name != key]
    (tmp_path / "recipe.toml").write_text("\n".join([*lines, "[[stages]]", 'name = "s"', "parts = []"]))
    with pytest.raises(TrainingError, match=f"'{key}' is missing; add this key"):
        read_recipe(tmp_path / "recipe.toml")


def test_unknown_corpus_and_missing_file_name_the_mend(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="use one of: "):
        read_corpus("nope", tmp_path)
    with pytest.raises(TrainingError, match=r"docs/training\.md"):
        read_corpus("checkthat", tmp_path)


def test_a_corpus_from_its_public_home_has_the_columns_of_a_data_folder() -> None:
    row = {
        "text": "The absurd vote", "label": 1, "biased_words": "['absurd']", "outlet": "Post", "type": "right",
    }  # fmt: skip
    records = read_home("babe", lambda path: {"train": [row], "test": [row]})
    assert records == [
        {
            "dataset": "babe", "split": "train", "text": "The absurd vote", "loaded": 1, "loaded_words": ["absurd"],
            "outlet": "Post", "lean": "right",
        }
    ]  # fmt: skip
    with pytest.raises(TrainingError, match="put the corpus into this folder"):
        read_home("sst2", lambda path: {"train": [{"sentence": "other columns"}]})


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_torch_pooling_equals_the_engines(data: st.DataObject) -> None:
    n_tokens = data.draw(st.integers(1, 30))
    n_groups = data.draw(st.integers(1, 5))
    group = np.array(data.draw(st.lists(st.integers(-1, n_groups - 1), min_size=n_tokens, max_size=n_tokens)))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    projection = (rng.standard_normal((n_tokens, N_COLUMNS)) * 4).astype(np.float32)
    for head in map(EVERY_HEAD.pooled, ("loaded", "sentiment", "framing")):
        theirs = pooled_by_numpy(projection, head, group, n_groups)
        ours = objective.pool(torch.from_numpy(projection), head, torch.from_numpy(group), n_groups).numpy()
        np.testing.assert_allclose(ours, np.nan_to_num(theirs), atol=1e-5)


def test_pooling_has_gradients_even_with_empty_groups() -> None:
    projection = torch.randn(4, N_COLUMNS, requires_grad=True)
    objective.pool(projection, EVERY_HEAD.pooled("loaded"), torch.tensor([0, 0, 2, -1]), 3).sum().backward()
    assert projection.grad is not None
    assert projection.grad.isfinite().all()
    assert projection.grad[3].abs().sum() == 0


def test_loaded_reads_only_the_authors_words() -> None:
    said = Row(
        "babe", "train", "r", 'Ada said "the vicious bridge near the river" to the council.', loaded=1, marked=()
    )
    encoded = encode(tiny_tokenizer(), [said.text], 32)[0]
    quoted = {
        said.text[a:b] for a, b, author in zip(encoded.starts, encoded.ends, encoded.author, strict=True) if not author
    }
    assert "vicious" in quoted
    assert "council" not in quoted


def test_a_sentence_that_is_all_quotation_is_read_whole() -> None:
    encoded = encode(tiny_tokenizer(), ['"The vicious bridge near the river."'], 32)[0]
    assert np.array_equal(encoded.author, encoded.inside)


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("The radical and absurd Radical vote", ["radical"], ["radical", "Radical"]),
        ("what the hell did the council do", ["what", "the", "hell"], ["what", "the", "hell"]),
        ("the vote of the council", ["the"], []),
        ("a far-left mob", ["far-left"], ["far-left"]),
        ("nothing here", ["absent"], []),
    ],
)
def test_marked_words_are_found(text: str, words: list[str], found: list[str]) -> None:
    assert [text[a:b] for a, b in marked_ranges(text, words)] == found


@pytest.mark.parametrize("corpus", ["authored", "authored-tone", "authored-wording", "authored-slant"])
def test_the_projects_own_sentences_mark_words_that_stand_in_them(corpus: str, tmp_path: Path) -> None:
    rows = [row for row in read_corpus(corpus, tmp_path) if row.loaded is not None]
    assert sum(row.loaded == 1 for row in rows) >= 50
    assert all(bool(row.marked) == bool(row.loaded) for row in rows)
    assert [row.text for row in rows if row.loaded and not marked_ranges(row.text, row.marked or ())] == []


@pytest.mark.parametrize("corpus", ["authored-tone", "authored-news"])
def test_the_projects_own_pairs_of_tone_are_on_one_side_of_the_split(corpus: str, tmp_path: Path) -> None:
    rows = read_corpus(corpus, tmp_path)
    assert {row.tone for row in rows} == {0, 1, 2}
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    assert all(first.split == second.split for first, second in pairs)
    assert 0.2 < sum(row.split == NEVER_TAUGHT for row in rows) / len(rows) < 0.4


@pytest.mark.parametrize("returned", [(), AUTHORED])
def test_no_stage_can_learn_from_authored_sentences_that_are_held_out(
    returned: tuple[str, ...], tmp_path: Path
) -> None:
    recipe = recipe_from(
        {
            "name": "x",
            "base": "y",
            "held_out": {"returned": returned},
            "stages": [{"name": "s", "parts": [{"corpus": name} for name in AUTHORED]}],
        }
    )
    for corpus in AUTHORED:
        for row in read_corpus(corpus, tmp_path):
            assert recipe.keeps_from_stages(row) == (row.split == NEVER_TAUGHT)


def test_marks_reach_every_piece_of_a_word() -> None:
    encoded = encode(tiny_tokenizer(), ["the absurd vote"], 32)[0]
    target = marked_tokens(encoded, [(4, 10, 0.25), (4, 15, 0.5)])
    assert np.isnan(target[[0, -1]]).all()
    assert target[1:-1].tolist() == [0.0, 0.5, 0.5]


def test_masking_takes_out_masthead_byline_and_author() -> None:
    text = "By Ada Byron\n\nAda Byron told Fox News at https://example.org/x that the Gazette asked.\n\nByron left."
    masked = mask_outlet(text, "gazette", "Ada Byron")
    assert not any(word in masked for word in ("Fox", "Gazette", "Byron", "http"))
    assert masked.count("\n\n") == 2


@pytest.mark.parametrize("outlet", ["example gazette", "Example Gazette", "the example gazette", "The Example Gazette"])
def test_an_outlet_in_any_spelling_is_no_person(outlet: str) -> None:
    assert mask_outlet("The Example Gazette asked.", outlet) == "the outlet asked."


def test_losses_ignore_what_was_not_asked() -> None:
    tokenizer = tiny_tokenizer()
    texts = ["the absurd vote", "the bridge near the river"]
    rows = [
        Row("babe", "train", "a", texts[0], loaded=1, marked=("absurd",)),
        Row("mpqa", "train", "b", texts[1], tone=2),
    ]
    examples = [
        sentence_example(row, encoded, votes=0.0, weight=1.0)
        for row, encoded in zip(rows, encode(tokenizer, texts, 32), strict=True)
    ]
    batch = collate(examples)
    projection = torch.zeros(len(batch.ids), N_COLUMNS)
    found = losses(logits(projection, batch), batch)
    assert found["loaded"].item() == pytest.approx(math.log(2) / 2)
    assert found["sentiment"].item() == pytest.approx(math.log(3) / 2)
    assert found["subjectivity"].item() == found["framing"].item() == 0


@given(st.lists(st.integers(1, 5), min_size=1, max_size=300), st.integers(5, 16))
def test_an_epoch_takes_every_example_once(sizes: list[int], batch: int) -> None:
    sentence = encode(tiny_tokenizer(), ["the vote"], 32)[0]
    examples = [Example((sentence,) * size) for size in sizes]
    planned = plan_epoch(examples, batch, np.random.default_rng(0))
    assert sorted(i for chosen in planned for i in chosen) == list(range(len(sizes)))
    assert max(sum(sizes[i] for i in chosen) for chosen in planned) <= batch


@given(st.lists(st.integers(2, 190), min_size=1, max_size=100))
def test_batches_are_filled_up_to_few_shapes(lengths: list[int]) -> None:
    filling = _filling(lengths)
    assert all(0 < length <= max(lengths) for length in filling)
    assert (sum(lengths) + sum(filling)) % 256 == 0
    assert sum(filling) < 256


def test_schedule_rises_then_falls() -> None:
    rates = [schedule(step, 100, 0.1) for step in range(100)]
    assert max(rates) == rates[10] == rates[9] == 1.0
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] > 0


def test_predictions_survive_the_disk(tmp_path: Path) -> None:
    rows = [Prediction("loaded", "random folds", row_id("A  b"), 1, (0.5,), 0, "babe", outlet="Post", lean="left")]
    write_predictions(tmp_path / "p.parquet", rows)
    assert read_predictions(tmp_path / "p.parquet") == rows
    assert row_id("A  b") == row_id("a b\n")
    with pytest.raises(TrainingError, match="with: biasscore train"):
        read_predictions(tmp_path / "missing.parquet")

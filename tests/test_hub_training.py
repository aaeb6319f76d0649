"""Any family is a base: trained from the command line, written, loaded and scored like a model of ours."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from fakes import write_calibration
from hub_models import FAMILIES, SENTENCES, WHOLE, make
from safetensors.torch import load_file

import biasscore
from biasscore import BackendError, ModelError, TrainingError
from biasscore.cli.main import main
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.device import EngineOptions
from biasscore.engine.families import move
from biasscore.engine.family_table import FAMILIES as ROWS
from biasscore.engine.reader import Reader
from biasscore.engine.select import open_engine
from biasscore.engine.tokens import Tokenizer
from biasscore.engine.tolerance import FROM_COMPANY, FROM_FLOAT32
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED, AffineMap
from biasscore.training import train
from biasscore.training.start import start

# A name, its family, and what sets it apart.
BASES = {name: (name, {}) for name in FAMILIES} | {
    "narrow-electra": ("electra", {"embedding_size": 16}),
    "relu-distilbert": ("distilbert", {"activation": "relu"}),
}
IN_TRANSFORMERS = [name for name in BASES if name not in ROWS or not ROWS[name].is_like_bert]
RECIPE = """
name = "mine"
base = "nowhere"
max_tokens = 32
precision = "float32"
save_every = 1

[[stages]]
name = "own"
epochs = 1
batch = 8
lr = 1e-3
parts = [{ corpus = "own" }, { corpus = "article-bias-prediction" }]
"""
LONG = " ".join(WHOLE * 12)
TEXT = " ".join(SENTENCES) + "\n\n" + LONG


def made(folder, name):
    family, fields = BASES[name]
    return make(folder / name, family, **fields)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A recipe, 16 labelled rows and 3 articles: a few steps of training, for all heads."""
    folder = tmp_path_factory.mktemp("world")
    rows = [
        {
            "dataset": "own",
            "split": "train",
            "text": f"{text} {i}",
            "loaded": i % 2,
            "subjective": i % 2,
            "tone": 0,
            "loaded_words": ["nasty"],
        }
        for i, text in enumerate([*SENTENCES, "A “nasty”  vote", "The co\u00adoperation"] * 3)
    ][:16]
    pq.write_table(pa.Table.from_pylist(rows), folder / "own.parquet")
    articles = [
        {"dataset": "article-bias-prediction", "split": "train", "text": LONG + lean, "outlet": lean, "lean": lean}
        for lean in ("left", "center", "right")
    ]
    pq.write_table(pa.Table.from_pylist(articles), folder / "framing_articles.parquet")
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module", params=BASES)
def trained(request, world, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    base = made(folder, request.param)
    command = ["train", str(world / "recipe.toml"), "--data", str(world), "--out", str(folder / "model")]
    assert main([*command, "--base", str(base)]) == 0
    return folder / "model"


def opened(folder, **options):
    return biasscore.load(folder, **{"device": "cpu", "dtype": "float32", "threads": 1, **options})


def test_the_checkpoint_says_all_that_is_needed_to_build_it_again(trained):
    config = json.loads((trained / "config.json").read_text())
    checkpoint = checkpoints.read(trained)
    assert config["format"] == 3
    assert str(trained.parent) not in json.dumps(config["encoder"])
    assert {n: w.shape for n, w in checkpoint.weights().items()} == checkpoints.shapes(
        checkpoint.encoder, checkpoint.columns.n_columns
    )
    assert (checkpoint.encoder.hidden_size, checkpoint.encoder.n_layers, checkpoint.encoder.max_positions) == (
        32,
        2,
        64,
    )


def test_every_head_answers_and_long_sentences_run_in_windows(trained):
    scorer = opened(trained)
    document = scorer.score(TEXT)
    assert scorer.settings.backend == "torch"
    assert document.framing is not None
    for sentence in document.sentences:
        numbers = (sentence.loaded, sentence.subjectivity, *sentence.sentiment.to_dict().values())
        assert np.isfinite(numbers).all()
    assert document.sentences[-1].n_windows > 1
    again = opened(trained).explain(TEXT)
    assert [s.loaded for s in again.sentences] == [s.loaded for s in document.sentences]


def test_rows_depend_neither_on_company_nor_on_order_nor_on_the_budget(trained):
    tokenizer, wanted = Tokenizer.from_file(checkpoints.read(trained).tokenizer_file), None
    texts = [*SENTENCES, LONG, "The vote.", SENTENCES[0] + " He said."]
    for dtype in ("float32", "bfloat16"):
        projector = projector_of(trained, tokenizer, dtype, 512)
        together = projector(tokenizer(texts))
        wanted = together if wanted is None else wanted
        spread = wanted.std()
        assert np.abs(together - wanted).max() < FROM_FLOAT32[dtype] * spread
        alone = np.concatenate([projector(tokenizer([text])) for text in texts])
        assert np.abs(alone - together).max() < FROM_COMPANY[dtype] * spread
        backwards = projector(tokenizer(texts[::-1]))
        turned = np.concatenate(np.split(backwards, tokenizer(texts[::-1]).bounds[1:-1])[::-1])
        assert np.abs(turned - together).max() < FROM_COMPANY[dtype] * spread
        little = projector_of(trained, tokenizer, dtype, 40)(tokenizer(texts))
        assert np.abs(little - together).max() < FROM_COMPANY[dtype] * spread


def projector_of(folder, tokenizer, dtype, budget):
    checkpoint = checkpoints.read(folder)
    engine = open_engine(
        checkpoint.encoder, checkpoint.weights(), EngineOptions("cpu", dtype, "torch", threads=1, budget=budget)
    )
    reader = Reader(engine, tokenizer.before, tokenizer.after, checkpoint.max_tokens, checkpoint.columns.n_columns)
    return lambda tokens: reader(list(tokens.sequences())).rows


def test_spans_are_whole_words_of_the_text_as_given(trained, tmp_path):
    for file in trained.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    # All words are loaded, so that spans are all words, joined.
    every = replace(UNCALIBRATED, maps={**UNCALIBRATED.maps, "span": AffineMap(1e-6, (5.0,))})
    write_calibration(tmp_path, every)
    scorer = opened(tmp_path)
    for text in (*SENTENCES, "Café  e\u0301te \u00ad co\u00adop 😀 “don’t”."):
        found = {char for span in scorer.score(text).spans for char in range(span.start, span.end)}
        missing = {char for i, char in enumerate(text) if char.isalnum() and i not in found}
        assert not missing
        for span in scorer.score(text).spans:
            assert text[span.start : span.end] == span.text == span.text.strip()
            assert not (text[span.start - 1 : span.start].isalnum() and span.text[0].isalnum())
            assert not (text[span.end : span.end + 1].isalnum() and span.text[-1].isalnum())


@pytest.mark.parametrize("name", ["albert", "deberta-v2", "modernbert"])
def test_a_killed_training_ends_in_the_same_weights(name, world, tmp_path):
    base = made(tmp_path, name)

    def train_into(folder, progress=None):
        return train(world / "recipe.toml", world, tmp_path / folder, str(base), progress)

    def kill(step):
        if step.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_into("killed", kill)
    assert (tmp_path / "killed" / "training" / "final" / "state.pt").exists()
    ours, theirs = (load_file(train_into(name) / checkpoints.WEIGHTS) for name in ("killed", "whole"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_half_precision_leaves_computed_tables_all_their_digits(tmp_path):
    network, _ = start(str(made(tmp_path, "modernbert")))
    tables = {name: table.clone() for name, table in network.named_buffers()}
    move(network, "cpu", torch.bfloat16)
    assert {parameter.dtype for parameter in network.parameters()} == {torch.bfloat16}
    assert tables
    assert all(torch.equal(table, tables[name]) for name, table in network.named_buffers())


def test_onnx_is_refused_and_auto_takes_torch(world, tmp_path):
    network, tokenizer = start(str(made(tmp_path, "deberta-v2")))
    written(tmp_path / "m", network, tokenizer)
    assert biasscore.load(tmp_path / "m", device="cpu", threads=1).settings.backend == "torch"
    with pytest.raises(
        BackendError, match="deberta-v2 runs with PyTorch only, not with ONNX Runtime; use --backend torch"
    ):
        opened(tmp_path / "m", backend="onnx")
    with pytest.raises(BackendError, match="cannot run in int8"):
        opened(tmp_path / "m", dtype="int8")
    assert main(["export", str(tmp_path / "m"), "-o", str(tmp_path / "m.onnx")]) != 0
    assert not (tmp_path / "m.onnx").exists()


def written(folder, network, tokenizer):
    return checkpoints.write(
        folder,
        name="m",
        encoder=network.config,
        max_tokens=32,
        weights={name: tensor.numpy() for name, tensor in network.state_dict().items()},
        tokenizer_json=tokenizer.to_str(),
        calibration=UNCALIBRATED,
    )


@pytest.mark.parametrize("name", IN_TRANSFORMERS)
def test_the_lowest_layers_make_a_smaller_base_and_every_part_has_a_place(name, tmp_path):
    network, _ = start(str(made(tmp_path, name)), layers=1)
    assert network.config.n_layers == 1
    assert checkpoints.shapes(network.config, N_COLUMNS) == {n: tuple(t.shape) for n, t in network.state_dict().items()}
    parts = {name: network.part(name).split(".")[0] for name, _ in network.named_parameters()}
    assert set(parts.values()) <= {"words", "positions", "embedding_norm", "layers", "heads"}
    assert {"words", "embedding_norm", "layers", "heads"} <= set(parts.values())


def test_a_frozen_encoder_of_any_family_stays_as_it_is(world, tmp_path):
    base = made(tmp_path, "deberta-v2")
    recipe = tmp_path / "recipe.toml"
    frozen = 'frozen = ["words", "positions", "embedding_norm", "layers"]'
    recipe.write_text(RECIPE.replace("parts =", f"{frozen}\nparts ="))
    model = train(recipe, world, tmp_path / "model", str(base))
    before, after = start(str(base))[0].state_dict(), load_file(model / checkpoints.WEIGHTS)
    changed = {name for name in after if not torch.equal(before[name].half(), after[name])}
    assert changed == {"heads.weight", "heads.bias"}


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        ({"model_type": "gpt2"}, "copy or train the model again"),
        ({"hidden_size": None}, "copy or train the model again"),
        ({"hidden_act": "nonsense"}, "install the version of transformers that saved the model"),
        ({"intermediate_size": 49}, "copy both files from the same model"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(change, mend, tmp_path):
    written(tmp_path / "m", *start(str(made(tmp_path, "albert"))))
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    (tmp_path / "m" / "config.json").write_text(json.dumps(config | {"encoder": config["encoder"] | change}))
    with pytest.raises(ModelError, match=mend) as caught:
        opened(tmp_path / "m")
    assert "\n" not in str(caught.value)


def test_a_base_that_cannot_be_used_is_refused_with_the_mend(tmp_path):
    folder = made(tmp_path, "deberta-v2")
    config = json.loads((folder / "config.json").read_text())
    for change, mend in (
        ({"auto_map": {}}, "never runs"),
        ({"model_type": "gpt2"}, "use a model with one of these types: albert"),
    ):
        (folder / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(TrainingError, match=mend):
            start(str(folder))
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(TrainingError, match=r"has no weights with the name 'encoder\.layer\.2"):
        start(str(folder))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(TrainingError, match="pickled"):
        start(str(folder))
    with pytest.raises(TrainingError, match="does not exist; check the path"):
        start("./nowhere/at/all")

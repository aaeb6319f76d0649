"""A checkpoint lists its heads; one with fewer, with unknown ones, or from before they were listed loads as well."""

import json
import logging
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from conftest import TINY
from fakes import fast_tokenizer
from hub_models import make

import biasscore
from biasscore import InputError, ModelError
from biasscore.engine.columns import EVERY_HEAD, ColumnLayout
from biasscore.engine.config import FamilyConfig
from biasscore.engine.device import EngineOptions
from biasscore.heads import HEADS, SCORES
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.predict.vectors import Encoder
from biasscore.tables.flatten import to_table
from biasscore.tables.records import Row
from biasscore.tables.schema import LEVELS

TEXT = "To the senator Maria Soto it was absurd. The senator said “we vote”.\n\nThey said it was in the bill."
FAMILY = FamilyConfig(
    {
        "model_type": "albert",
        "vocab_size": TINY.vocab_size,
        "embedding_size": 8,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 32,
        "pad_token_id": 0,
    }
)


def write(folder, sizes=EVERY_HEAD.sizes, encoder=TINY):
    rng = np.random.default_rng(0)
    columns = ColumnLayout(sizes)
    maps = {name: m for name, m in UNCALIBRATED.maps.items() if any(name in HEADS[h].maps for h in sizes if h in HEADS)}
    weights = {
        n: rng.normal(scale=0.4, size=shape) for n, shape in checkpoints.shapes(encoder, columns.n_columns).items()
    }
    checkpoints.write(
        folder,
        name="tiny",
        encoder=encoder,
        max_tokens=32,
        weights=weights,
        tokenizer_json=fast_tokenizer().to_str(),
        calibration=replace(UNCALIBRATED, maps=maps),
        columns=columns,
    )
    return folder


def config_of(folder):
    return json.loads((folder / "config.json").read_text())


def scored(folder):
    return biasscore.load(folder, device="cpu", dtype="float32", backend="torch").score(TEXT)


@pytest.mark.parametrize(("number", "encoder"), [(1, TINY), (2, FAMILY)], ids=["1", "2"])
def test_a_file_of_an_older_format_means_the_five_heads_of_its_time(tmp_path, number, encoder):
    folder = write(tmp_path / "tiny", checkpoints._FIRST_HEADS, encoder)
    config = config_of(folder)
    assert config["format"] == 3
    expected = replace(scored(folder), model="")
    del config["heads"]
    (folder / "config.json").write_text(json.dumps(config | {"format": number}))
    assert replace(scored(folder), model="") == expected
    assert list(checkpoints.read(folder).columns.sizes) == ["spans", "loaded", "subjectivity", "sentiment", "framing"]


@pytest.mark.parametrize("absent", HEADS)
def test_what_a_model_without_a_head_does_not_answer_is_null_everywhere(tmp_path, absent):
    sizes = {name: n for name, n in EVERY_HEAD.sizes.items() if name != absent}
    document = scored(write(tmp_path / "tiny", sizes))
    for level in LEVELS:
        rows = to_table([(Row("a", TEXT), document)], level, "m").to_pylist()
        assert bool(rows) == ((absent, level) != ("targets", "target"))
        for row, head in product(rows[:1], HEADS.values()):
            # What stands in no quotation and no indirect speech is null from any model.
            own = [column.name for column in head.columns if not {"quoted", "attributed"} & {*column.name.split("_")}]
            assert {row[name] is None for name in own if name in row} <= {head.name == absent}
    plain = document.to_dict()
    assert {head: plain.get(head) is None for head in HEADS if head != "spans"} == {
        head: head == absent for head in HEADS if head != "spans"
    }
    assert absent != "spans" or document.spans == ()


def test_a_prior_and_vectors_need_a_head_for_loaded(tmp_path):
    """A prior goes to the model that gives ``loaded``, and to no other."""
    tone, ours, classifier = (
        write(tmp_path / "tone", {"sentiment": 4}),
        write(tmp_path / "ours"),
        make(tmp_path / "hub"),
    )
    for models in ({"model": tone}, {"model": None, "sentiment": ours}, {"model": None, "sentiment": classifier}):
        for prior in (0.2, 5):
            with pytest.raises(InputError, match="'loaded', but no model gives this score"):
                biasscore.load(**models, prior=prior)
    for model in (tone, classifier):
        scorer = biasscore.load(ours, sentiment=model, prior=0.2)
        assert scorer.settings.prior == 0.2
        assert scorer.fingerprint.count("prior") == 1
        with pytest.raises(InputError, match="must be a number between 0 and 1"):
            biasscore.load(ours, sentiment=model, prior=5)
    with pytest.raises(ModelError, match="does not give the score 'loaded', which vectors need"):
        Encoder.open(tone, EngineOptions(threads=1))


def test_the_other_heads_answer_as_before_whichever_are_missing(tmp_path):
    whole = scored(write(tmp_path / "whole"))
    rng = np.random.default_rng(0)
    weights = {n: rng.normal(scale=0.4, size=s) for n, s in TINY.shapes(EVERY_HEAD.n_columns).items()}
    kept = ColumnLayout({"sentiment": 4, "loaded": 2})
    chosen = np.concatenate([np.r_[EVERY_HEAD.of(name)] for name in kept.sizes])
    checkpoints.write(
        tmp_path / "part",
        name="tiny",
        encoder=TINY,
        max_tokens=32,
        weights=weights | {name: weights[name][chosen] for name in ("heads.weight", "heads.bias")},
        tokenizer_json=fast_tokenizer().to_str(),
        calibration=UNCALIBRATED,
        columns=kept,
    )
    part = scored(tmp_path / "part")
    assert [s.loaded for s in part.sentences] == pytest.approx([s.loaded for s in whole.sentences])
    assert [s.tone for s in part.sentences] == pytest.approx([s.tone for s in whole.sentences])
    assert {s.subjectivity for s in part.sentences} == {None}
    assert part.framing is None


def test_an_unknown_head_is_named_and_the_rest_loads(tmp_path, caplog):
    folder = write(
        tmp_path / "tiny", {"spans": 1, "irony": 3, **{k: v for k, v in EVERY_HEAD.sizes.items() if k != "spans"}}
    )
    with caplog.at_level(logging.WARNING, "biasscore"):
        checkpoint = checkpoints.read(folder)
    assert checkpoint.unknown_heads == ("irony",)
    assert "does not know (irony)" in caplog.text
    assert scored(folder).loaded is not None


@pytest.mark.parametrize("heads", [{"loaded": 7}, {"loaded": -1}, {"loaded": "x"}, ["loaded"], None])
def test_heads_that_cannot_be_are_refused(tmp_path, heads):
    folder = write(tmp_path / "tiny")
    (folder / "config.json").write_text(json.dumps(config_of(folder) | {"heads": heads}))
    refused = r"the key 'heads.* in .*config\.json|config\.json is not the config\.json of a biasscore model"
    with pytest.raises(ModelError, match=refused):
        checkpoints.read(folder)


def test_a_head_without_its_calibration_is_refused(tmp_path):
    folder = write(tmp_path / "tiny", {"loaded": 2})
    (folder / "config.json").write_text(json.dumps(config_of(folder) | {"heads": {"subjectivity": 2}}))
    with pytest.raises(ModelError, match="no calibration for the score 'subjectivity'"):
        checkpoints.read(folder)


def test_every_compared_score_is_a_column_of_documents():
    assert all("document" in column.levels for column in SCORES)

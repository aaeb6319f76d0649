"""A model folder is read whole or refused with the file and the mend."""

import json
import shutil
import sys

import numpy as np
import pytest
from fakes import fast_tokenizer, write_calibration

from biasscore import ModelError
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import EncoderConfig
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED

ENCODER = EncoderConfig(200, 8, 2, 2, 16, 32)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    checkpoints.write(
        tmp_path / "tiny",
        name="tiny",
        encoder=ENCODER,
        max_tokens=32,
        weights={name: rng.normal(size=shape) for name, shape in ENCODER.shapes(N_COLUMNS).items()},
        tokenizer_json=fast_tokenizer().to_str(),
        calibration=UNCALIBRATED,
    )
    return tmp_path / "tiny"


def change_config(folder, **values):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


def test_what_is_written_is_read_back_rounded_to_float16(folder):
    checkpoint = checkpoints.read(folder)
    assert checkpoint.encoder == ENCODER
    assert checkpoint.calibration == UNCALIBRATED
    weights = checkpoint.weights()
    assert {n: w.shape for n, w in weights.items()} == ENCODER.shapes(N_COLUMNS)
    assert all(w.dtype == np.float32 and (w == w.astype(np.float16)).all() for w in weights.values())


def test_the_fingerprint_changes_with_weights_and_calibration(folder):
    from dataclasses import replace

    before = checkpoints.read(folder).fingerprint
    after = write_calibration(folder, replace(UNCALIBRATED, span_above=0.4)).fingerprint
    assert before != after
    assert len(after) == 12


def test_the_fingerprint_covers_what_config_json_says_but_not_its_layout(folder):
    def fingerprint(change):
        config = json.loads(kept)
        change(config)
        (folder / "config.json").write_text(json.dumps(config))
        return checkpoints.read(folder).fingerprint

    kept = (folder / "config.json").read_text()
    changes = [
        lambda config: None,
        lambda config: config.update(max_tokens=16),
        lambda config: config["encoder"].update(n_heads=4),
        lambda config: config["encoder"].update(layer_norm_eps=0.1),
        lambda config: config.update(heads=dict(reversed(config["heads"].items()))),
    ]
    found = [fingerprint(change) for change in changes]
    assert len(set(found)) == len(changes)
    assert fingerprint(lambda config: config.update(name="other")) == found[0]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "calibration.json"])
def test_a_missing_or_changed_file_is_named(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b" ")
    with pytest.raises(ModelError, match=f"{name} has changed"):
        checkpoints.read(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is missing"):
        checkpoints.read(folder)


def test_a_newer_format_is_refused(folder):
    change_config(folder, format=99)
    with pytest.raises(ModelError, match=r"format 99.*upgrade"):
        checkpoints.read(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_broken_config_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json"):
        checkpoints.read(folder)


@pytest.mark.parametrize("encoder", [{}, {"hidden_size": 8}, {"nonsense": 1}, None])
def test_a_config_without_an_encoder_is_refused(folder, encoder):
    change_config(folder, encoder=encoder)
    with pytest.raises(
        ModelError, match=r"config\.json( has no key 'encoder'| must be| is not the config\.json of a biasscore model)"
    ):
        checkpoints.read(folder)


def test_weights_that_do_not_fit_the_config_are_refused(folder):
    encoder = json.loads((folder / "config.json").read_text())["encoder"]
    change_config(folder, encoder=encoder | {"n_layers": 3})
    with pytest.raises(ModelError, match=r"come from different models .*layers\.2\."):
        checkpoints.read(folder).weights()


def test_weights_cut_short_are_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    config = json.loads((folder / "config.json").read_text())
    config["sha256"]["model.safetensors"] = checkpoints._sha256(weights)
    change_config(folder, **config)
    with pytest.raises(ModelError, match="it has 100 bytes"):
        checkpoints.read(folder).weights()


def test_an_unknown_model_is_refused_with_the_names_there_are():
    with pytest.raises(ModelError, match="no model 'nonsense'"):
        checkpoints.find("nonsense")


def test_a_folder_whose_writing_was_cut_short_is_no_model(folder):
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match="no model"):
        checkpoints.read(folder)


def test_another_package_brings_models(folder, tmp_path, monkeypatch):
    package, about = tmp_path / "site" / "brings_models", tmp_path / "site" / "brings_models-1.dist-info"
    shutil.copytree(folder, package / "brought")
    (package / "__init__.py").write_text("raise RuntimeError('run')")
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: brings-models\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[biasscore.models]\nbrought = brings_models\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert "brought" in checkpoints.available()
    assert checkpoints.find("brought") == package / "brought"
    assert "brings_models" not in sys.modules

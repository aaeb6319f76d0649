"""Training further on the user's own labels."""

from __future__ import annotations

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import write_calibration
from safetensors.numpy import load_file
from test_training import write_world

from biasscore.errors import TrainingError
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.training import train
from biasscore.training.corpora import read_corpus
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
    with pytest.raises(TrainingError):
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


def test_a_base_is_named_as_everywhere(monkeypatch, tiny_model):
    monkeypatch.setattr(checkpoints, "folders", lambda: [tiny_model.parent])
    network, _ = start("tiny")
    assert network.config == checkpoints.read(tiny_model).encoder

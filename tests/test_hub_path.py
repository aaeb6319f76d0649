"""A user's path: a sentiment model on disk, from the command line to Parquet, judged beside another model."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hub_models import SENTENCES, SENTIMENT, embedded, make

import biasscore
from biasscore.cli.main import main
from biasscore.predict.hub import REGISTRY

ENGINE = ("--device", "cpu", "--dtype", "float32", "--threads", "1")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return make(folder / "tone"), embedded(folder / "ours")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    file = tmp_path_factory.mktemp("rows") / "rows.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "sentiment"])
        for i in range(60):
            writer.writerow([f"{SENTENCES[i % len(SENTENCES)]} That was in {1960 + i}.", SENTIMENT[i % 3]])
    return file


def test_score_by_path_and_get_parquet(models, table, tmp_path, capsys):
    tone, ours = models
    out = tmp_path / "scores.parquet"
    options = ("--model", str(ours), "--sentiment", str(tone), "--quiet", *ENGINE)
    assert main(["score", str(table), "-o", str(out), "--level", "sentence", *options]) == 0
    rows = pq.read_table(out).to_pylist()
    scorer = biasscore.load(ours, sentiment=tone, device="cpu", dtype="float32", threads=1)
    with table.open(encoding="utf-8", newline="") as stream:
        expected = [s for row in csv.DictReader(stream) for s in scorer.score(row["text"]).sentences]
    assert [row["tone"] for row in rows] == pytest.approx([s.tone for s in expected], abs=1e-5)
    assert [row["loaded"] for row in rows] == pytest.approx([s.loaded for s in expected], abs=1e-5)
    assert {row["model"] for row in rows} == {scorer.fingerprint}
    capsys.readouterr()


def test_judge_it_beside_another_model_on_the_same_file(models, table, tmp_path, capsys):
    figures = {}
    for name, model in zip(("tone", "ours"), models, strict=True):
        file = tmp_path / f"{name}.json"
        assert main(["evaluate", str(model), "--data", str(table), "--json", str(file)]) == 0
        figures[name] = json.loads(file.read_text())
    assert figures["tone"]["model"].startswith("sentiment=tone@")
    assert "ours@" in figures["ours"]["model"]
    assert "macro" in capsys.readouterr().out.lower()


def test_calibrate_it_and_score_with_the_head_file(models, table, tmp_path, capsys):
    tone, _ = models
    head = tmp_path / "tone.json"
    assert main(["calibrate", str(tone), "--data", str(table), "-o", str(head), *ENGINE]) == 0
    (tmp_path / "article.txt").write_text("A vote was held.", encoding="utf-8")
    capsys.readouterr()
    assert main(["score", "--json", str(tmp_path / "article.txt"), "--model", str(head), *ENGINE]) == 0
    assert json.loads(capsys.readouterr().out)["sentiment"] is not None


def test_labels_and_refusals_reach_the_command_line(tmp_path, capsys):
    folder = make(tmp_path / "m", labels=("LABEL_0", "LABEL_1", "LABEL_2"))
    (tmp_path / "article.txt").write_text("A vote was held.", encoding="utf-8")
    command = ["score", "--json", str(tmp_path / "article.txt"), "--model", str(folder), *ENGINE]
    assert main(command) == 2
    assert "name the score, for example" in capsys.readouterr().err
    assert main([*command, "--labels", "sentiment=positive,neutral,negative"]) == 0
    assert json.loads(capsys.readouterr().out)["sentiment"] is not None


def test_the_documented_registry_is_the_registry():
    page = (Path(__file__).parents[1] / "docs" / "hub.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and "/" in line.split("|")[1]]
    expected = [
        f"| {k.model} | {k.task} | {', '.join(k.labels)} | {k.max_tokens} | {k.licence} |" for k in REGISTRY.values()
    ]
    assert rows == expected

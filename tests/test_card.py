"""A card says what the metrics say, names every corpus, and hides no figure."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise

import pytest
from fakes import fake_scorer
from test_evaluate import noisy_predictions, sentence, write_babe, write_csv

from biasscore.cli.main import main
from biasscore.errors import ModelError
from biasscore.evaluation.card import render, write_card
from biasscore.evaluation.cost import OVERHEAD, WATTS_A_GPU, WATTS_A_THREAD, training_cost
from biasscore.evaluation.evaluate import evaluate
from biasscore.training.corpora import CORPORA
from biasscore.training.predictions import write_predictions

RECIPE = """
name = "tiny"
base = "nowhere/encoder"

[[stages]]
name = "all"
parts = [{ corpus = "babe" }, { corpus = "mpqa" }]
"""


def log_of(seconds: list[float], **ran: object) -> str:
    lines = [{"stage": "all", "step": i, **ran, "seconds": s} for i, s in enumerate(seconds)]
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def model(tmp_path, tiny_model):
    """A model as training leaves it: weights, recipe, predictions, logs; and the data folder it came from."""
    data = tmp_path / "data"
    data.mkdir()
    records = write_babe(data)
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_model, folder)
    (folder / "recipe.toml").write_text(RECIPE)
    work = folder / "training"
    write_predictions(work / "predictions.parquet", noisy_predictions(records))
    (work / "final").mkdir()
    (work / "final" / "log.jsonl").write_text(log_of([600.0, 1800.0, 900.0, 1800.0], device="cpu", threads=2))
    return folder, data


def test_hours_are_counted_over_a_run_taken_up_again(model):
    cost = training_cost(model[0] / "training")
    assert cost is not None
    assert cost.hours == pytest.approx(1.0)
    assert cost.kwh == pytest.approx(2 * WATTS_A_THREAD * OVERHEAD / 1000)
    assert training_cost(model[0]) is None


def test_each_stage_costs_what_its_own_device_takes(model):
    work = model[0] / "training"
    with (work / "final" / "log.jsonl").open("a") as log:
        log.write(log_of([1800.0], device="cuda", threads=1))
    cost = training_cost(work)
    assert {name: device.hours for name, device in cost.devices.items()} == {"2 processor threads": 1.0, "one GPU": 0.5}
    assert cost.kwh == pytest.approx((2 * WATTS_A_THREAD + 0.5 * WATTS_A_GPU) * OVERHEAD / 1000)


def test_logs_that_do_not_name_their_device_give_hours_only(model):
    folder, data = model
    (folder / "training" / "shared").mkdir()
    (folder / "training" / "shared" / "log.jsonl").write_text(log_of([1800.0]))
    cost = training_cost(folder / "training")
    assert (cost.hours, cost.devices, cost.kwh, cost.kg) == (1.5, {}, None, None)
    assert main(["evaluate", str(folder), "--data", str(data), "--update", "--baselines"]) == 0
    card = " ".join((folder / "README.md").read_text().split())
    assert "add up to 1.5 hours, cross-validation included. The logs do not say on which device" in card
    assert "kWh" not in card


def test_evaluate_writes_metrics_and_card_into_the_model(model, capsys):
    folder, data = model
    assert main(["evaluate", str(folder), "--data", str(data), "--update"]) == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    card = (folder / "README.md").read_text()
    block = metrics["blocks"][0]
    assert block["split"] == "random folds"
    assert block["origin"]["seen"] == block["n"]
    found = block["figures"]["macro_f1"]
    assert f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]" in card
    assert "AGPL-3.0" in card
    assert "1.0 hours" in card
    assert "Commons" not in card  # no such corpus in this recipe
    assert "permissive = true" in card


def test_one_head_is_judged_anew_beside_the_figures_of_the_others(model, capsys):
    folder, data = model
    assert main(["evaluate", str(folder), "--data", str(data), "--update"]) == 0
    first = json.loads((folder / "metrics.json").read_text())
    first["blocks"].append({**first["blocks"][0], "task": "sentiment", "dataset": "another"})
    (folder / "metrics.json").write_text(json.dumps(first))
    assert main(["evaluate", str(folder), "--data", str(data), "--task", "loaded", "--update", "--baselines"]) == 0
    second = json.loads((folder / "metrics.json").read_text())
    assert [b["dataset"] for b in second["blocks"] if b["task"] == "sentiment"] == ["another"]
    assert sum(b["task"] == "loaded" for b in second["blocks"]) == sum(b["task"] == "loaded" for b in first["blocks"])
    card = (folder / "README.md").read_text()
    assert "Names that change sides" in card
    assert re.search(r"cannot show a gap of less than about 0\.\d\d", card)


def test_a_model_without_metrics_gets_no_card(model):
    with pytest.raises(ModelError, match=r"has no file metrics\.json; run: biasscore evaluate .* --update"):
        write_card(model[0])


def test_a_model_without_recipe_is_not_told_to_run_what_ran(model):
    (model[0] / "metrics.json").write_text("{}", encoding="utf-8")
    (model[0] / "recipe.toml").unlink(missing_ok=True)
    with pytest.raises(ModelError, match=r"needs the file recipe\.toml, .*remove --update"):
        write_card(model[0])


def test_every_row_of_every_table_has_as_many_cells_as_its_header(model):
    folder, data = model
    main(["evaluate", str(folder), "--data", str(data), "--update"])
    lines = (folder / "README.md").read_text().splitlines()
    for before, line in pairwise(lines):
        if line.startswith("|") and before.startswith("|"):
            assert line.count("|") == before.count("|"), line
        if line.startswith("|---"):
            assert before.startswith("|")


def test_a_card_of_few_figures_leaves_out_what_was_not_measured(tmp_path):
    file = tmp_path / "mine.csv"
    write_csv(file, [(sentence(i, loaded=i % 2 == 1), i % 2) for i in range(80)], ("text", "loaded"))
    metrics = evaluate(fake_scorer(), file).to_dict()
    model = {
        "name": "fake",
        "base": "somewhere/encoder",
        "fingerprint": "0",
        "encoder": {"n_layers": 1, "hidden_size": 8},
        "ngrams": True,
        "calibration": {"prevalence": 0.5, "loaded_above": 0.75, "neutral_below": 0.25},
        "folds": None,
        "corpora": [],
        "names": (),
        "restricted": "",
    }
    one_class = {**metrics["blocks"][0], "dataset": "of-one-class", "classes": {"neutral": 0, "loaded": 15}}
    card = render({**metrics, "blocks": [*metrics["blocks"], one_class]}, model)
    assert "mine, all rows" in card
    assert "of-one-class" not in card
    assert "legal advice" not in card
    assert "No log of the training" in card
    assert not re.search(r"\bnan\b|None|ndefined", card)


def test_a_gap_that_the_rows_show_is_said_plainly(model):
    folder, data = model
    assert main(["evaluate", str(folder), "--data", str(data), "--update", "--baselines"]) == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    figures = metrics["blocks"][0]["figures"]
    left, right, none = (0.04, 0.29), (-0.3, -0.1), (-0.1, 0.2)
    of_left = "the model calls neutral sentences of left outlets loaded more often than those of right outlets"
    of_right = "the model calls neutral sentences of right outlets loaded more often than those of left outlets"
    of_none = "the interval of the difference includes 0: "
    small = "cannot show a gap of less than about 0.15. There may be a smaller gap."
    for by_score, by_label, said in (
        (left, left, (f"At a threshold of 0.5, {of_left}", f"By the label, {of_left}")),
        (right, none, (f"At a threshold of 0.5, {of_right}", f"By the label, {of_none}", small)),
        (none, none, (f"At a threshold of 0.5, {of_none}", f"By the label, {of_none}", small)),
    ):
        for name, (low, high) in (("false_positive_rate", by_score), ("false_label_rate", by_label)):
            figures[f"{name}.left_minus_right"].update(low=low, high=high)
        (folder / "metrics.json").write_text(json.dumps(metrics))
        card = " ".join(write_card(folder).read_text().split())
        assert all(sentence in card for sentence in said)
        assert card.count("There may be a smaller gap") == (by_score, by_label).count(none)


def test_every_licence_that_asks_for_more_is_explained(model):
    folder, data = model
    corpora = [name for name, corpus in CORPORA.items() if not corpus.permissive]
    parts = ", ".join(f'{{ corpus = "{name}" }}' for name in corpora)
    cross = '[cross_validation]\nfrom_stage = "all"\nruns = 1\n'
    stage = f'[[stages]]\nname = "all"\nparts = [{parts}]\n'
    assert main(["evaluate", str(folder), "--data", str(data), "--update", "--baselines"]) == 0
    (folder / "recipe.toml").write_text(f'name = "tiny"\nbase = "b"\n{cross}{stage}')
    card = write_card(folder).read_text()
    assert "BABE was split at random into 5 parts. One part was judged" in card
    terms = card.partition("ask for more than naming the source:")[2].partition("If you need certainty")[0]
    for name in corpora:
        assert re.search(rf"\b{re.escape(name)}\b", terms, re.IGNORECASE), name

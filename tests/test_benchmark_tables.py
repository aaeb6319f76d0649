"""The tables of README.md and docs/ are what their result files say: no figure is typed by hand."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import tables  # noqa: E402
from benchmarks.throughput import FEW  # noqa: E402
from biasscore.predict import checkpoints  # noqa: E402
from biasscore.training.recipe import read_recipe  # noqa: E402


@pytest.mark.parametrize("place", tables.PLACES, ids=lambda place: place[1])
def test_a_table_is_made_from_its_result_file(place, tmp_path):
    page, marker, result, made = place
    copy = tmp_path / Path(page).name
    shutil.copyfile(ROOT / page, copy)
    tables.fill(copy, marker, made(tables.result_of(result)))
    assert copy.read_text(encoding="utf-8") == (ROOT / page).read_text(encoding="utf-8")


def test_the_readme_has_the_figures_of_the_shipped_models(tmp_path):
    copy = tmp_path / "README.md"
    shutil.copyfile(ROOT / "README.md", copy)
    tables.fill(copy, "figures", tables.quality())
    assert copy.read_text(encoding="utf-8") == (ROOT / "README.md").read_text(encoding="utf-8")
    for model in tables.MODELS:
        measured = json.loads((ROOT / "models" / model / "metrics.json").read_text(encoding="utf-8"))["model"]
        assert measured.split("/")[0] == f"{model}@{checkpoints.read(model).fingerprint}"


@pytest.mark.parametrize("page", ["README.md", "docs/engine.md"])
def test_a_page_that_compares_speeds_says_how_little_the_pipelines_read(page):
    assert f"on {FEW} paragraphs only" in (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted(tables.RESULTS.glob("*.json")), ids=lambda file: file.stem)
def test_result_files_are_json_that_any_reader_takes(file):
    """JSON has no NaN and no infinity, though Python writes both."""
    json.loads(file.read_text(encoding="utf-8"), parse_constant=pytest.fail)


PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "models").glob("*/README.md")]


@pytest.mark.parametrize("result", sorted(file.stem for file in tables.RESULTS.glob("*.json")))
def test_a_page_that_quotes_figures_of_other_weights_says_so(result):
    """By fingerprint: of the files that a table is made from, and of those that a page names."""
    text = (tables.RESULTS / f"{result}.json").read_text(encoding="utf-8")
    shipped = {name: checkpoints.read(name).fingerprint for name in tables.MODELS}
    others = {name for name, other in re.findall(r'"(\w+)@([0-9a-f]{12})', text) if shipped.get(name, other) != other}
    if not others and not tables.is_earlier(tables.result_of(result)):
        return
    made = {ROOT / page for page, _, source, _ in tables.PLACES if source == result}
    for page in PAGES:
        said = " ".join(page.read_text(encoding="utf-8").split())
        if page in made or f"{result}.json" in said:
            assert tables.EARLIER in said, f"{page.name} quotes {result}.json, which is of other weights"


@pytest.mark.parametrize("place", tables.PLACES, ids=lambda place: place[1])
def test_a_table_of_other_weights_says_so_itself(place):
    page, marker, result, _ = place
    if tables.is_earlier(tables.result_of(result)):
        own = (ROOT / page).read_text(encoding="utf-8").partition(f"<!-- {marker}:start -->")[2].partition("<!--")[0]
        assert tables.EARLIER in own


# Result files that need not tell the fingerprint of weights, and why.
NO_WEIGHTS = {
    "ablations": "trains its models itself",
    "cuts": "trains its models itself",
    "outlets": "trains its models itself",
    "ablations_first": "trains its models itself",
    "ablations_later": "trains its models itself",
    "ablations_pairs": "trains its models itself",
    "target_pooling": "trains its models itself",
    "comparison": "names the model of each row by its fingerprint",
    "inputs": "reads files and scores nothing",
    "fuzz": "splits and reads texts and scores nothing",
    "curves": "scores with a model made for the tests",
    "reliability": "counts which faults were survived",
    "versions": "counts tests",
}


def test_every_quoted_result_tells_its_weights_or_needs_none():
    quoted = {source for _, _, source, _ in tables.PLACES}
    silent = {name for name in quoted if (found := tables.result_of(name)) and not {"weights", "model"} & found.keys()}
    assert silent == set(NO_WEIGHTS), "keep the fingerprint in the result, or say why it needs none"


def test_a_result_tells_its_weights_by_fingerprint():
    shipped = {name: checkpoints.read(name).fingerprint for name in tables.MODELS}
    for result in ({"weights": shipped}, {"model": f"base@{shipped['base']}/torch-cpu-bfloat16"}, {"environment": {}}):
        assert not tables.is_earlier(result)
    for result in ({"weights": shipped | {"small": "0" * 12}}, {"model": "base@000000000000"}, {"model": "base"}):
        assert tables.is_earlier(result)


def test_no_weights_have_learnt_from_the_labels_that_are_called_ones_own():
    recipes = [read_recipe(path) for path in (ROOT / "models").rglob("*.toml")]
    assert len(recipes) >= len(tables.MODELS)
    for recipe in recipes:
        assert {"phrasebank", "sentfin"}.isdisjoint(recipe.corpora)
        assert "test" in recipe.held_out.splits["newsmtsc"]
        assert "newsmtsc" not in recipe.held_out.returned
        assert recipe.targets is None or recipe.targets.dataset == "newsmtsc"


def test_accuracy_stands_beside_speed_fastest_first():
    machine = {"measured": "2026-11-27T00:00:00Z", "processor": "P", "usable_cores": 2}
    rows = [
        {"name": "slow", "median": 5.0, "accuracy_of": "VADER"},
        {"name": "fast", "median": 1234.0, "accuracy_of": None},
    ]
    lines = tables.frontier({"environment": machine, "rows": rows}).splitlines()
    tone = tables.figures_of("VADER")["tone"]["value"]
    assert lines[2] == "| fast | 1,234 |  |  |  |  |  |  |"
    assert lines[3] == f"| slow | 5 |  |  | {tone:.2f} |  |  |  |"
    assert tables.figures_of("base").keys() >= {"loaded language", "loaded words", "tone toward targets"}
    assert tables.frontier({}) == "Not measured yet."


def test_a_page_without_markers_is_refused(tmp_path):
    page = tmp_path / "page.md"
    for text in ("nothing\n", "<!-- profile:start -->\nkept\n", "kept\n<!-- profile:end -->\n"):
        page.write_text(text)
        with pytest.raises(SystemExit, match="lacks the markers"):
            tables.fill(page, "profile", "")
        assert page.read_text() == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_markers_on_a_page_come_in_pairs_with_the_same_names(page):
    markers = re.findall(r"<!-- ([\w-]+):(\w+) -->", page.read_text(encoding="utf-8"))
    assert markers == [(name, side) for name, _ in markers[::2] for side in ("start", "end")]

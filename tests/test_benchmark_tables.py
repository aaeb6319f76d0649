"""The tables of README.md and docs/ are what their result files say: no figure is typed by hand."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import tables  # noqa: E402
from biasscore.predict import checkpoints  # noqa: E402


@pytest.mark.parametrize("place", tables.PLACES, ids=lambda place: place[1])
def test_a_table_is_made_from_its_result_file(place, tmp_path):
    page, marker, result, made = place
    copy = tmp_path / Path(page).name
    shutil.copyfile(ROOT / page, copy)
    tables.fill(copy, marker, made(json.loads((tables.RESULTS / f"{result}.json").read_text(encoding="utf-8"))))
    assert copy.read_text(encoding="utf-8") == (ROOT / page).read_text(encoding="utf-8")


def test_the_readme_has_the_figures_of_the_shipped_models(tmp_path):
    copy = tmp_path / "README.md"
    shutil.copyfile(ROOT / "README.md", copy)
    tables.fill(copy, "figures", tables.quality())
    assert copy.read_text(encoding="utf-8") == (ROOT / "README.md").read_text(encoding="utf-8")
    for model in tables.MODELS:
        measured = json.loads((ROOT / "models" / model / "metrics.json").read_text(encoding="utf-8"))["model"]
        assert measured.split("/")[0] == f"{model}@{checkpoints.read(model).fingerprint}"


def test_a_page_without_markers_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(SystemExit, match="lacks the markers"):
        tables.fill(page, "profile", "")

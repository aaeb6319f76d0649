"""What is built can be published, and scores without network where it is installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command, **options) -> str:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    pytest.importorskip("build", reason="needs the package build")
    pytest.importorskip("hatch_fancy_pypi_readme", reason="needs hatch-fancy-pypi-readme, as the build does")
    folder = tmp_path_factory.mktemp("dist")
    # The wheel is made from the sdist, so what the sdist lacks is seen.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def test_files_are_complete_and_small_enough_for_pypi(built):
    names = zipfile.ZipFile(wheel(built)).namelist()
    for needed in ("models/base/model.safetensors", "models/small/config.json", "py.typed", "export/card_template.md"):
        assert f"biasscore/{needed}" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]
    assert wheel(built).stat().st_size < 100e6
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("examples/report.txt") for name in archive.getnames())


def test_twine_finds_nothing_wrong(built):
    pytest.importorskip("twine", reason="needs twine")
    run(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir())


def test_the_page_on_pypi_has_no_relative_links(built):
    archive = zipfile.ZipFile(wheel(built))
    (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    page = archive.read(name).decode()
    links = re.findall(r"\]\(([^)\s]+)\)", page)
    assert links
    assert not [link for link in links if not link.startswith("https://")]
    assert "Project-URL: Source, https://" in page


def test_the_wheel_scores_elsewhere_without_network(built, tmp_path):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run(*pip, "--target", tmp_path, wheel(built))
    out = run(sys.executable, ROOT / ".ci/score_offline.py", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert f"from {tmp_path}" in out


def test_importing_scoring_and_the_command_need_no_heavy_library():
    """Scoring with the embedded models leaves these alone; each of them takes a second or more to import."""
    heavy = "transformers datasets sklearn scipy pandas matplotlib spacy"
    code = (
        "import biasscore, biasscore.cli.main as command; biasscore.load('small').score('A vote.');"
        f"import sys; print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    assert run(sys.executable, "-c", code).strip() == "[]"

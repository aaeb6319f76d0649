"""What is built can be published, and scores without network where it is installed."""

from __future__ import annotations

import ast
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

import biasscore

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
    assert wheel(built).stat().st_size < 70e6
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("examples/report.txt") for name in archive.getnames())


def test_the_metadata_name_what_says_the_licences_of_the_weights(built):
    archive = zipfile.ZipFile(wheel(built))
    (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    told = re.findall(r"^License-File: (.+)$", archive.read(name).decode(), flags=re.MULTILINE)
    assert told == ["LICENSE", "models/base/README.md", "models/small/README.md"]
    for file in told[1:]:
        card = archive.read(f"{name.removesuffix('METADATA')}licenses/{file}").decode()
        assert "## Data and licences" in card


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


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda file: file.stem)
def test_every_command_of_a_workflow_is_a_target_of_the_makefile(workflow):
    """So each check can be run at home, and its commands stand in one place."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    commands = []
    for job in jobs.values():
        given = [step["run"] for step in job["steps"] if "run" in step]
        for key, values in job.get("strategy", {}).get("matrix", {}).items():
            given = [line.replace(f"${{{{ matrix.{key} }}}}", str(value)) for line in given for value in values]
        commands += given
    assert commands
    for command in commands:
        make, target, *variables = command.split()
        assert make == "make"
        assert target in targets
        assert all(re.fullmatch(r"[A-Z]+=\S+", variable) for variable in variables)


def imported() -> set[str]:
    """The top modules that the package imports and that neither Python nor its type checkers bring."""
    found = set()
    for file in (ROOT / "biasscore").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module)
    return {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"biasscore", "_typeshed"}


def test_every_import_of_the_package_is_declared():
    """What another library happens to bring may leave with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = ("baselines", "html", "inputs", "language", "onnx", "plots", "ray", "spacy", "spark")
    lines = [*project["dependencies"], *(line for name in wanted for line in extras[name])]
    declared = {_plain(re.match(r"[\w-]+", line).group()) for line in lines}
    brought = packages_distributions()
    missing = {name for name in imported() if not declared & set(map(_plain, [name, *brought.get(name, [])]))}
    assert missing == {"duckdb", "polars"}  # only for a frame of theirs that the user has made


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def test_the_oldest_versions_that_are_tested_are_the_lower_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = [
        *project["dependencies"],
        *(line for name in ("baselines", "html", "inputs", "onnx", "plots", "spacy") for line in extras[name]),
    ]
    read_by_users = [line for line in extras["dev"] if line.startswith(("duckdb", "polars"))]
    bounds = dict(re.match(r"([\w-]+)>=([\d.]+)", line).groups() for line in used + read_by_users if "[" not in line)
    del bounds["torch"]
    lines = (ROOT / ".ci/oldest.txt").read_text(encoding="utf-8").splitlines()
    assert dict(line.split("==") for line in lines if not line.startswith("#")) == bounds


def test_a_test_that_was_run_again_counts_once(tmp_path):
    case = '<testcase classname="tests.test_a" name="{}">{}</testcase>'
    first = [case.format("one", "<failure/>"), case.format("two", "<skipped/>"), case.format("three", "")]
    for name, cases in (("first", first), ("again", [case.format("one", "")])):
        (tmp_path / name).write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    counts = runpy.run_path(str(ROOT / ".ci/versions.py"))["counts"]
    assert counts([tmp_path / "first"]) == {"passed": 1, "failed": 1, "skipped": 1, "files": 1}
    assert counts([tmp_path / "first", tmp_path / "again"]) == {"passed": 2, "failed": 0, "skipped": 1, "files": 1}


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs git and a clone")
def test_files_are_the_same_bytes_on_windows(tmp_path):
    """Git for Windows asks for CRLF unless .gitattributes says otherwise; the files of a model have checksums."""
    names = run("git", "ls-files", "-z", cwd=ROOT)
    attributes = run("git", "check-attr", "--stdin", "-z", "eol", "text", cwd=ROOT, input=names).split("\0")[:-1]
    told: dict[str, set[str]] = {}
    for name, value in zip(attributes[::3], attributes[2::3], strict=True):
        told.setdefault(name, set()).add(value)
    assert {name for name, values in told.items() if not values & {"lf", "unset"}} == set()
    small = "\0".join(name for name in told if name.startswith("models/small/"))
    command = ["git", "-c", "core.autocrlf=true", "checkout-index", "-z", "--stdin", f"--prefix={tmp_path}/"]
    run(*command, cwd=ROOT, input=small)
    assert biasscore.load(tmp_path / "models" / "small", threads=1).score("A vote.").loaded is not None

"""What a result file keeps of where it was measured."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.environment import ROOT, commit, environment


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    for name in ("code.py", "benchmarks/results/speed.json"):
        (tmp_path / name).write_text("old\n", encoding="utf-8")
    somebody = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*somebody, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return tmp_path


def test_the_commit_is_dirty_where_code_differs_and_not_where_results_do(checkout: Path):
    head = ["git", "-C", str(checkout), "rev-parse", "--short=12", "HEAD"]
    clean = subprocess.run(head, capture_output=True, text=True, check=True).stdout.strip()
    assert commit(checkout) == clean
    (checkout / "benchmarks" / "results" / "speed.json").write_text("new\n", encoding="utf-8")
    assert commit(checkout) == clean
    (checkout / "code.py").write_text("new\n", encoding="utf-8")
    assert commit(checkout) == f"{clean}-dirty"


def test_without_git_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    assert commit(checkout / "benchmarks") is None
    monkeypatch.setenv("PATH", "")
    assert commit(checkout) is None


def test_every_result_file_gets_the_commit():
    assert environment()["commit"] == commit(ROOT)

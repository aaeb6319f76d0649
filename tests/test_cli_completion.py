"""The Tab key, in a real bash that has read the script which the command prints."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from biasscore.cli.completion import script
from biasscore.cli.main import build_parser

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="needs bash")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("completion")
    for name in ("articles.csv", "scores.parquet", "recipe.toml"):
        (found / name).touch()
    (found / "corpora").mkdir()
    (found / "biasscore.bash").write_text(script(build_parser(), "bash"), encoding="utf-8")
    return found


def completed(folder: Path, line: str) -> set[str]:
    """What bash offers for the last word of the line."""
    words = shlex.split(line) + ([""] if line.endswith(" ") else [])
    asked = (
        "source ./biasscore.bash;"
        f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1};"
        '"$(complete -p biasscore | grep -o "[^ ]*_shtab[^ ]*")" 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run([BASH, "-c", asked], cwd=folder, capture_output=True, encoding="utf-8", check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("biasscore sc", ["score"]),
        ("biasscore score --inp", ["--input-format"]),
        ("biasscore score articl", ["articles.csv"]),
        ("biasscore score articles.csv sco", ["scores.parquet"]),
        ("biasscore score --json articl", ["articles.csv"]),
        ("biasscore score articles.csv -o sco", ["scores.parquet"]),
        ("biasscore score articles.csv --html sco", ["scores.parquet"]),
        ("biasscore score articles.csv --model sm", ["small"]),
        ("biasscore score articles.csv --model corp", ["corpora"]),
        ("biasscore score articles.csv --sentiment ba", ["base"]),
        ("biasscore score --level sent", ["sentence"]),
        ("biasscore score --keep sco", []),
        ("biasscore compare scores.parquet --by group --sentences sco", ["scores.parquet"]),
        ("biasscore compare scores.parquet --data ", ["corpora"]),
        ("biasscore evaluate b", ["base", "biasscore.bash"]),
        ("biasscore evaluate base --data artic", ["articles.csv"]),
        ("biasscore train rec", ["recipe.toml"]),
        ("biasscore train recipe.toml --out c", ["corpora"]),
        ("biasscore label corp", ["corpora"]),
        ("biasscore export sm", ["small"]),
    ],
    ids=str,
)
def test_the_tab_key_completes(folder: Path, line: str, offered: list[str]) -> None:
    assert completed(folder, line) == set(offered)


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_complete_files_too(shell: str) -> None:
    assert {"zsh": "_files -/", "tcsh": "'n/--data/d/'"}[shell] in script(build_parser(), shell)

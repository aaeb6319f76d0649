"""The command through its real entry point: output for people and machines, exit codes, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import biasscore
from biasscore import checkpoints

TEXT = "The senator said absurd vote.\n\n“They absurd,” he said, the nasty regime."
COMMAND = Path(sys.executable).with_name("biasscore")


def run(*arguments, stdin: bytes | None = None, env=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def article(tmp_path):
    file = tmp_path / "article.txt"
    file.write_bytes(TEXT.encode())
    return file


def one_line_error(result, code=2) -> str:
    assert result.returncode == code
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("biasscore: ")
    return lines[0]


def test_version_and_help():
    assert run("--version").stdout.decode().strip() == f"biasscore {biasscore.__version__}"
    page = run("--help").stdout.decode()
    for command in ("score", "models"):
        assert command in page
        assert run(command, "--help").returncode == 0


def test_json_is_one_document_a_line_and_equals_the_library(article, tiny_model):
    result = run("score", "--json", "--model", tiny_model, article, article)
    assert result.returncode == 0
    first, second = map(json.loads, result.stdout.decode().splitlines())
    assert first == second
    scorer = biasscore.load(tiny_model)
    assert first == json.loads(scorer.score(TEXT).to_json())


def test_standard_input(article, tiny_model):
    result = run("score", "--json", "--model", tiny_model, "-", stdin=TEXT.encode())
    assert json.loads(result.stdout)["text"] == TEXT


def test_for_people_every_paragraph_is_shown_plain_when_piped(article, tiny_model):
    result = run("score", "--model", tiny_model, article, env={"COLUMNS": "200"})
    shown = result.stdout.decode()
    assert result.returncode == 0
    assert "\x1b[" not in shown
    for word in ("senator", "absurd", "regime"):
        assert word in shown


def test_a_bad_input_is_named_and_the_others_are_scored(article, tiny_model, tmp_path):
    (tmp_path / "latin1.txt").write_bytes("caf\xe9".encode("latin-1"))
    result = run("score", "--json", "--model", tiny_model, tmp_path / "none.txt", tmp_path / "latin1.txt", article)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    missing, undecodable = result.stderr.decode().splitlines()
    assert "none.txt: No such file" in missing
    assert "latin1.txt: byte 3 is not UTF-8" in undecodable


def test_a_folder_and_an_empty_file(tiny_model, tmp_path):
    (tmp_path / "empty.txt").touch()
    result = run("score", "--json", "--model", tiny_model, tmp_path / "empty.txt")
    assert json.loads(result.stdout)["loaded"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "nonsense"], "no model 'nonsense'"),
        (["--device", "toaster"], "toaster"),
        (["--device", "cuda:99"], "cuda"),
        (["--threads", "0"], "threads must be at least 1"),
        (["--budget", "0"], "budget must be at least 1"),
        (["--prior", "1.5"], "prior must lie between 0 and 1"),
    ],
    ids=str,
)
def test_what_cannot_start_is_one_line_with_the_mend(article, tiny_model, options, message):
    assert message in one_line_error(run("score", "--model", tiny_model, *options, article))


def test_usage_errors_exit_with_2(article):
    assert run().returncode == 2
    assert run("score").returncode == 2
    assert run("nonsense").returncode == 2
    assert run("score", "--dtype", "float12", article).returncode == 2


def test_a_reader_that_leaves_early_is_no_error(article, tiny_model):
    files = " ".join([f"'{article}'"] * 200)
    line = f"'{COMMAND}' score --json --model '{tiny_model}' {files} | head -n 1 | wc -l; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert result.stdout.split() == [b"1", b"0"]
    assert result.stderr == b""


def test_stats_go_to_standard_error(article, tiny_model):
    result = run("score", "--json", "--stats", "--model", tiny_model, article)
    assert b"tokens/s" in result.stderr
    assert json.loads(result.stdout)


def test_html_writes_a_page(article, tiny_model, tmp_path):
    page = tmp_path / "page.html"
    assert run("score", "--html", page, "--model", tiny_model, article).returncode == 0
    assert "senator" in page.read_text(encoding="utf-8")
    assert "--html writes one page" in one_line_error(run("score", "--html", page, article, article))


def test_models_lists_what_can_be_loaded():
    result = run("models")
    assert result.returncode == 0
    for name in checkpoints.available():
        assert name in result.stdout.decode()

"""The command through its real entry point: output for people and machines, exit codes, one-line errors."""

import argparse
import csv
import io
import json
import logging
import os
import re
import shlex
import statistics
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pandas
import pyarrow.parquet as pq
import pytest
from rich.console import Console

import biasscore
from biasscore.cli import score
from biasscore.cli.main import main
from biasscore.cli.say import warnings_said
from biasscore.predict import checkpoints
from biasscore.tables import read

TEXT = "The senator said absurd vote.\n\n“They absurd,” he said, the nasty regime."
COMMANDS = ("score", "compare", "models", "evaluate", "calibrate", "train", "label", "export")
COMMAND = Path(sys.executable).with_name("biasscore")


@dataclass(frozen=True)
class Result:
    returncode: int
    stdout: bytes
    stderr: bytes


def run(*arguments, encoding="utf-8") -> Result:
    """Call what the installed command calls, in this process: starting Python anew for each test would take minutes."""
    (entry,) = entry_points(group="console_scripts", name="biasscore")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = entry.load()([str(argument) for argument in arguments])
        except SystemExit as leave:
            code = leave.code
        out.flush()
        err.flush()
    return Result(code, out.buffer.getvalue(), err.buffer.getvalue())


def run_process(*arguments, stdin: bytes | None = None, env=None) -> subprocess.CompletedProcess:
    """Run the installed command itself."""
    environment = {**os.environ, **(env or {})}
    return subprocess.run(
        [COMMAND, *map(str, arguments)], input=stdin, capture_output=True, check=False, env=environment
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
    document = biasscore.load(tiny_model).score(TEXT)
    assert first == {"id": article.name, **json.loads(document.to_json())}
    assert biasscore.Document.from_dict(first) == document


def test_json_can_be_joined_to_the_rows(tiny_model, tmp_path):
    (tmp_path / "a.csv").write_text("id,text\nx,A vote.\ny,\nz,A bill.\n", encoding="utf-8")
    result = run("score", "--json", "--model", tiny_model, tmp_path / "a.csv")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["x", "z"]
    assert "y: the text is" in result.stderr.decode()


def test_standard_input(article, tiny_model):
    result = run_process("score", "--json", "--model", tiny_model, "-", stdin=TEXT.encode())
    assert json.loads(result.stdout)["text"] == TEXT


def test_for_people_every_paragraph_is_shown_plain_when_piped(article, tiny_model):
    result = run_process("score", "--model", tiny_model, article, env={"COLUMNS": "200"})
    shown = result.stdout.decode()
    assert result.returncode == 0
    assert "\x1b[" not in shown
    for word in ("senator", "absurd", "regime"):
        assert word in shown


def test_an_articles_name_is_shown_as_it_is_brackets_controls_and_all(tiny_model, tmp_path):
    (tmp_path / "articles.csv").write_text("id,text\n[/b] \x1b[31m,The senator said they vote.\n", encoding="utf-8")
    result = run("score", tmp_path / "articles.csv", "--id", "id", "--model", tiny_model)
    assert result.returncode == 0
    assert "[/b] ␛[31m" in result.stdout.decode()


def test_a_bad_input_is_named_and_the_others_are_scored(article, tiny_model, tmp_path):
    (tmp_path / "latin1.txt").write_bytes("caf\xe9".encode("latin-1"))
    result = run("score", "--json", "--model", tiny_model, tmp_path / "none.txt", tmp_path / "latin1.txt", article)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    missing, undecodable, counts = result.stderr.decode().splitlines()
    assert counts == "biasscore: 3 rows read: 1 scored, 0 empty, 2 bad"
    assert "none.txt does not exist" in missing
    assert "latin1.txt" in undecodable
    assert "set --encoding" in undecodable


def test_texts_that_are_not_english_are_counted(tiny_model, tmp_path):
    german = "Der Rat hat am Dienstag mit den Stimmen der Mehrheit zwei Büchereien geschlossen."
    (tmp_path / "a.csv").write_text(f"text\n{german}\nThe senator said they vote.\n", encoding="utf-8")
    shown = run("score", "--json", tmp_path / "a.csv", "--model", tiny_model)
    assert shown.stderr.decode().splitlines()[-1] == "biasscore: 2 rows read: 2 scored (1 not English), 0 empty, 0 bad"
    written = run("score", tmp_path / "a.csv", "--model", tiny_model, "-o", tmp_path / "a.parquet")
    assert "2 scored (1 not English)" in written.stderr.decode()


def test_a_mistyped_name_is_told_before_the_model_is_opened(tmp_path):
    result = run("score", tmp_path / "none.txt", "--model", tmp_path / "no-model")
    assert "none.txt does not exist" in one_line_error(result, code=1)


def test_a_folder_is_read_and_an_empty_file_in_it_is_told(tiny_model, tmp_path):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "full.txt").write_text(TEXT, encoding="utf-8")
    result = run("score", "--json", "--model", tiny_model, tmp_path)
    assert json.loads(result.stdout)["text"] == TEXT
    told, counts = result.stderr.decode().splitlines()
    assert result.returncode == 1
    assert told == "biasscore: empty.txt: the file is empty"
    assert counts == "biasscore: 2 rows read: 1 scored, 1 empty, 0 bad"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "nonsense"], "no model 'nonsense'"),
        (["--device", "toaster"], "toaster"),
        (["--device", "cuda:99"], "use "),
        (["--threads", "0"], "--threads (in Python: threads) must be a whole number of 1 or more"),
        (["--budget", "0"], "--budget (in Python: budget) must be a whole number of 1 or more"),
        (["--prior", "1.5"], "--prior (in Python: prior) must be a number between 0 and 1"),
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


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["--prior", "much"], "--prior: the value must be a number between 0 and 1, for example 0.2, not 'much'"),
        (["--threads", "many"], "--threads: the value must be a whole number, not 'many'"),
        (["--dtype", "float12"], "choose from 'auto'"),
    ],
    ids=str,
)
def test_a_mistyped_option_is_one_line_without_the_usage(article, command, message):
    told = one_line_error(run("score", *command, article))
    assert message in told
    assert told.endswith("see biasscore score --help")


def test_a_file_that_cannot_be_written_stops_with_2(article, tiny_model, tmp_path):
    (tmp_path / "page.html").mkdir()
    one_line_error(run("score", "--html", tmp_path / "page.html", "--model", tiny_model, article))


def test_the_help_names_each_baseline():
    from biasscore.evaluation.baselines import NAMES

    page = " ".join(run("evaluate", "--help").stdout.decode().split())
    assert [name for name in NAMES if name not in page] == []


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
    assert "<title>article.txt" in page.read_text(encoding="utf-8")
    page.unlink()
    assert "--html writes a page of one article" in one_line_error(
        run("score", "--html", page, "--model", tiny_model, article, article)
    )
    assert not page.exists()


def test_a_page_into_no_folder_is_refused_before_scoring(article, tmp_path):
    page = tmp_path / "missing" / "page.html"
    assert "does not exist; create this folder first" in one_line_error(
        run("score", "--html", page, "--model", "base", article)
    )
    assert "does not exist; create this folder first" in one_line_error(
        run("compare", "--html", page, article, article)
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["score", "none.txt", "--html", "no/page.html"], "the folder no does not exist; create this folder first"),
        (["score", "none.txt", "--html", "folder"], "folder is a folder"),
        (["compare", "none.txt", "none.txt", "--html", "folder"], "folder is a folder"),
        (["compare", "none.txt", "none.txt", "--data", "file"], "file is a file"),
        (["compare", "none.txt", "none.txt", "--figure", "no/f.svg"], "the folder no does not exist"),
        (
            ["compare", "none.txt", "none.txt", "--figure", "f.png"],
            "the file name after --figure must end in .svg or .pdf",
        ),
        (["evaluate", "none", "--data", "none.csv", "--json", "no/x.json"], "the folder no does not exist"),
        (["evaluate", "none", "--data", "none.csv", "--markdown", "folder"], "folder is a folder"),
        (["evaluate", "none", "--data", "none.csv", "--diagrams", "file"], "file is a file"),
        (["calibrate", "none", "--data", "none.csv", "-o", "no/x.json"], "the folder no does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_written_is_told_before_anything_is_read(tmp_path, monkeypatch, command, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    if "--figure" in command:
        pytest.importorskip("matplotlib")
    assert message in one_line_error(run(*command))


def test_a_table_without_articles_says_so(tiny_model, tmp_path):
    (tmp_path / "articles.csv").write_text("id,text\n")
    result = run("score", tmp_path / "articles.csv", "--model", tiny_model)
    assert result.returncode == 0
    assert b"no articles in" in result.stderr


def test_tables_are_written_and_a_second_run_finds_them_done(article, tiny_model, tmp_path):
    out = tmp_path / "scores.parquet"
    command = ("score", article, article, "-o", out, "--level", "sentence", "--model", tiny_model)
    first = run(*command)
    assert first.returncode == 0, first.stderr
    assert b"articles/s" in first.stderr
    table = pq.read_table(out)
    scored = biasscore.load(tiny_model).score(TEXT)
    assert table["loaded"].to_pylist()[:2] == pytest.approx([s.loaded for s in scored.sentences][:2], abs=1e-6)
    stamp = out.stat().st_mtime_ns
    again = run(*command)
    assert again.returncode == 0
    assert b"nothing left to do: 1 article," in again.stderr
    assert out.stat().st_mtime_ns == stamp


def test_a_run_without_the_prior_of_the_first_run_is_refused(article, tiny_model, tmp_path):
    command = ("score", article, "-o", tmp_path / "scores.parquet", "--model", tiny_model)
    assert run(*command, "--prior", "0.1").returncode == 0
    for other in ((), ("--prior", "0.3")):
        assert "use the earlier setting or input" in one_line_error(run(*command, *other))
    assert run(*command, "--prior", "0.1").returncode == 0


def test_a_changed_option_refuses_to_mix(article, tiny_model, tmp_path):
    run("score", article, "-o", tmp_path / "scores", "--model", tiny_model, "--quiet")
    line = one_line_error(
        run("score", article, "-o", tmp_path / "scores", "--model", tiny_model, "--level", "sentence")
    )
    assert "level" in line


def test_a_wrong_column_lists_those_there_are(tiny_model, tmp_path):
    (tmp_path / "articles.csv").write_text("name,body\n1,The vote.\n")
    options = ("-o", tmp_path / "x.csv", "--model", tiny_model, "--no-guess")
    line = one_line_error(run("score", tmp_path / "articles.csv", *options))
    assert "body" in line
    assert "name" in line


@pytest.mark.parametrize(
    "option", ["--group outlet", "--keep year", "--level sentence", "--shard-rows 5", "--strict", "--quiet"]
)
def test_options_of_tables_are_refused_where_none_is_written(article, tiny_model, option):
    told = one_line_error(run("score", article, "--model", tiny_model, *option.split()))
    assert f"{option.split()[0]} works with -o only; add -o OUT" in told


def test_the_input_as_output_is_told_and_left_alone(tiny_model, tmp_path):
    table = tmp_path / "articles.csv"
    table.write_text("text\nThe senator said they vote.\n", encoding="utf-8")
    told = one_line_error(run("score", table, "-o", table, "--model", tiny_model))
    assert "the output is also the input" in told
    assert table.read_text(encoding="utf-8").startswith("text")


def test_bad_rows_are_counted_and_exit_with_1(tiny_model, tmp_path):
    (tmp_path / "articles.jsonl").write_text('{"text": "The vote."}\n{"text": null}\n')
    out = tmp_path / "scores.jsonl"
    result = run("score", tmp_path / "articles.jsonl", "-o", out, "--model", tiny_model)
    assert result.returncode == 1
    assert b"1 with an error" in result.stderr
    assert [bool(json.loads(line)["error"]) for line in out.read_text().splitlines()] == [False, True]
    strict = run("score", tmp_path / "articles.jsonl", "-o", tmp_path / "y", "--strict", "--model", tiny_model)
    assert "the text is null" in one_line_error(strict)


def test_a_file_that_changes_while_it_is_read_is_told_and_exits_with_1(tiny_model, tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "A vote."}\n' * 3, "utf-8")
    os.utime(path, ns=(0, 0))  # as the files of some archives: a time like any other

    def read_and_change(plan):
        yield from read(plan)
        with path.open("a", encoding="utf-8") as stream:
            stream.write('{"text": "Another vote."}\n')
        os.utime(path, ns=(0, 0))

    monkeypatch.setattr(score, "read", read_and_change)
    result = run("score", path, "--json", "--model", tiny_model)
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 3)
    assert b"changed while the command read the file" in result.stderr


def test_compare_two_articles(tiny_model, tmp_path):
    for name, text in (("one.txt", TEXT), ("two.txt", "The senator said they vote.")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [tmp_path / "one.txt", tmp_path / "two.txt"]
    found = json.loads(run("compare", *files, "--json", "--model", tiny_model).stdout)
    assert [side["n_articles"] for side in found["sides"]] == [1, 1]
    shown = run("compare", *files, "--model", tiny_model)
    assert b"one.txt" in shown.stdout
    page = run("compare", *files, "--html", tmp_path / "page.html", "--model", tiny_model)
    assert (page.returncode, page.stdout) == (0, shown.stdout)
    assert "<title>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "--by" in one_line_error(run("compare", *files, "--topic", "x", "--model", tiny_model))


def test_compare_tells_what_score_tells_of_the_input(tiny_model, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text('text,n\none vote,1\n"a vote" he said,3\nthe vote,5\n')
    (tmp_path / "in" / "b.jpg").write_text("x")
    said = [run(command, tmp_path / "in", "--model", tiny_model).stderr.decode() for command in ("score", "compare")]
    told = ["1 file skipped (.jpg)", "this mark was read as text"]
    assert [[line in found for line in told] for found in said] == [[True, True]] * 2


def test_compare_passes_over_what_is_no_article(tiny_model, tmp_path):
    (tmp_path / "a.csv").write_text("id,text\none,A vote.\nid,text\ntwo,The absurd vote.\n")
    result = run("compare", tmp_path / "a.csv", "--json", "--model", tiny_model)
    assert "a.csv:1: line 3 repeats the column names" in result.stderr.decode()
    assert [side["name"] for side in json.loads(result.stdout)["sides"]] == ["one", "two"]


def test_compared_articles_under_one_headline_keep_apart(tiny_model, tmp_path):
    rows = "".join(f"{name},One headline,{TEXT.splitlines()[0]}\n" for name in ("ann", "bob", "bob"))
    (tmp_path / "articles.csv").write_text("id,title,text\n" + rows, encoding="utf-8")
    options = ("--id", "id", "--title", "title", "--json", "--model", tiny_model)
    found = json.loads(run("compare", tmp_path / "articles.csv", *options).stdout)
    assert [side["name"] for side in found["sides"]] == ["One headline", "bob", "bob (3)"]


def test_compare_groups_of_a_scored_table(tiny_model, tmp_path):
    rows = "".join(f"{outlet},The senator said {word} vote.\n" for outlet in "AB" for word in ("absurd", "nasty", "a"))
    (tmp_path / "articles.csv").write_text("outlet,text\n" + rows)
    scores = tmp_path / "scores.parquet"
    run("score", tmp_path / "articles.csv", "--group", "outlet", "-o", scores, "--model", tiny_model)
    found = json.loads(run("compare", scores, "--by", "group", "--json").stdout)
    assert [(side["name"], side["n_articles"]) for side in found["sides"]] == [("A", 3), ("B", 3)]
    told = one_line_error(run("compare", scores, "--model", tiny_model))
    assert "scores.parquet is a table of scores" in told
    assert "--by group" in told
    told = one_line_error(run("compare", tmp_path / "articles.csv", "--by", "group"))
    assert "articles.csv is not a table of scores" in told
    assert "score the articles first" in told


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv", "scores.jsonl", "scores"])
def test_compare_reads_what_score_writes(tiny_model, tmp_path, name):
    words = ("absurd", "nasty", "a")
    rows = "".join(f"{outlet},“Yes” he said of the {word} vote.\n" for outlet in "AB" for word in words)
    (tmp_path / "articles.csv").write_text("outlet,text\n" + rows, encoding="utf-8")
    for level, out in (("document", name), ("sentence", f"sentences_{name}")):
        run("score", tmp_path / "articles.csv", "-o", tmp_path / out, "--level", level, "--model", tiny_model)
    command = ("compare", tmp_path / name, "--by", "group", "--sentences", tmp_path / f"sentences_{name}", "--json")
    found = json.loads(run(*command).stdout)
    assert [(side["name"], side["n_articles"]) for side in found["sides"]] == [("A", 3), ("B", 3)]


def test_a_data_frame_of_results_is_compared(tiny_model):
    frame = pandas.DataFrame({"text": ["The absurd vote.", "The vote.", "A nasty vote.", "He."], "outlet": [*"AABB"]})
    scored = biasscore.score_frame(frame, group="outlet", scorer=biasscore.load(tiny_model))
    assert [side.n_articles for side in biasscore.compare_groups(scored).sides] == [2, 2]
    with pytest.raises(biasscore.InputError, match="score the articles first"):
        biasscore.compare_groups(frame)


def test_of_many_articles_a_summary_is_shown(tiny_model, tmp_path):
    rows = "".join(f"Bill {i},The senator said absurd vote {i}.\n" for i in range(30))
    (tmp_path / "articles.csv").write_text("title,text\n" + rows, encoding="utf-8")
    result = run("score", tmp_path / "articles.csv", "--model", tiny_model)
    shown = result.stdout.decode()
    assert "30 articles, 30 with words of their author" in shown
    assert "loaded: mean" in shown
    command = ["biasscore", "score", str(tmp_path / "articles.csv"), "--model", str(tiny_model), "-o", "scores.parquet"]
    assert shlex.join(command) in shown
    assert len(shown.splitlines()) < 20
    told = result.stderr.decode().splitlines()
    assert "columns found: title (the title, scored separately)" in told[0]
    assert told[-1] == "biasscore: 30 rows read: 30 scored, 0 empty, 0 bad"
    assert len(run("score", "--all", tmp_path / "articles.csv", "--model", tiny_model).stdout.splitlines()) > 60


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp1252", "utf-8"])
def test_json_is_json_whatever_the_output_takes(encoding, tiny_model, tmp_path):
    (tmp_path / "a.txt").write_text("“Café,” she said.", encoding="utf-8")
    result = run("score", "--json", "--model", tiny_model, tmp_path / "a.txt", encoding=encoding)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.decode(encoding))["text"] == "“Café,” she said."
    names = ["“absurd” \U0001f600", "plain \x85\u202e"]
    articles = [{"title": name, "text": f"A {name} vote."} for name in names]
    (tmp_path / "a.json").write_text(json.dumps(articles), encoding="utf-8")
    result = run("compare", "--json", "--model", tiny_model, tmp_path / "a.json", encoding=encoding)
    assert result.returncode == 0, result.stderr
    printed = result.stdout.decode(encoding)
    assert [side["name"] for side in json.loads(printed)["sides"]] == names
    assert printed.rstrip("\n").isprintable()


def test_json_is_json_in_a_process_with_an_encoding_of_its_own(article, tiny_model):
    environment = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    result = run_process("score", "--json", "--model", tiny_model, article, env=environment)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.decode("cp1252"))["text"] == TEXT


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_an_encoding_lacks_is_shown_as_the_nearest_character(encoding, tiny_model, tmp_path):
    def shown(*arguments) -> str:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]), suppress(SystemExit):
            main([str(argument) for argument in arguments])
        for stream in streams:
            stream.flush()
        return "".join(stream.buffer.getvalue().decode(encoding) for stream in streams)

    pages = [shown("--help"), *(shown(command, "--help") for command in COMMANDS)]
    assert any("A,B," in page for page in pages)
    (tmp_path / "few.csv").write_text("id,text\na–b,The vote.\nb,The absurd vote.\n", encoding="utf-8")
    written = shown("score", tmp_path / "few.csv", "-o", tmp_path / "q.parquet", "--model", tiny_model)
    assert f"articles/s > {tmp_path / 'q.parquet'}" in written
    for page in (*pages, written, shown("score", tmp_path / "few.csv", "--id", "id", "--model", tiny_model)):
        assert not re.search(r"\\(x..|u....)", page)
    # Of what has no near character, nothing is lost.
    assert "\\u4e2d" in shown("score", tmp_path / "中.txt")


def test_json_controls_no_terminal_and_ends_no_line(tiny_model, tmp_path):
    text = "A vote\x7f \x85\x9b31m \u202e\u2066 \u2028\u2029 was é."
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": text}), "utf-8")
    printed = run("score", path, "--json", "--model", tiny_model).stdout.decode()
    assert json.loads(printed)["text"] == text
    assert printed.rstrip("\n").isprintable()
    assert "é" in printed


@pytest.mark.parametrize("few", [6, 7])
def test_the_median_of_a_summary_is_the_middle(few, capsys):
    figures = [(str(i), 0.9) for i in range(6)] + [(str(i), 0.1) for i in range(few)]
    score._summarise(figures, argparse.Namespace(given=["score"]), Console())
    assert f"median {statistics.median(value for _, value in figures):.2f}, highest 0.90" in capsys.readouterr().out


def test_warnings_of_the_library_are_said_on_one_line(capfd):
    with warnings_said():
        logging.getLogger("biasscore.somewhere").warning("model %s", "a\x1b[31m\nb")
    assert capfd.readouterr().err == "biasscore: model a␛[31m b\n"


def test_closed_streams_are_no_traceback(article, tiny_model):
    line = f"'{COMMAND}' score --model '{tiny_model}' '{article}' >&-"
    result = subprocess.run(["bash", "-c", line], capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    line = f"'{COMMAND}' score --model '{tiny_model}' - <&-"
    result = subprocess.run(["bash", "-c", line], capture_output=True, check=False)
    assert "standard input is closed" in result.stderr.decode()


def test_process_substitution_is_read(tiny_model):
    line = f"'{COMMAND}' score --json --model '{tiny_model}' <(printf 'The senator said absurd vote.')"
    result = subprocess.run(["bash", "-c", line], capture_output=True, check=False)
    assert json.loads(result.stdout)["text"] == "The senator said absurd vote."


def test_formulas_are_defused_where_asked(tiny_model, tmp_path):
    (tmp_path / "articles.csv").write_text('id,text,note,n\n=1+1,The vote.,"@SUM(A1)",-3\n', encoding="utf-8")
    command = ("score", tmp_path / "articles.csv", "--keep", "note,n", "--model", tiny_model)
    run(*command, "-o", tmp_path / "raw.csv")
    run(*command, "-o", tmp_path / "safe.csv", "--defuse-formulas")
    names = ("raw.csv", "safe.csv")
    raw, safe = (next(csv.DictReader((tmp_path / name).read_text("utf-8").splitlines())) for name in names)
    assert (raw["id"], raw["note"]) == ("=1+1", "@SUM(A1)")
    assert (safe["id"], safe["note"], safe["n"]) == ("'=1+1", "'@SUM(A1)", "'-3")
    assert raw["loaded"] == safe["loaded"]


def test_compare_groups_fairly(tiny_model, tmp_path):
    report = "The senator said on Monday that Mayor Ada Cole of New Harbor will vote on the Alder Bridge bill"
    rows = "".join(
        f"{outlet},2024-05-0{day},{report}. {outlet} adds {word}.\n"
        for outlet in ("first", "second")
        for day, word in ((1, "absurd"), (2, "nasty"), (9, "vote"))
    )
    (tmp_path / "articles.csv").write_text("outlet,date,text\n" + rows)
    for level in ("document", "sentence"):
        options = ("--group", "outlet", "--keep", "date", "--level", level, "-o", tmp_path / f"{level}.parquet")
        assert run("score", tmp_path / "articles.csv", *options, "--model", tiny_model).returncode == 0
    given = (tmp_path / "document.parquet", "--by", "group", "--sentences", tmp_path / "sentence.parquet")
    fair = (*given, "--match", "event", "--day", "date", "--keep-reprints")
    out = ("--data", tmp_path / "data", "--figure", tmp_path / "loaded.svg", "--every", "month", "--json")
    found = json.loads(run("compare", *fair, *out, "--scores", "loaded,n_chars").stdout)
    assert found["n_events"] >= 2
    assert {d["score"] for d in found["differences"]} == {"loaded", "n_chars"}
    assert (tmp_path / "loaded.svg").read_text().startswith("<?xml")
    assert {"events.csv", "trend.csv"} <= {path.name for path in (tmp_path / "data").iterdir()}
    again = (
        *given,
        "--match",
        tmp_path / "data" / "events.csv",
        "--keep-reprints",
        "--json",
        "--scores",
        "loaded,n_chars",
    )
    assert json.loads(run("compare", *again).stdout)["differences"] == found["differences"]
    assert ".svg or .pdf" in one_line_error(run("compare", *given, "--keep-reprints", "--figure", tmp_path / "a.png"))
    assert "--day" in one_line_error(run("compare", *given, "--every", "week"))
    assert "compare SCORES --by" in one_line_error(run("score", tmp_path / "articles.csv", "--prior", "auto"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--by", "group", "--prior", "0.2"], "--prior with a number has no effect with --by"),
        (["--by", "group", "--dtype", "int8"], "--dtype has no effect with --by"),
        (["--by", "group", "--title", "headline"], "--title has no effect with --by"),
        (["--keep-reprints"], "--keep-reprints works with --by only"),
        ([], "a comparison needs at least two articles; add another"),
    ],
    ids=str,
)
def test_what_has_no_effect_in_a_comparison_is_refused_before_scoring(article, options, message):
    assert message in one_line_error(run("compare", article, *options, "--quoting", "auto"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--address auto", "--address works with --engine ray only"),
        ("--engine ray --strict", "--strict has no effect with --engine ray"),
        ("--engine ray --stats", "--stats has no effect with --engine ray"),
        ("--engine ray --shard-rows 5", "--shard-rows has no effect with --engine ray"),
        ("--engine ray --defuse-formulas", "--defuse-formulas has no effect with --engine ray"),
    ],
)
def test_options_of_one_engine_are_refused_with_the_other(article, tmp_path, options, message):
    assert message in one_line_error(run("score", article, "-o", tmp_path / "scores", *options.split()))


def test_labels_that_do_not_parse_are_refused(article):
    assert "--labels 'nonsense'" in one_line_error(run("score", article, "--labels", "nonsense"))


def test_models_lists_what_can_be_loaded():
    result = run("models")
    assert result.returncode == 0
    for name in checkpoints.available():
        assert name in result.stdout.decode()


def test_missing_matplotlib_is_told_before_the_scoring(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError")
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    for command in (
        ("evaluate", "base", "--data", tmp_path / "none.csv", "--diagrams", tmp_path),
        ("compare", tmp_path / "none.txt", tmp_path / "none.txt", "--figure", tmp_path / "f.svg"),
    ):
        assert "pip install 'biasscore[plots]'" in one_line_error(run_process(*command, env=env))


def test_models_are_listed_with_their_names_in_a_narrow_terminal(monkeypatch):
    from rich.console import Console

    out = io.StringIO()
    monkeypatch.setattr("biasscore.cli.models.Console", lambda: Console(file=out, width=80, force_terminal=True))
    assert run("models").returncode == 0
    assert {"base", "small"} <= {line.split()[0].strip("\x1b[0m") for line in out.getvalue().splitlines()[1:]}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["--help", "--version", "--print-completion=bash", "score --help", "models"])
def test_a_full_disk_is_told_for_what_is_printed_early(words):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "biasscore", *words.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    mend = "check the path, its permissions and the free disk space"
    assert ended.stderr == f"biasscore: error: No space left on device; {mend}\n"


def test_ctrl_c_while_the_command_is_imported_ends_it_in_one_line():
    code = (
        "import os, signal, sys\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'biasscore.cli':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what runs in the background ignores it
        "from biasscore.__main__ import main\n"
        "sys.exit(main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "biasscore: stopped\n")

"""The documents hold: the code blocks of README and docs run, and pages say what they are for."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from unittest import SkipTest

import pandas as pd
import pyarrow as pa
import pytest
import yaml
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

import biasscore
from biasscore.tables import LEVELS
from biasscore.training.recipe import read_recipe

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Languages of blocks that are shown and not run; R is on no machine of ours.
SHOWN = {"r", "toml", "json", "text", "bibtex"}
RUN = {"python", "bash", "sql"}
TEXTS = ["The shameless senator issued yet another empty warning.", "The bill passed by 61 votes to 39."]
SUBTITLES = """1
00:00:01,000 --> 00:00:03,000
ANNA REED: The budget passed by two votes.

2
00:00:03,000 --> 00:00:05,000
PAUL STONE: That reckless budget is a disgrace.
"""
NAMED = ["Joe Biden thanked Lena Ortiz.", "Donald Trump met Joe Biden. Lena Ortiz lied, and it was shameful."]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run_bash(example: Example) -> None:
    """Runs each line through the command's entry point, in this process, because starting Python takes seconds."""
    (entry,) = entry_points(group="console_scripts", name="biasscore")
    for line in filter(None, example.parsed.splitlines()):
        command, *words = shlex.split(line, comments=True)
        assert command == "biasscore", f"only the command is run; mark {line!r} with a reason to skip it"
        words, _, file = (list(part) for part in _partition(words, ">"))
        arguments = [found for word in words for found in sorted(map(str, Path().glob(word))) or [word]]
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            try:
                code = entry.load()(arguments)
            except SystemExit as leave:
                code = leave.code
        assert code == 0, f"{line}\n{out.getvalue()}"
        for name in file:
            Path(name).write_text(out.getvalue(), encoding="utf-8")


def run_sql(example: Example) -> None:
    """As DuckDB's shell would; an answer without rows would say nothing."""
    duckdb = pytest.importorskip("duckdb")
    assert duckdb.sql(example.parsed).fetchall(), example.parsed


def _partition(words: list[str], mark: str) -> tuple[list[str], list[str], list[str]]:
    at = words.index(mark) if mark in words else len(words)
    return words[:at], words[at : at + 1], words[at + 1 :]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with the files that the pages speak of."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for file in ("report", "opinion"):
        shutil.copy(ROOT / f"examples/{file}.txt", tmp_path)
    shutil.copy(ROOT / "examples/opinion.txt", tmp_path / "article.txt")
    (tmp_path / "show.srt").write_text(SUBTITLES, encoding="utf-8")
    table = pd.DataFrame({"text": TEXTS * 6, "outlet": list("AB") * 6, "loaded": [1, 0] * 6})
    table.to_csv(tmp_path / "labelled.csv", index=False)
    named = pd.DataFrame({"text": NAMED * 3, "outlet": list("AB") * 3})
    articles = pd.concat([table.drop(columns="loaded"), named])
    articles = articles.assign(topic=list("xxyy") * 4 + list("xx"), date="2026-01-31")
    articles.to_csv(tmp_path / "articles.csv", index=False)
    articles.to_parquet(tmp_path / "articles.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@cache
def names() -> dict[str, object]:
    """What the pages' snippets are about."""
    import datasets

    frame = pd.DataFrame({"body": TEXTS, "headline": ["A warning", "A vote"]})
    scorer = biasscore.load("small", threads=1)
    documents = scorer.score_many(TEXTS)
    rows = pa.table({"text": TEXTS * 6, "group": list("AB") * 6, "topic": list("xxyy") * 3})
    tables = {level: biasscore.score_frame(rows, group="group", level=level, scorer=scorer) for level in LEVELS}
    return {
        "biasscore": biasscore,
        "texts": TEXTS,
        "df": frame,
        "dataset": datasets.Dataset.from_pandas(frame),
        "scorer": scorer,
        "report": documents[1],
        "opinion": documents[0],
        "docs_a": documents,
        "docs_b": documents[::-1],
        "table": tables["document"],
        "sentence_table": tables["sentence"],
    }


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_runs(page, folder):
    others = (("bash", run_bash), ("sql", run_sql))
    commands = [CodeBlockParser(language=language, evaluator=run) for language, run in others]
    parsers = [PythonCodeBlockParser(), *commands, SkipParser()]
    document = Sybil(parsers=parsers, path=str(ROOT)).parse(page)
    document.namespace.update(names())
    for example in document.examples():
        with suppress(SkipTest):
            example.evaluate()
    skips = re.findall(r"<!-- skip: next(.*?)-->", page.read_text(encoding="utf-8"))
    assert all(re.fullmatch(r' ".{8,}" ', reason) for reason in skips), "say why a block is not run"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_its_language(page):
    fences = re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not set(fences[::2]) - SHOWN - RUN, "a block without a language is not run"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_command_hides_in_a_block_that_is_not_run(page):
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    hidden = [line for language, code in blocks if language in SHOWN for line in code.splitlines()]
    assert not [line for line in hidden if re.match(r"\s*(\$ *)?(python -m )?biasscore ", line)]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.findall(r"^\s*\n((?: {4}|\t).*)", prose, flags=re.MULTILINE), "fence it, with its language"


def test_code_of_the_pages_opens_texts_as_utf_8():
    """Without an encoding, Windows reads them in another one. Ruff looks at files; these blocks are in none."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("needs ruff")
    pages = (page.read_text(encoding="utf-8") for page in PAGES)
    code = "\n".join(block for page in pages for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))
    command = [ruff, "check", "--isolated", "--preview", "--select", "PLW1514", "--stdin-filename", "pages.py", "-"]
    found = subprocess.run(command, input=code, capture_output=True, encoding="utf-8", check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("page", [page for page in PAGES[1:] if page.parent.name != "models"], ids=name)
def test_a_page_says_in_its_first_line_what_it_is_for(page):
    title, blank, first, *_ = page.read_text(encoding="utf-8").splitlines()
    assert title.startswith("# ")
    assert not blank
    assert first.startswith("This page ")


def test_the_recipe_of_the_page_can_be_read(tmp_path):
    page = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    recipe = re.search(r"```toml\n(name = .*?)```", page, flags=re.DOTALL)
    (tmp_path / "recipe.toml").write_text(recipe[1], encoding="utf-8")
    assert read_recipe(tmp_path / "recipe.toml").corpora == ("own",)


def test_what_users_shall_cite_is_the_same_everywhere():
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (entry,) = re.findall(r"```bibtex\n(.*?)```", (ROOT / "docs/faq.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, flags=re.MULTILINE))
    names = [author["name"] for author in told["authors"]]
    assert fields == {
        "title": told["title"],
        "author": " and ".join(f"{{{name}}}" for name in names),
        "version": told["version"],
        "year": str(told.get("date-released", fields["year"]))[:4],  # there is no such date before a release
        "url": told["repository-code"],
    }
    assert told["version"] == biasscore.__version__


def test_the_readme_prints_what_its_code_prints(folder):
    """Numbers may move in the last digit from processor to processor."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "print" in block)
    (shown,) = re.findall(r"<!-- output:start -->\n```text\n(.*?)```", page, flags=re.DOTALL)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    number = r"\d+\.\d+"
    assert re.sub(number, "#", out.getvalue()) == re.sub(number, "#", shown)
    expected = [float(n) for n in re.findall(number, shown)]
    assert [float(n) for n in re.findall(number, out.getvalue())] == pytest.approx(expected, abs=0.03)

"""Tone toward targets where people meet it: the command, jobs, pages and comparisons."""

from __future__ import annotations

import dataclasses
import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer
from rich.console import Console

from biasscore.analysis import compare_groups
from biasscore.cli.main import main
from biasscore.errors import InputError
from biasscore.report import comparison_html, methods, to_html
from biasscore.report.comparison import reading
from biasscore.report.terminal import render_comparison

TEXT = "The senator said Ann Hall and Bob Roe vote on it. “Ann Hall is nasty,” Bob Roe said. Later, Hall left."
FAMILIES = ("Hall", "Roe", "Pike", "Ross", "Lane", "Cole", "Dean", "Wood")


@pytest.fixture
def article(tmp_path):
    file = tmp_path / "article.txt"
    file.write_text(TEXT, encoding="utf-8")
    return str(file)


@pytest.fixture
def engine(tiny_model):
    return ["--model", str(tiny_model), "--device", "cpu", "--backend", "torch", "--dtype", "float32"]


class TestCommand:
    def test_named_targets_alone(self, article, engine, capsys):
        assert main(["score", article, "--json", "--target", "Bob Roe", "--target", "Nobody Else", *engine]) == 0
        [target] = json.loads(capsys.readouterr().out)["targets"]
        assert (target["name"], len(target["mentions"])) == ("Bob Roe", 2)

    def test_the_terminal_lists_them(self, article, engine, capsys):
        assert main(["score", article, *engine]) == 0
        out = capsys.readouterr().out
        assert "targets: name, mentions, tone, quoted" in out
        assert re.search(r"^Ann Hall +3 +[−-]?0\.\d\d +[−-]?0\.\d\d$", out, re.MULTILINE)

    def test_an_unknown_finder_is_told(self, article, engine, capsys):
        assert main(["score", article, "--json", "--finder", "nobody", *engine]) != 0
        assert "unknown finder 'nobody'" in capsys.readouterr().err

    def test_a_job_holds_to_its_targets(self, article, engine, tmp_path, capsys):
        out = tmp_path / "scores"
        command = ["score", article, "-o", str(out), "--level", "target", "--quiet", *engine]
        assert main([*command, "--target", "Ann Hall"]) == 0
        [row] = pq.read_table(next(out.glob("part-*"))).to_pylist()
        assert (row["target"], row["n_mentions"]) == ("Ann Hall", 3)
        assert main([*command, "--target", "Ann Hall"]) == 0
        assert main([*command, "--target", "Bob Roe"]) != 0
        assert "began with targets" in capsys.readouterr().err


class TestPage:
    def test_each_target_can_be_chosen_and_its_mentions_are_marked(self):
        page = to_html(fake_scorer().score(TEXT))
        assert len(re.findall(r'<input type="radio"', page)) == 3
        marked = re.findall(
            r'class="bs-target bs-target(\d) bs-(\w+)" title="tone toward ([^:]+):[^"]*">([^<]*)<', page
        )
        assert [(name, text) for _, _, name, text in marked] == [
            ("Ann Hall", "Ann Hall"),
            ("Bob Roe", "Bob Roe"),
            ("Ann Hall", "Ann Hall"),
            ("Bob Roe", "Bob Roe"),
            ("Ann Hall", "Hall"),
        ]
        assert all(f".bs-choose{number}:checked" in page for number, *_ in marked)
        assert {tone for _, tone, *_ in marked} <= {"negative", "neutral", "positive"}

    @pytest.mark.parametrize(("number", "told"), [(8, None), (24, "… and 16 more")])
    def test_targets_that_cannot_be_chosen_are_counted(self, number, told):
        names = [f"{first} {last}" for first in ("Ann", "Bob", "Eve") for last in FAMILIES][:number]
        page = to_html(fake_scorer().score(" ".join(f"The senator said {name} vote." for name in names)))
        assert page.count('<input type="radio"') == 9
        assert re.findall("… and \\d+ more", page) == ([told] if told else [])

    def test_the_text_stays_the_text(self):
        page = to_html(fake_scorer().score(TEXT))
        [paragraph] = re.findall(r'<p class="bs-text"[^>]*>(.*?)</p>', page, re.DOTALL)
        assert re.sub(r"<[^>]+>", "", re.sub(r'<span class="bs-tip".*?</span>', "", paragraph)) == TEXT

    def test_a_document_without_targets_offers_no_choice(self):
        assert "<fieldset" not in to_html(fake_scorer().score("They said it was empty."))


def table() -> pa.Table:
    rows = [
        {"id": f"{outlet}{i}", "group": outlet, "model": "m", "error": None, "target": name,
         "target_tone": tone + 0.01 * (i % 3), "target_quoted_tone": None if i % 2 else -tone}
        for outlet, tones in (("north", (0.5, -0.2)), ("south", (-0.3, -0.2)))
        for name, tone in zip(("Ann Hall", "Bob Roe"), tones, strict=True)
        for i in range(12)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


class TestComparison:
    def test_the_tone_toward_one_target_with_intervals_over_articles(self):
        found = compare_groups(table(), target="ann hall", resamples=200)
        assert found.scores == ("target_tone", "target_quoted_tone")
        assert [side.n_articles for side in found.sides] == [12, 12]
        difference = found.difference("target_tone")
        assert difference.value == pytest.approx(-0.8)
        assert difference.low < difference.value < difference.high < 0
        assert found.difference("target_quoted_tone").value == pytest.approx(0.8)
        assert compare_groups(table(), target="Bob Roe", resamples=200).difference(
            "target_tone"
        ).value == pytest.approx(0)

    def test_a_target_must_be_named_and_known(self):
        with pytest.raises(InputError, match="choose one target"):
            compare_groups(table())
        with pytest.raises(InputError, match="most frequent targets are: Ann Hall, Bob Roe"):
            compare_groups(table(), target="Kyiv")
        with pytest.raises(InputError, match="no column 'target'"):
            compare_groups(table().drop_columns(["target"]), target="Ann Hall")

    def test_the_command(self, tmp_path, capsys):
        pq.write_table(table(), tmp_path / "scores.parquet")
        command = ["compare", str(tmp_path / "scores.parquet"), "--by", "group", "--target", "Ann Hall"]
        assert main([*command, "--json"]) == 0
        assert {d["score"] for d in json.loads(capsys.readouterr().out)["differences"]} == {
            "target_tone",
            "target_quoted_tone",
        }
        assert main(command) == 0
        assert "target tone" in capsys.readouterr().out.replace("_", " ")

    def test_every_view_names_the_target_and_counts_only_its_articles(self):
        found = compare_groups(table(), target="ann hall", resamples=200)
        assert found.to_dict()["target"] == "Ann Hall"
        assert reading(found) == "“south” compared with “north” in target tone (target: “Ann Hall”)."
        assert "We scored 24 articles of 2 groups, those that mention “Ann Hall”, with biasscore" in methods(found)
        page = comparison_html(found)
        assert "Target: Ann Hall; only articles that mention it are compared" in page
        assert "the author’s tone toward the target, from −1 to 1" in page
        assert "column of the table" not in page
        stream = io.StringIO()
        render_comparison(found, Console(file=stream, width=100))
        assert stream.getvalue().count("“Ann Hall”") == 2

    def test_more_than_two_groups_name_the_target_too(self):
        third = (
            table().set_column(1, "group", pa.array(["west"] * 48)).set_column(0, "id", pa.array(map(str, range(48))))
        )
        found = compare_groups(pa.concat_tables([table(), third]), target="Bob Roe", resamples=200)
        assert "target tone (target: “Bob Roe”)" in reading(found)
        plots = pytest.importorskip("biasscore.report.plots")
        assert "“Bob Roe”" in plots.forest(found, "target_tone").get_xlabel()

    def test_a_score_without_values_has_no_chart(self):
        silent = table().set_column(6, "target_quoted_tone", pa.array([None] * 48, pa.float64()))
        found = compare_groups(silent, target="Ann Hall", resamples=200)
        assert re.findall(r"<caption>([^<]*\S) *<", comparison_html(found)) == ["target tone"]
        three = dataclasses.replace(found, sides=(*found.sides, dataclasses.replace(found.sides[0], name="west")))
        stream = io.StringIO()
        render_comparison(three, Console(file=stream, width=100))
        assert "target_quoted_tone" not in stream.getvalue()

    def test_articles_alone_have_no_target(self, article, engine, capsys):
        assert main(["compare", article, article, "--target", "Ann Hall", *engine]) != 0
        assert "--target works with --by only" in capsys.readouterr().err


def test_a_plot_of_outlets_and_targets():
    plots = pytest.importorskip("biasscore.report.plots")
    ax = plots.outlets_by_target(table(), ["Ann Hall", "bob roe"])
    assert [text.get_text() for text in ax.texts] == [
        "+0.51\nn = 12",
        "−0.19\nn = 12",
        "−0.29\nn = 12",
        "−0.19\nn = 12",
    ]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["north", "south"]
    with pytest.raises(InputError, match="no article mentions"):
        plots.outlets_by_target(table(), ["Kyiv"])

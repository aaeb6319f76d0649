"""The pages in a real headless Chromium; skipped, and saying so, where node, its modules or Chromium are missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes import fake_scorer
from report_documents import document

from biasscore.analysis import Trend, compare
from biasscore.analysis.trends import Period
from biasscore.report import comparison_html, to_html
from biasscore.results import Document
from biasscore.visible import visible

HERE = Path(__file__).parent
BROWSER = HERE / "browser"
EXAMPLES = HERE.parent / "examples"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (shutil.which("node") and CHROMIUM and (BROWSER / "node_modules").is_dir()),
        reason="needs node, Chromium and the modules of tests/browser; run .ci/browser.sh",
    ),
]

HOSTILE = (
    'A <script>window.injected = 1</script> reckless <b>scheme</b> & “smug &lt; "lazy" <img src=x onerror=window.'
    "injected=2>” tale.\r\nNext\r\nline is reckless. \U0001f600\U0001f600 A bloated \x00 \ud800 scheme.\n\n"
    "العربية: a shameless \u202e mix.\n\n" + "Longwordwithoutanyspace" * 12 + " is reckless."
)


def documents() -> dict[str, Document]:
    report, opinion = ((EXAMPLES / name).read_text() for name in ("report.txt", "opinion.txt"))
    return {
        "article": document(opinion, title="Bury this bait and switch on May 5"),
        "explained": document(opinion, title="A reckless bond", explained=True),
        "plain": document(report),
        "hostile": document(HOSTILE, title="</title><script>window.injected = 3</script> a reckless title"),
        "fragment": document(opinion),
        "targets": fake_scorer().score("Ann Hall met Bob Roe. “Bob Roe is nasty,” Hall said.", title="A vote"),
    }


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pages")
    found = documents()
    pages = {name: to_html(doc) for name, doc in found.items()}
    fragment, other = (to_html(found[name], standalone=False) for name in ("fragment", "plain"))
    pages["fragment"] = (
        "<!DOCTYPE html><html lang=en><title>notebook</title><main><h1>A notebook</h1>"
        f"<p id=host style='margin-top:7px'>Host text</p>{fragment}{other}</main></html>"
    )
    breach = "<script>window.injected = 4</script><img src=x onerror='window.injected = 5'></main>"
    pages["breached"] = pages["plain"].replace("</main>", breach)
    pages["comparison"] = comparison_html(compare([found["plain"], found["article"]]))
    pages["forest"] = comparison_html(
        compare({f"outlet {i}": [found["article"], found["plain"]] * (1 + 2 * i) for i in range(4)}, keep_reprints=True)
    )
    months = [
        Period(side, date(2026, month, 1), 0.1 * month, 0.05 * month, 0.15 * month, 9)
        for side, month in (("A", 1), ("A", 3), ("B", 5))
    ]
    pages["trend"] = comparison_html(
        compare({"A": found["article"], "B": found["article"]}), trend=Trend("loaded", "month", tuple(months), 0.95, 0)
    )
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    task = {
        "chromium": CHROMIUM,
        "pages": [
            {"name": name, "file": str(folder / f"{name}.html"), "shots": os.environ.get("SHOTS")} for name in pages
        ],
    }
    done = subprocess.run(
        ["node", "check.mjs", json.dumps(task)], cwd=BROWSER, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return {report["name"]: report for report in json.loads(done.stdout)}


PAGES = ["article", "explained", "plain", "hostile", "fragment", "comparison", "forest", "trend"]


@pytest.mark.parametrize("name", PAGES)
def test_no_console_message_and_no_request(visited, name):
    assert visited[name]["problems"] == []
    assert visited[name]["requests"] == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation_in_either_scheme(visited, name):
    assert {scheme: found for scheme, found in visited[name]["axe"].items() if found} == {}
    assert {"light", "dark"} <= visited[name]["axe"].keys()


@pytest.mark.parametrize("name", ["article", "explained", "plain", "hostile"])
def test_marks_are_where_the_offsets_say(visited, name):
    doc = documents()[name]
    paragraphs = visited[name]["paragraphs"]
    assert [(p["start"], p["end"]) for p in paragraphs] == [(p.start, p.end) for p in doc.paragraphs]
    for shown in paragraphs:
        assert shown["text"] == visible(doc.text[shown["start"] : shown["end"]])
    marks = [mark for shown in paragraphs for mark in shown["marks"]]
    assert [(m["start"], m["end"], m["text"]) for m in marks] == [(s.start, s.end, visible(s.text)) for s in doc.spans]
    assert [m["found"] for m in marks] == [m["start"] for m in marks]


@pytest.mark.parametrize("width", ["tooltips", "narrowTooltips"])
@pytest.mark.parametrize("name", ["article", "explained", "hostile", "fragment", "comparison"])
def test_tooltips_work_with_mouse_and_keyboard(visited, name, width):
    shown = visited[name][width]
    assert shown
    for mark in shown:
        for tips in (mark["byMouse"], mark["byKeyboard"]):
            assert len(tips) == 1, mark
            assert tips[0]["text"].startswith("loaded 0.")
            assert tips[0]["inside"], mark
        if name != "fragment":  # Closing by Escape needs the page's script, which a fragment leaves out.
            assert mark["afterEscape"] == []


def test_shares_of_score_are_shown_on_hover_and_focus(visited):
    shown = visited["explained"]["explanations"]
    assert len(shown) == len(documents()["explained"].sentences)
    for sentence in shown:
        for tips in (sentence["byMouse"], sentence["byKeyboard"]):
            assert len(tips) == 1, sentence
            assert "Share of score" in tips[0]["text"] or tips[0]["text"].startswith("loaded 0."), sentence
            assert tips[0]["inside"]
        assert "Share of score" in sentence["byKeyboard"][0]["text"]


@pytest.mark.parametrize("name", ["article", "explained", "targets", "comparison", "forest"])
def test_every_stop_is_reached_with_tab(visited, name):
    stops = visited[name]["tabStops"]
    assert stops["wanted"] > 0
    assert stops["stops"] == list(range(stops["wanted"]))


@pytest.mark.parametrize("name", ["article", "explained", "comparison"])
def test_the_marked_words_can_be_skipped(visited, name):
    assert visited[name]["skips"] == [{"shown": True, "legend": True, "marked": False}]


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_screen_needs_no_sideways_scrolling(visited, name):
    assert visited[name]["overflow"] == 0


def test_labels_of_an_axis_stand_at_their_lines_on_wide_and_narrow_screens(visited):
    assert max(visited["forest"]["labelsOff"]) <= 1.5


def test_choosing_a_target_marks_its_mentions(visited):
    none, first, second = visited["targets"]["choices"]
    assert none == []
    assert [text for text, _ in first] == ["Ann Hall", "Hall"]
    assert [text for text, _ in second] == ["Bob Roe", "Bob Roe"]
    assert "rgba(0, 0, 0, 0)" not in {color for _, color in first + second}
    assert visited["targets"]["problems"] == visited["targets"]["requests"] == []
    assert not any(visited["targets"]["axe"].values())


def test_text_that_looks_like_markup_runs_nothing(visited):
    assert visited["hostile"]["scripts"] is None


def test_a_script_that_got_into_a_page_does_not_run(visited):
    assert visited["breached"]["scripts"] is None
    assert any("Content Security Policy" in problem for problem in visited["breached"]["problems"])


def test_schemes_differ_and_print_is_on_white(visited):
    background = visited["article"]["background"]
    assert background["light"] != background["dark"]
    assert visited["article"]["printBackground"] == "rgb(255, 255, 255)"


def test_a_fragment_leaves_its_host_alone(visited):
    color, _, decoration, margin = visited["fragment"]["hostStyle"]
    assert (color, decoration, margin) == ("rgb(0, 0, 0)", "none", "7px")

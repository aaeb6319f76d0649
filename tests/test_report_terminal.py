"""The terminal view: width, pipes, NO_COLOR, encodings, and texts that would like to drive the terminal."""

from __future__ import annotations

import dataclasses
import io
import re

import pytest
from fakes import fake_scorer
from hypothesis import given, settings
from hypothesis import strategies as st
from report_documents import document
from rich.cells import cell_len
from rich.console import Console

from biasscore.analysis import compare
from biasscore.report.terminal import MEASURE, render, render_comparison
from biasscore.report.view import figure
from biasscore.results import Document, Note
from biasscore.visible import carried

ARTICLE = "# A “bold” plan\n\nThe smug board passed a reckless scheme.\n\n“A lazy vote,” he said. It was bloated."


def shown(doc: Document, width: int = 80, **options: object) -> str:
    stream = io.StringIO()
    render(doc, Console(file=stream, width=width, **options))
    return stream.getvalue()


def test_a_pipe_gets_plain_text_with_marks_and_scores():
    text = shown(document(ARTICLE))
    assert "\x1b" not in text
    assert "The [smug 0.80] board passed a [reckless 0.90] [scheme 0.60]." in text
    assert "“A {lazy 0.20} vote,” he said. It was [bloated 0.75]." in text
    assert "2 of 3 sentences use loaded language" in text


def test_a_terminal_gets_styles_and_no_brackets():
    text = shown(document(ARTICLE), force_terminal=True, color_system="standard")
    assert "\x1b[1;7;31mreckless\x1b[0m" in text
    assert "[reckless" not in text


def test_no_color_says_nothing_by_style_alone():
    text = shown(document(ARTICLE), force_terminal=True, _environ={"NO_COLOR": "1"})
    assert "[reckless 0.90]" in text
    assert not re.search(r"\x1b\[[\d;]*3[0-7]", text)


@pytest.mark.parametrize("terminal", ["dumb", "unknown"])
def test_a_terminal_without_styles_gets_brackets(terminal):
    text = shown(document(ARTICLE), force_terminal=True, _environ={"TERM": terminal})
    assert "\x1b" not in text
    assert "[reckless 0.90]" in text
    assert "faint to strong" not in text


def test_a_paragraph_of_quotation_only_has_its_number():
    assert "loaded quoted · subjectivity 0.50 · tone −0.20 · quoted 0.10" in shown(document("“A quote alone.”"))


def test_none_of_loaded_is_shown_as_quoted():
    text = shown(document("“A quote alone.” “And another.”"))
    assert re.search(r"^loaded +quoted", text, re.MULTILINE)
    assert "loaded quoted · " in text
    assert "None" not in text


def test_an_empty_document_says_so():
    assert shown(document("")).startswith("There is no text to score.")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 96, 200])
def test_width_is_kept(width):
    text = shown(document(ARTICLE * 3), width=width)
    assert max(map(cell_len, text.splitlines())) <= min(width, MEASURE)
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_a_console_without_unicode_gets_ascii_bars():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    render(document(ARTICLE), Console(file=stream, width=80))
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "#####" in text
    assert '"A {lazy 0.20} vote,"' in text


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_no_text_can_drive_the_terminal_or_break_the_pipe(text):
    doc = fake_scorer().score(f"{text} absurd \x1b[2J\x9b31m \x00 \ud800 end.", title=text)
    out = shown(doc)
    out.encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)


def test_text_that_looks_like_rich_markup_is_text():
    assert "A [bold]plan[/bold] is :smile:." in shown(document("A [bold]plan[/bold] is :smile:."))


def test_two_sides_are_a_table_of_differences():
    stream = io.StringIO()
    comparison = compare({"[red]one": document(ARTICLE), "two": document("A plain text.")})
    render_comparison(comparison, Console(file=stream, width=100))
    text = stream.getvalue()
    assert re.search(r"^score +\[red\]one +two +difference$", text, re.MULTILINE)
    assert re.search(r"^peak +0\.90 +0\.10 +−0\.80$", text, re.MULTILINE)


@pytest.mark.parametrize("others", [1, 2])
def test_notes_on_compared_articles_are_told(others):
    note = "The text does not look English."
    odd = dataclasses.replace(document(ARTICLE), notes=(Note("not-english", note),))
    stream = io.StringIO()
    sides = {"German": odd} | {f"plain {i}": document("A plain text.") for i in range(others)}
    render_comparison(compare(sides), Console(file=stream, width=100))
    assert stream.getvalue().count(f"Note on German: {note}") == 1


def test_many_sides_are_tables_of_means_with_intervals():
    stream = io.StringIO()
    docs = [document(ARTICLE), document("A plain text.")]
    plain = [docs[1], document("A lazy text.")]
    sides = {"a": docs * 4, "b": plain * 3, "c": docs, "d": docs[1:] * 6}
    render_comparison(compare(sides, keep_reprints=True), Console(file=stream, width=100))
    text = stream.getvalue()
    assert re.search(r"^b +6 +0\.15 +\[0\.11, 0\.19\]$", text, re.MULTILINE)
    assert re.search(r"^d +6 +0\.10 +–$", text, re.MULTILINE)
    assert re.search(r"^c +2 +0\.\d\d +–$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "-0.50 'so' - it's. ?"), ("cp1252", "-0.50 ‘so’ — it’s… ?"), ("utf-8", None)]
)
def test_an_old_console_shows_the_nearest_sign(encoding, shown):
    text = "−0.50 ‘so’ — it’s… ☃"
    assert carried(text, encoding) == (shown or text)


def test_what_rounds_to_zero_has_no_sign():
    assert [figure(value) for value in (-0.001, 0.0, -0.006, None)] == ["0.00", "0.00", "−0.01", "–"]

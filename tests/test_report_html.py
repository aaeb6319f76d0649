"""The HTML page and the notebook fragment, without a browser; tests/test_report_browser.py opens them in one."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from base64 import b64decode, b64encode
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from fakes import fake_scorer
from hypothesis import given, settings
from hypothesis import strategies as st
from report_documents import document
from test_fair_comparison import press
from test_reprints import paragraph as made_up

from biasscore._version import __version__
from biasscore.analysis import Events, LeftOut, Matching, Trend, compare, compare_groups, read_events, trend
from biasscore.analysis.events import Member
from biasscore.analysis.prevalence import Prevalence, Share
from biasscore.analysis.trends import Period
from biasscore.predict import checkpoints
from biasscore.report import Agreement, comparison_html, data, methods, to_html, write_data
from biasscore.report.comparison import _axis, reading
from biasscore.report.view import STEPS, figure, figures, one_line, runs, strength, word_shares
from biasscore.results import SHOWN_CHARS, Note
from biasscore.visible import visible

TEMPLATES = Path(__file__).parents[1] / "biasscore" / "report" / "templates"
ARTICLE = "# A “bold” plan\n\nThe smug board passed a reckless scheme.\n\n“A lazy vote,” he said. It was bloated."

anything = st.text(st.characters(), max_size=80)  # lone surrogates and NUL included


class Reader(HTMLParser):
    """What a browser would take from the page: the paragraphs' text without tooltips, the marks, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[str] = []
        self.marks: list[tuple[int, int, str]] = []
        self.tags: list[str] = []
        self._open: list[set[str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if tag in {"meta", "link"}:
            return
        classes = set((given.get("class") or "").split())
        self._open.append(classes)
        if "bs-text" in classes:
            self.paragraphs.append("")
        if tag == "mark" and "data-start" in given and self._inside("bs-text"):
            self.marks.append((int(given["data-start"]), int(given["data-end"]), ""))

    def handle_endtag(self, tag):
        self._open.pop()

    def handle_data(self, data):
        if self._inside("bs-tip") or not self._inside("bs-text"):
            return
        self.paragraphs[-1] += data
        if self._inside("bs-mark"):
            start, end, text = self.marks[-1]
            self.marks[-1] = (start, end, text + data)

    def _inside(self, name):
        return any(name in classes for classes in self._open)


def test_marks_and_text_are_the_documents():
    doc = document(ARTICLE)
    page = Reader(to_html(doc))
    assert page.paragraphs == [p.text for p in doc.paragraphs]
    assert page.marks == [(s.start, s.end, s.text) for s in doc.spans]
    assert len(page.marks) == 5


@settings(max_examples=60, deadline=None)
@given(anything, anything)
def test_any_text_comes_through_as_text(text, title):
    doc = document(f"{text} A reckless scheme.", title=f"{title} lazy", explained=True)
    for html in (to_html(doc), to_html(doc, standalone=False)):
        html.encode("utf-8")
        page = Reader(html)
        assert page.paragraphs == [visible(p.text) for p in doc.paragraphs]
        assert page.marks == [(s.start, s.end, visible(s.text)) for s in doc.spans]
        expected = to_html(document("A b c.", title="T", explained=True), standalone="<main>" in html)
        assert set(page.tags) - set(Reader(expected).tags) <= {"mark", "span"}


@settings(max_examples=40, deadline=None)
@given(anything)
def test_a_scored_document_of_any_text_can_be_shown(text):
    doc = fake_scorer().explain(text, title=text)
    page = Reader(to_html(doc))
    assert page.paragraphs == [visible(p.text) for p in doc.paragraphs]
    assert page.marks == [(s.start, s.end, visible(s.text)) for s in doc.spans]


def test_markup_in_the_text_is_shown_not_run():
    text = "He wrote <script>alert('&amp;')</script> & \"lazy\"."
    html = to_html(document(text, title="</title><script>alert(1)</script>"))
    assert "<script>alert" not in html
    assert Reader(html).paragraphs == [text]
    assert Reader(html).tags.count("script") == 1


def test_what_html_cannot_carry_is_one_visible_sign():
    assert visible("a\x00b\ud800c\x1bd\r\n\t\x9f\ufffe") == "a␀b\ufffdc␛d\r\n\t\ufffd\ufffd"


@given(st.text(st.characters()))
def test_visible_keeps_every_offset(text):
    assert len(visible(text)) == len(text)
    visible(text).encode("utf-8")


@settings(deadline=None)
@given(anything)
def test_runs_tile_the_passage(text):
    doc = document(f"{text} “A lazy vote,” he said. reckless scheme.")
    for paragraph in doc.paragraphs:
        found = list(runs(paragraph, paragraph.start, doc.quotes))
        assert "".join(run.text for run in found) == paragraph.text
        for run in found:
            assert run.text == doc.text[run.start : run.end]
            assert run.span is None or run.span.start <= run.start < run.end <= run.span.end


def test_the_page_asks_for_nothing_outside_itself():
    for html in (to_html(document(ARTICLE)), comparison_html(compare([document(ARTICLE), document(ARTICLE)]))):
        assert re.findall(r"(?:https?:)?//\w", html) == []
        assert re.findall(r"(?:src|href)=\"(?!data:|#)", html) == []
        assert "@import" not in html


def test_a_page_forbids_every_script_but_its_own_and_all_of_the_network():
    for html in (to_html(document(ARTICLE)), comparison_html(compare([document(ARTICLE), document(ARTICLE)]))):
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', html)
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
        own = b64encode(sha256(script.encode()).digest()).decode()
        assert rules.pop("script-src") == f"'sha256-{own}'"
        assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
        assert rules == {"style-src": "'unsafe-inline'", "img-src": "data:"}


@pytest.mark.parametrize("name", ["report.css", "comparison.css"])
def test_every_rule_of_the_fragment_is_bound_to_it(name):
    css = re.sub(r"/\*.*?\*/", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = [rule.strip() for rule in re.findall(r"([^{}]+)\{", css) if not rule.strip().startswith("@")]
    assert len(selectors) > 20
    for selector in selectors:
        for part in re.sub(r"\([^)]*\)", "", selector).split(","):
            assert part.strip().startswith(".biasscore"), selector


def test_a_fragment_is_no_page_and_a_document_shows_itself():
    doc = document(ARTICLE)
    fragment = to_html(doc, standalone=False)
    assert not {"html", "body", "main", "script"} & set(Reader(fragment).tags)
    shown = doc._repr_html_()
    assert re.sub(r"(b[0-9a-f]{8})f\d+", r"\1", shown) == re.sub(r"(b[0-9a-f]{8})f\d+", r"\1", fragment)


def ids(page: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', page)


def test_no_two_elements_of_a_page_or_notebook_share_an_id_or_a_group_of_choices():
    doc = fake_scorer().score("Ann Hall met Bob Roe. An absurd vote.", title="The absurd vote")
    twins = compare({"a": doc, "b": doc})
    notebook = "".join(
        [to_html(doc, standalone=False), doc._repr_html_(), *(comparison_html(twins, standalone=False) for _ in "ab")]
    )
    for page in (comparison_html(twins), notebook):
        assert len(ids(page)) == len(set(ids(page))) > 4
        for named in re.findall(r'(?:aria-describedby|aria-labelledby|href)="#?(b[^"]+)"', page):
            assert named in ids(page)
    assert len(set(re.findall(r'name="(b[^"]+)"', notebook))) == 2
    assert to_html(doc) == to_html(doc)


def test_a_name_that_turns_the_direction_of_text_is_spelt_out():
    name = "\u202eevil\u2066"
    docs = [document(ARTICLE), document("A plain text.")]
    rows = [
        {"id": f"{g}{i}", "group": g, "model": "m", f"n{name}": 1.0 * i, "date": "2026-01-01"}
        for g in ("a", name)
        for i in range(6)
    ]
    columns = compare_groups(pa.Table.from_pylist(rows), scores=(f"n{name}",), day="date", resamples=50)
    pages = [
        comparison_html(compare({name: docs[0], "b": docs[1]})),
        comparison_html(compare({name: docs, "b": docs * 5, "c": docs * 6}, keep_reprints=True)),
        comparison_html(columns, trend=columns.trend()),
        to_html(docs[1], name=name),
    ]
    for page in pages:
        assert "\\u202eevil\\u2066" in page
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    [title] = re.findall("<title>(.*)</title>", to_html(document("A plain text.", title=f"The {name}")))
    assert title == "The \\u202eevil\\u2066 · biasscore"


def test_a_notebook_is_not_filled_by_a_document_that_is_too_long():
    long = fake_scorer().score("A nasty vote. " * (SHOWN_CHARS // 10))
    shown = long._repr_html_()
    assert len(shown) < 500
    assert "&lt;Document" in shown
    assert "to_html" in shown


def test_the_header_reads_the_scores():
    html = to_html(document(ARTICLE, title="A title"))
    assert one_line(document(ARTICLE)) in html
    assert "<title>A title · biasscore</title>" in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "There is no text to score."),
        ("“A quote alone.”", "Every sentence stands inside a quotation; the author adds no words."),
        ("One is reckless. Two is not.", "1 of 2 sentences uses loaded language in the author’s own words."),
        (
            "It is reckless. A smug man. He sneered.",
            "2 of 3 sentences use loaded language in the author’s own words; 1 more is uncertain.",
        ),
        ("# Reckless\n\nNothing here.", "0 of 1 sentence uses loaded language in the author’s own words."),
    ],
)
def test_the_one_line_reading(text, expected):
    assert one_line(document(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        ("Yes. “The senator said it was an absurd bill.”", "The author makes no statement that could be loaded.", "–"),
        ("Thank you.\n\n“The bill is absurd,” she said.", "The author makes no statement that could be loaded.", "–"),
        (
            "“The bill is absurd,” she said.",
            "Every sentence stands inside a quotation; the author adds no words.",
            "quoted",
        ),
        ("Yes. Thank you.", "No sentence makes a statement that could be loaded.", "–"),
    ],
)
def test_small_talk_of_the_author_is_no_quotation(text, expected, shown):
    found = fake_scorer().score(text)
    assert one_line(found) == expected
    assert figures(found)[0].text == shown
    assert figures(found.paragraphs[-1])[0].text == ("–" if "Yes" in text else "quoted")


def test_a_score_that_is_none_is_never_a_number():
    html = to_html(document("“A quote alone.”"))
    assert "<dd>quoted" in html
    assert "nan" not in html.lower().replace("finance", "")
    assert "None" not in html


def test_steps_of_strength():
    assert [strength(score) for score in (0, 0.2499, 0.25, 0.5, 0.75, 1)] == [1, 1, 2, 3, 4, STEPS]


def test_quoted_words_look_different():
    html = to_html(document(ARTICLE))
    assert 'bs-quoted bs-step1" tabindex="0"' in html
    assert 'bs-author bs-step4" tabindex="0"' in html


def test_explanations_are_shares_of_the_score():
    doc = document("A reckless plan. A plain plan.", explained=True)
    sentence = doc.sentences[0]
    shares = word_shares(sentence.contributions, doc.text, "loaded")
    assert [share.text for share in shares] == ["A", "reckless", "plan", "."]
    parts = sentence.contributions[0].parts
    total = sum(abs(part.values[0]) for part in parts)
    assert sum(share.share for share in shares) == pytest.approx(sum(part.values[0] for part in parts) / total)
    assert "Share of score" in to_html(doc)
    assert "Share of score" not in to_html(document("A reckless plan."))


def test_the_legend_states_the_measured_agreement_or_that_there_is_none():
    doc = document("A reckless plan.", explained=True)
    assert "not measured" in to_html(doc)
    metrics = json.loads('{"occlusion": {"spearman": 0.73, "sentences": 412}}')
    html = to_html(doc, agreement=Agreement.from_metrics(metrics))
    assert "0.73" in html
    assert "412 sentences" in html
    assert "not measured" not in html
    assert "comes first" not in html
    assert "in 40% of them the same word comes first" in to_html(doc, agreement=Agreement(0.2, 30, 0.4))
    assert Agreement.from_metrics({}) is None


def test_the_agreement_is_the_models_own_or_none(tiny_model, tmp_path, monkeypatch):
    checkpoint = checkpoints.read(tiny_model)
    entry = {"spearman": 0.61, "sentences": 300, "model": f"tiny@{checkpoint.fingerprint}"}
    shutil.copytree(tiny_model, tmp_path / "tiny")
    (tmp_path / "tiny" / checkpoints.METRICS).write_text(json.dumps({"occlusion": entry}), encoding="utf-8")
    monkeypatch.setattr(checkpoints, "folders", lambda: [tmp_path])
    assert Agreement.of_model(f"{entry['model']}/torch-cpu-float32") == Agreement(0.61, 300)
    assert Agreement.of_model("tiny@other/torch-cpu-float32") is None
    assert Agreement.of_model("nowhere@0/torch-cpu-float32") is None


def test_nothing_is_said_by_look_alone():
    page = to_html(document(ARTICLE, explained=True))
    for label in ("loaded", "uncertain"):
        assert re.search(rf'bs-is-{label}::before {{[^}}]*content: "[^"]+" / "{label} sentence: "', page)
    assert "orange words (+) raise the loaded score, blue words (−) lower it" in page
    assert "orange" not in to_html(document(ARTICLE))


def test_a_loaded_sentence_without_a_mark_says_that_no_word_stands_out():
    doc = document("It is so.")
    [paragraph] = doc.paragraphs
    bare = dataclasses.replace(paragraph.sentences[0], label="loaded", spans=())
    told = dataclasses.replace(doc, paragraphs=(dataclasses.replace(paragraph, sentences=(bare,)),))
    assert "1 loaded sentence in which no single word stands out" in to_html(told)
    assert "stands out" not in to_html(doc)


def test_a_repeated_paragraph_says_so():
    doc = document("It is so.\n\nIt is so.")
    again = dataclasses.replace(doc.paragraphs[1], duplicate_of=0)
    html = to_html(dataclasses.replace(doc, paragraphs=(doc.paragraphs[0], again)))
    assert "repeats paragraph 1" in html


def test_two_articles_stand_side_by_side():
    one, two = document(ARTICLE, title="<One>"), document("A plain text. It says little.", title="Two")
    html = comparison_html(compare([one, two]))
    page = Reader(html)
    assert page.paragraphs == [p.text for doc in (one, two) for p in doc.paragraphs]
    assert "&lt;One&gt;" in html
    assert "too few articles for an interval" in html


def test_notes_on_articles_are_shown_in_comparisons():
    note = "The text does not look English."
    odd = dataclasses.replace(document(ARTICLE), notes=(Note("not-english", note),))
    two = comparison_html(compare({"German": odd, "English": document("A plain text.")}))
    assert two.count(note) == 1
    assert two.index("bs-column") < two.index(note) < two.index('bs-paragraph"')
    three = comparison_html(compare({"a": odd, "b": document("A plain text."), "c": document("Another.")}))
    assert f"Note on a: {note}" in three


@pytest.mark.parametrize(
    ("low", "high"), [(0, 6.5), (0, 7), (500, 1000), (0, 250_000), (-3e9, 2e12), (0.2, 0.2), (5, 5), (-1, 1), (0, 0.07)]
)
def test_an_axis_holds_both_ends_with_at_most_seven_ticks(low, high):
    step, first, last = _axis(low, high)
    assert 1 <= last - first <= 6
    assert step * first <= low + 1e-9
    assert step * last >= high - 1e-9


def test_ticks_of_large_columns_are_whole_numbers():
    rows = [
        {"id": f"{g}{i}", "group": g, "model": "m", "words": 200_000.0 * (g == "b") + 9000 * i}
        for g in "abc"
        for i in range(6)
    ]
    page = comparison_html(compare_groups(pa.Table.from_pylist(rows), scores=("words",), resamples=50))
    assert re.findall(r'<span style="left:[\d.]+%">([^<]+)</span>', page) == [
        "0",
        "50,000",
        "100,000",
        "150,000",
        "200,000",
        "250,000",
    ]


def test_many_sides_are_drawn_with_their_intervals_and_the_unsure_last():
    docs = [document(ARTICLE), document("A plain text.")]
    comparison = compare({"few": docs, "many": docs * 5, "plain": [docs[1], document("A lazy text.")] * 3})
    html = comparison_html(comparison)
    rows = re.findall(r'<th scope="row" dir="auto">(\w+)</th>', html)
    assert rows[:3] == ["many", "plain", "few"]
    # The other scores of these texts do not vary, so they have no interval.
    assert html.count('bs-whisker"') == 2


def test_a_page_of_groups_says_what_was_compared_and_what_was_left_out():
    scorer = fake_scorer()
    wire = made_up(1)
    sides = {
        side: [scorer.score(f"{wire}\n\n{made_up(first + i)}") for i in range(6)]
        for side, first in (("A", 10), ("B\ud800", 30))
    }
    comparison = compare(sides, resamples=100)
    html = comparison_html(comparison)
    assert "12 paragraphs shared with another group" in html
    text = methods(comparison)
    assert "12 articles of 2 groups" in text
    assert "12 articles of 2 groups" in html
    assert "max-t bootstrap" in text
    assert f"comparison by version {__version__})" in text
    assert "Differences rest on 6 articles of each group" in text
    assert "Scores assume" not in text  # The model is not known here.
    framing = "Framing is experimental" in html
    assert framing == any(side.estimate("framing_left").value is not None for side in comparison.sides)
    assert "Saerens" not in text  # It says what was done and nothing else.
    for name, table in data(comparison).items():
        linked = re.search(rf'download="{name}.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', html)
        if name in ("means", "differences"):
            assert b64decode(linked[1]).decode().count("\n") == table.num_rows + 1


def test_methods_say_what_was_resampled_and_what_counts_once(tmp_path):
    docs = [document(ARTICLE), document("A plain text.")]
    plain = compare({"a": docs * 3, "b": docs * 4}, keep_reprints=True)
    assert "each article counts once" in methods(plain)
    assert "intervals over articles (" in methods(plain)
    for n_topics, over, fewer in (
        (6, "topics and articles (", "fewer than 5 topics or articles, or where"),
        (3, "articles of each topic (", "fewer than 5 articles of each topic, or where"),
    ):
        topics = dataclasses.replace(plain, matching=Matching((("t", 4),) * n_topics, 12, 0))
        assert f"intervals over {over}" in methods(topics)
        assert fewer in methods(topics)
        assert "each article counts once" not in methods(topics)
        assert '<th scope="col">articles</th>' in comparison_html(dataclasses.replace(topics, sides=plain.sides * 2))
    found = Events((Member("e1", "a 1", "a", "", "", 0.5, ()), Member("e1", "b 1", "b", "", "", 0.5, ())), found=True)
    assert "found by shared names and words; " in methods(dataclasses.replace(plain, events=found))
    dated = dataclasses.replace(found, members=tuple(dataclasses.replace(m, day="2024-05-01") for m in found.members))
    assert "found by shared names, words and days; " in methods(dataclasses.replace(plain, events=dated))
    dated.write(tmp_path / "events.csv")
    read = methods(dataclasses.replace(plain, events=read_events(tmp_path / "events.csv")))
    assert "matched by 1 event that two or more groups report, from our own list; " in read
    assert "each article counts once" not in read


def test_equal_groups_do_not_differ_and_what_has_no_interval_says_why():
    one, two = document(ARTICLE), document("A plain text.")
    same = compare({"a": [one, two] * 4, "b": [one, two] * 5}, keep_reprints=True)
    told = reading(same)
    assert told.startswith("“b” and “a” do not differ in loaded language; the 95% interval")
    assert "includes 0" in told
    steady = compare({"a": [one] * 6, "b": [two] * 6}, keep_reprints=True)
    assert "less loaded language than “a”; there is no interval, because the scores do not vary" in reading(steady)
    many = compare({name: [two] * 6 for name in "abc"}, keep_reprints=True)
    assert reading(many) == "There is no ranking by loaded: there are too few articles, or their scores do not vary."


def test_one_of_anything_is_written_in_the_singular():
    plain = compare({name: [document("A plain text.")] * 6 for name in "abcdefghijklm"}, keep_reprints=True)
    members = tuple(Member("e1", f"{side} 1", side, "", "", 0.5, ()) for side in "ab")
    matched = dataclasses.replace(
        plain, matching=Matching((("t", 4),), 12, 0), events=Events(members, found=True), left_out=(LeftOut("gone", 1),)
    )
    page = comparison_html(matched)
    for told in ("and 1 more group<", "Matched by 1 event;", "Matched by 1 topic<", "1 article gone"):
        assert told in page
    [other, *rest] = plain.differences
    clear = dataclasses.replace(other, low=0.3, high=0.7, adjusted_low=0.2, adjusted_high=0.8)
    apart = dataclasses.replace(plain, differences=(clear, *rest))
    assert reading(apart).startswith("1 of 13 groups differs from the others")


def test_articles_without_a_date_are_told_beside_the_means_over_time():
    articles = press(60)
    days = ["05/31/2024"] * 3 + [str(day) for day in articles["date"][3:]]
    undated = articles.set_column(3, "date", pa.array(days))
    comparison = compare_groups(undated, day="date", resamples=50)
    told = "3 articles have no date that can be read, and are in no month."
    assert told in comparison_html(comparison, trend=comparison.trend())
    dated = compare_groups(articles, day="date", resamples=50)
    assert "no date that can be read" not in comparison_html(dated, trend=dated.trend())


def test_means_over_time_have_one_axis_and_a_dot_for_each_period():
    def periods(side: str, *months: int) -> list[Period]:
        return [Period(side, date(2026, month, 1), 0.1 * month, 0.05 * month, 0.2 * month, 9) for month in months]

    over_time = Trend("loaded", "month", (*periods("A", 1, 2, 3), *periods("B", 5)), 0.9, 0)
    page = comparison_html(compare([document(ARTICLE), document("A plain text.")]), trend=over_time)
    boxes = re.findall(r"<figure>.*?</figure>", page, flags=re.DOTALL)
    assert [re.findall("<span>(2026-[0-9-]+)</span>", box) for box in boxes] == [["2026-01-01", "2026-05-01"]] * 2
    assert [box.count("h.01") for box in boxes] == [3, 1]
    assert "M99.0," in boxes[1]  # the one month of B stands at the end of the axis
    assert "Dot: mean of one month. Gray: 90% interval." in page


def test_a_page_says_whether_means_over_time_hold_what_the_comparison_leaves_out():
    comparison = compare_groups(press(60), day="date", resamples=50)
    told = "what the comparison leaves out is in these figures"
    assert told in comparison_html(comparison, trend=trend(press(60), by="group"))
    assert told not in comparison_html(comparison, trend=comparison.trend())


def test_forest_plots_explain_their_dots():
    docs = [document(ARTICLE), document("A plain text.")]
    page = comparison_html(compare({"few": docs, "many": docs * 5}, keep_reprints=True))
    assert "Dot: mean. Line: 95% interval. An open dot has no interval and is not ranked." in page
    assert "open dot" not in comparison_html(compare(docs))


def test_sides_too_small_for_an_estimated_share_are_named():
    few = Prevalence(30, 3, 0.55, 0.1, None, None)
    many = Prevalence(300, 9, 0.55, 0.1, Share(0.2, 0.1, 0.3), None)
    comparison = compare({"a <b>": [document(ARTICLE)] * 5, "c": [document(ARTICLE)] * 5}, keep_reprints=True)
    for prevalences, estimated, small in (((few, many), True, "a <b>"), ((few, few), False, "a <b>, c")):
        sides = (dataclasses.replace(side, prevalence=p) for side, p in zip(comparison.sides, prevalences, strict=True))
        found = dataclasses.replace(comparison, sides=tuple(sides))
        told = (
            f"No share of loaded sentences is estimated for {small}: fewer than 200 sentences or 5 articles. Scores "
            "there assume a share of 0.55."
        )
        assert told in methods(found)
        assert ("Saerens" in methods(found)) == estimated
        assert comparison_html(found).count(told.replace("<", "&lt;").replace(">", "&gt;")) == 2
    assert "is estimated for" not in methods(comparison)


def test_data_is_written_as_csv(tmp_path):
    docs = [document(ARTICLE), document("A plain text.")]
    write_data(compare({"a": docs * 3, "b": docs[:1] * 5}, keep_reprints=True), tmp_path / "data")
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"means.csv", "differences.csv", "reprints.csv"}


def test_an_article_names_its_framing_its_meanings_and_the_sentences_it_counts():
    html = to_html(document(ARTICLE))
    assert "Framing: probability that the text reads like outlets of each rating" in html
    assert "expected loaded share of the author’s text</span>" in html
    counted = [s for s in document(ARTICLE).sentences if s.label == "loaded"]
    assert html.count('class="bs-sentence bs-is-loaded"') == len(counted)
    skip = re.search(r'class="bs-skip" href="#([^"]+)"', html)[1]
    assert f'id="{skip}"' in html


def test_no_figure_is_minus_nothing():
    assert (figure(-0.001), figure(-0.006), figure(0.0)) == ("0.00", "−0.01", "0.00")

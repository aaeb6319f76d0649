"""The layouts that people have: each kind's labelled texts, and offsets that stay true whatever the marks wear."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_segmentation import check, is_nothing

from benchmarks.voice import read_lines
from benchmarks.voice_kinds import MEASURES, TEXTS, measure, read_labelled
from biasscore.results import Block
from biasscore.segment import attributed, cues, segment, viewpoints
from biasscore.segment.reading import read
from biasscore.tables.formats.page import PageText

ROWS = [read_labelled(row) for row in read_lines(TEXTS)]


def test_every_kind_has_its_texts_and_half_of_them_are_held_out() -> None:
    for kind in MEASURES:
        parts = [row.part for row in ROWS if row.kind == kind]
        assert len(parts) >= 25
        assert 2 * parts.count("held out") >= len(parts)


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    return measure(ROWS)


@pytest.mark.parametrize(
    ("kind", "what", "precision", "recall"),
    [
        ("labels", "turns with both ends", 0.98, 0.97),
        ("rests", "stretches without a score", 0.9, 0.9),
        ("exports", "speakers", 1.0, 0.9),
        ("exports", "boilerplate paragraphs", 0.95, 0.95),
        ("glued", "borders", 0.98, 0.9),
        ("posts", "quoted characters", 0.95, 0.9),
        ("marks", "quoted characters", 0.95, 0.95),
        ("headlines", "quotations with both ends", 0.9, 0.9),
        ("attribution", "characters of others' words", 0.9, 0.9),
        ("interviews", "quoted characters", 0.97, 0.97),
        ("boilerplate", "boilerplate paragraphs", 0.97, 0.97),
        ("notes", "notes", 0.95, 0.95),
    ],
)
def test_kind(measured, kind: str, what: str, precision: float, recall: float) -> None:
    for shares in [measured[kind][what]["development"]]:
        assert shares["precision"]["value"] >= precision
        assert shares["recall"]["value"] >= recall


def _voices(text: str, blocks: tuple[Block, ...] = ()) -> list[tuple[str, str]]:
    return [(v.voice, text[v.start : v.end]) for s in segment(text, blocks).sentences for v in s.voices]


_DRESSED = [
    *("“", "”", "``", "''", " ", " ", "\n\n", "â€œ", "â€", "â€™", "\ufffd", "\x93", "\x94", "&quot;", "&#39;", '"'),
    *('" ', " ,", " .", "Hall", "said", "in June.Once", "town.“We", "U.S.A.", " n't", "It", "lied", "RT @x: ", "> "),
    *("\ufeff", "\u200b", "\u00ad"),
    *("— Al (@al) May 1, 2019", "ANA RUIZ, HOST: ", "Q. ", "SECTION: A", "BODY:", "?", "By Ana Ruiz"),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_DRESSED), max_size=30).map("".join))
def test_offsets_are_those_of_the_text_as_given(text: str) -> None:
    check(text, segment(text))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_DRESSED), max_size=30).map("".join))
def test_the_way_back_from_the_copy_is_monotone_and_whole(text: str) -> None:
    reading = read(text)
    size = len(reading.text)
    starts = [reading.start(i) for i in range(size + 1)]
    ends = [reading.end(i) for i in range(size + 1)]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(end <= start for end, start in zip(ends, starts, strict=True))
    left_out = "".join(text[reading.end(i) : reading.start(i)] for i in range(size + 1))
    assert is_nothing(left_out)


def test_a_plain_text_is_read_as_it_is() -> None:
    text = "“We had no choice,” said Lena Hart of St. Mary’s. It’s 3.5 percent; see U.S.A. Today."
    assert read(text).text is text


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\ufeff", "\u200e", "\u200d", "\u2060", "\u2069", "\u00ad", "\u202a\u2063"]
)
def test_characters_that_nobody_sees_change_nothing(hidden: str) -> None:
    """Before a mark, inside a word, between sentences, on a line of its own."""
    text = "|“We are fu|rious,|”| sa|id Ann Hall|.\n\n|\n\nIt was |''late|''|.\n\nThe mayor left.|Nobody| spoke.|"
    plain, dressed = text.replace("|", ""), text.replace("|", hidden)
    check(dressed, segment(dressed))
    assert [(voice, words.replace(hidden, "")) for voice, words in _voices(dressed)] == _voices(plain)
    assert [p.kind for p in segment(dressed).paragraphs] == [p.kind for p in segment(plain).paragraphs]


def test_structure_decides_over_layout() -> None:
    text = "The council met.\n\nGutless cowards sold us out.\n\nIt called the plan a sham today."
    block = Block(text.index("Gutless"), text.index("\n\nIt"), "quotation")
    inline = Block(text.index("a sham"), text.index(" today"), "quotation")
    found = segment(text, (block, inline))
    assert [p.kind for p in found.paragraphs] == ["text", "quotation", "text"]
    quoted = [words.strip() for voice, words in _voices(text, (block, inline)) if voice == "quoted"]
    assert quoted == ["Gutless cowards sold us out.", "a sham"]


def test_a_title_with_single_marks_quotes_somebody() -> None:
    assert _voices("PM 'lied' to MPs, inquiry finds")[1][0] == "quoted"
    assert {voice for voice, _ in _voices("Workers' pay talks fail as firms' profits rise")} == {"author"}


@pytest.mark.parametrize(
    ("title", "quoted"),
    [
        ("Trump Calls Press ‘Enemy of the People’", True),
        ("Lisa Page Speaks: ‘There’s No Fathomable Way’", True),
        ("Mitt Romney ‘Can’t Recall’ the Talks", True),
        ("‘We Shall Not See His Like Again’ and Other Farewells", True),
        ("McCain on Trump: 'Foolish' to ignore voters", True),
        ("The Otherwise ‘Blameless Life’ of Paul Manafort", False),
        ("'March For Life' Rally Expected to Draw Huge Crowd", False),
        ("OPINION: 'Star Wars' Lessons for Presidents", False),
        ("Trump Tells 'Fox & Friends' He Did Nothing Wrong", False),
        ("Conway Tells 'Face the Nation' Trump Won", False),
        ("Trump Asks 'Why Are We Here'", True),
        ("Netflix Announces 'Stranger Things' Will Return", False),
        ("Trump Announces 'Historic' Tax Cut", True),
        ("NY Press Club Announces 'Truth To Power' Award", False),
        ("NBC Renews 'This Is Us'", False),
        ("Trump Slams Warren, Renews 'Pocahontas' Jab", True),
        ("Movie Review: 'Black Panther' Soars", False),
        ("Obituary: 'Matilda' dies at 90", False),
        ("'This Is Us' Finale Makes Fans Cry", False),
        ("Trump Says 'Morning Joe' Hosts Lied", False),
        ("Trump Slams 'Phony' Book", True),
        ("Trump Slams 'Totally Unfair' GOP Results", True),
        ("Trump Slams 'Saturday Night Live' Again", False),
        ("Conway Says on '60 Minutes' That Trump Won", False),
        ("Clinton Says in New Book 'What Happened' That She Lost", False),
        ("Critics Say 'Will & Grace' Returns Too Late", False),
        ("Council picks 'Second Avenue' plan for the square", False),
        ("Queen's guard 'The Duke' dies", False),
    ],
)
def test_capitals_in_a_headline_make_no_name_of_what_somebody_says(title: str, quoted: bool) -> None:
    assert ("quoted" in {voice for voice, _ in _voices(title)}) is quoted


@pytest.mark.parametrize(
    "text", ["He met J.R.R. Tolkien.", "Use Node.js or e.g. ASP.NET.", "See www.courier.example/A.B."]
)
def test_what_is_no_border_is_left_alone(text: str) -> None:
    assert read(text).text is text


def test_turns_of_real_shape_have_their_speakers() -> None:
    text = "SEN. OKORO (D-VT): They lied.\n\nMR. REED: Who?\n\nSEN. OKORO (D-VT): All of them."
    found = segment(text)
    assert [q.speaker and q.speaker.text for q in found.quotes] == ["SEN. OKORO", "MR. REED", "SEN. OKORO"]
    assert all(not s.voices[0].scored for s in found.sentences)


def test_fields_of_an_export_file_are_no_speakers() -> None:
    text = 'SECTION: A; Page 1\n\nLENGTH: 70 words\n\nBODY:\n\nIt rained.\n\n"We left," said Hall.\n\nLOAD-DATE: May 1'
    found = segment(text)
    assert [q.speaker and q.speaker.text for q in found.quotes] == ["Hall"]
    assert [p.kind for p in found.paragraphs].count("boilerplate") == 4


def test_notes_are_sentences() -> None:
    for row in ROWS:
        for note in segment(row.text).notes:
            assert re.fullmatch(r"[\w].*\.", note.text)


_SIGNED = "— Sam Pike (@pike) March 5, 2019"


@pytest.mark.parametrize(
    ("text", "post"),
    [
        ("The mayor met us.\n\nYou lie.\nAll of you.\n" + _SIGNED + "\n\nNobody replied.", "You lie.\nAll of you."),
        ("Pike hit back on Twitter.\n\nYou lie.\n\nAll of you.\n\n" + _SIGNED + "\n\nOK.", "You lie.\n\nAll of you."),
        ("Pike wrote:\n\nYou lie.\n\nOne.\n\nTwo.\n\nThree.\n\nAll of you. " + _SIGNED, "You lie.\n\nOne.\n\nTwo."),
        ("You lie.\n\nAll of you.\n\n" + _SIGNED, "You lie.\n\nAll of you."),
        ("RT @pike: You lie.\n\nAll of you.", "You lie.\n\nAll of you."),
        ("The mayor met us.\n\nRT @pike: You lie.\nAll of you.\n\nNobody replied.", "You lie.\nAll of you."),
        ("The mayor met us.\n\n> You lie.\n> All of you.\n> — Sam Pike, clerk\n\nOK.", "> You lie.\n> All of you."),
    ],
)
def test_a_post_of_several_paragraphs_is_one(text: str, post: str) -> None:
    (quote,) = segment(text).quotes
    assert text[quote.start :].startswith(post)
    assert quote.speaker is not None
    assert quote.speaker.text in ("Sam Pike", "@pike")
    assert "OK." not in text[quote.start : quote.end]
    assert "Nobody" not in text[quote.start : quote.end]


@pytest.mark.parametrize("line", ["10:15", "10.02am GMT", "3 min ago", "1 hr 20 min ago", "Updated at 09:50 EST"])
def test_the_time_of_an_entry_is_boilerplate(line: str) -> None:
    assert segment(f"{line}\n\nThe council met again.").paragraphs[0].kind == "boilerplate"


@pytest.mark.parametrize(
    "lead",
    [
        "The day in brief:\n\n" + "The council met on Tuesday and heard the union for an hour. " * 12,
        "He gave two reasons:\n\n“It is cheap,” said Pike, and left the hall.",
    ],
)
def test_a_post_does_not_swallow_the_article_above_it(lead: str) -> None:
    text = f"{lead}\n\nYou lie, all of you.\n\n{_SIGNED}\n\nNobody replied."
    assert "You lie, all of you." in [text[q.start : q.end] for q in segment(text).quotes]


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("The report found the plan was reckless and cruel.", "the plan was reckless and cruel."),
        ("A study found there is no proof of it.", "there is no proof of it."),
        ("Opponents call it a disgrace.", "a disgrace."),
        ("The senator branded him a coward.", "a coward."),
        ("The senator branded him as a coward.", "a coward."),
        ("The report found the man in his car.", None),
        ("The study found the drug, which was new, in the lake.", None),
        ("Police found the car that was stolen.", None),
        ("I call it a disgrace.", None),
        ("Leaders call for peace as a duty.", None),
        ("To Bannon skeptics, it is a disgrace.", " it is a disgrace."),
        ("To save workers, the city must build.", None),
        ("To some extent, it is a disgrace.", None),
        ("Hall denounced the report as “fake news” on Monday.", None),
        ("The plan is a disgrace, officials say.", "The plan is a disgrace,"),
    ],
)
def test_views_and_findings_without_that(text: str, view: str | None) -> None:
    found = [text[v.start : v.end] for s in segment(text).sentences for v in s.voices if v.voice == "attributed"]
    assert found == ([view] if view else [])


def test_no_rule_waits_for_a_word_that_another_rule_looks_for() -> None:
    """A text is read for indirect speech only where it has a hint, so each rule has one."""
    texts = [
        *(f"Critics {verb} it a gamble." for verb in viewpoints._CALLING | viewpoints._CONSIDERING),
        *(f"Critics {verb} the plan as reckless." for verb in viewpoints.AS_VERBS),
        *(f"Critics {verb} the mayor of fraud." for verb in viewpoints._ACCUSING),
        *(f"In the {noun} of Hall, the plan is dead." for noun in ("eyes", "view", "opinion", "telling")),
        *(f"To {whose}critics, the plan is dead." for whose in ("", "its ", "many ", "the loud ", "Hall ")),
        *(f"The {report} {verb} the plan was dead." for report in attributed._REPORTS for verb in ("found", "finds")),
        *(f"The plan is dead, {'they' if verb in cues.BASES else 'she'} {verb}." for verb in attributed._CLOSING),
        "One report last week also found the plan was dead.",
        "The actress—born Ann Hall—said the plan was dead.",
    ]
    for text in texts:
        assert attributed.find_indirect(text, 0, len(text), ()), text
        assert attributed.find_hints(text), text


_PAGE = """<html><body><article><h1>Council closes two libraries</h1>
<p>The council voted on Tuesday to close two libraries, ending a month of talks between its leaders and the union.</p>
<p>Pike called it <q>a vile sham</q> and left the hall, as a clerk of the council told this paper on the same day.</p>
<p>Pike wrote on Twitter:</p>
<blockquote class="twitter-tweet"><p>Gutless council sells out our kids. Shame on you.</p>&mdash; Sam Pike (@pike)
<a href="https://t.co/1">March 5, 2019</a></blockquote>
<p>The branches on Mill Road and Pine Street will shut in June, the clerk said, and their staff will be moved.</p>
<blockquote><p>This is a pathetic betrayal, and history will damn the people who voted for it.</p></blockquote>
<p>The union said that it would ask a court to review the decision before the end of April, says its lawyer.</p>
</article></body></html>"""


def test_a_web_page_says_what_is_quoted() -> None:
    trafilatura = pytest.importorskip("trafilatura")
    page = PageText(trafilatura.bare_extraction(_PAGE, with_metadata=True).body)
    found = segment(page.text, page.blocks)
    quoted = [(page.text[q.start : q.end], q.speaker and q.speaker.text) for q in found.quotes]
    assert quoted == [
        ("a vile sham", "Pike"),
        ("Gutless council sells out our kids. Shame on you.", "Sam Pike"),
        ("This is a pathetic betrayal, and history will damn the people who voted for it.", None),
    ]
    assert [p.kind for p in found.paragraphs].count("quotation") == 3
    assert found.paragraphs[0].kind == "heading"


_COLUMNS = [
    "I am tired of this mayor.\n\nDo you remember his promises?\n\nHe lied to us.\n\nAnd what did you get?\n\n"
    "My street is a dump.",
    "He came to power in May.\n\nYou know the rest.\n\nHe lied to us, and we let him.\n\nDo you want more of it?\n\n"
    "I do not.\n\nYou deserve better.\n\nVote him out for me.",
    "\n\n".join(
        [
            "Who pays for the arena? Do you?",
            *["We pay for it, and our children will pay for it, too."] * 5,
            "Did you ask for it?",
            *["I did not. Nobody on my street wants this white elephant."] * 5,
            "What would you build?",
            *["I would build a school, and so would most of us."] * 5,
        ]
    ),
    "Why is it hard to say no?\n\nWhat are you afraid of?\n\nWho told you to be quiet?\n\nI was told to be quiet.\n\n"
    "Will you speak up now?\n\nI will, and so will we all.",
    "First, who of you is poor?\n\nSecond, who of you prays?\n\nAdvertisement\n\nThird, do you vote?\n\n"
    "I asked them.\n\nDo you know why?\n\nI do, and I pity them.\n\nWill you learn?\n\nWe all may.",
    "Why are you sad?\n\nI think that it is the rent.\n\n"
    + "Ann Hall\n\nWhat do you do?\n\nTom Reed\n\nThe work is dull.\n\n" * 4,
    "**Who pays?**\n\n" + "We pay for it.\n\n" * 6 + "**Who wins?**\n\n" + "They laugh at us.\n\n" * 6 + "The end.",
]


@pytest.mark.parametrize("text", _COLUMNS)
def test_a_column_with_rhetorical_questions_is_no_interview(text: str) -> None:
    assert {voice for voice, _ in _voices(text)} == {"author"}


_EXCHANGES = "".join(
    f"{question}\n\nI had to.\n\n"
    for question in ("Why did you go?", "Who was with you?", "What did you see?", "Do you miss it?")
)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Tell us about it.\n\nI ran.\n\nAnd you fell?\n\nI did.\n\nDid you get up?\n\nWe all did.", 3),
        ("Why did you go?\n\nI had to.\n\nYou had a choice.\n\nI had none.\n\nAre you sorry?\n\nI am.", 3),
        ("Why did you go?\n\n" + "I had to.\n\n" * 3 + "Who asked you?\n\nMy boss.\n\nAre you sorry?\n\nI am.", 3),
        (_EXCHANGES + "Really?\n\nWhy do you say that?\n\nI know it.", 5),
        (_EXCHANGES.replace("I had to.", "I had to." + "\n\nIt was cold." * 3), 4),
        (_EXCHANGES.replace("I had to.", "I had to." + "\n\nIt was cold." * 6), 4),
        ("**Pike speaks**\n\n**Why did you go?**\n\nI had to.\n\n**Are you sorry?**\n\nI am.", 2),
    ],
)
def test_questions_that_come_often_make_an_interview(text: str, answers: int) -> None:
    assert len(segment(text).quotes) == answers

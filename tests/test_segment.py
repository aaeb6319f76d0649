"""Segmentation: what holds for any string, and where paragraphs and sentences end."""

from __future__ import annotations

from textwrap import wrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_segmentation import check

from biasscore.segment import segment

# Characters that decide something: marks, line ends, apostrophes, sentence ends, and what looks like a space.
_TRICKY = "\"'“”‘’«».,:;?!…—-()[]>#*Aab9 \t\n\r\u2028\u2029\x85\x0b\x0c\x1c\xa0\u200b\ufeff\x00é中🙂\u0301"
_WORDS = [
    "said", "“", "”", '"', "'", "‘", "’", " ", " ", "\n", "\n\n", ". ", ", ", "? ", "Mr. ", "she ", "He ", "Q: ",
    "TAPPER: ", "> ", "# ", "H2: ", "wait-and-see", "workers’ ", "'90s ", "6'2\" ", "so-called ", "that ", "told ",
]  # fmt: skip
texts = st.one_of(
    st.text(),
    st.text(alphabet=_TRICKY),
    st.lists(st.sampled_from(_WORDS), max_size=40).map("".join),
)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_ranges_tile_any_text(text: str) -> None:
    found = segment(text)
    check(text, found)
    assert segment(text) == found


_POSSIBLE = [
    ("He met Reps. Adam Schiff and Ms. Waters. Gov. Cuomo left.", 2),
    ("Lt. Gov. Dan Patrick spoke. He left.", 2),
    ("“Why did he go?” Mrs. Clinton said.", 1),
    ("“Why did he go?” He did not know.", 2),
    ("“Shame!” Mr. Sanders shouted. It was loud.", 2),
    ("He lives in the U.S. He left at 5 p.m. Eastern.", 2),
    ("J. K. Rowling of Acme Inc. said it was No. 1.", 1),
    ("Yahoo! is a company.", 1),
    ("“We go. We stay.” She left.", 3),
]


@pytest.mark.parametrize(("text", "count"), _POSSIBLE)
def test_sentence_count(text: str, count: int) -> None:
    assert len(segment(text).sentences) == count


def _kinds(text: str) -> list[tuple[str, str]]:
    return [(p.kind, text[p.start : p.end]) for p in segment(text).paragraphs]


def test_each_line_of_a_pasted_article_is_a_paragraph() -> None:
    text = "Senate Passes Bill\r\nThe Senate passed a bill.\nIt now goes to the House.\u2028A vote is due.\r\n"
    assert _kinds(text) == [
        ("heading", "Senate Passes Bill"),
        ("text", "The Senate passed a bill."),
        ("text", "It now goes to the House."),
        ("text", "A vote is due."),
    ]


@pytest.mark.parametrize("width", [40, 80, 130, 200])
def test_lines_wrapped_at_any_usual_width_are_one_paragraph(width: int) -> None:
    paragraph = " ".join(["the council met on a Tuesday and voted for the tax,"] * 20).capitalize() + " said Ann Hall."
    lines = wrap(paragraph, width)
    assert _kinds("\n".join(lines) + "\n\nHe left.") == [("text", "\n".join(lines)), ("text", "He left.")]


@pytest.mark.parametrize("width", [32, 60, 130])
def test_lines_in_capitals_are_joined_like_others(width: int) -> None:
    words = "THE SENATE PASSED A BILL AFTER LIES AND BULLYING BY MR. McCAIN, AND THE MAYOR CALLED IT A DISGRACE. "
    lines = wrap((words * 5).strip(), width)
    assert _kinds("\n".join(lines) + "\n\nHE LEFT.") == [("text", "\n".join(lines)), ("text", "HE LEFT.")]


@pytest.mark.parametrize("width", [32, 60, 200])
def test_each_line_in_capitals_of_a_pasted_article_is_a_paragraph(width: int) -> None:
    lines = [("THE MAYOR LIED TO US AGAIN AND AGAIN " * 9)[:width].strip() + f" {n}." for n in range(5)]
    assert _kinds("\n".join(["MAYOR LIES", *lines])) == [("heading", "MAYOR LIES"), *(("text", line) for line in lines)]


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("asked", ["Is the Mayor a Liar?", "Shame!", "He lied to us all, and here is the proof of it."])
@pytest.mark.parametrize("shout", [False, True])
def test_nothing_of_a_list_of_headlines_is_a_heading(between: str, asked: str, shout: bool) -> None:
    lines = ["Senate Passes Disgraceful Bill", "Thugs", asked, "Mayor of a Town in Shame Resigns After Night of Lies"]
    lines = [line.upper() for line in lines] if shout else lines
    assert _kinds(between.join(lines)) == [("text", line) for line in lines]


@pytest.mark.parametrize("text", ["Mayor Lies\n\nHe lied.", "Mayor Lies\n\nThugs\n\n" + "He lied and lied to us. " * 8])
def test_a_headline_above_its_text_is_a_heading(text: str) -> None:
    assert _kinds(text)[0] == ("heading", "Mayor Lies")


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_words_in_capitals_are_no_fields_of_an_export(between: str) -> None:
    lines = ["AN OFFICIAL SAID THE RAID WAS A CRIME.", "IN A STATEMENT HE CALLED THEM THUGS.", "LA POLICE HID IT.",
             "BY MONDAY THE TOWN WAS A RUIN.", "PD SPOKESMEN LIED ABOUT IT TO US.", "THE MAYOR LIED."]  # fmt: skip
    assert {kind for kind, _ in _kinds(between.join(lines))} == {"text"}


def test_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "The Senate passed a bill on Tuesday that would\nraise the tax on petrol by two cents, said Mr.\nWhite, who "
        "voted for it with all of his own\nparty.\n\nHe left.\n"
    )
    assert [body for _, body in _kinds(text)] == [text[: text.index("\n\n")], "He left."]


def test_headings_by_mark_and_by_shape() -> None:
    text = "H2: What now?\n\nNobody knows.\n\n# After that\n\nStill nobody.\n\nA last word\n"
    assert [kind for kind, _ in _kinds(text)] == ["heading", "text", "heading", "text", "text"]


def test_a_lone_line_is_text() -> None:
    assert _kinds("Trump slams Fed") == [("text", "Trump slams Fed")]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("The mayor was a corrupt, shameless liar.[12]", "text"),
        ("The mayor was a corrupt, shameless liar.[a][3]", "text"),
        ("The mayor was a corrupt, shameless liar.¹", "text"),
        ("He stole your money. Vote him out! https://t.co/abc", "text"),
        ("“He stole your money!” pic.twitter.com/VTzLpybKfw", "text"),
        ("He stole your money! #VoteHimOut @cityhall", "text"),
        ("The raid was a shameful crime, he said. (AFP)", "text"),
        ("The raid was a shameful crime, he said. (Reuters, AP).", "text"),
        ("The raid was a shameful crime, he said. — Reuters", "text"),
        ("The raid was a shameful crime, he said. AFP", "text"),
        ("The Shameful Raid of the Environmental Protection Agency (EPA)", "heading"),
        ("Why He Stole Your Money[3]", "heading"),
        ("What Happened? Nobody Knows", "heading"),
        ("Sen. Ann Hall Stole Your Money", "heading"),
        ("Ann Hall on Twitter: @annhall", "heading"),
        ("Follow @annhall", "heading"),
        ("#VoteHimOut", "heading"),
    ],
)
def test_what_follows_the_end_of_a_sentence_makes_it_no_heading(line: str, kind: str) -> None:
    assert _kinds(f"It was late.\n\n{line}\n\nHe left.")[1] == (kind, line)

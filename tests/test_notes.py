"""Which texts get a note because of how they were made: captions without punctuation, subtitle files read as prose."""

from __future__ import annotations

import textwrap

import pytest

from biasscore.segment import segment

_CAPTIONS = (
    "so tonight the governor has once again betrayed every family in this state and his shameless cronies are laughing "
    "all the way to the bank the council met on tuesday and mr. hall read the budget of $3.5 million and the vote was "
    "thirty one to twelve and after the break we will talk about the weather"
)
_ARTICLE = "The council met on Tuesday, the clerk said, to vote on the budget. It failed.\n\n"
_CUES = "1\n00:00:01,000 --> 00:00:02,500\nGood evening.\n\n2\n00:00:03,000 --> 00:00:04,000\nHe fell.\n"


def _codes(text: str) -> list[str]:
    return [note.code for note in segment(text).notes]


@pytest.mark.parametrize("width", [32, 10_000])
@pytest.mark.parametrize("shout", [False, True])
def test_text_in_which_almost_no_sentence_ends_is_noted(width: int, shout: bool) -> None:
    captions = textwrap.fill(" ".join([_CAPTIONS] * 5), width)
    for text in (captions, f"Evening news\n\n{captions}\n\nThe end."):
        assert "no-endings" in _codes(text.upper() if shout else text)


@pytest.mark.parametrize(
    "text",
    [
        _CAPTIONS,
        _ARTICLE * 40,
        f"{_ARTICLE * 20}{' '.join([_CAPTIONS] * 3)}.",
        "The rain falls\non the empty hall\nand nobody came\n" * 12,
        "The rain falls\non the empty hall\nand nobody came\n\n" * 40,
        "Mayor Unveils A Plan For The Bridge That Nobody Wants To Cross\n" * 60,
        "council votes on the bridge that nobody wants to cross\n\n" * 60,
        " ".join(f"the plan of the town of Reed, which cost {i} pounds a head; it failed" for i in range(60)),
        "",
    ],
)
def test_news_poems_and_headlines_are_not(text: str) -> None:
    assert "no-endings" not in _codes(text)


@pytest.mark.parametrize("text", [_CUES, "WEBVTT\n\n00:01.000 --> 00:02.500 align:start\nGood evening.\n"])
def test_the_times_of_subtitles_are_noted(text: str) -> None:
    assert "subtitles" in _codes(text)
    assert "subtitles" in _codes(_ARTICLE * 400 + text)


@pytest.mark.parametrize(
    "text", ["It rained at 10:30 --> 11:00.", "<!-- It rained. -->", "The vote fell 5,000 --> 4,000."]
)
def test_other_arrows_are_not(text: str) -> None:
    assert "subtitles" not in _codes(text)

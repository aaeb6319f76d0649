"""Subtitles are read as what is said: no word is lost, read twice or given to somebody who did not say it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biasscore.tables import Columns, Options, find_sources, plan_reading, read
from biasscore.tables.formats.subtitles import text_of


def srt(*cues: str, numbered: bool = True, seconds: int = 2) -> str:
    """Cues that follow each other without a pause."""
    shown = [
        (f"{i}\n" if numbered else "") + f"{clock(seconds * i)},000 --> {clock(seconds * (i + 1))},000\n{cue}\n"
        for i, cue in enumerate(cues, start=1)
    ]
    return "\n".join(shown)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def vtt(*cues: str) -> str:
    return f"WEBVTT\n\n{srt(*cues, numbered=False).replace(',000', '.000')}"


def said(subtitles: str) -> list[str]:
    return text_of(subtitles).split("\n\n")


@pytest.mark.parametrize("written", [srt, vtt])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_joined_and_a_new_speaker_begins_a_paragraph(written: Callable[..., str], end: str) -> None:
    file = written(
        "<i>Good evening.</i> The mayor said on Tuesday",
        "that {\\an8}the bridge &amp; the road\nwill stay closed.",
        ">> Is it safe?\n- ANN HALL: It is absurd",
        "that nobody warned us.",
    )
    assert said("\ufeff" + file.replace("\n", end)) == [
        ">> Good evening. The mayor said on Tuesday that the bridge & the road will stay closed.",
        ">> Is it safe?",
        ">> ANN HALL: It is absurd that nobody warned us.",
    ]


@pytest.mark.parametrize(
    "file",
    [
        srt("He won in\n2016", "and lost in\n2020"),
        srt("He won in\n2016", "and lost in\n2020", numbered=False),
        srt("He won in\n2016", "and lost in\n2020").replace("\n\n", "\n"),
        vtt("He won in\n2016", "and lost in\n2020"),
    ],
)
def test_a_line_that_is_a_number_is_kept_and_the_number_of_a_cue_is_not(file: str) -> None:
    assert said(file) == ["He won in 2016 and lost in 2020"]


def test_identifiers_notes_and_styles_are_not_said() -> None:
    file = (
        "WEBVTT - a film\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nfirst\n00:01.000 --> 00:02.000 align:start\n"
        "Good evening.\n\nNOTE the translator\nthinks this\n\ncredits\n00:03.000 --> 00:04.000\nThe end.\n"
    )
    assert said(file) == ["Good evening. The end."]


def test_a_voice_is_named_once_for_all_that_it_says() -> None:
    file = vtt("<v Ann Hall>I think that</v>", "<v Ann Hall>he fell.</v>", "<v.loud Bob Lee>No, I do not.</v>")
    assert said(file) == ["Ann Hall: I think that he fell.", "Bob Lee: No, I do not."]


@pytest.mark.parametrize(
    ("cues", "found"),
    [
        (["HE", "HE\nFELL.", "HE\nFELL.\nTHEN", "FELL.\nTHEN\nHE LEFT."], ["HE FELL. THEN HE LEFT."]),
        (["good", "good evening", "good evening all", "it is late"], ["good evening all it is late"]),
        (
            ["good<00:00:00.400><c> evening</c>", "good evening\n ", "good evening\nthe<00:00:02.720><c> vote</c>"],
            ["good evening the vote"],
        ),
        (["late. &gt;&gt; Good", "late. &gt;&gt; Good\n ", "late. &gt;&gt; Good\nvote"], [">> late.", ">> Good vote"]),
    ],
)  # fmt: skip
def test_lines_that_live_captions_repeat_are_read_once(cues: list[str], found: list[str]) -> None:
    assert said(vtt(*cues)) == found


def test_what_two_people_say_is_read_twice() -> None:
    assert said(srt("- No.\n- No.", "- Yes.")) == [">> No.", ">> No.", ">> Yes."]
    others = [f"Vote {i}." for i in range(8)]
    assert said(srt("Thank you.", "Thank you.", *others)) == [" ".join(["Thank you.", "Thank you.", *others])]
    assert said(srt(*["Lock her up!"] * 3, "So they (NATO) cried.")) == ["Lock her up! " * 3 + "So they (NATO) cried."]


def test_a_pause_is_measured_in_parts_of_a_second() -> None:
    file = "1\n00:00:01,000 --> 00:00:01,900\nRain.\n\n2\n00:00:04,{}\nSnow.\n"
    assert said(file.format("800 --> 00:00:05,000")) == ["Rain. Snow."]
    assert said(file.format("900 --> 00:00:05,000")) == ["Rain.", "Snow."]


@pytest.mark.parametrize("line", ["— which is a shame —", "-- which is a shame", "-5 degrees", "- and then"])
def test_a_dash_inside_a_sentence_marks_no_speaker(line: str) -> None:
    assert said(srt("The mayor said the bridge", line, "will close.")) == [
        f"The mayor said the bridge {line} will close."
    ]


def test_a_few_dashes_in_a_narration_hold_for_their_cue() -> None:
    told = [f"The mayor fell {i} times." for i in range(6)]
    file = srt(*told[:3], "- Are you there?\n- Yes,", "I am. It rains.", *told[3:])
    assert said(file) == [
        " ".join(told[:3]),
        ">> Are you there?",
        ">> Yes, I am. It rains.",
        " ".join(told[3:]),
    ]


@pytest.mark.parametrize("hidden", ["&lrm;", "\u202a", "\u200b"])
def test_a_dash_behind_an_unseen_mark_marks_a_speaker(hidden: str) -> None:
    assert said(srt("Rain.", f"{hidden}- It is absurd.")) == [">> Rain.", ">> It is absurd."]


def test_names_are_left_to_the_rules_of_transcripts() -> None:
    file = srt(">> ANN HALL: I say he fell.", ">> MAN #2:\nI do not.", ">> ANN HALL: You\nLONDON: do.")
    assert said(file) == ["ANN HALL: I say he fell.", "MAN #2: I do not.", "ANN HALL: You LONDON: do."]


def test_a_long_pause_begins_a_paragraph_where_a_sentence_has_ended() -> None:
    cues = ((1, "The vote"), (9, "was lost."), (10, "Nobody knew."), (19, "It is late.\nGo."))
    file = "\n".join(f"{i}\n{clock(at)},000 --> {clock(at + 1)},000\n{words}\n" for i, (at, words) in enumerate(cues))
    assert said(file) == ["The vote was lost. Nobody knew.", "It is late. Go."]


def test_cues_are_read_in_the_order_of_their_times() -> None:
    file = "1\n00:00:05,000 --> 00:00:06,000\nthen.\n\n2\n00:00:04,000 --> 00:00:05,000\nFirst,\n"
    assert said(file) == ["First, then."]


def test_sounds_and_pictures_are_not_said() -> None:
    file = vtt("the mayor [Music] fell", "[APPLAUSE]", "(SIGHS) He (the mayor) did.", "a.jpg#xywh=0,0,1,1")
    assert said(file) == ["the mayor fell He (the mayor) did."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file holds no subtitles that can be read: it has no times"),
        ("A vote.", "it has no times; save the file again as SRT"),
        ('{"code": 404}', "it has no times"),
        ("1\n1:2:3:4:5 --> 2\nA vote.", "the times '1:2:3:4:5 --> 2' cannot be read"),
        (vtt(" "), "the subtitles have no words"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\udce9 vote", "cannot be decoded"),
    ],
)
def test_a_file_without_subtitles_is_a_row_with_an_error(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_bytes(content.encode(errors="surrogateescape"))
    (tmp_path / "b.srt").write_text(srt("A vote."))
    (bad, good) = [row for chunk in read(plan_reading(find_sources([tmp_path]), Columns())) for row in chunk.rows]
    assert told in str(bad.error)
    assert good.text == "A vote."


def test_subtitles_come_compressed_and_in_other_encodings(tmp_path: Path) -> None:
    (tmp_path / "a.srt.gz").write_bytes(gzip.compress(srt("Déjà vu.").encode("utf-16")))
    found = plan_reading(find_sources([tmp_path / "a.srt.gz"]), Columns(), Options(encoding="utf-16"))
    assert [row.text for chunk in read(found) for row in chunk.rows] == ["Déjà vu."]


@given(st.lists(st.text("ab .\n-A:>[]<&;0", max_size=30), max_size=6))
def test_no_text_ends_the_reader(cues: list[str]) -> None:
    with suppress(ValueError):
        assert text_of(srt("Hi.", *cues)).startswith(("Hi.", ">> Hi."))

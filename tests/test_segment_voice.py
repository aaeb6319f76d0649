"""Whose words: the labelled texts, the properties that hold for any text, and what must not grow with its square."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biasscore.segment import Segmentation, cues, segment

WRITTEN = Path(__file__).parent / "data" / "voice.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]


def _voices(text: str) -> list[tuple[str, str]]:
    return [(v.voice, text[v.start : v.end]) for s in segment(text).sentences for v in s.voices]


def _quotes(text: str) -> list[tuple[str, str | None, str | None]]:
    found = segment(text).quotes
    return [(text[q.start : q.end], q.speaker and q.speaker.text, q.cue and q.cue.text) for q in found]


def _overlaps(quote: Any, label: list[int] | None) -> bool:
    speaker = quote.speaker
    if speaker is None or label is None:
        return speaker is None and label is None
    return speaker.start < label[1] and label[0] < speaker.end


def test_the_test_set_is_large_and_its_labels_are_slices() -> None:
    assert sum(len(segment(row["text"]).sentences) for row in ROWS) >= 250
    for row in ROWS:
        marked = [*row["quotes"], *row["attributed"], *row["author_marks"]]
        assert all(0 <= m["start"] < m["end"] <= len(row["text"]) for m in marked)


def _share(hits: int, total: int) -> float:
    assert total >= 20
    return hits / total


def test_quotations_of_the_test_set() -> None:
    found = {(i, q.start, q.end) for i, row in enumerate(ROWS) for q in segment(row["text"]).quotes}
    labels = {(i, q["start"], q["end"]) for i, row in enumerate(ROWS) for q in row["quotes"]}
    assert _share(len(found & labels), len(found)) >= 0.98
    assert _share(len(found & labels), len(labels)) >= 0.98


def test_scare_quotes_of_the_test_set() -> None:
    found = {(i, m.start, m.end) for i, row in enumerate(ROWS) for m in segment(row["text"]).scare_quotes}
    labels = {
        (i, m["start"], m["end"]) for i, row in enumerate(ROWS) for m in row["author_marks"] if m["kind"] == "scare"
    }
    # Few are listed; what is missed stays the author's, what is listed should be right.
    assert found
    assert len(found & labels) / len(found) >= 0.90


def test_speakers_of_the_test_set() -> None:
    right = total = 0
    for row in ROWS:
        labels = {(label["start"], label["end"]): label["speaker"] for label in row["quotes"]}
        for quote in segment(row["text"]).quotes:
            if (quote.start, quote.end) in labels:
                total += 1
                right += _overlaps(quote, labels[quote.start, quote.end])
    assert _share(right, total) >= 0.85


def test_titles_nicknames_and_terms_stay_the_authors() -> None:
    for row in ROWS:
        if row["case"] in ("title", "nickname", "term"):
            found = segment(row["text"])
            assert (found.quotes, found.scare_quotes) == ((), ()), row["text"]


@pytest.mark.parametrize("case", ["apostrophes", "none"])
def test_texts_without_quotations_have_none(case: str) -> None:
    for row in ROWS:
        if row["case"] == case:
            assert {voice for voice, _ in _voices(row["text"])} == {"author"}, row["text"]


def test_the_cue_stays_the_authors() -> None:
    assert _voices("“I never took a cent,” he claimed.") == [
        ("quoted", "“I never took a cent,”"),
        ("author", " he claimed."),
    ]


def test_a_word_that_is_said_is_a_quotation() -> None:
    assert _quotes("He said “no.”") == [("“no.”", "He", "said")]
    assert _quotes("She will vote “no” on it.") == []


def test_a_sentence_of_quotation_alone_has_no_author() -> None:
    assert _voices("She left. ‘I will not go’.")[1:] == [("quoted", "‘I will not go’.")]


def test_indirect_speech_gives_way_to_the_quotation_inside_it() -> None:
    text = "He said the plan was “dead on arrival.”"
    assert _voices(text) == [("author", "He said "), ("attributed", "the plan was "), ("quoted", "“dead on arrival.”")]
    piece = segment(text).indirect[0]
    assert (piece.speaker and piece.speaker.text, piece.cue and piece.cue.text) == ("He", "said")


def test_a_quotation_runs_on_over_paragraphs() -> None:
    text = "The mayor said: “The city is broke.\n\n“It will stay broke.”\n\nHe left."
    assert _quotes(text) == [("“The city is broke.\n\n“It will stay broke.”", "The mayor", "said")]
    assert [s.voices[0].quote for s in segment(text).sentences] == [-1, 0, -1]


def test_thanks_are_speech_and_sneers_are_not() -> None:
    thanks = "Lavrov couldn’t resist thanking his “Korean friends,” which says a lot."
    assert _quotes(thanks) == [("“Korean friends,”", "Lavrov", "thanking")]
    sneer = segment("Their Korean “friends” sent shells.")
    assert sneer.quotes == ()
    assert [voice.voice for voice in sneer.sentences[0].voices] == ["author"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“It is over,” said Ann Hall.\n\n“We all knew it.”\n\nShe left.", "Ann Hall"),
        ("“It is over.”\n\nAnn Hall, The Courier\n\nMore follows.", "Ann Hall"),
        ("Dozens hit back, saying in a letter:\n\n“We do not agree.”", "Dozens"),
        ("The plan would fail, Hall said. “It is dead.”", "Hall"),
        ("“It is over,” the moderator, Ann Hall, said.", "Ann Hall"),
        ("Hall: “It is dead and gone.”", "Hall"),
        ("WATCH NOW Hall to Reed: “It is dead and gone.”", "Hall"),
        ("Mayor Ann Hall:\n\n“It is dead.” “We all knew it.”", "Mayor Ann Hall"),
        ("Ann Hall — who was against it — added that it was “dead on arrival.”", "Ann Hall"),
        ("In May, she made it clear to all of us: “It is dead.”", "she"),
        ("But she was in no mood to yield and retorted: “It is dead.”", "she"),
        ("Ann Hall is the former mayor of Bergen.\n\n“It is dead.”", "Ann Hall"),
        ("“It is dead,” said Ann Hall, the No. 2 leader. “We all knew it.”", "Ann Hall"),
        ("“It is dead,” as Ann Hall puts it.", "Ann Hall"),
        ("“It is dead,” Ann Hall began.", "Ann Hall"),
        ("Said the mayor’s spokesman Tom Reed, “We have no comment on this.”", "the mayor’s spokesman Tom Reed"),
    ],
)
def test_speakers_beside_the_sentence(text: str, speaker: str) -> None:
    assert [name for _, name, _ in _quotes(text)][-1] == speaker


@pytest.mark.parametrize("verb", ["praised", "defended", "panned"])
def test_a_verb_of_speech_in_the_past_gives_a_quotation_its_speaker(verb: str) -> None:
    text = f"Mayor Ann Hall {verb} the plan as “fair to renters” on Monday."
    assert _quotes(text) == [("“fair to renters”", "Mayor Ann Hall", verb)]


def test_lists_of_verbs_hold_base_forms_and_each_form_once() -> None:
    verbs = {*cues._SAYING, *cues._NAMING, *cues._THINKING}
    assert not verbs & {form for verb in verbs for form in cues._forms(verb) if form != verb}
    assert not set(cues._IRREGULAR_SAYING) & cues._all_forms(cues._SAYING)


@pytest.mark.parametrize(
    "forms",
    ["pan pans panned panning", "agree agrees agreed agreeing", "deny denies denied denying", "rate rated rating"],
)
def test_forms_of_verbs_are_spelled_as_people_write_them(forms: str) -> None:
    verb, *others = forms.split()
    assert {verb, *others} <= set(cues._forms(verb))


def test_a_question_is_answered_by_somebody_else() -> None:
    assert _quotes("“About what house?” Lilly said.\n\n“The one we lost last year.”")[1][1] is None


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("It is the administration’s “wait-and-see” playbook again.", ["“wait-and-see”"]),
        ("The supposed “deadline” passed unnoticed.", ["“deadline”"]),
        ("The supposed “deadline,” he said, was invented.", []),
        ("The ‘very’ conservative voters stayed at home.", []),
        ("The “fair” deal fell apart.", []),
        ("Reed hopes to “fix” the law.", []),
    ],
)
def test_only_plain_scare_quotes_are_listed(text: str, listed: list[str]) -> None:
    assert [mention.text for mention in segment(text).scare_quotes] == listed


_CLOSED = ["“We lost,” she said.", "He left.", "Their “friends” sent shells.", "Rain fell on a 12\" pipe.",
           "‘No,’ said Mr. Hall. ‘Not now.’", "He said it was empty.", "A film, “Gone Girl,” opened."]  # fmt: skip


def _shifted(found: Segmentation, offset: int) -> list[tuple[int, int, list[tuple[int, int, str]]]]:
    return [
        (s.start + offset, s.end + offset, [(v.start + offset, v.end + offset, v.voice) for v in s.voices])
        for s in found.sentences
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_CLOSED), min_size=1, max_size=4), st.lists(st.sampled_from(_CLOSED), min_size=1))
def test_closed_paragraphs_do_not_touch_each_other(first: list[str], second: list[str]) -> None:
    a, b = " ".join(first), " ".join(second)
    joined = segment(f"{a}\n\n{b}")
    assert _shifted(joined, 0) == _shifted(segment(a), 0) + _shifted(segment(b), len(a) + 2)


_PATTERNS = ['"', "“", "?”", "'", "‘a ", "“a\n\n", '"a" ', "a said ", "“a,” he said, ", ", said X", "Q: a\n\n", "a\n",
             "Hall: “a b c” ", "Ann Hall, a “b” ", "— who “a” ", "the phony “a” "]  # fmt: skip


@pytest.mark.parametrize("pattern", _PATTERNS)
def test_long_texts_of_awkward_patterns_are_read_whole(pattern: str) -> None:
    # A rule that looks back over the whole text would need minutes here.
    text = (pattern * (64_000 // len(pattern) + 1))[:64_000]
    found = segment(text)
    assert "".join("".join(text[s.start : s.end] for s in found.sentences).split()) == "".join(text.split())


def test_hundreds_of_thousands_of_marks_are_read() -> None:
    found = segment('"' * 300_000)
    assert (found.sentences[0].start, found.sentences[-1].end) == (0, 300_000)


@pytest.mark.parametrize("turn", ["> A block of other words.", "TAPPER: Go on.\n\nSMITH: I will."])
def test_no_quotation_runs_on_over_a_turn(turn: str) -> None:
    text = f"“We are strong today.\n\n{turn}\n\n“You lying thugs ruined it,” said Ann Hall."
    found = segment(text)
    assert all(before.end <= after.start for before, after in pairwise(found.quotes))
    assert _quotes(text)[-1] == ("“You lying thugs ruined it,”", "Ann Hall", "said")
    for sentence in found.sentences:
        ends = [voice.start for voice in sentence.voices] + [sentence.voices[-1].end]
        assert (ends[0], ends[-1]) == (sentence.start, sentence.end)
        assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("text", "scored"),
    [
        ("THE LYING, CORRUPT MAYOR SAID: “I WILL NOT RESIGN.”", True),
        ("Crooked, Lying Mayor Tells Deplorable Crowd: “You Are The Problem”", True),
        ("Netanyahu Slams White House Deal With Iran: “Israel Will Stand”", True),
        ("‘Never Utter His Name,’ Official Says Of Gunman In Oregon Shooting", True),
        ("Trump Tells ‘Fox & Friends’ He Did Nothing Wrong", True),
        ("TRUMP SAID: “I WILL NOT RESIGN.”", False),
        ("Mayor Ann Hall Tells Crowd: “You Are The Problem”", False),
        ("Obama on Syria's Kurds: “They're not angels”", False),
        ("‘We Must End This Now,’ Obama Says", False),
        ("“We lost,” Homeland Security Secretary Ann Hall said.", False),
    ],
)
def test_where_every_word_has_a_capital_a_judging_word_is_no_name(text: str, scored: bool) -> None:
    [*authors] = (v for s in segment(text).sentences for v in s.voices if v.voice != "quoted")
    assert any(voice.scored for voice in authors) is scored


@pytest.mark.parametrize(
    ("text", "scored"),
    [
        ("Disgraced Hall says ‘we won’", True),
        ("Disgraced Hall said, “We won the vote.”", True),
        ("It rained. Shameful Hall told reporters, “We won the vote.”", True),
        ("Ann Hall says ‘we won’", False),
        ("Price said, “We won the vote.”", False),
        ("“We won the vote,” Price Hall said.", False),
    ],
)
def test_a_judging_word_that_opens_a_sentence_is_no_name(text: str, scored: bool) -> None:
    last = segment(text).sentences[-1]
    assert any(voice.scored for voice in last.voices if voice.voice != "quoted") is scored

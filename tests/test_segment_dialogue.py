"""Dialogue: what is a transcript or a post, and what only looks like one."""

from __future__ import annotations

import re

import pytest

from biasscore.segment import segment


def _voices(text: str) -> list[tuple[str, str]]:
    return [(v.voice, text[v.start : v.end]) for s in segment(text).sentences for v in s.voices]


def _twice(*lines: str) -> str:
    return "\n\n".join([*lines, "The hall filled again.", *lines, "It was late."])


_VERDICT = "THE FACTS: He did not. The claim is a brazen falsehood."


@pytest.mark.parametrize(
    "text",
    [
        _twice("Winner: The mayor. She was sharp all night.", "Loser: Her rival. He was a bore."),
        _twice("WINNER: The mayor. She was sharp all night.", "LOSER: Her rival. He was a bore."),
        _twice("STORY: Mayor under fire", "The plan is a sham."),
        _twice("SPECIAL COVERAGE: Mayor under fire", "The plan is a sham."),
        _twice("March 3: The mayor lies.", "April 4: The council caves in."),
        _twice("Jan. 30: We learn that the mayor lied.", "Jan. 29: Did he know? You bet."),
        _twice("Monday: You hear him lie.", "TUESDAY: We learn the truth."),
        _twice("Party: The Greens.", "Record: He voted for the cut."),
        _twice("SENATE: A rout for the Greens.", "HOUSE: A narrow win."),
        "It rained.\n\n" + "Hall: Would cut the tax.\n\nReed: Would raise it.\n\nOn schools they agree.\n\n" * 3,
        "It rained.\n\nPIKE: A WIN IS WHAT WE SAY IT IS - He lied.\n\nREED: NO MORE TROOPS TO OSLO - He caved in.\n\n"
        "PICK SIX: OVERDUE? - He fell.\n\nJob Approval: Down.\n\nWrong Track: Up.\n\nBallot: Even.",
        _twice("Texas: A rout for the Greens.", "Ohio: A narrow win."),
        _twice("AP’S ASSESSMENT: That is false.", "MORE: He lied."),
        _twice("JUST WATCHED Pike: We were wrong Replay", "JUST WATCHED Reed: I was wrong Replay"),
        _twice("Article 5: You must not lie.", "Article 6: You must not steal."),
        _twice("Winner:", "The mayor. She was sharp, I think.", "Loser:", "Her rival. Did you hear that bore?"),
        "It rained.\n\n" + "Hall:\n\nWould cut the tax.\n\nReed:\n\nWould raise it.\n\nOn taxes they agree.\n\n" * 3,
        "I read it.\n\nHe wrote:\n\nYou lie.\n\nShe wrote:\n\nYou lie, too.\n\nHe wrote:\n\nI do.",
        "The Plan:\n\nWe pay for it.\n\nThe Cost:\n\nDo you know it? I do not.\n\nThe Lie:\n\nWe were told it is free.",
        "The Long Answer:\n\nWe were told it is free.\n\nOK, now you know:\n\nIt is not.\n\nThe Short Answer:\n\nNo.",
        "Then:\n\nWe pay for it.\n\nNow:\n\nYou pay for it, too.\n\n" * 2,
        "Good News:\n\nWe pay for it.\n\nBad News:\n\nDo you know it?\n\n" * 2,
        "Ann Hall (2:05:33)\n\nI ran with her.\n\nTom Reed (2:07:10)\n\nDo you know him? He fell.",
        "The News  9:00\nWhat we know of you.\nThe Cup  9:30\nDo you care? I do.",
        "SECTION: A\n\nBODY:\n\nI know that you lie.\n\nSECTION: B\n\nBODY:\n\nDo you? I do.",
        "He met us.\n\nANN HALL: WHY THE MAYOR MUST GO\n\nThe plan is a sham.\n\nTOM REED: I WAS A FOOL\n\nHe fell.",
    ],
)
def test_what_repeats_before_a_colon_is_no_speaker(text: str) -> None:
    assert {voice for voice, _ in _voices(text)} == {"author"}


@pytest.mark.parametrize(
    "text",
    [
        _twice("TRUMP: “We built the wall.”", _VERDICT, "It is one of many."),
        _twice("TRUMP: “We built the wall.”", "He did not. The claim is a brazen falsehood."),
        _twice("TRUMP: We built the wall, I tell you.", _VERDICT),
        _twice("TRUMP: We built the wall, I tell you.", _VERDICT.replace("THE FACTS", "Fact check")),
    ],
)
def test_the_verdict_of_a_fact_check_is_the_authors(text: str) -> None:
    quoted = "".join(words for voice, words in _voices(text) if voice == "quoted")
    assert "We built the wall" in quoted
    assert "falsehood" not in quoted
    assert "one of many" not in quoted


@pytest.mark.parametrize(
    "text",
    [
        "SPEAKER 1: The hall was cold.\n\nSPEAKER 2: The roof leaked.",
        "JUAN GONZÁLEZ: The hall was cold.\n\nAMY REED: The roof leaked.\n\nJUAN GONZÁLEZ: The rain came in.",
        "HALL: The hall was cold.\n\nREED: The roof leaked.\n\nHALL: The rain came in.",
        "ANN HALL: The hall was cold.\n\nThe roof leaked.\n\nHALL: The rain came in.",
        "THE PRESIDENT: The hall was cold.\n\nTHE FIRST LADY: The roof leaked.",
        "MR. HALL: NO, NO, NO, NO!\n\nMS. REED: YES, YES, YES, YES!",
        "Hall: The hall was cold.\n\nReed: Were you there?\n\nHall: I was.\n\nReed: So was I.",
        "REED: “I lied,” he said. He lied.\n\nIt was late.\n\nHALL: You lied?\n\nREED: I did.",
    ],
)
def test_labels_of_people_make_a_transcript(text: str) -> None:
    unquoted = "".join(words for voice, words in _voices(text) if voice != "quoted")
    assert not re.search(r"[a-z]{3} [a-z]{3}|NO|YES", unquoted)


_SHOUTED = (
    "This copy is rushed and may change.\n\nANA RUIZ: THE MAYOR FELL TODAY.\n\nJOHN HALL: THE CITY IS IN SHOCK.\n\n"
)


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("REED: I have a plan for you.\n\nHALL: WRONG, WRONG, WRONG!\n\nREED: You had your time.", 3),
        ("REED: I have a plan.\n\nIt is long.\n\nHALL: WRONG, WRONG, WRONG!\n\nREED: You had your time.", 3),
        ("REED: We will win.\n\nCROWD: WALL! WALL! WALL!\n\nREED: Thank you so much.", 3),
        ("SEN. OKORO: I am glad.\n\nMODERATOR: WHAT IS YOUR PLAN?\n\nSEN. OKORO: I have a plan.", 3),
        (_SHOUTED + "ANA RUIZ: WHAT COMES NEXT?\n\nJOHN HALL: A VOTE ON TUESDAY.", 4),
        ("Voter 1: The road is bad.\n\nVoter 2: The school is worse.\n\nVoter 1: Rents rose.", 3),
        ("Smith: The road is bad.\n\nJones: It rains in.\n\nSmith: Rents rose.\n\nJones: Taxes rose.", 4),
    ],
)
def test_each_turn_is_its_speakers(text: str, turns: int) -> None:
    quotes = segment(text).quotes
    assert len(quotes) == turns
    assert not any(":" in text[quote.start : quote.end] for quote in quotes)


_HALL_AND_REED = [
    ("Ann Hall", "Good evening. Did you vote?"),
    ("Tom Reed", "I did.\n\nIt was a sham."),
    ("Ann Hall", "You lie."),
]


@pytest.mark.parametrize(
    "label",
    [
        *("{}:", "**{}:**", "{} (00:01):", "{}: (00:01)", "{}: [01:00:01]", "[00:01] {}:"),
        *("{}  0:03", "{} (0:03)"),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_labels_may_stand_alone_above_their_words(label: str, between: str) -> None:
    text = "\n\n".join(f"{label.format(name)}{between}{words}" for name, words in _HALL_AND_REED)
    found = segment(text)
    assert [(q.speaker and q.speaker.text, text[q.start : q.end]) for q in found.quotes] == _HALL_AND_REED
    assert not any(v.scored for s in found.sentences for v in s.voices if v.voice != "quoted")


@pytest.mark.parametrize(
    "text",
    [
        "Ann Hall (00:01):\nThe hall was cold.\n\nAnn Hall (02:11):\nThe roof leaked.",
        "HALL:\n\nThe hall was cold.\n\nREED:\n\nThe roof leaked.\n\nHALL:\n\nThe rain came in.",
        "Q:\nWas the hall cold?\nA:\nThe roof leaked.\nQ:\nDid the rain come in?\nA:\nYes.",
        "Reporter (00:01):\nWas the hall cold?\n\nCrowd (00:09):\nFour more years\n\nReporter (00:12):\nI see.",
    ],
)
def test_labels_above_their_words_leave_none_of_them_to_the_author(text: str) -> None:
    authors = "".join(words for voice, words in _voices(text) if voice != "quoted")
    assert not re.search(r"hall was|roof|rain|years|see", authors)


@pytest.mark.parametrize("shout", [False, True])
def test_captions_mark_each_new_speaker(shout: bool) -> None:
    text = (
        ">> Good evening. I'm Ann Hall.\nThe Senate passed a shameful\nbill tonight.\n>> It was a disgrace.\n"
        "The mayor lied to all of us.\n>>> In other news, he\nfell."
    )
    text = text.upper() if shout else text
    found = segment(text)
    assert {voice for voice, _ in _voices(text)} == {"quoted"}
    assert len(found.quotes) == 3
    assert {p.kind for p in found.paragraphs} == {"text"}


@pytest.mark.parametrize(
    "text",
    [
        ">> The mayor lied.\n>> He fell.\n\nI do not agree with him.",
        "> He lied.\n>> The mayor lied.\nI do not agree with him.\n>> He fell.\nNor do I agree with him here.",
        ">> Vote today\n>> Rain tomorrow\nI do not agree with him." + "\nThe mayor lied to us." * 8,
        "I do not agree with him.\n>> Vote today\nThe mayor lied.\n>> Rain tomorrow\nHe lied to us.",
    ],
)
def test_what_stands_below_a_quoted_line_of_a_mail_is_the_authors(text: str) -> None:
    assert "I do not agree with him." in [words for voice, words in _voices(text) if voice == "author"]


_TURNS = [
    "THE MAYOR BETRAYED THIS CITY.",
    "HE IS A CROOK, A LIAR, AND A CHEAT.",
    "THANK YOU, ANNA.",
    "YET AGAIN, THEY LIED TO US.",
    "AND THAT IS THE TRUTH.",
]


@pytest.mark.parametrize("mark", [">> ", ">>", ">>> "])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("title", ["", "Evening news\n\n"])
def test_captions_in_capitals_have_the_voices_of_those_in_small_letters(mark: str, between: str, title: str) -> None:
    text = title + between.join(mark + turn.capitalize().replace("anna", "Anna") for turn in _TURNS)
    found, shouted = segment(text), segment(text.upper())
    assert found.quotes == shouted.quotes
    assert found.sentences == shouted.sentences
    assert [p.kind for p in found.paragraphs] == [p.kind for p in shouted.paragraphs]
    unscored = [text[v.start : v.end] for s in found.sentences for v in s.voices if not v.scored]
    assert unscored == [f"{mark}Thank you, Anna."]


@pytest.mark.parametrize("mark", [">> ", ">>", ">>> "])
@pytest.mark.parametrize("title", ["", "Evening news\n\n"])
def test_each_paragraph_of_captions_is_a_turn(mark: str, title: str) -> None:
    text = title + "\n\n".join(mark + turn for turn in _TURNS)
    found = segment(text)
    assert [text[quote.start : quote.end] for quote in found.quotes] == [mark + turn for turn in _TURNS]
    assert [p.kind for p in found.paragraphs] == ["heading"] * bool(title) + ["text"] * len(_TURNS)


@pytest.mark.parametrize(
    "text",
    [
        "> He lied.\n\n>> The mayor lied.\n\n>> He fell.\n\n>> He left.",
        ">> The mayor lied.\n\n>> He fell.\n\nI do not agree with him.\n\nNor does she.",
        ">> The mayor lied.\n>> He fell.\n\n>> He left.",
        ">> The mayor lied.",
    ],
)
def test_lines_of_a_mail_stay_a_block(text: str) -> None:
    assert "quotation" in {p.kind for p in segment(text).paragraphs}


@pytest.mark.parametrize(
    "label",
    [
        "{ANN HALL}",
        "{Ann Hall}",
        "{HALL}, CNN",
        "{THE PRESIDENT}",
        "{THE PRESIDENT OF FRANCE}",
        "{Speaker 2}",
        "{SEN. ANN HALL} (D-VT)",
        "{SEN. BILL CASSIDY} (R-LA)",
        "{THERESA MAY}",
    ],
)
@pytest.mark.parametrize("behind", [" ", "\n"])
@pytest.mark.parametrize("between", ["\n\n", "\nThe plan\nis a sham.\n"])
def test_a_name_behind_the_mark_of_a_turn_is_its_speaker(label: str, behind: str, between: str) -> None:
    said = label.strip("{}").replace("}", "")
    text = f">> Good evening.{between}>> {said}:{behind}He lied to us.{between}>>> He fell."
    found = segment(text)
    assert [q.speaker and q.speaker.text for q in found.quotes] == [None, label[1 : label.index("}")], None]
    others = [v for s in found.sentences for v in s.voices if v.voice != "quoted"]
    assert [(text[v.start : v.end].strip(), v.scored) for v in others] == [(f">> {said}:", False)]


@pytest.mark.parametrize(
    "words",
    [
        "HE SAID: I WON.",
        "THE REASON IS SIMPLE: IT RAINS.",
        "LONDON: IT RAINS.",
        "Look: it rains.",
        "BREAKING NEWS: IT RAINS.",
        "A. J. HALL WON.",
        "TRUMP SAID, AND I QUOTE: I WON.",
    ],
)
def test_other_words_behind_the_mark_of_a_turn_name_nobody(words: str) -> None:
    text = f">> It is late.\n\n>> {words}"
    assert [(q.speaker, text[q.start : q.end]) for q in segment(text).quotes] == [
        (None, ">> It is late."),
        (None, f">> {words}"),
    ]


def test_a_headline_ends_the_turn_before_it() -> None:
    headlines = "ANN HALL: WHY THE MAYOR MUST GO\n\nTOM REED: GREED WON THE DAY\n\nZOE COX: A SHAM OF A VOTE"
    text = f"PIKE: I was there.\n\n{headlines}\n\nPIKE: You were not."
    quoted = "".join(words for voice, words in _voices(text) if voice == "quoted")
    assert "I was there." in quoted
    assert "THE MAYOR" not in quoted


_COLUMN = "The mayor lied to us.\n\nThe plan is a sham.\n\nVote him out."


@pytest.mark.parametrize(
    "signature",
    [
        "— Jane Doe (@janedoe)",
        "— @janedoe",
        "- Follow Jane Doe on Twitter @janedoe",
        "– Follow me @janedoe",
        "—jdoe@courier.example",
        "— Jane Doe (@janedoe)\n\nAdvertisement",
    ],
)
@pytest.mark.parametrize("text", [_COLUMN, _COLUMN.replace("\n\n", "\n"), "Vote him out."])
def test_a_column_signed_with_a_handle_is_no_post(text: str, signature: str) -> None:
    for between in ("\n\n", "\n", " "):
        assert segment(f"{text}{between}{signature}").quotes == ()


@pytest.mark.parametrize(
    "text",
    [
        "The mayor left. Pike tweeted:\n\nYou lie, all of you.\n\n— Sam Pike (@pike)",
        "The mayor left. Pike tweeted:\n\nYou lie, all of you.\n— @pike",
        "The mayor left.\n\nYou lie, all of you.\n\n— Sam Pike (@pike)\n\nNobody replied to that.",
        "You lie, all of you.\n\n— Sam Pike (@pike) March 5, 2019",
        "The mayor left.\n\n> You lie, all of you.\n> — Sam Pike (@pike)",
    ],
)
def test_an_announced_or_dated_signature_signs_a_post(text: str) -> None:
    (quote,) = segment(text).quotes
    assert text[quote.start : quote.end].strip("> ").startswith("You lie, all of you.")

"""Greetings, thanks, answers and sign-offs claim nothing, so they are not judged."""

from __future__ import annotations

import pytest

import biasscore
from biasscore.report.view import one_line
from biasscore.segment import segment
from biasscore.segment.small_talk import is_small_talk

SMALL_TALK = """Hello.|Hi there.|Hello, everyone.|Good morning.|Good evening, Don.|Welcome back.
Welcome to the program.|Goodbye.|See you tomorrow.|Happy birthday.|Merry Christmas!|Kind regards,
Yours sincerely,|Cheers.|Good luck.|Dear reader:|Thanks.|Thank you!|Thank you very much.
Thanks, Steve.|Thanks for joining us.|Thank you, Senator.|You're welcome.|Please.|Sorry.|Excuse me.
My pleasure.|No problem.|Yes.|No.|“No.”|Yeah, yeah.|Yep.|Nope.|Yes, sir.|No, ma'am.|Right.
That's right.|That’s correct.|OK.|O.K.|Okay!|Oh well.|All right.|Sure.|Of course.|Exactly.
Absolutely.|Indeed.|Maybe.|Not yet.|Not really.|I see.|I don't know.|I don’t know, Chris.|Well.|Hmm.
Oh.|Fair enough.|Go ahead.|No comment.|Yes, hello. Good morning.|Stay tuned.|We'll be right back.
Back to you.|More to come.|Up next:|READ MORE:|(Laughter.)|(APPLAUSE)|>> Good evening.|>>> Yes, sir."""
STATEMENTS = """Disgraceful!|Liar.|Idiots.|Yes, he lied.|No new taxes!|NO COLLUSION!
No Comment On Anyone Being In Custody:|Right-wing extremists.|Sure, blame the voters.
Hello, corruption.|Welcome to the swamp.|Thanks for nothing.|Good riddance.
Please, spare us the theatrics.|Sorry excuse for a mayor.|Well done, you fools.
Of course they caved.|Indeed a disgrace.|Absolutely shameful.|Exactly what a coward would say.
Happy talk from a failing mayor.|Dear leader worship.|Oh, the horror!|Read my lips.|Stay away.
Go home.|Good news.|He left.|It rained.|Taxes rose.|Trump wins Iowa|No Arrests Yet
>> Yes, he lied.|>> HELLO, CORRUPTION.
Sorry, Losers.|Sorry, Snowflakes!|Yes, Racists.|Please, Socialists.|Welcome, Comrade Traitor!"""


def listed(lines: str) -> list[str]:
    return [text for line in lines.split("\n") for text in line.split("|")]


@pytest.mark.parametrize("text", listed(SMALL_TALK))
def test_small_talk_is_known(text):
    assert is_small_talk(text, 0, len(text))


@pytest.mark.parametrize("text", listed(STATEMENTS))
def test_what_says_something_is_no_small_talk(text):
    assert not is_small_talk(text, 0, len(text))


def test_only_the_stretch_that_is_small_talk_is_left_unjudged():
    found = segment("“Yes, sir,” the shameless toady answered.\n\nGood morning. The mayor lied.")
    judged = [[found.text[v.start : v.end].strip() for v in s.voices if v.scored] for s in found.sentences]
    assert judged == [["the shameless toady answered."], [], ["The mayor lied."]]


def test_a_text_of_small_talk_has_no_score_and_no_mark():
    with biasscore.load("small", threads=1) as scorer:
        document = scorer.score("Hello.\n\nThank you very much. Right. “Yes.”")
    assert [(s.loaded, s.quoted_loaded, s.label, s.spans) for p in document.paragraphs for s in p.sentences] == [
        (None, None, None, ())
    ] * 4
    assert document.loaded is None
    assert document.loaded_share is None
    assert one_line(document) == "No sentence makes a statement that could be loaded."


def test_small_talk_moves_no_score_of_an_article():
    with biasscore.load("small", threads=1) as scorer:
        plain = scorer.score("The mayor unveiled a reckless, absurd scheme.")
        framed = scorer.score("Good evening. The mayor unveiled a reckless, absurd scheme. Thank you.")
    assert framed.loaded == pytest.approx(plain.loaded, abs=1e-3)
    assert framed.loaded_share == plain.loaded_share == 1.0

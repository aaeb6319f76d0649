"""Interviews without labels: a question in a paragraph of its own, then the answer, again and again.

The questions stay the author's. What follows them is the answer of whoever is interviewed, where the questions come
often and one at a time, enough of them address a person, and most of the answers speak of *I* and *we*. So neither a
list of frequent questions nor a column with rhetorical questions is an interview.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from biasscore.segment.transcripts import Turn
from biasscore.segment.types import ParagraphRange

_BOLD = re.compile(r"(?:\*\*|__|<b>|<strong>)[^\n]{2,400}(?:\*\*|__|</b>|</strong>)\Z")
_FIRST_PERSON = re.compile(r"\b(?:I|I[’'](?:m|ll|d|ve)|[Ww]e|[Mm]y|[Oo]ur|[Mm]e|[Uu]s|[Mm]ine)\b")
_SECOND_PERSON = re.compile(r"\b(?:[Yy]ou|[Yy]our|[Yy]ours)\b")
_REQUESTS = re.compile(r"Tell (?:us|me)\b")
_ADDRESSES = re.compile(r"(?:(?:You|So you|But you|And you)\b(?! know,)|Your\b)")
_LONGEST_QUESTION = 500
# Some question of an interview is so short, and so is each statement in the place of one.
_SHORT = 200
_FEWEST = 3
_FEWEST_BOLD = 2
# How many paragraphs a question and its answer have on average, at most; a column asks less often.
_LONGEST_EXCHANGE = 4
# Answers may be longer where so many questions, and such a share of them, speak of *you*.
_LONGEST_ADDRESSED = 8
_FEWEST_ADDRESSED = 4
_NEARLY_ALL = 0.8
# One question, and one in so many, may follow another at once; a column heaps them up.
_HEAPED = 8


def find_interview(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """The answers of an interview, in order; empty where the text is none."""
    bold = [i for i, p in enumerate(paragraphs) if p.end - p.start <= _LONGEST_QUESTION and _is_bold(text, p)]
    asking = [i for i in bold if "?" in _end(text, paragraphs[i])]
    if len(asking) >= _FEWEST_BOLD and 2 * len(asking) >= len(bold):
        questions, asks = bold, _often(text, paragraphs, asking)
    else:
        questions = _questions(text, paragraphs)
        asks = _often(text, paragraphs, questions) and _to_somebody(text, paragraphs, questions)
    answers = _answers(paragraphs, questions)
    asks = asks and 2 * len(answers) >= len(questions)
    return _turns(paragraphs, answers) if asks and _speak(text, paragraphs, answers) else []


def _often(text: str, paragraphs: Sequence[ParagraphRange], questions: Sequence[int]) -> bool:
    to_you = _addressed(text, paragraphs, questions) >= max(_FEWEST_ADDRESSED, _NEARLY_ALL * len(questions))
    longest = _LONGEST_ADDRESSED if to_you else _LONGEST_EXCHANGE
    return len(questions) > 1 and questions[-1] - questions[0] <= longest * (len(questions) - 1)


def _to_somebody(text: str, paragraphs: Sequence[ParagraphRange], questions: Sequence[int]) -> bool:
    """Does somebody get questions, at least three of them one at a time? Two, and a third, speak of *you*."""
    addressed = _addressed(text, paragraphs, questions)
    heaped = sum(
        all(paragraph.kind == "boilerplate" for paragraph in paragraphs[before + 1 : after])
        for before, after in pairwise(questions)
    )
    single = len(questions) - heaped >= _FEWEST and (heaped < 2 or _HEAPED * heaped <= len(questions))
    return addressed >= 2 and 3 * addressed >= len(questions) and single


def _addressed(text: str, paragraphs: Sequence[ParagraphRange], questions: Sequence[int]) -> int:
    return sum(bool(_SECOND_PERSON.search(text, paragraphs[i].start, paragraphs[i].end)) for i in questions)


def _end(text: str, paragraph: ParagraphRange) -> str:
    return text[max(paragraph.start, paragraph.end - 12) : paragraph.end]


def _is_bold(text: str, paragraph: ParagraphRange) -> bool:
    return bool(_BOLD.match(text, paragraph.start, paragraph.end))


def _questions(text: str, paragraphs: Sequence[ParagraphRange]) -> list[int]:
    """Paragraphs that ask, and between them and after the last answer such as only address somebody."""
    asking = [i for i, paragraph in enumerate(paragraphs) if _is_question(text, paragraph)]
    if len(asking) < 2 or all(paragraphs[i].end - paragraphs[i].start > _SHORT for i in asking):
        return []
    beside = {k for i in asking for k in (i - 1, i, i + 1)}
    between = range(asking[0], min(len(paragraphs), asking[-1] + 3))
    return sorted([*asking, *(i for i in between if i not in beside and _addresses(text, paragraphs[i]))])


def _is_question(text: str, paragraph: ParagraphRange) -> bool:
    ends = text[paragraph.end - 1] == "?" and text[paragraph.start] not in "“\"‘'"
    asks = ends or _REQUESTS.match(text, paragraph.start, paragraph.end) is not None
    return asks and paragraph.kind != "boilerplate" and paragraph.end - paragraph.start <= _LONGEST_QUESTION


def _addresses(text: str, paragraph: ParagraphRange) -> bool:
    """Does a short paragraph only address somebody? ``You are joking.``"""
    found = _ADDRESSES.match(text, paragraph.start, paragraph.end)
    short = paragraph.kind == "text" and paragraph.end - paragraph.start <= _SHORT
    return found is not None and short and not _FIRST_PERSON.search(text, found.end(), paragraph.end)


def _answers(paragraphs: Sequence[ParagraphRange], questions: Sequence[int]) -> list[tuple[int, int]]:
    """First and last paragraph of each answer: up to the next question, a heading or boilerplate."""
    asked = set(questions)
    found = []
    for n, question in enumerate(questions):
        stop = questions[n + 1] if n + 1 < len(questions) else min(len(paragraphs), question + 2)
        last = question
        while last + 1 < stop and last + 1 not in asked and paragraphs[last + 1].kind == "text":
            last += 1
        if last > question:
            found.append((question + 1, last))
    return found


def _speak(text: str, paragraphs: Sequence[ParagraphRange], answers: Sequence[tuple[int, int]]) -> bool:
    """Do most of the answers speak of I or we?"""
    personal = sum(
        bool(_FIRST_PERSON.search(text, paragraphs[first].start, paragraphs[last].end)) for first, last in answers
    )
    return 2 * personal > len(answers)


def _turns(paragraphs: Sequence[ParagraphRange], answers: Sequence[tuple[int, int]]) -> list[Turn]:
    return [Turn(paragraphs[first].start, paragraphs[last].end, first, last) for first, last in answers]

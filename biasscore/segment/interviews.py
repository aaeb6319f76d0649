"""Interviews without labels: a question in a paragraph of its own, then the answer, again and again.

The questions stay the author's. What follows them is the answer of whoever is interviewed, where enough of the
questions address a person and enough of the answers speak of *I* and *we*; so a list of frequent questions is no
interview.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from biasscore.segment.transcripts import Turn
from biasscore.segment.types import ParagraphRange

_BOLD = re.compile(r"(?:\*\*|__|<b>|<strong>)[^\n]{2,400}(?:\*\*|__|</b>|</strong>)\Z")
_FIRST_PERSON = re.compile(r"\b(?:I|I[’'](?:m|ll|d|ve)|[Ww]e|[Mm]y|[Oo]ur|[Mm]e|[Uu]s|[Mm]ine)\b")
_SECOND_PERSON = re.compile(r"\b(?:[Yy]ou|[Yy]our|[Yy]ours)\b")
_ASKS = re.compile(r"[?][\"”’*_]*(?:</?\w+>)?\Z")
_LONGEST_QUESTION = 500
_FEWEST = 2


def find_interview(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """The answers of an interview, in order; empty where the text is none."""
    bold = [i for i, p in enumerate(paragraphs) if p.end - p.start <= _LONGEST_QUESTION and _is_bold(text, p)]
    asking = [
        i
        for i in bold
        if _ASKS.search(text, paragraphs[i].start, paragraphs[i].end - 2) or "?" in _end(text, paragraphs[i])
    ]
    if len(asking) >= _FEWEST and 2 * len(asking) >= len(bold):
        answers = _answers(paragraphs, bold)
        return _turns(paragraphs, answers) if _speak(text, paragraphs, answers) else []
    questions = [i for i, p in enumerate(paragraphs) if p.kind != "boilerplate" and _is_question(text, p)]
    answers = _answers(paragraphs, questions)
    addressed = sum(bool(_SECOND_PERSON.search(text, paragraphs[i].start, paragraphs[i].end)) for i in questions)
    talks = len(answers) >= _FEWEST and 3 * addressed >= len(questions) and _speak(text, paragraphs, answers)
    return _turns(paragraphs, answers) if talks else []


def _end(text: str, paragraph: ParagraphRange) -> str:
    return text[max(paragraph.start, paragraph.end - 12) : paragraph.end]


def _is_bold(text: str, paragraph: ParagraphRange) -> bool:
    return bool(_BOLD.match(text, paragraph.start, paragraph.end))


def _is_question(text: str, paragraph: ParagraphRange) -> bool:
    """A short paragraph that ends with a question, or that only addresses somebody: ``You are joking.``"""
    if paragraph.end - paragraph.start > _LONGEST_QUESTION or text[paragraph.start] in "“\"‘'":
        return False
    if "?" in text[paragraph.end - 1 : paragraph.end]:
        return True
    addresses = re.compile(r"(?:You|Your|Tell (?:us|me)|So you|But you)\b").match(text, paragraph.start)
    return bool(addresses) and not _FIRST_PERSON.search(text, addresses.end() if addresses else 0, paragraph.end)


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
    """Do at least half of the answers speak of I or we?"""
    personal = sum(
        bool(_FIRST_PERSON.search(text, paragraphs[first].start, paragraphs[last].end)) for first, last in answers
    )
    return len(answers) > 0 and 2 * personal >= len(answers)


def _turns(paragraphs: Sequence[ParagraphRange], answers: Sequence[tuple[int, int]]) -> list[Turn]:
    return [Turn(paragraphs[first].start, paragraphs[last].end, first, last) for first, last in answers]

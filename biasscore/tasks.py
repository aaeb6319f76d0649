"""What biasscore scores: four tasks, their labels in the order of every probability vector, their level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TaskName = Literal["loaded", "subjectivity", "sentiment", "framing"]
Level = Literal["sentence", "passage"]
Voice = Literal["author", "quoted", "attributed"]


@dataclass(frozen=True, slots=True)
class Task:
    """One question asked of a text.

    Attributes:
        name: the name used in code, files and on the command line.
        labels: class labels, in the order of every probability vector of this task.
        level: what is judged: each sentence, or a passage (a paragraph and the whole document).
        question: the task in one line, for help texts and cards.
    """

    name: TaskName
    labels: tuple[str, ...]
    level: Level
    question: str


LOADED = Task(
    "loaded",
    ("neutral", "loaded"),
    "sentence",
    "Does the author's wording push a judgement where neutral reporting would not?",
)
SUBJECTIVITY = Task(
    "subjectivity",
    ("objective", "subjective"),
    "sentence",
    "Does the sentence state an opinion, belief or feeling rather than a checkable fact?",
)
SENTIMENT = Task(
    "sentiment",
    ("negative", "neutral", "positive"),
    "sentence",
    "Is the tone of the sentence negative, neutral or positive?",
)
FRAMING = Task(
    "framing",
    ("left", "center", "right"),
    "passage",
    "Does the passage read like outlets rated left, center or right in US politics?",
)

TASKS: dict[TaskName, Task] = {task.name: task for task in (LOADED, SUBJECTIVITY, SENTIMENT, FRAMING)}

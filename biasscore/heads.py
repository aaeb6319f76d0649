"""Which heads exist: one row of facts per head. Everything that depends on the list of heads is derived from ``HEADS``.

A head answers one question about a text. Its row here and its field in ``results`` are enough to score texts by it. To
teach, judge and print it, more files must know it: ``docs/architecture.md`` lists them, and
``tests/test_head_places.py`` names each one that does not know it yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

HeadLevel = Literal["token", "sentence", "passage", "target"]
"""What is judged: each token, a sentence, a paragraph or document, or a named target inside a sentence."""

TableLevel = Literal["document", "paragraph", "sentence", "target"]
"""What one row of a result table is."""

_ALL: tuple[TableLevel, ...] = ("document", "paragraph", "sentence")
_PASSAGES: tuple[TableLevel, ...] = ("document", "paragraph")
_PARTS: tuple[TableLevel, ...] = ("paragraph", "sentence")
_TARGET: tuple[TableLevel, ...] = ("target",)


@dataclass(frozen=True, slots=True)
class ScoreColumn:
    """One column that a head gives to the result tables.

    Attributes:
        name: of the column, and of the score in comparisons.
        meaning: one line for docs/schema.md.
        levels: the tables in which it stands.
        path: where a result holds its value, such as ``sentiment.negative``; by default an attribute of its own name.
        is_number: whether it is a score between fixed bounds; text otherwise.
        chart: its meaning in the few words that a chart has room for; "" for a score that charts leave out.
        of_title: whether the document table has it for the title as well.
    """

    name: str
    meaning: str
    levels: tuple[TableLevel, ...] = _ALL
    path: str = ""
    is_number: bool = True
    chart: str = ""
    of_title: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """One question that a model answers.

    Attributes:
        name: in code, in files and on the command line.
        labels: its classes, in the order of every vector of probabilities. Of two, the score is the probability of the
            second; in labelled rows, the first is 0 and the second is 1.
        level: what is judged.
        topic: the head in two words, for help texts.
        question: the head in one line, for help texts and cards.
        field: the attribute of ``results.Sentence`` (or of a passage) that holds its answer.
        reads: whose words a sentence head pools: the author's alone, or the whole sentence's. Only ``loaded`` may read
            the author's alone: its answer has a part for each voice, which no other field of ``results`` can hold.
        maps: names of its calibration maps. Give a new head one map, with the name of the head; its weight in the loss
            (``Weights`` in ``training/recipe``) has the same name.
        balanced: whether calibration weighs all classes the same, whatever their shares in the data.
        columns: what it gives to the result tables.
        label_columns: names of the columns that hold its labels in users' tables, best first.
    """

    name: str
    labels: tuple[str, ...]
    level: HeadLevel
    topic: str
    question: str
    field: str
    maps: tuple[str, ...]
    reads: Literal["author", "sentence"] = "sentence"
    balanced: bool = False
    columns: tuple[ScoreColumn, ...] = ()
    label_columns: tuple[str, ...] = ()

    @property
    def n_logits(self) -> int:
        """Logits per answer: one for a head of two classes, else one per class."""
        return 1 if len(self.labels) == 2 else len(self.labels)

    @property
    def n_columns(self) -> int:
        """Columns of the projection: values; where tokens are pooled, attention; where sentences are, a gate."""
        return self.n_logits + {"token": 0, "sentence": 1, "target": 1, "passage": 2}[self.level]


LOADED = Head(
    name="loaded",
    labels=("neutral", "loaded"),
    level="sentence",
    topic="loaded language",
    question="Does the author's wording push a judgement where neutral reporting would not?",
    field="loaded",
    maps=("loaded",),
    reads="author",
    columns=(
        ScoreColumn(
            "loaded",
            "Loaded wording of the author, 0 to 1; null without author words.",
            chart="expected loaded share of the author’s text",
            of_title=True,
        ),
        ScoreColumn(
            "quoted_loaded",
            "The same for quoted words; null without quotations.",
            chart="expected loaded share of the quoted text",
        ),
        ScoreColumn(
            "attributed_loaded",
            "The same for indirect speech; null where there is none.",
            chart="expected loaded share of the indirect speech",
        ),
        ScoreColumn(
            "loaded_share",
            "Share of author characters in sentences labelled loaded.",
            _PASSAGES,
            chart="share of the author’s text in sentences labelled loaded",
        ),
        ScoreColumn(
            "peak", "The highest `loaded` of a sentence.", _PASSAGES, chart="highest loaded score of a sentence"
        ),
        ScoreColumn(
            "label",
            "`loaded`, `neutral` or `uncertain`, of a paragraph by its strongest sentence; null without author words.",
            _PARTS,
            is_number=False,
            of_title=True,
        ),
    ),
    label_columns=("loaded",),
)
SPANS = Head(
    name="spans",
    labels=("outside", "loaded"),
    level="token",
    topic="loaded words",
    question="Which words push a judgement?",
    field="spans",
    maps=("span",),
)
SUBJECTIVITY = Head(
    name="subjectivity",
    labels=("objective", "subjective"),
    level="sentence",
    topic="subjectivity",
    question="Does the sentence state an opinion, belief or feeling rather than a checkable fact?",
    field="subjectivity",
    maps=("subjectivity",),
    columns=(
        ScoreColumn(
            "subjectivity",
            "Probability that it is subjective, quotations included.",
            chart="mean probability that a sentence is subjective",
            of_title=True,
        ),
    ),
    label_columns=("subjective", "subjectivity"),
)
SENTIMENT = Head(
    name="sentiment",
    labels=("negative", "neutral", "positive"),
    level="sentence",
    topic="tone",
    question="Is the tone of the sentence negative, neutral or positive?",
    field="sentiment",
    maps=("sentiment",),
    columns=(
        ScoreColumn(
            "tone",
            "`sentiment_positive` minus `sentiment_negative`, from -1 to 1.",
            chart="p(positive) − p(negative), from −1 to 1",
            of_title=True,
        ),
        ScoreColumn("sentiment_negative", "Probability of a negative tone.", path="sentiment.negative"),
        ScoreColumn("sentiment_neutral", "Probability of a neutral tone.", path="sentiment.neutral"),
        ScoreColumn("sentiment_positive", "Probability of a positive tone.", path="sentiment.positive"),
    ),
    label_columns=("sentiment", "tone"),
)
FRAMING = Head(
    name="framing",
    labels=("left", "center", "right"),
    level="passage",
    topic="partisan framing",
    question="Does the passage read like outlets rated left, center or right in US politics?",
    field="framing",
    maps=("framing_paragraph", "framing_document"),
    balanced=True,
    columns=tuple(
        ScoreColumn(
            f"framing_{lean}",
            f"Probability that it reads like outlets rated {lean}.",
            _PASSAGES,
            path=f"framing.{lean}",
            chart=f"probability that it reads like outlets rated {lean}",
        )
        for lean in ("left", "center", "right")
    ),
    label_columns=("framing", "lean"),
)
TARGETS = Head(
    name="targets",
    labels=("negative", "neutral", "positive"),
    level="target",
    topic="tone toward named targets",
    question="Is the tone toward a person, organization, place or group negative, neutral or positive?",
    field="targets",
    maps=("targets",),
    columns=(
        ScoreColumn(
            "target_tone",
            "The author's tone toward the target, from -1 to 1.",
            _TARGET,
            path="tone",
            chart="the author’s tone toward the target, from −1 to 1",
        ),
        ScoreColumn(
            "target_quoted_tone",
            "The same in quotations; null without any.",
            _TARGET,
            path="quoted_tone",
            chart="tone toward the target inside quotations, from −1 to 1",
        ),
        ScoreColumn(
            "target_attributed_tone",
            "The same in indirect speech; null without any.",
            _TARGET,
            path="attributed_tone",
            chart="tone toward the target in indirect speech, from −1 to 1",
        ),
        *(
            ScoreColumn(
                f"target_{tone}",
                f"Probability of a {tone} tone of the author.",
                _TARGET,
                path=f"sentiment.{tone}",
                chart=f"probability that the author’s tone toward the target is {tone}",
            )
            for tone in ("negative", "neutral", "positive")
        ),
    ),
)

HEADS: Mapping[str, Head] = {head.name: head for head in (LOADED, SPANS, SUBJECTIVITY, SENTIMENT, FRAMING, TARGETS)}
MAPS: Mapping[str, Head] = {name: head for head in HEADS.values() for name in head.maps}
"""The head of each calibration map."""

SCORES: tuple[ScoreColumn, ...] = tuple(
    column for head in HEADS.values() for column in head.columns if column.is_number and "document" in column.levels
)
"""What documents can be compared by."""

CLASSIFIED: tuple[str, ...] = tuple(head.name for head in HEADS.values() if head.level != "target")
"""The heads that a classifier of whole texts or tokens can answer: it knows nothing of targets in a text."""

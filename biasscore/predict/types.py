"""The input and output of a model: sentences in, one prediction per sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from biasscore.results import Contributions, Framing, Label, Voice


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one voice in a sentence; offsets count from the sentence's start.

    Attributes:
        quote: which quotation of the document the stretch belongs to; −1 outside quotations.
    """

    start: int
    end: int
    voice: Voice
    quote: int = -1


@dataclass(frozen=True, slots=True)
class SentenceInput:
    """A sentence and its voices.

    Attributes:
        pieces: in order, not overlapping. Characters outside all pieces (wordless stretches such as a comma between
            two quotations) count in no voice.
        mentions: characters of each named target, for heads that judge targets.
    """

    text: str
    pieces: tuple[Piece, ...]
    mentions: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document whose framing is asked for.

    Attributes:
        sentences: indices into the list of sentences.
        texts: the same words as running text, one string a paragraph, for models that read more than sentences.
    """

    sentences: tuple[int, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Loaded words found in a sentence; offsets count from the sentence's start."""

    start: int
    end: int
    score: float
    voice: Voice


@dataclass(frozen=True, slots=True)
class VoiceScores:
    """What the head ``loaded`` says of one sentence, by voice; None where that voice has no words.

    Attributes:
        author: of the author's tokens, attributed ones included.
        label: ``author`` read against the model's thresholds.
        attributed: of the attributed tokens alone.
        quoted: one entry per quoted piece, in the order of ``SentenceInput.pieces``.
    """

    author: float | None = None
    label: Label | None = None
    attributed: float | None = None
    quoted: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class SentencePrediction:
    """Calibrated answers about one sentence.

    Attributes:
        answers: by head; a head that the model does not have is not there. ``loaded`` has ``VoiceScores``, ``spans`` a
            tuple of ``WordSpan``, any other sentence head a float or an object of ``results.PROBABILITIES`` (None where
            there is nothing to read), a target head a tuple of these, one per mention.
        n_tokens: special tokens not counted.
        contributions: the parts of each logit, where they were asked for.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    n_tokens: int = 0
    n_windows: int = 1
    contributions: tuple[Contributions, ...] = ()

    @property
    def loaded(self) -> VoiceScores:
        """By voice; nothing but None from a model without this head."""
        found: VoiceScores = self.answers.get("loaded", VoiceScores())
        return found

    @property
    def spans(self) -> tuple[WordSpan, ...]:
        """The loaded words."""
        found: tuple[WordSpan, ...] = self.answers.get("spans", ())
        return found


@dataclass(frozen=True, slots=True)
class ModelAnswers:
    """The answers to some sentences and passages, each in the order asked."""

    sentences: tuple[SentencePrediction, ...]
    paragraphs: tuple[Framing | None, ...]
    documents: tuple[Framing | None, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """Sentences and passages to score together; no answer depends on what else is asked.

    Attributes:
        sentences: the sentences of all texts.
        paragraphs: passages of ``sentences``, one per paragraph.
        documents: passages of ``sentences``, one per text.
    """

    sentences: Sequence[SentenceInput]
    paragraphs: Sequence[Passage] = ()
    documents: Sequence[Passage] = ()


class Model(Protocol):
    """A model that scores sentences and passages: an embedded one, classifiers from the Hub, or several joined."""

    @property
    def fingerprint(self) -> str:
        """Weights, calibration, backend and dtype in one short string."""
        ...

    def predict(self, asked: Questions) -> ModelAnswers:
        """Score every sentence and every passage."""
        ...

    def explain(self, asked: Questions) -> ModelAnswers:
        """``predict``, with the parts of each logit that is a sum over tokens."""
        ...

    def close(self) -> None:
        """End the threads and free what the engines hold. A closed model is not used again."""
        ...

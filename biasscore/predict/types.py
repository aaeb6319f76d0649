"""What goes into a model and what comes out of it: sentences in, one prediction a sentence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from biasscore.results import Contributions, Framing, Label, Sentiment
from biasscore.tasks import Voice


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
    """

    text: str
    pieces: tuple[Piece, ...]


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
class Prediction:
    """Calibrated scores of one sentence. None: there is nothing to score, or the model does not have the task.

    Attributes:
        loaded: of the author's tokens, attributed ones included.
        label: ``loaded`` read against the model's thresholds.
        attributed: of the attributed tokens alone.
        quoted: one entry a quoted piece, in the order of ``SentenceInput.pieces``.
        n_tokens: special tokens not counted.
    """

    loaded: float | None = None
    label: Label | None = None
    attributed: float | None = None
    quoted: tuple[float | None, ...] = ()
    subjectivity: float | None = None
    sentiment: Sentiment | None = None
    spans: tuple[WordSpan, ...] = ()
    n_tokens: int = 0
    n_windows: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to one window of sentences and passages, each in the order asked."""

    sentences: tuple[Prediction, ...]
    paragraphs: tuple[Framing | None, ...]
    documents: tuple[Framing | None, ...]


class Model(Protocol):
    """Anything that scores sentences and passages: the embedded model, or foreign classifiers behind one face."""

    @property
    def fingerprint(self) -> str:
        """Weights, calibration, backend and dtype in one short string."""
        ...

    def predict(
        self, sentences: Sequence[SentenceInput], paragraphs: Sequence[Passage], documents: Sequence[Passage]
    ) -> Batch:
        """Score every sentence and every passage; no answer depends on what else is in the window."""
        ...

    def explain(self, sentences: Sequence[SentenceInput]) -> Sequence[tuple[Contributions, ...]]:
        """Take each sentence's logits apart, for the tasks whose heads are linear; () where none is."""
        ...

"""Foreign classifiers behind the face of one model: tokenised once a tokenizer, run once a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isnan

import numpy as np

from biasscore.engine.heads import SPAN_COLUMN
from biasscore.engine.reader import Stats
from biasscore.engine.tokens import Tokens, with_words
from biasscore.predict.embedded import group_tokens
from biasscore.predict.hub.head import Head
from biasscore.predict.hub.reading import Reading, read
from biasscore.predict.hub.tokenizer import Ids
from biasscore.predict.spans import find_spans
from biasscore.predict.types import Batch, Passage, Prediction, SentenceInput, WordSpan
from biasscore.results import Contributions, Framing, Sentiment


@dataclass(slots=True)
class HubModel:
    """Answers with the heads it was given and leaves every other field empty; satisfies ``prediction.Model``.

    Attributes:
        heads: at most one an answer, at least one.
    """

    heads: tuple[Head, ...]
    stats: Stats = field(default_factory=Stats)

    @property
    def fingerprint(self) -> str:
        """The fingerprints of the heads, one after another."""
        return " ".join(head.fingerprint for head in self.heads)

    def predict(
        self, sentences: Sequence[SentenceInput], paragraphs: Sequence[Passage], documents: Sequence[Passage]
    ) -> Batch:
        """Score sentences and passages.

        A head for framing reads a paragraph's running text, and for a document its text paragraphs' tokens one after
        another; both in windows where they are longer than the classifier reads at once.
        """
        predictions = self._predictions(sentences)
        found: tuple[Framing | None, ...] = (None,) * (len(paragraphs) + len(documents))
        for head in self.heads:
            if head.answer == "framing":
                found = self._frame(head, paragraphs, documents)
        return Batch(predictions, found[: len(paragraphs)], found[len(paragraphs) :])

    def explain(self, sentences: Sequence[SentenceInput]) -> list[tuple[Contributions, ...]]:
        """Nothing: these classifiers' logits are no sums over tokens."""
        return [() for _ in sentences]

    def _predictions(self, sentences: Sequence[SentenceInput]) -> tuple[Prediction, ...]:
        heads = [head for head in self.heads if head.answer != "framing"]
        predictions = [Prediction() for _ in sentences]
        texts = [sentence.text for sentence in sentences]
        tokenised: dict[str, Tokens] = {}
        readings: dict[int, Reading] = {}
        for head in heads:
            classifier = head.classifier
            tokenizer = classifier.tokenizer
            if tokenizer.key not in tokenised:
                tokenised[tokenizer.key] = tokenizer(texts)
            tokens = tokenised[tokenizer.key]
            if id(classifier) not in readings:
                readings[id(classifier)] = read(classifier, list(tokens.sequences()), self.stats)
            reading = readings[id(classifier)]
            answered = _answered(head, predictions, sentences, tokens, reading)
            predictions = [
                _counted(*each) for each in zip(answered, np.diff(tokens.bounds), reading.n_windows, strict=True)
            ]
        return tuple(predictions)

    def _frame(
        self, head: Head, paragraphs: Sequence[Passage], documents: Sequence[Passage]
    ) -> tuple[Framing | None, ...]:
        passages = [*paragraphs, *documents]
        numbers: dict[str, int] = {}
        for passage in passages:
            for text in passage.texts:
                numbers.setdefault(text, len(numbers))
        sequences = list(head.classifier.tokenizer(list(numbers)).sequences())
        nothing: Ids = np.zeros(0, dtype=np.int32)
        whole = [np.concatenate([nothing, *(sequences[numbers[text]] for text in p.texts)]) for p in passages]
        outputs = read(head.classifier, whole, self.stats).outputs
        cut = len(paragraphs)
        of_paragraphs = head.probabilities(outputs[:cut], "framing_paragraph")
        of_documents = head.probabilities(outputs[cut:], "framing_document")
        return tuple(
            None if isnan(p[0]) else Framing(*map(float, p)) for p in np.concatenate([of_paragraphs, of_documents])
        )


def _counted(prediction: Prediction, n_tokens: int, n_windows: int) -> Prediction:
    """The first classifier counts the tokens; the one that needed most windows, the windows."""
    return replace(
        prediction,
        n_tokens=prediction.n_tokens or int(n_tokens),
        n_windows=max(prediction.n_windows, n_windows),
    )


def _answered(
    head: Head,
    predictions: Sequence[Prediction],
    sentences: Sequence[SentenceInput],
    tokens: Tokens,
    reading: Reading,
) -> list[Prediction]:
    """The predictions with the head's answer filled in."""
    if head.answer == "spans":
        spans = _spans(head, sentences, tokens, reading)
        return [replace(p, spans=own) for p, own in zip(predictions, spans, strict=True)]
    answers = head.probabilities(reading.outputs, head.answer).tolist()
    triples = zip(predictions, sentences, answers, strict=True)
    if head.answer == "loaded":
        return [_loaded(head, *each) for each in triples]
    if head.answer == "subjectivity":
        return [replace(p, subjectivity=None if isnan(value) else value) for p, _, value in triples]
    return [replace(p, sentiment=None if isnan(value[0]) else Sentiment(*value)) for p, _, value in triples]


def _loaded(head: Head, prediction: Prediction, sentence: SentenceInput, value: float) -> Prediction:
    """The whole sentence's score, where the author has a word in it; the classifier cannot leave a quotation out."""
    if isnan(value) or all(piece.voice == "quoted" for piece in sentence.pieces):
        return prediction
    return replace(prediction, loaded=value, label=head.calibration.label(value))


def _spans(
    head: Head, sentences: Sequence[SentenceInput], tokens: Tokens, reading: Reading
) -> list[tuple[WordSpan, ...]]:
    words = with_words(tokens, [sentence.text for sentence in sentences])
    logits = head.logits(reading.outputs)
    projection = np.zeros((len(logits), SPAN_COLUMN + 1), dtype=np.float32)
    projection[:, SPAN_COLUMN] = logits[:, 0]
    return find_spans(projection, words, group_tokens(words, sentences).piece, sentences, head.calibration)

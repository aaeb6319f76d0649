"""Makes one model of several classifiers. Each tokenizer and each classifier reads a text once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasscore.engine.base import Ids
from biasscore.engine.reader import ReadRows
from biasscore.engine.tokens import Tokens
from biasscore.heads import HEADS
from biasscore.predict.embedded import answers
from biasscore.predict.groups import group_tokens
from biasscore.predict.hub.head import HubHead
from biasscore.predict.spans import find_spans
from biasscore.predict.types import (
    ModelAnswers,
    Passage,
    Questions,
    SentenceInput,
    SentencePrediction,
    VoiceScores,
    WordSpan,
)
from biasscore.results import Framing


@dataclass(slots=True)
class HubModel:
    """Answers with the heads it was given and leaves every other field empty; satisfies ``types.Model``.

    Attributes:
        heads: at most one an answer, at least one.
    """

    heads: tuple[HubHead, ...]

    @property
    def fingerprint(self) -> str:
        """The fingerprints of the heads, one after another."""
        return " ".join(head.fingerprint for head in self.heads)

    def predict(self, asked: Questions) -> ModelAnswers:
        """Score sentences and passages.

        A head for framing reads a paragraph's running text, and for a document its text paragraphs' tokens one after
        another; both in windows where they are longer than the classifier reads at once.
        """
        passages, cut = [*asked.paragraphs, *asked.documents], len(asked.paragraphs)
        framing: list[Framing | None] = [None] * len(passages)
        for head in self.heads:
            if head.answer == "framing":
                framing = _framing(head, passages, cut)
        return ModelAnswers(self._predictions(asked.sentences), tuple(framing[:cut]), tuple(framing[cut:]))

    def close(self) -> None:
        """Close the networks, each once."""
        for network in {id(head.classifier.network): head.classifier.network for head in self.heads}.values():
            network.close()

    def explain(self, asked: Questions) -> ModelAnswers:
        """The same: these classifiers' logits are no sums over tokens."""
        return self.predict(asked)

    def _predictions(self, sentences: Sequence[SentenceInput]) -> tuple[SentencePrediction, ...]:
        texts = [sentence.text for sentence in sentences]
        tokenised: dict[str, Tokens] = {}
        readings: dict[int, ReadRows] = {}
        found: dict[str, Sequence[Any]] = {}
        n_tokens, n_windows = [0] * len(texts), [1] * len(texts)
        for head in (head for head in self.heads if head.answer != "framing"):
            classifier = head.classifier
            tokenizer = classifier.tokenizer
            if tokenizer.key not in tokenised:
                tokenised[tokenizer.key] = tokenizer(texts)
            tokens = tokenised[tokenizer.key]
            if id(classifier) not in readings:
                readings[id(classifier)] = classifier.reader(list(tokens.sequences()))
            reading = readings[id(classifier)]
            found[head.answer] = _answered(head, sentences, tokens, reading)
            # The first classifier counts the tokens; the one that needed most windows, the windows.
            n_tokens = [before or int(n) for before, n in zip(n_tokens, np.diff(tokens.bounds), strict=True)]
            n_windows = [max(pair) for pair in zip(n_windows, reading.n_windows, strict=True)]
        return tuple(
            SentencePrediction({name: values[i] for name, values in found.items()}, n_tokens[i], n_windows[i])
            for i in range(len(texts))
        )


def _framing(head: HubHead, passages: Sequence[Passage], n_paragraphs: int) -> list[Framing | None]:
    """One answer per passage: paragraphs come first, then documents, and each of the two has a map of its own."""
    texts = list(dict.fromkeys(text for passage in passages for text in passage.texts))
    ids = dict(zip(texts, head.classifier.tokenizer(texts).sequences(), strict=True))
    nothing: Ids = np.zeros(0, dtype=np.int32)
    whole = [np.concatenate([nothing, *(ids[text] for text in passage.texts)]) for passage in passages]
    outputs = head.classifier.reader(whole).rows
    of_paragraphs = head.probabilities(outputs[:n_paragraphs], "framing_paragraph")
    of_documents = head.probabilities(outputs[n_paragraphs:], "framing_document")
    return answers(HEADS[head.answer], np.concatenate([of_paragraphs, of_documents]))


def _answered(head: HubHead, sentences: Sequence[SentenceInput], tokens: Tokens, reading: ReadRows) -> Sequence[Any]:
    """One answer per sentence."""
    if head.answer == "spans":
        return _spans(head, sentences, tokens, reading)
    found = answers(HEADS[head.answer], head.probabilities(reading.rows, HEADS[head.answer].maps[0]))
    if HEADS[head.answer].reads == "author":
        return [_loaded(head, *each) for each in zip(sentences, found, strict=True)]
    return found


def _loaded(head: HubHead, sentence: SentenceInput, value: float | None) -> VoiceScores:
    """The whole sentence's score, where the author has a word in it; the classifier cannot leave a quotation out."""
    if value is None or all(piece.voice == "quoted" for piece in sentence.pieces):
        return VoiceScores()
    return VoiceScores(author=value, label=head.calibration.label(value))


def _spans(
    head: HubHead, sentences: Sequence[SentenceInput], tokens: Tokens, reading: ReadRows
) -> list[tuple[WordSpan, ...]]:
    probability = head.probabilities(reading.rows, HEADS[head.answer].maps[0])
    return find_spans(
        probability, tokens, group_tokens(tokens, sentences).piece, sentences, head.calibration.span_above
    )

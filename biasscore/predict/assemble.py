"""Builds a Document from what segmentation found and what the model answered. Nothing is decided here."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from biasscore.heads import HEADS, TARGETS
from biasscore.predict.types import ModelAnswers, Passage, Piece, Questions, SentenceInput, SentencePrediction
from biasscore.results import (
    COUNTED_KINDS,
    Attribution,
    Contributions,
    Document,
    Framing,
    Paragraph,
    Quote,
    Sentence,
    SentenceVoice,
    Sentiment,
    Span,
    TargetMention,
    Voice,
    weighted_mean,
)
from biasscore.segment.types import QuoteRange, Segmentation, SentenceRange

_WORD = re.compile(r"[^\W_]")
Spot = tuple[int, int]
_R = TypeVar("_R", Piece, QuoteRange)


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Several segmented texts that go through the model together.

    Attributes:
        texts: segmented texts in the order given.
        asked: the sentences and paragraphs of all texts, one after another; a document leaves its headings out.
    """

    texts: tuple[Segmentation, ...]
    asked: Questions

    @classmethod
    def of(cls, texts: Iterable[Segmentation]) -> TextBatch:
        """Lay out the model's questions about the texts."""
        texts = tuple(texts)
        inputs: list[SentenceInput] = []
        paragraphs: list[Passage] = []
        documents: list[Passage] = []
        for text in texts:
            members: list[list[int]] = [[] for _ in text.paragraphs]
            mentions = _Mentions.of(text)
            for sentence in text.sentences:
                members[sentence.paragraph].append(len(inputs))
                inputs.append(_sentence_input(text.text, sentence, mentions.between(sentence.start, sentence.end)))
            own = [
                Passage(tuple(indices), (text.text[place.start : place.end],))
                for indices, place in zip(members, text.paragraphs, strict=True)
            ]
            paragraphs += own
            counted = [p for p, place in zip(own, text.paragraphs, strict=True) if place.kind in COUNTED_KINDS]
            documents.append(_joined(counted))
        return cls(texts, Questions(tuple(inputs), tuple(paragraphs), tuple(documents)))


def _joined(passages: Sequence[Passage]) -> Passage:
    return Passage(
        tuple(i for passage in passages for i in passage.sentences),
        tuple(text for passage in passages for text in passage.texts),
    )


def documents(batch: TextBatch, answers: ModelAnswers, model: str) -> list[Document]:
    """One Document per text, in order."""
    results = []
    first_sentence = first_paragraph = 0
    for i, text in enumerate(batch.texts):
        sentences = slice(first_sentence, first_sentence + len(text.sentences))
        paragraphs = slice(first_paragraph, first_paragraph + len(text.paragraphs))
        first_sentence, first_paragraph = sentences.stop, paragraphs.stop
        inputs, predictions = batch.asked.sentences[sentences], answers.sentences[sentences]
        mentions = _Mentions.of(text)
        scored = [
            replace(_sentence(*each), targets=mentions.scored(*each))
            for each in zip(text.sentences, inputs, predictions, strict=True)
        ]
        results.append(
            Document(
                text=text.text,
                model=model,
                framing=answers.documents[i],
                paragraphs=_paragraphs(text, scored, answers.paragraphs[paragraphs]),
                quotes=_quotes(text, inputs, predictions),
                scare_quotes=text.scare_quotes,
                attributions=_attributions(text),
                notes=text.notes,
            )
        )
    return results


@dataclass(frozen=True, slots=True)
class _Mentions:
    """The mentions of one text's targets, in the order of the text.

    Attributes:
        starts: first character of each, for looking up those of a sentence.
    """

    text: Segmentation
    spots: tuple[tuple[int, int, str], ...]
    starts: tuple[int, ...]
    indirect: tuple[QuoteRange, ...]

    @classmethod
    def of(cls, text: Segmentation) -> _Mentions:
        spots = sorted((start, end, target.name) for target in text.targets or () for start, end in target.mentions)
        indirect = sorted(text.indirect, key=_start)
        return cls(text, tuple(spots), tuple(start for start, _, _ in spots), tuple(indirect))

    def between(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Characters of the mentions in a sentence, counted from its start."""
        return tuple((first - start, min(last, end) - start) for first, last, _ in self._inside(start, end))

    def scored(
        self, where: SentenceRange, given: SentenceInput, said: SentencePrediction
    ) -> tuple[TargetMention, ...] | None:
        """The mentions of a sentence with the model's answers; None from a model that has none."""
        if self.text.targets is None or (found := said.answers.get(TARGETS.name)) is None:
            return None
        return tuple(
            self._mention(name, (start, min(end, where.end)), _at(given.pieces, start - where.start), sentiment)
            for (start, end, name), sentiment in zip(self._inside(where.start, where.end), found, strict=True)
        )

    def _inside(self, start: int, end: int) -> tuple[tuple[int, int, str], ...]:
        return self.spots[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def _mention(self, name: str, place: Spot, piece: Piece | None, sentiment: Sentiment | None) -> TargetMention:
        start, end = place
        voice: Voice = piece.voice if piece else "author"
        return TargetMention(name, self.text.text[start:end], start, end, voice, sentiment, self._speaker(start, piece))

    def _speaker(self, at: int, piece: Piece | None) -> str | None:
        if piece is None or piece.voice == "author":
            return None
        who = self.text.quotes[piece.quote] if piece.voice == "quoted" else _at(self.indirect, at)
        return who.speaker.text if who and who.speaker else None


def _at(ranges: Sequence[_R], position: int) -> _R | None:
    """The range that holds a position, among ranges in order that do not overlap."""
    before = bisect_right(ranges, position, key=_start) - 1
    return ranges[before] if before >= 0 and position < ranges[before].end else None


def _start(found: Piece | QuoteRange) -> int:
    return found.start


def _sentence_input(text: str, sentence: SentenceRange, mentions: tuple[Spot, ...]) -> SentenceInput:
    """The sentence by itself; stretches without a word or without a claim have no voice worth scoring."""
    start = sentence.start
    pieces = tuple(
        Piece(voice.start - start, voice.end - start, voice.voice, voice.quote)
        for voice in sentence.voices
        if voice.scored and _WORD.search(text, voice.start, voice.end)
    )
    return SentenceInput(text[start : sentence.end], pieces, mentions)


def _sentence(where: SentenceRange, given: SentenceInput, said: SentencePrediction) -> Sentence:
    text, start = given.text, where.start
    chars = {"author": 0, "attributed": 0, "quoted": 0}
    for piece in given.pieces:
        chars[piece.voice] += piece.end - piece.start
    spans = tuple(
        Span(text[span.start : span.end], start + span.start, start + span.end, span.score, span.voice)
        for span in said.spans
    )
    return Sentence(
        text=text,
        start=start,
        end=where.end,
        voice=_voice(given),
        loaded=said.loaded.author,
        quoted_loaded=_quoted(given, said),
        attributed_loaded=said.loaded.attributed,
        label=said.loaded.label,
        spans=spans,
        **_whole_sentence(said),
        author_chars=chars["author"] + chars["attributed"],
        quoted_chars=chars["quoted"],
        attributed_chars=chars["attributed"],
        n_tokens=said.n_tokens,
        n_windows=said.n_windows,
        contributions=tuple(_in_text(found, start) for found in said.contributions) or None,
    )


def _whole_sentence(said: SentencePrediction) -> dict[str, Any]:
    """The answers of the heads that read whole sentences, and of those that judge targets, by their fields."""
    empty: dict[str, Any] = {"sentence": None, "target": ()}
    heads = (h for h in HEADS.values() if h.level in empty and h.reads == "sentence" and h.name != TARGETS.name)
    return {head.field: said.answers.get(head.name, empty[head.level]) for head in heads}


def _in_text(found: Contributions, start: int) -> Contributions:
    """The model knows only the sentence; results count in the text."""
    return replace(found, parts=tuple(replace(p, start=p.start + start, end=p.end + start) for p in found.parts))


def _voice(sentence: SentenceInput) -> SentenceVoice:
    voices = {piece.voice for piece in sentence.pieces}
    if len(voices) > 1:
        return "mixed"
    return voices.pop() if voices else "author"


def _quoted(given: SentenceInput, said: SentencePrediction) -> float | None:
    return weighted_mean((value, piece.end - piece.start) for piece, value in _quoted_pieces(given, said))


def _quoted_pieces(given: SentenceInput, said: SentencePrediction) -> Iterable[tuple[Piece, float | None]]:
    quoted = [piece for piece in given.pieces if piece.voice == "quoted"]
    # A model that reads whole sentences answers for no quotation.
    return zip(quoted, said.loaded.quoted or (None,) * len(quoted), strict=True)


def _paragraphs(
    text: Segmentation, scored: Sequence[Sentence], framings: Sequence[Framing | None]
) -> tuple[Paragraph, ...]:
    members: list[list[Sentence]] = [[] for _ in text.paragraphs]
    for where, sentence in zip(text.sentences, scored, strict=True):
        members[where.paragraph].append(sentence)
    seen: dict[str, int] = {}
    results = []
    for i, (place, framing) in enumerate(zip(text.paragraphs, framings, strict=True)):
        own = text.text[place.start : place.end]
        first = seen.setdefault(own, i)
        duplicate_of = first if first != i else None
        results.append(Paragraph(own, place.start, place.end, place.kind, framing, tuple(members[i]), duplicate_of))
    return tuple(results)


def _quotes(
    text: Segmentation, inputs: Sequence[SentenceInput], said: Sequence[SentencePrediction]
) -> tuple[Quote, ...]:
    pieces: list[list[tuple[float | None, int]]] = [[] for _ in text.quotes]
    for given, prediction in zip(inputs, said, strict=True):
        for piece, value in _quoted_pieces(given, prediction):
            pieces[piece.quote].append((value, piece.end - piece.start))
    return tuple(
        Quote(
            text.text[quote.start : quote.end], quote.start, quote.end, weighted_mean(scores), quote.speaker, quote.cue
        )
        for quote, scores in zip(text.quotes, pieces, strict=True)
    )


def _attributions(text: Segmentation) -> tuple[Attribution, ...]:
    return tuple(
        Attribution(text.text[piece.start : piece.end], piece.start, piece.end, piece.speaker, piece.cue)
        for piece in sorted(text.indirect, key=_start)
    )

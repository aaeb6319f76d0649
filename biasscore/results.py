"""Frozen answers: Document › Paragraph › Sentence › Span, with offsets into the original text.

Only what a model measured is stored. Every aggregate is a property computed from the sentences below it, so
figures of different levels cannot disagree. Offsets count Unicode code points of the string as it was given.

A score is None where there is nothing to score (``loaded`` of a sentence without author words, any score of an
empty document); it is never NaN and never a 0 that stands for "nothing".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from html import escape
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from biasscore.errors import InputError
from biasscore.heads import HEADS, ScoreColumn, TableLevel

Voice = Literal["author", "quoted", "attributed"]
Label = Literal["loaded", "neutral", "uncertain"]
SentenceVoice = Literal["author", "quoted", "attributed", "mixed"]
ParagraphKind = Literal["text", "heading", "quotation", "boilerplate"]

COUNTED_KINDS: frozenset[ParagraphKind] = frozenset(("text", "quotation"))
"""Kinds of paragraphs that count in a document's aggregates."""

JSON_SCHEMA_VERSION = 1
SHOWN_CHARS = 100_000
"""A notebook shows no longer document by itself: its markup, some 26 bytes per character, would stay in the file."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text that a web page marks as heading, quotation or boilerplate: ``text[start:end]``.

    A quotation may lie inside a paragraph.
    """

    start: int
    end: int
    kind: ParagraphKind


@dataclass(frozen=True, slots=True)
class Article:
    """A text to score together with its title; iterables of texts may hold either.

    Attributes:
        blocks: parts that the source marks as heading, quotation or boilerplate, in order; rules find the rest.
    """

    text: str
    title: str | None = None
    blocks: tuple[Block, ...] = ()


class _Fields:
    """Results whose plain form is that of their fields."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain lists, dicts, strings, numbers and None."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


@dataclass(frozen=True, slots=True)
class Note(_Fields):
    """Something odd or unknown about a text. A note never changes a score.

    Attributes:
        code: for programs: undecodable, tokenised, markup, subtitles, unlabelled-transcript, no-breaks, no-endings,
            repeats, not-english.
        text: one sentence for people.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentiment(_Fields):
    """Probabilities of the three tones; they sum to 1."""

    negative: float
    neutral: float
    positive: float

    @property
    def tone(self) -> float:
        """p(positive) − p(negative), from −1 to 1."""
        return self.positive - self.negative


@dataclass(frozen=True, slots=True)
class Framing(_Fields):
    """Probabilities that a passage reads like outlets of each lean; they sum to 1."""

    left: float
    center: float
    right: float


PROBABILITIES: Mapping[str, type[Sentiment] | type[Framing]] = {
    "sentiment": Sentiment,
    "framing": Framing,
    "targets": Sentiment,
}
"""What holds the probabilities of a head of three classes; a head of two has a float."""


@dataclass(frozen=True, slots=True)
class Mention(_Fields):
    """A piece of the text, without a score: a speaker, a reporting verb, a scare quote."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span(_Fields):
    """Loaded words: ``document.text[span.start:span.end] == span.text``.

    Attributes:
        score: calibrated probability that annotators would mark these words, 0 to 1.
        voice: whose words they are; a span never crosses a border between voices.
    """

    text: str
    start: int
    end: int
    score: float
    voice: Voice


@dataclass(frozen=True, slots=True)
class Quote(_Fields):
    """One quotation, from its opening to its closing mark, which may run over sentences and paragraphs.

    Attributes:
        loaded: probability that the quoted words are loaded, 0 to 1: the mean of the quotation's parts (one per
            sentence), weighted by characters; None without words, or from a model that does not score quotations.
        speaker: who is quoted, as named in the text; None when unknown.
        cue: the reporting verb (said, warned); None when there is none.
    """

    text: str
    start: int
    end: int
    loaded: float | None
    speaker: Mention | None = None
    cue: Mention | None = None


@dataclass(frozen=True, slots=True)
class Attribution(_Fields):
    """Indirect speech (``He said the warnings were empty``), without the cue: whose it is, where the text says so.

    Quotations inside it are in ``Document.quotes``; what it scores counts in ``attributed_loaded`` of its sentence.

    Attributes:
        speaker: who is reported, as named in the text; None when unknown.
        cue: the reporting verb (said, warned); None when there is none.
    """

    text: str
    start: int
    end: int
    speaker: Mention | None = None
    cue: Mention | None = None


@dataclass(frozen=True, slots=True)
class TargetMention:
    """One mention of a named target: ``document.text[start:end] == text``.

    Attributes:
        name: the target's name; all its mentions in a text share it.
        voice: whose words the mention stands in.
        sentiment: tone toward the target in this sentence; None where the mention has no token.
        speaker: who speaks of the target, as named in the text, where the voice is not the author's; None when unknown.
    """

    name: str
    text: str
    start: int
    end: int
    voice: Voice
    sentiment: Sentiment | None
    speaker: str | None = None

    @property
    def tone(self) -> float | None:
        """p(positive) − p(negative) toward the target, from −1 to 1."""
        return _tone(self.sentiment)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "voice": self.voice,
            "tone": self.tone,
            "sentiment": _plain(self.sentiment),
            "speaker": self.speaker,
        }


@dataclass(frozen=True, slots=True)
class Target:
    """A person, organization, place or group that a text names, and the tone toward it.

    The tone is that of the mentions: each counts the same, and pronouns are not resolved.

    Attributes:
        name: the fullest name in the text, or the name that the user gave.
        mentions: in the order of the text, those in headings included.
    """

    name: str
    mentions: tuple[TargetMention, ...]

    @property
    def sentiment(self) -> Sentiment | None:
        """Mean probabilities over the mentions in the author's own words; None without any."""
        return _mean_sentiment(self._of("author"))

    @property
    def tone(self) -> float | None:
        """The author's tone toward the target, from −1 to 1; None where only others speak of it."""
        return _tone(self.sentiment)

    @property
    def quoted_tone(self) -> float | None:
        """Tone of the mentions inside quotations; None without any."""
        return _tone(_mean_sentiment(self._of("quoted")))

    @property
    def attributed_tone(self) -> float | None:
        """Tone of the mentions in indirect speech; None without any."""
        return _tone(_mean_sentiment(self._of("attributed")))

    def _of(self, voice: Voice) -> Iterator[Sentiment]:
        return (m.sentiment for m in self.mentions if m.voice == voice and m.sentiment)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "tone": self.tone,
            "quoted_tone": self.quoted_tone,
            "attributed_tone": self.attributed_tone,
            "sentiment": _plain(self.sentiment),
            "mentions": _plain(self.mentions),
        }


def _tone(sentiment: Sentiment | None) -> float | None:
    return sentiment.tone if sentiment else None


def _mean_sentiment(found: Iterable[Sentiment]) -> Sentiment | None:
    rows = [(one.negative, one.neutral, one.positive) for one in found]
    return Sentiment(*(sum(column) / len(rows) for column in zip(*rows, strict=True))) if rows else None


@dataclass(frozen=True, slots=True)
class TokenPart(_Fields):
    """What one token adds to a pooled logit, one value per class; ``document.text[start:end]`` are its characters."""

    start: int
    end: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Contributions(_Fields):
    """An exact decomposition of one uncalibrated logit vector: ``bias + Σ parts == logits``.

    The parts say how the pooled score is made up, not what caused it: a token's vector has already read its
    neighbours.

    Attributes:
        task: whose logit it is; ``loaded`` covers the author's tokens only.
        bias: the head's bias, one value per class (a binary task has one logit).
        parts: one entry per token, in the order of the text.
    """

    task: str
    bias: tuple[float, ...]
    parts: tuple[TokenPart, ...]

    @property
    def logits(self) -> tuple[float, ...]:
        """The uncalibrated pooled logits that the parts add up to."""
        return tuple(bias + sum(part.values[i] for part in self.parts) for i, bias in enumerate(self.bias))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, the unit that the model reads.

    Attributes:
        voice: author, quoted, attributed (indirect speech), or mixed.
        loaded: calibrated probability that the author's own words are loaded, 0 to 1; None without author words,
            and where they are only small talk, such as a greeting or a bare "Yes".
        quoted_loaded: the same for what stands inside quotations; None without quoted words.
        attributed_loaded: the same for indirect speech, which counts in ``loaded`` too; None where there is none.
        label: ``loaded`` compared with the model's two thresholds; None without author words.
        subjectivity: probability that the sentence is subjective, quotations included; like ``sentiment`` None only
            for a sentence without any token.
        author_chars, quoted_chars, attributed_chars: the weights of the three scores; attributed characters are
            author characters as well.
        n_tokens: tokens of the sentence, special tokens not counted.
        n_windows: 1, or more for a sentence longer than the encoder reads at once.
        targets: mentions of named targets in the order of the text; None from a model that does not score them, or
            where ``load(targets=[])`` asked for none.
        contributions: the parts of each logit, from ``Scorer.explain``; None otherwise.
    """

    text: str
    start: int
    end: int
    voice: SentenceVoice
    loaded: float | None
    quoted_loaded: float | None
    attributed_loaded: float | None
    label: Label | None
    subjectivity: float | None
    sentiment: Sentiment | None
    spans: tuple[Span, ...]
    author_chars: int
    quoted_chars: int
    attributed_chars: int
    n_tokens: int
    n_windows: int = 1
    targets: tuple[TargetMention, ...] | None = None
    contributions: tuple[Contributions, ...] | None = None

    @property
    def none_stands_out(self) -> bool:
        """Whether the sentence is labelled loaded though no single word in it is marked, as with irony."""
        return self.label == "loaded" and not self.spans

    @property
    def tone(self) -> float | None:
        """p(positive) − p(negative), from −1 to 1."""
        return _tone(self.sentiment)

    def to_dict(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "voice": self.voice,
            **_scores(self, "sentence"),
            "n_tokens": self.n_tokens,
            "n_windows": self.n_windows,
            "author_chars": self.author_chars,
            "quoted_chars": self.quoted_chars,
            "attributed_chars": self.attributed_chars,
            "spans": _plain(self.spans),
        }
        if self.contributions is not None:
            row["contributions"] = _plain(self.contributions)
        return row


_types = cache(get_type_hints)  # of a few classes, for each of many objects


def _read(kind: Any, value: Any) -> Any:
    """A value of a field's type, out of the plain lists and dicts that ``to_dict`` makes of it."""
    if isinstance(kind, type) and is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise _wrong_type(kind, value)
        types = _types(kind)
        given = [field for field in fields(kind) if field.name in value or field.default is MISSING]
        return kind(**{field.name: _read(types[field.name], value[field.name]) for field in given})
    if not isinstance(value, dict | list):
        return value
    inner = next((part for part in get_args(kind) if part is not NoneType), None)
    if inner is None:
        raise _wrong_type(kind, value)
    return tuple(_read(inner, item) for item in value) if get_origin(kind) is tuple else _read(inner, value)


def _wrong_type(kind: Any, value: Any) -> TypeError:
    return TypeError(f"a value must be of type {kind.__name__}, not {type(value).__name__}")


def value_of(result: Any, column: ScoreColumn) -> Any:
    """What a result says in a column of the tables; None where it has no such score."""
    value = result
    for name in (column.path or column.name).split("."):
        value = None if value is None else getattr(value, name)
    return value


def _scores(result: Sentence | Paragraph | Document, level: TableLevel) -> dict[str, Any]:
    """Every score of a result as plain values."""
    row: dict[str, Any] = {}
    for head in HEADS.values():
        columns = [column for column in head.columns if level in column.levels]
        row |= {column.name: value_of(result, column) for column in columns if not column.path}
        has_mentions = head.level == "target" and level == "sentence"
        if has_mentions or (columns and head.name in PROBABILITIES):
            row[head.field] = _plain(getattr(result, head.field))
    return row


def weighted_mean(pairs: Iterable[tuple[float | None, int]]) -> float | None:
    """Mean of scores, each weighted by its characters; None without a score."""
    total, weight = 0.0, 0
    for value, chars in pairs:
        if value is not None:
            total += value * chars
            weight += chars
    return total / weight if weight else None


class _Aggregate:
    """Scores of a passage, computed from the sentences that ``_counted`` gives."""

    __slots__ = ()

    def _counted(self) -> Iterable[Sentence]:
        raise NotImplementedError

    def _mean(self, pair: Callable[[Sentence], tuple[float | None, int]]) -> float | None:
        return weighted_mean(pair(sentence) for sentence in self._counted())

    @property
    def loaded(self) -> float | None:
        """Expected share of the author's characters that stand in loaded sentences; None without author words."""
        return self._mean(lambda s: (s.loaded, s.author_chars))

    @property
    def quoted_loaded(self) -> float | None:
        """The same for the quoted characters; None without quotations."""
        return self._mean(lambda s: (s.quoted_loaded, s.quoted_chars))

    @property
    def attributed_loaded(self) -> float | None:
        """The same for indirect speech; None where there is none."""
        return self._mean(lambda s: (s.attributed_loaded, s.attributed_chars))

    @property
    def loaded_share(self) -> float | None:
        """Share of author characters in sentences labelled loaded, 0 to 1; None without author words."""
        return self._mean(lambda s: (None if s.label is None else float(s.label == "loaded"), s.author_chars))

    @property
    def peak(self) -> float | None:
        """The highest ``loaded`` of a sentence; None without author words."""
        return max((s.loaded for s in self._counted() if s.loaded is not None), default=None)

    @property
    def subjectivity(self) -> float | None:
        """Mean subjectivity of the sentences, weighted by characters; None without sentences."""
        return self._mean(lambda s: (s.subjectivity, s.end - s.start))

    @property
    def sentiment(self) -> Sentiment | None:
        """Mean tone probabilities of the sentences, weighted by characters; None without sentences."""
        total = [0.0, 0.0, 0.0]
        chars = 0
        for sentence in self._counted():
            if tones := sentence.sentiment:
                weight = sentence.end - sentence.start
                chars += weight
                for i, value in enumerate((tones.negative, tones.neutral, tones.positive)):
                    total[i] += weight * value
        return Sentiment(*(value / chars for value in total)) if chars else None

    @property
    def tone(self) -> float | None:
        """p(positive) − p(negative), from −1 to 1; None without sentences."""
        return _tone(self.sentiment)


@dataclass(frozen=True, slots=True)
class Paragraph(_Aggregate):
    """One paragraph or heading.

    Attributes:
        kind: text, heading, quotation (a block of somebody's words) or boilerplate (bylines, captions, links, notices).
            All are scored; headings and boilerplate do not count in the document's aggregates.
        framing: lean probabilities of the paragraph as a whole.
        duplicate_of: index of the earlier paragraph with the same text, or None. It keeps its scores and counts in the
            aggregates.
    """

    text: str
    start: int
    end: int
    kind: ParagraphKind
    framing: Framing | None
    sentences: tuple[Sentence, ...]
    duplicate_of: int | None = None

    def _counted(self) -> Iterable[Sentence]:
        return self.sentences

    @property
    def counts(self) -> bool:
        """Whether it counts in the document's aggregates."""
        return self.kind in COUNTED_KINDS

    @property
    def label(self) -> Label | None:
        """``peak`` compared with the model's two thresholds; None without author words."""
        labels = {sentence.label for sentence in self.sentences} - {None}
        if "loaded" in labels:
            return "loaded"
        if not labels:
            return None
        return "uncertain" if "uncertain" in labels else "neutral"

    @property
    def spans(self) -> tuple[Span, ...]:
        """All loaded words of the paragraph, in the order of the text."""
        return tuple(span for sentence in self.sentences for span in sentence.spans)

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "kind": self.kind,
            **_scores(self, "paragraph"),
            "duplicate_of": self.duplicate_of,
            "sentences": _plain(self.sentences),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Document(_Aggregate):
    """A scored text.

    Attributes:
        text: the string as it was given.
        model: fingerprint of weights, calibration, backend and dtype; only documents that share it compare.
        framing: lean probabilities of all paragraphs that count, read together (not their mean); None without any.
        paragraphs: in the order of the text.
        quotes: every quotation, in the order of the text.
        scare_quotes: short phrases in quotation marks from which the author likely keeps a distance; few are found.
        attributions: indirect speech with its speakers, in the order of the text.
        title: the title, scored separately, with offsets into the title's own string; None where none was given.
        notes: what is odd or unknown about the text; empty for most texts.
    """

    text: str
    model: str
    framing: Framing | None
    paragraphs: tuple[Paragraph, ...]
    quotes: tuple[Quote, ...] = ()
    scare_quotes: tuple[Mention, ...] = ()
    title: Paragraph | None = None
    attributions: tuple[Attribution, ...] = ()
    notes: tuple[Note, ...] = ()

    def _counted(self) -> Iterator[Sentence]:
        return (s for paragraph in self.paragraphs if paragraph.counts for s in paragraph.sentences)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences, those of headings included, in the order of the text."""
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph.sentences)

    @property
    def spans(self) -> tuple[Span, ...]:
        """All loaded words, those of headings included, in the order of the text."""
        return tuple(span for paragraph in self.paragraphs for span in paragraph.spans)

    @property
    def targets(self) -> tuple[Target, ...] | None:
        """Named targets, most mentioned first.

        None from a model that does not score them, or where ``load(targets=[])`` asked for none.
        """
        if self.paragraphs and all(sentence.targets is None for sentence in self.sentences):
            return None
        found: dict[str, list[TargetMention]] = {}
        for sentence in self.sentences:
            for mention in sentence.targets or ():
                found.setdefault(mention.name, []).append(mention)
        return tuple(Target(name, tuple(found[name])) for name in sorted(found, key=lambda name: -len(found[name])))

    @property
    def contributions(self) -> tuple[tuple[Contributions, ...], ...] | None:
        """One entry per sentence that has tokens, from ``Scorer.explain``; None otherwise."""
        found = tuple(s.contributions for s in self.sentences if s.contributions is not None)
        return found or None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain lists, dicts, strings, numbers and None; aggregates included."""
        return {
            "schema": JSON_SCHEMA_VERSION,
            "model": self.model,
            "text": self.text,
            **_scores(self, "document"),
            "title": _plain(self.title),
            "paragraphs": _plain(self.paragraphs),
            "quotes": _plain(self.quotes),
            "scare_quotes": _plain(self.scare_quotes),
            "attributions": _plain(self.attributions),
            "notes": _plain(self.notes),
            "targets": _plain(self.targets),
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """``to_dict`` as one JSON object, on one line unless ``indent`` is given."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Document:
        """Read the output of ``to_dict``; aggregates are computed again.

        Raises:
            InputError: if it is something else.
        """
        try:
            document: Document = _read(cls, values)
        except (AttributeError, KeyError, TypeError, RecursionError) as error:
            why = f"the key {error} is missing" if isinstance(error, KeyError) else error
            raise InputError(
                f"this is not the output of Document.to_dict ({why}); use the unchanged output, or score the text again"
            ) from error
        return document

    @classmethod
    def from_json(cls, text: str) -> Document:
        """Read the output of ``to_json``.

        Raises:
            InputError: if it is something else.
        """
        try:
            values = json.loads(text)
        except (RecursionError, TypeError, ValueError) as error:
            raise InputError(f"the text is not JSON ({error}); use the output of Document.to_json") from error
        return cls.from_dict(values)

    def __repr__(self) -> str:
        loaded = "None" if self.loaded is None else f"{self.loaded:.2f}"
        return (
            f"<Document loaded={loaded} paragraphs={len(self.paragraphs)} sentences={len(self.sentences)} "
            f"spans={len(self.spans)} quotes={len(self.quotes)} model={self.model!r}>"
        )

    def _repr_html_(self) -> str:
        if len(self.text) > SHOWN_CHARS:
            told = f"{self!r} is too long to show here; biasscore.report.to_html(document) makes its page"
            return f"<p>{escape(told)}</p>"
        # The one upward import of the house: it lets a document show itself in a notebook.
        from biasscore.report import to_html

        return to_html(self, standalone=False)

"""What segmentation returns: plain ranges into the original text, no scores yet."""

from __future__ import annotations

from dataclasses import dataclass

from biasscore.results import Mention, Note, ParagraphKind, Voice


@dataclass(frozen=True, slots=True)
class VoiceRange:
    """A stretch of one voice inside a sentence.

    Attributes:
        quote: index into ``Segmentation.quotes`` for a quoted stretch, −1 otherwise.
        scored: False for words that only say who speaks (a label, a signature, ``he said`` beside a quotation) and for
            small talk (``Hello.``, ``Yes, sir.``): they claim nothing.
    """

    start: int
    end: int
    voice: Voice
    quote: int = -1
    scored: bool = True


@dataclass(frozen=True, slots=True)
class SentenceRange:
    """A sentence without surrounding whitespace; ``voices`` tile it from ``start`` to ``end`` without gaps."""

    start: int
    end: int
    paragraph: int
    voices: tuple[VoiceRange, ...]


@dataclass(frozen=True, slots=True)
class QuoteRange:
    """A quotation with its marks, or indirect speech, and whose it is where the text says so."""

    start: int
    end: int
    speaker: Mention | None = None
    cue: Mention | None = None


@dataclass(frozen=True, slots=True)
class ParagraphRange:
    """A paragraph of any kind without surrounding whitespace."""

    start: int
    end: int
    kind: ParagraphKind


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """Somebody or something that a text names.

    Attributes:
        name: the fullest form in the text, without title, or the name that the user gave.
        mentions: (start, end) characters of each mention, in the order of the text; titles included, no possessive.
    """

    name: str
    mentions: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One text cut into paragraphs and sentences, with the quotations found in it.

    Every character outside all paragraphs is whitespace or has no width (U+200B, a byte order mark), and so is every
    character of a paragraph outside its sentences. Nothing that could be scored is lost.

    Attributes:
        quotes: direct quotations, which do not overlap.
        scare_quotes: short phrases that the author puts in marks to stand apart from them.
        indirect: indirect speech (``He said the warnings were empty``) with its cue and speaker; quotations inside it
            are not cut out here, but they are in the sentences' voices.
        notes: what is odd about the text.
        targets: whom and what the text names; None where nobody looked.
        labels: speakers' labels and signatures, in order: ``ANN HALL:``. They say nothing of their own.
    """

    text: str
    paragraphs: tuple[ParagraphRange, ...]
    sentences: tuple[SentenceRange, ...]
    quotes: tuple[QuoteRange, ...]
    scare_quotes: tuple[Mention, ...]
    indirect: tuple[QuoteRange, ...] = ()
    notes: tuple[Note, ...] = ()
    targets: tuple[NamedTarget, ...] | None = None
    labels: tuple[tuple[int, int], ...] = ()

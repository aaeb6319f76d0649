"""What holds for the segmentation of any string: its ranges tile the text, and mentions stand where they say."""

from __future__ import annotations

import re

from biasscore.segment import Segmentation

_NOTHING = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")


def is_nothing(text: str) -> bool:
    """Whether a reader sees no character of a text: whitespace, and what has no width."""
    return bool(_NOTHING.fullmatch(text))


def check(text: str, found: Segmentation) -> None:
    assert found.text == text
    edge = 0
    for paragraph in found.paragraphs:
        assert edge <= paragraph.start < paragraph.end <= len(text)
        assert is_nothing(text[edge : paragraph.start])
        edge = paragraph.end
    assert is_nothing(text[edge:])

    for i, paragraph in enumerate(found.paragraphs):
        edge = paragraph.start
        for sentence in (s for s in found.sentences if s.paragraph == i):
            assert edge <= sentence.start < sentence.end <= paragraph.end
            assert is_nothing(text[edge : sentence.start])
            assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip()
            edge = sentence.end
        assert edge == paragraph.end

    for sentence in found.sentences:
        edge = sentence.start
        for piece in sentence.voices:
            assert piece.start == edge < piece.end
            assert (piece.voice == "quoted") == (piece.quote >= 0)
            assert piece.quote < len(found.quotes)
            edge = piece.end
        assert edge == sentence.end

    edge = 0
    for quote in found.quotes:
        assert edge <= quote.start < quote.end <= len(text)
        edge = quote.end
    for mention in [m for q in found.quotes for m in (q.speaker, q.cue) if m] + list(found.scare_quotes):
        assert text[mention.start : mention.end] == mention.text

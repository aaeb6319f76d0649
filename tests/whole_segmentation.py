"""What holds for the segmentation of any string: its ranges tile the text, and mentions stand where they say."""

from __future__ import annotations

from biasscore.segment import Segmentation


def check(text: str, found: Segmentation) -> None:
    assert found.text == text
    edge = 0
    for paragraph in found.paragraphs:
        assert edge <= paragraph.start < paragraph.end <= len(text)
        assert not text[edge : paragraph.start].strip()
        edge = paragraph.end
    assert not text[edge:].strip()

    for i, paragraph in enumerate(found.paragraphs):
        edge = paragraph.start
        for sentence in (s for s in found.sentences if s.paragraph == i):
            assert edge <= sentence.start < sentence.end <= paragraph.end
            assert not text[edge : sentence.start].strip()
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

"""Token probabilities to words to spans."""

import numpy as np
import pytest
from fakes import fast_tokenizer

from biasscore.engine.tokens import Tokenizer
from biasscore.predict.embedded import group_tokens
from biasscore.predict.spans import find_spans
from biasscore.predict.types import Piece, SentenceInput

TOKENIZER = Tokenizer(fast_tokenizer())


def spans_of(*texts: str, hot: str, pieces=None) -> list[list[tuple[str, str]]]:
    """Spans when every token that spells part of ``hot`` is loaded."""
    tokens = TOKENIZER(texts)
    sentences = [SentenceInput(t, pieces or (Piece(0, len(t), "author"),)) for t in texts]
    groups = group_tokens(tokens, sentences)
    probability = np.full(len(tokens.ids), 0.02)
    owner = np.repeat(np.arange(len(texts)), np.diff(tokens.bounds))
    for i, (start, end) in enumerate(zip(tokens.start, tokens.end, strict=True)):
        if texts[owner[i]][start:end].lower() in hot.split():
            probability[i] = 0.98
    found = find_spans(probability, tokens, groups.piece, sentences, 0.5)
    return [[(text[s.start : s.end], s.voice) for s in spans] for text, spans in zip(texts, found, strict=True)]


def test_neighbouring_words_make_one_span():
    assert spans_of("They said empty warnings to he", hot="empty warnings") == [[("empty warnings", "author")]]


def test_a_hyphenated_compound_is_one_span_but_a_comma_parts():
    assert spans_of("a nasty-absurd vote", hot="nasty absurd") == [[("nasty-absurd", "author")]]
    assert spans_of("a nasty, absurd vote", hot="nasty absurd") == [[("nasty", "author"), ("absurd", "author")]]


def test_one_loaded_piece_marks_the_whole_word():
    # "zebra" is spelled letter by letter; its neighbours in other sentences are words number 0 as well.
    assert spans_of("zebra", "zebra", "vote", hot="r") == [[("zebra", "author")], [("zebra", "author")], []]


def test_punctuation_alone_is_no_span():
    assert spans_of("vote ! !", hot="!") == [[]]


def test_spans_end_where_the_voice_changes():
    text = 'nasty "nasty" nasty'
    pieces = (Piece(0, 6, "author"), Piece(6, 13, "quoted", 0), Piece(13, 19, "author"))
    assert spans_of(text, hot="nasty", pieces=pieces) == [
        [("nasty", "author"), ("nasty", "quoted"), ("nasty", "author")]
    ]


def test_words_of_no_voice_are_in_no_span():
    assert spans_of("nasty vote", hot="nasty", pieces=(Piece(5, 10, "author"),)) == [[]]
    assert spans_of("nasty vote", hot="nasty", pieces=()) in ([[]], [[("nasty", "author")]])


@pytest.mark.parametrize(
    "text", ["é nasty", "🙂 nasty", "“nasty”", "a\u00adb  nasty", "\ud800 nasty", "NASTY", "n\x00 nasty"]
)
def test_offsets_are_those_of_the_text_as_given(text):
    tokens = TOKENIZER([text])
    for start, end in zip(tokens.start, tokens.end, strict=True):
        assert 0 <= start < end <= len(text)
    ((word, _),) = spans_of(text, hot="nasty")[0][-1:]
    assert word.lower() == "nasty"

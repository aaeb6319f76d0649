"""Results answer questions about themselves, consistently from span to document."""

import json
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest
from fakes import fake_scorer
from hypothesis import given
from hypothesis import strategies as st

import biasscore
from biasscore.results import (
    Attribution,
    Contributions,
    Document,
    Framing,
    Mention,
    Paragraph,
    Sentence,
    Sentiment,
    TokenPart,
)

EVEN = Framing(0.2, 0.5, 0.3)


def sentence(
    loaded=0.5, *, chars=10, quoted=None, quoted_chars=0, label="uncertain", tones=(0.2, 0.5, 0.3)
) -> Sentence:
    author = chars if loaded is not None else 0
    return Sentence(
        "x" * (chars + quoted_chars), 0, chars + quoted_chars, "author", loaded, quoted, None,
        label if loaded is not None else None, 0.4, Sentiment(*tones), (), author, quoted_chars, 0, 3,
    )  # fmt: skip


def paragraph(*sentences: Sentence, kind="text") -> Paragraph:
    return Paragraph("x", 0, 1, kind, EVEN, sentences)


def document(*paragraphs: Paragraph) -> Document:
    return Document("x", "m", EVEN, paragraphs)


def test_loaded_is_weighted_by_author_characters():
    scored = paragraph(sentence(1.0, chars=10), sentence(0.0, chars=30), sentence(None, quoted=0.9, quoted_chars=50))
    assert scored.loaded == pytest.approx(0.25)
    assert scored.quoted_loaded == pytest.approx(0.9)
    assert scored.peak == 1.0


def test_a_document_does_not_depend_on_how_it_is_cut_into_paragraphs():
    sentences = [sentence(i / 7, chars=5 + i) for i in range(8)]
    together = document(paragraph(*sentences))
    apart = document(*(paragraph(s) for s in sentences))
    for name in ("loaded", "subjectivity", "tone", "loaded_share", "peak"):
        assert getattr(together, name) == pytest.approx(getattr(apart, name))


def test_headings_stand_outside_the_aggregates():
    scored = document(paragraph(sentence(1.0), kind="heading"), paragraph(sentence(0.25)))
    assert scored.loaded == pytest.approx(0.25)
    assert scored.peak == 0.25
    assert len(scored.sentences) == 2


def test_nothing_to_score_is_none_and_never_zero():
    empty = document()
    for name in ("loaded", "quoted_loaded", "attributed_loaded", "loaded_share", "peak", "subjectivity", "tone"):
        assert getattr(empty, name) is None
    assert empty.sentiment is None
    quoted = paragraph(sentence(None, quoted=0.9, quoted_chars=50))
    assert quoted.loaded is None
    assert quoted.label is None
    assert quoted.peak is None


def test_loaded_share_counts_author_characters_of_loaded_sentences():
    scored = document(paragraph(sentence(0.9, chars=10, label="loaded"), sentence(0.1, chars=30, label="neutral")))
    assert scored.loaded_share == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("neutral", "neutral"), "neutral"),
        (("neutral", "uncertain"), "uncertain"),
        (("neutral", "loaded", "uncertain"), "loaded"),
    ],
)
def test_a_paragraph_is_labelled_by_its_peak(labels, expected):
    assert paragraph(*(sentence(0.5, label=label) for label in labels)).label == expected


def test_tone_is_positive_minus_negative():
    scored = paragraph(sentence(tones=(0.1, 0.2, 0.7), chars=10), sentence(tones=(0.7, 0.2, 0.1), chars=10))
    assert scored.sentences[0].tone == pytest.approx(0.6)
    assert scored.tone == pytest.approx(0)


def test_results_are_frozen_picklable_and_comparable():
    scored = fake_scorer().score("The senator said they warnings. “Absurd,” he said.\n\nA vote.", title="A vote")
    assert pickle.loads(pickle.dumps(scored)) == scored
    assert replace(scored, model="another") != scored
    with pytest.raises(FrozenInstanceError):
        scored.text = "edited"


@pytest.mark.parametrize("explained", [False, True])
def test_a_document_is_read_back_as_it_was(explained):
    text = "The senator said absurd vote.\n\n“They absurd,” he said, the nasty regime.\n\nHe warned that they absurd."
    scorer = fake_scorer()
    document = (scorer.explain if explained else scorer.score)(text, "A nasty vote")
    assert biasscore.Document.from_json(document.to_json()) == document
    assert biasscore.Document.from_dict(document.to_dict()) == document
    assert biasscore.Document.from_json(scorer.score("").to_json()) == scorer.score("")


@pytest.mark.parametrize(
    "broken", ["{", "[]", "3", '{"text": "A vote."}', '{"text": "x", "paragraphs": [3]}', "[" * 20_000]
)
def test_what_is_no_document_is_told(broken):
    said = (
        r"is not JSON|is not the output of Document\.to_dict \((the key '\w+' is missing|a value must be of type \w+, "
        r"not \w+)\); use the unchanged output, or score the text again"
    )
    with pytest.raises(biasscore.InputError, match=said):
        biasscore.Document.from_json(broken)


def test_json_holds_every_public_score_and_no_nan():
    scored = fake_scorer().score("The regime. “It is absurd,” he said.", title="A vote")
    row = json.loads(scored.to_json())
    assert row["schema"] == 1
    for name in ("loaded", "quoted_loaded", "loaded_share", "peak", "subjectivity", "tone"):
        assert row[name] == pytest.approx(getattr(scored, name))
    assert row["paragraphs"][0]["sentences"][0]["spans"][0]["text"] == "regime"
    assert row["title"]["text"] == "A vote"
    assert row["quotes"][0]["text"] == "“It is absurd,”"


def test_repr_is_short_and_says_what_matters():
    scored = fake_scorer().score("The regime. " * 500)
    assert len(repr(scored)) < 160
    assert "fake@0" in repr(scored)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), max_size=6), st.floats(-5, 5), st.floats(-5, 5))
def test_contributions_add_up(values, one, two):
    parts = tuple(TokenPart(i, i + 1, pair) for i, pair in enumerate(values))
    logits = Contributions("sentiment", (one, two), parts).logits
    assert logits == pytest.approx((one + sum(v[0] for v in values), two + sum(v[1] for v in values)))


def test_public_names_are_exactly_these():
    assert set(biasscore.__all__) == set(dir(biasscore))
    for name in biasscore.__all__:
        assert getattr(biasscore, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        biasscore.nonsense  # noqa: B018


def test_attributions_say_who_is_reported() -> None:
    said = Attribution("the warnings were empty", 8, 31, Mention("He", 0, 2), Mention("said", 3, 7))
    document = Document("He said the warnings were empty.", "m", None, (), attributions=(said,))
    row = document.to_dict()["attributions"][0]
    assert (row["text"], row["speaker"]["text"], row["cue"]["text"]) == ("the warnings were empty", "He", "said")
    assert Attribution("it rained", 0, 9).to_dict()["speaker"] is None


def test_a_loaded_sentence_without_a_mark_says_that_none_stands_out():
    marked = fake_scorer().score("The absurd nasty regime said they vote.").paragraphs[0].sentences[0]
    assert marked.spans
    assert not replace(marked, label="loaded").none_stands_out
    assert replace(marked, label="loaded", spans=()).none_stands_out
    assert not replace(marked, label="neutral", spans=()).none_stands_out
    assert not sentence(None).none_stands_out

"""The pipeline with a fake engine: offsets, order, batching, windows, voices."""

import dataclasses
import io
import sys
import threading

import numpy as np
import pytest
from fakes import FakeEngine, fake_scorer
from hypothesis import given, settings
from hypothesis import strategies as st

import biasscore
from biasscore import Article, InputError, ModelError

WORDS = "the senator said absurd vote regime empty warnings bill he she is nasty".split()
TEXT = st.text(st.sampled_from("ab .,!?“”\"'’-\n\r\t\x00é🙂\u2028\ud800"), max_size=80)
PROSE = st.lists(st.sampled_from([*WORDS, ".", "“", "”", "\n\n", ","]), max_size=60).map(" ".join)


def engine(scorer) -> FakeEngine:
    return scorer._model.reader.network


@given(st.one_of(TEXT, PROSE))
def test_every_slice_equals_its_text(text):
    document = fake_scorer().score(text)
    assert document.text == text
    parts = [*document.paragraphs, *document.sentences, *document.spans, *document.quotes, *document.scare_quotes]
    for part in parts:
        assert text[part.start : part.end] == part.text
        assert part.text
    for paragraph in document.paragraphs:
        joined = "".join(sentence.text for sentence in paragraph.sentences)
        assert "".join(joined.split()) == "".join(paragraph.text.split())


@given(st.lists(PROSE, max_size=8), st.integers(8, 600), st.randoms())
@settings(max_examples=50)
def test_results_do_not_depend_on_company_order_or_budget(texts, budget, random):
    alone = [fake_scorer().score(text) for text in texts]
    crowd = fake_scorer(budget=budget)
    assert crowd.score_many(texts) == alone
    order = list(range(len(texts)))
    random.shuffle(order)
    assert crowd.score_many([texts[i] for i in order]) == [alone[i] for i in order]


def test_streaming_keeps_order_over_windows(monkeypatch):
    monkeypatch.setattr("biasscore.scorer.WINDOW_CHARS", 40)
    texts = [f"The senator said {'absurd ' * (i % 5)}vote {i}." for i in range(30)]
    assert [document.text for document in fake_scorer().stream(texts)] == texts


def test_streaming_draws_no_more_than_it_needs(monkeypatch):
    monkeypatch.setattr("biasscore.scorer.WINDOW_CHARS", 40)
    drawn = []

    def endless():
        while True:
            drawn.append(threading.current_thread())
            yield "The senator said absurd."

    stream = fake_scorer().stream(endless())
    for _ in range(4):
        next(stream)
    stream.close()
    assert len(drawn) <= 12
    assert set(drawn) == {threading.current_thread()}


def test_score_many_equals_score_with_titles():
    scorer = fake_scorer()
    articles = [Article("The vote.", "Absurd regime?"), "The senator said.", Article("A bill.", "")]
    scored = scorer.score_many(articles)
    assert scored[0] == scorer.score("The vote.", title="Absurd regime?")
    assert scored[0].title.text == "Absurd regime?"
    assert scored[0].title.kind == "heading"
    assert scored[1].title is None
    assert scored[2].title is None
    assert scored[0].loaded == scorer.score("The vote.").loaded


def test_a_long_sentence_runs_in_windows_and_nothing_is_cut():
    scorer = fake_scorer(max_tokens=16)
    text = "the senator said " * 60 + "absurd."
    (sentence,) = scorer.score(text).sentences
    assert sentence.n_tokens == 182
    assert sentence.n_windows > 10
    assert sentence.spans[-1].text == "absurd"
    # The fake engine reads a token by its id alone, so windows must not change any number.
    whole = fake_scorer(max_tokens=400).score(text).sentences[0]
    assert whole.n_windows == 1
    assert dataclasses.replace(sentence, n_windows=1) == whole
    assert max(max(batch) for batch in engine(scorer).batches) <= 16


def test_repeated_sentences_are_forwarded_once():
    scorer = fake_scorer()
    scorer.score_many(["The senator said absurd.", "A vote.", "The senator said absurd."] * 5)
    assert scorer.stats.sentences == 15
    assert scorer.stats.forwarded == 2
    assert sum(len(batch) for batch in engine(scorer).batches) == 2


def test_loaded_reads_the_authors_words_and_quoted_loaded_the_rest():
    scorer = fake_scorer()
    plain, blamed = scorer.score_many(
        ["“They vote,” he said, the absurd regime.", "“They absurd regime,” he said, the vote."]
    )
    assert plain.loaded > blamed.loaded
    assert plain.quoted_loaded < blamed.quoted_loaded
    assert [span.voice for span in plain.spans] == ["author"]
    assert [span.voice for span in blamed.spans] == ["quoted"]
    assert blamed.quotes[0].loaded == blamed.quoted_loaded


def test_a_sentence_without_author_words_has_no_loaded():
    document = fake_scorer().score("“They absurd regime.”")
    (sentence,) = document.sentences
    assert sentence.voice == "quoted"
    assert sentence.loaded is None
    assert sentence.label is None
    assert sentence.quoted_loaded is not None
    assert document.loaded is None
    assert '"loaded": null' in document.to_json()


def test_a_repeated_paragraph_says_so():
    document = fake_scorer().score("The vote.\n\nA bill.\n\nThe vote.")
    assert [p.duplicate_of for p in document.paragraphs] == [None, None, 0]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\x00\x01", "\u200b"])
def test_texts_without_words_are_scored_without_complaint(text):
    document = fake_scorer().score(text)
    assert document.loaded is None
    assert document.text == text


@pytest.mark.parametrize("texts", ["one string", [b"bytes"], [None], [3], [Article(None)], [Article("x", 3)]], ids=str)
def test_what_is_not_text_is_refused_with_a_mend(texts):
    with pytest.raises(InputError):
        fake_scorer().score_many(texts)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (
            float("nan"),
            r"text 3 \(counted from 0\) must be a str or biasscore.Article, not float; remove or fill missing",
        ),
        (Article(None), r"text 3 \(counted from 0\) must be a str, not NoneType; remove or fill missing"),
        (Article("A vote.", 5), r"the title of text 3 \(counted from 0\) must be a str or None, not int"),
    ],
)
def test_one_bad_text_among_many_is_told_with_its_place(bad, said):
    with pytest.raises(InputError, match=said):
        fake_scorer().score_many(["A vote."] * 3 + [bad])
    with pytest.raises(InputError, match=r"^the text must be a str, not NoneType$"):
        fake_scorer().score(None)


@pytest.mark.parametrize(
    ("call", "mend"),
    [
        (lambda scorer: scorer.score_many(np.array("a")), r"use score\(text\)"),
        (lambda scorer: scorer.score_many([Article("A vote.", blocks=None)]), "'blocks' must be a tuple of"),
        (lambda scorer: scorer.score_many([Article("A vote.", blocks="x")]), "'blocks' must be a tuple of"),
        (
            lambda scorer: scorer.score_many([Article("A vote.", blocks=((0, 3, "heading"),))]),
            "'blocks' must be a tuple",
        ),
        (lambda scorer: biasscore.score_frame([{"text": "A vote."}, 5], scorer=scorer), "row 1 must be a dict"),
        (lambda _: biasscore.to_frame(None), "must be a list of Document"),
        (lambda _: biasscore.to_frame(["a"]), "must be a list of Document, not of str"),
        (lambda scorer: biasscore.to_frame([scorer.score("A vote.")], ids=5), "one id per document"),
        (lambda _: biasscore.Document.from_json(None), "use the output of Document.to_json"),
        (lambda _: biasscore.load(labels=5), "give a dict with the names"),
        (lambda _: biasscore.load(labels={"sentiment": 5}), "give a dict with the names"),
        (lambda _: biasscore.load(labels={"sentiment": [0, 1, 2]}), "give a dict with the names"),
        (lambda _: biasscore.load("small", device="cpu", prior="x"), "prior must be a number|number between 0 and 1"),
        (lambda _: biasscore.load("small", device="cpu", finder=5), "unknown finder 5; set"),
    ],
)
def test_a_wrong_argument_is_told_with_the_right_one(call, mend):
    with pytest.raises(InputError, match=mend) as caught:
        call(fake_scorer())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["x" * 300, "/" + "x" * 5_000, "~nobody-here/model"])
def test_a_name_that_cannot_be_looked_for_is_no_model(name):
    with pytest.raises(ModelError, match="cannot look for the model") as caught:
        biasscore.load(name)
    assert len(str(caught.value)) < 300


def test_explain_adds_up_and_changes_no_score():
    scorer = fake_scorer(max_tokens=16)
    text = "The senator said absurd vote. “They absurd,” he said. " + "the regime " * 30
    explained, scored = scorer.explain(text), scorer.score(text)
    assert scored.contributions is None
    assert [s.contributions for s in scored.sentences] == [None] * 3
    for sentence in explained.sentences:
        for part in sentence.contributions:
            if part.task == "loaded":
                logit = part.logits[0]
                assert 1 / (1 + np.exp(-logit)) == pytest.approx(sentence.loaded, abs=1e-5)
            if part.task == "sentiment":
                odds = np.exp(part.logits)
                assert (odds / odds.sum())[0] == pytest.approx(sentence.sentiment.negative, abs=1e-5)
    stripped = [dataclasses.replace(s, contributions=None) for s in explained.sentences]
    assert stripped == list(scored.sentences)


def test_framing_of_a_document_pools_all_sentences_and_skips_headings():
    scorer = fake_scorer()
    one = scorer.score("The senator said vote.")
    assert one.framing == one.paragraphs[0].framing
    with_heading = scorer.score("# absurd regime\n\nThe senator said vote.")
    assert with_heading.paragraphs[0].kind == "heading"
    assert with_heading.framing.left == pytest.approx(one.framing.left)


def test_an_error_while_segmenting_or_reading_reaches_the_caller():
    def broken():
        yield "The vote."
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        list(fake_scorer().stream(broken()))


def test_a_stream_that_is_read_after_its_scorer_was_closed_says_so():
    with fake_scorer() as scorer:
        stream = scorer.stream(["A vote."])
    with pytest.raises(InputError, match="this scorer is closed"):
        next(stream)


def test_a_stream_whose_scorer_is_closed_in_the_middle_says_so(monkeypatch, tiny_model):
    monkeypatch.setattr("biasscore.scorer.WINDOW_CHARS", 40)
    scorer = biasscore.load(tiny_model, device="cpu", dtype="float32", threads=1)
    stream = scorer.stream([f"The senator said vote {i}." for i in range(30)])
    next(stream)
    scorer.close()
    with pytest.raises(InputError, match="this scorer is closed"):
        list(stream)


def test_a_thread_that_fails_while_its_scorer_is_being_closed_says_so(monkeypatch, tiny_model):
    monkeypatch.setattr("biasscore.scorer.WINDOW_CHARS", 40)
    scorer = biasscore.load(tiny_model, device="cpu", dtype="float32", threads=1)
    stream = scorer.stream([f"The senator said vote {i}." for i in range(30)])
    next(stream)
    end = type(scorer._model).close

    def slow_end(model):
        end(model)
        # The other thread meets the engine without threads before close returns.
        with pytest.raises(InputError, match="this scorer is closed"):
            list(stream)

    monkeypatch.setattr(type(scorer._model), "close", slow_end)
    scorer.close()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "count", "options", "shown"),
    [
        (_Terminal, 300, {}, True),
        (_Terminal, 300, {"progress": False}, False),
        (_Terminal, 3, {}, False),
        (io.StringIO, 300, {}, False),
    ],
)
def test_long_lists_show_a_bar_in_a_terminal(monkeypatch, stream, count, options, shown):
    monkeypatch.setattr(sys, "stderr", written := stream())
    assert len(fake_scorer().score_many(["A vote."] * count, **options)) == count
    assert ("300/300" in written.getvalue()) is shown

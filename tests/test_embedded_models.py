"""The shipped models on real sentences: what they must get right, and that their numbers hold still."""

import json
import random
from pathlib import Path

import pytest

import biasscore
from biasscore.engine.tolerance import FROM_COMPANY
from biasscore.predict import checkpoints

ROOT = Path(__file__).parents[1]
PAIRS = [json.loads(line) for line in (ROOT / "tests/data/minimal_pairs.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module", params=["base", "small"])
def scorer(request):
    return biasscore.load(request.param)


@pytest.fixture(scope="module")
def articles():
    return [(ROOT / "examples" / name).read_text(encoding="utf-8") for name in ("report.txt", "opinion.txt")]


def test_minimal_pairs_are_ordered_right(scorer):
    loaded = scorer.score_many([pair["loaded"] for pair in PAIRS])
    plain = scorer.score_many([pair["plain"] for pair in PAIRS])
    right = sum(a.loaded > b.loaded for a, b in zip(loaded, plain, strict=True))
    assert len(PAIRS) == 20
    assert right >= 18


def test_of_two_articles_on_one_event_the_opinion_is_the_more_loaded(scorer, articles):
    report, opinion = scorer.score_many(articles)
    assert opinion.loaded > report.loaded + 0.2
    assert opinion.loaded_share > report.loaded_share
    assert opinion.subjectivity > report.subjectivity


def test_the_reporter_is_not_blamed_for_the_words_of_those_quoted(scorer):
    said = "“This is a disgraceful betrayal by a corrupt and cowardly regime,” Senator Mary Jones said on Monday."
    wrote = "This is a disgraceful betrayal by a corrupt and cowardly regime, and Senator Mary Jones said so on Monday."
    quoting, writing = scorer.score_many([said, wrote])
    # Words that only say who speaks make no claim that could be loaded.
    assert quoting.loaded is None
    assert quoting.quoted_loaded == pytest.approx(writing.loaded, abs=0.15)
    assert quoting.quotes[0].speaker.text.endswith("Mary Jones")
    assert not [span for span in quoting.spans if span.voice == "author"]


def test_the_word_beside_a_quoted_one_is_not_marked(scorer):
    pairs = (
        ("stupid", "acts"),
        ("corrupt", "judges"),
        ("idiotic", "policy"),
        ("disgusting", "people"),
        ("rigged", "system"),
    )
    documents = scorer.score_many([f"The mayor attacked the “{one}” {other} of the council." for one, other in pairs])
    marked = [
        [span.text for s in d.paragraphs[0].sentences for span in s.spans if span.voice == "author"] for d in documents
    ]
    assert not any(other in " ".join(words) for words, (_, other) in zip(marked, pairs, strict=True))
    assert "sham" in " ".join(span.text for span in scorer.score("The “reform” is a disgraceful sham.").spans)


def test_marked_words_are_the_loaded_ones(scorer):
    text = "The radical mob staged a shameful and hysterical spectacle outside the courthouse on Tuesday."
    marked = {word for span in scorer.score(text).spans for word in span.text.split()}
    assert marked & {"radical", "mob", "shameful", "hysterical", "spectacle"}
    assert not marked & {"The", "outside", "the", "courthouse", "on", "Tuesday"}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_score_does_not_depend_on_its_company(articles, dtype):
    texts = [paragraph for article in articles for paragraph in article.split("\n\n")]
    one, other = biasscore.load(dtype=dtype, backend="torch"), biasscore.load(dtype=dtype, backend="torch", budget=700)
    alone = [one.score(text) for text in texts]
    order = random.Random(0).sample(range(len(texts)), len(texts))
    crowd = other.score_many([texts[i] for i in order])
    for i, document in zip(order, crowd, strict=True):
        assert document.loaded == pytest.approx(alone[i].loaded, abs=FROM_COMPANY[dtype])
        assert document.subjectivity == pytest.approx(alone[i].subjectivity, abs=FROM_COMPANY[dtype])
        assert document.framing.left == pytest.approx(alone[i].framing.left, abs=FROM_COMPANY[dtype])


def test_small_is_small_and_all_weights_fit_into_a_checkout():
    sizes = {name: checkpoints.read(name).size for name in checkpoints.available()}
    assert sizes["small"] < sizes["base"]
    assert sum(sizes.values()) < 60e6


def test_a_long_sentence_is_read_to_its_end(scorer):
    plain = "The committee met on Tuesday and heard from the engineer, the auditor, the clerk, "
    text = plain * 30 + "and that disgraceful gang of crooks."
    (sentence,) = scorer.score(text).sentences
    assert sentence.n_windows > 1
    assert any("disgraceful" in span.text for span in sentence.spans)
    explained = scorer.explain(text).sentences[0].contributions
    assert {part.task for part in explained} == {"loaded", "subjectivity", "sentiment"}
    assert explained[0].parts[-1].end == len(text)

"""Corpora whose labels are more than one column: single answers on BABE, MPQA's expressions, propaganda spans."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_training import tiny_tokenizer

from biasscore.training.corpora import read_corpus
from biasscore.training.examples import encode, sentence_example

ABSURD, PLAIN, OLD = "the absurd vote", "the council vote", "the vicious bridge"


@pytest.fixture
def babe(tmp_path: Path) -> Path:
    def published(text, loaded, words):
        common = {"dataset": "babe", "split": "train", "outlet": "Post", "lean": "right"}
        return {**common, "text": text, "loaded": loaded, "loaded_words": words}

    rows = [published(ABSURD, 1, ["absurd"]), published(PLAIN, 0, []), published(OLD, 1, None)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "loaded.parquet")
    mark = {"start": 4, "end": 10, "n_marked": 1, "n_annotators": 4}
    said = {"expert_share": 0.75, "llm_gpt_4": 1, "llm_mixtral_8x7b": 0}
    votes = [
        {"text": ABSURD, **said, "marks": [mark]},
        {"text": PLAIN, **said, "expert_share": None, "marks": []},
        {"text": OLD, **said, "marks": []},
    ]
    pq.write_table(pa.Table.from_pylist(votes), tmp_path / "babe_votes.parquet")
    return tmp_path


def targets(row, votes=0.6):
    return sentence_example(row, encode(tiny_tokenizer(), [row.text], 32)[0], votes=votes, weight=1.0)


def test_the_label_is_mixed_with_the_votes_where_all_are_there(babe):
    absurd, plain, _ = read_corpus("babe", babe)
    assert targets(absurd).loaded == pytest.approx(0.4 + 0.2 * (0.75 + 1 + 0))
    assert targets(plain).loaded == 0


def test_words_are_taught_by_the_share_that_marked_them(babe):
    absurd, plain, _ = read_corpus("babe", babe)
    assert targets(absurd).marked[1:-1].tolist() == [0, 0.25, 0]
    assert targets(plain).marked[1:-1].tolist() == [0, 0, 0]
    assert absurd.marked == ("absurd",)


def test_words_whose_marks_are_lost_are_not_taught_as_neutral(babe):
    old = read_corpus("babe", babe)[2]
    assert old.loaded == 1
    assert targets(old).marked is None


def test_without_the_file_of_votes_the_published_labels_teach(babe):
    (babe / "babe_votes.parquet").unlink()
    absurd, _, old = read_corpus("babe", babe)
    assert targets(absurd).loaded == 1
    assert targets(absurd).marked[1:-1].tolist() == [0, 1, 0]
    assert targets(old).marked is None


def test_propaganda_teaches_words_alone_and_leaves_out_what_other_tests_hold(tmp_path):
    sentences = ["The vicious mob came.", "They met the council.", "Then they left.", "The absurd vote was on."]
    text = " ".join(sentences)

    def place(part):
        return {"start": text.index(part), "end": text.index(part) + len(part)}

    spans = [
        {**place("vicious mob"), "technique": "Loaded_Language"},
        {**place("met the council"), "technique": "Doubt"},
        {**place("absurd"), "technique": "Name_Calling-Labeling"},
    ]
    article = {"dataset": "ptc", "split": "train", "text": text, "spans": spans, "skip": [place(sentences[3])]}
    pq.write_table(pa.Table.from_pylist([article]), tmp_path / "propaganda_spans.parquet")
    first, second = read_corpus("ptc", tmp_path)
    assert (first.text, second.text) == (sentences[0], sentences[1])
    assert [first.text[a:b] for a, b, _ in first.marks] == ["vicious mob"]
    assert second.marks == ()
    assert first.loaded is second.loaded is None
    assert not np.isfinite(targets(first).loaded)


def test_expressions_are_subjective_where_the_writer_speaks(tmp_path):
    def sentence(text, own, *, subset="mpqaOriginal", unsure=False):
        known = {"dataset": "mpqa-2.0", "split": "train", "subset": subset, "unsure": unsure}
        return {**known, "text": text, "writer_own": own, "writer_subjective": 1}

    rows = [sentence("a b", 1), sentence("c d", 0), sentence("e f", 0, unsure=True), sentence("g h", 1, subset="ula")]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "opinion_expressions.parquet")
    assert [(row.text, row.subjective) for row in read_corpus("mpqa-2.0", tmp_path)] == [("a b", 1), ("c d", 0)]

"""Framing by wording: the n-grams of a passage, their logits, and their way through a checkpoint and the scorer."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import biasscore
from biasscore.engine.tokens import Tokens
from biasscore.errors import ModelError
from biasscore.predict import checkpoints
from biasscore.predict.ngrams import PAIR_BUCKETS, NgramHead, Occurrences, occurrences
from biasscore.predict.types import Passage

VOCABULARY = 20
WIDTH = VOCABULARY + PAIR_BUCKETS
DAMPING = 7.0


def tokens_of(*sentences: list[int]) -> Tokens:
    ids = np.array([i for sentence in sentences for i in sentence], dtype=np.int32)
    nothing = np.zeros(len(ids), dtype=np.int64)
    return Tokens(ids, nothing, nothing, nothing, np.cumsum([0, *map(len, sentences)]))


def head(seed: int = 0) -> NgramHead:
    rng = np.random.default_rng(seed)
    rarity = rng.uniform(0, 2, WIDTH).astype(np.float32)
    weight, bias = rng.normal(size=(WIDTH, 3)), np.array([0.1, 0.2, 0.3])
    return NgramHead(*(np.asarray(part, np.float32) for part in (weight, rarity, bias, [DAMPING])))


def ngrams(tokens: Tokens, *sentences: int) -> set[int]:
    return set(occurrences(tokens, [Passage(sentences)], VOCABULARY).ngram.tolist())


def by_hand(model: NgramHead, found: set[int]) -> list[float]:
    evidence = sum(float(model.rarity[f]) ** 2 for f in found)
    length = sqrt(evidence + DAMPING)
    return [
        float(model.bias[c]) * evidence / length**2
        + sum(float(model.rarity[f] * model.weight[f, c]) for f in found) / length
        for c in range(3)
    ]


def test_logits_are_those_of_the_formula() -> None:
    tokens, model = tokens_of([3, 4, 3], [5], [4, 3]), head()
    passages = [Passage((0, 1)), Passage((2,)), Passage((0, 1, 2))]
    found = model(tokens, passages)
    expected = [by_hand(model, ngrams(tokens, *passage.sentences)) for passage in passages]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_the_same_words_say_more_the_more_of_them_there_are() -> None:
    model = NgramHead(
        np.tile(np.array([[-1.0, 0.0, 1.0]], np.float32), (WIDTH, 1)),
        np.ones(WIDTH, np.float32),
        np.zeros(3, np.float32),
        np.array([DAMPING], np.float32),
    )
    sentences = [list(range(n)) for n in range(1, VOCABULARY)]
    found = model(tokens_of(*sentences), [Passage((i,)) for i in range(len(sentences))])
    assert (np.diff(found[:, 2]) > 0).all()
    assert (np.diff(found[:, 0]) < 0).all()


def test_heads_written_before_damping_are_read_without_it(tiny_model: Path, tmp_path: Path) -> None:
    width = checkpoints.read(tiny_model).encoder.vocab_size + PAIR_BUCKETS
    full = NgramHead(np.zeros((width, 3), np.float32), np.ones(width, np.float32), np.zeros(3, np.float32), np.ones(1))
    folder = rewritten(tiny_model, tmp_path / "model", full)
    read = checkpoints.read(folder)
    tensors = {name: t for name, t in load_file(folder / checkpoints.WEIGHTS).items() if name != "ngrams.damping"}
    save_file(tensors, folder / checkpoints.WEIGHTS)
    found = read.ngrams()
    assert found is not None
    assert found.damping.tolist() == [0.0]


def test_no_pair_reaches_into_the_next_sentence_and_order_counts() -> None:
    tokens = tokens_of([3, 4], [5, 6], [4, 3])
    both, singles = ngrams(tokens, 0, 1), {3, 4, 5, 6}
    assert len(both - singles) == 2
    assert ngrams(tokens, 0) != ngrams(tokens, 2)


def test_how_often_a_word_stands_does_not_matter() -> None:
    tokens, model = tokens_of([3, 4], [3, 4]), head()
    once, twice = model(tokens, [Passage((0,)), Passage((0, 1))])
    np.testing.assert_allclose(once, twice, rtol=1e-6)


def test_a_passage_of_unknown_words_is_of_no_lean_and_an_empty_one_gets_nothing() -> None:
    model = replace(head(), rarity=np.zeros(WIDTH, np.float32))
    unknown, empty, nothing = model(tokens_of([3, 4], []), [Passage((0,)), Passage((1,)), Passage(())])
    np.testing.assert_array_equal(unknown, 0)
    assert np.isnan(empty).all()
    assert np.isnan(nothing).all()


@given(st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=6), min_size=1, max_size=6), st.data())
def test_a_passage_scores_the_same_in_any_company_and_order(sentences: list[list[int]], data: st.DataObject) -> None:
    tokens, model = tokens_of(*sentences), head()
    chosen = tuple(data.draw(st.permutations(range(len(sentences)))))
    alone = model(tokens, [Passage(chosen)])[0]
    crowd = model(tokens, [Passage((0,)), Passage(tuple(sorted(chosen))), Passage(chosen[:1])])[1]
    np.testing.assert_allclose(alone, crowd, rtol=1e-5)


def test_a_checkpoint_keeps_the_head_and_the_scorer_answers_with_it(tiny_model: Path, tmp_path: Path) -> None:
    checkpoint = checkpoints.read(tiny_model)
    width, rng = checkpoint.encoder.vocab_size + PAIR_BUCKETS, np.random.default_rng(1)
    given_head = NgramHead(
        rng.normal(size=(width, 3)).astype(np.float16).astype(np.float32),
        np.ones(width, np.float32),
        np.zeros(3, np.float32),
        np.ones(1, np.float32),
    )
    folder = rewritten(tiny_model, tmp_path / "model", given_head)
    found = checkpoints.read(folder).ngrams()
    assert found is not None
    np.testing.assert_array_equal(found.weight, given_head.weight)
    assert checkpoint.ngrams() is None
    text = "The vote was close.\n\nA council left the river."
    scorer, other = biasscore.load(folder, dtype="float32"), biasscore.load(tiny_model, dtype="float32")
    here, there = scorer.score(text), other.score(text)
    assert here.framing != there.framing
    assert [s.loaded for p in here.paragraphs for s in p.sentences] == [
        s.loaded for p in there.paragraphs for s in p.sentences
    ]
    assert scorer.score("A council left the river.").framing == here.paragraphs[1].framing


def test_a_head_of_the_wrong_shape_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    width = checkpoints.read(tiny_model).encoder.vocab_size + PAIR_BUCKETS
    broken = NgramHead(
        np.zeros((width, 2), np.float32), np.ones(width, np.float32), np.zeros(3, np.float32), np.ones(1, np.float32)
    )
    folder = rewritten(tiny_model, tmp_path / "model", broken)
    with pytest.raises(ModelError, match=r"ngrams\.weight"):
        checkpoints.read(folder).ngrams()


def test_numbers_of_the_head_that_give_no_logits_are_told(tiny_model: Path, tmp_path: Path) -> None:
    width = checkpoints.read(tiny_model).encoder.vocab_size + PAIR_BUCKETS
    weight, rarity, bias = np.zeros((width, 3), np.float32), np.ones(width, np.float32), np.zeros(3, np.float32)
    folder = rewritten(tiny_model, tmp_path / "model", NgramHead(weight, rarity, bias, -np.ones(1, np.float32)))
    with pytest.raises(ModelError, match=r"ngrams\.damping.* must be 0 or more"):
        checkpoints.read(folder).ngrams()
    head = NgramHead(np.full_like(weight, 3e38), rarity, bias, np.zeros(1, np.float32))
    found = Occurrences(np.zeros(9, np.int64), np.arange(9))
    with pytest.raises(ModelError, match="gives NaN or infinity"), np.errstate(over="ignore"):
        head.logits(found, 1)


def test_a_file_without_the_promised_head_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    width = checkpoints.read(tiny_model).encoder.vocab_size + PAIR_BUCKETS
    full = NgramHead(
        np.zeros((width, 3), np.float32), np.ones(width, np.float32), np.zeros(3, np.float32), np.ones(1, np.float32)
    )
    folder = rewritten(tiny_model, tmp_path / "model", full)
    read = checkpoints.read(folder)
    tensors = {name: t for name, t in load_file(folder / checkpoints.WEIGHTS).items() if name != "ngrams.bias"}
    save_file(tensors, folder / checkpoints.WEIGHTS)
    with pytest.raises(ModelError, match=r"ngrams\.bias"):
        read.ngrams()


def rewritten(source: Path, target: Path, ngrams: NgramHead) -> Path:
    """The same model with a framing head on n-grams."""
    read = checkpoints.read(source)
    checkpoints.write(
        target,
        name=read.name,
        encoder=read.encoder,
        max_tokens=read.max_tokens,
        weights=read.weights(),
        tokenizer_json=read.tokenizer_file.read_text(encoding="utf-8"),
        calibration=read.calibration,
        ngrams=ngrams,
    )
    return target

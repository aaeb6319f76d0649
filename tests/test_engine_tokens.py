"""Tokenising: what is done to plain texts in a shorter way gives what the library's whole way gives."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from fakes import fast_tokenizer
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as FastTokenizer
from tokenizers import models, normalizers, pre_tokenizers

from biasscore.engine.tokens import Tokenizer, encodable, pack
from biasscore.predict import checkpoints

FIELDS = ("ids", "start", "end", "word", "bounds")
NEWS = [
    "“Don’t — ever,” he said…",
    "Café OWNERS lost $3.5 bn",
    "[MASK] and [SEP]",
    "a_b^c`d|{e}~",
    "İstanbul",
    "\x00 a\tb",
    "",
]


@cache
def embedded() -> FastTokenizer:
    return FastTokenizer.from_file(str(checkpoints.read("base").tokenizer_file))


@pytest.fixture(scope="module", params=[fast_tokenizer, embedded], ids=["tiny", "base"])
def fast(request):
    return request.param()


def assert_as_the_library(fast, texts):
    ours = Tokenizer(fast)(texts)
    theirs = pack(fast.encode_batch([encodable(text) for text in texts], add_special_tokens=False))
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field))


def test_texts_of_news_are_tokenised_as_by_the_library(fast):
    assert_as_the_library(fast, NEWS)
    assert_as_the_library(fast, [])


@given(st.lists(st.text(st.characters(max_codepoint=0x2100)) | st.text("aB[]{}_^’”… —$\t"), max_size=6))
def test_any_text_is_tokenised_as_by_the_library(texts):
    assert_as_the_library(embedded(), texts)


def test_cased_tokenizers_keep_their_case():
    fast = FastTokenizer(models.WordPiece({"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "US": 3, "us": 4}, unk_token="[UNK]"))
    fast.normalizer = normalizers.BertNormalizer(lowercase=False)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    assert Tokenizer(fast)(["US us"]).ids.tolist() == [3, 4]


def test_tokens_of_a_text_stand_in_order_within_it(fast):
    tokens = Tokenizer(fast)(NEWS)
    for text, (first, last) in zip(NEWS, pairwise(tokens.bounds), strict=True):
        assert (tokens.start[first:last] < tokens.end[first:last]).all()
        assert (tokens.end[first:last] <= len(text)).all()
        assert (np.diff(tokens.word[first:last]) >= 0).all()

"""A cut vocabulary: frequent tokens keep their vectors, other words are read in pieces, nothing becomes unknown."""

import json

import pytest
import torch
from hub_models import SENTENCES, make
from tokenizers import Tokenizer

from biasscore.engine.network import Layout
from biasscore.errors import TrainingError
from biasscore.training.start import cut, frequent, start


@pytest.mark.parametrize("family", ["bert", "mpnet"])
def test_words_that_are_kept_have_the_vectors_that_they_had(tmp_path, family):
    folder = make(tmp_path, family)
    whole, tokenizer = start(str(folder))
    kept = frequent(tokenizer, ["said the vote"] * 3 + ["nasty"], len(tokenizer.get_vocab()) - 5)
    network, smaller = start(str(folder), kept=kept)
    assert network.config.vocab_size == len(kept) == len(smaller.get_vocab()) < whole.config.vocab_size
    ids, cut_ids = (torch.tensor(t.encode("said the vote").ids) for t in (tokenizer, smaller))
    with torch.no_grad():
        layout = Layout.of([len(ids)])
        torch.testing.assert_close(network.eval()(cut_ids, layout), whole.eval()(ids, layout))


@pytest.mark.parametrize("family", ["bert", "mpnet"])
def test_no_text_becomes_unknown(tmp_path, family):
    _, tokenizer = start(str(make(tmp_path, family)))
    smaller = cut(tokenizer, frequent(tokenizer, [], 0))
    for text in SENTENCES:
        before, after = tokenizer.encode(text), smaller.encode(text)
        unknown = before.tokens.count("[UNK]")
        assert after.tokens.count("[UNK]") == unknown
        assert len(after.ids) >= len(before.ids)
        assert after.tokens[0] == before.tokens[0]
        assert after.tokens[-1] == before.tokens[-1]


def test_only_pieces_of_words_can_stand_for_words(tmp_path):
    described = json.loads(start(str(make(tmp_path, "roberta")))[1].to_str())
    with pytest.raises(TrainingError, match="WordPiece"):
        frequent(Tokenizer.from_str(json.dumps(described)), [], 10)

"""Training may start from any family: the encoder is theirs to five digits, and the tokens are theirs."""

import pytest
import torch
from hub_models import FAMILIES, SENTENCES, make
from transformers import AutoModel, AutoTokenizer

from biasscore.engine.family_table import FAMILIES as ROWS
from biasscore.engine.network import Layout, PackedNetwork
from biasscore.training.start import start


@pytest.mark.parametrize("family", FAMILIES)
def test_the_encoder_is_the_one_that_transformers_has(tmp_path, family):
    folder = make(tmp_path / family, family)
    network, tokenizer = start(str(folder))
    network.eval()
    assert isinstance(network, PackedNetwork) == ROWS[family].is_like_bert
    theirs = AutoModel.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        for text in SENTENCES:
            ids = tokenizer.encode(text).ids
            assert ids == words(text)["input_ids"]
            found = network.encode(torch.tensor(ids), Layout.of([len(ids)]))
            expected = theirs(torch.tensor([ids])).last_hidden_state[0]
            assert (found - expected).abs().max() < 1e-5

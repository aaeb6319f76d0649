"""Training may start from BERT or a sibling: the encoder is theirs to five digits, and the result loads and scores."""

import numpy as np
import pytest
import torch
from hub_models import SENTENCES, make
from transformers import AutoModel, AutoTokenizer

import biasscore
from biasscore import TrainingError, checkpoints
from biasscore.engine.bert import SIBLINGS
from biasscore.engine.calibration import UNCALIBRATED
from biasscore.engine.network import Layout
from biasscore.training.start import start


@pytest.mark.parametrize("family", SIBLINGS)
def test_a_sibling_of_bert_is_a_base(tmp_path, family):
    folder = make(tmp_path / family, family)
    network, tokenizer = start(str(folder))
    network.eval()
    theirs = AutoModel.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        for text in SENTENCES:
            ids = tokenizer.encode(text).ids
            assert ids == words(text)["input_ids"]
            found = network.encode(torch.tensor(ids), Layout.of([len(ids)]))
            expected = theirs(torch.tensor([ids])).last_hidden_state[0]
            assert (found - expected).abs().max() < 1e-5

    checkpoints.write(
        tmp_path / "model",
        name=family,
        encoder=network.config,
        max_tokens=network.config.max_positions,
        weights={name: tensor.numpy() for name, tensor in network.state_dict().items()},
        tokenizer_json=tokenizer.to_str(),
        calibration=UNCALIBRATED,
    )
    document = biasscore.load(tmp_path / "model", device="cpu", dtype="float32").score(" ".join(SENTENCES))
    assert all(np.isfinite(sentence.loaded) for sentence in document.sentences)
    for span in document.spans:
        assert document.text[span.start : span.end] == span.text

"""Our forward pass against Hugging Face's own, packed against padded, and what training needs of it."""

import pytest
import torch
from engine_network import DISTANT, TINY, random_weights, sentences
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from biasscore.engine.bert import encoder_config, encoder_weights
from biasscore.engine.families import width
from biasscore.engine.network import Layout, PackedNetwork


@pytest.fixture(scope="module")
def bert() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=TINY.vocab_size,
        hidden_size=TINY.hidden_size,
        num_hidden_layers=TINY.n_layers,
        num_attention_heads=TINY.n_heads,
        intermediate_size=TINY.intermediate_size,
        max_position_embeddings=TINY.max_positions,
        initializer_range=0.1,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, 0.1 if parameter.dim() == 1 else 0, 0.1)
    return model


@torch.no_grad()
def test_packed_forward_equals_hugging_face(bert):
    network = PackedNetwork(TINY).eval()
    weights = encoder_weights(bert.state_dict(), bert.config.to_dict())
    missing, superfluous = network.load_state_dict(weights, strict=False)
    assert set(missing) == {"heads.weight", "heads.bias"}
    assert not superfluous
    batch = [torch.from_numpy(ids).long() for ids in sentences(20)]
    ours = network.encode(torch.cat(batch), Layout.of([len(ids) for ids in batch]))
    padded = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True)
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(ids) for ids in batch], batch_first=True)
    theirs = bert(padded, attention_mask=mask).last_hidden_state[mask.bool()]
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_packed_forward_equals_hugging_face_with_attention_by_distance():
    """Sequences past the 128 tokens after which all distances are one, so that every bucket is met."""
    config = MPNetConfig(
        vocab_size=TINY.vocab_size,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=202,
        pad_token_id=1,
    )
    mpnet = MPNetModel(config, add_pooling_layer=False).eval()
    torch.manual_seed(0)
    for parameter in mpnet.parameters():
        torch.nn.init.normal_(parameter, 0.1 if parameter.dim() == 1 else 0, 0.1)
    torch.nn.init.normal_(mpnet.encoder.relative_attention_bias.weight, 0, 2)
    network = PackedNetwork(encoder_config(config.to_dict())).eval()
    weights = encoder_weights(mpnet.state_dict(), config.to_dict())
    assert set(network.load_state_dict(weights, strict=False).missing_keys) == {"heads.weight", "heads.bias"}
    batch = [torch.from_numpy(ids).long().clamp(min=2) for ids in [*sentences(6), *sentences(2, longest=200)]]
    batch.append(torch.arange(200) % 190 + 2)
    ours = network.encode(torch.cat(batch), Layout.of([len(ids) for ids in batch]))
    padded = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True, padding_value=1)
    theirs = mpnet(padded, attention_mask=(padded != 1).long()).last_hidden_state[padded != 1]
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("encoder", [TINY, DISTANT])
def test_gradients_reach_every_weight(encoder):
    network = PackedNetwork(encoder).train()
    batch = [torch.from_numpy(ids) for ids in sentences(4)]
    network(torch.cat(batch), Layout.of([len(ids) for ids in batch])).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("encoder", [TINY, DISTANT])
def test_weights_have_the_published_names_and_shapes(encoder):
    state = {name: tuple(tensor.shape) for name, tensor in PackedNetwork(encoder).state_dict().items()}
    assert state == {name: tensor.shape for name, tensor in random_weights(encoder).items()}


@pytest.mark.parametrize(
    ("longest", "device", "cells"),
    [(1, "cpu", 8), (8, "cpu", 8), (9, "cpu", 16), (57, "cpu", 60), (60, "cpu", 60), (9, "cuda:0", 9)],
)
def test_rectangles_on_the_processor_have_few_widths_and_none_beyond_the_positions(longest, device, cells):
    assert width(longest, device, 60) == cells

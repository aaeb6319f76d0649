"""Every engine against the float32 network, alone against in company, and the manners that ``base.Engine`` promises."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from engine_network import DISTANT, TINY, random_weights, sentences
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from biasscore.engine import distances, onnx_graph, torch_cpu, torch_engine
from biasscore.engine.base import Engine, OutOfMemoryError, Projection
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import EncoderConfig
from biasscore.engine.network import Layout, PackedNetwork, Packing
from biasscore.engine.onnx_engine import OnnxEngine
from biasscore.engine.tolerance import FROM_COMPANY, FROM_FLOAT32
from biasscore.engine.torch_cpu import TorchCpuEngine
from biasscore.engine.torch_engine import CardLayout, TorchEngine, Varlen
from biasscore.errors import BackendError

BATCH = sentences(60)
ENGINES = {
    "torch float32": (TorchCpuEngine, "float32"),
    "torch bfloat16": (TorchCpuEngine, "bfloat16"),
    "onnx float32": (OnnxEngine, "float32"),
    "onnx int8": (OnnxEngine, "int8"),
}


def reference(batch=BATCH, encoder: EncoderConfig = TINY) -> Projection:
    return TorchEngine(encoder, random_weights(encoder), "cpu", "float32", 1, 4096).project(batch)


@pytest.fixture(params=ENGINES, scope="module")
def engine(request):
    kind, dtype = ENGINES[request.param]
    opened = kind(TINY, random_weights(), dtype, 2, 4096)
    yield opened
    opened.close()


@pytest.mark.parametrize("encoder", [TINY, DISTANT], ids=["plain", "by distance"])
@pytest.mark.parametrize("name", ENGINES)
def test_engine_equals_the_network_within_tolerance(name, encoder):
    kind, dtype = ENGINES[name]
    engine = kind(encoder, random_weights(encoder), dtype, 2, 4096)
    wanted = reference(encoder=encoder)
    found = engine.project(BATCH)
    engine.close()
    assert found.shape == (sum(map(len, BATCH)), N_COLUMNS)
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() <= FROM_FLOAT32[engine.dtype] * wanted.std()


def test_company_order_and_batch_size_do_not_matter(engine: Engine):
    crowd = engine.project(BATCH)
    allowed = FROM_COMPANY[engine.dtype] * crowd.std()
    ends = np.cumsum([len(ids) for ids in BATCH])
    rows = [crowd[end - len(ids) : end] for ids, end in zip(BATCH, ends, strict=True)]
    order = np.random.default_rng(3).permutation(len(BATCH))
    for size in (1, 7, 60):
        for start in range(0, len(order), size):
            part = order[start : start + size]
            found = engine.project([BATCH[i] for i in part])
            assert np.abs(found - np.concatenate([rows[i] for i in part])).max() <= allowed


def test_bfloat16_is_the_same_bit_for_bit_in_any_company():
    """Beyond the tolerance: attention sees one length at a time and the long product keeps its order of sums."""
    encoder = EncoderConfig(
        vocab_size=200, hidden_size=384, n_layers=1, n_heads=12, intermediate_size=1536, max_positions=128
    )
    opened = TorchCpuEngine(encoder, random_weights(encoder), "bfloat16", 2, 4096)
    batch = sentences(120)
    crowd = opened.project(batch)
    alone = np.concatenate([opened.project([ids]) for ids in batch])
    few = np.concatenate([opened.project(batch[i : i + 5]) for i in range(0, len(batch), 5)])
    np.testing.assert_allclose(alone, crowd, atol=1e-5)
    np.testing.assert_allclose(few, crowd, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_attention_scores_that_overflow_are_computed_again(dtype):
    """Scores of several hundred, where exp() alone is infinite."""
    weights = {**random_weights(), "layers.0.qkv.weight": random_weights()["layers.0.qkv.weight"] * 12}
    sharp = TorchEngine(TINY, weights, "cpu", "float32", 1, 4096)
    found = TorchCpuEngine(TINY, weights, dtype, 1, 4096).project(BATCH)
    assert np.isfinite(found).all()
    if dtype == "float32":
        np.testing.assert_allclose(found, sharp.project(BATCH), atol=1e-3)


@pytest.mark.parametrize("exp", [torch_cpu._exp, torch_cpu._shifted_exp])
@pytest.mark.parametrize("raised", [0.0, 20.0])
@pytest.mark.parametrize("far", [False, True])
def test_attention_equals_softmax_at_every_length(exp, raised, far):
    """Also where the square of scores is filled up, and where all real scores lie far below the 0 of what fills it."""
    if raised and exp is torch_cpu._exp:
        raised = 2.0  # beyond, exp() alone is 0 or infinite, and the caller shifts
    lengths = [*range(1, 20), 31, 31, 31, 32, 33]
    qkv = torch.from_numpy(np.random.default_rng(5).standard_normal((sum(lengths), 3, 2, 4)).astype(np.float32))
    qkv[:, 0] += raised
    qkv[:, 1] -= raised
    table = np.random.default_rng(6).standard_normal((distances.BUCKETS, 2)).astype(np.float32)
    added = torch_cpu._ByDistance(table, torch.float32) if far else lambda length: torch.zeros(2, length, length)
    found = torch_cpu._attend(qkv.flatten(1), list(torch_cpu._groups(lengths)), 2, added if far else None, exp)
    whole = [part.double().permute(1, 2, 0, 3) for part in torch.split(qkv, lengths)]
    wanted = [(q @ k.transpose(1, 2) + added(q.shape[1])).softmax(-1) @ v for q, k, v in whole]
    flat = torch.cat([each.transpose(0, 1).flatten(1) for each in wanted])
    np.testing.assert_allclose(found, flat, atol=3e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_plain_products_equal_packed_ones(monkeypatch, dtype):
    wanted = torch_cpu.CpuNetwork.of(TINY, random_weights(), dtype)(sorted(BATCH, key=len))
    monkeypatch.setattr(torch_cpu, "_can_pack", lambda dtype: False)
    found = torch_cpu.CpuNetwork.of(TINY, random_weights(), dtype)(sorted(BATCH, key=len))
    share = 1e-4 if dtype == torch.float32 else FROM_FLOAT32["bfloat16"]
    assert np.abs(found - wanted).max() <= share * wanted.std()


FULL = [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("CUDA error: out of memory\nSearch for …")]


@pytest.mark.parametrize("error", FULL, ids=["this process", "other processes"])
def test_a_full_card_is_told_with_what_to_do(monkeypatch, error):
    def raises(*_):
        raise error

    engine = TorchEngine(TINY, random_weights(), "cpu", "float32", 1, 4096)
    monkeypatch.setattr(engine, "_launch", raises)
    with pytest.raises(OutOfMemoryError, match="out of memory with a batch of 4 tokens; lower --budget"):
        engine.project([BATCH[0][:4]])
    monkeypatch.setattr(torch_engine, "move", raises)
    with pytest.raises(OutOfMemoryError, match="no room for the model; free memory on the GPU, or set --device"):
        TorchEngine(TINY, random_weights(), "cpu", "float32", 1, 4096)


def test_another_error_of_a_card_stays_what_it_is(monkeypatch):
    def raises(*_):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(torch_engine, "move", raises)
    with pytest.raises(RuntimeError, match="illegal"):
        TorchEngine(TINY, random_weights(), "cpu", "float32", 1, 4096)


def test_threads_of_the_process_stay_as_they_were():
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        opened = TorchCpuEngine(TINY, random_weights(), "float32", threads, 4096)
        opened.project(BATCH[:5])
        TorchEngine(TINY, random_weights(), "cpu", "float32", threads, 4096).project(BATCH[:5])
        assert torch.get_num_threads() == before
        with ThreadPoolExecutor(1) as other:
            assert other.submit(torch.get_num_threads).result() == before
        opened.close()


def test_threads_that_the_system_does_not_give_are_told_and_leave_none_behind(monkeypatch):
    def start(thread):
        # Engines of other tests may still be open.
        if sum("biasscore-engine" in each.name for each in {*threading.enumerate()} - before) >= 3:
            raise RuntimeError("can't start new thread")
        started(thread)

    started, before = threading.Thread.start, {*threading.enumerate()}
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(BackendError, match=r"cannot start 8 threads.*set --threads"):
            torch_cpu._single_threaded(8)
    assert {*threading.enumerate()} <= before


def test_a_chunk_runs_on_one_thread():
    """A worker that took over the process's number would start that many threads for each operation."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        opened = TorchCpuEngine(TINY, random_weights(), "float32", 2, 4096)
    finally:
        torch.set_num_threads(before)
    opened.project(BATCH[:5])
    assert {opened._workers.submit(torch.get_num_threads).result() for _ in range(8)} == {1}
    opened.close()


def test_an_engine_works_from_several_threads(engine: Engine):
    wanted = engine.project(BATCH)
    found: list[Projection] = []
    threads = [threading.Thread(target=lambda: found.append(engine.project(BATCH))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(threads)
    for projection in found:
        np.testing.assert_array_equal(projection, wanted)


def test_variable_length_bounds_and_positions():
    packing = Varlen.of([3, 1, 2], "cpu")
    assert packing.bounds.tolist() == [0, 3, 4, 6]
    assert packing.positions.tolist() == [0, 1, 2, 0, 0, 1]
    assert packing.longest == 3


# One token, and lengths on both sides of what kernels divide by.
ODD = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 127, 128)
COMPANIES = st.lists(st.sampled_from(ODD), min_size=1, max_size=9)


def some_and_each_alone(test):
    """Run a test on a few drawn lists of lengths, and on each length alone, where nothing is padded."""
    for n in ODD:
        test = example([n])(test)
    return settings(max_examples=15)(test)


@some_and_each_alone
@given(COMPANIES)
def test_variable_length_attention_equals_the_padded_one(lengths: list[int]):
    """By what a card's kernel is told; the kernel itself runs in test_cuda.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.nn.attention.varlen.varlen_attn", one_by_one)
        found = encoded(TINY, lengths, Varlen.of(lengths, "cpu"))
    torch.testing.assert_close(found, encoded(TINY, lengths, Layout.of(lengths)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("encoder", "fits"),
    [
        (replace(TINY, hidden_size=384, n_heads=12), True),
        (replace(TINY, hidden_size=312, n_heads=12), False),
        (replace(TINY, hidden_size=512, n_heads=2), True),
        (replace(TINY, hidden_size=528, n_heads=2), False),
        (replace(DISTANT, hidden_size=384, n_heads=12), False),
    ],
)
def test_variable_length_attention_is_for_heads_that_its_kernel_runs(encoder, fits):
    """The kernel wants a multiple of 8, and 256 at most; other heads run on the padded rectangle."""
    assert torch_engine._fits_varlen(encoder) is fits


def one_by_one(q, k, v, bounds, key_bounds, longest, longest_key):
    """What ``varlen_attn`` is documented to do, sequence by sequence."""
    assert bounds.dtype == torch.int32
    assert bounds is key_bounds
    assert longest == longest_key == bounds.diff().max()
    ends = bounds.tolist()[1:-1]
    parts = zip(*(torch.tensor_split(tensor.transpose(0, 1), ends, dim=1) for tensor in (q, k, v)), strict=True)
    return torch.cat([F.scaled_dot_product_attention(*part) for part in parts], dim=1).transpose(0, 1)


@pytest.mark.parametrize("encoder", [TINY, DISTANT], ids=["plain", "by distance"])
@some_and_each_alone
@given(COMPANIES)
def test_what_a_cards_kernel_adds_to_scores_is_what_the_padded_path_adds(encoder, lengths: list[int]):
    narrow = replace(encoder, hidden_size=20, intermediate_size=8)  # a width that goes through PyTorch's own choice
    layout = Layout.of(lengths)
    found = encoded(narrow, lengths, CardLayout(layout))
    torch.testing.assert_close(found, encoded(narrow, lengths, layout), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@some_and_each_alone
@given(COMPANIES)
@torch.inference_mode()
def test_what_is_added_lies_in_memory_as_a_cards_kernel_reads_it(dtype, lengths: list[int]):
    """With the bias as the network makes it: where nothing is padded, nothing else puts its numbers side by side."""
    bias = network(DISTANT)._by_distance(max(lengths))
    added = CardLayout(Layout.of(lengths)).added(DISTANT.n_heads, dtype, bias)
    assert added.shape == (len(lengths), DISTANT.n_heads, max(lengths), max(lengths))
    assert added.stride(-1) == 1
    assert all(step % 8 == 0 for step in added.stride()[:-1])


@cache
def network(encoder: EncoderConfig) -> PackedNetwork:
    found = PackedNetwork(encoder).eval()
    found.load_state_dict({name: torch.from_numpy(array) for name, array in random_weights(encoder).items()})
    return found


@torch.inference_mode()
def encoded(encoder: EncoderConfig, lengths: list[int], packing: Packing) -> torch.Tensor:
    return network(encoder).encode(torch.arange(sum(lengths)) % encoder.vocab_size, packing)


@pytest.mark.parametrize("encoder", [TINY, DISTANT], ids=["plain", "by distance"])
def test_exported_graph_runs_elsewhere(tmp_path, encoder):
    """As a user would run it: one sequence a row, padded, standard operators only."""
    path = tmp_path / "model.onnx"
    onnx.save(onnx_graph.build(encoder, random_weights(encoder)), path)
    onnx.checker.check_model(str(path), full_check=True)
    assert {node.domain for node in onnx.load(path).graph.node} == {""}
    width = max(map(len, BATCH)) + 3
    ids, positions = np.zeros((2, len(BATCH), width), dtype=np.int64)
    segments = np.full((len(BATCH), width), -1, dtype=np.int64)
    for i, sequence in enumerate(BATCH):
        n = len(sequence)
        ids[i, :n], positions[i, :n], segments[i, :n] = sequence, np.arange(n), 0
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (projection,) = session.run(["projection"], {"ids": ids, "positions": positions, "segments": segments})
    wanted = reference(encoder=encoder)
    assert np.abs(projection[segments == 0] - wanted).max() <= 1e-4 * wanted.std()

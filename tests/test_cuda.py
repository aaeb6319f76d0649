"""What only a CUDA card can show: its kernels, its memory, its asynchrony. ``pytest -m gpu tests/test_cuda.py``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_network import DISTANT, TINY, random_weights, sentences
from hub_models import make

import biasscore
from biasscore.engine.base import Ids, OutOfMemoryError, Projection
from biasscore.engine.reader import Reader
from biasscore.engine.tokens import Tokenizer
from biasscore.engine.tolerance import FROM_COMPANY, FROM_FLOAT32
from biasscore.engine.torch_engine import TorchEngine
from biasscore.predict import checkpoints

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
]

MODELS = ("base", "small")
DTYPES = ("float32", "bfloat16", "float16")
# Lengths on both sides of what kernels divide by.
ODD = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 127, 128)
EXAMPLES = Path(__file__).parent.parent / "examples"
TEXTS = [(EXAMPLES / name).read_text(encoding="utf-8") for name in ("report.txt", "opinion.txt")]


@cache
def texts_of(model: str) -> list[Ids]:
    """Sentences, then paragraphs, then a text as long as the encoder reads."""
    checkpoint = checkpoints.read(model)
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    paragraphs = [paragraph for text in TEXTS for paragraph in text.split("\n\n")]
    cut = [sentence for paragraph in paragraphs for sentence in paragraph.split(". ")]
    ids = [*tokenizer([*cut, *paragraphs, " ".join(paragraphs)]).sequences()]
    room = checkpoint.max_tokens - 2
    return [np.concatenate((tokenizer.before, each[:room], tokenizer.after), dtype=np.int32) for each in ids]


def opened(model: str, device: str, dtype: str, budget: int = 65_536) -> TorchEngine:
    checkpoint = checkpoints.read(model)
    return TorchEngine(checkpoint.encoder, checkpoint.weights(), device, dtype, 4, budget)


@cache
def reference(model: str) -> Projection:
    return opened(model, "cpu", "float32").project(texts_of(model))


def distance(found: Projection, wanted: Projection) -> float:
    """In the unit of ``tolerance``; infinite where a number is none."""
    return float(np.abs(found - wanted).max() / wanted.std()) if np.isfinite(found).all() else float("inf")


@pytest.mark.parametrize("padded", [False, True], ids=["as opened", "padded"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("model", MODELS)
def test_shipped_models_equal_the_processor_within_tolerance(model, dtype, padded):
    engine = opened(model, "cuda:0", dtype)
    engine._varlen = engine._varlen and not padded
    assert distance(engine.project(texts_of(model)), reference(model)) <= FROM_FLOAT32[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("encoder", [TINY, DISTANT], ids=["plain", "by distance"])
def test_odd_lengths_equal_the_processor_within_tolerance(encoder, dtype):
    rng = np.random.default_rng(5)
    batch = [rng.integers(0, encoder.vocab_size, n).astype(np.int32) for n in (*ODD, *ODD[:6])]
    wanted = TorchEngine(encoder, random_weights(encoder), "cpu", "float32", 2, 4096).project(batch)
    engine = TorchEngine(encoder, random_weights(encoder), "cuda:0", dtype, 2, 4096)
    assert distance(engine.project(batch), wanted) <= FROM_FLOAT32[dtype]
    # The same length throughout, so that nothing is padded.
    for ids in batch[-6:]:
        alike = [ids, ids]
        exact = TorchEngine(encoder, random_weights(encoder), "cpu", "float32", 2, 4096).project(alike)
        assert distance(engine.project(alike), exact) <= 2 * FROM_FLOAT32[dtype]


def test_small_runs_on_packed_tokens_and_base_on_a_rectangle():
    assert opened("small", "cuda:0", "bfloat16")._varlen
    assert not opened("base", "cuda:0", "bfloat16")._varlen


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("model", MODELS)
def test_company_and_order_do_not_matter(model, dtype):
    engine, batch = opened(model, "cuda:0", dtype), texts_of(model)
    crowd = engine.project(batch)
    ends = np.cumsum([len(ids) for ids in batch])
    rows = [crowd[end - len(ids) : end] for ids, end in zip(batch, ends, strict=True)]
    order = np.random.default_rng(3).permutation(len(batch))
    for start in range(0, len(order), 7):
        part = order[start : start + 7]
        found = engine.project([batch[i] for i in part])
        assert np.abs(found - np.concatenate([rows[i] for i in part])).max() <= FROM_COMPANY[dtype] * crowd.std()


@pytest.mark.parametrize("model", MODELS)
def test_a_chunk_is_launched_without_waiting_for_the_card(model):
    engine, batch = opened(model, "cuda:0", "bfloat16"), texts_of(model)
    engine.project(batch)
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        with torch.inference_mode():
            rows = engine._launch(batch)
    finally:
        torch.cuda.set_sync_debug_mode(before)
    assert distance(rows.cpu().numpy(), reference(model)) <= FROM_FLOAT32["bfloat16"]


def test_threads_share_an_engine():
    engine, batch = opened("small", "cuda:0", "bfloat16"), texts_of("small")
    wanted = engine.project(batch)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(engine.project, [batch] * 12):
            np.testing.assert_array_equal(found, wanted)


@contextmanager
def room_for(mib: int) -> Iterator[None]:
    """Let PyTorch take only so much more of the card's memory."""
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + mib * 2**20) / total)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def reader_of(engine: TorchEngine) -> Reader:
    none = np.array([], dtype=np.int32)
    return Reader(engine, none, none, 192, len(engine._network.heads.bias))


def distinct(count: int) -> list[Ids]:
    rng = np.random.default_rng(9)
    return [rng.integers(0, 16_000, len(ids)).astype(np.int32) for ids in sentences(count)]


@pytest.mark.parametrize("model", MODELS)
def test_a_batch_that_does_not_fit_is_run_in_smaller_ones(model):
    engine, texts = opened(model, "cuda:0", "bfloat16"), distinct(3000)
    wanted = reader_of(engine)(texts).rows
    reader = reader_of(engine)
    with room_for(96):
        found = reader(texts).rows
    assert reader.stats.retries > 0
    assert reader.budget < engine.budget
    assert np.abs(found - wanted).max() <= FROM_COMPANY["bfloat16"] * wanted.std()


def test_a_sequence_that_does_not_fit_is_an_error_and_the_engine_goes_on():
    engine = opened("base", "cuda:0", "float32")
    batch = distinct(2000)
    wanted = engine.project(batch[:5])
    with room_for(1), pytest.raises(OutOfMemoryError, match="lower --budget"):
        engine.project(batch)
    assert distance(engine.project(batch[:5]), wanted) <= FROM_FLOAT32["float32"]


def test_a_model_that_does_not_fit_is_an_error():
    with room_for(1), pytest.raises(OutOfMemoryError, match="no room for the model; free memory"):
        opened("base", "cuda:0", "float32")


@pytest.mark.parametrize("model", MODELS)
def test_documents_of_a_card_are_those_of_the_processor(model):
    with (
        biasscore.load(model, device="cuda", dtype="float32") as card,
        biasscore.load(model, device="cpu") as processor,
    ):
        assert card.settings.device == "cuda:0"
        for found, wanted in zip(card.score_many(TEXTS * 40), processor.score_many(TEXTS) * 40, strict=True):
            assert found.loaded == pytest.approx(wanted.loaded, abs=0.02)
            assert found.subjectivity == pytest.approx(wanted.subjectivity, abs=0.02)


def test_auto_takes_the_card_in_bfloat16():
    with biasscore.load("small") as scorer:
        assert (scorer.settings.device, scorer.settings.dtype) == ("cuda:0", "bfloat16")


@pytest.mark.parametrize("family", ["albert", "mpnet", "deberta-v2"])
def test_a_classifier_of_the_hub_scores_on_a_card(tmp_path, family):
    folder = make(tmp_path / "tone", family)
    load = partial(biasscore.load, None, sentiment=folder, dtype="float32")
    tones: list[Sequence[float | None]] = [
        [document.tone for document in load(device=device).score_many(TEXTS)] for device in ("cuda", "cpu")
    ]
    assert tones[0] == pytest.approx(tones[1], abs=1e-3)

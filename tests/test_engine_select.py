"""The choice of an engine: what is asked for is what runs, else one line that says what to do."""

import json
import logging
import sys
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from engine_network import TINY, random_weights, sentences
from fakes import FakeEngine

from biasscore.engine import fastest, select, torch_cpu
from biasscore.engine.base import OutOfMemoryError
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.device import EngineOptions, resolve_device
from biasscore.engine.onnx_engine import OnnxEngine
from biasscore.engine.reader import Reader
from biasscore.errors import BackendError, MissingExtraError


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(fastest, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def opened(cache_key="", **options):
    return select.open_engine(TINY, random_weights(), EngineOptions(**options), cache_key)


@pytest.mark.parametrize(("backend", "dtype"), select.CHOICES["cpu"])
def test_what_is_asked_for_runs(backend, dtype):
    engine = opened(device="cpu", backend=backend, dtype=dtype, threads=1, budget=300)
    assert (engine.backend, engine.dtype, engine.device) == (backend, dtype, "cpu")
    assert (engine.threads, engine.budget) == (1, 300)


@pytest.mark.parametrize(
    ("request_", "mend"),
    [
        ({"backend": "tensorflow"}, "set --backend .* to one of: auto, torch, onnx"),
        ({"dtype": "int4"}, "set --dtype .* to one of: auto, float32"),
        ({"device": "cpu", "dtype": "float16"}, "pairs: torch float32"),
        ({"device": "cpu", "backend": "torch", "dtype": "int8"}, "onnx int8"),
        ({"device": "tpu"}, "cuda:N"),
        ({"threads": 0}, "a whole number of 1 or more"),
        ({"threads": 100_000}, "the largest number is 1,024"),
        ({"device": 5}, "unknown device 5; set --device"),
        ({"budget": 0}, "a whole number of 1 or more"),
    ],
)
def test_what_cannot_be_had_says_what_to_take(request_, mend):
    with pytest.raises(BackendError, match=mend) as caught:
        opened(**request_)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a CUDA card")
def test_cuda_without_a_card_is_refused():
    with pytest.raises(BackendError, match="device='cpu'"):
        opened(device="cuda")


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:0"])
def test_a_card_in_a_fork_of_a_process_that_used_it_is_refused(monkeypatch, device):
    for name, answer in (("is_available", True), ("device_count", 1), ("_is_in_bad_fork", True)):
        monkeypatch.setattr(torch.cuda, name, lambda answer=answer: answer)
    with pytest.raises(BackendError, match=r"a forked process cannot use cuda.*get_context\('spawn'\)"):
        opened(device=device)


@pytest.mark.parametrize(
    ("built", "card", "runs"),
    [
        (["sm_75", "sm_80", "sm_120", "compute_120"], (6, 1), False),
        (["sm_75", "sm_80", "sm_120", "compute_120"], (7, 5), True),
        (["sm_75", "sm_90a"], (12, 1), True),
        (["gfx90a"], (9, 0), True),
    ],
    ids=["older", "the oldest", "newer", "AMD"],
)
def test_a_card_older_than_all_that_pytorch_was_built_for_is_left_alone(monkeypatch, built, card, runs):
    answers = {"is_available": True, "device_count": 1, "_is_in_bad_fork": False, "get_arch_list": built}
    for name, answer in answers.items():
        monkeypatch.setattr(torch.cuda, name, lambda answer=answer: answer)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: card)
    assert resolve_device("auto") == ("cuda:0" if runs else "cpu")
    if runs:
        assert resolve_device("cuda") == "cuda:0"
        return
    with pytest.raises(BackendError, match=r"capability 6\.1, and the installed PyTorch needs 7\.5; .*--device cpu"):
        resolve_device("cuda")


@pytest.mark.parametrize(("place", "dtype"), [("cuda:0", "bfloat16"), ("cuda:1", "float16")])
def test_the_card_that_will_run_is_asked_for_bfloat16(monkeypatch, place, dtype):
    asked = []
    monkeypatch.setattr(torch.cuda, "device", lambda card: asked.append(card) or nullcontext())
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: asked[-1:] == ["cuda:0"])
    assert select._candidates(select.CHOICES, place, EngineOptions()) == [("torch", dtype)]


def test_onnx_without_its_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"biasscore\[onnx\]"):
        OnnxEngine(TINY, random_weights(), "float32", 1, 512)


@pytest.mark.skipif(not torch_cpu.has_bfloat16(), reason="needs a processor that multiplies bfloat16")
def test_native_bfloat16_decides_without_a_trial(cache):
    engine = opened(device="cpu")
    assert (engine.backend, engine.dtype) == ("torch", "bfloat16")
    assert not cache.exists()


def test_the_faster_engine_wins_and_is_remembered(monkeypatch, cache):
    monkeypatch.setattr(torch_cpu, "has_bfloat16", lambda: False)
    times = {"float32": 2.0, "int8": 1.0}
    measured = []
    monkeypatch.setattr(fastest, "seconds", lambda engine, _: measured.append(engine.dtype) or times[engine.dtype])
    assert opened(device="cpu", cache_key="m").dtype == "int8"
    assert sorted(measured) == ["float32", "int8"]
    assert list(json.loads((cache / fastest.FILE).read_text()).values()) == ["onnx/int8"]
    times["float32"] = 0.5
    assert opened(device="cpu", cache_key="m").dtype == "int8"
    assert opened(device="cpu", cache_key="another model").dtype == "float32"


def test_a_cache_that_cannot_be_used_is_no_error(monkeypatch, cache):
    monkeypatch.setattr(torch_cpu, "has_bfloat16", lambda: False)
    cache.write_text("a file where the folder should be")
    assert opened(device="cpu").dtype in {"float32", "int8"}
    cache.unlink()
    cache.mkdir()
    (cache / fastest.FILE).write_text("not json")
    assert opened(device="cpu").dtype in {"float32", "int8"}


class Listening(FakeEngine):
    """Remembers the ids it was given."""

    ids = frozenset()

    def project(self, batch):
        self.ids = self.ids.union(*map(np.ndarray.tolist, batch))
        return super().project(batch)


@pytest.mark.parametrize("vocab_size", [30, 30_522])
def test_a_trial_measures_with_ids_of_the_vocabulary(vocab_size):
    engine = Listening()
    assert fastest.seconds(engine, vocab_size) > 0
    assert engine.ids <= set(range(vocab_size))


@pytest.mark.parametrize("device", ["cuda:0", "cuda:1"])
def test_the_number_of_a_card_is_no_part_of_a_fingerprint(device):
    reader = Reader(FakeEngine(device=device, dtype="bfloat16"), (1,), (2,), 64, N_COLUMNS)
    assert reader.runs_on == "torch-cuda-bfloat16"


class SmallDevice(FakeEngine):
    """Has room for ``room`` tokens."""

    room = 40

    def project(self, batch):
        if sum(map(len, batch)) > self.room:
            raise OutOfMemoryError("no room")
        return super().project(batch)


def test_out_of_memory_halves_the_budget_says_so_once_and_loses_nothing(caplog):
    texts = sentences(50, longest=30)
    wanted = Reader(FakeEngine(budget=512), (1,), (2,), 64, N_COLUMNS)(texts).rows
    reader = Reader(SmallDevice(budget=512), (1,), (2,), 64, N_COLUMNS)
    with caplog.at_level(logging.WARNING):
        found = reader(texts).rows
    np.testing.assert_array_equal(found, wanted)
    assert reader.budget <= SmallDevice.room
    assert reader.stats.retries >= 1
    assert len(caplog.records) == 1
    tried = reader.stats.retries
    reader(sentences(50, seed=2, longest=30))
    assert reader.stats.retries == tried


def test_one_sequence_without_room_is_an_error():
    device = SmallDevice()
    device.room = 10
    with pytest.raises(BackendError, match="no room"):
        Reader(device, (1,), (2,), 64, N_COLUMNS)(sentences(1, longest=30))


@pytest.mark.parametrize("choice", [("torch", "float32"), ("torch", "bfloat16"), ("onnx", "float32")], ids="/".join)
def test_padding_is_counted_from_the_matrices_that_were_computed(choice):
    backend, dtype = choice
    engine = opened(device="cpu", backend=backend, dtype=dtype, threads=1)
    reader = Reader(engine, (1,), (2,), 64, N_COLUMNS)
    texts = sentences(20, longest=30)
    reader(texts)
    cells = reader.stats.tokens + reader.stats.padding
    assert reader.stats.tokens == sum(len(text) + 2 for text in texts)
    # Torch fills up to a multiple of 64 or 256 rows, ONNX Runtime to whole rows of 64 tokens.
    assert cells % 64 == 0
    assert cells >= reader.stats.tokens

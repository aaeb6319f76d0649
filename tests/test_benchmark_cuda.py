"""The measurement of a card, dry: on the processor every part comes to its end, and what fails stops nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest

from benchmarks import cuda, tables
from biasscore.engine.torch_engine import TorchEngine
from biasscore.predict import checkpoints

BROKEN = 16_384


class OneSizeFails(TorchEngine):
    def project(self, batch):
        if self.budget == BROKEN:
            raise RuntimeError("no such\nkernel")
        return super().project(batch)


def test_dry_run_measures_every_part_and_notes_what_fails(tmp_path: Path, tiny_model: Path, monkeypatch):
    def broken(setup: cuda.Setup) -> cuda.Row:
        raise RuntimeError("no such\nkernel")

    monkeypatch.setattr(cuda, "PARTS", {"broken": broken, **cuda.PARTS})
    monkeypatch.setattr(cuda, "TorchEngine", OneSizeFails)
    out = tmp_path / "cuda.json"
    some = ["--models", f"tiny={tiny_model}", "--out", str(out), "--device", "cpu", "--paragraphs", "12"]
    cuda.main([*some, "--seconds", "0.01", "--processes", "1", "--parts", *cuda.PARTS])
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["broken"] == {"tiny": {"error": "RuntimeError: no such"}}
    assert found["weights"] == {"tiny": checkpoints.read(tiny_model).fingerprint}
    parts = {name: found[name]["tiny"] for name in cuda.PARTS if name != "broken"}
    assert not [part for part in parts.values() if "error" in part]
    float32, bfloat16, float16 = parts["equality"]["rows"]
    assert float32["dtype"] == "float32"
    assert float32["within"]
    assert 0 <= float32["largest"] < min(bfloat16["largest"], float16["largest"])
    for part in ("forward", "memory"):
        rows = parts[part]["rows"]
        assert [(row["budget"], row["chunk"]) for row in rows] == [*cuda.SIZES]
        assert [row["budget"] for row in rows if "error" in row] == [BROKEN]
    rates = [row for row in parts["forward"]["rows"] if "error" not in row]
    assert all(row["tokens_per_second"] > 0 and row["share_of_matrix_rate"] > 0 for row in rates)
    assert parts["memory"]["too_large"]["largest_difference"] == pytest.approx(0, abs=0.05)
    (alone,) = parts["end_to_end"]["rows"]
    assert alone["processes"] == 1
    assert alone["paragraphs_per_second"] > 0
    ways = {row.pop("way"): row for row in parts["alternatives"]["rows"]}
    assert set(ways) == {"as it is", "laid out before", "attention of PyTorch's choice"}
    assert all(row["largest_difference"] == pytest.approx(0, abs=0.05) for row in ways.values())
    said = tables.cuda(json.loads(out.read_text(encoding="utf-8")))
    assert said.count("| `tiny` |") == len(tables.CARD_PARTS)
    assert said.count("budget 16384, chunk 32768 not measured: RuntimeError: no such") == 2
    assert "below the goal of 100,000" in said
    assert "no retry: the trial did not fill the GPU" in said


def test_nothing_begins_after_the_limit(tmp_path: Path, tiny_model: Path):
    out = tmp_path / "cuda.json"
    cuda.main(["--models", f"tiny={tiny_model}", "--out", str(out), "--device", "cpu", "--limit", "0"])
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [found[name] for name in cuda.PARTS] == [{"tiny": {"error": "the time was over"}}] * len(cuda.PARTS)
    assert tables.cuda(found).count("not measured: the time was over") == len(tables.CARD_PARTS)


class Told:
    """The pipe of a process that answers what it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def send(self, _: float) -> None:
        pass

    def poll(self, _: float) -> bool:
        return self.answers != ["nothing"]

    def recv(self) -> Any:
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


def test_a_process_that_fails_is_noted_and_takes_no_further_part():
    run = {"paragraphs": 30, "started": 0.0, "stopped": 2.0}
    pipes = [Told(run, run), Told({"error": "full"}), Told("nothing"), Told(), Told(run)]
    ready = [cuda.Worker(None, pipe) for pipe in pipes]
    assert [worker.answer().get("error") for worker in ready[2:4]] == [
        "a process has not answered for 60 seconds",
        "a process has ended",
    ]
    with pytest.raises(RuntimeError, match="full"):
        cuda._together(ready, 4, 1.0)
    assert [worker.pipe for worker in ready] == [pipes[0], pipes[4]]
    assert cuda._together(ready, 2, 1.0)["paragraphs_per_second"] == 30
    with pytest.raises(RuntimeError, match="only 2 processes"):
        cuda._together(ready, 4, 1.0)


def test_numbers_that_are_not_finite_are_a_difference_that_json_and_the_table_can_tell():
    wanted = np.array([[1.0, 2.0]], dtype=np.float32)
    assert cuda.apart(wanted + np.nan, wanted) is None
    assert cuda.apart(wanted + np.inf, wanted) is None
    assert cuda.apart(wanted + 1, wanted) == 2.0
    row = {"dtype": "float16", "path": "padded", "allowed": 0.03}
    rows = [row | {"largest": None, "within": False}, row | {"largest": 0.5, "within": False}]
    said = tables._card_part("equality", {"rows": rows}, cuda.GOALS)
    assert said == "float16 padded not finite; float16 padded 0.5 of 0.03, too much"


def test_a_card_that_does_well_is_said_to():
    best = {"budget": 65_536, "chunk": 32_768, "tokens_per_second": 5e6, "share_of_matrix_rate": 0.3}
    forward = {"matrix_gflops_per_second": 700_000.0, "rows": [best, {"budget": 1, "chunk": 1, "error": "E"}]}
    assert tables._card_part("forward", forward, cuda.GOALS) == (
        "5,000,000 tokens/s at a budget of 65,536 in chunks of 32,768; 30% of the rate of a large matrix product "
        "(700.0 TFLOP/s), which reaches the goal of 25%; budget 1, chunk 1 not measured: E"
    )
    trial = {"retries": 2, "budget_after": 16_384, "largest_difference": 0.001}
    memory = {"rows": [{"tokens": 262_000, "peak_mib": 3210.4}], "too_large": trial}
    assert tables._card_part("memory", memory, cuda.GOALS) == (
        "3,210 MiB for 262,000 tokens; run in smaller ones after 2 retries, budget 16,384, largest difference 0.001"
    )


def test_a_compiler_that_does_not_end_is_stopped():
    with pytest.raises(TimeoutError), cuda.alarm(0.05):
        sleep(5)

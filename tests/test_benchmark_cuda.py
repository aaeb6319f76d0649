"""The measurement of a card, dry: on the processor every part comes to its end, and one that fails stops no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import cuda, tables
from biasscore.predict import checkpoints


def test_dry_run_measures_every_part_and_notes_what_fails(tmp_path: Path, tiny_model: Path, monkeypatch):
    def broken(setup: cuda.Setup) -> None:
        raise RuntimeError("no such\nkernel")

    monkeypatch.setattr(cuda, "PARTS", {"broken": broken, **cuda.PARTS})
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
    assert [row["budget"] for row in parts["forward"]["rows"]] == list(cuda.BUDGETS)
    assert all(row["tokens_per_second"] > 0 and row["share_of_matrix_rate"] > 0 for row in parts["forward"]["rows"])
    assert parts["memory"]["too_large"]["largest_difference"] == pytest.approx(0, abs=0.05)
    (alone,) = parts["end_to_end"]
    assert alone["processes"] == 1
    assert alone["paragraphs_per_second"] > 0
    assert set(parts["alternatives"]["rows"]) == {"as it is", "attention of PyTorch's choice"}
    assert all("error" not in row for row in parts["alternatives"]["rows"].values())
    said = tables.cuda(found)
    assert said.count("| `tiny` |") == len(tables.CARD_PARTS)
    assert "failed" not in said
    assert "failed: no such" in tables.cuda(found | {"memory": {"tiny": {"error": "no such"}}})

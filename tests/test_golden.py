"""The frozen scores of the shipped models on the sample texts: they change with the weights, never by accident.

After a change that is meant to move scores, freeze them anew and say in the commit why they moved:

    python -m tests.test_golden
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import biasscore

ROOT = Path(__file__).parents[1]
MODELS = ("base", "small")
# Processors sum in different orders.
FLOAT32 = 2e-5
# Of probabilities; ``engine.tolerance`` has that of the rows that they are computed from.
BFLOAT16 = 0.03


def scored(model: str, dtype: str) -> dict[str, Any]:
    """Every level of every sample text, contributions included, without the texts: offsets say which they are."""
    scorer = biasscore.load(model, device="cpu", backend="torch", dtype=dtype)
    documents = {
        file.stem: scorer.explain(file.read_text(encoding="utf-8"), title="Senator brands the nasty regime “a threat”")
        for file in sorted((ROOT / "examples").glob("*.txt"))
    }
    return {name: _compact(document.to_dict()) for name, document in documents.items()}


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        if "parts" in value:
            return {**value, "parts": [part["values"] for part in value["parts"]]}
        return {key: _compact(inner) for key, inner in value.items() if key not in ("text", "model")}
    if isinstance(value, list):
        return [_compact(inner) for inner in value]
    return value


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}")
    elif isinstance(value, list):
        yield f"{path}.length", len(value)
        for i, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{i}]")
    else:
        yield path, value


def golden_file(model: str) -> Path:
    return ROOT / "tests" / "data" / f"golden_{model}.json"


@pytest.mark.parametrize("model", MODELS)
def test_float32_scores_are_the_frozen_ones(model):
    frozen = dict(numbers(json.loads(golden_file(model).read_text(encoding="utf-8"))))
    found = dict(numbers(scored(model, "float32")))
    # A new field is no fault; a lost one is.
    assert found.keys() >= frozen.keys()
    for path, value in frozen.items():
        expected = pytest.approx(value, abs=FLOAT32) if isinstance(value, float) else value
        assert found[path] == expected, path


@pytest.mark.parametrize("model", MODELS)
def test_bfloat16_scores_keep_to_the_tolerance(model):
    """What depends on thresholds (labels, spans) may fall on the other side; probabilities may not move further."""
    frozen = dict(numbers(json.loads(golden_file(model).read_text(encoding="utf-8"))))
    found = dict(numbers(scored(model, "bfloat16")))
    compared = [
        path
        for path, value in frozen.items()
        if isinstance(value, float) and not any(part in path for part in ("spans", "contributions", "loaded_share"))
    ]
    assert len(compared) > 100
    for path in compared:
        assert found[path] == pytest.approx(frozen[path], abs=BFLOAT16), path


def write() -> None:
    """Freeze the scores of this tree."""
    for model in MODELS:
        frozen = json.dumps(_rounded(scored(model, "float32")), separators=(",", ":"))
        # One line per sentence, so that a diff shows which of them moved.
        golden_file(model).write_text(frozen.replace('{"start"', '\n{"start"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()

"""What a card says beside accuracy: people's agreement, and scores that must not follow names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import LOADED_WORDS, fake_scorer

from biasscore.evaluation import fairness
from biasscore.evaluation.fairness import ANNOTATIONS, Swap, people, swapped, swaps


def test_there_are_three_hundred_pairs_of_three_kinds_that_differ_in_the_name_alone() -> None:
    found = swaps()
    assert len({(pair.left, pair.right) for pair in found}) == len(found) >= 300
    assert Counter(pair.kind for pair in found).keys() == {"politicians", "groups", "outlets"}
    for pair in found:
        left, right = pair.left.lower().split(), pair.right.lower().split()
        assert left != right
        assert len(set(left) & set(right)) >= 3
        assert "{}" not in pair.left + pair.right


def test_a_model_that_follows_a_name_moves_and_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    word = LOADED_WORDS[0]
    pairs = [Swap("politicians", "a senator said", f"a {word} {word} {word}")] * 2
    monkeypatch.setattr(fairness, "swaps", lambda: [*pairs, *[Swap("groups", "the vote was", "the vote was")] * 2])
    found = swapped(fake_scorer())
    assert found is not None
    assert found["politicians"]["move"]["value"] > 0.3
    assert found["politicians"]["flips"] == 2
    assert found["groups"]["move"]["value"] == found["groups"]["flips"] == 0
    assert found["all"]["n"] == 4
    assert found["all"]["absolute"]["value"] == pytest.approx(found["politicians"]["absolute"]["value"] / 2, abs=1e-4)


def answer(text: str, loaded: int, phrases: list[str], ok: bool = True) -> dict[str, object]:
    group = {"group": "experts-5", "label_ok": ok, "phrases_ok": ok}
    return {"text": text, "loaded": loaded, "phrases": phrases, **group}


def test_people_are_judged_against_the_label_and_against_each_other(tmp_path: Path) -> None:
    first, second = "The absurd vote passed.", "The plain vote passed."
    rows = [*[answer(first, 1, ["absurd"])] * 3, *[answer(second, 0, [])] * 3]
    published = [{"dataset": "babe", "text": first, "loaded": 1}, {"dataset": "babe", "text": second, "loaded": 0}]
    pq.write_table(pa.Table.from_pylist(published), tmp_path / "loaded.parquet")
    assert people(tmp_path) is None
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / ANNOTATIONS)
    agreed = people(tmp_path)
    assert agreed is not None
    assert [agreed[name]["value"] for name in ("label", "others", "words")] == [1.0, 1.0, 1.0]
    pq.write_table(pa.Table.from_pylist([*rows, answer(second, 1, ["plain"])]), tmp_path / ANNOTATIONS)
    disputed = people(tmp_path)
    assert disputed is not None
    assert disputed["label"]["n"] == 7
    assert all(disputed[name]["value"] < 1 for name in ("label", "others", "words"))


def test_answers_that_are_flagged_as_unusable_do_not_count(tmp_path: Path) -> None:
    text = "The absurd vote passed."
    pq.write_table(
        pa.Table.from_pylist(
            [{"dataset": "babe", "text": text, "loaded": 1}, {"dataset": "babe", "text": "x", "loaded": 0}]
        ),
        tmp_path / "loaded.parquet",
    )
    rows = [*[answer(text, 1, ["absurd"])] * 3, answer(text, 0, ["vote"], ok=False), *[answer("x", 0, [])] * 3]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / ANNOTATIONS)
    found = people(tmp_path)
    assert found is not None
    assert found["label"]["n"] == 6
    assert [found[name]["value"] for name in ("label", "others", "words")] == [1.0, 1.0, 1.0]

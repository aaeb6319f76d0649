"""The benchmark of voice masking, on made-up predictions."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent.parent))  # the benchmarks are no part of the package

from benchmarks import voice_masking
from benchmarks.voice_masking import Read, lines_of, measured, write_page

_GOLD = np.array([0, 1] * 20)
_RIGHT = np.where(_GOLD == 1, 2.0, -2.0)


def _read(masked: np.ndarray, whole: np.ndarray) -> Read:
    return Read(_GOLD, masked, whole, masked != whole)


def _all(read: Read) -> np.ndarray:
    return np.ones(len(read.gold), dtype=np.bool_)


def test_poolings_that_agree_do_not_differ() -> None:
    read = _read(_RIGHT, _RIGHT)
    found = measured(read, _all(read))
    assert found["rows"] == len(_GOLD)
    for name in ("macro_f1", "auc"):
        assert found[f"{name}_masked"]["value"] == found[f"{name}_whole"]["value"] == 1.0
        assert found[f"{name}_difference"]["value"] == 0.0
        assert math.isnan(found[f"{name}_difference"]["low"])


def test_quoted_words_that_mislead_show_as_a_difference_above_zero() -> None:
    whole = _RIGHT.copy()
    whole[:8] *= -1.0
    read = _read(_RIGHT, whole)
    found = measured(read, _all(read))
    assert found["macro_f1_masked"]["value"] == 1.0
    assert found["macro_f1_whole"]["value"] == pytest.approx(0.8)
    assert 0.0 < found["macro_f1_difference"]["low"] < 0.2 < found["macro_f1_difference"]["high"]
    assert measured(read, read.differs)["rows"] == 8
    assert measured(read, read.differs)["auc_whole"]["value"] == 0.0


def test_rows_of_several_folds_are_joined_in_order() -> None:
    first, second = _read(_RIGHT, _RIGHT), _read(_RIGHT, -_RIGHT)
    joined = Read.joined([first, second])
    assert len(joined.gold) == 2 * len(_GOLD)
    assert joined.differs.tolist() == [False] * len(_GOLD) + [True] * len(_GOLD)
    assert joined.whole[len(_GOLD) :].tolist() == (-_RIGHT).tolist()


def _result() -> dict[str, object]:
    read = _read(_RIGHT, -_RIGHT)
    return {"all": measured(read, _all(read)), "with_quoted_words": measured(read, read.differs)}


def test_the_table_has_a_line_for_every_measure() -> None:
    lines = lines_of(_result())
    assert lines[2] == "| all (n=40) | macro-F1 | 1.000 (no interval) | 0.000 (no interval) | 1.000 (no interval) |"
    assert [line.split(" | ")[1] for line in lines[2:]] == ["macro-F1", "AUC"] * 2


def test_the_page_keeps_what_stands_around_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "voice.md"
    monkeypatch.setattr(voice_masking, "PAGE", page)
    start, end = "<!-- masking:start -->", "<!-- masking:end -->"
    page.write_text(f"Before.\n\n{start}\nold\n{end}\n\nAfter.\n", encoding="utf-8")
    write_page(_result())
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n\n{start}\n\n| rows |")
    assert text.endswith(f"{end}\n\nAfter.\n")
    assert "old" not in text


def test_a_page_without_markers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "voice.md"
    page.write_text("Nothing here.\n", encoding="utf-8")
    monkeypatch.setattr(voice_masking, "PAGE", page)
    with pytest.raises(SystemExit, match="lacks the markers"):
        write_page(_result())
    assert page.read_text(encoding="utf-8") == "Nothing here.\n"


def test_a_folder_without_folds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Path(__file__).parent.parent / "models" / "base" / "recipe.toml"
    arguments = ["voice_masking", str(tmp_path), "--recipe", str(recipe), "--data", str(tmp_path)]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit, match="holds no fold"):
        voice_masking.main()

"""A job gives free memory back, and runs where the C library cannot do that."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import fake_scorer

from biasscore.jobs import JobConfig, memory, run


@pytest.fixture(autouse=True)
def _looked_up_anew() -> Iterator[None]:
    memory._trim.cache_clear()
    yield
    memory._trim.cache_clear()


def _articles(folder: Path) -> JobConfig:
    (folder / "a.csv").write_text("text\n" + "A vote.\n" * 5)
    return JobConfig((str(folder / "a.csv"),), folder / "out.jsonl", shard_rows=2)


def test_after_every_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(memory, "_trim", lambda: given.append)
    assert run(_articles(tmp_path), fake_scorer).rows == 5
    assert given == [0, 0, 0]


@pytest.mark.parametrize("problem", [AttributeError, OSError, TypeError])
def test_nothing_happens_where_the_library_cannot(
    problem: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: object) -> None:
        raise problem

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert run(_articles(tmp_path), fake_scorer).rows == 5


def test_it_can_be_called_on_this_system() -> None:
    memory.give_back()

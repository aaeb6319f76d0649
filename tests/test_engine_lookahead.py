"""Looking ahead changes when things are made, never what comes or in which order."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Lock

import pytest
from fakes import fake_scorer
from hypothesis import given, settings
from hypothesis import strategies as st

from biasscore import scorer as scoring
from biasscore.engine.lookahead import ahead


@given(st.lists(st.integers(), max_size=30), st.integers(0, 4), st.integers(1, 4))
def test_it_equals_map(items: list[int], depth: int, workers: int) -> None:
    assert list(ahead(lambda item: item * 2, items, depth, workers)) == [item * 2 for item in items]


def test_two_workers_run_side_by_side() -> None:
    together = Barrier(2, timeout=10)
    assert list(ahead(lambda item: (together.wait(), item)[1], range(4), depth=1, workers=2)) == [0, 1, 2, 3]


def test_no_more_than_depth_and_one_are_drawn_before_the_first_is_taken() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for item in range(10):
            drawn.append(item)
            yield item

    made = ahead(str, items(), depth=2, workers=2)
    assert next(made) == "0"
    assert drawn == [0, 1, 2]
    made.close()  # type: ignore[attr-defined]


def test_an_error_comes_where_its_item_would_have() -> None:
    made = ahead(lambda item: 1 // item, [1, 0, 1], depth=2, workers=2)
    assert next(made) == 1
    with pytest.raises(ZeroDivisionError):
        next(made)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.text(alphabet="ab .\n“”", max_size=40), max_size=12))
def test_windows_in_flight_change_no_document_and_no_count(texts: list[str]) -> None:
    small = pytest.MonkeyPatch()
    small.setattr(scoring, "WINDOW_CHARS", 20)
    try:
        together = fake_scorer()
        found = together.score_many(texts)
    finally:
        small.undo()
    alone = fake_scorer()
    assert found == [alone.score(text) for text in texts]
    assert together.stats.sentences == alone.stats.sentences


def test_time_in_the_encoder_is_counted_once() -> None:
    scorer = fake_scorer()
    reader = scorer._model.reader  # type: ignore[attr-defined]
    inside, lock = Barrier(2, timeout=10), Lock()
    spent: list[float] = []

    def run(_: int) -> None:
        with reader._clock():
            inside.wait()
        with lock:
            spent.append(reader.stats.seconds)

    list(ahead(run, range(2), depth=1, workers=2))
    assert reader._running == 0
    assert 0 < reader.stats.seconds == max(spent)

"""Windows, plans, chunks and rows: everything is covered once, nothing is too large."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biasscore.engine.batching import chunks, pack_rows, plan, powers_of_two, restored, windows

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=80)


@given(st.integers(0, 500), st.integers(2, 64), st.data())
def test_windows_own_every_token_once_with_context(n_tokens, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    found = windows(n_tokens, size, overlap)
    owned = [token for window in found for token in range(window.own_start, window.own_stop)]
    assert owned == list(range(n_tokens))
    for window in found:
        assert 0 <= window.start <= window.own_start <= window.own_stop <= window.stop <= n_tokens
        assert window.stop - window.start <= size
        assert window.start == 0 or window.own_start - window.start >= overlap // 2
        assert window.stop == n_tokens or window.stop - window.own_stop >= overlap // 2


@pytest.mark.parametrize("overlap", [-1, 8, 9])
def test_windows_refuse_an_overlap_that_cannot_advance(overlap):
    with pytest.raises(ValueError, match="overlap"):
        windows(20, 8, overlap)


@given(LENGTHS, st.integers(1, 300))
def test_plan_covers_each_sequence_once_within_budget(lengths, budget):
    batches = plan(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


@given(LENGTHS, st.integers(1, 300))
def test_chunks_cover_each_sequence_once_and_are_full(lengths, size):
    parts = chunks(lengths, size)
    tokens = [sum(lengths[i] for i in part) for part in parts]
    assert sorted(i for part in parts for i in part) == list(range(len(lengths)))
    for part, following, used in zip(parts, [*parts[1:], None], tokens, strict=True):
        assert len(part) == 1 or used <= size
        assert following is None or used + lengths[following[0]] > size


@given(st.integers(1, 2000), st.integers(0, 64))
def test_powers_of_two_add_up_to_the_number_or_little_more(number, spare):
    parts = powers_of_two(number, spare)
    assert number <= sum(parts) <= number + spare
    assert all(part & (part - 1) == 0 for part in parts)
    assert sorted(set(parts), reverse=True) == list(parts)


def test_powers_of_two_stop_short_of_the_spare():
    assert powers_of_two(14, 2) == (16,)
    assert powers_of_two(14, 1) == (8, 4, 2)
    assert powers_of_two(1, 0) == (1,)


@given(LENGTHS, st.integers(60, 128))
def test_rows_hold_sequences_apart(lengths, width):
    lengths = np.sort(np.array(lengths))[::-1]
    rows, starts = pack_rows(lengths, width)
    taken = [(row, cell) for row, s, n in zip(rows, starts, lengths, strict=True) for cell in range(s, s + n)]
    assert len(set(taken)) == lengths.sum()
    assert max(cell for _, cell in taken) < width
    assert set(rows) == set(range(max(rows) + 1))


def test_rows_of_news_sentences_are_nearly_full():
    rng = np.random.default_rng(0)
    lengths = np.sort(np.clip(rng.gamma(4, 7, 300).astype(int) + 2, 2, 64))[::-1]
    rows, _ = pack_rows(lengths, 64)
    assert lengths.sum() / ((rows.max() + 1) * 64) > 0.95


@given(LENGTHS, st.integers(1, 300))
def test_restored_undoes_chunks(lengths, size):
    sizes = np.array(lengths)
    parts = chunks(sizes, size)
    rows = [np.full((n, 1), i, dtype=np.float32) for i, n in enumerate(lengths)]
    computed = [np.concatenate([rows[i] for i in part]) for part in parts]
    assert np.array_equal(restored(computed, parts, sizes), np.concatenate(rows))

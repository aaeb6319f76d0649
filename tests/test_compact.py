"""Weights in few bytes: what is read is what was written, but for half a step of each row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from biasscore.predict.compact import packed, unpacked


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_no_value_moves_by_more_than_its_rows_step(seed, size):
    rng = np.random.default_rng(seed)
    matrix = (rng.normal(size=(5, 64)) * rng.lognormal(0, 2, (5, 1)) * size).astype(np.float32)
    read = unpacked(packed({"words.weight": matrix}))["words.weight"]
    step = np.abs(matrix).max(axis=1, keepdims=True) / 127
    # float16 scales are right to one part in 2,048; below 6e-5 their steps are of one size.
    assert (np.abs(read - matrix) <= 0.5 * step + np.abs(matrix) / 1024 + 127 * 2**-25).all()


def test_rows_of_zeros_and_small_tensors_are_read_as_they_were():
    tensors = {
        "words.weight": np.zeros((2, 64), np.float32),
        "layers.0.qkv.bias": np.array([0.5, -2.0], np.float32),
        "heads.weight": np.full((3, 64), 0.25, np.float32),
        "positions.weight": np.full((3, 8), 0.25, np.float32),
    }
    stored = packed(tensors)
    assert {name: array.dtype.name for name, array in stored.items()} == {
        "words.weight": "int8",
        "words.weight.scale": "float16",
        "layers.0.qkv.bias": "float16",
        "heads.weight": "float16",
        "positions.weight": "float16",
    }
    read = unpacked(stored)
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[name], tensor)


def test_packing_again_changes_nothing():
    matrix = np.random.default_rng(0).normal(size=(20, 80)).astype(np.float32)
    once = packed({"words.weight": matrix})
    again = packed(unpacked(once))
    for name, array in once.items():
        np.testing.assert_array_equal(again[name], array)

"""Pooling by token group: a plain sum of parts, group by group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biasscore.engine.columns import EVERY_HEAD, N_COLUMNS
from biasscore.predict.pooling import attention_weights, parts, pool

LOADED, SENTIMENT = EVERY_HEAD.pooled("loaded"), EVERY_HEAD.pooled("sentiment")

PROJECTION = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        arrays(np.float32, (n, N_COLUMNS), elements=st.floats(-40, 40, width=32)),
        arrays(np.int64, n, elements=st.integers(-1, 4)),
    )
)


@given(PROJECTION)
def test_pooling_equals_softmax_by_hand(case):
    projection, group = case
    logits = pool(projection, SENTIMENT, group, 5)
    for g in range(5):
        rows = projection[group == g].astype(np.float64)
        if not len(rows):
            assert np.isnan(logits[g]).all()
            continue
        weights = np.exp(rows[:, SENTIMENT.attention] - rows[:, SENTIMENT.attention].max())
        expected = (weights / weights.sum()) @ rows[:, SENTIMENT.values]
        np.testing.assert_allclose(logits[g], expected, rtol=1e-4, atol=1e-4)


@given(PROJECTION)
def test_parts_and_bias_add_up_to_the_logit(case):
    projection, group = case
    bias = np.array([0.75], dtype=np.float32)
    logits = pool(projection, LOADED, group, 5)
    values = parts(projection, LOADED, group, bias)
    for g in np.unique(group[group >= 0]):
        assert bias[0] + values[group == g].sum() == pytest.approx(logits[g, 0], abs=1e-3)
    assert not values[group < 0].any()


def test_weights_survive_extreme_attention():
    weights = attention_weights(np.array([1e4, -1e4, 1e4], dtype=np.float32), np.array([0, 0, 0]))
    np.testing.assert_allclose(weights, [0.5, 0, 0.5])
    assert attention_weights(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)).shape == (0,)

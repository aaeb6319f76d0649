"""Calibration keeps order, moves with the prior, and refuses nonsense."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.special import softmax as scipy_softmax

from biasscore.predict.calibration import UNCALIBRATED, AffineMap, Calibration, sigmoid, softmax


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=9))
def test_sigmoid_and_softmax_equal_scipys(values):
    np.testing.assert_allclose(sigmoid(np.array(values)), expit(values), atol=1e-12)
    np.testing.assert_allclose(softmax(np.array([values])), scipy_softmax([values], axis=1), atol=1e-12)


@given(st.floats(0.05, 20), st.floats(-5, 5), st.lists(st.floats(-8, 8), min_size=2, max_size=9, unique=True))
def test_a_map_never_changes_the_order(scale, shift, logits):
    ordered = np.sort(np.array(logits))[:, None]
    assert (np.diff(AffineMap(scale, (shift,)).probabilities(ordered)) >= 0).all()


def test_the_prior_moves_the_odds_by_its_own_odds():
    moved = UNCALIBRATED.with_prior(0.1)
    before, after = (c.maps["loaded"].probabilities(np.array([[1.0]]))[0] for c in (UNCALIBRATED, moved))
    assert after / (1 - after) == pytest.approx(before / (1 - before) / 9)
    assert moved.prevalence == 0.1
    assert moved.maps["subjectivity"] == UNCALIBRATED.maps["subjectivity"]
    assert moved.with_prior(0.5).maps["loaded"].shift[0] == pytest.approx(0)


@pytest.mark.parametrize("prior", [0, 1, -1, 2, float("nan")])
def test_a_prior_that_is_no_share_is_refused(prior):
    with pytest.raises(ValueError, match="prior"):
        UNCALIBRATED.with_prior(prior)


def test_labels_lie_between_the_thresholds():
    assert [UNCALIBRATED.label(p) for p in (0.1, 0.25, 0.5, 0.75, 0.9)] == [
        "neutral", "neutral", "uncertain", "loaded", "loaded",
    ]  # fmt: skip


def test_a_calibration_survives_its_file():
    assert Calibration.from_dict(json.loads(json.dumps(UNCALIBRATED.to_dict()))) == UNCALIBRATED


@pytest.mark.parametrize(
    "change",
    [
        {"neutral_below": 0.9},
        {"loaded_above": 1.0},
        {"span_above": 0.0},
        {"prevalence": 1.0},
        {"maps": {"loaded": AffineMap(1.0, (0.0, 0.0))}},
    ],
    ids=str,
)
def test_thresholds_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match=r"must|needs"):
        replace(UNCALIBRATED, **change)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_map_that_turns_the_order_round_is_refused(scale):
    with pytest.raises(ValueError, match="'scale' must be above 0"):
        AffineMap(scale, (0.0,))

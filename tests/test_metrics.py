"""Every metric equals scikit-learn's or a case worked by hand, and reads weights as repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from biasscore.analysis.bootstrap import Rows, centred, figures, values
from biasscore.evaluation import metrics as m
from biasscore.evaluation.calibration_error import N_BINS, bins, calibrated_band, calibration_error


def once(n: int) -> np.ndarray:
    return np.ones((1, n))


@st.composite
def binary_rows(draw, least: int = 4):
    n = draw(st.integers(least, 60))
    truth = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    truth[:2] = 0, 1
    # Few different values, so that ties occur.
    scores = np.array(draw(st.lists(st.integers(0, 20), min_size=n, max_size=n))) / 20
    counts = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    counts[:2] = 1
    return truth, scores, counts


@st.composite
def three_classes(draw):
    n = draw(st.integers(6, 40))
    truth = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    truth[:3] = 0, 1, 2
    seed = draw(st.integers(0, 2**16))
    return truth, np.random.default_rng(seed).dirichlet(np.ones(3), n)


@given(binary_rows())
@settings(deadline=None)
def test_binary_metrics_equal_sklearn(rows):
    truth, scores, _ = rows
    said = (scores >= 0.5).astype(int)
    n = len(truth)
    assert m.auc(truth, scores)(once(n))[0] == pytest.approx(sk.roc_auc_score(truth, scores))
    assert m.macro_f1(truth, said, 2)(once(n))[0] == pytest.approx(sk.f1_score(truth, said, average="macro"))
    assert m.brier(truth, scores)(once(n))[0] == pytest.approx(sk.brier_score_loss(truth, scores))
    np.testing.assert_array_equal(m.confusion(truth, said, 2), sk.confusion_matrix(truth, said, labels=[0, 1]))


@given(three_classes())
@settings(deadline=None)
def test_three_class_metrics_equal_sklearn(rows):
    truth, probabilities = rows
    said, n = probabilities.argmax(axis=1), len(truth)
    assert m.macro_f1(truth, said, 3)(once(n))[0] == pytest.approx(sk.f1_score(truth, said, average="macro"))
    expected = sk.roc_auc_score(truth, probabilities, multi_class="ovr", average="macro")
    assert m.macro_auc(truth, probabilities)(once(n))[0] == pytest.approx(expected)
    squares = ((probabilities - np.eye(3)[truth]) ** 2).sum(axis=1).mean()
    assert m.brier(truth, probabilities)(once(n))[0] == pytest.approx(squares)


@given(binary_rows())
@settings(deadline=None)
def test_weights_mean_repeated_rows(rows):
    truth, scores, counts = rows
    again = np.repeat(np.arange(len(truth)), counts)
    weights = counts[None, :].astype(float)
    said = (scores >= 0.5).astype(int)
    pairs = [
        (m.auc(truth, scores), m.auc(truth[again], scores[again])),
        (m.macro_f1(truth, said, 2), m.macro_f1(truth[again], said[again], 2)),
        (m.brier(truth, scores), m.brier(truth[again], scores[again])),
        (m.precision_at(0.1, said == 1, truth == 1), m.precision_at(0.1, said[again] == 1, truth[again] == 1)),
    ]
    for weighted, repeated in pairs:
        np.testing.assert_allclose(weighted(weights), repeated(once(len(again))))
    one = bins(scores, truth.astype(float), weights)
    other = bins(scores[again], truth[again].astype(float), once(len(again)))
    for name in ("raw", "corrected", "root_mean_square"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


def test_a_resample_without_a_class_has_no_auc():
    assert np.isnan(m.auc(np.array([0, 1]), np.array([0.2, 0.8]))(np.array([[2.0, 0.0]]))).all()


def test_precision_at_a_prevalence_by_hand():
    # Sensitivity 3/4, false-positive rate 1/4: at 10% prevalence 0.075 / (0.075 + 0.225).
    flagged = np.array([1, 1, 1, 0, 1, 0, 0, 0], dtype=bool)
    positive = np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool)
    assert m.precision_at(0.1, flagged, positive)(once(8))[0] == pytest.approx(0.25)
    assert m.precision_at(0.5, flagged, positive)(once(8))[0] == pytest.approx(0.75)


def test_rate_counts_only_the_rows_among_which_it_is_asked():
    flagged, among = np.array([1, 0, 1, 1], dtype=bool), np.array([1, 1, 0, 0], dtype=bool)
    assert m.rate(flagged, among)(once(4))[0] == 0.5


def test_span_f1_by_hand():
    predicted, true = [[(0, 4), (10, 14)], []], [[(0, 4), (12, 20)], [(3, 5)]]
    exact = m.exact_spans(predicted, true).f1(once(2))[0]
    assert exact == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    # (10, 14) is half covered, (12, 20) a quarter.
    precision, recall = 1.5 / 2, 1.25 / 3
    partial = m.partial_spans(predicted, true).f1(once(2))[0]
    assert partial == pytest.approx(2 * precision * recall / (precision + recall))
    assert m.exact_spans([[]], [[]]).f1(once(1))[0] == 0.0


@given(binary_rows(least=N_BINS))
@settings(deadline=None)
def test_errors_do_not_depend_on_the_order_of_rows(rows):
    truth, scores, _ = rows
    shuffled = np.random.default_rng(1).permutation(len(truth))
    one = bins(scores, truth.astype(float), once(len(truth)))
    other = bins(scores[shuffled], truth[shuffled].astype(float), once(len(truth)))
    np.testing.assert_allclose(one.raw, other.raw, atol=1e-12)
    assert one.raw <= one.squares**0.5 + 1e-12


def test_bins_of_equal_mass_by_hand():
    n = 30
    scores = np.arange(n) / n
    truth = (np.arange(n) % 2).astype(float)  # each bin of two rows has the rate 1/2
    found = bins(scores, truth, once(n))
    np.testing.assert_array_equal(found.mass, np.full((1, N_BINS), 2.0))
    pairs = scores.reshape(N_BINS, 2).mean(axis=1)
    assert found.raw[0] == pytest.approx(np.abs(pairs - 0.5).mean())
    squares = np.mean((pairs - 0.5) ** 2 - 0.25)
    assert found.root_mean_square[0] == pytest.approx(max(0.0, squares) ** 0.5)


def test_corrections_take_most_of_the_scatter_away_and_keep_a_true_gap():
    rng = np.random.default_rng(0)
    honest, shifted = [], []
    for _ in range(200):
        scores = rng.uniform(0.2, 0.8, 600)
        truth = (rng.random(600) < scores).astype(float)
        honest.append(bins(scores, truth, once(600)))
        shifted.append(bins(scores + 0.15, truth, once(600)))
    raw, corrected = np.mean([b.raw for b in honest]), np.mean([b.corrected for b in honest])
    assert corrected < 0.7 * raw
    assert np.mean([b.corrected for b in shifted]) == pytest.approx(0.15, abs=0.01)
    assert np.mean([b.root_mean_square for b in shifted]) == pytest.approx(0.15, abs=0.01)


def test_the_corrected_error_is_that_of_a_simulated_correction():
    rng = np.random.default_rng(3)
    scores = rng.uniform(size=450)
    truth = (rng.random(450) < scores**1.5).astype(float)
    found = bins(scores, truth, once(450))
    sigma = np.sqrt(found.rate * (1 - found.rate) / found.mass)
    drawn = rng.normal(found.rate, sigma, size=(200_000, N_BINS))
    simulated = (found.mass / 450 * np.abs(drawn - found.score)).sum(axis=1).mean()
    assert found.corrected[0] == pytest.approx(2 * found.raw[0] - simulated, abs=2e-4)


def test_the_band_holds_95_percent_of_calibrated_models():
    rng = np.random.default_rng(5)
    scores = rng.beta(2, 2, 500)
    band = calibrated_band(scores, count=1000, seed=0)
    drawn = (rng.random((1000, 500)) < scores).astype(float)
    raw = bins(scores, drawn, np.ones((1000, 500))).raw
    assert 0.92 < np.mean((raw >= band.low) & (raw <= band.high)) < 0.98
    assert band.low < band.mean < band.high


def test_calibration_error_tells_an_overconfident_model():
    rng = np.random.default_rng(7)
    true = rng.uniform(0.2, 0.8, 2000)
    hits = rng.random(2000) < true
    rows = Rows.single(2000, count=200)
    honest, loud = calibration_error(true, hits, rows), calibration_error(np.clip(3 * true - 1, 0, 1), hits, rows)
    assert honest.within_band
    assert not loud.within_band
    assert loud.corrected.low > 0.1
    assert honest.corrected.low <= honest.corrected.value <= honest.corrected.high


def test_intervals_of_a_mean_are_those_of_the_normal_law():
    rng = np.random.default_rng(2)
    sample = rng.normal(size=900)
    found = figures({"mean": m.mean(sample)}, Rows.single(900))["mean"]
    half = 1.96 * sample.std() / 30
    assert found.value == pytest.approx(sample.mean())
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


def test_clusters_are_drawn_whole_and_widen_the_interval():
    sample = np.repeat(np.random.default_rng(4).normal(size=40), 25)
    names = np.repeat([f"outlet {i}" for i in range(40)], 25)
    rows = Rows.clustered(names, count=300)
    for weights in rows.weights():
        blocks = weights.reshape(len(weights), 40, 25)
        assert (blocks == blocks[:, :, :1]).all()
        assert (blocks[:, :, 0].sum(axis=1) == 40).all()
    wide = figures({"mean": m.mean(sample)}, rows)["mean"]
    narrow = figures({"mean": m.mean(sample)}, Rows.single(1000, count=300))["mean"]
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_resamples_are_the_same_at_every_call():
    rows = Rows.single(50, count=20, seed=3)
    first, second = np.concatenate(list(rows.weights())), np.concatenate(list(rows.weights()))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (20, 50)
    assert (first.sum(axis=1) == 50).all()


def test_a_paired_difference_is_narrower_than_its_sides():
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 2, 400)
    one = truth ^ (rng.random(400) < 0.2)
    other = one ^ (rng.random(400) < 0.02)
    sides = {"one": m.macro_f1(truth, one, 2), "other": m.macro_f1(truth, other, 2)}
    found = figures({**sides, "difference": m.difference(sides["one"], sides["other"])}, Rows.single(400, count=500))
    assert found["difference"].value == pytest.approx(found["one"].value - found["other"].value)
    assert found["difference"].high - found["difference"].low < found["one"].high - found["one"].low


def test_centred_intervals_do_not_sit_above_their_figure():
    rng = np.random.default_rng(8)
    scores = rng.uniform(size=300)
    truth = (rng.random(300) < scores).astype(float)

    def raw(weights):
        return bins(scores, truth, weights).raw

    rows = Rows.single(300, count=300)
    value, resampled = values({"raw": raw}, rows)["raw"]
    assert np.percentile(resampled, 2.5) > 0.9 * value  # what makes the percentile interval useless here
    found = centred(value, resampled, value)
    assert found.low < found.value


def test_words_come_and_go_with_their_rows():
    rng = np.random.default_rng(9)
    owner = np.sort(rng.integers(0, 12, 80))
    truth, scores = rng.integers(0, 2, 80), rng.integers(0, 9, 80) / 8
    said = (scores > 0.5).astype(int)
    counts = rng.integers(0, 3, 12)
    again = np.repeat(np.arange(80), counts[owner])
    weights = counts[None, :].astype(float)
    assert m.auc(truth, scores, owner)(weights)[0] == pytest.approx(sk.roc_auc_score(truth[again], scores[again]))
    assert m.positive_f1(truth, said, owner)(weights)[0] == pytest.approx(sk.f1_score(truth[again], said[again]))


def test_rows_without_an_error_give_no_interval():
    """[1.000, 1.000] would say that the model is never wrong."""
    truth = np.array([0, 1] * 20)
    found = figures({"macro_f1": m.macro_f1(truth, truth, 2)}, Rows.single(40, count=100))["macro_f1"]
    assert found.value == 1
    assert np.isnan([found.low, found.high]).all()
    assert str(found) == "1.000 (no interval)"

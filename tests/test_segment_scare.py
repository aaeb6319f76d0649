"""The decision on scare quotes: its table, what it sees, and how it is fitted."""

from __future__ import annotations

from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scare import FEWEST, PHRASES, Judged, fit, is_set_aside, labels, lowest_threshold, phrases
from benchmarks.voice import read_lines
from biasscore.segment import segment
from biasscore.segment.scare import Decision, decision
from biasscore.segment.signs import READ

WORDS = st.sampled_from(["the", "supposed", "“experts”", "‘fix’", '"a b"', "“X”", "said", "mob", ",", ".", "\n\n", "“"])


def _listed(text: str) -> list[str]:
    return [mention.text for mention in segment(text).scare_quotes]


def test_the_table_is_a_table_of_finite_weights() -> None:
    learnt = decision()
    assert 0.5 < learnt.threshold < 1
    assert len(learnt.weights) > 100
    assert all(isfinite(weight) for weight in learnt.weights.values())


def test_what_the_table_has_no_weight_for_counts_nothing() -> None:
    learnt = Decision(bias=0.0, weights={"claim": 2.0}, threshold=0.8)
    assert learnt.probability({}) == learnt.probability({"in:unheard-of": 1.0}) == 0.5
    assert learnt.probability({"claim": 1.0}) == pytest.approx(1 / (1 + np.exp(-2)))


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("It is the administration’s “wait-and-see” playbook again.", ["“wait-and-see”"]),
        ("The supposed “deadline” passed without a word.", ["“deadline”"]),
        ("Their Korean “friends” sent shells.", ["“friends”"]),
        ("The supposed “deadline,” he said, was invented.", []),
        ("The ‘very’ conservative voters stayed at home.", []),
    ],
)
def test_plain_signs_and_learnt_ones(text: str, listed: list[str]) -> None:
    assert _listed(text) == listed


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_what_is_seen_is_small_and_finite(text: str) -> None:
    for phrase, seen in phrases(text):
        assert phrase.inner in text[phrase.start + 1 : phrase.end - 1]
        assert all(isfinite(value) and 0 <= value <= 3 for value in seen.values())


@pytest.mark.parametrize(("filler", "listed"), [("Rain fell. ", ["“friends”"]), ("Rain fell, he said. ", [])])
@pytest.mark.parametrize("room", [-50, -20, 0, 20, 50])
def test_a_phrase_far_into_a_long_text_is_judged_by_what_is_near(filler: str, listed: list[str], room: int) -> None:
    before = (filler * (READ // len(filler) + 9))[: READ + room].rpartition(".")[0]
    assert _listed(before + ". Their Korean “friends” sent shells.") == listed


@pytest.mark.parametrize(("words_between", "heard"), [(10, True), (1000, False)])
def test_of_an_endless_sentence_only_what_is_near_is_read(words_between: int, heard: bool) -> None:
    text = "It went by the polls and " + "on " * words_between + "their “merit” and so on"
    ((_, seen),) = phrases(text)
    assert ("speech in sentence" in seen) is heard


def _rows(n: int) -> list[Judged]:
    """Made-up phrases of which those with a claim are scare quotes."""
    return [
        Judged(f"article {i}", {"claim": float(i % 2), "noise": i / n}, float(i % 2), 1, plain=False, listed=False)
        for i in range(n)
    ]


def test_nothing_is_learnt_from_the_articles_of_the_held_out_phrases() -> None:
    rows = read_lines(PHRASES)
    assert {(row["part"], is_set_aside(row["article"])) for row in rows} == {("development", False), ("held out", True)}
    held_out = {row["article"] for row in rows if row["part"] == "held out"}
    assert held_out.isdisjoint(article for article, _ in labels())


def test_the_fit_learns_what_tells_and_drops_what_is_rare() -> None:
    rows = [*_rows(60), *[Judged("rare", {"seen once": 1.0}, 1.0, 1, plain=False, listed=False)] * (FEWEST - 1)]
    names, model = fit(rows)
    weights = dict(zip(names.feature_names_, model.coef_[0], strict=True))
    assert "seen once" not in weights
    assert weights["claim"] > 1 > abs(weights["noise"])


def test_the_threshold_is_the_lowest_that_keeps_the_aim() -> None:
    found = np.concatenate([np.full(100, 0.9), np.full(100, 0.7)])
    right = np.ones(200)
    assert lowest_threshold(right, found) == pytest.approx(0.51)
    wrong_below = np.concatenate([np.ones(100), np.zeros(100)])
    assert 0.70 < lowest_threshold(wrong_below, found) <= 0.72

"""Sentences made by rule on what rises and falls."""

from pathlib import Path

from biasscore.training.corpora import read_corpus
from biasscore.training.moves import sentences


def test_both_of_a_pair_say_the_same_of_another_direction():
    made = list(sentences(seed=3))
    for (rises, tone), (falls, other) in zip(made[::2], made[1::2], strict=True):
        assert tone == -other
        assert rises != falls
        ours, theirs = rises.rstrip(".").split(), falls.rstrip(".").split()
        # What differs is the verb, or the noun for it: a few words in one place.
        assert len(set(ours) ^ set(theirs)) <= 9, (rises, falls)


def test_measures_of_every_kind_rise_and_fall():
    tones = [(text, tone) for text, tone in sentences(seed=3) if "hunger" in text.lower()]
    assert {tone for text, tone in tones} == {-1, 1}
    assert [tone for text, tone in sentences(seed=3) if "registered cats" in text] == [0] * 12


def test_they_teach_tone_and_that_a_plain_report_is_not_loaded(tmp_path: Path):
    rows = read_corpus("moves", tmp_path)
    assert len(rows) > 2000
    assert {row.tone for row in rows} == {0, 1, 2}
    assert all(row.loaded == 0 and row.subjective is None and row.marked is None for row in rows)

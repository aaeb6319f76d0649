"""Sentences made by rule: on what rises and falls, and on one target praised and another blamed."""

from collections import defaultdict
from pathlib import Path

from biasscore.training.corpora import read_corpus
from biasscore.training.made_by_rule import contrasts, moves


def test_both_of_a_pair_say_the_same_of_another_direction():
    made = list(moves(seed=3))
    for (rises, tone), (falls, other) in zip(made[::2], made[1::2], strict=True):
        assert tone == -other
        assert rises != falls
        ours, theirs = rises.rstrip(".").split(), falls.rstrip(".").split()
        # What differs is the verb, or the noun for it: a few words in one place.
        assert len(set(ours) ^ set(theirs)) <= 9, (rises, falls)


def test_measures_of_every_kind_rise_and_fall():
    tones = [(text, tone) for text, tone in moves(seed=3) if "hunger" in text.lower()]
    assert {tone for text, tone in tones} == {-1, 1}
    assert [tone for text, tone in moves(seed=3) if "registered cats" in text] == [0] * 12


def test_moves_teach_tone_and_that_a_plain_report_is_not_loaded(tmp_path: Path):
    rows = read_corpus("moves", tmp_path)
    assert len(rows) > 2000
    assert {row.tone for row in rows} == {0, 1, 2}
    assert all(row.loaded == 0 and row.subjective is None and row.marked is None for row in rows)


def test_targets_stand_where_they_are_said_to_stand():
    for target in contrasts(seed=3):
        name = target["text"][target["start"] : target["end"]]
        assert name[0].isupper() or name.startswith("the ") or "the " not in target["text"][: target["start"]][-4:]
        assert name == name.strip()
        assert not any(mark in target["text"] for mark in "[]<>|")


def test_many_sentences_are_good_toward_one_target_and_bad_toward_another():
    tones = defaultdict(set)
    for target in contrasts(seed=3):
        tones[target["text"]].add(target["polarity"])
    assert sum({-1, 1} <= found for found in tones.values()) > len(tones) / 3
    assert sum(found == {0} for found in tones.values()) > len(tones) / 10


def test_a_described_name_has_one_article():
    texts = {target["text"].lower() for target in contrasts(seed=3)}
    assert not [
        text for text in texts if any(f" {word} the " in text for word in ("cruel", "brave", "greedy", "honest"))
    ]


def test_a_sentence_is_a_row_for_each_of_its_targets(tmp_path: Path):
    rows = read_corpus("contrasts", tmp_path)
    assert len({row.row for row in rows}) == len(rows) > len({row.text for row in rows})
    assert {row.toward for row in rows} == {0, 1, 2}
    assert all(row.loaded is None and row.tone is None and row.mention for row in rows)

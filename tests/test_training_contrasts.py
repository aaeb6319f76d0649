"""Sentences made by rule in which one target is praised and another blamed."""

from collections import defaultdict
from pathlib import Path

from biasscore.training.contrasts import targets
from biasscore.training.corpora import read_corpus


def test_targets_stand_where_they_are_said_to_stand():
    for target in targets(seed=3):
        name = target["text"][target["start"] : target["end"]]
        assert name[0].isupper() or name.startswith("the ") or "the " not in target["text"][: target["start"]][-4:]
        assert name == name.strip()
        assert not any(mark in target["text"] for mark in "[]<>|")


def test_many_sentences_are_good_toward_one_target_and_bad_toward_another():
    tones = defaultdict(set)
    for target in targets(seed=3):
        tones[target["text"]].add(target["polarity"])
    assert sum({-1, 1} <= found for found in tones.values()) > len(tones) / 3
    assert sum(found == {0} for found in tones.values()) > len(tones) / 10


def test_a_described_name_has_one_article():
    texts = {target["text"].lower() for target in targets(seed=3)}
    assert not [
        text for text in texts if any(f" {word} the " in text for word in ("cruel", "brave", "greedy", "honest"))
    ]


def test_a_sentence_is_a_row_for_each_of_its_targets(tmp_path: Path):
    rows = read_corpus("contrasts", tmp_path)
    assert len({row.row for row in rows}) == len(rows) > len({row.text for row in rows})
    assert {row.toward for row in rows} == {0, 1, 2}
    assert all(row.loaded is None and row.tone is None and row.mention for row in rows)

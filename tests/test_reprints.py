"""Wire copy and reprints: made-up paragraphs of which it is known who has them."""

from __future__ import annotations

import random
import tracemalloc

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biasscore.analysis.reprints import MIN_WORDS, PrintedPassage, find_reprints

WORDS = (
    "river bridge council mayor budget school harbor train market garden winter letter window doctor engine field "
    "report island valley storm printer lantern copper marble ribbon saddle timber violin walnut anchor"
).split()


def paragraph(seed: int, n_words: int = 40) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=n_words)).capitalize() + "."


def press(*placed: tuple[str, str]) -> list[PrintedPassage]:
    """One article for each side and text, paragraph 0 its own and paragraph 1 the text."""
    own = [PrintedPassage(f"a{i}", side, 0, paragraph(1000 + i)) for i, (side, _) in enumerate(placed)]
    return [*own, *(PrintedPassage(f"a{i}", side, 1, text) for i, (side, text) in enumerate(placed))]


def test_copies_are_found_with_the_sides_that_share_them():
    wire = paragraph(1)
    found = find_reprints(press(("B", wire), ("A", wire), ("C", paragraph(2)), ("A", wire)))
    assert [(c.article, c.paragraph, c.shared_with) for c in found.copies] == [
        ("a0", 1, ("A",)),
        ("a1", 1, ("B",)),
        ("a3", 1, ("B",)),
    ]
    assert {c.passage for c in found.copies} == {1}
    assert found.n_paragraphs == {"A": 4, "B": 2, "C": 2}
    assert (found.n_shared(), found.n_shared("A"), found.n_shared("C")) == (3, 2, 0)


@pytest.mark.parametrize(
    ("edit", "shared"),
    [
        (lambda text: text.upper(), True),
        (lambda text: text.replace(" ", "  \n"), True),
        (lambda text: f"Kestrel City (Agency) — {text}", True),
        (lambda text: " ".join("lately" if i == 20 else word for i, word in enumerate(text.split())), True),
        (lambda text: " ".join(sorted(text.split())), False),
        (lambda text: " ".join(text.split()[: MIN_WORDS - 1]), False),
    ],
)
def test_small_edits_hide_no_copy_and_the_same_words_in_another_order_are_none(edit, shared):
    wire = paragraph(3)
    assert bool(find_reprints(press(("A", wire), ("B", edit(wire)))).copies) == shared


def test_what_one_side_repeats_is_its_own():
    note = paragraph(4)
    assert find_reprints(press(("A", note), ("A", note), ("B", paragraph(5)))).copies == ()
    assert find_reprints([]).copies == ()


def test_memory_does_not_grow_with_how_often_a_paragraph_is_repeated():
    """Each of 16 bands finds all repeats again; kept until the end, they took 1,700 bytes per paragraph here."""
    texts = [paragraph(seed) for seed in range(500)]
    passages = [PrintedPassage(f"a{i // 500}", "A", i % 500, texts[i % 500]) for i in range(6000)]
    find_reprints(passages[:2])  # what is imported at first use
    tracemalloc.start()
    try:
        find_reprints(passages)
        assert tracemalloc.get_traced_memory()[1] / len(passages) < 1200
    finally:
        tracemalloc.stop()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 6)), max_size=25), st.randoms(use_true_random=False))
def test_exactly_what_two_sides_have_is_found_in_any_order(placed, shuffler):
    passages = [PrintedPassage(f"a{i}", side, 0, paragraph(seed)) for i, (side, seed) in enumerate(placed)]
    sides = {seed: {side for side, other in placed if other == seed} for _, seed in placed}
    expected = {f"a{i}" for i, (_, seed) in enumerate(placed) if len(sides[seed]) > 1}
    shuffler.shuffle(passages)
    found = find_reprints(passages)
    assert {copy.article for copy in found.copies} == expected
    for copy in found.copies:
        assert set(copy.shared_with) == sides[placed[int(copy.article[1:])][1]] - {copy.side}


def test_tables_are_marked_and_copies_written(tmp_path):
    wire = paragraph(6)
    found = find_reprints(press(("A", wire), ("B", wire)))
    table = pa.table({"id": ["a0", "a0", "a1", "a1"], "paragraph": [0, 1, 1, None]})
    assert found.mark(table)["shared_with"].to_pylist() == [[], ["B"], ["A"], []]
    frame = table.append_column("model", pa.array(["m"] * 4)).to_pandas()
    assert found.mark(frame)["shared_with"].to_pylist() == [[], ["B"], ["A"], []]
    found.write(tmp_path / "reprints.csv")
    lines = (tmp_path / "reprints.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["passage,id,side,paragraph,shared_with", "1,a0,A,1,B", "1,a1,B,1,A"]
    find_reprints(press(("A", wire), ("B \ud83d", wire))).write(tmp_path / "half.csv")
    assert r"1,a0,A,1,B \ud83d" in (tmp_path / "half.csv").read_text(encoding="utf-8")

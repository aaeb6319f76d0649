"""The same events: made-up articles of which it is known what they report."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biasscore.analysis.events import Events, Member, Report, match_events, names_of, read_events
from biasscore.errors import InputError

MAYDAY = date(2024, 5, 1)
FLOOD = (
    "The river Alder broke its banks in Marston on Monday night, and firefighters led by Chief Ines Okoro moved people "
    "from Mill Lane to the school. The dam at Harrow Bridge held, engineers of the Water Board told reporters."
)
FLOOD_AGAIN = (
    "Hundreds left Mill Lane after the Alder flooded Marston. At Harrow Bridge the dam did not give way, while "
    "firefighters under Ines Okoro brought families to a school, according to the Water Board."
)
STRIKE = (
    "Drivers of the Vale tramway stopped work at noon in Kestrel City. The union leader Tomas Brandt wants shorter "
    "shifts; the company Vale Transit calls the strike unlawful and asks the Labour Court for an order."
)
STRIKE_AGAIN = (
    "No tram ran in Kestrel City after noon. Shifts are too long, says Tomas Brandt, whose union called the strike. "
    "Vale Transit has gone to the Labour Court against the drivers."
)
BUDGET = "The council of Marston passed a budget of nine million for parks, roads and libraries without debate."
RECIPE = "Cut the onions, melt the butter, and stir until the kitchen smells of autumn. Serve with bread."


def report(name: str, side: str, text: str, day: int | None = 0) -> Report:
    return Report(
        name, side, text.split(".", maxsplit=1)[0], text, None if day is None else MAYDAY + timedelta(days=day)
    )


PRESS = (
    report("a1", "Courier", FLOOD),
    report("b1", "Ledger", FLOOD_AGAIN, 1),
    report("c1", "Post", FLOOD, 1),
    report("a2", "Courier", STRIKE, 2),
    report("b2", "Ledger", STRIKE_AGAIN, 2),
    report("a3", "Courier", BUDGET, 1),
    report("b3", "Ledger", RECIPE, 1),
)


def groups(events: Events) -> set[frozenset[str]]:
    named = {event: frozenset(m.id for m in events.members if m.event == event) for event in events.of().values()}
    return set(named.values())


def test_articles_of_one_event_stand_together_and_others_stay_out():
    events = match_events(PRESS)
    assert groups(events) == {frozenset({"a1", "b1", "c1"}), frozenset({"a2", "b2"})}
    assert events.n_events == 2
    assert {frozenset((a.id, b.id)) for a, b in events.pairs()} == {
        frozenset(pair) for pair in ({"a1", "b1"}, {"a1", "c1"}, {"b1", "c1"}, {"a2", "b2"})
    }


def test_each_member_has_its_evidence():
    member = next(m for m in match_events(PRESS).members if m.id == "b2")
    assert 0.37 <= member.similarity < 1
    assert {"Kestrel City", "Tomas Brandt", "Labour Court"} == set(member.shared_names)
    assert member.day == "2024-05-03"


@given(st.permutations(PRESS))
def test_the_order_of_the_articles_does_not_matter(shuffled):
    assert match_events(shuffled) == match_events(PRESS)


@pytest.mark.parametrize(("apart", "matched"), [(0, True), (2, True), (3, False)])
def test_days_beyond_the_window_part_articles(apart, matched):
    found = match_events([report("a", "A", FLOOD), report("b", "B", FLOOD_AGAIN, apart), *PRESS[3:]], window_days=2)
    assert ("a" in found.of()) == matched


def test_a_chain_of_days_is_not_one_event():
    chain = [report(f"d{i}", "AB"[i % 2], FLOOD, 2 * i) for i in range(4)]
    assert groups(match_events(chain)) == {frozenset({"d0", "d1"}), frozenset({"d2", "d3"})}


def test_one_side_alone_is_no_event():
    assert match_events([replace(one, side="A") for one in PRESS]).members == ()
    assert match_events([]).members == ()


def test_articles_without_a_day_are_left_out_beside_dated_ones_and_matched_among_themselves():
    undated = [replace(one, day=None) for one in PRESS]
    assert "a1" not in match_events([undated[0], *PRESS[1:]]).of()
    assert groups(match_events(undated)) == groups(match_events(PRESS))


def test_words_alone_are_not_enough():
    plain = [report(name, side, text.lower()) for name, side, text in (("a", "A", FLOOD), ("b", "B", FLOOD_AGAIN))]
    assert match_events(plain).members == ()
    assert match_events(plain, min_names=0, min_similarity=0.2).members != ()
    assert match_events(plain, min_similarity=0.2).members == ()


def test_names_stand_inside_sentences_and_are_no_days():
    text = "Rain fell. On Monday Mayor Ada Cole of New Harbor spoke. Then the mayor left Finch & Co in New\nHarbor."
    assert names_of(text) == {"Mayor Ada Cole": 1, "New Harbor": 1, "Finch": 1, "New": 1}


def test_events_are_written_corrected_and_read_back(tmp_path):
    events = match_events(PRESS)
    events.write(tmp_path / "events.csv")
    read = read_events(tmp_path / "events.csv")
    assert read.of() == events.of()
    assert [m.shared_names for m in read.members] == [m.shared_names for m in events.members]
    lines = (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    gone = [line.replace("e00002", "", 1) if ",b2," in line else line for line in lines]
    (tmp_path / "events.csv").write_text("".join(gone), encoding="utf-8")
    assert "b2" not in read_events(tmp_path / "events.csv").of()


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_list_is_read_as_a_spreadsheet_of_another_country_saves_it(tmp_path, mark):
    match_events(PRESS).write(tmp_path / "events.csv")
    with (tmp_path / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = [[*row[:5], row[5].replace(".", ","), row[6]] for row in csv.reader(file)]
    with (tmp_path / "saved.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    assert read_events(tmp_path / "saved.csv") == read_events(tmp_path / "events.csv")


def test_half_a_character_in_a_title_is_written_visibly(tmp_path):
    Events((Member("e1", "a", "A", "", "Mayor \ud83d", None, ()),)).write(tmp_path / "events.csv")
    assert read_events(tmp_path / "events.csv").members[0].title == r"Mayor \ud83d"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,side\na,b\n", "has no column 'event'"),
        ("event,id\ne1,a\ne2,a\n", "lists the article 'a' more than once"),
        ("event,id,similarity\ne1,a,high\n", "'similarity' of the article 'a' must be a number, not 'high'"),
    ],
)
def test_a_broken_list_is_refused(tmp_path, text, message):
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_events(tmp_path / "events.csv")


def test_a_list_by_hand_needs_two_columns(tmp_path):
    (tmp_path / "events.csv").write_text("event,id\nflood,a1\nflood,b1\n,c1\n", encoding="utf-8")
    assert read_events(tmp_path / "events.csv") == Events(
        (Member("flood", "a1", "", "", "", None, ()), Member("flood", "b1", "", "", "", None, ()))
    )
    with pytest.raises(InputError, match="cannot be opened"):
        read_events(tmp_path / "none.csv")

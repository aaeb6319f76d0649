"""CSV cells that a spreadsheet would run: as they were by default, and harmless where that is asked for."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
from fakes import fake_scorer
from hypothesis import given
from hypothesis import strategies as st

from biasscore.analysis import Report, match_events, read_events
from biasscore.analysis.comparison import compare
from biasscore.report import write_data
from biasscore.tables import as_given, defused, defused_text

RUN = "=+-@\t\r\n"
TEXTS = st.text(alphabet=st.one_of(st.sampled_from(RUN + "'"), st.characters(codec="utf-8")), max_size=5)


@given(TEXTS)
def test_no_defused_text_runs_and_each_comes_back(text: str) -> None:
    found = defused_text(text)
    assert found[:1] not in RUN or not found
    assert found in (text, f"'{text}")
    assert as_given(found) == text or (found == text and text.startswith("'"))


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_table_is_defused_as_its_texts_are(texts: list[str]) -> None:
    assert defused(pa.table({"=a": texts})).to_pydict() == {"'=a": list(map(defused_text, texts))}


def test_numbers_and_nulls_stay() -> None:
    given_ = {"n": [-1.5, None], "text": pa.array([None, "-"], pa.string())}
    assert defused(pa.table(given_)).to_pydict() == {"n": [-1.5, None], "text": [None, "'-"]}


def test_an_event_list_runs_nothing_and_comes_back_as_it_was(tmp_path: Path) -> None:
    text = "The Alder Bridge in New Harbor fell on Monday, Mayor Ada Cole told the Harbor Post on the Alder Road."
    ids = ["=1+1", "'=1+1", "@a", "b"]
    reports = [Report(name, f"-{i}", "+title", text, date(2024, 5, 1)) for i, name in enumerate(ids)]
    events = match_events(reports, min_similarity=0.1, min_names=1)
    assert {member.id for member in events.members} == set(ids)
    events.write(tmp_path / "events.csv")
    assert read_events(tmp_path / "events.csv").of() == events.of()
    assert not [cell for cell in _texts(tmp_path) if cell[0] in RUN]


def test_no_cell_of_the_data_of_a_comparison_runs(tmp_path: Path) -> None:
    documents = fake_scorer().score_many(["A smug vote in June.", "A reckless bill in May."] * 6)
    found = compare({"=cmd|' /C calc'!A0": documents[:6], "@SUM(1)": documents[6:]}, resamples=20)
    for folder, defuse in (("raw", False), ("safe", True)):
        write_data(found, tmp_path / folder, defuse=defuse)
    runs = {folder: [cell for cell in _texts(tmp_path / folder) if cell[0] in RUN] for folder in ("raw", "safe")}
    assert "=cmd|' /C calc'!A0" in runs["raw"]
    assert runs["safe"] == []


def _texts(folder: Path) -> list[str]:
    """Every cell that is no number."""
    cells = [cell for path in folder.glob("*.csv") for row in csv.reader(path.open(encoding="utf-8")) for cell in row]
    return [cell for cell in cells if cell and not cell.lstrip("+-").replace(".", "").replace("e-", "").isdigit()]

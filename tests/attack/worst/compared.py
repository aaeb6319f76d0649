"""Scored articles that are the worst for comparisons, reprints and trends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from report_documents import document

from attack.worst.curve import Curve, of_inputs
from biasscore.analysis import PrintedPassage, Report, compare, compare_groups, find_reprints, match_events, trend
from biasscore.analysis.events import Events, Member
from biasscore.analysis.words import Statement, telling
from biasscore.predict import checkpoints

FEW = 20
"""Resamples: a bootstrap is linear in them, so more would only hide the rest."""

FIRST = date(2000, 1, 1)


def groups(n: int, each: int, *, topics: int = 1, model: str = "m@1") -> pa.Table:
    """Scored articles, ``each`` of them in each of ``n`` groups; each on a day of its own."""
    places = [(group, number) for group in range(n) for number in range(each)]
    return pa.table(
        {
            "id": [f"g{group}-{number}" for group, number in places],
            "group": [f"g{group}" for group, _ in places],
            "model": [model] * len(places),
            "error": pa.array([None] * len(places), pa.string()),
            "loaded": [(group * 7 + number * 3) % 11 / 10 for group, number in places],
            "subjectivity": [number % 3 / 2 for _, number in places],
            "topic": [f"t{number % topics}" for _, number in places],
            "date": [FIRST + timedelta(days=at % 100_000) for at in range(len(places))],
        }
    )


def sentences(table: pa.Table, each: int = 3) -> pa.Table:
    """Sentences of scored articles, no two alike: each group has words of its own."""
    places = [(name, number) for name in table["id"].to_pylist() for number in range(each)]
    texts = [_text(f"{name.replace('-', 'z')}z{number}") for name, number in places]
    return pa.table(
        {
            "id": [name for name, _ in places],
            "text": texts,
            "model": table["model"].to_pylist()[:1] * len(places),
            "error": pa.array([None] * len(places), pa.string()),
            "start": [100 * number for _, number in places],
            "paragraph": [number for _, number in places],
            "kind": ["text"] * len(places),
            "loaded": [number % 10 / 9 for _, number in places],
            "author_chars": [50] * len(places),
            "n_chars": [50] * len(places),
        }
    )


def _plain(table: pa.Table) -> Any:
    return compare_groups(table, resamples=FEW)


def _by_topic(table: pa.Table) -> Any:
    return compare_groups(table, topic="topic", resamples=FEW)


def _with_sentences(tables: tuple[pa.Table, pa.Table]) -> Any:
    return compare_groups(tables[0], sentences=tables[1], prior="auto", resamples=FEW)


def _documents(sides: Any) -> Any:
    return compare(sides, resamples=FEW)


def _of_target(table: pa.Table) -> Any:
    return compare_groups(table, target="T1", resamples=FEW)


def _by_event(found: tuple[pa.Table, Events]) -> Any:
    return compare_groups(found[0], match=found[1], resamples=FEW)


def _trend(table: pa.Table) -> Any:
    return trend(table, by="group", every="day", resamples=FEW)


def _monthly(table: pa.Table) -> Any:
    return trend(table, every="month", resamples=FEW)


def _written(n: int, each: int) -> tuple[pa.Table, pa.Table]:
    """Articles of a model whose shares can be estimated, with their sentences."""
    table = groups(n, each, model=f"small@{checkpoints.read('small').fingerprint}")
    return table, sentences(table)


def _targets(n: int) -> pa.Table:
    """Two groups, and n targets beside the one that is compared."""
    table = groups(2, n)
    target = [f"t{number if number > 9 else 1}" for _ in range(2) for number in range(n)]
    columns = {"target": pa.array(target), "target_tone": table["loaded"], "target_quoted_tone": table["loaded"]}
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table


def _events(n: int) -> tuple[pa.Table, Events]:
    """n events, each of two groups."""
    members = (Member(f"e{i}", f"g{group}-{i}", f"g{group}", "", "", None, ()) for i in range(n) for group in range(2))
    return groups(2, n), Events(tuple(members))


def _passages(n: int, number: Callable[[int], int], sides: int = 2) -> list[PrintedPassage]:
    """n paragraphs of twenty words; those of one number are the same."""
    return [PrintedPassage(f"a{i}", f"s{i % sides}", 0, _text(f"w{number(i)}")) for i in range(n)]


_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A word has no digits."""


def _text(own: str) -> str:
    """Twenty words that no text of another name has."""
    return " ".join(f"{own.translate(_LETTERS)}q{letter}" for letter in "abcdefghijklmnopqrst")


def _reports(n: int) -> list[Report]:
    """Two articles a day on one event, whose names and words no other has."""
    texts = [
        f"In town Ann Q{_letters(i)} met Bob R{_letters(i)} and vote{_letters(i)} bill{_letters(i)}." for i in range(n)
    ]
    return [
        Report(f"{side}{i}", side, "", text, FIRST + timedelta(days=3 * i))
        for i, text in enumerate(texts)
        for side in "ab"
    ]


def _letters(number: int) -> str:
    return str(number).translate(_LETTERS)


QUOTED = "He said “a reckless scheme” and “it was bad” of it all. "


def curves() -> Iterator[Curve]:
    """Comparisons by each way of matching, and what they consist of."""
    area = "comparisons"
    tables = {
        "n groups of one article": lambda n: groups(n, 1),
        "n groups of six articles": lambda n: groups(n, 6),
        "two groups of n articles": lambda n: groups(2, n),
    }
    yield from of_inputs(area, _plain, tables, 30)
    topics = {
        "n topics of two groups": lambda n: groups(2, n, topics=n),
        "n articles on two topics": lambda n: groups(2, n, topics=2),
    }
    yield from of_inputs(area, _by_topic, topics, 60)
    written = {
        "n groups of two articles with sentences": lambda n: _written(n, 2),
        "n articles with sentences": lambda n: _written(2, n),
    }
    yield from of_inputs(area, _with_sentences, written, 10)
    sides = {
        "n articles as sides": lambda n: [document(QUOTED)] * n,
        "two articles of n quotations": lambda n: [document(QUOTED * n)] * 2,
        "two articles of one paragraph each with n quotations": lambda n: [document("“a b” and " * n)] * 2,
        "two groups of n articles, as documents": lambda n: [[document(QUOTED)] * n] * 2,
    }
    yield from of_inputs(area, _documents, sides, 30)
    yield from of_inputs(area, _of_target, {"n targets": _targets}, 400)
    yield from of_inputs(area, _by_event, {"n events of two groups": _events}, 80)
    yield from of_inputs(area, match_events, {"finding n events of two articles": _reports}, 300)
    days = {"trend of n groups": lambda n: groups(n, 2), "trend of n days": lambda n: groups(2, n)}
    yield from of_inputs(area, _trend, days, 40)
    yield from of_inputs(area, _monthly, {"trend of n articles by month": lambda n: groups(1, n)}, 60)
    passages = {
        "reprints, n paragraphs that differ": lambda n: _passages(n, lambda i: i),
        "reprints, n copies of one paragraph": lambda n: _passages(n, lambda _: 0),
        "reprints, n pairs": lambda n: _passages(2 * n, lambda i: i // 2),
        "reprints, one paragraph of n groups": lambda n: _passages(n, lambda _: 0, sides=n),
    }
    yield from of_inputs(area, find_reprints, passages, 60)
    told = {
        "telling words of n groups": lambda n: [_statements(f"g{_letters(i)}", 1) for i in range(n)],
        "telling words of n sentences": lambda n: [_statements("a", n), _statements("b", n)],
    }
    yield from of_inputs(area, telling, told, 40)


def _statements(side: str, n: int) -> list[Statement]:
    texts = [_text(f"{side}{i}") for i in range(n)]
    return [Statement(text, text, 0.5, side) for text in texts]

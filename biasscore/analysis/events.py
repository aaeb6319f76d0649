"""The same events: articles of different sides that report one thing, found by their names, words and dates.

Each article becomes a sparse TF-IDF vector (scikit-learn) of the words and names in its title and its first paragraphs.
Two articles are near when few days lie between them, the cosine of their vectors is high, and they share names.
Clusters grow from the nearest pair on, and an article joins only where it is near every member (complete linkage), so
that a chain of related stories does not become one event.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from biasscore.analysis.words import words
from biasscore.errors import InputError
from biasscore.tables import as_given, defused_text

WINDOW_DAYS = 2
"""Most days between the first and the last article of one event."""

MIN_SIMILARITY = 0.37
MIN_NAMES = 2
"""Fewest names that two articles of one event share."""

LEAD_CHARACTERS = 2500
"""How much of an article is read: news says first what it is about."""

_BLOCK = 500
# A capital after a word or a comma: at the start of a sentence any word has one.
_NAME = re.compile(r"(?<=[\w,;’'] )[A-Z][\w’'-]*[a-z]\w*(?: [A-Z][\w’'-]*[a-z]\w*)*")
_NO_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mr mrs ms dr sen rep gov president senator representative i".split()
)


@dataclass(frozen=True, slots=True)
class Report:
    """An article as matching reads it.

    Attributes:
        side: its outlet or group; an event needs two sides.
        day: None where no date is known; beside articles with a date it is left out.
    """

    id: str
    side: str
    title: str
    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One article of an event, with the evidence that puts it there.

    Attributes:
        event: name of the event.
        similarity: mean cosine with the other members, 0 to 1; None in a list that was written by hand.
        shared_names: names that another side's members use as well, most frequent first.
    """

    event: str
    id: str
    side: str
    day: str
    title: str
    similarity: float | None
    shared_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """Events that two sides or more report, in the order of their days.

    Attributes:
        members: those of one event stand together.
        found: whether `match_events` found them; a list that was read may have been corrected by hand.
    """

    members: tuple[Member, ...]
    found: bool = False

    @property
    def n_events(self) -> int:
        return len({member.event for member in self.members})

    def of(self) -> dict[str, str]:
        """The event of each matched article, by the article's id."""
        return {member.id: member.event for member in self.members}

    def pairs(self) -> Iterator[tuple[Member, Member]]:
        """Every two members of one event that are of different sides."""
        by_event: dict[str, list[Member]] = {}
        for member in self.members:
            by_event.setdefault(member.event, []).append(member)
        for found in by_event.values():
            yield from ((a, b) for a, b in combinations(found, 2) if a.side != b.side)

    def write(self, path: str | Path) -> None:
        """Write ``events.csv``: one row per article, to be looked at and corrected.

        It is made for spreadsheets: a text that one would run has an apostrophe, which ``read_events`` takes off.
        """
        with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(field.name for field in fields(Member))
            for member in self.members:
                *cells, similarity, names = astuple(member)
                shown = "" if similarity is None else f"{similarity:.3f}"
                writer.writerow([*map(defused_text, cells), shown, defused_text("; ".join(names))])


def read_events(path: str | Path) -> Events:
    """Read ``events.csv`` back. Rows without an event are left out; of the columns only event and id must be there.

    Commas, semicolons or tabs part the columns: in many countries spreadsheets write semicolons, and decimal commas.

    Raises:
        InputError: if a column is missing, or an article stands in two events.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            header = stream.readline()
            stream.seek(0)
            rows = list(csv.DictReader(stream, delimiter=next((mark for mark in ",;\t" if mark in header), ",")))
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror}); check the path") from error
    except (UnicodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV ({error}); save the file as CSV in UTF-8") from error
    if rows and (missing := {"event", "id"} - rows[0].keys()):
        raise InputError(
            f"{path} has no column {' and no column '.join(map(repr, sorted(missing)))}; use a file events.csv that "
            "`biasscore compare --match event --data FOLDER` wrote"
        )
    members = tuple(_member(row, path) for row in rows if (row["event"] or "").strip())
    repeated = [name for name, n in Counter(member.id for member in members).items() if n > 1]
    if repeated:
        raise InputError(f"{path} lists the article {repeated[0]!r} more than once; keep one row per article")
    return Events(members)


def match_events(
    reports: Sequence[Report],
    *,
    window_days: int = WINDOW_DAYS,
    min_similarity: float = MIN_SIMILARITY,
    min_names: int = MIN_NAMES,
) -> Events:
    """Finds the events that articles of different sides report.

    Args:
        reports: with ids that differ. Where any has a day, those without one are left out; where none has, articles
            are matched by names and words alone.
        window_days: most days between two articles of one event.
        min_similarity: least cosine of two articles of one event, 0 to 1.
        min_names: fewest names that they share.

    Returns:
        Events of two sides or more; an article stands in one at most.
    """
    dated = [report for report in reports if report.day is not None] or reports
    ordered = sorted(dated, key=lambda report: (report.day or date.min, report.id))
    if len({report.side for report in ordered}) < 2:
        return Events((), found=True)
    names = [names_of(report.text[:LEAD_CHARACTERS]) for report in ordered]
    near = _near(ordered, names, window_days, min_similarity, min_names)
    clusters = [cluster for cluster in _clusters(near) if len({ordered[i].side for i in cluster}) > 1]
    return Events(tuple(_members(sorted(map(sorted, clusters)), ordered, names, near)), found=True)


def names_of(text: str) -> Counter[str]:
    """How often each capitalised word or run of words stands inside a sentence: people, places, bodies."""
    runs = ([part for part in run.split() if part.casefold() not in _NO_NAMES] for run in _NAME.findall(text))
    return Counter(" ".join(run) for run in runs if run)


def _near(
    reports: Sequence[Report], names: Sequence[Counter[str]], window: int, least: float, min_names: int
) -> dict[tuple[int, int], float]:
    """Similarity of each near pair, the earlier article first."""
    vectors = _vectors(reports, names)
    parts = [_name_words(found) for found in names]
    days = np.array([report.day.toordinal() if report.day else 0 for report in reports])
    found: dict[tuple[int, int], float] = {}
    for first in range(0, len(reports), _BLOCK):
        last = min(first + _BLOCK, len(reports))
        # Articles are in the order of their days, so those in reach of a block follow it closely.
        reach = int(np.searchsorted(days, days[last - 1] + window, side="right"))
        similar = (vectors[first:last] @ vectors[first:reach].T).tocoo()
        kept = (similar.data >= least) & (similar.row < similar.col)
        for row, column, value in zip(similar.row[kept], similar.col[kept], similar.data[kept], strict=True):
            one, two = int(first + row), int(first + column)
            if days[two] - days[one] <= window and len(parts[one] & parts[two]) >= min_names:
                found[one, two] = float(value)
    return found


def _vectors(reports: Sequence[Report], names: Sequence[Counter[str]]) -> Any:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

    def terms(index: int) -> list[str]:
        report = reports[index]
        plain = words(f"{report.title} {report.text[:LEAD_CHARACTERS]}")
        named = (f"{part} (name)" for name, n in names[index].items() for part in name.split() * n)
        return [word for word in plain if word not in ENGLISH_STOP_WORDS] + list(named)

    fitted = TfidfVectorizer(analyzer=terms, sublinear_tf=True, dtype=np.float32)
    return fitted.fit_transform(range(len(reports)))


def _name_words(names: Iterable[str]) -> frozenset[str]:
    return frozenset(part for name in names for part in name.split()[-1:])


def _clusters(near: Mapping[tuple[int, int], float]) -> list[set[int]]:
    cluster_of: dict[int, set[int]] = {}
    for (one, two), _ in sorted(near.items(), key=lambda item: (-item[1], item[0])):
        a, b = cluster_of.setdefault(one, {one}), cluster_of.setdefault(two, {two})
        if a is not b and all((min(i, j), max(i, j)) in near for i in a for j in b):
            a |= b
            cluster_of.update(dict.fromkeys(b, a))
    return list({id(cluster): cluster for cluster in cluster_of.values()}.values())


def _members(
    clusters: Iterable[Sequence[int]],
    reports: Sequence[Report],
    names: Sequence[Counter[str]],
    near: Mapping[tuple[int, int], float],
) -> Iterator[Member]:
    for number, cluster in enumerate(clusters, start=1):
        for i in cluster:
            others = [j for j in cluster if j != i]
            theirs = {n for j in others if reports[j].side != reports[i].side for n in names[j]}
            shared = sorted(theirs & names[i].keys(), key=lambda name: (-names[i][name], name))
            similarity = float(np.mean([near[min(i, j), max(i, j)] for j in others]))
            report = reports[i]
            day = report.day.isoformat() if report.day else ""
            yield Member(f"e{number:05d}", report.id, report.side, day, report.title, similarity, tuple(shared))


def _member(row: Mapping[str, str | None], path: str | Path) -> Member:
    def cell(name: str) -> str:
        return as_given((row.get(name) or "").strip())

    names = tuple(name.strip() for name in cell("shared_names").split(";") if name.strip())
    try:
        similarity = float(cell("similarity").replace(",", ".")) if cell("similarity") else None
    except ValueError as error:
        raise InputError(
            f"in {path}, the column 'similarity' of the article {cell('id')!r} must be a number, not "
            f"{cell('similarity')!r}; correct this cell"
        ) from error
    return Member(cell("event"), as_given(row["id"] or ""), cell("side"), cell("day"), cell("title"), similarity, names)

"""Scored articles in one form, whether they come as Documents or as rows of a result table."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from biasscore.errors import InputError
from biasscore.heads import SCORES as COMPARED
from biasscore.results import Document, value_of

SCORES: tuple[str, ...] = tuple(column.name for column in COMPARED)
"""What is compared by default; names as in the result table."""

NO_GROUP = "(none)"
TARGET = "target"
TARGET_SCORES = ("target_tone", "target_quoted_tone")
"""What is compared by default of one target."""
VOICES: Mapping[str, str] = {
    "target_tone": "author",
    "target_quoted_tone": "quoted",
    "target_attributed_tone": "attributed",
}
"""Scores that are means over the mentions of a target, and in whose words these stand."""

# Python's own reader takes other texts, too, and which ones depends on its version.
_DAY = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})(?![0-9])")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WITH_MONTH = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
    rf"(?:(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)? (?P<month>{_MONTH})|(?P<first>{_MONTH}) (?P<second>[0-9]{{1,2}}))"
    r"(?:st|nd|rd|th)?,? (?P<year>[0-9]{4})(?![0-9])",
    re.IGNORECASE,
)

_TRUTH = {"true": 1.0, "false": 0.0}
"""How CSV and JSON write them."""

Ranges: TypeAlias = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ScoredMention:
    """Where an article names the target: its first character, whose words it stands in, and the tone (or None)."""

    start: int
    voice: str
    tone: float | None


@dataclass(frozen=True, slots=True)
class ScoredArticle:
    """What a comparison needs of one article.

    Attributes:
        id: as in the result table; joins the article to its sentences.
        side: the side it belongs to; None in a table of one side.
        scores: one number per compared score; NaN where the article has no such score.
        topic: subject that articles are matched by; None where none is known.
        day: when it appeared; None where that is not known.
        quotes: characters that stand inside quotations, in the order of the text.
        mentions: of the target; None in a table of articles, and where the table does not tell them.
    """

    id: str
    model: str
    side: str | None
    scores: tuple[float, ...]
    title: str = ""
    topic: str | None = None
    day: date | None = None
    quotes: Ranges = ()
    mentions: tuple[ScoredMention, ...] | None = None

    @property
    def group(self) -> str:
        """The name of its side; ``NO_GROUP`` where the table names none."""
        return self.side or NO_GROUP

    def without(self, ranges: Ranges) -> ScoredArticle:
        """The article without its mentions inside ``ranges``; its scores stay as they are."""
        if self.mentions is None:
            return self
        own = (m for m in self.mentions if not any(first <= m.start < last for first, last in ranges))
        return replace(self, mentions=tuple(own))

    def tones(self) -> dict[str, float]:
        """The tones toward the target as ``results.Target`` has them, since a mean of tones is the tone of the mean
        probabilities; none where the mentions are unknown.
        """
        if self.mentions is None:
            return {}
        by_voice: dict[str, list[float]] = {}
        for mention in self.mentions:
            if mention.tone is not None:
                by_voice.setdefault(mention.voice, []).append(mention.tone)
        return {name: _mean(by_voice.get(voice, ())) for name, voice in VOICES.items()}


def from_document(document: Document, name: str) -> ScoredArticle:
    """One Document, named ``name``."""
    quotes = tuple((quote.start, quote.end) for quote in document.quotes)
    scores = tuple(_number(value_of(document, column)) for column in COMPARED)
    title = document.title.text.strip() if document.title else ""
    return ScoredArticle(name, document.model, None, scores, title, quotes=quotes)


def from_table(
    table: pa.Table,
    *,
    by: str | None = None,
    topic: str | None = None,
    day: str | None = None,
    scores: Sequence[str] = SCORES,
) -> tuple[ScoredArticle, ...]:
    """The rows of a result table of document level that could be scored.

    Args:
        table: with the columns of ``biasscore.tables.schema("document")``; columns of ``SCORES`` may be missing.
        by: a column with each article's side.
        topic: a kept column with each article's topic.
        day: a kept column with each article's day: dates, or texts that ``read_day`` reads.
        scores: columns of numbers, or of texts that are numbers (as a CSV holds them), to compare; those outside
            ``SCORES`` must be in the table.

    Raises:
        InputError: if a column is missing or holds no numbers, or the table is not of document level.
    """
    own = tuple(name for name in scores if name not in SCORES)
    require(table, ("id", "model", *(name for name in (by, topic, day) if name is not None), *own))
    for name in own:
        table = table.set_column(table.column_names.index(name), name, _numbers(table, name))
    if "sentence" in table.column_names or "paragraph" in table.column_names:
        raise InputError(
            "the table does not have one row per article; use a table that `biasscore score --level document` wrote"
        )
    # Only at the level of targets is this column one of ours.
    mentions = "mentions" if TARGET in table.column_names else None
    wanted = ("id", "model", "error", "quotes", mentions, "title", by, topic, day, *scores)
    present = [name for name in dict.fromkeys(wanted) if name in table.column_names]
    rows = (row for batch in table.select(present).to_batches() for row in batch.to_pylist())
    return tuple(
        ScoredArticle(
            id=row["id"],
            model=row["model"],
            side=_string(row, by),
            scores=tuple(_number(row.get(score)) for score in scores),
            title=row.get("title") or "",
            topic=_string(row, topic),
            day=None if day is None else read_day(row[day]),
            quotes=tuple((quote["start"], quote["end"]) for quote in row.get("quotes") or ()),
            mentions=None if mentions is None else _mentions(row.get(mentions)),
        )
        for row in rows
        if row.get("error") is None
    )


def of_target(table: pa.Table, name: str | None, scores: Sequence[str]) -> tuple[pa.Table, Sequence[str]]:
    """The rows of a table of target level that tell of one target, one an article, and the scores to compare.

    Args:
        name: of the target, in any case; None leaves a table of articles as it is.
        scores: what was asked for; ``SCORES`` stand for nothing in particular.

    Raises:
        InputError: if the table has no such level or target, or has targets and none is named.
    """
    if name is None:
        if TARGET in table.column_names:
            raise InputError(
                "the table has one row for each target of an article; choose one target with --target NAME (in "
                "Python: target)"
            )
        return table, scores
    require(table, (TARGET,))
    named = pc.utf8_lower(table[TARGET].cast(pa.string()))
    found = table.filter(pc.equal(named, name.lower()))
    if not found.num_rows:
        counted = Counter(filter(None, table[TARGET].to_pylist()))
        most = ", ".join(other for other, _ in counted.most_common(5))
        if not most:
            raise InputError(
                "the table names no target (person, organization, place or group); score articles that mention at "
                "least one target"
            )
        raise InputError(
            f"no article mentions the target {name!r}; choose another name. The most frequent targets are: {most}"
        )
    return found, TARGET_SCORES if tuple(scores) == SCORES else scores


def read_day(value: Any) -> date | None:
    """The day of a date, a time, or a text that begins with one: 2024-05-31, 20240531, or with the English name of
    the month, as exports of press archives and feeds write it (May 31, 2024; Fri, 31 May 2024). None for anything else:
    05/06/2024 is in May or in June.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = " ".join(str(value).split())
    try:
        if found := _DAY.match(text):
            return date(*map(int, found.group(1, 3, 4)))
        if found := _WITH_MONTH.match(text):
            day, month, year = found["day"] or found["second"], found["month"] or found["first"], found["year"]
            return date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day))
    except ValueError:
        pass
    return None


def require(table: pa.Table, columns: Iterable[str], what: str = "the table") -> None:
    """Raises InputError if a column is missing."""
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        there = ", ".join(table.column_names)
        raise InputError(
            f"{what} has no column {' and no column '.join(map(repr, missing))}; check the name of the column. "
            f"The columns are: {there}"
        )


def _numbers(table: pa.Table, column: str) -> pa.ChunkedArray:
    """A column of numbers, read from texts if it holds these; an empty text is null."""
    found = table[column]
    if any(is_kind(found.type) for is_kind in (pt.is_string, pt.is_large_string, pt.is_string_view)):
        return pa.chunked_array([[_read_number(text, column) for text in found.to_pylist()]], pa.float64())
    is_kinds = (pt.is_integer, pt.is_floating, pt.is_boolean, pt.is_decimal, pt.is_null)
    if not any(is_kind(found.type) for is_kind in is_kinds):
        raise _no_numbers(column, f"has values of type {found.type}, not numbers")
    return found


def _read_number(text: str | None, column: str) -> float | None:
    if text is None or not text.strip():
        return None
    try:
        if "_" not in text:  # Python would read an id such as 2024_01 as a number
            return _TRUTH[text] if text in _TRUTH else float(text)
    except ValueError:
        pass
    raise _no_numbers(column, f"holds the text {text!r}, which is no number")


def _no_numbers(column: str, how: str) -> InputError:
    return InputError(f"the column {column!r} {how}; with --scores (in Python: scores), name only columns of numbers")


def _mentions(found: Sequence[Mapping[str, Any]] | None) -> tuple[ScoredMention, ...] | None:
    return None if found is None else tuple(ScoredMention(m["start"], m["voice"], m["tone"]) for m in found)


def _string(row: Mapping[str, Any], column: str | None) -> str | None:
    """A cell as text, freed from blanks that nobody sees; None where nothing is left."""
    value = None if column is None else row[column]
    return None if value is None else " ".join(str(value).split()) or None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

"""Scored articles in one form, whether they come as Documents or as rows of a result table."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from biasscore.analysis.words import Statement
from biasscore.errors import InputError
from biasscore.heads import SCORES as COMPARED
from biasscore.results import Document, value_of

SCORES: tuple[str, ...] = tuple(column.name for column in COMPARED)
"""What is compared; names as in the result table."""

Ranges: TypeAlias = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ScoredArticle:
    """What a comparison needs of one article.

    Attributes:
        scores: in the order of ``SCORES``; NaN where the article has no such score.
        group: the side it belongs to, in a table of several sides; None otherwise.
        topic: subject that articles are matched by; None where none is known.
        statements: sentences, for the telling words; empty where no sentences were given.
    """

    name: str
    model: str
    scores: tuple[float, ...]
    group: str | None = None
    topic: str | None = None
    statements: tuple[Statement, ...] = ()


def from_document(document: Document, name: str) -> ScoredArticle:
    """One Document; headings stand outside its statements as they stand outside its scores."""
    quotes = [(quote.start, quote.end) for quote in document.quotes]
    statements = tuple(
        Statement(s.text, author_text(s.text, s.start, quotes), s.loaded, name)
        for paragraph in document.paragraphs
        if paragraph.kind == "text"
        for s in paragraph.sentences
    )
    return ScoredArticle(name, document.model, _document_scores(document), statements=statements)


def from_table(
    table: pa.Table, *, by: str | None = None, topic: str | None = None, sentences: pa.Table | None = None
) -> tuple[ScoredArticle, ...]:
    """The rows of a result table of document level that could be scored.

    Args:
        table: with the columns of ``biasscore.tables.schema("document")``; score columns may be missing.
        by: a column with each article's group.
        topic: a kept column with each article's topic.
        sentences: the result table of sentence level of the same run, for telling words; matched by ``id``.

    Raises:
        InputError: if a column is missing or the table is not of document level.
    """
    _require(table, ("id", "model", *(name for name in (by, topic) if name is not None)))
    if "sentence" in table.column_names or "paragraph" in table.column_names:
        raise InputError("this is not a table of articles; give the result table of document level")
    wanted = [name for name in ("id", "model", "error", "quotes", by, topic, *SCORES) if name in table.column_names]
    rows = [row for row in table.select(list(dict.fromkeys(wanted))).to_pylist() if row.get("error") is None]
    quotes = {row["id"]: [(quote["start"], quote["end"]) for quote in row.get("quotes") or ()] for row in rows}
    statements = _statements(sentences, quotes) if sentences is not None else {}
    if sentences is not None and not statements.keys() & quotes.keys():
        raise InputError("no sentence belongs to an article of the table; give the sentence level of the same run")
    return tuple(
        ScoredArticle(
            name=row["id"],
            model=row["model"],
            scores=tuple(_number(row.get(score)) for score in SCORES),
            group=_string(row, by),
            topic=_string(row, topic),
            statements=tuple(statements.get(row["id"], ())),
        )
        for row in rows
    )


def author_text(text: str, start: int, quotes: Ranges) -> str:
    """``text``, which begins at ``start``, without what stands inside ``quotes``: ranges in the text's order."""
    kept, at, end = [], start, start + len(text)
    for number in range(bisect_right(quotes, start, key=lambda quote: quote[1]), len(quotes)):
        first, last = quotes[number]
        if first >= end:
            break
        kept.append(text[at - start : max(first, at) - start])
        at = last
    return " ".join([*kept, text[max(at - start, 0) :]])


def _document_scores(document: Document) -> tuple[float, ...]:
    return tuple(_number(value_of(document, column)) for column in COMPARED)


def _statements(table: pa.Table, quotes: Mapping[str, Ranges]) -> dict[str, list[Statement]]:
    _require(table, ("id", "text", "start", "loaded", "kind"))
    found: dict[str, list[Statement]] = {}
    for row in _rows(table.select(["id", "text", "start", "loaded", "kind"])):
        if row["kind"] == "text" and row["id"] in quotes:
            text = author_text(row["text"], row["start"], quotes[row["id"]])
            found.setdefault(row["id"], []).append(Statement(row["text"], text, row["loaded"], row["id"]))
    return found


def _rows(table: pa.Table) -> Iterable[dict[str, Any]]:
    for batch in table.to_batches():
        yield from batch.to_pylist()


def _require(table: pa.Table, columns: Iterable[str]) -> None:
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise InputError(f"the table has no column {', '.join(missing)}; it has {', '.join(table.column_names)}")


def _string(row: Mapping[str, Any], column: str | None) -> str | None:
    value = None if column is None else row[column]
    return None if value is None else str(value)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

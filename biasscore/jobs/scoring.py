"""Turns rows into documents and back into rows, for every engine and every kind of table."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import pyarrow as pa

from biasscore.errors import InputError, SlowTextError
from biasscore.results import Article, Document
from biasscore.scorer import Scorer
from biasscore.tables import Columns, Counts, Level, Row, rows_of_table, to_table
from biasscore.tables.records import with_plain_types

_MOST_WAITING = 1_000
"""Rows with an error that wait in a row for the next text."""


def answers(scorer: Scorer, rows: Iterable[Row]) -> Iterator[tuple[Row, Document | None]]:
    """Each row with its document, None where the row has an error; in order, in bounded memory.

    A row whose text takes too long comes back with that as its error.
    """
    left = iter(rows)
    has_more = True
    while has_more:
        waiting: deque[Row] = deque()
        try:
            has_more = yield from _answered(scorer, left, waiting)
        except SlowTextError as told:
            slow = next(place for place, row in enumerate(waiting) if row.error is None)
            waiting[slow] = replace(waiting[slow], error=str(told))
            left = chain(waiting, left)


def _answered(
    scorer: Scorer, rows: Iterator[Row], waiting: deque[Row]
) -> Generator[tuple[Row, Document | None], None, bool]:
    """The same, as long as no text is too slow; ``waiting`` holds the rows that were drawn and not yet answered.

    Returns:
        Whether there may be more rows: after many without a text it pauses, so that these and what comes before them
        get out, however long the next text is in coming.
    """
    has_more = False

    def articles() -> Iterator[Article]:
        nonlocal has_more
        errors = 0
        for row in rows:
            waiting.append(row)
            if row.error is None:
                errors = 0
                yield Article(row.text, row.title, row.blocks)
                continue
            errors += 1
            if errors == _MOST_WAITING:
                has_more = True
                return

    for document in scorer.stream(articles()):
        while waiting[0].error is not None:
            yield waiting.popleft(), None
        yield waiting.popleft(), document
    while waiting:
        yield waiting.popleft(), None
    return has_more


def counted(
    answered: Iterable[tuple[Row, Document | None]], counts: dict[str, Counts]
) -> Iterator[tuple[Row, Document | None]]:
    """The same, while ``counts`` gathers what became of the rows of each input file."""
    for row, document in answered:
        counts[row.file] = counts.get(row.file, Counts()) + Counts.of(row, document)
        yield row, document


def check_columns(columns: Columns, names: Collection[Any]) -> None:
    """Raise InputError where a table with columns of these names lacks one of those that are asked for."""
    for option, name in (*columns.fields.items(), *(("keep", name) for name in columns.keep)):
        if name not in names:
            told = ", ".join(map(str, names))
            raise InputError(f"the data has no column {name!r}; give the argument {option!r} one of these: {told}")


def score_table(scorer: Scorer, table: pa.Table, columns: Columns, level: Level, made_ids: Iterator[str]) -> pa.Table:
    """Score the rows of an Arrow table that holds the named columns.

    Args:
        made_ids: ids for the rows, where no column is named for them or it is null.

    Returns:
        The result columns of the level, then the kept columns.
    """
    table = with_plain_types(table)
    rows = rows_of_table(table, columns, made_ids)
    return to_table(answers(scorer, rows), level, scorer.fingerprint, table.select(list(columns.keep)))

"""Rows to documents to rows: the step that every engine and every kind of table shares."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import pyarrow as pa

from biasscore.results import Article, Document
from biasscore.scorer import Scorer
from biasscore.tables import Columns, Level, Row, rows_of_table, to_table
from biasscore.tables.records import with_plain_types


def answers(scorer: Scorer, rows: Iterable[Row]) -> Iterator[tuple[Row, Document | None]]:
    """Each row with its document, None where the row has an error; in order, in bounded memory."""
    waiting: deque[Row] = deque()

    def articles() -> Iterator[Article]:
        for row in rows:
            waiting.append(row)
            if row.error is None:
                yield Article(row.text, row.title, row.blocks)

    for document in scorer.stream(articles()):
        while waiting[0].error is not None:
            yield waiting.popleft(), None
        yield waiting.popleft(), document
    yield from ((row, None) for row in waiting)


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

"""The same rows on Spark: one scorer a Python worker, through ``mapInArrow``.

Spark partitions and retries; give it partitions of some thousand articles, so that sorting by length pays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pyarrow as pa

from biasscore.errors import InputError, MissingExtraError
from biasscore.jobs.config import ScorerFactory
from biasscore.jobs.scoring import check_columns, score_table
from biasscore.tables import Columns, Level, kept_columns, kept_names, schema

try:
    from pyspark import TaskContext
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructField, StructType
except ImportError:
    raise MissingExtraError("pyspark", "spark") from None


def score_dataframe(
    data: DataFrame, open_scorer: ScorerFactory, columns: Columns, *, level: Level = "document"
) -> DataFrame:
    """Score a Spark data frame; lazy, as all of Spark.

    Args:
        data: any data frame with the named columns.
        open_scorer: opens the scorer in each worker, for example ``functools.partial(biasscore.load, threads=1)``.
        columns: which column is what; ``id`` has to be named, because Spark's rows have no position. Rows whose
            id is null get ``partition-PARTITION:ROW``, which another run may give to other rows.
        level: one row per document, paragraph, sentence or target (none for an article without a target).

    Raises:
        InputError: a column is missing, or none is named for the id.
    """
    if columns.id is None:
        raise InputError(
            "Spark rows have no fixed order, so biasscore cannot number the rows; name a column of ids with "
            "Columns(id=...)"
        )
    columns = replace(columns, keep=kept_columns(columns, columns.keep, level))
    check_columns(columns, data.columns)
    names = kept_names(columns.keep, level)
    kept = [StructField(name, data.schema[old].dataType) for name, old in zip(names, columns.keep, strict=True)]
    target = StructType([*from_arrow_schema(schema(level)).fields, *kept])
    return data.mapInArrow(_scoring(open_scorer, columns, level), target)


def _scoring(
    open_scorer: ScorerFactory, columns: Columns, level: Level
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that a worker runs on one partition."""

    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer = open_scorer()
        # Rows without an id: each partition counts from 0, so the number alone would name several articles.
        context = TaskContext.get()
        partition = context.partitionId() if context else 0
        numbers = (f"partition-{partition}:{number}" for number in count())
        for batch in batches:
            table = pa.Table.from_batches([batch])
            yield from score_table(scorer, table, columns, level, numbers).combine_chunks().to_batches()

    return score

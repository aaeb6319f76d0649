"""Tables that are already in Python: pandas, Arrow, Hugging Face datasets; the type given is the type returned."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeVar

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.jobs.scoring import answers, score_table
from biasscore.scorer import Scorer, load
from biasscore.tables import Columns, Level, kept_columns, kept_names, make_row, schema, to_table

Frame = TypeVar("Frame")

BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Mapper:
    """A function from a batch of rows to the batch of their results, for ``datasets.Dataset.map``.

    It pickles with its scorer, which opens anew in another process (``num_proc``), and always to the same bytes for the
    same model, so that a cached result is found again.

    Attributes:
        columns: which column is what; ``keep`` is carried along.
        level: one result row per document, paragraph or sentence; below the document the number of rows changes.
    """

    scorer: Scorer
    columns: Columns
    level: Level

    def __call__(self, batch: Any, indices: Sequence[int] | None = None) -> Any:
        """Score one batch.

        Args:
            batch: an Arrow table or, as ``map`` gives it by default, a list of values per column.
            indices: the rows' numbers, from which ids are made; None counts from 0.

        Returns:
            The type given: the result columns, then the kept columns.
        """
        made_ids = map(str, count() if indices is None else indices)
        if isinstance(batch, pa.Table):
            return score_table(self.scorer, batch, self.columns, self.level, made_ids)
        table = pa.table({name: batch[name] for name in (*self.columns.fields.values(), *self.columns.keep)})
        return score_table(self.scorer, table, self.columns, self.level, made_ids).to_pydict()


def mapper(
    text: str = "text",
    *,
    title: str | None = None,
    id: str | None = None,  # noqa: A002 the column's name in every table and on the command line
    group: str | None = None,
    keep: Sequence[str] = (),
    level: Level = "document",
    scorer: Scorer | None = None,
) -> Mapper:
    """A function for ``Dataset.map``: ``dataset.map(biasscore.mapper("body"), batched=True)``.

    ``map`` adds the result columns to the data set's own. Below the document the number of rows changes: name the
    columns to carry along in ``keep`` and pass ``remove_columns=dataset.column_names``. It works with ``num_proc``,
    with ``with_indices=True`` (which numbers the ids through), on streamed data sets, and on those in Arrow format,
    which is the fastest.

    Args:
        text: the column to score.
        title, id, group: columns for these fields; without ``id`` the row number in the batch is the id.
        keep: columns carried along.
        level: one row per document, paragraph or sentence.
        scorer: an open scorer; None opens the default model.
    """
    return Mapper(scorer or load(), Columns(text, title, id, group, tuple(keep)), level)


def score_frame(
    data: Frame,
    text: str = "text",
    *,
    title: str | None = None,
    id: str | None = None,  # noqa: A002 the column's name in every table and on the command line
    group: str | None = None,
    level: Level = "document",
    scorer: Scorer | None = None,
) -> Frame:
    """Score the rows of a table and return its columns with the result columns before them.

    A row that cannot be scored (null, a number) keeps its place with the reason in ``error``.

    Args:
        data: a pandas ``DataFrame``, an Arrow ``Table`` or a Hugging Face ``Dataset``.
        text: the column to score.
        title, id, group: columns for these fields; without ``id`` the row number is the id.
        level: one row a document, paragraph or sentence; below the document the input columns repeat.
        scorer: an open scorer; None opens the default model.

    Returns:
        The type that was given: a data frame keeps its index, a dataset is written to its cache by ``map``.

    Raises:
        InputError: a column is missing or has the name of a result column, or ``data`` is no such table.
    """
    score, names = _scoring_of(data)
    columns = Columns(text, title, id, group)
    for option, name in columns.fields.items():
        if name not in names:
            raise InputError(f"there is no column {name!r}; name one of these with {option}=: {', '.join(names)}")
    columns = replace(columns, keep=kept_columns(columns, names, level))
    result: Frame = score(data, columns, level, scorer or load())
    return result


def _scoring_of(data: Any) -> tuple[Callable[..., Any], list[str]]:
    """The function for this type of table, and its columns; a library not yet imported cannot have made it."""
    pandas, datasets = sys.modules.get("pandas"), sys.modules.get("datasets")
    if isinstance(data, pa.Table):
        return _score_arrow, data.column_names
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return _score_pandas, list(map(str, data.columns))
    if datasets is not None and isinstance(data, datasets.Dataset):
        return _score_dataset, data.column_names
    kind = type(data).__name__
    raise InputError(f"a {kind} cannot be scored as a table; give a pandas DataFrame, Arrow Table or Dataset")


def _score_arrow(table: pa.Table, columns: Columns, level: Level, scorer: Scorer) -> pa.Table:
    return score_table(scorer, table, columns, level, map(str, count()))


def _score_dataset(data: Any, columns: Columns, level: Level, scorer: Scorer) -> Any:
    mapped = data.with_format("arrow").map(
        Mapper(scorer, columns, level),
        batched=True,
        batch_size=BATCH_ROWS,
        with_indices=True,
        remove_columns=data.column_names,
    )
    return mapped.with_format(None)


def _score_pandas(frame: Any, columns: Columns, level: Level, scorer: Scorer) -> Any:
    """Values go row by row, because Arrow has no column of strings with numbers in between."""
    import pandas as pd

    values = frame[list(dict.fromkeys(columns.fields.values()))].to_dict("records")
    rows = [make_row(row, columns, made_id) for row, made_id in zip(values, map(str, count()), strict=False)]
    origins = pa.table({"": pa.array(range(len(rows)), pa.int64())})
    scored = to_table(answers(scorer, rows), level, scorer.fingerprint, origins)
    positions = scored[""].to_pylist()
    results = scored.drop_columns([""]).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    for column in (column for column in schema(level) if pa.types.is_list(column.type)):
        results[column.name] = pd.Series(scored[column.name].to_pylist(), dtype=object)
    results.index = frame.index.take(positions)
    kept = frame[list(columns.keep)].take(positions)
    kept.columns = kept_names(columns.keep, level)
    return pd.concat([results, kept], axis="columns")

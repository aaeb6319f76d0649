"""Scores tables that are already in Python (data frames, Arrow, data sets, dicts) and returns the type it was given."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from typing import Any, TypeVar

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.jobs.scoring import answers, check_columns, score_table
from biasscore.results import Document
from biasscore.scorer import Scorer, load
from biasscore.tables import LEVELS, Columns, Level, Row, kept_columns, kept_names, make_row, schema, to_table

Frame = TypeVar("Frame")

BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Mapper:
    """A function from a batch of rows to the batch of their results, for ``datasets.Dataset.map``.

    It pickles with its scorer, which opens anew in another process (``num_proc``), and always to the same bytes for the
    same model, so that a cached result is found again.

    Attributes:
        columns: which column is what; ``keep`` is carried along. If ``keep`` is empty, level document carries all
            columns along, and the other levels none.
        level: one result row per document, paragraph, sentence or target (none for an article without a target);
            below the document the number of rows changes.
    """

    scorer: Scorer
    columns: Columns
    level: Level

    def __call__(self, batch: Any, indices: Sequence[int] | None = None) -> Any:
        """Score one batch.

        Args:
            batch: what ``map`` gives, in any format: a table, or a list of values per column.
            indices: the rows' numbers, from which ids are made; None counts from 0.

        Returns:
            An Arrow table of the result columns, then the columns carried along. For a dict of lists, a dict of the
            result columns and of the columns carried along: ``map`` keeps the others, so these are only those that have
            the name of a result.

        Raises:
            InputError: if it is given one row instead of a batch, or a column is missing.
        """
        # A batch of `datasets` shows a table. Lists of values would lose its types, and a column of nulls has none.
        shown = getattr(batch, "pa_table", batch)
        table = _arrow(shown) if hasattr(shown, "__arrow_c_stream__") else None
        names = list(batch) if table is None else table.column_names
        check_columns(self.columns, names)
        asked = (*self.columns.fields.values(), *self.columns.keep)
        if any(isinstance(batch[name], str | bytes) or not hasattr(batch[name], "__len__") for name in asked):
            raise InputError("the mapper needs batches of rows, not single rows; add batched=True to the call of map()")
        made_ids = _made_ids(self.columns, count() if indices is None else indices)
        if table is not None:
            return score_table(self.scorer, table, self._carrying(names), self.level, made_ids)
        columns = self._carrying([name for name in names if name in schema(self.level).names])
        named = dict.fromkeys(columns.fields.values())
        # Arrow has no column of strings with numbers in between, so neither these nor what is carried along become one.
        values = (
            dict(zip(named, row, strict=True)) for row in zip(*(_values(batch[name]) for name in named), strict=True)
        )
        scored, origins = _scored_rows(values, columns, made_ids, self.level, self.scorer)
        found = scored.to_pydict()
        for new, old in zip(kept_names(columns.keep, self.level), columns.keep, strict=True):
            found[new] = [batch[old][i] for i in origins]
        return found

    def _carrying(self, names: Sequence[str]) -> Columns:
        """The columns with all of these carried along, where no others were named."""
        keep = self.columns.keep or (names if self.level == "document" else ())
        return replace(self.columns, keep=kept_columns(self.columns, keep, self.level))


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

    The answer has the result columns, then the data set's own; one of these with the name of a result is called
    ``input_NAME``. To carry along some columns only, name them in ``keep``: the answer is a whole table, so
    ``remove_columns`` has no effect on documents of a ``Dataset``. Below the document the number of rows changes: name
    the columns to carry along in ``keep`` and pass ``remove_columns=dataset.column_names``. It works with ``num_proc``,
    with ``with_indices=True`` (which numbers the ids through), on streamed data sets, and on those in Arrow format.

    Args:
        text: the column to score.
        title, id, group: columns for these fields; without ``id`` the row number in the batch is the id, and a row
            whose id is null has ``row-NUMBER``.
        keep: columns carried along; if empty, level document carries all columns along, and the other levels none.
        level: one row per document, paragraph, sentence or target (none for an article without a target).
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

    A row that cannot be scored (null, a number) keeps its place with the reason in ``error``. If only its title is no
    text, the title has no scores, and ``notes`` says so. A column of the input that has the name of a result is called
    ``input_NAME`` in the answer.

    Args:
        data: a pandas or polars ``DataFrame``, or a ``Series`` of texts, an Arrow ``Table``, ``RecordBatch`` or
            ``RecordBatchReader``, a DuckDB relation, whatever else has ``__arrow_c_stream__``, a Hugging Face
            ``Dataset``, ``DatasetDict`` or ``IterableDataset``, or dicts, as a list or an iterator.
        text: the column to score. Columns of pandas that are no strings go by their ``str``, here and in the answer.
        title, id, group: columns for these fields; without ``id`` the row number is the id, and a row whose id is null
            has ``row-NUMBER``.
        level: one row per document, paragraph, sentence or target (none for an article without a target); below the
            document the input columns repeat.
        scorer: an open scorer, such as ``biasscore.load("small", prior=0.2)``; None opens the default model.

    Returns:
        The type that was given, and a data frame of the results for a Series. A pandas index stays. A data set is
        written to its cache by ``map``. Readers, iterators and streamed data sets are scored as they are read. What has
        ``__arrow_c_stream__`` and is of no type named above comes back as an Arrow table.

    Raises:
        InputError: a column is missing or is there twice, or ``data`` is not such a table.
    """
    if level not in LEVELS:
        raise InputError(f"unknown level {level!r}; set the argument 'level' to one of: {', '.join(LEVELS)}")
    if not isinstance(scorer, Scorer | None):
        raise InputError(f"the argument 'scorer' must be a Scorer from biasscore.load, not {type(scorer).__name__}")
    if text is None:
        raise InputError("the argument 'text' must be the name of a column, for example 'body', not None")
    title, id, group = (None if name is None else str(name) for name in (title, id, group))  # noqa: A001
    columns, scorer = Columns(str(text), title, id, group), scorer or load()
    result: Frame = _scored(data, columns, level, scorer)
    return result


def to_frame(documents: Iterable[Document], level: Level = "document", *, ids: Sequence[str] | None = None) -> Any:
    """Scored documents as a pandas ``DataFrame`` with the columns of docs/schema.md.

    Args:
        documents: what ``Scorer.score_many`` or ``Document.from_json`` returned.
        level: one row per document, paragraph, sentence or target (none for an article without a target).
        ids: a name for each document; by default its number.

    Raises:
        InputError: an item is not a Document, the documents are of several models, the number of ids differs, or the
            level is unknown.
    """
    if isinstance(documents, Document):
        documents = [documents]
    documents = list(documents) if isinstance(documents, Iterable) else [documents]
    strange = next((type(document).__name__ for document in documents if not isinstance(document, Document)), None)
    if strange:
        raise InputError(
            f"the argument 'documents' must be a list of Document, not of {strange}; use what score_many or "
            "Document.from_json returned"
        )
    if isinstance(ids, str) or not isinstance(ids, Iterable | None):
        raise InputError(f"the argument 'ids' must be a list with one id per document, not {ids!r}")
    models = {document.model for document in documents}
    if len(models) > 1:
        raise InputError(
            f"the documents were scored by different models ({', '.join(sorted(models))}); make a separate table for "
            "each model"
        )
    names = list(map(str, range(len(documents)))) if ids is None else list(map(str, ids))
    if len(names) != len(documents):
        raise InputError(f"there are {len(documents)} documents but {len(names)} ids; give one id per document")
    titles = (document.title.text if document.title else None for document in documents)
    rows = [Row(name, d.text, title) for name, d, title in zip(names, documents, titles, strict=True)]
    return _to_pandas(to_table(zip(rows, documents, strict=True), level, next(iter(models), "")), level)


def _scored(data: Any, columns: Columns, level: Level, scorer: Scorer) -> Any:
    """Score by the type of table; a library that is not yet imported cannot have made it."""
    if hasattr(data, "to_frame") and not hasattr(data, "columns"):  # a Series
        return _scored(data.to_frame(columns.text), columns, level, scorer)[schema(level).names]
    return _scored_table(data, columns, level, scorer)


def _scored_table(data: Any, columns: Columns, level: Level, scorer: Scorer) -> Any:
    library = type(data).__module__.partition(".")[0]
    if library == "datasets":
        return _scored_dataset(data, columns, level, scorer)
    if library == "pandas" and hasattr(data, "columns"):
        return _scored_pandas(data, columns, level, scorer)
    if isinstance(data, pa.RecordBatchReader):
        chosen = _chosen(columns, data.schema.names, level)
        return _read_on(data, chosen, level, scorer)
    if hasattr(data, "collect") and library == "polars":
        return _scored_table(data.collect(), columns, level, scorer).lazy()
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        try:
            table = _arrow(data)
        except pa.ArrowInvalid:  # one column, such as a pandas Series
            raise _no_table(data) from None
        chosen = _chosen(columns, table.column_names, level)
        scored = score_table(scorer, table, chosen, level, _made_ids(columns, count()))
        return _like(data, scored)
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping):
        return _scored_records(data, columns, level, scorer)
    raise _no_table(data)


def _arrow(data: Any) -> pa.Table:
    """As an Arrow table; pyarrow's own stay as they are, for up to 23 it crashes when it reads its own string views."""
    if isinstance(data, pa.Table):
        return data
    return pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else pa.table(data)


def _chosen(columns: Columns, names: Sequence[Any], level: Level) -> Columns:
    """The columns with every other one of the table kept.

    Raises:
        InputError: a column is missing, or two have one name.
    """
    check_columns(columns, names)
    twice = [str(name) for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(f"several columns are named {twice[0]!r}; give each column a different name")
    return replace(columns, keep=kept_columns(columns, names, level))


def _like(data: Any, scored: pa.Table) -> Any:
    """The scored table as the kind that was given."""
    match type(data).__module__.partition(".")[0]:
        case "polars":
            import polars

            return polars.from_arrow(scored)
        case "duckdb" | "_duckdb":
            import duckdb

            return duckdb.from_arrow(scored)
    if not isinstance(data, pa.RecordBatch):
        return scored
    return next(iter(scored.combine_chunks().to_batches()), pa.RecordBatch.from_pylist([], scored.schema))


def _read_on(reader: pa.RecordBatchReader, columns: Columns, level: Level, scorer: Scorer) -> pa.RecordBatchReader:
    """A reader that scores each batch when it is asked for."""
    made_ids = _made_ids(columns, count())

    def score(batch: pa.RecordBatch) -> pa.Table:
        return score_table(scorer, pa.Table.from_batches([batch]), columns, level, made_ids)

    empty = pa.RecordBatch.from_pylist([], reader.schema)
    target = score(empty).schema
    batches = (part for batch in reader for part in score(batch).cast(target).to_batches())
    return pa.RecordBatchReader.from_batches(target, batches)


def _scored_records(data: Iterable[Any], columns: Columns, level: Level, scorer: Scorer) -> Any:
    """Dicts to dicts: a list where a list was given, else one after the other as they are asked for."""
    records = iter(data)
    # Of a list all are looked at, for a later one may have more keys.
    first = list(records if isinstance(data, list | tuple) else islice(records, 1))
    if not all(isinstance(record, Mapping) for record in first[:1]):
        raise _no_table(data)
    names = dict.fromkeys(chain.from_iterable(record for record in first if isinstance(record, Mapping)))
    chosen = _chosen(columns, list(names) if first else list(columns.fields.values()), level)
    found = _records(chain(first, records), chosen, level, scorer)
    return list(found) if isinstance(data, list | tuple) else found


def _records(
    records: Iterable[Mapping[str, Any]], columns: Columns, level: Level, scorer: Scorer
) -> Iterator[dict[str, Any]]:
    kept: deque[Mapping[str, Any]] = deque()

    def rows() -> Iterator[Row]:
        for number, (record, made_id) in enumerate(zip(records, _made_ids(columns, count()), strict=False)):
            if not isinstance(record, Mapping):
                raise InputError(f"row {number} must be a dict like the first row, not {type(record).__name__}")
            kept.append(record)
            yield make_row(record, columns, made_id)

    for pair in answers(scorer, rows()):
        record = kept.popleft()
        old_names = kept_columns(columns, (*columns.keep, *record), level)
        carried = {name: record.get(old) for name, old in zip(kept_names(old_names, level), old_names, strict=True)}
        yield from ({**row, **carried} for row in to_table([pair], level, scorer.fingerprint).to_pylist())


def _scored_dataset(data: Any, columns: Columns, level: Level, scorer: Scorer) -> Any:
    if hasattr(data, "items"):  # several splits
        return type(data)({name: _scored_dataset(split, columns, level, scorer) for name, split in data.items()})
    names = data.column_names or list(next(iter(data), {}))  # a streamed data set may not know its columns
    chosen = _chosen(columns, names, level)
    written = {*schema(level).names, *kept_names(chosen.keep, level)}
    # A streamed data set would remove what the function gives back under the same name.
    removed = names if hasattr(data, "num_rows") else [name for name in names if name not in written]
    mapped = data.with_format("arrow").map(
        Mapper(scorer, chosen, level),
        batched=True,
        batch_size=BATCH_ROWS,
        with_indices=True,
        remove_columns=removed,
    )
    return mapped.with_format(None)


def _scored_pandas(frame: Any, columns: Columns, level: Level, scorer: Scorer) -> Any:
    """Values go row by row, because Arrow has no column of strings with numbers in between."""
    import pandas as pd

    frame = frame.set_axis(list(map(str, frame.columns)), axis="columns")  # columns may be numbers
    columns = _chosen(columns, list(frame.columns), level)
    values = frame[list(dict.fromkeys(columns.fields.values()))].to_dict("records")
    scored, origins = _scored_rows(values, columns, _made_ids(columns, count()), level, scorer)
    results = _to_pandas(scored, level)
    results.index = frame.index.take(origins)
    kept = frame[list(columns.keep)].take(origins)
    kept.columns = kept_names(columns.keep, level)
    return pd.concat([results, kept], axis="columns", sort=False)


def _scored_rows(
    values: Iterable[Mapping[str, Any]], columns: Columns, made_ids: Iterator[str], level: Level, scorer: Scorer
) -> tuple[pa.Table, list[int]]:
    """The results of rows, and for each of them the number of its row."""
    rows = [make_row(row, columns, made_id) for row, made_id in zip(values, made_ids, strict=False)]
    numbers = pa.table({"": pa.array(range(len(rows)), pa.int64())})
    scored = to_table(answers(scorer, rows), level, scorer.fingerprint, numbers)
    return scored.drop_columns([""]), scored[""].to_pylist()


def _made_ids(columns: Columns, numbers: Iterable[int]) -> Iterator[str]:
    """Row numbers, marked where they stand among ids from a column: 1 may be one of these."""
    return (str(number) if columns.id is None else f"row-{number}" for number in numbers)


def _values(column: Any) -> list[Any]:
    """A column of a batch as Python's own values, whatever array it is."""
    return list(column.tolist() if hasattr(column, "tolist") else column)


def _to_pandas(scored: pa.Table, level: Level) -> Any:
    """Counts stay whole numbers, and lists stay lists."""
    import pandas as pd

    results = scored.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    for column in (column for column in schema(level) if pa.types.is_list(column.type)):
        results[column.name] = pd.Series(scored[column.name].to_pylist(), dtype=object)
    return results


def _no_table(data: Any) -> InputError:
    return InputError(
        f"the argument 'data' must be a data frame, an Arrow table, a data set or dicts, not {type(data).__name__}"
    )

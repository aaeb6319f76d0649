"""Tables of results read back, in whatever format they were written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from csv import reader
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.tables.schema import COLUMNS, type_name
from biasscore.tables.write import OutputFormat

_TYPES = {column.name: column.type for column in COLUMNS}
_FLAT = {name for name, type_ in _TYPES.items() if not pa.types.is_nested(type_)}
_NEEDED = ("id", "model")
_BLOCK = 1 << 27
"""Most bytes of a CSV that are read at once; Arrow refuses a row that fills a block."""


def scored_table(given: Any) -> pa.Table:
    """A table of results as Arrow, with the types of docs/schema.md.

    Args:
        given: an Arrow table; a data frame or whatever else has ``__arrow_c_stream__``; or the path of a Parquet, CSV
            or JSON Lines file that the library wrote, or of a folder of such shards.

    Raises:
        InputError: it cannot be read, or holds no scores.
    """
    if isinstance(given, str | Path):
        table, name = _read(Path(given)), str(given)
    elif isinstance(given, pa.Table):
        table, name = given, "the table"
    elif hasattr(given, "__arrow_c_stream__"):
        table, name = _of_frame(given), "the table"
    else:
        raise _no_table(given)
    if missing := [column for column in _NEEDED if column not in table.column_names]:
        raise InputError(
            f"{name} is not a table of scores (it has no column {' and no column '.join(map(repr, missing))}); score "
            "the articles first: biasscore score IN -o scores.parquet"
        )
    return _as_published(table, name)


def tables_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The tables that a reader of the folder sees; names with a dot or underscore first are not for it."""
    found = (path for suffix in suffixes for path in folder.glob(f"*.{suffix}"))
    return sorted(path for path in found if not path.name.startswith((".", "_")))


def _of_frame(given: Any) -> pa.Table:
    _refuse_twins(map(str, getattr(given, "columns", ())), "the table")
    is_pandas = type(given).__module__.startswith("pandas")
    try:
        return pa.Table.from_pandas(given, preserve_index=False) if is_pandas else pa.table(given)
    except AttributeError:  # a Series, which is one column
        raise _no_table(given) from None
    except pa.ArrowException as problem:
        raise InputError(
            f"the table cannot be read ({'; '.join(map(str, problem.args))}); give each column values of one type, or "
            "drop the column"
        ) from None


def _no_table(given: Any) -> InputError:
    return InputError(f"the table of scores must be a data frame, an Arrow table or a file, not {type(given).__name__}")


def _as_published(table: pa.Table, name: str) -> pa.Table:
    """The table with every result column in its type; a stranger's table may have other columns of these names."""
    _refuse_twins(table.column_names, name)
    for i, field in enumerate(table.schema):
        wanted = _TYPES.get(field.name, field.type)
        try:
            if not wanted.equals(field.type):
                table = table.set_column(i, pa.field(field.name, wanted), _cast(table.column(i), wanted))
        except (pa.ArrowException, TypeError, ValueError, RecursionError):
            raise _changed(name, field.name, f"is a {type_name(field.type)}, not a {type_name(wanted)}") from None
        if (field.name in _NEEDED and table.column(i).null_count) or not _is_whole(table.column(i), wanted):
            raise _changed(name, field.name, "has empty cells")
    return table


def _refuse_twins(columns: Iterable[str], name: str) -> None:
    twice = [column for column, times in Counter(columns).items() if times > 1]
    if twice:
        raise InputError(f"{name} has several columns named {twice[0]!r}; give each column a different name")


def _changed(name: str, column: str, how: str) -> InputError:
    return InputError(f"the column {column!r} of {name} {how}; use the unchanged table that `biasscore score` wrote")


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if not pa.types.is_nested(wanted):
        return column.cast(wanted)
    # Lists stand as JSON in CSV, whoever read the file.
    cells = (json.loads(cell) if isinstance(cell, str) else cell for cell in column.to_pylist())
    return pa.array(cells, wanted)


def _is_whole(column: pa.ChunkedArray, kind: pa.DataType) -> bool:
    """Whether a list of records, such as quotations, has every field that it must have."""
    if not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)):
        return True
    import pyarrow.compute as pc

    items = pc.list_flatten(column)
    needed = [field.name for field in kind.value_type if not field.nullable]
    return not items.null_count and not any(pc.struct_field(items, field).null_count for field in needed)


def _read(path: Path) -> pa.Table:
    state = path if path.suffix == ".job" else path / "_job"
    if (state / "manifest.json").is_file() and not (state / "summary.json").is_file():
        raise InputError(
            f"the job in {path} is not finished, so scores are missing; run the same `biasscore score` command again "
            "until it ends, then compare"
        )
    shards = [file for file in tables_in(path, get_args(OutputFormat)) if file.is_file()] if path.is_dir() else [path]
    if not shards:
        raise InputError(f"{path} has no tables of scores; use a file or a folder that `biasscore score -o` wrote")
    try:
        return pa.concat_tables(map(_read_file, shards), promote_options="default")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except (OSError, ValueError, RecursionError, pa.ArrowException) as problem:
        raise InputError(
            f"{path} cannot be read as a table ({str(problem).splitlines()[0]}); use a .parquet, .csv or .jsonl file "
            "that `biasscore score -o` wrote"
        ) from problem


def _read_file(path: Path) -> pa.Table:
    match path.suffix.lower():
        case ".csv":
            return _read_csv(path)
        case ".jsonl":
            # Texts hold U+2028 and the like as they are, and those end no line of JSON.
            return _typed(map(_record, filter(str.strip, path.read_text("utf-8").split("\n"))))
        case _:
            from pyarrow.parquet import read_table

            return read_table(path)


def _read_csv(path: Path) -> pa.Table:
    """Null stands as an empty cell in CSV; lists, and columns that are no results, stay texts."""
    from pyarrow import csv

    with path.open(encoding="utf-8-sig", newline="") as file:
        names = next(reader(file), [])
    flat = {name: _TYPES[name] if name in _FLAT else pa.string() for name in names}
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(block_size=min(max(path.stat().st_size, 1 << 20), _BLOCK)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=flat, strings_can_be_null=True, null_values=[""]),
    )


def _record(line: str) -> dict[str, Any]:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError(f"a line is not a JSON object: {line[:40]}")
    return found


def _typed(records: Iterator[dict[str, Any]]) -> pa.Table:
    rows = list(records)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows], _TYPES.get(name)) for name in names}
    return pa.table(columns)

"""Tables and documents of wrong shapes, given to score_frame, the comparisons and trend: it works or is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from fakes import fake_scorer

from attack.case import Case
from biasscore import compare, compare_groups, score_frame, to_frame
from biasscore.analysis import trend
from biasscore.errors import InputError
from biasscore.jobs import JobConfig, run
from biasscore.tables import Columns, find_sources, plan_reading, read
from biasscore.tables.scored import scored_table

S = fake_scorer
TEXT = "The vote was a reckless scheme. He said “it is a long quotation here”."
Given = tuple[tuple[Any, ...], dict[str, Any]]


def _frame(columns: Any, texts: tuple[Any, ...] = (TEXT,), **others: Any) -> pd.DataFrame:
    return pd.DataFrame([[text, 1, 2][: len(columns)] for text in texts], columns=columns, **others)


def _no_utf8() -> pa.Array:
    ends, characters = pa.py_buffer(b"\0\0\0\0\3\0\0\0"), pa.py_buffer(b"\xff\xfe\xfd")
    return pa.Array.from_buffers(pa.string(), 1, [None, ends, characters])


SCORED: dict[str, Callable[[], Any]] = {
    "numbers as column names": lambda: score_frame(_frame([0, 5]), 0, scorer=S()),
    "numbers beside the text": lambda: score_frame(_frame(["text", 5]), scorer=S()),
    "None and a pair as names": lambda: score_frame(
        _frame(pd.Index(["text", None, ("a", "b")], dtype=object, tupleize_cols=False)), scorer=S()
    ),
    "names of two levels": lambda: score_frame(
        _frame(pd.MultiIndex.from_tuples([("a", "text"), ("b", "c")])), ("a", "text"), scorer=S()
    ),
    "an index twice": lambda: score_frame(_frame(["text"], (TEXT, TEXT), index=[1, 1]), scorer=S()),
    "categories": lambda: score_frame(pd.DataFrame({"text": pd.Categorical([TEXT, TEXT])}), scorer=S()),
    "a series": lambda: score_frame(_frame(["text"])["text"], scorer=S()),
    "no rows": lambda: score_frame(pd.DataFrame({"text": []}), scorer=S()),
    "views of strings": lambda: score_frame(pa.table({"text": pa.array([TEXT], pa.string_view())}), scorer=S()),
    "text that is no UTF-8": lambda: score_frame(pa.table({"text": _no_utf8()}), scorer=S()),
    "kept text that is no UTF-8": lambda: score_frame(pa.table({"text": [TEXT], "k": _no_utf8()}), scorer=S()),
}
NOT_SCORED: dict[str, Callable[[], Any]] = {
    "two columns of one name": lambda: score_frame(_frame(["text", "text"]), scorer=S()),
    "a number and its string": lambda: score_frame(_frame(["text", "5", 5]), scorer=S()),
    "two Arrow columns of one name": lambda: score_frame(
        pa.Table.from_arrays([pa.array([TEXT]), pa.array([1]), pa.array([2])], names=["text", "k", "k"]),
        scorer=S(),
    ),
    "a level that is none": lambda: score_frame(_frame(["text"]), level="word", scorer=S()),  # type: ignore[arg-type]
    "text=None": lambda: score_frame(_frame(["text"]), None, scorer=S()),  # type: ignore[arg-type]
    "text is a list": lambda: score_frame(_frame(["text"]), ["text"], scorer=S()),  # type: ignore[arg-type]
    "no such column": lambda: score_frame(_frame(["body"]), scorer=S()),
    "a name as scorer": lambda: score_frame(_frame(["text"]), scorer="base"),  # type: ignore[arg-type]
    "no columns": lambda: score_frame(pd.DataFrame(), scorer=S()),
    "a string": lambda: score_frame("x.csv", scorer=S()),
    "numbers": lambda: score_frame([1, 2], scorer=S()),
    "None": lambda: score_frame(None, scorer=S()),
}


@cache
def _documents() -> list[Any]:
    return fake_scorer().score_many([TEXT, "A bill came. It was smug."] * 6)


def articles() -> pd.DataFrame:
    """A result table of two groups."""
    return to_frame(_documents()).assign(group=["a", "b"] * 6, date="2024-05-31")


def sentences() -> pd.DataFrame:
    return to_frame(_documents(), "sentence")


def _groups(changed: dict[str, Any], told: str, **options: Any) -> None:
    with pytest.raises(InputError, match=told) as caught:
        compare_groups(articles().assign(**changed), resamples=20, **options)
    assert len(str(caught.value)) < 300, "a long error"


def _of_sentences(changed: dict[str, Any], told: str) -> None:
    _groups({}, told, sentences=sentences().assign(**changed))


RECORDS: dict[str, Any] = {
    "text": "x",
    "a number": 5,
    "other fields": [[{"a": 1}]] * 12,
    "an empty start": [[{"start": None, "end": 5}]] * 12,
    "an empty record": [[None]] * 12,
}
SIDES: dict[str, Any] = {
    "None": None,
    "text": "abc",
    "one document": lambda: _documents()[0],
    "numbers": [1, 2],
    "lists of texts": [["a"], ["b"]],
    "one side": lambda: {"a": _documents()},
    "no side": {},
    "an empty side": lambda: {"a": _documents(), "b": []},
    "a side of None": lambda: {"a": _documents(), "b": None},
    "a table without scores": lambda: {"a": _documents(), "b": pa.table({"id": ["x"]})},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "level 5": {"level": 5},
    "level 0": {"level": 0},
    "no resamples": {"resamples": 0},
    "seed -1": {"seed": -1},
    "match x": {"match": "x"},
    "by a number": {"by": 5},
    "no scores": {"scores": []},
    "scores of text": {"scores": ["date"]},
    "no such topic": {"topic": "x"},
}


def _works(call: Callable[[], Any], _: Path) -> None:
    assert call() is not None


def _refused(call: Callable[[], Any], _: Path) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def _in_silence(check: Callable[..., None], changed: dict[str, Any], told: str, _: Path) -> None:
    check(changed, told)


def _sides(sides: Any, root: Path) -> None:
    _refused(lambda: compare(sides() if callable(sides) else sides, resamples=20), root)


def _options(options: dict[str, Any], root: Path) -> None:
    _refused(lambda: compare_groups(articles(), **{"resamples": 20, **options}), root)


def cases() -> Iterator[Case]:
    """The whole table of this kind."""
    for name, call in SCORED.items():
        yield Case("tables", f"score_frame of {name}", partial(_works, call))
    for name, call in NOT_SCORED.items():
        yield Case("wrong shape", f"score_frame of {name}", partial(_refused, call))
    yield from _column_cases()
    yield Case("tables", "JSON Lines with separators are read back", _lines_read_back)
    for name, line in LINES.items():
        yield Case("wrong shape", f"a table of scores with a line that is {name}", partial(_line_refused, line))
    for depth in (100, 900, *range(940, 1000, 10), 5000):
        for keep in ((), ("id",)):
            yield Case("wrong shape", f"{depth} lists within lists, keep={keep}", partial(_deep_row, depth, keep))
    for name, sides in SIDES.items():
        yield Case("wrong shape", f"compare of {name}", partial(_sides, sides))
    for name, options in OPTIONS.items():
        yield Case("wrong shape", f"compare_groups with {name}", partial(_options, options))


def _lines_read_back(root: Path) -> None:
    """Separators inside a string end no line, and the table of one JSON Lines file is that of the documents."""
    path, names = root / "a.jsonl", [f"a{char}b" for char in "\u2028\u2029\x85\x0b\x1c"]
    source = root / "in.jsonl"
    source.write_text("".join(json.dumps({"id": name, "text": f"A vote.{name}"}) + "\n" for name in names), "utf-8")
    run(JobConfig((str(source),), path, Columns(id="id")), S)
    assert scored_table(path)["id"].to_pylist() == names


LINES = {"a number": "5", "null": "null", "a list": "[1]", "deep lists": "[" * 20_000, "no JSON": "{"}


def _line_refused(line: str, root: Path) -> None:
    (root / "a.jsonl").write_text(f"{line}\n", "utf-8")
    _refused(lambda: scored_table(root / "a.jsonl"), root)


def _deep_row(depth: int, keep: tuple[str, ...], root: Path) -> None:
    """A row of deep lists, as id, text or kept value, is one with an error; its neighbour is read."""
    deep = "[" * depth + "]" * depth
    path = root / "in.jsonl"
    path.write_text(f'{{"text": "A vote.", "id": {deep}}}\n{{"text": "A bill.", "id": "b"}}\n', "utf-8")
    columns = Columns(keep=keep) if keep else Columns(id="id")
    rows = [row for chunk in read(plan_reading(find_sources([path]), columns)) for row in chunk.rows]
    assert [row.error is None for row in rows[1:]] == [True]


def _column_cases() -> Iterator[Case]:
    for column in ("loaded", "tone", "peak", "loaded_share"):
        for name, value in {"text": "x", "a list": [[1.0]] * 12}.items():
            check = partial(_in_silence, _groups, {column: value}, column)
            yield Case("wrong shape", f"compare_groups where {column} is {name}", check)
            yield Case("wrong shape", f"trend where {column} is {name}", partial(_trend, column, value))
    for name, value in RECORDS.items():
        check = partial(_in_silence, _groups, {"quotes": value}, "quotes")
        yield Case("wrong shape", f"compare_groups where quotes are {name}", check)
    for column in ("id", "model"):
        check = partial(_in_silence, _groups, {column: None}, column)
        yield Case("wrong shape", f"compare_groups where {column} is empty", check)
    for column in ("id", "text", "start"):
        check = partial(_in_silence, _of_sentences, {column: None}, column)
        yield Case("wrong shape", f"sentences where {column} is empty", check)
    for column in ("start", "paragraph", "loaded", "author_chars"):
        check = partial(_in_silence, _of_sentences, {column: "x"}, column)
        yield Case("wrong shape", f"sentences where {column} is text", check)


def _trend(column: str, value: Any, root: Path) -> None:
    _refused(lambda: trend(articles().assign(**{column: value}), column, resamples=20), root)

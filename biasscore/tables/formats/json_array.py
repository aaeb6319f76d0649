"""JSON: an array of objects, an object that holds one (an API's answer), or a single object; streamed by ijson.

An article may hold lists of objects, too (its images, the people it names), and an answer a text (its status). So the
names of the columns tell which it is, those of the object before those of its list's objects; but objects with a text
and a title or address are articles, unless the object has both itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, TextIO

import pyarrow as pa

from biasscore.errors import InputError, MissingExtraError
from biasscore.tables.formats import jsonl
from biasscore.tables.formats.base import TEXT_NAMES, FormatReader, Options, Raw, chunked
from biasscore.tables.records import Chunk, Columns
from biasscore.tables.streams import InputFile, Limited, looking, open_text

_FIRST_LINE = 1 << 20
_LABELS = frozenset(("title", "headline", "url", "link"))
"""What an article has beside its text, and its images and comments seldom have."""


def fields(source: InputFile, options: Options, text: str) -> pa.Schema | None:
    """The keys of the first objects, all taken as strings."""
    if _is_lines(source, options):
        return jsonl.fields(source, options, text)
    with looking(source.path), _records(source, options, text) as (records, _):
        return jsonl.names_of(jsonl.sample_of(records), source, "items")


def chunks(source: InputFile, columns: Columns, options: Options, start: int) -> Iterator[Chunk]:
    """The rows of the file, in its order."""
    if _is_lines(source, options):
        yield from jsonl.chunks(source, columns, options, start)
        return
    with _records(source, options, columns.text) as (records, position):
        yield from chunked(records, source, columns, options, position)


def _utf8(text: TextIO, source: InputFile, options: Options) -> Limited:
    """Characters as the bytes that ijson reads."""
    return Limited(lambda size: text.read(size).encode("utf-8", "surrogateescape"), source.path, options.max_row_bytes)


@contextmanager
def _records(source: InputFile, options: Options, text_name: str) -> Iterator[tuple[Iterator[Raw], Callable[[], int]]]:
    prefix = _prefix(source, options, text_name)
    with open_text(source, options.encoding) as (text, opened):
        yield _items(_utf8(text, source, options), prefix), lambda: opened.position


def _items(stream: Limited, prefix: str) -> Iterator[Raw]:
    ijson = _ijson()
    try:
        for item in ijson.items(stream, prefix, use_float=True):
            stream.waiting = 0
            yield (
                jsonl.found(item, escaped=True)
                if isinstance(item, dict)
                else Raw(problem='the item is not a JSON object; write each article as {"text": "…"}')
            )
    except ijson.JSONError as problem:
        raise _broken(stream.path, problem) from None


def _prefix(source: InputFile, options: Options, text_name: str) -> str:
    """ijson's name for the records: those of the first array of objects, or the whole file where it is one article."""
    with looking(source.path), open_text(source, options.encoding) as (text, _):
        own, inner, array = _keys(_utf8(text, source, options))
    held = {name for name, kind in own.items() if kind == "string"}
    names = (text_name, *TEXT_NAMES)
    is_asked = text_name != Columns().text and text_name in held - inner
    if not is_asked and _is_article(inner, names) and not _is_article(held, names):
        return array
    return next(("" if name in own else array for name in names if name in own or name in inner), array)


def _is_article(keys: Set[str], text_names: Sequence[str]) -> bool:
    return not keys.isdisjoint(text_names) and not keys.isdisjoint(_LABELS)


def _keys(stream: Limited) -> tuple[Mapping[str, str], Set[str], str]:
    """What tells an article from a list of them, read no further than one record may reach.

    Returns:
        The keys of the object that is the whole file, where they hold a "string" or "null", with which of the two it
        is; the keys of the objects in the first array of objects; and ijson's name for these objects, "" where there
        are none.
    """
    ijson = _ijson()
    own: dict[str, str] = {}
    inner: set[str] = set()
    arrays: list[str] = []
    array = ""
    try:
        for prefix, event, value in ijson.parse(stream):
            if event in ("string", "null") and "." not in prefix:
                own[prefix] = event
            elif event == "map_key" and array and prefix == array:
                inner.add(value)
            elif event == "start_array":
                arrays.append(prefix)
            elif event == "start_map" and arrays and prefix == _item(arrays[-1]):
                array = array or prefix
            elif event == "end_array" and not arrays.pop():
                array = array or "item"
            if array == "item":
                break
    except (ijson.JSONError, InputError) as problem:
        if not array:
            raise problem if isinstance(problem, InputError) else _broken(stream.path, problem) from None
    return own, inner, array


def _item(array: str) -> str:
    return f"{array}.item" if array else "item"


def _is_lines(source: InputFile, options: Options) -> bool:
    """Whether the file is JSON Lines under another name: its first line is an object, and another follows."""
    with looking(source.path), open_text(source, options.encoding) as (text, _):
        lines = filter(str.strip, iter(lambda: text.readline(_FIRST_LINE), ""))
        first, second = next(lines, ""), next(lines, "")
    try:
        return isinstance(json.loads(first), dict) and second.lstrip().startswith("{")
    except (ValueError, RecursionError):
        return False


def _broken(path: str, problem: Exception) -> InputError:
    return InputError(
        f"{path} cannot be read as JSON ({' '.join(str(problem).split())[:200]}); correct the file, or name the right "
        "format with --input-format (in Python: input_format)"
    )


def _ijson() -> Any:
    try:
        import ijson
    except ImportError:
        raise MissingExtraError("ijson", "inputs") from None
    return ijson


READER = FormatReader((".json",), fields, chunks, streamed=True)

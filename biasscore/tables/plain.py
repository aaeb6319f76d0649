"""Files that hold one article each: plain text, Markdown, and web pages through an extractor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from biasscore.errors import MissingExtraError
from biasscore.tables.articles import Chunk, Columns, Row, make_row
from biasscore.tables.records import chunked
from biasscore.tables.sources import Source
from biasscore.tables.streams import check_encoding, open_bytes, open_text


def text_chunks(source: Source, columns: Columns, encoding: str | None, max_chars: int) -> Iterator[Chunk]:
    """One row: the file's characters as they are, carriage returns included."""
    with open_text(source, encoding) as (text, _):
        found = text.read(max_chars + 1)
    if not found:
        row = Row(source.name, error="the file is empty")
    else:
        row = make_row({"text": found}, Columns(), source.name, max_chars)
    yield from chunked(iter([({}, row)]), columns.keep, lambda: source.n_bytes)


def html_chunks(source: Source, columns: Columns, encoding: str | None, max_chars: int) -> Iterator[Chunk]:
    """One row: the page's article and title, as trafilatura finds them, paragraphs set apart by blank lines."""
    check_encoding(encoding)
    extract = _extractor()
    with open_bytes(source) as opened:
        page = opened.stream.read()
    decoded = page if encoding is None else page.decode(encoding, "replace")
    found = extract(decoded, include_comments=False, with_metadata=True)
    if found is None or not found.text:
        row = Row(source.name, error="no article was found in the page")
    else:
        values = {"text": found.text.replace("\n", "\n\n"), "title": found.title}
        row = make_row(values, Columns(title="title"), source.name, max_chars)
    yield from chunked(iter([({}, row)]), columns.keep, lambda: source.n_bytes)


def _extractor() -> Callable[..., Any]:
    try:
        from trafilatura import bare_extraction
    except ImportError:
        raise MissingExtraError("trafilatura", "html") from None
    return cast(Callable[..., Any], bare_extraction)

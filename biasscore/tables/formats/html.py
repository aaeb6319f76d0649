"""Web pages: one article each, through an extractor; or a Factiva export, read article by article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from biasscore.errors import MissingExtraError
from biasscore.tables.formats.base import Options, Raw, Reader, article, article_fields, articles
from biasscore.tables.formats.markup import lxml_etree, paragraphs
from biasscore.tables.records import Chunk, Columns
from biasscore.tables.streams import Source, check_encoding, open_bytes, read_whole

_HEAD = 1 << 16
_FACTIVA = (b"articleParagraph", b"enHeadline")
_MUCH = 20_000
_WORDS = re.compile(r"^[\d,.]+ words$")
_DATE = re.compile(r"^\d{1,2} \w+ \d{4}$")


def chunks(source: Source, columns: Columns, options: Options, start: int) -> Iterator[Chunk]:
    """One row of the page's article; or the articles of an export."""
    check_encoding(options.encoding)
    with open_bytes(source) as opened:
        head = opened.stream.peek(_HEAD) if source.is_pipe else opened.stream.read(_HEAD)
    if any(mark in head for mark in _FACTIVA):
        yield from factiva_chunks(source, columns, options, start)
    else:
        yield from article(_page(source, options), source, columns, options)


def factiva_chunks(source: Source, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """The articles of a Factiva export in HTML, one held in memory at a time."""
    check_encoding(options.encoding)
    with open_bytes(source) as opened:
        found = _factiva_articles(opened.stream, options)
        yield from articles(found, source, columns, options, lambda: opened.position)


def _page(source: Source, options: Options) -> Raw:
    """The page's article and title, as trafilatura finds them, paragraphs set apart by blank lines."""
    extract = _extractor()
    page = read_whole(source, options.max_row_bytes)
    if page is None:
        return Raw(problem=f"the page has more than {options.max_row_bytes:,} bytes (--max-row-bytes)")
    decoded = page if options.encoding is None else page.decode(options.encoding, "replace")
    found = extract(decoded, include_comments=False, with_metadata=True)
    if found is None or not found.text:
        return Raw(problem="no article was found in the page", lack="empty" if not page.strip() else "bad")
    values = {
        "text": found.text.replace("\n", "\n\n"),
        "title": found.title,
        "date": found.date,
        "outlet": found.sitename,
        "byline": found.author,
        "url": found.url,
    }
    return Raw(values, note=_unread(len(found.text), page))


def _unread(read: int, page: bytes) -> str | None:
    """How much of a page was left out, where that is more than menus and footers explain."""
    if len(page) < _MUCH:
        return None
    tree = lxml_etree().HTML(page)
    seen = len(paragraphs(tree)) if tree is not None else 0
    if seen < _MUCH or read > seen / 2:
        return None
    return f"{read:,} of {seen:,} characters of the page were read as the article"


def _factiva_articles(stream: Any, options: Options) -> Iterator[Raw]:
    """Each element of class ``article`` that holds paragraphs, forgotten once it has been read."""
    etree = lxml_etree()
    events = etree.iterparse(stream, events=("end",), tag="div", html=True, encoding=options.encoding, huge_tree=True)
    for _, element in events:
        if "article" not in (element.get("class") or "").split():
            continue
        found = element.xpath(".//p[contains(@class, 'articleParagraph')]")
        if found:
            yield _factiva_article(element, found)
        element.clear(keep_tail=False)
        while element.getprevious() is not None:
            del element.getparent()[0]


def _factiva_article(element: Any, found: list[Any]) -> Raw:
    title = element.xpath(".//*[contains(@class, 'enHeadline') or contains(@class, 'Headline')]")
    author = element.xpath(".//*[@class='author']")
    lines = [text for child in element.iter("div") if not len(child) and (text := paragraphs(child))]
    date = next((i for i, line in enumerate(lines) if _DATE.match(line)), None)
    last = [text for child in element.iter("p") if (text := paragraphs(child)).startswith("Document ")]
    values = {
        "text": "\n\n".join(filter(None, map(paragraphs, found))),
        "title": paragraphs(title[0]) if title else None,
        "byline": paragraphs(author[0]) if author else None,
        "date": None if date is None else lines[date],
        "outlet": None if date is None else next((line for line in lines[date + 1 :] if not _is_time(line)), None),
        "id": last[-1].removeprefix("Document ") if last else None,
    }
    return Raw(values)


def _is_time(line: str) -> bool:
    return bool(re.match(r"^\d{1,2}:\d\d", line) or _WORDS.match(line))


def _extractor() -> Callable[..., Any]:
    try:
        from trafilatura import bare_extraction
    except ImportError:
        raise MissingExtraError("trafilatura", "html") from None
    return cast(Callable[..., Any], bare_extraction)


def _n_rows(source: Source, _: Options) -> int | None:
    """One, but for an export, whose articles have to be counted, and a pipe, which can be read once."""
    if source.is_pipe:
        return None
    with open_bytes(source) as opened:
        return None if any(mark in opened.stream.read(_HEAD) for mark in _FACTIVA) else 1


HTML = Reader((".html", ".htm"), article_fields, chunks, _n_rows, streamed=True, holds_articles=True)
FACTIVA = Reader((), article_fields, factiva_chunks, streamed=True, holds_articles=True)

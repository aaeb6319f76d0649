"""Web pages: one article each, through an extractor; or a Factiva export, read article by article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, cast

from biasscore.errors import InputError, MissingExtraError
from biasscore.tables.formats.base import FormatReader, Options, Raw, article, article_fields, articles, in_time
from biasscore.tables.formats.markup import lxml_etree, paragraphs
from biasscore.tables.formats.page import PageText
from biasscore.tables.formats.structure import page_paragraphs
from biasscore.tables.records import Chunk, Columns
from biasscore.tables.streams import RAISE_LIMIT, InputFile, check_encoding, looking, open_bytes, read_whole

_HEAD = 1 << 16
_FACTIVA = (b"articleParagraph", b"enHeadline")
_BEGIN = re.compile(rb"""<div\b[^<>]{0,400}\bclass=["']article\b[^<>]{0,400}>""", re.IGNORECASE)
_LONGEST_TAG = 1_000
_MUCH = 20_000
_WORDS = re.compile(r"^[\d,.]+ words$")
# The day on which the page says it was published, and none that its text speaks of.
_DATES = {"original_date": True, "extensive_search": False}
_DATE = re.compile(r"^\d{1,2} \w+ \d{4}$")


def chunks(source: InputFile, columns: Columns, options: Options, start: int) -> Iterator[Chunk]:
    """One row of the page's article; or the articles of an export."""
    check_encoding(options.encoding)
    with looking(source.path), open_bytes(source) as opened:
        head = opened.stream.read(_HEAD)
    if any(mark in head for mark in _FACTIVA):
        yield from factiva_chunks(source, columns, options, start)
    else:
        yield from article(_page(source, options), source, columns, options)


def factiva_chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """The articles of a Factiva export in HTML, one held in memory at a time."""
    check_encoding(options.encoding)
    with open_bytes(source) as opened:
        found = _factiva_articles(opened.stream, source, options)
        yield from articles(found, source, columns, options, lambda: opened.position)


def _page(source: InputFile, options: Options) -> Raw:
    page = read_whole(source, options.max_row_bytes)
    if page is None:
        return Raw(problem=f"the page has more than {options.max_row_bytes:,} bytes; {RAISE_LIMIT}")
    return in_time(lambda: _article_of(page, options))


def _article_of(page: bytes, options: Options) -> Raw:
    """The page's article and title, as trafilatura finds them, with the quotations that the page marks."""
    extract, load = _extractor()
    tree = load(page if options.encoding is None else page.decode(options.encoding, "replace"))
    # Read before the extractor, which takes the tree apart.
    whole, seen = ([], 0) if tree is None else (page_paragraphs(tree), _visible(tree, page))
    found = (
        extract(tree, include_comments=False, with_metadata=True, date_extraction_params=_DATES)
        if tree is not None
        else None
    )
    article = PageText(found.body, whole) if found is not None else None
    if found is None or article is None or not article.text:
        return Raw(
            problem="biasscore finds no article in the page; save the text of the article as a text file",
            lack="empty" if not page.strip() else "bad",
        )
    values = {
        "text": article.text,
        "title": found.title,
        "date": found.date,
        "outlet": found.sitename,
        "byline": found.author,
        "url": found.url,
    }
    return Raw(values, note=_unread(len(article.text), seen), blocks=article.blocks)


def _visible(tree: Any, page: bytes) -> int:
    """Characters of a large page; 0 for one that is too small to ask how much of it was read."""
    return len(paragraphs(tree)) if len(page) >= _MUCH else 0


def _unread(read: int, seen: int) -> str | None:
    """How much of a page was left out, where that is more than menus and footers explain."""
    if seen < _MUCH or read > seen / 2:
        return None
    return f"{read:,} of {seen:,} characters of the page were read as the article"


def _factiva_articles(stream: Any, source: InputFile, options: Options) -> Iterator[Raw]:
    """Each piece of the page that holds paragraphs of an article, parsed by itself.

    An HTML parser that is fed piece by piece keeps all that it was fed; so the page is cut first.
    """
    etree = lxml_etree()
    parser = etree.HTMLParser(encoding=options.encoding or "utf-8", huge_tree=True)
    n_articles = 0
    for piece in _pieces(stream, source, options):
        element = etree.HTML(piece, parser) if _FACTIVA[0] in piece else None
        # Not by XPath, which takes the square of the paragraphs where they have several parents.
        found = [] if element is None else [p for p in element.iter("p") if "articleParagraph" in p.get("class", "")]
        if found:
            n_articles += 1
            yield in_time(partial(_factiva_article, element, found))
    if not n_articles:
        raise InputError(f"{source.path} has no articles of a Factiva export in HTML; export them from Factiva as HTML")


def _pieces(stream: Any, source: InputFile, options: Options) -> Iterator[bytes]:
    """The page from the beginning of each article to that of the next."""
    waiting, looked = bytearray(), 0
    while block := stream.read(_HEAD):
        waiting += block
        begins = [match.start() for match in _BEGIN.finditer(waiting, looked)]
        for first, last in pairwise([0, *begins]):
            yield bytes(waiting[first:last])
        if begins:
            del waiting[: begins[-1]]
        # The next article may begin within the last bytes; that of this one is not looked at again.
        looked = max(1, len(waiting) - _LONGEST_TAG)
        if len(waiting) > options.max_row_bytes:
            raise InputError(
                f"one article of {source.path} has more than {options.max_row_bytes:,} bytes; {RAISE_LIMIT}"
            )
    yield bytes(waiting)


def _factiva_article(element: Any, found: list[Any]) -> Raw:
    title = next((child for child in element.iter("*") if "Headline" in child.get("class", "")), None)
    author = next((child for child in element.iter("*") if child.get("class") == "author"), None)
    lines = [text for child in element.iter("div") if not len(child) and (text := paragraphs(child))]
    date = next((i for i, line in enumerate(lines) if _DATE.match(line)), None)
    last = [text for child in element.iter("p") if (text := paragraphs(child)).startswith("Document ")]
    cells = _coded_cells(element)
    values = {
        "text": "\n\n".join(filter(None, map(paragraphs, found))),
        "title": cells.get("HD") if title is None else paragraphs(title),
        "byline": cells.get("BY") if author is None else paragraphs(author),
        "date": cells.get("PD") if date is None else lines[date],
        "outlet": cells.get("SN")
        if date is None
        else next((line for line in lines[date + 1 :] if not _is_time(line)), None),
        "id": (last[-1] if last else cells.get("AN", "")).removeprefix("Document ") or None,
    }
    return Raw(values)


def _coded_cells(element: Any) -> dict[str, str]:
    """What an article with indexing holds, by Factiva's codes: HD headline, BY, PD date, SN source, AN number."""
    rows = ([paragraphs(cell) for cell in row.iter("td")] for row in element.iter("tr"))
    return {cells[0]: cells[1] for cells in rows if len(cells) == 2}


def _is_time(line: str) -> bool:
    return bool(re.match(r"^\d{1,2}:\d\d", line) or _WORDS.match(line))


def _extractor() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The extractor, and the reader of the trees that it takes."""
    try:
        from trafilatura import bare_extraction, load_html
    except ImportError:
        raise MissingExtraError("trafilatura", "html") from None
    return cast(Callable[..., Any], bare_extraction), cast(Callable[..., Any], load_html)


def _n_rows(source: InputFile, _: Options) -> int | None:
    """One, but for an export, whose articles have to be counted, and a pipe, which can be read once."""
    if source.is_pipe:
        return None
    with open_bytes(source) as opened:
        return None if any(mark in opened.stream.read(_HEAD) for mark in _FACTIVA) else 1


HTML = FormatReader((".html", ".htm"), article_fields, chunks, _n_rows, streamed=True, holds_articles=True)
FACTIVA = FormatReader((), article_fields, factiva_chunks, streamed=True, holds_articles=True)

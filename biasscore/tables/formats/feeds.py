"""XML of news: RSS, Atom, NewsML-G2 and NITF; one item after the other, each forgotten once it has been read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from biasscore.errors import InputError
from biasscore.tables.formats.base import FormatReader, Options, Raw, article_fields, articles, in_time
from biasscore.tables.formats.markup import local_name, lxml_etree, of_html, paragraphs
from biasscore.tables.records import Chunk, Columns
from biasscore.tables.streams import InputFile, check_encoding, open_bytes

_ITEMS = ("item", "entry", "newsitem", "nitf")
# Names of each field in the order in which the fullest comes first.
_TEXT = ("encoded", "content", "body.content", "inlinexml", "description", "summary")
_TITLE = ("title", "headline", "hl1")
_DATE = ("pubdate", "published", "updated", "date", "contentcreated", "versioncreated", "date.issue")
_BYLINE = ("creator", "author", "by", "byline")
_ID = ("guid", "id", "doc-id")


def chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """The items of the file, in its order."""
    check_encoding(options.encoding)
    with open_bytes(source) as opened:
        found = _items(opened.stream, source, options)
        yield from articles(found, source, columns, options, lambda: opened.position)


class _Counted:
    """A stream that ends the reading of an item that never ends."""

    def __init__(self, stream: Any, source: InputFile, limit: int) -> None:
        self._stream, self._source, self._limit, self.waiting = stream, source, limit, 0

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._stream.read(size)
        self.waiting += len(found)
        if self.waiting > self._limit:
            raise InputError(
                f"one item of {self._source.path} has more than {self._limit:,} bytes; raise --max-row-bytes (in "
                "Python: max_row_bytes)"
            )
        return found


def _items(stream: Any, source: InputFile, options: Options) -> Iterator[Raw]:
    etree = lxml_etree()
    counted = _Counted(stream, source, options.max_row_bytes)
    # No entity is fetched or expanded, so a document can neither reach the network nor grow while it is read.
    events = etree.iterparse(counted, events=("start", "end"), resolve_entities=False, no_network=True)
    outlet: str | None = None
    inside = n_items = 0
    try:
        for event, element in events:
            name = local_name(element)
            if name in _ITEMS:
                inside += 1 if event == "start" else -1
            if event == "end" and name in _ITEMS and not inside:
                n_items += 1
                counted.waiting = 0
                yield in_time(partial(_item, element, outlet))
                element.clear(keep_tail=False)
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif event == "end" and name == "title" and not inside and outlet is None:
                outlet = paragraphs(element) or None
    except etree.XMLSyntaxError as problem:
        if not n_items and not inside and str(problem).startswith("Document is empty"):
            raise InputError(f"{source.path} is empty; remove this file from the input") from None
        raise InputError(
            f"{source.path} cannot be read as a feed ({' '.join(str(problem).split())}); save the feed as XML "
            "again, or convert the feed to a table"
        ) from None
    if not n_items:
        raise InputError(
            f"{source.path} has no items of RSS, Atom, NewsML or NITF; convert the file to a table or to text files"
        )


def _item(element: Any, outlet: str | None) -> Raw:
    parts: dict[str, Any] = {}
    for child in element.iter():
        parts.setdefault(local_name(child), child)
    parts.pop(local_name(element), None)
    values = {
        "text": _first(parts, _TEXT, rich=True),
        "title": _first(parts, _TITLE),
        "date": _first(parts, _DATE) or _attribute(parts, "date.issue", "norm"),
        "outlet": _first(parts, ("source",)) or outlet,
        "byline": _first(parts, _BYLINE),
        "url": _attribute(parts, "link", "href") or _first(parts, ("link",)),
        "id": _first(parts, _ID) or element.get("guid"),
    }
    return Raw(values)


def _first(parts: dict[str, Any], names: tuple[str, ...], *, rich: bool = False) -> str | None:
    for name in names:
        if name in parts:
            text = paragraphs(parts[name])
            # Feeds carry HTML as escaped text, or as elements of the feed itself.
            text = of_html("".join(parts[name].itertext())) if rich and not len(parts[name]) else text
            if text:
                return text
    return None


def _attribute(parts: dict[str, Any], name: str, attribute: str) -> str | None:
    found: str | None = parts[name].get(attribute) if name in parts else None
    return found


READER = FormatReader((".xml", ".rss", ".atom"), article_fields, chunks, streamed=True, holds_articles=True)

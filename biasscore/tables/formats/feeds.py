"""XML of news: RSS, Atom, NewsML-G2 and NITF; one item after the other, each forgotten once it has been read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from biasscore.errors import InputError
from biasscore.tables.formats.base import FormatReader, Options, Raw, article_fields, articles, in_time
from biasscore.tables.formats.markup import local_name, lxml_etree, of_html, paragraphs, plain
from biasscore.tables.records import Chunk, Columns
from biasscore.tables.streams import InputFile, Limited, check_encoding, open_bytes

_ITEMS = ("item", "entry", "newsitem", "nitf")
# Names of each field in the order in which the fullest comes first. The block of all paragraphs stands beside one that
# repeats the first of them (New York Times Annotated Corpus).
_TEXT = ("encoded", "content", "block.full_text", "body.content", "inlinexml", "description", "summary", "text")
_TITLE = ("hl1", "headline", "title")
_DATE = ("pubdate", "published", "updated", "date", "contentcreated", "versioncreated", "date.issue")
_BYLINE = ("creator", "author", "by", "byline")
_ID = ("guid", "id", "doc-id")
# Which part of a person or a source is the name; beside it stand addresses and dates.
_NAMES = {"author": "name", "source": "title"}
# Photos and videos, each with a title, a text and a credit of its own (Media RSS).
_MEDIA = "{http://search.yahoo.com/mrss"


def chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """The items of the file, in its order."""
    check_encoding(options.encoding)
    with open_bytes(source) as opened:
        found = _items(opened.stream, source, options)
        yield from articles(found, source, columns, options, lambda: opened.position)


def _items(stream: Any, source: InputFile, options: Options) -> Iterator[Raw]:
    etree = lxml_etree()
    encoding = None
    if options.encoding is not None:  # by Python's name, which the parser may not know
        stream, encoding = codecs.EncodedFile(stream, "utf-8", options.encoding, "replace"), "utf-8"
    limited = Limited(stream.read, source.path, options.max_row_bytes)
    # No entity is fetched or expanded, so a document can neither reach the network nor grow while it is read.
    events = etree.iterparse(
        limited, events=("start", "end"), resolve_entities=False, no_network=True, encoding=encoding
    )
    outlet: str | None = None
    inside = n_items = 0
    try:
        for event, element in events:
            name = local_name(element)
            if name in _ITEMS:
                inside += 1 if event == "start" else -1
            if event == "end" and name in _ITEMS and not inside:
                n_items += 1
                limited.waiting = 0
                yield in_time(partial(_item, element, outlet))
                element.clear(keep_tail=False)
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif event == "end" and name == "title" and not inside and outlet is None:
                outlet = _line(element) or None
    except etree.XMLSyntaxError as problem:
        if not n_items and not inside and str(problem).startswith("Document is empty"):
            raise InputError(f"{source.path} is empty; remove this file from the input") from None
        raise InputError(
            f"{source.path} cannot be read as a feed ({' '.join(str(problem).split())}); set --encoding (in Python: "
            "encoding), save the feed as XML again, or convert the feed to a table"
        ) from None
    if not n_items:
        raise InputError(
            f"{source.path} has no items of RSS, Atom, NewsML or NITF; convert the file to a table or to text files"
        )


def _item(element: Any, outlet: str | None) -> Raw:
    parts = _parts(element)
    values = {
        "text": next(filter(None, (_text(parts[name]) for name in _TEXT if name in parts)), None),
        "title": _first(parts, _TITLE),
        "date": _first(parts, _DATE)
        or _attribute(parts, "date.issue", "norm")
        or _attribute(parts, "pubdata", "date.publication")
        or element.get("date"),
        "outlet": _first(parts, ("source",)) or _attribute(parts, "pubdata", "name") or outlet,
        "byline": _first(parts, _BYLINE),
        "url": _attribute(parts, "link", "href") or _first(parts, ("link",)) or _attribute(parts, "pubdata", "ex-ref"),
        "id": _first(parts, _ID)
        or _attribute(parts, "doc-id", "id-string")
        or element.get("guid")
        or element.get("itemid"),
    }
    return Raw(values)


def _parts(item: Any) -> dict[str, Any]:
    """The first part of each name; the item's own parts come before those inside them."""
    parts: dict[str, Any] = {}
    for part in chain(item, item.iterdescendants("*")):
        name = local_name(part)
        if name and not part.tag.startswith(_MEDIA) and part.get("rel", "alternate") == "alternate":
            parts.setdefault(f"block.{part.get('class')}" if name == "block" else name, part)
    return parts


def _first(parts: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next(filter(None, (_line(parts[name]) for name in names if name in parts)), None)


def _line(part: Any) -> str:
    """A part on one line; of a person or source the name alone."""
    named = (inner for inner in part if local_name(inner) == _NAMES.get(local_name(part)))
    return " ".join(_text(next(named, part)).split())


def _text(part: Any) -> str:
    """Feeds carry HTML as escaped text, or as elements of the feed itself."""
    return paragraphs(part) if any(map(local_name, part)) else of_html(plain(part))


def _attribute(parts: dict[str, Any], name: str, attribute: str) -> str | None:
    found: str | None = parts[name].get(attribute) if name in parts else None
    return found


READER = FormatReader((".xml", ".rss", ".atom"), article_fields, chunks, streamed=True, holds_articles=True)

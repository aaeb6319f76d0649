"""Text out of HTML and XML: block elements become paragraphs, set apart by blank lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.entities import html5
from typing import Any

from biasscore.errors import MissingExtraError

BLOCKS = frozenset(
    "p div br li ul ol h1 h2 h3 h4 h5 h6 blockquote table tr td th dl dt dd section article header footer figure "
    "figcaption pre hr aside main address details summary "
    "hl1 hl2 block media media-caption media-producer byttl".split()
)
UNSEEN = frozenset("script style noscript template head".split())


def lxml_etree() -> Any:
    """The parser of XML and HTML.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        from lxml import etree
    except ImportError:
        raise MissingExtraError("lxml", "html") from None
    return etree


def paragraphs(element: Any) -> str:
    """The text that a reader sees, one paragraph per block."""
    blocks = (" ".join(block.split()) for block in _collected(element).split("\0"))
    return "\n\n".join(filter(None, blocks))


def plain(element: Any) -> str:
    """All the text in an element as it stands."""
    return _collected(element).replace("\0", "")


def of_html(fragment: str) -> str:
    """The same of a piece of HTML, as feeds carry it; a text without tags comes back as it is."""
    if "<" not in fragment and "&" not in fragment:
        return fragment.strip()
    from lxml import html

    lxml_etree()
    return paragraphs(html.fragment_fromstring(fragment, create_parent="div")) if fragment.strip() else ""


def local_name(element: Any) -> str:
    """The tag without its namespace; "" for comments and the like."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def walk(root: Any, enters: Callable[[Any], bool] = lambda _: True) -> Iterator[tuple[Any, bool]]:
    """Each node where it begins (True) and where it ends, in the order of the page.

    Without recursion: pages may be nested as deep as their makers like.

    Args:
        enters: whether what is inside a node is walked, too.
    """
    events: list[tuple[Any, bool]] = [(root, True)]
    while events:
        node, opens = events.pop()
        if opens:
            events.append((node, False))
            events.extend((child, True) for child in (reversed(node) if enters(node) else ()))
        yield node, opens


def tail(node: Any, root: Any) -> str:
    """What stands behind a node; behind the root it is no part of what is read."""
    return "" if node is root else node.tail or ""


def _collected(root: Any) -> str:
    """All that a reader sees, with NUL where a block begins or ends."""
    parts: list[str] = []
    for node, opens in walk(root, _is_seen):
        parts.append("\0" if local_name(node) in BLOCKS else "")
        if not opens:
            parts.append(tail(node, root))
        else:
            parts.append(node.text or "" if _is_seen(node) else _character(node))
    return "".join(parts)


def _is_seen(node: Any) -> bool:
    name = local_name(node)
    return bool(name) and name not in UNSEEN


def _character(node: Any) -> str:
    """What a reader sees of an entity that the parser left as it is; its name, where HTML does not know it."""
    if node.tag is not lxml_etree().Entity:
        return ""
    found: str = html5.get(f"{node.name};", node.text)
    return found

"""Text out of HTML and XML: block elements become paragraphs, set apart by blank lines."""

from __future__ import annotations

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
    parts: list[str] = []
    _collect(element, parts)
    blocks = (" ".join(block.split()) for block in "".join(parts).split("\0"))
    return "\n\n".join(filter(None, blocks))


def plain(element: Any) -> str:
    """All the text in an element as it stands."""
    parts: list[str] = []
    _collect(element, parts)
    return "".join(parts).replace("\0", "")


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


def _collect(element: Any, parts: list[str]) -> None:
    """Gather in the order of the page, without recursion: pages may be nested as deep as their makers like."""
    events: list[tuple[Any, bool]] = [(element, True)]
    while events:
        node, opens = events.pop()
        name = local_name(node)
        if not opens:
            parts.append("\0" if name in BLOCKS else "")
            parts.append(node.tail or "" if node is not element else "")
            continue
        if name in UNSEEN or not name:
            parts.append(_character(node))
            parts.append(node.tail or "" if node is not element else "")
            continue
        parts.append("\0" if name in BLOCKS else "")
        parts.append(node.text or "")
        events.append((node, False))
        events.extend((child, True) for child in reversed(node))


def _character(node: Any) -> str:
    """What a reader sees of an entity that the parser left as it is; its name, where HTML does not know it."""
    if node.tag is not lxml_etree().Entity:
        return ""
    found: str = html5.get(f"{node.name};", node.text)
    return found

"""The article of a web page with what its structure says: which paragraphs are headings, quotations or captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from biasscore.results import Block, ParagraphKind
from biasscore.tables.formats.markup import tail, walk
from biasscore.tables.formats.structure import PageParagraph, merge

# The extractor's names of elements that stand apart; all others run on in their paragraph.
_APART = frozenset("p head quote list item table row cell ab div lb code body".split())
_RUNNING = frozenset("p head item cell hi ref ab".split())
# No page holds these: they mark where an inline quotation begins and ends until its paragraph is read.
_OPENS, _CLOSES = "\x01", "\x02"


class PageText:
    """Collects an extractor's tree, in the order of the page, and merges it with the page's own.

    Attributes:
        text: its paragraphs, set apart by blank lines.
        blocks: headings, quotations and boilerplate, as ranges into the text; quotations may lie inside a paragraph.
    """

    def __init__(self, body: Any, page: Sequence[PageParagraph] = ()) -> None:
        self._found: list[PageParagraph] = []
        self._read(body)
        self.text = ""
        self.blocks: tuple[Block, ...] = ()
        self._lay_out(merge(self._found, page))

    def _read(self, body: Any) -> None:
        waiting: list[str] = []
        kinds: list[ParagraphKind] = ["text"]
        for element, opens in walk(body):
            name = element.tag if isinstance(element.tag, str) else ""
            inline = name == "quote" and element.getparent().tag in _RUNNING
            kind = None if inline else _kind(name)
            if inline:
                waiting.append(_OPENS if opens else _CLOSES)
            elif name in _APART:
                self._end_paragraph(waiting, kinds[-1])
            if kind and opens:
                kinds.append("quotation" if kinds[-1] == "quotation" else kind)
            elif kind:
                kinds.pop()
            if not opens:
                waiting.append(tail(element, body))
            elif name:
                waiting.append(element.text or "")
        self._end_paragraph(waiting, "text")

    def _end_paragraph(self, waiting: list[str], kind: ParagraphKind) -> None:
        marked = " ".join("".join(waiting).split())
        waiting.clear()
        text = marked.replace(_OPENS, "").replace(_CLOSES, "").strip()
        if text:
            self._found.append(PageParagraph(text, kind, tuple(_inline(marked)) if kind == "text" else ()))

    def _lay_out(self, paragraphs: Sequence[PageParagraph]) -> None:
        blocks: list[Block] = []
        start = 0
        for paragraph in paragraphs:
            if paragraph.kind != "text":
                blocks.append(Block(start, start + len(paragraph.text), paragraph.kind))
            blocks += [Block(start + first, start + last, "quotation") for first, last in paragraph.inline]
            start += len(paragraph.text) + 2
        self.text = "\n\n".join(paragraph.text for paragraph in paragraphs)
        self.blocks = tuple(blocks)


def _inline(marked: str) -> Iterator[tuple[int, int]]:
    """The quotations inside a paragraph whose marks are still in it."""
    position, opened = 0, -1
    for character in marked:
        if character == _OPENS:
            opened = position
        elif character == _CLOSES:
            if position > opened >= 0:
                yield opened, position
            opened = -1
        else:
            position += 1


def _kind(name: str) -> ParagraphKind | None:
    return "heading" if name == "head" else "quotation" if name == "quote" else None

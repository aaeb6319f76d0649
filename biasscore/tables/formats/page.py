"""The article of a web page with what its structure says: which paragraphs are headings, which words are quoted."""

from __future__ import annotations

from typing import Any

from biasscore.results import Block, ParagraphKind

# The extractor's names of elements that stand apart; all others run on in their paragraph.
_APART = frozenset("p head quote list item table row ab div lb code body".split())
_RUNNING = frozenset("p head item cell hi ref ab".split())
# No page holds these: they mark where an inline quotation begins and ends until its paragraph is read.
_OPENS, _CLOSES = "\x01", "\x02"


class PageText:
    """Collects an extractor's tree, in the order of the page and without recursion.

    Attributes:
        text: its paragraphs, set apart by blank lines.
        blocks: headings and quotations, as ranges into the text; quotations may lie inside a paragraph.
    """

    def __init__(self, body: Any) -> None:
        self.text = ""
        self.blocks: tuple[Block, ...] = ()
        self._paragraphs: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._read(body)
        self.text = "\n\n".join(self._paragraphs)
        self.blocks = tuple(self._blocks)

    def _read(self, body: Any) -> None:
        waiting: list[str] = []
        kinds: list[ParagraphKind] = ["text"]
        events: list[tuple[Any, bool]] = [(body, True)]
        while events:
            element, opens = events.pop()
            name = element.tag if isinstance(element.tag, str) else ""
            inline = name == "quote" and element.getparent().tag in _RUNNING
            if inline:
                waiting.append(_OPENS if opens else _CLOSES)
            elif name in _APART:
                self._end_paragraph(waiting, kinds[-1])
            if not opens:
                if _kind(name) and not inline:
                    kinds.pop()
                waiting.append(element.tail or "" if element is not body else "")
                continue
            kind = _kind(name)
            if kind and not inline:
                kinds.append("quotation" if "quotation" in kinds else kind)
            waiting.append(element.text or "" if name else "")
            events.append((element, False))
            events.extend((child, True) for child in reversed(element))
        self._end_paragraph(waiting, "text")

    def _end_paragraph(self, waiting: list[str], kind: ParagraphKind) -> None:
        marked = " ".join("".join(waiting).split())
        waiting.clear()
        text = marked.replace(_OPENS, "").replace(_CLOSES, "").strip()
        if not text:
            return
        start = self._length
        if kind != "text":
            self._blocks.append(Block(start, start + len(text), kind))
        else:
            self._inline(marked, start)
        self._paragraphs.append(text)
        self._length += len(text) + 2

    def _inline(self, marked: str, start: int) -> None:
        """The quotations inside a paragraph whose marks are still in it."""
        position, opened = start, -1
        for character in marked:
            if character == _OPENS:
                opened = position
            elif character == _CLOSES:
                if position > opened >= 0:
                    self._blocks.append(Block(opened, position, "quotation"))
                opened = -1
            else:
                position += 1


def _kind(name: str) -> ParagraphKind | None:
    return "heading" if name == "head" else "quotation" if name == "quote" else None

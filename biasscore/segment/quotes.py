"""Quotations: which marks open, which close, and where a quotation runs on into the next paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence

from biasscore.segment.types import ParagraphRange

_MARK = re.compile(r"[\"“”]")


def find_quotes(text: str, paragraphs: Sequence[ParagraphRange]) -> list[tuple[int, int]]:
    """Outermost quotations with their marks, in order, as ranges that do not overlap."""
    found = []
    for paragraph in paragraphs:
        opened = -1
        for mark in _MARK.finditer(text, paragraph.start, paragraph.end):
            if opened < 0 and mark[0] != "”":
                opened = mark.start()
            elif opened >= 0 and mark[0] != "“":
                found.append((opened, mark.end()))
                opened = -1
    return found

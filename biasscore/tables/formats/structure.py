"""What a web page's own structure says of its paragraphs, read beside the extractor.

An extractor finds the article in a page, but drops figures with their posts and captions, asides and the times of a
live blog, and forgets what some paragraphs were. So the page is walked once more: its paragraphs are matched with
those that were extracted, and give them their kind. Posts, quotations, captions, asides, times and headings that stand
among them and were dropped come back in their place; the rest of the page stays out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from biasscore.results import ParagraphKind
from biasscore.tables.formats.markup import BLOCKS, UNSEEN, local_name, lxml_etree, tail, walk

_OUTSIDE = UNSEEN | frozenset("nav form button select svg iframe object video audio canvas dialog label".split())
_APART = BLOCKS | {"body"}
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_COMMENTS = frozenset("comments comment-list commentlist disqus_thread respond".split())
_BODIES = re.compile(r"(?:^|\s)(?:article|story|entry|post)[-_]+(?:body|content|text)(?:$|\s)|\barticleBody\b")
_POSTS = frozenset(
    """
    twitter-tweet twitter-video twitter-embed tweet-embed tweet-text tweet-card embedded-tweet embed-tweet
    instagram-media instagram-embed fb-post facebook-embed bluesky-embed mastodon-embed tiktok-embed reddit-embed
    reddit-embed-bq reddit-card text-post-media threads-embed truthsocial-embed social-embed embedded-post post-embed
    """.split()
)
_QUOTATION = re.compile(r"(?:pull|block)[-_]?quote")
_CAPTION = re.compile(r"(?:^|[\s_-])(?:caption|imagecaption|(?:photo|image)[-_]?credit)(?:$|[\s_-])")
_TIME = re.compile(r"(?:^|[\s_-])(?:time|timestamp|time-?ago)(?:$|[\s_-])")
_LONGEST_CAPTION = 600
# A longer passage that comes twice was written twice for two widths of screen.
_LONG = 20


@dataclass(frozen=True, slots=True)
class PageParagraph:
    """A paragraph of a page.

    Attributes:
        inline: what is quoted inside it, as ranges into its text.
        article: the innermost article of the page that holds it, by number; 0 for none.
    """

    text: str
    kind: ParagraphKind
    inline: tuple[tuple[int, int], ...] = ()
    article: int = 0

    @property
    def key(self) -> str:
        """What is left of the text whatever an extractor does with blanks and marks."""
        return "".join(filter(str.isalnum, self.text))


@dataclass(frozen=True, slots=True)
class _OpenElement:
    """An element that is being read, and what it says of the words in it.

    Attributes:
        figure: the innermost one around them.
        tells_time: by its own name.
    """

    kind: ParagraphKind
    article: int = 0
    outside: bool = False
    figure: Any = None
    tells_time: bool = False


def page_paragraphs(tree: Any) -> list[PageParagraph]:
    """The paragraphs of a whole page, in its order; menus, forms and comments are left out."""
    reading = _Reading(frozenset(_quoting_figures(tree)))
    for node, opens in walk(tree):
        if opens:
            reading.open(node)
        else:
            reading.close(node, tail(node, tree))
    reading.end_paragraph()
    return reading.found


@dataclass(slots=True)
class _Reading:
    """Collects the paragraphs of a page.

    Attributes:
        quoting: the figures that hold a quotation, whose captions say whose it is.
        timed: how many of the waiting characters tell a time.
        times: how many elements that tell a time are open and began in this paragraph.
    """

    quoting: frozenset[Any]
    found: list[PageParagraph] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    timed: int = 0
    times: int = 0
    articles: int = 0
    within: list[_OpenElement] = field(default_factory=lambda: [_OpenElement("text")])

    def open(self, node: Any) -> None:
        name, outer = local_name(node), self.within[-1]
        kind = self._kind(node, name, outer)
        if name in _APART or kind != outer.kind:
            self.end_paragraph()
        begins = name == "article" or bool(_BODIES.search(_names(node)))
        self.articles += begins
        outside = outer.outside or _is_outside(node, name, outer.kind)
        article = self.articles if begins else outer.article
        tells_time = name == "time" or bool(_TIME.search(_names(node)))
        self.times += tells_time
        self.within.append(_OpenElement(kind, article, outside, node if name == "figure" else outer.figure, tells_time))
        self._wait(node.text or "")

    def close(self, node: Any, tail: str) -> None:
        if local_name(node) in _APART or self.within[-1].kind != self.within[-2].kind:
            self.end_paragraph()
        if self.within.pop().tells_time and self.times:
            self.times -= 1
        self._wait(tail)

    def _wait(self, text: str) -> None:
        if not self.within[-1].outside:
            self.waiting.append(text)
            self.timed += len("".join(text.split())) if self.times else 0

    def end_paragraph(self) -> None:
        text = " ".join("".join(self.waiting).split())
        here = self.within[-1]
        if text:
            only_time = bool(self.timed) and len("".join(text.split())) <= self.timed
            kind: ParagraphKind = "boilerplate" if only_time else here.kind
            # A caption is short; what is longer is text, whatever its element is called.
            long = kind == "boilerplate" and len(text) > _LONGEST_CAPTION
            self.found.append(PageParagraph(text, "text" if long else kind, article=here.article))
        self.waiting.clear()
        self.timed = self.times = 0

    def _kind(self, node: Any, name: str, outer: _OpenElement) -> ParagraphKind:
        """What an element says of the words in it; inside a quotation all are quoted."""
        if outer.kind == "quotation" or not name:
            return outer.kind
        names = _names(node)
        if name == "blockquote" or not _POSTS.isdisjoint(names.split()) or _QUOTATION.search(names):
            return "quotation"
        if name == "figcaption":
            return "quotation" if outer.figure in self.quoting else "boilerplate"
        if name == "aside" or (name != "figure" and _CAPTION.search(names)):
            return "boilerplate"
        return "heading" if name in _HEADINGS and outer.kind == "text" else outer.kind


def _quoting_figures(tree: Any) -> Iterator[Any]:
    """The innermost figure around each quotation."""
    figures: list[Any] = []
    for event, node in lxml_etree().iterwalk(tree, ("start", "end"), ("figure", "blockquote")):
        if node.tag == "blockquote":
            if event == "start" and figures:
                yield figures[-1]
        elif event == "start":
            figures.append(node)
        else:
            figures.pop()


def merge(extracted: Sequence[PageParagraph], page: Sequence[PageParagraph]) -> list[PageParagraph]:
    """What was extracted, with the kinds that the page gives, and with what belongs among it."""
    pairs = _pairs(extracted, page)
    kinds = {i: page[k].kind for k, i in pairs if page[k].kind in ("quotation", "boilerplate")}
    own = [
        replace(paragraph, kind=kinds.get(i, "text"), inline=() if i in kinds else paragraph.inline)
        if paragraph.kind == "text"
        else paragraph
        for i, paragraph in enumerate(extracted)
    ]
    if all(paragraph.kind in ("boilerplate", "heading") for paragraph in own):
        return list(extracted)
    merged: list[PageParagraph] = []
    position = 0
    for i, paragraph in _missing(extracted, page, pairs):
        merged += own[position:i]
        merged.append(paragraph)
        position = i
    return merged + own[position:]


def _missing(
    extracted: Sequence[PageParagraph], page: Sequence[PageParagraph], pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, PageParagraph]]:
    """What was dropped among the extracted paragraphs, each with the place before which it stands."""
    anchors = _rising(pairs)
    if not anchors:
        return
    articles = {page[k].article for k, _ in anchors}
    taken = {k for k, _ in pairs}
    seen = {paragraph.key for paragraph in extracted}
    first, last = anchors[0][0], anchors[-1][0]
    starts = [k for k, _ in anchors]
    for k, paragraph in enumerate(page):
        if k in taken or paragraph.kind == "text" or paragraph.article not in articles:
            continue
        if paragraph.kind == "heading" and not _heads(k, page, taken):
            continue
        # Outside every article the page does not say how far this one goes.
        if not first < k < last and not (paragraph.article and paragraph.article == _nearest(k, page, anchors)):
            continue
        key = paragraph.key
        if not key or key in seen:
            continue
        if len(key) > _LONG:
            seen.add(key)
        before = bisect_left(starts, k) - 1
        yield (anchors[before][1] + 1 if before >= 0 else anchors[0][1]), paragraph


def _heads(k: int, page: Sequence[PageParagraph], taken: Collection[int]) -> bool:
    """Does a heading stand right above a paragraph that was extracted, and not in a list of other stories?"""
    below = k + 1
    while below < len(page) and page[below].kind == "boilerplate":
        below += 1
    return below in taken


def _nearest(k: int, page: Sequence[PageParagraph], anchors: Sequence[tuple[int, int]]) -> int:
    """The article of the first or the last anchor, whichever is on this side."""
    return page[anchors[0][0] if k < anchors[0][0] else anchors[-1][0]].article


def _pairs(extracted: Sequence[PageParagraph], page: Sequence[PageParagraph]) -> list[tuple[int, int]]:
    """Which paragraph of the page, by index, is which extracted one; of equal ones first those that are plain text."""
    free: dict[str, list[int]] = {}
    for i in reversed(range(len(extracted))):
        free.setdefault(extracted[i].key, []).append(i)
    keys = [paragraph.key for paragraph in page]
    plain_first = sorted(range(len(page)), key=lambda k: page[k].kind in ("quotation", "boilerplate"))
    pairs = [(k, free[keys[k]].pop()) for k in plain_first if keys[k] and free.get(keys[k])]
    return sorted(pairs)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs that rise on both sides (patience sorting), so that no stray match moves a place."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, i) in enumerate(pairs):
        place = bisect_left(tails, i)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [i]
        ends[place : place + 1] = [n]
    run = []
    n = ends[-1] if ends else -1
    while n >= 0:
        run.append(pairs[n])
        n = before[n]
    return run[::-1]


def _names(node: Any) -> str:
    return f"{node.get('class') or ''} {node.get('id') or ''} {node.get('itemprop') or ''}" if len(node.attrib) else ""


def _is_outside(node: Any, name: str, kind: ParagraphKind) -> bool:
    if not name or name in _OUTSIDE or (name == "footer" and kind != "quotation"):
        return True
    if node.get("hidden") is not None or node.get("aria-hidden") == "true":
        return True
    return not _COMMENTS.isdisjoint(_names(node).split())

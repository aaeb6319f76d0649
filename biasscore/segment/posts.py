"""Posts of social networks and block quotations.

``RT @name: …`` repeats somebody's post. A line ``— Name (@name) March 5, 2019`` signs the post before it. Lines that
begin with ``>`` and what a web page marks as a quotation are blocks of somebody's words; a short last line of theirs
names whose. A column may be signed like a post, so a signature without a date that ends the text signs a post only
where a line announces one. A post may have several paragraphs: layout and the words that announce it tell where it
begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from biasscore.segment.speakers import attribution_before
from biasscore.segment.transcripts import CAPTION, Turn
from biasscore.segment.types import ParagraphRange

_HANDLE = r"@\w[\w.-]{0,60}(?:@[\w.-]{1,60})?"
_RETWEET = re.compile(r"\bRT (@\w{1,30}):? (?:RT @\w{1,30}:? )*")
_SIGNED = re.compile(
    r"(?:—|–|--?|―)\s?(?!(?i:follow|tweet|contact|e-?mail)\b)(?P<name>[^()@\n]{1,60}?)?\s?\(?"
    rf"(?P<handle>(?<!\w){_HANDLE})\)?"
    r"(?P<rest>\s[^\n]{0,40}\d{4}[^\n]{0,12}|\s[^\n]{0,20}\d{1,2}|)\s*\Z"
)
_DASH = re.compile(r"(?:—|–|--|―|(?<=\s)-)\s?(?=[^\n]{0,60}@\w)")
# Lines that name whose a block is: "— Lena Hart, mayor", "A post shared by Sam Pike (@pike)", "Lena Hart, mayor".
_NAME = r"[A-Z][\w.’'-]*(?: (?:de|van|von|al|bin|[A-Z][\w.’'-]*)){0,4}"
_CITED = re.compile(
    rf"[>\s]*(?:(?:—|–|--?|―)\s?(?P<dashed>{_NAME})"
    rf"|(?:A post shared by|Posted by|Via|Source:) (?P<shared>{_NAME}|{_HANDLE})"
    rf"|(?P<bare>[A-Z][\w.’'-]* {_NAME}))(?P<rest>(?:,| \(| on | in )[^\n]{{0,80}})?\Z"
)
_POSTER = re.compile(rf"(?P<name>[^@\n.!?:]{{1,60}}?)\s?\(?{_HANDLE}\)?(?:\s?[·•|]\s?[^\n]{{0,20}})?\Z")
_ANNOUNCES = re.compile(
    r"(?:\b(?:tweet(?:ed|s|ing)?|posted|posting|posts|(?:wrote|writes|said|replied|responded|answered) on)\b[^.]{0,60}"
    r"|\bon (?:Twitter|X|Facebook|Instagram|Bluesky|Mastodon|Threads|Truth Social|social media)[^.]{0,40})[.:]\Z"
)
_BEFORE_WORDS = re.compile(r"[>\s]*")
_DOUBLE_MARK = re.compile('["“”]')
_LONGEST_POST = 600
_REACH = 160
_ENDS_SPEECH = ".!?…”\"’')"


def find_posts(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """Posts and block quotations, in order, without overlap."""
    posts = _posts(_PostLines(text, paragraphs))
    taken = {i for post in posts for i in post.paragraphs}
    blocks = _blocks(text, paragraphs, [p.kind == "quotation" and i not in taken for i, p in enumerate(paragraphs)])
    return sorted([*posts, *blocks], key=lambda turn: turn.start)


@dataclass(frozen=True)
class _PostLines:
    """A text's paragraphs, and how they lie."""

    text: str
    paragraphs: Sequence[ParagraphRange]

    def touches(self, i: int) -> bool:
        """Is there no blank line between paragraph ``i`` and the one before?"""
        return self.text.count("\n", self.paragraphs[i - 1].end, self.paragraphs[i].start) < 2

    def announces(self, i: int) -> bool:
        """Do the last words of paragraph ``i`` lead to a post?"""
        start, end = self.paragraphs[i].start, self.paragraphs[i].end
        return self.text[end - 1] == ":" or bool(_ANNOUNCES.search(self.text, max(start, end - _REACH), end))

    def ends(self, i: int) -> bool:
        """Does nothing of the article follow paragraph ``i``?"""
        return all(paragraph.kind == "boilerplate" for paragraph in self.paragraphs[i + 1 :])

    def may_be_of_post(self, k: int, i: int) -> bool:
        """May paragraph ``k`` belong to the post that paragraph ``i`` signs? Posts are short and seldom quote."""
        one, last = self.paragraphs[k], self.paragraphs[i]
        short = last.end - one.start <= _LONGEST_POST
        return short and not _DOUBLE_MARK.search(self.text, one.start, one.end) and not self.announces(k)

    def retweet(self, i: int) -> re.Match[str] | None:
        paragraph = self.paragraphs[i]
        found = _RETWEET.search(self.text, paragraph.start, min(paragraph.end, paragraph.start + _REACH))
        return found if found and found.end() < paragraph.end and paragraph.kind != "boilerplate" else None

    def signature(self, i: int) -> re.Match[str] | None:
        """The signature of a post with which paragraph ``i`` ends."""
        paragraph = self.paragraphs[i]
        if paragraph.kind == "boilerplate":
            return None
        for dash in _DASH.finditer(self.text, max(paragraph.start, paragraph.end - _REACH), paragraph.end):
            signed = _SIGNED.match(self.text, dash.start(), paragraph.end)
            if signed:
                return signed
        return None

    @cached_property
    def spaced(self) -> bool:
        """Do blank lines tell which lines belong together?"""
        return not all(map(self.touches, range(1, len(self.paragraphs))))


def _posts(lines: _PostLines) -> list[Turn]:
    found: list[Turn] = []
    paragraphs = lines.paragraphs
    retweets = [lines.retweet(i) for i in range(len(paragraphs))]
    alone = sum(map(bool, retweets)) == 1
    for i in range(len(paragraphs)):
        free = found[-1].last + 1 if found else 0
        if i < free:
            continue
        if retweet := retweets[i]:
            last = _last_of_retweet(lines, i) if alone else i
            found.append(Turn(retweet.end(), paragraphs[last].end, i, last, retweet.span(1), retweet.span()))
        elif signed := lines.signature(i):
            found += _signed(lines, i, signed, free)
    return found


def _last_of_retweet(lines: _PostLines, i: int) -> int:
    """The paragraph with which the only retweet of a text ends: a text that is one post, or lines that touch."""
    if i == 0 and len(lines.text) <= _LONGEST_POST and lines.text.startswith("RT ", lines.paragraphs[0].start):
        return len(lines.paragraphs) - 1
    last = i
    while lines.spaced and last + 1 < len(lines.paragraphs) and lines.touches(last + 1):
        last += 1
    return last


def _signed(lines: _PostLines, i: int, signed: re.Match[str], free: int) -> Iterator[Turn]:
    """The post that a signature in paragraph ``i`` signs; paragraphs before ``free`` belong to another."""
    speaker = signed.span("name") if signed["name"] else signed.span("handle")
    paragraph = lines.paragraphs[i]
    alone = bool(_BEFORE_WORDS.fullmatch(lines.text, paragraph.start, signed.start()))
    first = _first_of_post(lines, i, free, own=i - 1 if alone else i)
    end = lines.paragraphs[i - 1].end if alone else signed.start()
    while not alone and lines.text[end - 1].isspace():
        end -= 1
    unsure = lines.ends(i) and not signed["rest"].strip() and paragraph.kind != "quotation"
    sure = not unsure or (first > 0 and lines.announces(first - 1))
    if sure and (first < i or not alone):
        yield Turn(lines.paragraphs[first].start, end, first, i, speaker, (signed.start(), paragraph.end))


def _first_of_post(lines: _PostLines, i: int, free: int, own: int) -> int:
    """The paragraph with which the post begins that is signed in paragraph ``i``.

    Args:
        free: the first paragraph that it may be.
        own: the paragraph that is the post if nothing tells more.
    """
    kind = lines.paragraphs[i].kind
    first = i
    if kind == "quotation":
        while first > free and lines.paragraphs[first - 1].kind == kind:
            first -= 1
        return first
    while first > free and lines.touches(first) and lines.spaced and lines.may_be_of_post(first - 1, i):
        first -= 1
    if first < i:
        return first
    near = list(takewhile(lambda k: lines.may_be_of_post(k, i), range(i - 1, free - 1, -1)))
    before = near[-1] - 1 if near else i - 1
    if before >= free and lines.announces(before):
        return before + 1
    return free if near and before < 0 and i == len(lines.paragraphs) - 1 else max(free, own)


def _blocks(text: str, paragraphs: Sequence[ParagraphRange], quoted: Sequence[bool]) -> Iterator[Turn]:
    """Paragraphs of the kind quotation; those that touch are one, up to a line that names whose they are."""
    first = -1
    for i, paragraph in enumerate(paragraphs):
        if not quoted[i]:
            first = -1
            continue
        first = i if first < 0 else first
        cited = _cited(text, paragraphs[i - 1], paragraph) if i > first else None
        if cited or i + 1 == len(paragraphs) or not quoted[i + 1]:
            yield _block(text, paragraphs, first, i, cited)
            first = -1


def _cited(text: str, before: ParagraphRange, paragraph: ParagraphRange) -> re.Match[str] | None:
    found = _CITED.match(text, paragraph.start, paragraph.end)
    # A line without a dash may as well be a short sentence; it names somebody where a whole one stands above. Behind
    # ">>" it is what the next person says: in capitals, all words look like names.
    bare = found and found["bare"]
    sentence = bare and (text[before.end - 1] not in _ENDS_SPEECH or text.startswith(CAPTION, paragraph.start))
    return None if sentence else found


def _block(text: str, paragraphs: Sequence[ParagraphRange], first: int, last: int, cited: re.Match[str] | None) -> Turn:
    begin = paragraphs[first]
    if cited:
        label = (paragraphs[last].start, paragraphs[last].end)
        name = next(group for group in ("dashed", "shared", "bare") if cited[group])
        return Turn(begin.start, paragraphs[last - 1].end, first, last, cited.span(name), label)
    poster = _POSTER.match(text, begin.start, begin.end) if last > first else None
    if poster:
        start = paragraphs[first + 1].start
        return Turn(start, paragraphs[last].end, first, last, poster.span("name"), (begin.start, begin.end))
    lead = paragraphs[first - 1] if first and text[paragraphs[first - 1].end - 1] == ":" else None
    said = attribution_before(text, lead.start, lead.end) if lead else None
    cue = said.cue if said and said.cue[1] > said.cue[0] else None
    return Turn(begin.start, paragraphs[last].end, first, last, said.speaker if said else None, cue=cue)

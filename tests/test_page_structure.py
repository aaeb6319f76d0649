"""Web pages in the shapes that news sites write: structure decides which words are whose, through the real reader."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import lxml.etree
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biasscore.segment import Segmentation, segment
from biasscore.tables import Columns, find_sources, plan_reading, read
from biasscore.tables.formats.structure import PageParagraph, merge, page_paragraphs

pytest.importorskip("trafilatura")

FIRST = (
    "<p>The council voted on Tuesday to close two libraries, ending a month of talks between its leaders and the "
    "union over money.</p>"
)
SECOND = (
    "<p>The branches on Mill Road and Pine Street will shut in June, and their staff will be moved to other branches "
    "across the town.</p>"
)
THIRD = (
    "<p>A hearing is expected before the end of April, and the court has asked both sides to send their papers by "
    "the first of the month.</p>"
)
INSULT = "It is a disgusting fraud by cowards and liars."
CAPTION = "Furious residents rage outside the shameful town hall."


class Read(NamedTuple):
    """A page as it is scored."""

    text: str
    found: Segmentation

    def kinds_of(self, part: str) -> set[str]:
        """The kinds of the paragraphs that hold these words."""
        return {p.kind for p in self.found.paragraphs if part in self.text[p.start : p.end]}

    def voices_of(self, part: str) -> set[tuple[str, bool]]:
        """Voice, and whether it is scored, of every stretch that touches these words."""
        start = self.text.index(part)
        pieces = (v for s in self.found.sentences for v in s.voices)
        return {(v.voice, v.scored) for v in pieces if v.start < start + len(part) and start < v.end}

    @property
    def speakers(self) -> list[str | None]:
        return [quote.speaker.text if quote.speaker else None for quote in self.found.quotes]


def read_page(folder: Path, body: str) -> Read:
    head = '<html lang="en"><head><meta charset="utf-8"><title>Council closes two libraries</title></head>'
    menu = '<nav><a href="/">Home</a> <a href="/news">News</a></nav>'
    page = (
        f"<!DOCTYPE html>{head}<body>{menu}<article><h1>Council closes two libraries</h1>{body}</article></body></html>"
    )
    (folder / "a.html").write_text(page, encoding="utf-8")
    (chunk,) = read(plan_reading(find_sources([folder / "a.html"]), Columns()))
    (row,) = chunk.rows
    assert row.error is None
    return Read(row.text, segment(row.text, row.blocks))


@pytest.mark.parametrize(
    "caption",
    [
        f"<figure><img src='a.jpg'><figcaption>{CAPTION}</figcaption></figure>",
        f"<figure class='wp-block-image'><img><figcaption class='x'><p>{CAPTION}</p></figcaption></figure>",
        f"<div><img src='a.jpg'><p class='caption'>{CAPTION} <span class='credit'>A. Pike</span></p></div>",
        f"<div class='wp-caption aligncenter'><img><p class='wp-caption-text'>{CAPTION}</p></div>",
        f"<aside><p>{CAPTION}</p></aside>",
        f"<aside class='related'><h4>More</h4><ul><li><a href='/x'>{CAPTION}</a></li></ul></aside>",
    ],
)
@pytest.mark.parametrize("place", ["first", "between"])
def test_captions_and_asides_do_not_count(tmp_path: Path, caption: str, place: str) -> None:
    page = read_page(tmp_path, (caption + FIRST if place == "first" else FIRST + caption) + SECOND + THIRD)
    assert page.kinds_of(CAPTION) == {"boilerplate"}
    assert page.kinds_of("Mill Road") == {"text"}


@pytest.mark.parametrize(
    ("post", "speaker"),
    [
        (f"<blockquote>{INSULT}</blockquote>", None),
        (f"<blockquote><div><p>{INSULT}</p></div></blockquote>", None),
        (f"<blockquote><ul><li>{INSULT}</li><li>Shame on them.</li></ul></blockquote>", None),
        (f"<blockquote><p>{INSULT}</p><footer>— <cite>Lena Hart</cite></footer></blockquote>", "Lena Hart"),
        (f"<figure><blockquote>{INSULT}</blockquote><figcaption>Lena Hart, mayor</figcaption></figure>", "Lena Hart"),
        (f"<aside class='pullquote'><p>{INSULT}</p><cite>Lena Hart</cite></aside>", "Lena Hart"),
        (
            f"<figure class='embed'><div><blockquote class='twitter-tweet'><p>{INSULT}<br><br>Shame.</p>"
            "&mdash; Lena Hart (@lena) <a href='/1'>March 5, 2019</a></blockquote></div></figure>",
            "Lena Hart",
        ),
        (
            f"<blockquote class='bluesky-embed'><p>{INSULT}</p>&mdash; Lena Hart (<a href='x'>@lena.bsky.social</a>) "
            "<a href='y'>Mar 5, 2025 at 10:15 AM</a></blockquote>",
            "Lena Hart",
        ),
        (
            "<blockquote class='instagram-media'><a href='x'>View this post on Instagram</a>"
            f"<p>{INSULT}</p><p>A post shared by <a href='x'>Lena Hart</a> (@lena)</p></blockquote>",
            "Lena Hart",
        ),
        (
            f"<div class='fb-post'><blockquote><p>{INSULT}</p>Posted by <a href='x'>Lena Hart</a> on "
            "<a href='y'>Tuesday, March 5, 2019</a></blockquote></div>",
            "Lena Hart",
        ),
        (
            "<div class='tweet-embed'><div>Lena Hart <span>@lena</span></div>"
            f"<p>{INSULT}</p><time>10:15 AM · Mar 5, 2019</time></div>",
            "Lena Hart",
        ),
    ],
)
def test_posts_and_quotations_are_somebodys(tmp_path: Path, post: str, speaker: str | None) -> None:
    page = read_page(tmp_path, FIRST + post + SECOND + THIRD)
    assert page.voices_of(INSULT) == {("quoted", True)}
    assert page.speakers == [speaker]
    assert page.voices_of("The branches on Mill Road") == {("author", True)}
    if speaker:
        assert page.voices_of(speaker) == {("author", False)}


@pytest.mark.parametrize(
    ("paragraph", "speakers"),
    [
        ("<p><q>It is a fraud,</q> said Lena Hart, the leader of the council, after the vote.</p>", ["Lena Hart"]),
        ("<p>Pike called it <q>a <em>vile</em> sham</q> and left the hall soon after the vote.</p>", ["Pike"]),
        ("<ul><li>Pike called it <q>a sham</q> in the meeting of the council.</li></ul>", ["Pike"]),
    ],
)
def test_inline_quotations(tmp_path: Path, paragraph: str, speakers: list[str]) -> None:
    assert read_page(tmp_path, FIRST + paragraph + SECOND + THIRD).speakers == speakers


@pytest.mark.parametrize(
    "time",
    [
        "<time>10:15</time>",
        "<p class='block-time'><a href='#1'><time>10.02am GMT</time></a></p>",
        "<span class='timestamp'>3 min ago</span>",
    ],
)
def test_a_live_blog_keeps_its_entries_with_their_times(tmp_path: Path, time: str) -> None:
    entries = (
        f"<div class='entry'>{time}<h2>Entry {i} of the day</h2>{FIRST.replace('two', str(i))}"
        f"{SECOND.replace('June', f'month {i}')}</div>"
        for i in range(3)
    )
    page = read_page(tmp_path, "".join(entries))
    kinds = [p.kind for p in page.found.paragraphs]
    assert kinds[-12:] == ["boilerplate", "heading", "text", "text"] * 3


def test_what_lies_outside_the_article_stays_out(tmp_path: Path) -> None:
    comments = f"<section class='comments'><blockquote>{INSULT}</blockquote></section>"
    page = read_page(tmp_path, FIRST + SECOND + THIRD + comments)
    assert INSULT not in page.text


def test_the_walk_sees_no_menu() -> None:
    from trafilatura import load_html

    page = (
        "<html><head><title>T</title></head><body><nav><p>Home</p></nav><p>One <svg>x</svg>two</p>three</body></html>"
    )
    assert [paragraph.text for paragraph in page_paragraphs(load_html(page))] == ["One two", "three"]


def test_an_article_in_an_aside_still_counts() -> None:
    found = [PageParagraph("One text.", "text"), PageParagraph("Another text.", "text")]
    aside = [PageParagraph("One text.", "boilerplate"), PageParagraph("Another text.", "boilerplate")]
    assert merge(found, aside) == found


@pytest.mark.parametrize("text", [FIRST + SECOND, "It\u2019s late.&nbsp;" * 3, "A vote.<br/>\n<BR>It passed.<br>"])
def test_a_page_in_a_column_of_texts_is_noted(text: str) -> None:
    (note,) = segment(text).notes
    assert note.code == "markup"
    assert not segment("A vote of 3 < 5 and 5 > 3: <b, AT&amp;T. It passed.").notes


_PARAGRAPHS = st.lists(
    st.builds(
        PageParagraph,
        st.text("abc. ", min_size=1, max_size=6).filter(lambda text: bool(text.strip())),
        st.sampled_from(["text", "heading", "quotation", "boilerplate"]),
        article=st.integers(0, 2),
    ),
    max_size=12,
)


@given(_PARAGRAPHS, _PARAGRAPHS)
def test_nothing_that_was_extracted_is_lost_or_moved(extracted: list[PageParagraph], page: list[PageParagraph]) -> None:
    merged = iter(paragraph.text for paragraph in merge(extracted, page))
    assert all(paragraph.text in merged for paragraph in extracted)


def test_words_beside_a_time_are_text_even_if_another_time_stands_in_it() -> None:
    times = "<time>10:30 <span class='post-time'>a.m. today</span></time>"
    page = lxml.html.fromstring(f"<div><p>{times}</p><p>Two are left {times}</p></div>")
    assert [found.kind for found in page_paragraphs(page)] == ["boilerplate", "text"]


@pytest.mark.parametrize("names", [("time",), ("figure", "blockquote"), ("div", "figcaption")])
def test_a_page_of_any_depth_is_read_in_linear_time(names: tuple[str, ...]) -> None:
    """Were all that lies around or below an element read for each, this would take minutes."""
    page = inner = lxml.etree.Element("body")
    for name in names * (10_000 // len(names)):
        inner = lxml.etree.SubElement(inner, name)
    inner.text = "A vote."
    assert [found.text for found in page_paragraphs(page)] == ["A vote."]

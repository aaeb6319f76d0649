"""Every input format: what is read from it, that its rows add up whatever the damage, and that memory has a bound."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from contextlib import suppress
from dataclasses import astuple, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from input_files import (
    ARTICLES,
    MANY,
    NEXIS_COVER,
    NEXIS_FOOT,
    ONE,
    docx_bytes,
    factiva_bytes,
    nexis_text,
    nexis_uni_text,
    rtf_bytes,
)

from biasscore.errors import InputError
from biasscore.jobs import JobConfig, run, score_frame
from biasscore.tables import (
    FIELDS,
    Columns,
    Counts,
    Options,
    ReadingPlan,
    Row,
    find_sources,
    plan_reading,
    read,
    skipped_files,
)

pytest.importorskip("ijson", reason="needs the extra inputs")

WORDS = [" ".join(article["text"].split()) for article in ARTICLES]


def plan(*paths: Path | str, columns: Columns | None = None, guess: bool = False, **options: object) -> ReadingPlan:
    found = find_sources(paths)
    return plan_reading(found, columns or Columns(), Options(**options), guessed=FIELDS if guess else ())  # type: ignore[arg-type]


def rows(*paths: Path | str, columns: Columns | None = None, guess: bool = False, **options: object) -> list[Row]:
    return [row for chunk in read(plan(*paths, columns=columns, guess=guess, **options)) for row in chunk.rows]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_table(path: Path, table: pa.Table) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()), "utf-8")
    return path


class TestReading:
    @pytest.mark.parametrize("name", MANY)
    def test_files_of_many_articles(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / name, MANY[name]())
        found = [row for row in rows(path, guess=True) if row.outcome != "skipped"]
        assert [row.error for row in found] == [None] * 3
        assert [" ".join(row.text.split()) for row in found] == WORDS
        assert [row.title for row in found] == [article["title"] for article in ARTICLES]
        if name != "newsml.xml":  # whose outlet is a code
            outlets = ["Courier"] * 3 if name.endswith(".xml") else [article["outlet"] for article in ARTICLES]
            assert [row.group for row in found] == outlets

    @pytest.mark.parametrize("name", ONE)
    def test_files_of_one_article(self, tmp_path: Path, name: str) -> None:
        (row,) = rows(write(tmp_path / name, ONE[name]()))
        assert row.error is None
        assert WORDS[0] in " ".join(row.text.split())

    @pytest.mark.parametrize("name", ["nexis.txt", "factiva.html", "a.jsonl", "array.json", "rss.xml"])
    def test_from_any_row_on(self, tmp_path: Path, name: str) -> None:
        write(tmp_path / name, MANY[name]())
        write(tmp_path / "zz.txt", "The end.")
        reading = plan(tmp_path)
        whole = [row for chunk in read(reading) for row in chunk.rows]
        assert len(whole) == 4
        for start in range(5):
            assert [row for chunk in read(reading, start) for row in chunk.rows] == whole[start:]

    def test_details_of_an_export(self, tmp_path: Path) -> None:
        columns = Columns(group="outlet", keep=("date", "byline"))
        for name in (
            "nexis.txt",
            "nexis_unnamed.txt",
            "nexis_unnamed.rtf",
            "uni.docx",
            "uni_cover.docx",
            "factiva.html",
            "factiva_indexed.html",
        ):
            found = next(read(plan(write(tmp_path / name, MANY[name]()), columns=columns)))
            assert all(value and "2019" in value for value in found.kept["date"].to_pylist())
            assert {value.removeprefix("By ") for value in found.kept["byline"].to_pylist()} == {"Ann Lee"}

    @pytest.mark.parametrize("rights", ["", "\nAll Rights Reserved", " All rights reserved."])
    def test_a_headline_with_a_date_is_the_headline(self, tmp_path: Path, rights: str) -> None:
        head = (
            f"On January 6, 2021\nThe Courier\nJanuary 6, 2022 Thursday\nCopyright 2022 The Courier Company{rights}\n"
        )
        text = f"{head}Section: NEWS\nLength: 2 words\nBody\n\nA vote.\n\nLoad-Date: January 6, 2022\nEnd of Document\n"
        columns = Columns(group="outlet", keep=("date",))
        (chunk,) = read(plan(write(tmp_path / "a.txt", text), columns=columns))
        assert [(row.title, row.group) for row in chunk.rows] == [("On January 6, 2021", "The Courier")]
        assert chunk.kept["date"].to_pylist() == ["January 6, 2022"]
        without = text.replace("The Courier\n", "", 1)
        assert rows(write(tmp_path / "b.txt", without), columns=columns)[0].group == "The Courier Company"

    @pytest.mark.parametrize("name", ["Notes", "Graphic", "Correction", "CITY", "NOTES", "STATE"])
    def test_a_line_of_the_text_that_reads_like_a_field_ends_no_article(self, tmp_path: Path, name: str) -> None:
        text = f"A vote.\n\n{name}\n\nA bill.\n\nIt passed."
        for tail in ("", "Graphic\n\nPHOTO: The mayor.\n\n", "Correction\n\nNo.\n\nCorrection-Date: May 1, 2022\n\n"):
            export = f"On it\nThe Courier\nLength: 2 words\nBody\n\n{text}\n\n{tail}Load-Date: January 6, 2022\n"
            assert [row.text for row in rows(write(tmp_path / "a.txt", export))] == [text]

    @pytest.mark.parametrize("field", ["NOTES: A list.", "CORRECTION: None.", "CITY: Atlanta", "URL: a.example"])
    @pytest.mark.parametrize("tail", ["SUBJECT: VOTES\n\nLOAD-DATE: May 1, 2022\n\n", "GRAPHIC:\n\nPHOTO\n\n", ""])
    def test_a_named_line_of_the_text_ends_no_article_of_nexis(self, tmp_path: Path, field: str, tail: str) -> None:
        text = f"A vote.\n\n{field}\n\nIt passed.\nIt did."
        end = "Copyright 2022 The Courier"
        export = f"1 of 1 DOCUMENT\n\nThe Courier\n\nLENGTH: 2 words\n\nBODY:\n\n{text}\n\n{tail}{end}\n"
        (row,) = rows(write(tmp_path / "a.txt", export))
        assert row.text == (text if tail else f"{text}\n\n{end}")

    @pytest.mark.parametrize(
        "field",
        [
            "Graphic\n\nPHOTO: The mayor.\n\nPhotos: The council.\n\nThe clerk.\n\nThe judge.",
            "Notes\n\nThe clerk.\n\nThe judge.",
            "Correction\n\nIt rained.\n\nIt did not pour.\n\nCorrection-Date: May 1, 2022",
            "Notes\n\nThe clerk.\n\nThe judge.\n\nGraphic\n\nPHOTO: The mayor.\n\nPHOTO: The council.",
            "GRAPHIC: PHOTO 1\n\nPHOTO 2\n\nPHOTO 3\n\nThe judge.",
            "GRAPHIC:\n\nThe clerk.\n\nThe judge.",
            "CORRECTION: It rained.\n\nIt did not pour.\n\nCITY: ATLANTA",
        ],
    )
    @pytest.mark.parametrize("head", ["Length: 2 words\nBody", "LENGTH: 2 words\n\nBODY:"])
    def test_captions_and_notes_of_several_paragraphs_are_no_text(self, tmp_path: Path, head: str, field: str) -> None:
        text = "A vote.\n\nIt rained.\n\nIt poured."
        for sure in ("Load-Date: May 2, 2022", "LOAD-DATE: May 2, 2022", "Classification\n\nLanguage: ENGLISH"):
            export = f"On it\nThe Courier\n{head}\n\n{text}\n\n{field}\n\n{sure}\n"
            assert [row.text for row in rows(write(tmp_path / "a.txt", export))] == [text]

    def test_a_photo_story_has_more_captions_than_text(self, tmp_path: Path) -> None:
        captions = "\n\n".join(f"PHOTO {i}: The mayor." for i in range(9))
        export = (
            f"On it\nThe Courier\nLength: 2 words\nBody\n\nA vote.\n\nGraphic\n\n{captions}\n\nLoad-Date: May 2, 2022\n"
        )
        assert [row.text for row in rows(write(tmp_path / "a.txt", export))] == ["A vote."]

    def test_a_note_within_the_text_ends_no_article(self, tmp_path: Path) -> None:
        many = "\n\n".join(f"Vote {i}." for i in range(9))
        for field in ("NOTES: The Hawks won.", "Notes: The Hawks won.", "Graphic\nThe Hawks won.", "CITY: Atlanta"):
            text = f"{many}\n\n{field}\n\nIt rained.\n\nIt poured."
            export = f"On it\nThe Courier\nLength: 2 words\nBody\n\n{text}\n\nLoad-Date: May 2, 2022\n"
            assert [row.text for row in rows(write(tmp_path / "a.txt", export))] == [text]

    @pytest.mark.parametrize("field", ["Subject: the plan", "Title: A list", "Pages: 300", "Publication date: May"])
    def test_a_named_line_of_the_text_ends_no_article_of_proquest(self, tmp_path: Path, field: str) -> None:
        text = f"{ARTICLES[0]['text']}\n\n{field}\n\nThen he wrote.\n\nIt was so."
        export = MANY["proquest.txt"]().decode().replace(ARTICLES[0]["text"], text)
        assert rows(write(tmp_path / "a.txt", export))[1].text == text

    def test_a_copyright_line_begins_no_document_of_a_numbered_export(self, tmp_path: Path) -> None:
        export = nexis_text().replace("\n\nLOAD-DATE", f"{10 * (chr(10) * 2 + 'A line.')}\n\nLOAD-DATE")
        assert [row.outcome for row in rows(write(tmp_path / "a.txt", export))] == ["scored"] * 3

    def test_a_long_cover_page(self, tmp_path: Path) -> None:
        cover = NEXIS_COVER + "4. A vote\nClient/Matter: -None-\n" * 3_000
        found = rows(write(tmp_path / "a.txt", f"{cover}{NEXIS_FOOT}{nexis_uni_text()}"), guess=True)
        assert [row.title for row in found] == [article["title"] for article in ARTICLES]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_line_that_begins_behind_what_is_looked_at_stays_one(self, tmp_path: Path, end: str) -> None:
        export = nexis_uni_text().replace("\n\nEnd", "\nEnd").replace("\n", end)
        text = "x" * (65_536 - export.index("End of Document")) + export
        titles = [row.title for row in rows(write(tmp_path / "a.txt", text))]
        assert titles[1:] == [article["title"] for article in ARTICLES[1:]]

    @pytest.mark.parametrize("name", ["a.txt", "a.rtf", "a.docx"])
    def test_an_export_that_is_read_as_one_article_says_so(self, tmp_path: Path, name: str) -> None:
        text = "\n\n".join(f"A vote {i}\n\nIt was absurd.\n\nDocument NYTF00002019030{i}ef340002a" for i in range(3))
        content = {"a.rtf": rtf_bytes, "a.docx": docx_bytes}.get(name, str.encode)(text)
        (row,) = rows(write(tmp_path / name, content))
        assert "a Factiva export of 3 articles, but is read as one; export from Factiva as HTML" in str(row.note)

    def test_a_named_export_wins_over_the_suffix(self, tmp_path: Path) -> None:
        text = nexis_text().replace("LENGTH: 12 words\n\n", "").replace(" of 3 DOCUMENTS", "")
        path = write(tmp_path / "a.txt", text)
        assert len(rows(path)) == 1
        found = plan_reading(find_sources([path], input_format="nexis"), Columns())
        assert next(row.text for chunk in read(found) for row in chunk.rows).startswith("The council voted")

    def test_ids_of_factiva(self, tmp_path: Path) -> None:
        for name in ("factiva.html", "factiva_indexed.html"):
            found = rows(write(tmp_path / name, MANY[name]()), columns=Columns(id="id"))
            assert [row.id for row in found] == ["HC1", "HC2", "HC3"]

    @pytest.mark.parametrize("name", ["a.rtf", "a.txt", "a.html"])
    def test_a_file_without_articles_of_factiva_is_told(self, tmp_path: Path, name: str) -> None:
        content = b"{\\rtf1 A vote.}" if name.endswith("rtf") else b"<p class='enHeadline'>A vote.</p>"
        found = plan_reading(find_sources([write(tmp_path / name, content)], input_format="factiva"), Columns())
        with pytest.raises(InputError, match="has no articles of a Factiva export in HTML; export them"):
            list(read(found))

    def test_cover_pages_are_skipped(self, tmp_path: Path) -> None:
        outcomes = [row.outcome for row in rows(write(tmp_path / "p.txt", MANY["proquest.txt"]()))]
        assert sorted(outcomes) == ["scored"] * 3 + ["skipped"] * 2

    def test_a_page_that_is_mostly_left_out_says_so(self, tmp_path: Path) -> None:
        pytest.importorskip("trafilatura")
        links = "".join(
            f"<li><a href='/{i}'>Item number {i} of the list of all our other stories</a></li>" for i in range(900)
        )
        page = ONE["one.html"]().decode().replace("</article>", f"</article><nav><ul>{links}</ul></nav>")
        (row,) = rows(write(tmp_path / "a.html", page))
        assert row.note is not None
        assert "characters of the page were read as the article" in row.note

    @pytest.mark.parametrize(
        ("head", "date"),
        [
            ("", None),
            ("<meta property='article:published_time' content='2019-03-04T10:00:00Z'>", "2019-03-04"),
            ("<meta name='date' content='2019-03-04'><meta name='lastmod' content='2020-01-01'>", "2019-03-04"),
        ],
    )
    def test_the_date_of_a_page_is_not_one_that_its_text_speaks_of(
        self, tmp_path: Path, head: str, date: str | None
    ) -> None:
        pytest.importorskip("trafilatura")
        page = ONE["one.html"]().decode().replace("in the spring of the year", "on 12 May 2016")
        path = write(tmp_path / "a.html", page.replace("<head>", f"<head>{head}"))
        (chunk,) = read(plan(path, columns=Columns(keep=("date",))))
        assert chunk.kept["date"].to_pylist() == [date]

    def test_cells_of_a_table_stand_apart(self, tmp_path: Path) -> None:
        pytest.importorskip("trafilatura")
        table = "<table><tr><td>Central</td><td>12,000</td></tr><tr><td>North</td><td>9,000</td></tr></table>"
        page = ONE["one.html"]().decode().replace("</article>", f"{table}<p>{ARTICLES[0]['text']}</p></article>")
        (row,) = rows(write(tmp_path / "a.html", page))
        assert " ".join(row.text.split()).endswith(f"Central 12,000 North 9,000 {WORDS[0]}")

    def test_every_word_of_a_docx_is_read(self, tmp_path: Path) -> None:
        import docx
        from docx.oxml import parse_xml

        def run_of(text: str) -> str:
            return f"<w:r><w:t>{text}</w:t></w:r>"

        box = f"<w:txbxContent><w:p>{run_of('A box.')}</w:p></w:txbxContent>"
        parts = (
            "<w:p><w:pPr><w:tabs><w:tab w:val='left' w:pos='9'/></w:tabs></w:pPr><w:r><w:t>A</w:t><w:tab/></w:r>"
            f"<w:ins w:id='1'>{run_of('new ')}</w:ins><w:del w:id='2'><w:r><w:delText>old </w:delText></w:r></w:del>"
            f"<w:smartTag>{run_of('vote')}</w:smartTag><w:moveFrom w:id='3'>{run_of(' of ours')}</w:moveFrom>"
            f"<w:r><w:t>.</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
            "</mc:AlternateContent></w:r></w:p>",
            f"<w:sdt><w:sdtContent><w:p>{run_of('A bill.')}</w:p></w:sdtContent></w:sdt>",
            f"<w:tbl><w:tr><w:tc><w:p>{run_of('Yes')}</w:p></w:tc><w:tc><w:p>{run_of('61')}</w:p></w:tc></w:tr></w:tbl>",
        )
        names = (
            'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
            'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        )
        document = docx.Document()
        for part in parse_xml(f"<w:body {names}>{''.join(parts)}</w:body>"):
            document.element.body.insert(len(document.element.body) - 1, part)
        document.save(tmp_path / "a.docx")
        assert rows(tmp_path / "a.docx")[0].text == "A\tnew vote.\n\nA box.\n\nA bill.\n\nYes\n\n61"

    def test_a_sentence_goes_on_over_the_pages_of_a_pdf(self, tmp_path: Path) -> None:
        import pypdf
        from input_files import pdf_bytes

        writer = pypdf.PdfWriter()
        for page in (["The vote of", "the town,"], ["Boston, was"], [], ["absurd."], ["It passed."]):
            writer.append(io.BytesIO(pdf_bytes(page)))
        writer.write(tmp_path / "a.pdf")
        assert rows(tmp_path / "a.pdf")[0].text == "The vote of\nthe town,\nBoston, was\nabsurd.\n\nIt passed."

    def test_a_pdf_without_text(self, tmp_path: Path) -> None:
        from input_files import pdf_bytes

        (row,) = rows(write(tmp_path / "a.pdf", pdf_bytes([])))
        assert (row.outcome, row.error) == (
            "empty",
            "the PDF has no text layer; first run text recognition (OCR) on the PDF",
        )

    def test_missing_extra_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for module, name in (("ijson", "array.json"), ("docx", "nexis.docx"), ("striprtf.striprtf", "nexis.rtf")):
            path = write(tmp_path / name, MANY[name]())
            monkeypatch.setitem(sys.modules, module, None)
            with pytest.raises(ImportError, match=r"pip install 'biasscore\[inputs\]'"):
                rows(path)


def feed(item: str, head: str = "") -> str:
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    return f"{head}<rss {media}><channel><title>A &amp;amp; B</title><item>{item}</item></channel></rss>"


class TestFeeds:
    KEPT = Columns(group="outlet", id="id", keep=("date", "byline", "url"))

    def only(self, path: Path, content: str | bytes, **options: object) -> tuple[Row, dict[str, str | None]]:
        (chunk,) = read(plan(write(path, content), columns=self.KEPT, **options))
        (row,) = chunk.rows
        return row, chunk.kept.to_pylist()[0]

    @pytest.mark.parametrize("order", [1, -1])
    def test_photos_and_videos_are_no_part_of_the_article(self, tmp_path: Path, order: int) -> None:
        parts = [
            "<title>On it</title><description>A vote.</description>",
            "<media:content><media:credit>Photo: Ann Lee</media:credit><media:title>A</media:title></media:content>"
            "<media:title>B</media:title><media:description>C</media:description>",
        ]
        row, _ = self.only(tmp_path / "a.xml", feed("".join(parts[::order])))
        assert (row.text, row.title) == ("A vote.", "On it")

    def test_the_item_speaks_for_itself_before_its_parts_do(self, tmp_path: Path) -> None:
        entry = (
            "<source><title>The Courier</title><id>s</id></source><content><p>A vote.</p></content>"
            "<link rel='replies' href='https://example.org/replies'/><link href='https://example.org/1'/>"
            "<author><name>Ann Lee</name><uri>https://example.org/ann</uri><email>ann@example.org</email></author>"
            "<title>On it</title><id>1</id>"
        )
        row, kept = self.only(tmp_path / "a.atom", f"<feed><title>Planet</title><entry>{entry}</entry></feed>")
        assert (row.id, row.title, row.group, row.text) == ("1", "On it", "The Courier", "A vote.")
        assert (kept["byline"], kept["url"]) == ("Ann Lee", "https://example.org/1")

    def test_titles_and_texts_may_be_html(self, tmp_path: Path) -> None:
        item = (
            "<title><![CDATA[Mayor&#8217;s &amp; <b>ours</b>]]></title>"
            "<description><![CDATA[<table><tr><td>Yes</td><td>61</td></tr></table><dl><dt>No</dt><dd>2</dd></dl>]]>"
            "</description>"
        )
        row, _ = self.only(tmp_path / "a.xml", feed(item))
        assert (row.title, row.group) == ("Mayor’s & ours", "A & B")
        assert row.text.split() == ["Yes", "61", "No", "2"]

    @pytest.mark.parametrize("text", ["<p>The caf&eacute;&mdash;&odd;.</p>", "The caf&eacute;&mdash;&odd;."])
    def test_entities_are_read(self, tmp_path: Path, text: str) -> None:
        head = '<!DOCTYPE rss SYSTEM "https://example.org/rss.dtd">'
        row, _ = self.only(tmp_path / "a.xml", feed(f"<title>&Eacute;t</title><description>{text}</description>", head))
        assert (row.title, row.text) == ("Ét", "The café—&odd;.")

    def test_nitf_of_an_archive(self, tmp_path: Path) -> None:
        first, second = "<p>A vote.</p>", "<p>It passed.</p>"
        row, kept = self.only(
            tmp_path / "a.xml",
            '<nitf><head><title>SLUG</title><docdata><doc-id id-string="18"/></docdata><pubdata name="The Times" '
            'date.publication="20070101T000000" ex-ref="https://example.org/18"/></head><body><body.head><hedline>'
            "<hl1>On it</hl1></hedline><byline><person>Ann Lee</person><byttl>Writer</byttl></byline></body.head>"
            f'<body.content><block class="lead_paragraph">{first}</block>'
            f'<block class="full_text">{first}{second}</block></body.content></body></nitf>',
        )
        assert (row.id, row.title, row.group, row.text) == ("18", "On it", "The Times", "A vote.\n\nIt passed.")
        assert kept == {"date": "20070101T000000", "byline": "Ann Lee Writer", "url": "https://example.org/18"}

    def test_news_items_with_a_text(self, tmp_path: Path) -> None:
        head = "<title>MEXICO: On it.</title><headline>On it.</headline>"
        item = f"<newsitem itemid='22' date='1996-08-20'>{head}<text><p>A vote.</p><p>It passed.</p></text></newsitem>"
        row, kept = self.only(tmp_path / "a.xml", item)
        assert (row.id, row.title, row.text, kept["date"]) == ("22", "On it.", "A vote.\n\nIt passed.", "1996-08-20")

    @pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
    @pytest.mark.parametrize("head", ["", "<?xml version='1.0' encoding='utf-8'?>"])
    def test_a_named_encoding_wins(self, tmp_path: Path, encoding: str, head: str) -> None:
        content = feed("<description>A café.</description>", head).encode(encoding)
        assert self.only(tmp_path / "a.xml", content, encoding=encoding)[0].text == "A café."
        if encoding != "utf-16":
            with pytest.raises(InputError, match="set --encoding"):
                rows(tmp_path / "a.xml")


class TestDelimited:
    def test_missing_last_fields_are_missing_and_surplus_ones_an_error(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "a.csv", "text,outlet,date\nOne vote.,C\nTwo votes.,H,2019,extra\nThree.\nFour.,C,1,,\n"
        )
        found = rows(path, columns=Columns(group="outlet"))
        assert [row.text or row.error for row in found] == [
            "One vote.",
            "line 3 has 4 fields, but the header has 3; correct this line",
            "Three.",
            "Four.",
        ]

    @pytest.mark.parametrize("n_rows", [1, 1500])
    def test_a_mark_left_open_gives_its_lines_back(self, tmp_path: Path, n_rows: int) -> None:
        lines = "".join(f"Row {i} says so.,Courier\n" for i in range(n_rows))
        path = write(tmp_path / "a.csv", f'text,outlet\n"The leader said nothing,Courier\n{lines}')
        found = rows(path)
        assert [row.text for row in found] == [
            '"The leader said nothing',
            *(f"Row {i} says so." for i in range(n_rows)),
        ]
        assert found[0].note == "line 2: a quotation mark has no closing mark; this mark was read as text"

    def test_a_mark_left_open_that_another_closes(self, tmp_path: Path) -> None:
        lines = "".join(f"Row {i} says so.,Courier\n" for i in range(9))
        path = write(tmp_path / "a.csv", f'text,outlet\n"Nothing,Courier\n{lines}He said "no",Herald\n"A, b.",Herald\n')
        assert [row.text for row in rows(path)][-2:] == ['He said "no"', "A, b."]
        trusting = rows(path, quoting="standard")
        assert len(trusting) == 2
        assert rows(path, quoting="none")[0].text == '"Nothing'

    def test_articles_of_many_lines_are_left_alone(self, tmp_path: Path) -> None:
        text = "A vote, it was.\n\nOne, two, three.\nNo comma\nAnother line, with one.\n"
        quoted = text.replace('"', '""')
        path = write(tmp_path / "a.csv", f'text,outlet\n"{quoted}",C\n"{quoted}",H\n')
        assert [(row.text, row.note) for row in rows(path)] == [(text, None)] * 2

    @pytest.mark.parametrize("n_columns", [2, 3])
    def test_a_valid_row_is_one_row_though_its_lines_are_as_wide_as_the_table(
        self, tmp_path: Path, n_columns: int
    ) -> None:
        paragraphs = [", ".join(["In June"] * (n_columns - 1) + ["it met."])] * 8
        text = "\n\n".join(["The mayor spoke.", *paragraphs])
        names = ",".join(["id", "text", "outlet"][:n_columns])
        path = write(tmp_path / "a.csv", f'{names}\n1,"{text}"{",C" * (n_columns - 2)}\n')
        assert [(row.id, row.text, row.note) for row in rows(path, columns=Columns(id="id"))] == [("1", text, None)]

    @pytest.mark.parametrize("end", ["", ' He said "no" to it."\n'])
    def test_the_prose_of_a_broken_row_is_not_read_as_rows(self, tmp_path: Path, end: str) -> None:
        paragraphs = "\n\n".join(["After all, it was fine."] * 4)
        (row,) = rows(write(tmp_path / "a.csv", f'id,text\n1,"The mayor spoke.\n\n{paragraphs}{end}'))
        assert str(row.error).startswith("lines 2 to 10: ")

    def test_repeated_column_names_are_skipped(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "text,outlet\nOne.,C\ntext,outlet\nTwo.,H\n")
        assert [row.outcome for row in rows(path)] == ["scored", "skipped", "scored"]

    def test_two_columns_of_one_name(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "text,title,text,n,n\nOne.,a,b,1,2\n")
        with pytest.raises(InputError, match="has 2 columns named 'text'; give each column a different name"):
            rows(path)
        assert rows(path, columns=Columns("title"))[0].text == "a"
        table = pa.table([pa.array(["x"]), pa.array(["y"])], names=["text", "text"])
        pq.write_table(table, tmp_path / "a.parquet")
        with pytest.raises(InputError, match="has 2 columns named 'text'"):
            rows(tmp_path / "a.parquet")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf8", "UTF_8", "utf-8-sig", "utf-16-le", "utf-16", None])
    def test_a_byte_order_mark_is_no_text(self, tmp_path: Path, encoding: str | None) -> None:
        written = "utf-8-sig" if encoding is None or "8" in encoding else "utf-16"
        path = write(tmp_path / "a.csv", "id,text\nx,A vote.\n".encode(written))
        assert [(row.id, row.text) for row in rows(path, guess=True, encoding=encoding)] == [("x", "A vote.")]
        assert rows(write(tmp_path / "a.txt", "A vote.".encode(written)), encoding=encoding)[0].text == "A vote."

    @pytest.mark.parametrize("above", ["\n", "\r\n  \n", "sep=;\n", "\nSEP=|\r\n"])
    @pytest.mark.parametrize("suffix", ["csv", "tsv"])
    def test_lines_above_the_column_names_are_no_names(self, tmp_path: Path, above: str, suffix: str) -> None:
        delimiter = above.strip()[-1:] or ("\t" if suffix == "tsv" else ",")
        table = "id,text\n1,A vote.\n2\n".replace(",", delimiter)
        found = rows(write(tmp_path / f"a.{suffix}", above + table), columns=Columns(id="id"))
        assert [(row.id, row.text, row.outcome) for row in found] == [("1", "A vote.", "scored"), ("2", "", "empty")]

    @pytest.mark.parametrize("cell", ["NA", "nan", "NULL", "None", "", "  ", "#N/A", "[removed]", "[deleted by user]"])
    def test_cells_that_pandas_reads_as_missing(self, tmp_path: Path, cell: str) -> None:
        path = write(tmp_path / "a.csv", f"text,outlet\n{cell},NA\nA vote.,C\n")
        first, second = rows(path, columns=Columns(group="outlet"))
        assert (first.outcome, first.group) == ("empty", None)
        assert (second.outcome, second.group) == ("scored", "C")


def test_damaged_offsets_of_an_arrow_file_are_told(tmp_path: Path) -> None:
    """Arrow trusts what it maps: such a file must not end the process."""
    texts = ["A vote.", "The bill.", "The end."]
    array = pa.array(texts)
    validity, offsets, values = array.buffers()
    for broken in (2**30, -5):
        wrong = pa.py_buffer(
            offsets.to_pybytes()[:8] + broken.to_bytes(4, "little", signed=True) + offsets.to_pybytes()[12:]
        )
        table = pa.table({"text": pa.Array.from_buffers(pa.string(), 3, [validity, wrong, values])})
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        with pytest.raises(InputError, match="cannot be read as arrow"):
            rows(tmp_path / "a.arrow")


def test_an_arrow_file_that_is_cut_while_it_is_read_is_told(tmp_path: Path) -> None:
    """A mapped file would end the process with a bus error."""
    path, table = tmp_path / "a.arrow", pa.table({"text": ["A vote. " * 500] * 3000})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=200)
    chunks = read(plan(path))
    next(chunks)
    os.truncate(path, 20_000)
    with pytest.raises(InputError, match="cannot be read as arrow"):
        list(chunks)


def test_fewer_rows_of_a_parquet_file_are_held_where_they_are_long(tmp_path: Path) -> None:
    texts = [os.urandom(30_000).hex() for _ in range(600)]
    pq.write_table(pa.table({"text": ["A vote."] * 600, "page": texts}), tmp_path / "a.parquet")
    sizes = [len(chunk) for chunk in read(plan(tmp_path / "a.parquet", columns=Columns(keep=("page",))))]
    assert (sum(sizes), max(sizes) <= 150) == (600, True)


@pytest.mark.parametrize("limit", [0, 2**31, 2**63])
def test_a_limit_that_no_reader_can_count_to_is_refused(limit: int) -> None:
    with pytest.raises(InputError, match="must be between 1 and 1,073,741,824"):
        Options(max_row_bytes=limit)


def test_every_part_of_a_docx_counts(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    docx.Document().save(str(tmp_path / "a.docx"))
    with zipfile.ZipFile(tmp_path / "a.docx", "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/other.bin", bytes(5_000_000))
    (row,) = rows(tmp_path / "a.docx", max_row_bytes=1 << 20)
    assert "--max-row-bytes" in str(row.error)


@pytest.mark.parametrize("line", ["A smug vote.\n", "\n"])
def test_a_document_of_an_export_has_a_limit(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "a.txt", nexis_text())
    n = len(rows(path))
    begin = "1 of 9 DOCUMENTS\n\nLENGTH: 5 words\n\nBODY:\nOne vote.\n"
    write(path, begin + line * 40_000 + "End of Document\n" + nexis_text())
    long, *others = rows(path, max_row_bytes=1 << 18)
    assert (
        long.error == "the document has more than 262,144 characters; raise --max-row-bytes (in Python: max_row_bytes)"
    )
    assert len(others) == n


KINDS = {
    "list of views": pa.array([["x"], None, []], pa.list_(pa.string_view())),
    "record with a view": pa.array([{"a": "x"}, None, {"a": None}], pa.struct([("a", pa.string_view())])),
    "map with a view": pa.array([[("a", "x")], None, []], pa.map_(pa.string(), pa.string_view())),
    "run-end encoded": pa.RunEndEncodedArray.from_arrays([2, 3], ["x", None]),
    "view of lists": pa.array([[5], [1], None, [2, 3]], pa.list_view(pa.int8())).slice(1),
    "list of numbers": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int64(), 2)),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_arrow_is_carried_along(tmp_path: Path, name: str) -> None:
    table = pa.table({"text": ["A vote.", "", "A bill."], "k": KINDS[name]})
    with pa.ipc.new_file(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table)
    run(JobConfig((str(tmp_path / "a.arrow"),), tmp_path / "out.parquet", Columns(keep=("k",))), fake_scorer)
    assert pq.read_table(tmp_path / "out.parquet")["k"].to_pylist() == table["k"].to_pylist()
    assert score_frame(table, scorer=fake_scorer())["k"].to_pylist() == table["k"].to_pylist()


class TestJson:
    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("bad", "the line is not JSON (Expecting value at character 1); correct this line"),
            (
                '{"text": "A vote." x}',
                "the line is not JSON (Expecting ',' delimiter at character 20); correct this line",
            ),
            ("9" * 5_000, "the line has a number that is too long, or too many nested lists; correct this line"),
            ("[" * 200_000, "the line has a number that is too long, or too many nested lists; correct this line"),
            ("null", 'the line is not a JSON object; write each article as {"text": "…"}'),
            ("[3]", 'the line is not a JSON object; write each article as {"text": "…"}'),
        ],
    )
    def test_a_line_that_is_no_article_is_told_with_a_mend(self, tmp_path: Path, line: str, told: str) -> None:
        first, second = rows(write(tmp_path / "a.jsonl", f'{{"text": "A vote."}}\n{line}\n'))
        assert (first.error, second.error) == (None, told)

    @pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
    @pytest.mark.parametrize("blank", ["", "\n", " \r\n\n"])
    def test_blank_lines_are_no_rows_under_either_name(self, tmp_path: Path, name: str, blank: str) -> None:
        lines = [f'{blank}{{"text": "{text}"}}\n' for text in ("A vote.", "A bill.")]
        assert [row.text for row in rows(write(tmp_path / name, "".join(lines)))] == ["A vote.", "A bill."]

    def test_lone_surrogates_are_replaced_and_noted(self, tmp_path: Path) -> None:
        for name, line in (("a.jsonl", '{"text": "lone \\ud83d half"}'), ("b.jsonl", '{"text": "low \\udc80 half"}')):
            (row,) = rows(write(tmp_path / name, line))
            assert (row.text.split()[1], row.note) == (
                "\ufffd",
                "broken characters replaced by \ufffd: 1",
            )

    @pytest.mark.parametrize(
        ("file", "text", "expected"),
        [
            ({"text": "A vote.", "images": [{"text": "A caption."}]}, "text", ["A vote."]),
            ({"entities": {"persons": [{"name": "Ann"}]}, "body": "A vote."}, "text", ["A vote."]),
            ({"persons": [{"text": "Ann"}], "story": "A vote."}, "story", ["A vote."]),
            ({"text": None, "images": [{"text": "A caption."}]}, "text", [""]),
            ({"content": "OK", "articles": [{"text": "A vote."}, {"text": "A bill."}]}, "text", ["A vote.", "A bill."]),
            ({"text": "OK", "articles": [{"body": "A vote."}]}, "body", ["A vote."]),
            ({"content": [{"body": "A vote."}]}, "text", ["A vote."]),
            ({"text": None, "articles": [{"title": "On it", "content": "A vote."}]}, "text", ["A vote."]),
            ({"body": "OK", "articles": [{"url": "a.example", "content": "A vote."}]}, "text", ["A vote."]),
            ({"articles": [{"headline": "On it", "text": "A vote."}], "text": "OK"}, "text", ["A vote."]),
            ({"text": "A vote.", "title": "On it", "links": [{"text": "Ann", "url": "a"}]}, "text", ["A vote."]),
            ({"text": "OK", "articles": [{"title": "On it", "content": "A vote."}]}, "text", ["A vote."]),
            ({"story": "A vote.", "links": [{"text": "Ann", "url": "a"}]}, "story", ["A vote."]),
            ({"text": "A vote.", "comments": [{"text": "No.", "date": "2022-01-01"}]}, "text", ["A vote."]),
        ],
    )
    def test_an_article_with_lists_is_told_from_a_list_of_articles(
        self, tmp_path: Path, file: object, text: str, expected: list[str]
    ) -> None:
        path = write(tmp_path / "a.json", json.dumps(file))
        assert [row.text for row in rows(path, columns=Columns(text), guess=True)] == expected

    @pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet"])
    def test_objects_are_no_texts_and_groups_go_by_their_names(self, tmp_path: Path, suffix: str) -> None:
        objects: list[dict[str, object]] = [
            {"body": "A vote.", "headline": {"main": "On it"}, "id": 1, "source": {"id": "courier", "name": "Courier"}},
            {"body": "A bill.", "headline": {"main": "On it"}, "id": 2, "source": {"id": None, "name": "Courier"}},
        ]
        path = tmp_path / f"a{suffix}"
        if suffix == ".json":
            write(path, json.dumps({"articles": objects}))
        else:
            write_table(path, pa.Table.from_pylist(objects))
        assert plan(path, guess=True).columns == Columns("body", None, "id", "source")
        assert [(row.id, row.group) for row in rows(path, guess=True)] == [("1", "Courier"), ("2", "Courier")]

    @pytest.mark.parametrize(
        ("source", "group"),
        [({"uri": "u", "title": "CNN"}, "CNN"), ({"name": None}, '{"name": null}'), (["é", 1], '["é", 1]')],
    )
    def test_groups_of_any_shape(self, tmp_path: Path, source: object, group: str) -> None:
        path = write(tmp_path / "a.jsonl", json.dumps({"text": "A vote.", "source": source}))
        assert rows(path, guess=True)[0].group == group

    def test_an_array_cut_short_gives_its_rows_first(self, tmp_path: Path) -> None:
        content = json.dumps([{"text": f"Vote {i}."} for i in range(1200)]).encode()
        reading = read(plan(write(tmp_path / "a.json", content[:-20])))
        assert len(next(reading)) == 500
        with pytest.raises(InputError, match="cannot be read as JSON"):
            list(reading)


class TestFinding:
    def test_a_folder_of_another_program_is_no_saved_data_set(self, tmp_path: Path) -> None:
        write(tmp_path / "state.json", '{"text": "A bill."}')
        write(tmp_path / "a.txt", "A vote.")
        assert [row.text for row in rows(tmp_path)] == ["A vote.", "A bill."]

    def test_what_cannot_be_opened_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(name: str) -> None:
            raise PermissionError(13, "Permission denied", name)

        for name in ("a.txt", "a.csv", "a.parquet", "a.pdf"):
            found = find_sources([write(tmp_path / name, b"")])
            (tmp_path / name).unlink()
            with pytest.raises(InputError, match=rf"{name} cannot be opened \(.*No such file.*\); check its perm"):
                list(read(plan_reading(found, Columns())))
        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(InputError, match=r"cannot be listed \(Permission denied\); check its permissions"):
            find_sources([tmp_path])

    def test_files_that_are_not_read_are_named_and_counted(self, tmp_path: Path) -> None:
        for name in ("a.txt", *(f"{i}.jpg" for i in range(9)), *(f"{i}.log" for i in range(3))):
            write(tmp_path / name, "A vote.")
        found = find_sources([tmp_path])
        assert [source.name for source in found] == ["a.txt"]
        assert skipped_files(found.skipped) == "12 files skipped (.jpg 9, .log 3)"
        summary = run(JobConfig((str(tmp_path),), tmp_path / "out.parquet"), fake_scorer)
        assert summary.skipped == {".jpg": 9, ".log": 3}
        assert "12 files skipped (.jpg 9, .log 3)" in summary.told

    def test_patterns_leave_out_and_count_what_cannot_be_read(self, tmp_path: Path) -> None:
        import fsspec

        for name in ("a.txt", "b.jpg", "c"):
            write(tmp_path / name, "A vote.")
            fsspec.filesystem("memory").pipe(f"/mixed/{name}", b"A vote.")
        for pattern in (str(tmp_path / "*"), "memory://mixed/*"):
            found = find_sources([pattern])
            assert [Path(source.path).name for source in found] == ["a.txt"]
            assert found.skipped == {".jpg": 1, "": 1}
        assert len(find_sources([str(tmp_path / "*")], input_format="text").sources) == 3
        with pytest.raises(InputError, match=r"does not know the format of .*b\.jpg; set --input-format"):
            find_sources([str(tmp_path / "*.jpg")])

    @pytest.mark.skipif(os.name != "posix", reason="links")
    def test_linked_folders_are_read_once(self, tmp_path: Path) -> None:
        for name in ("data/sub", "elsewhere"):
            (tmp_path / name).mkdir(parents=True)
        write(tmp_path / "data/sub/a.txt", "A vote.")
        write(tmp_path / "elsewhere/b.txt", "A bill.")
        for link, target in {"data/first": "sub", "data/link": "../elsewhere", "data/twice": "../elsewhere"}.items():
            (tmp_path / link).symlink_to(target)
        (tmp_path / "elsewhere/back").symlink_to("../data")
        (tmp_path / "data/sub/loop").symlink_to(".")
        assert [source.name for source in find_sources([tmp_path / "data"])] == ["link/b.txt", "sub/a.txt"]

    @pytest.mark.skipif(os.name != "posix", reason="links")
    def test_a_link_upwards_reads_nothing_beside_the_input(self, tmp_path: Path) -> None:
        for name in ("in/data/sub", "far/elsewhere"):
            (tmp_path / name).mkdir(parents=True)
        for name in ("in/data/sub/a.txt", "in/beside.txt", "far/elsewhere/b.txt", "far/beside.txt"):
            write(tmp_path / name, "A vote.")
        (tmp_path / "in/data/link").symlink_to("../../far/elsewhere")
        for link, target in {"in/data/up": "..", "in/data/sub/top": "/", "far/elsewhere/up": ".."}.items():
            (tmp_path / link).symlink_to(target)
        (tmp_path / "far/elsewhere/over").symlink_to("../../in")
        assert [source.name for source in find_sources([tmp_path / "in/data"])] == ["link/b.txt", "sub/a.txt"]

    @pytest.mark.parametrize("pattern", ["", "**/*"])
    @pytest.mark.parametrize("suffix", [".parquet", ".csv", "parquet", "csv"])
    def test_results_beside_the_input_are_no_input(self, tmp_path: Path, suffix: str, pattern: str) -> None:
        write(tmp_path / "in.csv", "text\nA vote. It passed.\n")
        given = str(tmp_path / pattern)
        for level in ("document", "sentence", "document"):
            job = JobConfig((given,), tmp_path / f"{level}{suffix}", level=level)  # type: ignore[arg-type]
            kind = {} if job.is_file else {"format": suffix}
            assert list(run(replace(job, **kind), fake_scorer).inputs) == ["in.csv"]  # type: ignore[arg-type]
        if suffix == ".parquet":
            shutil.rmtree(tmp_path / "sentence.parquet.job")
            assert find_sources([given]).skipped == {".parquet": 2}
        # Who names them alone wants them; and what else lies beside a job is input.
        named = find_sources([tmp_path / f"sentence{suffix}"])
        assert all("sentence" in source.path for source in named)
        beside = Path(named.sources[0].path).with_name("new.csv")
        write(beside, "text\nA bill.\n")
        assert {source.path for source in find_sources([given])} == {str(tmp_path / "in.csv"), str(beside)}

    def test_urls_of_other_file_systems(self, tmp_path: Path) -> None:
        import fsspec

        files = fsspec.filesystem("memory")
        for name in ("a.csv", "a.parquet", "nexis.txt", "array.json", "photo.jpg"):
            files.pipe(f"/news/{name}", MANY[name]() if name in MANY else b"x")
        write(tmp_path / "a.txt.gz", gzip.compress(b"The end."))
        files.pipe("/news/sub/b.txt.gz", (tmp_path / "a.txt.gz").read_bytes())
        found = find_sources(["memory://news"])
        assert [source.name for source in found] == [
            f"/news/{name}" for name in ("a.csv", "a.parquet", "array.json", "nexis.txt", "sub/b.txt.gz")
        ]
        assert found.skipped == {".jpg": 1}
        assert [row.outcome for row in rows("memory://news")] == ["scored"] * 13
        assert len(rows("memory://news/*.csv")) == 3
        with pytest.raises(InputError, match="does not exist"):
            find_sources(["memory://nothing/a.csv"])

    def test_addresses_of_the_web(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import fsspec

        class Web:
            def info(self, path: str) -> dict[str, int]:
                if "404" in path:
                    raise FileNotFoundError(path)
                if "500" in path:
                    raise OSError("the server is busy")
                return {"size": 7}

        monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url: (Web(), url))
        found = find_sources([f"https://x.example/{name}" for name in ("story?id=1", "story?id=2", "a.csv?key=k")])
        assert [source.name for source in found] == ["x.example/story?id=1", "x.example/story?id=2", "x.example/a.csv"]
        with pytest.raises(InputError, match=r"https://x\.example/404 does not exist; check the address"):
            find_sources(["https://x.example/404"])
        with pytest.raises(InputError, match=r"cannot be reached \(the server is busy\); check the address"):
            find_sources(["https://x.example/500"])

    @pytest.mark.parametrize(("url", "extra"), [("https://x.example/a", "http"), ("s3://news/a.csv", "s3")])
    def test_the_package_that_an_address_needs_is_named(
        self, monkeypatch: pytest.MonkeyPatch, url: str, extra: str
    ) -> None:
        import fsspec

        def refuse(_: str) -> None:
            raise ImportError("install it")

        monkeypatch.setattr(fsspec.core, "url_to_fs", refuse)
        with pytest.raises(InputError, match=rf"run pip install 'fsspec\[{extra}\]', or download"):
            find_sources([url])

    @pytest.mark.skipif(os.name != "posix", reason="named pipes")
    def test_a_named_pipe_is_read_once_for_each_writer(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for _ in range(2):
            writer = threading.Timer(0.2, pipe.write_bytes, (MANY["a.jsonl"](),))
            writer.start()
            found = rows(pipe)
            writer.join()
            assert [row.title for row in found] == [None] * 3
            assert [row.outcome for row in found] == ["scored"] * 3

    @pytest.mark.parametrize("name", ["one.html", "factiva.html"])
    def test_a_page_through_a_pipe(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
        pytest.importorskip("trafilatura")
        content = {**ONE, **MANY}[name]()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content), 100), "utf-8"))
        found = plan_reading(find_sources(["-"], input_format="html"), Columns())
        through = [row.text for chunk in read(found) for row in chunk.rows]
        assert through == [row.text for row in rows(write(tmp_path / name, content))]

    @pytest.mark.parametrize("kind", ["jsonl", "json", "lines.json", "utf-16.jsonl", "csv"])
    def test_columns_of_a_pipe_are_found_whatever_its_length(self, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        """What a pipe gives at once may be less than its first line, and less than tells what its records are."""
        records = [{"body": f"A {'long ' * length}vote.", "id": f"a{length}", "title": "On it"} for length in (9000, 1)]
        lines = "\n".join(map(json.dumps, records))  # the last one without an end
        table = "body,id,title\n" + "".join(f"{','.join(record.values())}\n" for record in records)
        text = {"json": json.dumps(records), "csv": table}.get(kind, lines)
        encoding = "utf-16" if kind.startswith("utf-16") else "utf-8"
        content = io.BufferedReader(io.BytesIO(text.encode(encoding)), 100)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(content, "utf-8"))
        sources = find_sources(["-"], input_format=kind.rpartition(".")[2])  # type: ignore[arg-type]
        reading = plan_reading(sources, Columns(), Options(encoding), guessed=FIELDS)
        found = [row for chunk in read(reading) for row in chunk.rows]
        assert [(row.text, row.id, row.title) for row in found] == [tuple(record.values()) for record in records]

    def test_a_first_line_of_a_pipe_that_never_ends_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content = io.BufferedReader(io.BytesIO(b'{"body": "' + b"x" * 9000))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(content, "utf-8"))
        with pytest.raises(InputError, match="the first line of - has more than 5,000 bytes; raise --max-row-bytes"):
            plan_reading(find_sources(["-"]), Columns(), Options(max_row_bytes=5_000))

    def test_closed_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", None)
        with pytest.raises(InputError, match="standard input is closed; use a file"):
            find_sources(["-"])

    @pytest.mark.skipif(sys.platform != "linux", reason="names of bytes")
    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
    def test_a_file_name_that_is_no_utf_8(self, tmp_path: Path, suffix: str) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xff.txt")).write_text("A vote.", encoding="utf-8")
        summary = run(JobConfig((str(folder),), tmp_path / f"out{suffix}"), fake_scorer)
        assert list(summary.inputs) == ["caf\\udcff.txt"]

    def test_an_output_inside_the_input_by_another_spelling(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        write(folder / "a.jsonl", MANY["a.jsonl"]())
        (tmp_path / "link").symlink_to(folder)
        job = JobConfig((str(folder),), tmp_path / "link" / "out")
        assert run(job, fake_scorer).rows == run(job, fake_scorer).rows == 3


class TestGuessing:
    def test_usual_names_are_used_and_said(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "id,headline,body,source,date,url\nx,A head,A vote.,C,2019,u\n")
        reading = plan(path, guess=True)
        assert reading.columns == Columns("body", "headline", "id", "source", ("date", "url"))
        assert reading.guess == (
            "columns found: body (the text), headline (the title, scored separately), id (the row's id), "
            "source (the group), date, url (kept); add --no-guess to use only the columns that you name"
        )
        with pytest.raises(InputError, match="no column 'text'"):
            plan(path)

    def test_only_what_every_table_has(self, tmp_path: Path) -> None:
        write(tmp_path / "a.csv", "id,title,text,outlet\nx,A,A vote.,C\n")
        write(tmp_path / "b.csv", "id,text,outlet\nx,A vote.,C\n")
        write(tmp_path / "c.txt", "A vote.")
        assert plan(tmp_path, guess=True).columns == Columns(group="outlet")

    @pytest.mark.parametrize("name", ["README.txt", "note.pdf"])
    def test_a_note_beside_exports_hides_no_column(self, tmp_path: Path, name: str) -> None:
        write(tmp_path / "nexis.txt", MANY["nexis.txt"]())
        write(tmp_path / name, ONE[f"one{Path(name).suffix}"]())
        assert plan(tmp_path, guess=True).columns == Columns(group="outlet", keep=("date", "url", "byline"))
        assert {row.group for row in rows(tmp_path, guess=True)} == {"Courier", "Herald", None}

    def test_articles_have_an_outlet_and_a_date_by_whatever_name_the_table_beside_them_has(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path / "nexis.txt", MANY["nexis.txt"]())
        write(tmp_path / "web.csv", "text,source,publishedAt\nA vote.,Post,2020\n")
        assert [row.group for row in rows(tmp_path, guess=True)] == ["Courier", "Herald", "Courier", "Post"]
        days = [day for chunk in read(plan(tmp_path, guess=True)) for day in chunk.kept["publishedAt"].to_pylist()]
        assert days == [*(f"March {i}, 2019" for i in (1, 2, 3)), "2020"]

    def test_the_text_is_not_its_own_title_or_id(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "id,title\n1,A vote.\n")
        for named in (Columns("title", None, "id"), Columns("id", "title")):
            assert plan_reading(find_sources([path]), Columns(named.text), guessed=("title", "id")).columns == named

    def test_what_the_user_named_stays(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "title,text,note\nA,A vote.,n\n")
        reading = plan_reading(find_sources([path]), Columns("note"), guessed=("title",))
        assert reading.columns == Columns("note", "title")


DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "flip", "insert", "repeat"]), st.floats(0, 1), st.binary(min_size=1, max_size=3)
    ),
    max_size=3,
)


def damaged(content: bytes, faults: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, put in faults:
        at = int(place * len(content))
        match kind:
            case "cut":
                content = content[:at]
            case "drop":
                content = content[:at] + content[at + len(put) :]
            case "flip":
                content = content[:at] + put + content[at + len(put) :]
            case "insert":
                content = content[:at] + put + content[at:]
            case "repeat":
                content = content[:at] + content[max(0, at - 200) : at] + content[at:]
    return content


@pytest.mark.parametrize("name", [*MANY, *ONE])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(faults=DAMAGE)
def test_rows_read_are_scored_empty_bad_or_skipped(
    tmp_path_factory: pytest.TempPathFactory, name: str, faults: list[tuple[str, float, bytes]]
) -> None:
    """Whatever the damage: one line of refusal, or a table with a row for every row read, as the summary counts."""
    folder = tmp_path_factory.mktemp("damage")
    source = write(folder / name, damaged((MANY | ONE)[name](), faults))
    write(folder / "other.txt", "A vote.")
    try:
        config = JobConfig((str(folder),), folder / "out.parquet", guessed=FIELDS, shard_rows=2)
        summary = run(config, fake_scorer)
    except InputError as problem:
        refused = str(problem)
    else:
        refused = None
    if refused is not None:
        assert "\n" not in refused
        return
    errors = pq.read_table(folder / "out.parquet")["error"].to_pylist()
    assert set(summary.inputs) == {name, "other.txt"}
    assert summary.inputs["other.txt"] == Counts(scored=1)
    assert summary.counts.rows == summary.rows == len(errors)
    assert summary.counts.scored == errors.count(None)
    assert summary.errors == summary.counts.empty + summary.counts.bad + summary.counts.skipped
    if name == "a.jsonl":
        text = source.read_bytes().decode("utf-8-sig", "surrogateescape")
        lines = [line for line in io.StringIO(text, newline="") if line.strip()]
        assert summary.inputs[name].rows == len(lines)


class TestBounds:
    LIMIT = 1 << 16

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", b"text,n\n" + b"x" * 300_000 + b",1\nA vote.,2\n"),
            ("b.csv", b"text,n\n" + b"," * 300_000 + b"\nA vote.,2\n"),
            ("c.csv", b'text,n\n"' + b"line of words\n" * 30_000 + b'",1\nA vote.,2\n'),
            ("a.jsonl", b'{"text": "' + b"x" * 300_000 + b'"}\n{"text": "A vote."}\n'),
        ],
        ids=str,
    )
    def test_a_row_that_is_too_long_is_told_and_its_neighbours_read(
        self, tmp_path: Path, name: str, content: bytes
    ) -> None:
        for path in (write(tmp_path / name, content), write(tmp_path / f"{name}.gz", gzip.compress(content))):
            found = rows(path, max_row_bytes=self.LIMIT)
            assert "--max-row-bytes" in str(found[0].error)
            assert found[-1].text == "A vote."

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.json", b'[{"text": "' + b"x" * 300_000 + b'"}]'),
            ("a.xml", b"<rss><channel><item><description>" + b"x" * 300_000 + b"</description></item></channel></rss>"),
            ("zeros.csv", b"\0" * 300_000),
        ],
        ids=["json", "xml", "zeros"],
    )
    def test_a_file_whose_rows_cannot_be_told_apart_is_refused(self, tmp_path: Path, name: str, content: bytes) -> None:
        with pytest.raises(InputError, match=r"max-row-bytes|first line of .* is too long"):
            rows(write(tmp_path / name, content), max_row_bytes=self.LIMIT)

    def test_pages_and_documents(self, tmp_path: Path) -> None:
        write(tmp_path / "a.html", b"<p>" + b"x" * 300_000)
        write(tmp_path / "b.rtf", b"{\\rtf1 " + b"x" * 300_000)
        write(tmp_path / "c.pdf", b"%PDF-1.4" + b"x" * 300_000)
        found = rows(tmp_path, max_row_bytes=self.LIMIT)
        assert len(found) == 3
        assert all("--max-row-bytes" in str(row.error) for row in found)

    def test_an_export_of_any_size_is_read(self, tmp_path: Path) -> None:
        content = factiva_bytes()
        many = content.replace(b"<body>", b"<body>" + content.partition(b"<body>")[2].partition(b"</body>")[0] * 100)
        assert len(many) > self.LIMIT
        assert len(rows(write(tmp_path / "a.html", many), max_row_bytes=self.LIMIT)) == 303

    def test_parquet_texts(self, tmp_path: Path) -> None:
        texts = ["A vote.", "x" * 100_000, "The end.", *["y" * 60_000] * 5]
        for dictionary in (True, False):
            pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", use_dictionary=dictionary)
            found = rows(tmp_path / "a.parquet", max_row_bytes=self.LIMIT)
            assert [row.error for row in found] == [
                None,
                "the row has more than 65,536 bytes; raise --max-row-bytes (in Python: max_row_bytes)",
                *[None] * 6,
            ]
        pq.write_table(pa.table({"text": ["x" * 300_000] * 2}), tmp_path / "b.parquet", use_dictionary=False)
        with pytest.raises(InputError, match=r"bytes on average, more than the limit .*then raise --max-row-bytes"):
            rows(tmp_path / "b.parquet", max_row_bytes=self.LIMIT)

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
    def test_every_column_of_a_table_counts(self, tmp_path: Path, name: str) -> None:
        long = pa.array(["A title.", "x" * 40_000, None]).dictionary_encode()
        lists = pa.array([["a"], ["y" * 40_000], []])
        table = pa.table({"text": ["A vote."] * 3, "id": list("abc"), "title": long, "note": lists, "more": long})
        columns = Columns(title="title", id="id", keep=("note", "more"))
        chunks = list(read(plan(write_table(tmp_path / name, table), columns=columns, max_row_bytes=self.LIMIT)))
        found = [row for chunk in chunks for row in chunk.rows]
        assert [row.id for row in found] == ["a", "b", "c"]
        told = "the row has more than 65,536 bytes; raise --max-row-bytes (in Python: max_row_bytes)"
        assert [row.error for row in found] == [None, told, None]
        assert [row.title for row in found] == ["A title.", None, None]
        kept = pa.concat_tables(chunk.kept for chunk in chunks)
        assert kept.schema.field("more").type == long.type
        assert kept.to_pylist() == [
            {"note": ["a"], "more": "A title."},
            {"note": None, "more": None},
            {"note": [], "more": None},
        ]

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.jsonl"])
    def test_chunks_are_short_whatever_column_is_long(self, tmp_path: Path, name: str) -> None:
        long = pa.array(["x" * 3_000_000] * 30).dictionary_encode()
        table = pa.table({"text": ["A vote."] * 30, "title": long, "note": long})
        path = write_table(tmp_path / name, table)
        chunks = read(plan(path, columns=Columns(title="title", keep=("note",))))
        assert sum(map(len, chunks)) == 30
        assert max(len(chunk) for chunk in read(plan(path, columns=Columns(title="title", keep=("note",))))) <= 3

    def test_entities_that_grow_are_not_expanded(self, tmp_path: Path) -> None:
        names = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
        head = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{names}<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        item = "<item><title>&file;</title><description>A vote. &e9;</description></item>"
        path = write(tmp_path / "a.xml", f"{head}<rss><channel>{item}</channel></rss>")
        with pytest.raises(InputError, match="cannot be read as a feed"):
            rows(path)

    def test_memory_of_a_bomb(self, tmp_path: Path) -> None:
        """A process that may take little memory reads a line of 400 MB out of a file of 400 kB."""
        bomb = tmp_path / "bomb.csv.gz"
        with gzip.open(bomb, "wb", compresslevel=1) as stream:
            stream.write(b"text,n\n")
            for _ in range(100):
                stream.write(b"x" * 4_000_000)
            stream.write(b",1\nA vote.,2\n")
        assert self.outcomes_in_little_memory(bomb) == ["bad", "scored"]

    def test_memory_of_a_title_that_stands_in_every_row(self, tmp_path: Path) -> None:
        titles = pa.DictionaryArray.from_arrays(pa.array([0] * 900, pa.int32()), ["x" * 1_000_000])
        table = pa.table(
            {"text": ["A vote."] * 900, "title": titles.cast(pa.large_string()), "n": titles.cast(pa.large_string())}
        )
        assert self.outcomes_in_little_memory(write_table(tmp_path / "bomb.parquet", table)) == ["scored"] * 900

    def outcomes_in_little_memory(self, path: Path) -> list[str]:
        program = (
            "import resource, sys\n"
            "from biasscore.tables import Columns, Options, find_sources, plan_reading, read\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "columns = Columns(title='title', keep=('n',)) if sys.argv[1].endswith('parquet') else Columns()\n"
            "reading = plan_reading(find_sources([sys.argv[1]]), columns, Options(max_row_bytes=1 << 22))\n"
            "print(*[row.outcome for chunk in read(reading) for row in chunk.rows])\n"
            "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
        )
        done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
        outcomes, grown = done.stdout.splitlines()
        assert int(grown) < 150
        return outcomes.split()


def test_a_column_name_of_two_lines_is_told_on_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column 'text'.*a b, c") as told:
        rows(write(tmp_path / "a.csv", '"a\nb",c\nA vote.,2\n'))
    assert "\n" not in str(told.value)


class TestRichText:
    """Fonts and links of RTF are read before the library, whose patterns take the square of them."""

    GREEK = r"{\rtf1\ansi{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset161{\*\panose 02}Greek;}}\f1 \'e1\'e2 \f0 and \'e9.}"
    LINK = r'{\field{\*\fldinst{\rtlch HYPERLINK "https://a.example"}}{\fldrslt{\ul the vote}}}'

    def test_a_font_decides_on_its_characters_alone(self, tmp_path: Path) -> None:
        assert rows(write(tmp_path / "a.rtf", self.GREEK))[0].text == "αβ and é."

    def test_addresses_of_links_are_no_text(self, tmp_path: Path) -> None:
        (row,) = rows(write(tmp_path / "a.rtf", rf"{{\rtf1 See {self.LINK} and {self.LINK}.}}"))
        assert row.text == "See the vote and the vote."

    def test_braces_that_are_text_stay(self, tmp_path: Path) -> None:
        assert rows(write(tmp_path / "a.rtf", r"{\rtf1 A \{\field\{ of \\field{x}.}"))[0].text == "A {{ of \\fieldx."

    @pytest.mark.parametrize(
        "part",
        [
            r"{\f1\fnil Arial;}",
            r"{\f1\fcharset0 Arial}",
            r"\f1",
            r"{\field{\*\fldinst{ a",
            LINK[:45],
            LINK[:-3],
            LINK + " ",
        ],
    )
    @pytest.mark.parametrize("inside", [True, False])
    def test_time_is_linear(self, tmp_path: Path, part: str, inside: bool) -> None:
        """Were one search to take the square, it would not end in hours."""
        fonts = part * 100_000 if inside else ""
        text = "" if inside else part * 100_000
        assert rows(write(tmp_path / "a.rtf", rf"{{\rtf1{{\fonttbl{fonts}}} {text}}}"))

    @pytest.mark.parametrize("broken", [r"\uc", r"\u99999999", r"\pict\bin x", r"\u-99999"])
    def test_what_the_library_cannot_read_is_an_error_of_the_file(self, tmp_path: Path, broken: str) -> None:
        write(tmp_path / "b.rtf", r"{\rtf1 A vote.}")
        found = rows(write(tmp_path / "a.rtf", rf"{{\rtf1 A {broken} vote.}}"), tmp_path / "b.rtf")
        assert "not an RTF document" in str(found[0].error)
        assert found[1].text == "A vote."


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["idna", "punycode", "undefined", "utf-9"])
    @pytest.mark.parametrize("name", ["a.txt", "a.html", "a.csv"])
    def test_those_that_read_no_files(self, tmp_path: Path, encoding: str, name: str) -> None:
        with pytest.raises(InputError, match="unknown encoding"):
            rows(write(tmp_path / name, "text\nA vote.\n"), encoding=encoding)

    @pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_a_file_cut_within_a_character(self, tmp_path: Path, encoding: str, name: str) -> None:
        content = '{"text": "A vote."}\n'.encode(encoding)[:-3]
        with suppress(InputError):
            assert len(rows(write(tmp_path / name, content), encoding=encoding)) <= 1


def test_counts_add_up_by_construction() -> None:
    counts = Counts(3, 2, 1, 1, 4)
    assert counts.rows == sum(astuple(counts)[:4]) == 7
    assert str(counts) == "7 rows read: 3 scored, 2 empty, 1 bad, 1 skipped"
    assert str(counts + Counts(not_english=2)) == "7 rows read: 3 scored (2 not English), 2 empty, 1 bad, 1 skipped"

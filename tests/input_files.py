"""Small files of every input format, made from the same few articles."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

ARTICLES = [
    {
        "title": "Libraries close",
        "text": "The council voted on it.\n\nIt was absurd, she said, in May.",
        "outlet": "Courier",
    },
    {"title": "Road opens", "text": "The road was open to the vote.\n\nHe said it was.", "outlet": "Herald"},
    {"title": "Prize, won", "text": 'A nasty regime of "empty" warnings, it was.', "outlet": "Courier"},
]


def csv_bytes(delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ARTICLES[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(ARTICLES)
    return text.getvalue().encode()


def arrow_bytes() -> bytes:
    table, sink = pa.Table.from_pylist(ARTICLES), pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def parquet_bytes() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ARTICLES), stream)
    return stream.getvalue()


def rss_bytes() -> bytes:
    items = "".join(
        f"<item><title>{escape(a['title'])}</title><link>https://example.org/{i}</link><guid>{i}</guid>"
        f"<pubDate>4 Mar 2019</pubDate><content:encoded>{escape(_html(a['text']))}</content:encoded></item>"
        for i, a in enumerate(ARTICLES)
    )
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Courier</title>'
    return f"<?xml version='1.0' encoding='utf-8'?>{head}{items}</channel></rss>".encode()


def atom_bytes() -> bytes:
    entries = "".join(
        f"<entry><id>{i}</id><title>{escape(a['title'])}</title><link href='https://example.org/{i}'/>"
        f"<updated>2019-03-04</updated><author><name>Ann</name></author>"
        f"<content type='html'>{escape(_html(a['text']))}</content></entry>"
        for i, a in enumerate(ARTICLES)
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Courier</title>{entries}</feed>".encode()


def newsml_bytes() -> bytes:
    items = "".join(
        f"<newsItem guid='urn:{i}'><contentMeta><headline>{escape(a['title'])}</headline><by>Ann</by></contentMeta>"
        f"<contentSet><inlineXML><html><body>{_html(a['text'])}</body></html></inlineXML></contentSet></newsItem>"
        for i, a in enumerate(ARTICLES)
    )
    return f"<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><itemSet>{items}</itemSet></newsMessage>".encode()


def nexis_text() -> str:
    return "\n\n\n".join(
        f"{i} of 3 DOCUMENTS\n\n\n{' ' * 20}{a['outlet']}\n\nMarch {i}, 2019 Monday\n\nSECTION: NEWS; Pg. {i}\n\n"
        f"LENGTH: 12 words\n\nHEADLINE: {a['title']}\n\nBYLINE: Ann Lee\n\nBODY:\n\n{a['text']}\n\n"
        f"LOAD-DATE: March {i}, 2019\n\nLANGUAGE: ENGLISH\n\nCopyright 2019 {a['outlet']}\nAll Rights Reserved\n"
        for i, a in enumerate(ARTICLES, start=1)
    )


def nexis_uni_text() -> str:
    return "".join(
        f"{a['title']}\n{a['outlet']}\nMarch 4, 2019 Monday\nCopyright 2019 {a['outlet']} All Rights Reserved\n"
        f"Section: NEWS; Pg. 1\nLength: 12 words\nByline: Ann Lee\nBody\n\n{a['text']}\n\nClassification\n\n"
        "Language: ENGLISH\nLoad-Date: March 4, 2019\n\nEnd of Document\n\n"
        for a in ARTICLES
    )


NEXIS_COVER = """User Name: Ann Lee
Date and Time: Monday, June 1, 2020 3:09:00 PM EDT
Job Number: 113537402
Documents (3)
""" + "".join(
    f"{i}. {a['title']}\nClient/Matter: -None-\nSearch Terms: vote\nNarrowed by:\nContent Type\nNews\n"
    for i, a in enumerate(ARTICLES, start=1)
)
NEXIS_FOOT = "| About LexisNexis | Privacy Policy | Terms & Conditions | Copyright © 2020 LexisNexis\n"


def nexis_unnamed_text() -> str:
    """The layout that names neither the headline nor the text."""
    return "".join(
        f"{' ' * 30}{i} of 3 DOCUMENTS\n\n\n{' ' * 30}{a['outlet']}\n\n{' ' * 20}March {i}, 2019 Monday\n"
        f"{' ' * 20}Late Edition - Final\n\n{a['title'].replace(' ', chr(10))}\n\nBYLINE: Ann Lee\n\n"
        f"SECTION: Section A; National\nDesk; Pg. 1\n\nLENGTH: 12 words\n\nDATELINE: BOSTON\n\n{a['text']}\n\n"
        f"URL: https://example.org/{i}\n\nSUBJECT: LIBRARIES (90%)\n\nLOAD-DATE: March {i}, 2019\n\n"
        f"GRAPHIC: PHOTO: The mayor\n\n{' ' * 20}Copyright 2019 {a['outlet']}\n{' ' * 20}All Rights Reserved\n\n\n"
        for i, a in enumerate(ARTICLES, start=1)
    )


def proquest_text() -> str:
    rule = "_" * 60
    documents = f"\n{rule}\n\n".join(
        f"Document {i} of 3\n\n{a['title']}\n\nAuthor: Lee, Ann\n\nPublication info: {a['outlet']}; London 4 Mar 2019."
        f"\n\nhttps://example.org/{i}\n\nAbstract: None available.\n\nFull text: {a['text']}\n\nSubject: Voting\n\n"
        f"Title: {a['title']}\n\nPublication title: {a['outlet']}\n\nPublication date: Mar 4, 2019\n\n"
        f"ProQuest document ID: {1000 + i}\n"
        for i, a in enumerate(ARTICLES, start=1)
    )
    return f"{rule}\n\nReport Information from ProQuest\nMarch 04 2019\n\n{rule}\n\n{documents}\n{rule}\n\nContact us\n"


def factiva_bytes() -> bytes:
    articles = "".join(
        f'<div id="article-{i}" class="article"><div class="article enArticle"><div id="hd"><span class="enHeadline">'
        f'{html.escape(a["title"])}</span></div><div class="author">By Ann Lee</div><div>12 words</div>'
        f"<div>{i} March 2019</div><div>{a['outlet']}</div>"
        + "".join(
            f'<p class="articleParagraph enarticleParagraph">{html.escape(p)}</p>' for p in a["text"].split("\n\n")
        )
        + f"<p>Document HC{i}</p></div></div><br/>"
        for i, a in enumerate(ARTICLES, start=1)
    )
    return f"<!DOCTYPE html><html><head><title>Factiva</title></head><body>{articles}</body></html>".encode()


def factiva_indexed_bytes() -> bytes:
    """Each field in a cell beside its code."""
    articles = "".join(
        '<div class="article"><div class="article enArticle"><table>'
        + "".join(
            f'<tr><td class="index"><b>{code}</b>&nbsp;</td><td>{value}</td></tr>'
            for code, value in {
                "HD": f'<span class="enHeadline">{html.escape(a["title"])}</span>',
                "BY": "By Ann Lee",
                "WC": "12 words",
                "PD": f"{i} March 2019",
                "SN": a["outlet"],
                "LP": "".join(
                    f'<p class="articleParagraph enarticleParagraph">{html.escape(p)}</p>'
                    for p in a["text"].split("\n\n")
                ),
                "AN": f"Document HC{i}",
            }.items()
        )
        + "</table></div></div><br/>"
        for i, a in enumerate(ARTICLES, start=1)
    )
    return f"<html><body>{articles}</body></html>".encode()


def rtf_bytes(text: str) -> bytes:
    body = "".join(r"\par" + "\n" if char == "\n" else char for char in text.replace("\\", r"\\"))
    return (r"{\rtf1\ansi\ansicpg1252 " + body + "}").encode("cp1252")


def docx_bytes(text: str) -> bytes:
    import docx

    document, stream = docx.Document(), io.BytesIO()
    for line in text.split("\n"):
        document.add_paragraph(line)
    document.save(stream)
    return stream.getvalue()


def srt_bytes(text: str) -> bytes:
    return f"1\n00:00:01,000 --> 00:01:00,000\n{' '.join(text.split())}\n".encode()


def pdf_bytes(lines: list[str]) -> bytes:
    """A page of text, written by hand."""
    shown = "".join(f"({line.translate({40: chr(91), 41: chr(93)})}) Tj T* " for line in lines)
    content = f"BT /F1 12 Tf 72 720 Td 14 TL {shown}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    parts, places = [b"%PDF-1.4\n"], []
    for number, body in enumerate(objects, start=1):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = sum(map(len, parts))
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts.append(b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\n" % table)
    return b"".join([*parts, b"startxref\n%d\n%%%%EOF\n" % start])


def page_bytes() -> bytes:
    paragraphs = "".join(
        f"<p>{html.escape(a['text'])} The council said so again in the spring of the year.</p>" for a in ARTICLES
    )
    head = "<head><title>Libraries close | Courier</title><meta property='og:title' content='Libraries close'></head>"
    return f"<html>{head}<body><article><h1>Libraries close</h1>{paragraphs}</article></body></html>".encode()


def _html(text: str) -> str:
    return "".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in text.split("\n\n"))


MANY: dict[str, Callable[[], bytes]] = {
    "a.csv": csv_bytes,
    "semicolons.csv": lambda: csv_bytes(";"),
    "a.tsv": lambda: csv_bytes("\t"),
    "a.jsonl": lambda: "".join(f"{json.dumps(a)}\n" for a in ARTICLES).encode(),
    "lines.json": lambda: "".join(f"{json.dumps(a)}\n" for a in ARTICLES).encode(),
    "array.json": lambda: json.dumps(ARTICLES, indent=1).encode(),
    "answer.json": lambda: json.dumps({"status": "ok", "tags": [], "data": {"articles": ARTICLES}}).encode(),
    "a.parquet": parquet_bytes,
    "a.arrow": arrow_bytes,
    "rss.xml": rss_bytes,
    "atom.xml": atom_bytes,
    "newsml.xml": newsml_bytes,
    "factiva.html": factiva_bytes,
    "factiva_indexed.html": factiva_indexed_bytes,
    "nexis.txt": lambda: nexis_text().encode(),
    "nexis.rtf": lambda: rtf_bytes(nexis_text()),
    "nexis.docx": lambda: docx_bytes(nexis_text()),
    "nexis_unnamed.txt": lambda: nexis_unnamed_text().encode(),
    "nexis_unnamed.rtf": lambda: rtf_bytes(nexis_unnamed_text()),
    "uni_cover.txt": f"{NEXIS_COVER}{NEXIS_FOOT}{nexis_uni_text()}".encode,
    "uni_cover.docx": lambda: docx_bytes(f"{NEXIS_COVER}{nexis_uni_text()}"),
    "uni.txt": lambda: nexis_uni_text().encode(),
    "uni.docx": lambda: docx_bytes(nexis_uni_text()),
    "proquest.txt": lambda: proquest_text().encode(),
}
"""Files that hold ``ARTICLES``."""

ONE: dict[str, Callable[[], bytes]] = {
    "one.txt": ARTICLES[0]["text"].encode,
    "one.md": ARTICLES[0]["text"].encode,
    "one.rtf": lambda: rtf_bytes(ARTICLES[0]["text"]),
    "one.docx": lambda: docx_bytes(ARTICLES[0]["text"]),
    "one.pdf": lambda: pdf_bytes(ARTICLES[0]["text"].split("\n\n")),
    "one.srt": lambda: srt_bytes(ARTICLES[0]["text"]),
    "one.json": lambda: json.dumps(ARTICLES[0]).encode(),
    "one.html": page_bytes,
}
"""Files that hold one article."""

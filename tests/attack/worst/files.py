"""Files that are the worst for the readers. n counts rows, articles, elements, or characters of one line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from attack.worst.curve import Curve, Work, of_inputs
from biasscore.tables import Columns, Options, find_sources, plan_reading, read
from biasscore.tables.formats.page import PageText
from biasscore.tables.formats.structure import page_paragraphs

_NEXIS = "1 of 1 DOCUMENTS\n\n\n\nLENGTH: 5 words\n"
_PROQUEST = "____________________________________________________________\n"
_FACTIVA = '<div class="article"><div>1 March 2019</div><p class="articleParagraph">A vote.</p></div>'

ROWS: dict[str, Callable[[int], str]] = {
    "marks left open.csv": lambda n: "id,text,note\n" + 'x",,"y\n' * n,
    "marks that close each other.csv": lambda n: "id,text,note\n" + 'x","y\n' * n,
    "marks left open.tsv": lambda n: "id\ttext\tnote\n" + 'x"\t\t"y\n' * n,
    "plain rows.csv": lambda n: "id,text\n" + "1,A vote.\n" * n,
    "one row of many fields.csv": lambda n: "id,text\n1,A vote." + "," * n + "\n",
    "one field of many lines.csv": lambda n: 'id,text\n1,"' + "A vote.\n" * n + '"\n',
    "doubled marks.csv": lambda n: 'id,text\n1,"' + '""' * n + '"\n',
    "a mark left open before many rows.csv": lambda n: 'id,text\n1,"A\n' + "2,B\n" * n,
    "lines.jsonl": lambda n: '{"id": 1, "text": "A vote."}\n' * n,
    "broken lines.jsonl": lambda n: '{"text": "A."}\n' + '{"text": \n' * n,
    "half characters.jsonl": lambda n: '{"text": "' + "\\ud800" * n + '"}\n',
    "nested lists.jsonl": lambda n: '{"text": "A."}\n{"text": "A.", "more": ' + "[" * n + "]" * n + "}\n",
    "items.json": lambda n: json.dumps([{"id": 1, "text": "A vote."}] * n),
    "lists before the items.json": lambda n: '{"a": [' + "[]," * (20 * n) + '[]], "b": [{"text": "A vote."}]}',
}
ARTICLES: dict[str, Callable[[int], str]] = {
    "one headline.txt": lambda n: f"{_NEXIS}HEADLINE: A vote\n" + "and more of it\n" * n + "BODY: A vote.\n",
    "one copyright line.txt": lambda n: f"{_NEXIS}Copyright 2020 a{' ' * n}b\nBODY: A vote.\n",
    "blanks before the year.txt": lambda n: f"{_NEXIS}Copyright{' ' * n}(c){' ' * n}x\nBODY: A vote.\n",
    "copyright lines.txt": lambda n: f"{_NEXIS}LOAD-DATE: x\n" + "Copyright 2020 A\n" * n + "BODY: A vote.\n",
    "documents.txt": lambda n: f"{_NEXIS}BODY: A vote.\nEnd of Document\n" * n,
    "dates.txt": lambda n: f"{_NEXIS}{'1 May ' * n}\nBODY: A vote.\n",
    "blank lines.txt": lambda n: f"{_NEXIS}BODY: A vote.\n" + "\n" * n,
    "fields.txt": lambda n: _NEXIS + "SECTION: A\n\n" * n + "BODY: A vote.\n",
    "rules.txt": lambda n: f"Full text: A vote.\nProQuest document ID: 1\n{_PROQUEST}" * n,
    "one rule.txt": lambda n: f"Full text: A.\nProQuest document ID: 1\n{_PROQUEST}{' ' * n}{'_' * n}x\n",
    "fields of ProQuest.txt": lambda n: f"{_PROQUEST}Full text: A vote.\n" + "Title: A\nSubject: B; C\n" * n,
    "articles.html": lambda n: f"<html><body>{_FACTIVA * n}</body></html>",
    "one article.html": lambda n: _FACTIVA.replace("</div></div>", "</div>") + '<p class="articleParagraph">A.</p>' * n,
    "half an article.html": lambda n: f"{_FACTIVA}{'<div class=' * n}",
    "nested articles.html": lambda n: _FACTIVA.removesuffix("</div>") * n,
    "nested paragraphs.html": lambda n: _FACTIVA.removesuffix("</p></div>") + '<b><p class="articleParagraph">A ' * n,
    "items.xml": lambda n: f"<rss>{'<item><title>A</title><description>A vote.</description></item>' * n}</rss>",
    "one item.xml": lambda n: f"<rss><item>{'<description>A vote.</description>' * n}</item></rss>",
    "empty titles.xml": lambda n: f"<rss>{'<title> </title>' * n}<item><description>A.</description></item></rss>",
    "tags in a text.xml": lambda n: f"<rss><item><description>{'&lt;b&gt;a ' * n}</description></item></rss>",
    "entities.xml": lambda n: f"<rss><item><description>{'&amp;amp;' * n}</description></item></rss>",
    "groups.rtf": lambda n: "{\\rtf1 " + "{\\b A vote.}\\par " * n + "}",
    "nested groups.rtf": lambda n: "{\\rtf1 " + "{\\b a" * n + "}" * n + "}",
    "blanks.rtf": lambda n: "{\\rtf1 a" + " " * n + "b}",
    "characters.rtf": lambda n: "{\\rtf1 " + "\\'e4\\u228? " * n + "}",
}
PAGES: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda n: "<p>A vote.</p>" * n,
    "quotations": lambda n: "<blockquote>A vote.</blockquote>" * n,
    "captions": lambda n: "<figure><figcaption>A</figcaption></figure>" * n,
    "headings": lambda n: "<h2>A</h2>" * n,
    "headings above captions": lambda n: "<h2>A</h2>" + "<aside>A</aside>" * n,
    "pieces of one paragraph": lambda n: "<p>" + "<b>a</b> " * n,
    "a long class": lambda n: f'<p class="{"photo credit " * n}">A vote.</p>',
}

NESTED = (
    ("blockquote", ""),
    ("quote", ""),
    ("head", ""),
    ("div", "time"),
    ("span", "time"),
    ("article", ""),
    ("b", ""),
)
"""Elements within each other, deeper than any parser lets a page be."""


def curves() -> Iterator[Curve]:
    """Each file, read as the command reads it."""
    # Of a table, so much that the lines which may be read again for nothing are a small part of it.
    for sizes, n in ((ROWS, 1_000), (ARTICLES, 200)):
        for name, content in sizes.items():
            yield Curve("readers", name, partial(_reading, Path(name).suffix, content), n)
    yield Curve("readers", "paragraphs.docx", partial(_reading, ".docx", _docx), 40)
    yield from of_inputs("readers", _structured, {f"page of {name}": _tree(page) for name, page in PAGES.items()}, 150)
    nested = {
        f"page of nested {tag} {attribute}".rstrip(): partial(_nested, tag, attribute) for tag, attribute in NESTED
    }
    yield from of_inputs("readers", _structured, nested, 150)


def _reading(suffix: str, content: Callable[[int], str | bytes], n: int, folder: Path) -> Work:
    path = folder / f"{n}{suffix}"
    found = content(n)
    path.write_bytes(found if isinstance(found, bytes) else found.encode())
    return partial(_read, path)


def _read(path: Path) -> None:
    plan = plan_reading(find_sources([str(path)]), Columns(text="text"), Options())
    assert sum(len(chunk.rows) for chunk in read(plan))


def _docx(n: int) -> bytes:
    import docx

    found, stream = docx.Document(), io.BytesIO()
    for _ in range(n):
        found.add_paragraph("A vote.")
    found.save(stream)
    return stream.getvalue()


def _tree(page: Callable[[int], str]) -> Callable[[int], Any]:
    from lxml import etree

    return lambda n: etree.HTML(f"<html><body>{page(n)}</body></html>", etree.HTMLParser(huge_tree=True))


def _nested(tag: str, name: str, n: int) -> Any:
    from lxml import etree

    tree = node = etree.Element("body")
    for _ in range(n):
        node = etree.SubElement(node, tag, {"class": name} if name else {})
        node.text = "A "
    return tree


def _structured(tree: Any) -> None:
    """A page as its structure tells it, merged with what an extractor made of it: here, the page itself."""
    PageText(tree, page_paragraphs(tree))

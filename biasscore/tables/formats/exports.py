"""Exports of news databases: Nexis and ProQuest as text of many documents, Factiva as a page of many articles.

Each is a function from lines (or a page's elements) to articles with title, date, outlet, byline; the text between an
article's first and last line is not edited. Nexis and ProQuest come as TXT, RTF and DOCX alike: ``texts`` calls
``recognise`` for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from biasscore.tables.formats.base import Raw

Splitter: TypeAlias = Callable[[Iterable[str], int], Iterator[Raw]]
"""From lines, and the most characters that one document may have."""

_Document: TypeAlias = list[str] | None

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b(?:(?:{_MONTHS}) \d{{1,2}}, \d{{4}}|\d{{1,2}} (?:{_MONTHS}) \d{{4}}|\d{{4}}-\d\d-\d\d)\b")

_NUMBERED = re.compile(r"^\s*\d+ of \d+ DOCUMENTS\s*$")
_ENDED = re.compile(r"^\s*End of Document\s*$")
_NEXIS_FIELD = re.compile(
    r"^\s*(?P<name>SECTION|LENGTH|HEADLINE|BYLINE|DATELINE|BODY|HIGHLIGHT|SOURCE|SERIES|ABSTRACT|GRAPHIC|"
    r"LOAD-DATE|LANGUAGE|SUBJECT|PUBLICATION-TYPE|DOCUMENT-TYPE|JOURNAL-CODE|CORRECTION-DATE|CORRECTION|NOTES|TYPE|"
    r"ORGANIZATION|PERSON|GEOGRAPHIC|COMPANY|TICKER|INDUSTRY|CITY|STATE|COUNTRY|"
    r"Section|Length|Byline|Dateline|Highlight|Body|Classification|Graphic|Load-Date|Notes|"
    r"Correction-Date|Correction)"
    r"(?::(?P<value>.*)|\s*)$"
)
_BODY_ENDS = frozenset(
    "GRAPHIC LOAD-DATE LANGUAGE SUBJECT PUBLICATION-TYPE DOCUMENT-TYPE JOURNAL-CODE CORRECTION-DATE CORRECTION NOTES "
    "TYPE ORGANIZATION PERSON GEOGRAPHIC COMPANY TICKER INDUSTRY CITY STATE COUNTRY CLASSIFICATION".split()
)
_CLASSIFICATION = "Classification"
"""The bare name that all other fields stand below."""
_COPYRIGHT = re.compile(r"^\s*(?:Copyright|©)\s+(?:\(c\)\s*)?(?:©\s*)?\d{4}\s(?P<owner>.*)$")
_RIGHTS = re.compile(r"\s*All rights reserved\.?\s*$", re.IGNORECASE)
_TAIL = 12
"""Lines at the end of a document that tell whether a copyright line begins the next."""
_LINE = 50
"""What a line takes in memory beside its characters: a document of blank lines has to end, too."""

_RULE = re.compile(r"^\s*_{20,}\s*$")
_PROQUEST_NAMES = (
    *("Title", "Author", "Publication title", "Publication date", "Publication info", "Publication year", "Full text"),
    *("Abstract", "Document URL", "ProQuest document ID", "Copyright", "Last updated", "Database", "Links", "Subject"),
    *("Location", "People", "Company / organization", "Section", "Pages", "Page", "Place of publication", "Publisher"),
    *("Country of publication", "ISSN", "Source type", "Language of publication", "Document type", "Dateline"),
    *("Publication subject", "Identifier / keyword", "Column", "First page", "Issue", "Volume", "Number of pages"),
    *("Credit", "Illustration", "Year"),
)
_PROQUEST_FIELD = re.compile(rf"^(?P<name>{'|'.join(map(re.escape, _PROQUEST_NAMES))}):(?P<value>.*)$")
_PROQUEST_ENDS = frozenset(name.upper() for name in _PROQUEST_NAMES)


def recognise(head: str) -> Splitter | None:
    """How to cut a text that begins like this into articles; None for a text that is one article."""
    lines = head.splitlines()
    names = {match["name"].upper() for line in lines if (match := _NEXIS_FIELD.match(line))}
    numbered = any(_NUMBERED.match(line) for line in lines)
    if {"LENGTH", "BODY"} <= names or (numbered and names & {"LENGTH", "BODY"}):
        return nexis
    fields = {match["name"] for line in lines if (match := _PROQUEST_FIELD.match(line))}
    if "Full text" in fields and ("ProQuest document ID" in fields or any(_RULE.match(line) for line in lines)):
        return proquest
    return None


def nexis(lines: Iterable[str], limit: int) -> Iterator[Raw]:
    """Documents of a Nexis or Lexis export."""
    for document in _cut(lines, _nexis_begins, _ENDED, limit):
        yield _nexis_document(document) if document is not None else _too_long(limit)


def proquest(lines: Iterable[str], limit: int) -> Iterator[Raw]:
    """Documents of a ProQuest export, which lines of underscores keep apart."""
    for document in _cut(lines, lambda line, _: bool(_RULE.match(line)), None, limit):
        yield _proquest_document(document) if document is not None else _too_long(limit)


def _too_long(limit: int) -> Raw:
    return Raw(
        problem=f"the document has more than {limit:,} characters; raise --max-row-bytes (in Python: max_row_bytes)"
    )


def _cut(
    lines: Iterable[str], begins: Callable[[str, list[str]], bool], ends: re.Pattern[str] | None, limit: int
) -> Iterator[_Document]:
    """Documents as lists of lines, None for one that is too long; those without a word are none."""
    document: list[str] = []
    size = 0
    for line in lines:
        if begins(line, document):
            if any(map(str.strip, document)):
                yield document if size <= limit else None
            document, size = [], 0
        if ends and ends.match(line):
            yield document if size <= limit else None
            document, size = [], 0
        elif not _NUMBERED.match(line) and not _RULE.match(line):
            size += len(line) + _LINE
            document.append(line)
            if size > limit:
                del document[:-_TAIL]  # of what is too long, only its last lines tell where the next begins
    if any(map(str.strip, document)):
        yield document if size <= limit else None


def _nexis_begins(line: str, document: list[str]) -> bool:
    """A numbered document; or, where none is numbered, a copyright line after the last line of another."""
    if _NUMBERED.match(line):
        return True
    if not _COPYRIGHT.match(line):
        return False
    tail = "".join(document[-_TAIL:]).upper()
    return "LOAD-DATE:" in tail and "BODY" not in tail


def _nexis_document(lines: list[str]) -> Raw:
    head, fields, body = _parts(lines, _NEXIS_FIELD, "BODY", _BODY_ENDS)
    if body is None:
        return Raw(
            problem=f"this part of the file is not an article (it begins with {_begin(lines)!r})", lack="skipped"
        )
    owners = (match["owner"] for line in head if (match := _COPYRIGHT.match(line)))
    owner = _RIGHTS.sub("", next(owners, "")) or None
    named = [line for line in head if not _COPYRIGHT.match(line) and not _RIGHTS.match(line)]
    # The old layout names the headline; the new one begins with it, and the outlet follows. A headline may hold a date.
    title = fields.get("HEADLINE") or (named.pop(0) if named and "HEADLINE" not in fields else None)
    values = {
        "text": body,
        "title": title,
        "outlet": next((line for line in named if not _DATE.search(line)), owner),
        "date": next((match[0] for line in named if (match := _DATE.search(line))), None),
        "byline": fields.get("BYLINE"),
    }
    return Raw(values)


def _proquest_document(lines: list[str]) -> Raw:
    head, fields, body = _parts(lines, _PROQUEST_FIELD, "FULL TEXT", _PROQUEST_ENDS)
    if body is None:
        return Raw(
            problem=f"this part of the file is not an article (it begins with {_begin(lines)!r})", lack="skipped"
        )
    titles = [line for line in head if not re.match(r"^(?:Document )?\d+ of \d+$", line)]
    values = {
        "text": body,
        "title": fields.get("TITLE") or (titles[0] if titles else None),
        "outlet": fields.get("PUBLICATION TITLE") or fields.get("PUBLICATION INFO", "").partition(";")[0] or None,
        "date": fields.get("PUBLICATION DATE"),
        "byline": fields.get("AUTHOR"),
        "url": fields.get("DOCUMENT URL"),
        "id": fields.get("PROQUEST DOCUMENT ID"),
    }
    return Raw(values)


def _parts(
    lines: list[str], field: re.Pattern[str], body_name: str, ends: frozenset[str]
) -> tuple[list[str], dict[str, str], str | None]:
    """The lines above the first field, the fields, and the body as it stands (None where there is none)."""
    head: list[str] = []
    fields: dict[str, list[str]] = {}
    body: list[str] | None = None
    name: str | None = None
    for i, line in enumerate(lines):
        found = field.match(line)
        here = found["name"].upper() if found else None
        if body is not None and name == body_name and not (here in ends and _is_field(lines, i, field)):
            body.append(line)
        elif found and here == body_name and body is None:
            value = found["value"] or ""
            name, body = here, [value + "\n"] if value.strip() else []
        elif found and here:
            name = here
            value = (found["value"] or "").strip()
            fields.setdefault(name, [value] if value else [])
        elif name is None and line.strip():
            head.append(" ".join(line.split()))
        elif name is not None and not line.strip():
            name = "" if fields.get(name) else name
        elif name and name != body_name:
            fields.setdefault(name, []).append(line.strip())
    joined = {name: " ".join(lines) for name, lines in fields.items()}
    return head, joined, None if body is None else "".join(body).strip()


def _is_field(lines: list[str], i: int, field: re.Pattern[str]) -> bool:
    """Whether line ``i`` begins a field, and is no line of the text that reads like a bare name, such as Notes or CITY.

    Below a bare name stands one paragraph at most, and then the next field.
    """
    if not _is_bare(field.match(lines[i])):
        return True
    n_paragraphs, is_inside = 0, False
    for k in range(i + 1, len(lines)):
        found = field.match(lines[k])
        if found and not (_is_bare(found) and found["name"].isupper()):
            return not lines[i].isupper()
        n_paragraphs += bool(lines[k].strip()) and not is_inside
        is_inside = bool(lines[k].strip())
        if n_paragraphs > 1:
            return False
    return False


def _is_bare(found: re.Match[str] | None) -> bool:
    return found is not None and found["value"] is None and found["name"] != _CLASSIFICATION


def _begin(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())[:40]

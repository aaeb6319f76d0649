"""Exports of news databases: Nexis and ProQuest as text of many documents, Factiva as a page of many articles.

Each is a function from lines (or a page's elements) to articles with title, date, outlet, byline; the text between an
article's first and last line is not edited. Nexis and ProQuest come as TXT, RTF and DOCX alike: ``texts`` calls
``recognise`` for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from typing import TypeAlias

from biasscore.tables.formats.base import Raw
from biasscore.tables.streams import RAISE_LIMIT

Splitter: TypeAlias = Callable[[Iterable[str], int], Iterator[Raw]]
"""From lines, and the most characters that one document may have."""

_Document: TypeAlias = list[str] | None

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b(?:(?:{_MONTHS}) \d{{1,2}}, \d{{4}}|\d{{1,2}} (?:{_MONTHS}) \d{{4}}|\d{{4}}-\d\d-\d\d)\b")

_NUMBERED = re.compile(r"^\s*\d+ of \d+ DOCUMENTS?\s*$")
_ENDED = re.compile(r"^\s*End of Document\s*$")
_NEXIS_FIELD = re.compile(
    r"^\s*(?P<name>SECTION|LENGTH|HEADLINE|BYLINE|DATELINE|BODY|HIGHLIGHT|SOURCE|SERIES|ABSTRACT|GRAPHIC|"
    r"LOAD-DATE|LANGUAGE|SUBJECT|PUBLICATION-TYPE|DOCUMENT-TYPE|JOURNAL-CODE|CORRECTION-DATE|CORRECTION|NOTES|TYPE|"
    r"ORGANIZATION|PERSON|GEOGRAPHIC|COMPANY|TICKER|INDUSTRY|CITY|STATE|COUNTRY|URL|"
    r"Section|Length|Byline|Dateline|Highlight|Body|Classification|Graphic|Load-Date|Notes|"
    r"Correction-Date|Correction)"
    r"(?::(?P<value>.*)|\s*)$"
)
_BODY_ENDS = frozenset(
    "GRAPHIC LOAD-DATE LANGUAGE SUBJECT PUBLICATION-TYPE DOCUMENT-TYPE JOURNAL-CODE CORRECTION-DATE CORRECTION NOTES "
    "TYPE ORGANIZATION PERSON GEOGRAPHIC COMPANY TICKER INDUSTRY CITY STATE COUNTRY URL CLASSIFICATION".split()
)
_LONG = frozenset(("Graphic", "Notes", "Correction", "GRAPHIC:", "CORRECTION:"))
"""As they are written: fields below the text that may hold several paragraphs."""
_CAPTION = re.compile(
    r"^\s*(?:photo|photograph|picture|image|drawing|illustration|chart|graphic|map|cartoon)s?(?:\s*\d+)?\s*(?:[:;,(]|$)",
    re.IGNORECASE,
)
_CLASSIFICATION = "Classification"
"""The bare name that all other fields stand below."""
_EDITION = re.compile(r"\bEdition\b|^Correction Appended$", re.IGNORECASE)
_COVER = re.compile(r"^\s*(?:User Name|Job Number):")
_NUMBER = re.compile(r"^\d+\.\s+")
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
    *("Credit", "Illustration", "Year", "Business indexing term"),
)
_PROQUEST_FIELD = re.compile(rf"^(?P<name>{'|'.join(map(re.escape, _PROQUEST_NAMES))}):(?P<value>.*)$")
_PROQUEST_ENDS = frozenset(name.upper() for name in _PROQUEST_NAMES)

_FACTIVA_ENDS = re.compile(r"^[^\S\n]*Document (?=\w{0,20}\d{6})[A-Z]{2}\w{6,40}[^\S\n]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a database writes a document.

    Attributes:
        field: matches a line that begins a field.
        body: name of the field that holds the text.
        ends: names of the fields that may follow the text.
        sure: those of them that no text has a line of.
        long: those of them that may hold several paragraphs, as they are written, with the colon if they have one.
    """

    field: re.Pattern[str]
    body: str
    ends: frozenset[str]
    sure: frozenset[str]
    long: frozenset[str] = frozenset()


_NEXIS = _Layout(
    _NEXIS_FIELD,
    "BODY",
    _BODY_ENDS,
    frozenset("LOAD-DATE PUBLICATION-TYPE DOCUMENT-TYPE JOURNAL-CODE CORRECTION-DATE CLASSIFICATION".split()),
    _LONG,
)
_PROQUEST = _Layout(
    _PROQUEST_FIELD,
    "FULL TEXT",
    _PROQUEST_ENDS,
    frozenset(("SOURCE TYPE", "LANGUAGE OF PUBLICATION", "DOCUMENT TYPE", "PROQUEST DOCUMENT ID", "DOCUMENT URL")),
)


def recognise(head: str) -> Splitter | None:
    """How to cut a text that begins like this into articles; None for a text that is one article."""
    lines = head.splitlines()
    names = {match["name"].upper() for line in lines if (match := _NEXIS_FIELD.match(line))}
    numbered = any(_NUMBERED.match(line) for line in lines)
    # A cover page may be longer than what is looked at.
    covered = len({match[0] for line in lines if (match := _COVER.match(line))}) > 1
    if {"LENGTH", "BODY"} <= names or (numbered and names & {"LENGTH", "BODY"}) or covered:
        return nexis
    fields = {match["name"] for line in lines if (match := _PROQUEST_FIELD.match(line))}
    if "Full text" in fields and ("ProQuest document ID" in fields or any(_RULE.match(line) for line in lines)):
        return proquest
    return None


def note_on(text: str) -> str | None:
    """What a reader of the score should know about a text that is read as one article."""
    number = len(_FACTIVA_ENDS.findall(text))
    if number < 2:
        return None
    return f"this looks like a Factiva export of {number} articles, but is read as one; export from Factiva as HTML"


def nexis(lines: Iterable[str], limit: int) -> Iterator[Raw]:
    """Documents of a Nexis or Lexis export."""
    for document in _cut(lines, _nexis_begins(), _ENDED, limit):
        yield _nexis_document(document) if document is not None else _too_long(limit)


def proquest(lines: Iterable[str], limit: int) -> Iterator[Raw]:
    """Documents of a ProQuest export, which lines of underscores keep apart."""
    for document in _cut(lines, lambda line, _: bool(_RULE.match(line)), None, limit):
        yield _proquest_document(document) if document is not None else _too_long(limit)


def _too_long(limit: int) -> Raw:
    return Raw(problem=f"the document has more than {limit:,} characters; {RAISE_LIMIT}")


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


def _nexis_begins() -> Callable[[str, list[str]], bool]:
    """Numbered lines begin documents; where none is numbered, copyright lines do, after the last line of another."""
    is_numbered = False

    def begins(line: str, document: list[str]) -> bool:
        nonlocal is_numbered
        if _NUMBERED.match(line):
            is_numbered = True
            return True
        if is_numbered or not _COPYRIGHT.match(line):
            return False
        tail = "".join(document[-_TAIL:]).upper()
        return "LOAD-DATE:" in tail and "BODY" not in tail

    return begins


def _nexis_document(lines: list[str]) -> Raw:
    lines = lines[_cover(lines) :]
    head, fields, body = _parts(lines, _NEXIS)
    if body is None:
        return _no_article(lines)
    owners = (match["owner"] for line in head if (match := _COPYRIGHT.match(line)))
    owner = _RIGHTS.sub("", next(owners, "")) or None
    named = [line for line in head if not _COPYRIGHT.match(line) and not _RIGHTS.match(line)]
    title = fields.get("HEADLINE")
    if title is None and any(line.lstrip().startswith("LENGTH:") for line in lines):
        title = _headline(named)
    elif title is None:  # the new layout begins with it; a headline may hold a date
        title = next(filter(None, named), None)
        named = named[named.index(title) + 1 :] if title else []
    values = {
        "text": body,
        "title": title,
        "outlet": next((line for line in named if line and not _DATE.search(line)), owner),
        "date": next((match[0] for line in named if (match := _DATE.search(line))), None),
        "byline": fields.get("BYLINE"),
        "url": fields.get("URL"),
    }
    return Raw(values)


def _headline(head: Sequence[str]) -> str | None:
    """The headline of the old layout where it has no name: what stands below the paragraph of the date."""
    from_date = dropwhile(lambda line: not _DATE.search(line), head)
    return " ".join(line for line in dropwhile(bool, from_date) if line and not _EDITION.search(line)) or None


def _cover(lines: list[str]) -> int:
    """Lines of the export's cover page that stand above its first article."""
    if not any(map(_COVER.match, lines)):
        return 0
    plain = [" ".join(line.split()) for line in lines]
    head = plain[: next((i for i, line in enumerate(plain) if line.upper().startswith("LENGTH:")), 0)]
    foot = [i + 1 for i, line in enumerate(head) if "| About LexisNexis |" in line]
    # Some formats hold the foot of the page elsewhere; then the article begins with a title that the page lists.
    listed = {
        _NUMBER.sub("", title) for title, line in pairwise(filter(None, head)) if line.startswith("Client/Matter:")
    }
    begins = foot or [i for i, line in enumerate(head) if line in listed]
    return begins[-1] if begins else 0


def _proquest_document(lines: list[str]) -> Raw:
    head, fields, body = _parts(lines, _PROQUEST)
    if body is None:
        return _no_article(lines)
    titles = [line for line in head if line and not re.match(r"^(?:Document )?\d+ of \d+$", line)]
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


def _no_article(lines: list[str]) -> Raw:
    return Raw(problem=f"this part of the file is not an article (it begins with {_begin(lines)!r})", lack="skipped")


def _parts(lines: list[str], layout: _Layout) -> tuple[list[str], dict[str, str], str | None]:
    """The lines above the first field, the fields, and the body as it stands (None where there is none)."""
    for name, line in enumerate(lines):
        found = layout.field.match(line)
        if found and found["name"].upper() == layout.body:
            end = _end_of_text(lines, name + 1, layout)
            body = "".join([f"{found['value'] or ''}\n", *lines[name + 1 : end]])
            return *_fields([*lines[:name], *lines[end:]], layout), body.strip()
    start = _start_of_text(lines, layout)
    if start is None:
        return *_fields(lines, layout), None
    end = _end_of_text(lines, start, layout)
    return *_fields([*lines[:start], *lines[end:]], layout), "".join(lines[start:end]).strip()


def _fields(lines: list[str], layout: _Layout) -> tuple[list[str], dict[str, str]]:
    """The lines above the first field, blank ones as "", and the fields."""
    head: list[str] = []
    fields: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in lines:
        words = " ".join(line.split())
        if found := layout.field.match(line):
            value = " ".join((found["value"] or "").split())
            values = [value] if value else []
            fields.setdefault(found["name"].upper(), values)
        elif values is None:
            head.append(words)
        elif words:
            values.append(words)
        elif values:
            values = []  # what follows a blank line belongs to no field
    return head, {name: " ".join(values) for name, values in fields.items()}


def _start_of_text(lines: list[str], layout: _Layout) -> int | None:
    """Where the text begins in the old layout of Nexis, which has no name for it: below LENGTH and the next fields."""
    names: set[str] = set()
    is_inside = False
    for i, line in enumerate(lines):
        if found := layout.field.match(line):
            names.add(found["name"].upper())
            is_inside = True
        elif not line.strip():
            is_inside = False
        elif "LENGTH" in names and not is_inside:
            return None if names & layout.ends else i
    return None


def _end_of_text(lines: list[str], start: int, layout: _Layout) -> int:
    """Where the text ends that begins at line ``start``: above the fields that follow it.

    A line of the text may read like a field, too, such as Notes or SUBJECT: X. But most fields that follow the text
    hold one paragraph at most. Those that may hold more stand above a sure field, and hold no more than the text does,
    captions aside. Below a name that stands alone on its line there is another field.
    """
    end = next((i for i in range(start, len(lines)) if _is_sure(lines[i], layout)), len(lines))
    has_sure = is_above_field = end < len(lines)
    begins = [i for i in range(start, end) if _has_words(lines[i]) and (i == start or not _has_words(lines[i - 1]))]
    n_below = 0  # paragraphs between this line and the next field, without captions
    for i in range(end - 1, start - 1, -1):
        is_first = bool(begins) and begins[-1] == i
        if is_first:
            begins.pop()
        found = layout.field.match(lines[i])
        is_bare = found is not None and found["value"] is None
        if not found or found["name"].upper() not in layout.ends or (is_bare and found["name"].isupper()):
            n_below += is_first and not _CAPTION.match(lines[i])
            continue
        goes_on = i + 1 < len(lines) and _has_words(lines[i + 1])
        is_apart = not is_bare or (is_first and not goes_on)
        is_long = has_sure and is_apart and found["name"] + ("" if is_bare else ":") in layout.long
        n_held = n_below + (goes_on or bool((found["value"] or "").strip()))
        if n_held > max(1, len(begins) * is_long) or (is_bare and not is_above_field):
            break
        end, is_above_field, n_below = i, True, 0
    return end


def _has_words(line: str) -> bool:
    """Whether a line is one of a paragraph."""
    return bool(line.strip()) and not _COPYRIGHT.match(line) and not _RIGHTS.match(line)


def _is_sure(line: str, layout: _Layout) -> bool:
    found = layout.field.match(line)
    if not found or found["name"].upper() not in layout.sure:
        return False
    return found["value"] is not None or found["name"] == _CLASSIFICATION


def _begin(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())[:40]

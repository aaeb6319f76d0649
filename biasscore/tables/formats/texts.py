"""Files of running text: plain text, Markdown, RTF, DOCX, PDF, subtitles. One article each, or an export of many."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TextIO, TypeAlias

import pyarrow as pa

from biasscore.errors import MissingExtraError
from biasscore.tables.formats import exports, rtf, subtitles
from biasscore.tables.formats.base import FormatReader, Options, Raw, article, article_fields, articles, in_time
from biasscore.tables.records import Chunk, Columns
from biasscore.tables.streams import RAISE_LIMIT, InputFile, check_encoding, open_text, read_whole

_HEAD = 1 << 16
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FOR_OLDER = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DOCX_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Paragraphs have their turn; tabs in properties are stops; what was moved away stands in its new place.
_DOCX_UNSEEN = frozenset(("p", "pPr", "moveFrom"))

_TextOf: TypeAlias = Callable[[bytes, Options], str | Raw]
"""From the bytes of a document to its text, or to what is wrong with it."""


def text_chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """One row of the file's characters as they are, carriage returns included; or the articles of an export."""
    with open_text(source, options.encoding) as (text, opened):
        head = text.read(_HEAD)
        split = exports.recognise(head)
        if split is not None:
            found = split(_lines(head, text, options), options.max_row_bytes)
            yield from articles(found, source, columns, options, lambda: opened.position)
            return
        rest = text.read(options.max_chars + 1 - len(head)) if len(head) == _HEAD else ""
    yield from article(_one(head + rest), source, columns, options)


def subtitle_chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
    """What is said in a file of subtitles, as one article."""
    with open_text(source, options.encoding) as (text, _opened):
        found = text.read(options.max_row_bytes + 1)
    raw = _too_large(options) if len(found) > options.max_row_bytes else _said(found)
    yield from article(raw, source, columns, options)


def _said(found: str) -> Raw:
    try:
        text = subtitles.text_of(found)
    except ValueError as problem:
        return Raw(problem=f"the file holds no subtitles that can be read: {problem}; save the file again as SRT")
    return Raw({"text": text}) if text else Raw(problem="the subtitles have no words", lack="empty")


def export_chunks(split: exports.Splitter) -> Callable[[InputFile, Columns, Options, int], Iterator[Chunk]]:
    """The rows of an export that was named, in a text, RTF or DOCX file."""

    def chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
        whole = _OF_SUFFIX.get(f".{source.path.lower().rpartition('.')[2]}")
        if whole is not None:
            text = _whole_text(whole, source, options)
            found = (
                iter([text]) if isinstance(text, Raw) else split(text.splitlines(keepends=True), options.max_row_bytes)
            )
            yield from articles(found, source, columns, options)
            return
        with open_text(source, options.encoding) as (lines, opened):
            found = split(_lines("", lines, options), options.max_row_bytes)
            yield from articles(found, source, columns, options, lambda: opened.position)

    return chunks


def _lines(head: str, text: TextIO, options: Options) -> Iterator[str]:
    """Lines, each ending as it does in the file; what was read already comes first."""
    started = head.splitlines(keepends=True)
    last = started.pop() if started else ""
    rest = iter(lambda: text.readline(options.max_row_bytes), "")
    # The last line may be whole already.
    return chain(started, (last + next(rest, "")).splitlines(keepends=True), rest)


def _one(text: str) -> Raw:
    return Raw({"text": text}, note=exports.note_on(text)) if text else Raw(problem="the file is empty", lack="empty")


def _whole_text(text_of: _TextOf, source: InputFile, options: Options) -> str | Raw:
    """The text of a file that is one document, or why there is none."""
    found = read_whole(source, options.max_row_bytes)
    return _too_large(options) if found is None else in_time(lambda: text_of(found, options))


def _whole_chunks(text_of: _TextOf) -> Callable[[InputFile, Columns, Options, int], Iterator[Chunk]]:
    def chunks(source: InputFile, columns: Columns, options: Options, _: int) -> Iterator[Chunk]:
        text = _whole_text(text_of, source, options)
        split = None if isinstance(text, Raw) else exports.recognise(text[:_HEAD])
        if split is not None and isinstance(text, str):
            yield from articles(split(text.splitlines(keepends=True), options.max_row_bytes), source, columns, options)
        else:
            yield from article(text if isinstance(text, Raw) else _one(text), source, columns, options)

    return chunks


def _rtf(found: bytes, options: Options) -> str | Raw:
    check_encoding(options.encoding)
    if not found.lstrip().startswith(b"{\\rtf"):
        return Raw(problem="the file is not an RTF document; save the file again as RTF")
    encoding = options.encoding or "cp1252"
    try:
        return rtf.text_of(found.decode(encoding, "replace"), encoding)
    except (ValueError, LookupError, TypeError, OverflowError) as problem:
        return Raw(problem=f"the file is not an RTF document ({_line(problem)}); save the file again as RTF")


def _docx(found: bytes, options: Options) -> str | Raw:
    try:
        import docx
    except ImportError:
        raise MissingExtraError("python-docx", "inputs") from None
    try:
        with zipfile.ZipFile(io.BytesIO(found)) as parts:
            # All of them: the library unpacks every part that another refers to, whatever it is called.
            if sum(part.file_size for part in parts.infolist()) > options.max_row_bytes:
                return _too_large(options)
        document = docx.Document(io.BytesIO(found))
        return "\n\n".join(filter(str.strip, _docx_paragraphs(document.element.body)))
    except Exception as problem:
        return Raw(problem=f"the file is not a DOCX document ({_line(problem)}); save the file again as DOCX")


def _docx_paragraphs(body: Any) -> Iterator[str]:
    """Every paragraph as a reader sees it, those of tables, content controls and text boxes too."""
    for paragraph in body.iter(f"{_WORD}p"):
        # Text boxes are written twice, once for older programs.
        if next(paragraph.iterancestors(_FOR_OLDER), None) is None:
            yield "".join(_docx_words(paragraph))


def _docx_words(element: Any) -> Iterator[str]:
    """What stands in an element, tracked insertions included, without the paragraphs inside it."""
    for part in element:
        name = part.tag.removeprefix(_WORD) if isinstance(part.tag, str) else ""
        if name == "t":
            yield part.text or ""
        elif name in _DOCX_CHARACTERS:
            yield _DOCX_CHARACTERS[name]
        elif name not in _DOCX_UNSEEN:
            yield from _docx_words(part)


def _pdf(found: bytes, _: Options) -> str | Raw:
    try:
        import pypdf
    except ImportError:
        raise MissingExtraError("pypdf", "inputs") from None
    try:
        document = pypdf.PdfReader(io.BytesIO(found))
        if document.is_encrypted and not document.decrypt(""):
            return Raw(problem="the PDF needs a password; save the PDF without a password")
        text = _joined(filter(None, (page.extract_text().strip() for page in document.pages)))
    except Exception as problem:
        return Raw(problem=f"the PDF cannot be read ({_line(problem)}); save the file again as PDF")
    return text or Raw(problem="the PDF has no text layer; first run text recognition (OCR) on the PDF", lack="empty")


def _joined(pages: Iterable[str]) -> str:
    """Pages as paragraphs, but that one which begins in the middle of a sentence goes on in the paragraph above."""
    text = ""
    for page in pages:
        goes_on = page[0].islower() or text.endswith(",")
        text += f"{(chr(10) if goes_on else chr(10) * 2) if text else ''}{page}"
    return text


def _too_large(options: Options) -> Raw:
    return Raw(problem=f"the file has more than {options.max_row_bytes:,} bytes; {RAISE_LIMIT}")


def _line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__


def _only_text(_: InputFile, __: Options, ___: str) -> pa.Schema:
    return pa.schema([("text", pa.string())])


def _text_fields(source: InputFile, options: Options, text: str) -> pa.Schema:
    """The text alone; of an export all that an article may have."""
    alone = source.is_pipe or _rows_of_text(source, options) == 1
    return _only_text(source, options, text) if alone else article_fields(source, options, text)


def _rows_of_text(source: InputFile, options: Options) -> int | None:
    """One, but for an export, whose documents have to be counted, and a pipe, which can be read once."""
    if source.is_pipe:
        return None
    with open_text(source, options.encoding) as (text, _):
        return None if exports.recognise(text.read(_HEAD)) else 1


_OF_SUFFIX: dict[str, _TextOf] = {".rtf": _rtf, ".docx": _docx}

TEXT = FormatReader((".txt", ".md"), _text_fields, text_chunks, _rows_of_text, streamed=True, holds_articles=True)
RTF = FormatReader((".rtf",), article_fields, _whole_chunks(_rtf), holds_articles=True)
DOCX = FormatReader((".docx",), article_fields, _whole_chunks(_docx), holds_articles=True)
PDF = FormatReader((".pdf",), _only_text, _whole_chunks(_pdf), holds_articles=True)
SUBTITLES = FormatReader((".srt", ".vtt"), _only_text, subtitle_chunks, streamed=True, holds_articles=True)
NEXIS = FormatReader((), article_fields, export_chunks(exports.nexis), streamed=True, holds_articles=True)
PROQUEST = FormatReader((), article_fields, export_chunks(exports.proquest), streamed=True, holds_articles=True)

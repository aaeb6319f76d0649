"""The text of RTF, through striprtf.

Its patterns for fonts and links try, for every beginning, every end on the same line: a small file would keep one
search busy for years, and nothing can end a search. So fonts are read here first, and links are hidden from the
library, which would also write their addresses into the text.
"""

from __future__ import annotations

import re

from biasscore.errors import MissingExtraError

_FONTS = re.compile(r"\{[^{}]*\\fonttbl")
_BRACE = re.compile(r"[{}]")
_FONT = re.compile(r"\\f(?=\d)")
_NUMBER = re.compile(r"\d{1,10}")
_CHARSET = re.compile(r"\\fcharset(\d{1,10})")
_FIELD = re.compile(r"(\\field)(?=\{)", re.IGNORECASE)


def text_of(rtf: str, encoding: str) -> str:
    """The words of a document, without the addresses of its links.

    Args:
        encoding: of the bytes that the document writes as numbers, where it does not name one.
    """
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError:
        raise MissingExtraError("striprtf", "inputs") from None
    # A line break behind a control word means nothing in RTF; here it keeps the library from looking for links.
    plain = _FIELD.sub(r"\1\n", _with_plain_fonts(rtf))
    return str(rtf_to_text(plain, encoding=encoding, errors="replace")).strip("\n")


def _with_plain_fonts(rtf: str) -> str:
    """The document with one line per font in its font table, which holds the number and the character set."""
    begins = _FONTS.search(rtf)
    if not begins:
        return rtf
    end = _end_of_group(rtf, begins.end())
    charsets = {}
    for font in _FONT.split(rtf[begins.start() : end])[1:]:
        if (number := _NUMBER.match(font)) and (charset := _CHARSET.search(font)):
            charsets[number[0]] = charset[1]
    table = "\n".join(f"{{\\f{number}\\fcharset{charset} ;}}" for number, charset in charsets.items())
    return f"{rtf[: begins.start()]}{{\\fonttbl\n{table}}}{rtf[end:]}"


def _end_of_group(rtf: str, inside: int) -> int:
    depth = 1
    for brace in _BRACE.finditer(rtf, inside):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.end()
    return len(rtf)

"""Makes text safe to show: characters that a terminal would obey, or a page would drop, become visible."""

from __future__ import annotations

import codecs

_CONTROL_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_INVISIBLE = (
    _CONTROL_PICTURES
    | {0x7F: 0x2421}
    | dict.fromkeys(range(128, 160), 65533)
    | dict.fromkeys(range(55296, 57344), 65533)
    | dict.fromkeys((65534, 65535), 65533)
)
_BIDIRECTIONAL = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ON_ONE_LINE: dict[int, int | str] = (
    _INVISIBLE
    | dict.fromkeys(map(ord, "\t\n\r\u2028\u2029"), " ")
    | {code: f"\\u{code:04x}" for code in _BIDIRECTIONAL}
)

# Inside a string of JSON an escape is the character itself, and JSON has these in strings only.
_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), *_BIDIRECTIONAL, 0x2028, 0x2029, 0xFFFE, 0xFFFF)}

# What stands for a sign that an old console lacks: one for one, so that marks stay where they are.
_NEAREST = dict(zip("−–—‐‑“”„«»‘’‚…→·•×━┄", '-----"""""\'\'\'.>-*x#.', strict=True)) | {"\u00a0": " "}


def visible(text: str) -> str:
    """The text with each code point that neither HTML nor a terminal can carry replaced by one visible sign.

    Control characters become their control pictures (NUL is shown as ␀), lone surrogates and noncharacters U+FFFD.
    One code point stands for one, so offsets stay true.
    """
    return text.translate(_INVISIBLE)


def on_one_line(text: str) -> str:
    """As ``visible``, on one line: breaks become blanks, and marks that turn the direction of text are spelt out.

    For everything that strangers have named (ids, files, columns, labels) and for texts on a terminal.
    """
    return text.translate(_ON_ONE_LINE)


def escaped(text: str) -> str:
    """JSON that means the same; what a terminal obeys, or some readers take for the end of a line, is escaped."""
    return text.translate(_ESCAPED)


def carried(text: str, encoding: str) -> str:
    """The text as a console of this encoding can show it: what it lacks becomes the nearest sign, or a “?”."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(char if _has(char, encoding) else _NEAREST.get(char, "?") for char in text)
    return text


def nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    """For ``codecs.register_error``: what an encoding lacks becomes the nearest sign, or is spelt out as ``\\u1e00``.

    Without the need to stand one for one, dots of omission become three.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    char = error.object[error.start]
    found = "..." if char == "…" else _NEAREST.get(char)
    if found is not None:
        return found, error.start + 1
    one = UnicodeEncodeError(error.encoding, error.object, error.start, error.start + 1, error.reason)
    return codecs.backslashreplace_errors(one)


def _has(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True

"""Sentences that a scraper glued together: ``in June.Once again``.

A full stop inside ``U.S.A.``, ``e.g.``, ``Node.js``, ``3.5`` or an address ends nothing. So what stands on both sides
must look like the end of one sentence and the start of another.
"""

from __future__ import annotations

import re

_GLUE = re.compile(r"(?P<stop>[.?!])(?P<close>[”’)\]]{0,2})(?P<mark>[“‘\"'(]?)(?=[A-Z])")
_WORD_BEFORE = re.compile(r"[^\W_]+(?:['’][^\W_]+)?\Z")
_WORD_AFTER = re.compile(r"[^\W\d_]{1,40}(?:['’][a-z]{1,9})?")
_REACH = 80
_LINE_REACH = 2000
_ADDRESS = re.compile(r"[@/\\_=<>]|www\.|\.(?:com|org|net|gov|edu|html?|pdf|json|js|php)\b", re.I)
_ENDINGS = frozenset(
    "com org net co uk js gov edu html htm pdf json net php asp aspx jsp io ai tv fm info biz py txt xml csv doc exe "
    "jpg png local".split()
)
_ABBREVIATIONS = frozenset(
    "mr mrs ms mx dr st prof rev sen sens rep reps gov gen lt col capt sgt maj adm cmdr hon jr sr inc ltd corp co no "
    "fig figs vs etc mt ft ave blvd dept est jan feb aug sept oct nov dec ph pg pp vol ed eds dist bros ste rd eg ie "
    "approx al cf ca msgr".split()
)
_ENDS_SENTENCE = frozenset("inc ltd corp co jr sr etc".split())
# With these a sentence begins, whatever stands before: "at 5 p.m.The talks".
_STARTERS = frozenset(
    """
    The He She It They We In But This That There And On At For As If When While After Before His Her Their Its Our You
    Mr Mrs Ms Dr An These Those Some Most Many What Who Why How Now Then So Not One Two
    """.split()
)


def find_glued(text: str) -> list[int]:
    """Positions between two sentences that no blank parts, in order."""
    return [position for match in _GLUE.finditer(text) if (position := _border(text, match)) >= 0]


def _border(text: str, match: re.Match[str]) -> int:
    """Where the second sentence begins; −1 where it is one sentence."""
    stop, border, first = match.start(), match.end("close"), match.end()
    if stop == 0 or text[stop - 1].isspace():
        return -1
    if match["mark"] in ('"', "'") and not _opens(text, stop, match["mark"]):
        border = first
    chunk = text[max(0, stop - _REACH) : stop].rsplit(None, 1)[-1]
    rest = text[first : first + _REACH].split(None, 1)[0]
    after = _WORD_AFTER.match(rest)
    if after is None or _ADDRESS.search(chunk + text[stop:first] + rest):
        return -1
    ends = match["stop"] != "." or _ends_sentence(chunk, after[0])
    apart = first > stop + 1 or match["stop"] != "." or not chunk[-1].isalnum()
    return border if ends and (apart or _begins_sentence(chunk, after[0], rest[after.end() :])) else -1


def _opens(text: str, stop: int, mark: str) -> bool:
    """Does a straight mark after a full stop open, since those before it on its line are all closed?"""
    near = max(0, stop - _LINE_REACH)
    line = text[max(near, text.rfind("\n", near, stop) + 1) : stop]
    if mark == '"':
        return line.count(mark) % 2 == 0
    return not re.search(r"(?<!\S)'\S", line)


def _ends_sentence(chunk: str, after: str) -> bool:
    """May a full stop after this chunk end a sentence?"""
    found = _WORD_BEFORE.search(chunk)
    if not found:
        return chunk[-1] in '.)]%…”’"'
    word = found[0]
    dotted = chunk[: found.start()].endswith(".")
    if dotted and word.isdigit():
        return True
    if len(word) == 1 and word.isalpha():
        return dotted and after in _STARTERS
    if word.lower() in _ABBREVIATIONS and word != "no":
        return word.lower() in _ENDS_SENTENCE and after in _STARTERS
    # "System.Text.Json": names joined by full stops; but "It rained.It poured.Nobody came."
    return not (dotted and word[0].isupper() and after not in _STARTERS)


def _begins_sentence(chunk: str, after: str, rest: str) -> bool:
    """May this word begin a sentence? ``rest`` follows it without a blank."""
    if after.lower() in _ENDINGS or rest[:1] == "_" or rest[:1].isdigit():
        return False
    if rest[:1] == "." and (len(rest) == 1 or not rest[1].isupper()) and chunk[0].isupper() and len(rest) > 1:
        return False
    if after in _STARTERS:
        return True
    lower = chunk[-1].islower() and not chunk[0].isupper()
    if len(after) == 1:
        return lower and after in "AI" and not rest
    return (lower or not chunk.isupper()) if not after.isupper() else lower

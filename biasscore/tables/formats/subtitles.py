"""The text of subtitles (SubRip, WebVTT), through pysubs2: what is said, without numbers and times.

A line of subtitles is cut where the screen ends, so lines are joined again. ``>>`` is put where the speaker changes, as
in captions, so that the words are scored as somebody's and not as the author's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from biasscore.errors import MissingExtraError

PAUSE_MILLISECONDS = 3_000
"""After so long a silence a new paragraph begins, if the sentence has ended."""
_VOICE = re.compile(r"<v(?:\.[\w.-]*)?[ \t]([^>\n]{1,100})>")
# When each word of live captions is said.
_MOMENT = re.compile(r"<\d\d:[\d:.]{1,12}>")
_DASH = re.compile(r"\A[-–—‐]\s?(?=\S)")
_LABEL = re.compile(r"\A(?=[A-ZÀ-Þ][A-ZÀ-Þ\d.’' -]{1,40}:\s)")
_ENDS = re.compile(r"[.?!…][”\"’')\]]*$")


def text_of(subtitles: str) -> str:
    """What is said, one paragraph per speaker, as far as the file marks where speakers change.

    Raises:
        ValueError: if it is no file of subtitles.
    """
    try:
        from pysubs2 import SSAFile
        from pysubs2.exceptions import Pysubs2Error
    except ImportError:
        raise MissingExtraError("pysubs2", "inputs") from None
    try:
        found = SSAFile.from_string(_MOMENT.sub("", _VOICE.sub(r">> \1: ", subtitles)))
    except Pysubs2Error as problem:
        raise ValueError(str(problem) or type(problem).__name__) from problem
    return "\n\n".join(_paragraphs((cue.start, cue.end, cue.plaintext) for cue in found if not cue.is_comment))


def _paragraphs(cues: Iterator[tuple[int, int, str]]) -> Iterator[str]:
    said, before, silent_from = "", "", 0
    for start, end, shown in cues:
        for line in _lines(shown):
            # Live captions roll: each shows the line before once more.
            if line == before:
                continue
            before = line
            pause = start - silent_from >= PAUSE_MILLISECONDS and _ENDS.search(said)
            if said and (pause or line.startswith(">>")):
                yield said
                said = ""
            said = f"{said} {line}".strip()
        silent_from = end
    if said:
        yield said


def _lines(shown: str) -> Iterator[str]:
    """The lines on the screen; where a dash or a label marks a new speaker, with ``>>`` before them."""
    for line in html.unescape(shown).replace(">>", "\n>>").splitlines():
        if words := " ".join(line.split()):
            yield (_DASH if _DASH.match(words) else _LABEL).sub(">> ", words, count=1)

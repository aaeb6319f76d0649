"""The words of subtitles (SubRip, WebVTT), without numbers, times, styles and sounds.

Read here, because pysubs2 and webvtt-py lose lines that are numbers, or read identifiers and notes as speech. What is
shown at once is cut where the screen ends, so lines are joined again. A new speaker begins a paragraph. The rules of
transcripts (``segment``) decide whether a name before a colon is a speaker's. ``>>`` names nobody: then each paragraph
begins with it, so that no words count as the author's. A dash does the same if many cues have one; a few dashes are
talk within a narration, and hold for their cue alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

PAUSE_SECONDS = 3.0
"""After so long a silence a new paragraph begins, if the sentence has ended."""
ROLLING_SHARE = 0.2
"""Captions are live, and show lines again and again, if so many cues begin with what the one before ended with."""
DIALOGUE_SHARE = 1 / 3
"""All words are somebody's if so many cues have a dash; with fewer dashes, each holds for its own cue."""
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:][ \t]?(\d{1,3}))?"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?!\S)")
_BAD_TIMES = re.compile(r"[ \t]*\d{1,3}:\d[\d:., \t]*-->")
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,40})?[ \t]+([^<>]{1,100})>")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
# Marks of direction and of no width, which hide what a line begins with.
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SOUND = re.compile(r"\[[^\[\]:]{1,80}\]|\A\([A-Z][A-Z ,’'-]{2,40}\)|[♪♫]")
_PICTURE = re.compile(r"\S+#xywh=\S+")
_SPEAKS_WITHIN = re.compile(r"(?<!>)(?=>>)|(?=≫)")
_MARK = re.compile(r"(?:>{2,3}|≫)\s*")
_DASH = re.compile(r"(?:[-‐–](?![-\d])\s?|—\s?(?=[A-ZÀ-Þ]))(?=\S)")
_NAME = re.compile(r"[A-ZÀ-Þ][^\s:]{0,40}(?: (?:[A-ZÀ-Þ#(\d][^\s:]{0,40}|of|the|and|de|van|von|bin|al)){0,5}:(?=\s|\Z)")
_ENDS = re.compile(r"[.?!…:][”\"’')\]]*\Z")


@dataclass(frozen=True, slots=True)
class _Cue:
    """What the screen shows from one second to another."""

    start: float
    end: float
    lines: list[str]


@dataclass(frozen=True, slots=True)
class _Utterance:
    """Words of one speaker.

    Attributes:
        mark: "" where nobody new speaks, ``>>``, ``-`` (any dash), or a name with its colon.
        pause: it is silent for long before them.
        after_dash: they begin a cue and a sentence, and somebody spoke before who was marked by a dash.
    """

    mark: str
    words: str
    pause: bool
    after_dash: bool


def text_of(subtitles: str) -> str:
    """What is said, one paragraph per speaker, as far as the file marks where speakers change.

    Raises:
        ValueError: if it holds no times, or times that cannot be read.
    """
    cues = list(_without_repeats(sorted(_cues(subtitles), key=_start)))
    lines = list(_lines(cues))
    is_dialogue = sum(line.mark == "-" for line in lines) >= DIALOGUE_SHARE * len(cues)
    ends = [line.pause or (line.after_dash and not is_dialogue) for line in lines]
    paragraphs = list(_paragraphs(lines, ends))
    marks = {mark for mark, _ in paragraphs}
    of_somebody = marks if ">>" in marks or ("-" in marks and is_dialogue) else {"-"}
    return "\n\n".join(f"{'>> ' if mark in of_somebody else ''}{words}" for mark, words in paragraphs)


def _start(cue: _Cue) -> float:
    return cue.start


def _cues(text: str) -> Iterator[_Cue]:
    """The cues in the order of the file. In WebVTT an empty line ends a cue; in SubRip the next times do."""
    lines = text.lstrip("\ufeff\r\n ").splitlines()
    ends_at_blank = bool(lines) and lines[0].startswith("WEBVTT")
    found: list[tuple[re.Match[str], int]] = []
    for i, line in enumerate(lines):
        if times := _TIMES.match(line):
            found.append((times, i))
        elif _BAD_TIMES.match(line):
            raise ValueError(f"the times {line.strip()[:60]!r} cannot be read")
    if not found:
        raise ValueError("it has no times")
    for (times, i), (_, stop) in pairwise([*found, (found[-1][0], len(lines) + 1)]):
        shown = lines[i + 1 : stop]
        if stop <= len(lines):
            shown = _without_identifier(shown)
        if ends_at_blank and "" in shown:
            shown = shown[: shown.index("")]
        parts = times.groups()
        yield _Cue(_seconds(parts[:4]), _seconds(parts[4:]), [line for line in shown if not _PICTURE.fullmatch(line)])


def _without_identifier(lines: list[str]) -> list[str]:
    """Without the line right above the next times, if it is a number or stands alone: it names the next cue."""
    named = lines and (lines[-1].strip().isdecimal() or (len(lines) > 1 and not lines[-2].strip()))
    return lines[:-1] if named else lines


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return 3600.0 * hours + 60 * minutes + seconds + int((parts[3] or "").ljust(3, "0")) / 1000


def _without_repeats(cues: list[_Cue]) -> Iterator[_Cue]:
    """Without the lines that live captions show again, and without words that a growing line has shown before."""
    spoken = [_Cue(cue.start, cue.end, [said for line in cue.lines if (said := _spoken(line))]) for cue in cues]
    spoken = [cue for cue in spoken if cue.lines]
    new = [_new(before.lines, cue.lines) for before, cue in pairwise(spoken)]
    # Where all lines come again, people may say so again; live captions go on in the same cue, too.
    repeats = sum(bool(lines) and lines != cue.lines for lines, cue in zip(new, spoken[1:], strict=True))
    if repeats < ROLLING_SHARE * len(spoken):
        yield from spoken
        return
    for cue, lines in zip(spoken, [*(cue.lines for cue in spoken[:1]), *new], strict=True):
        yield _Cue(cue.start, cue.end, lines)


def _new(before: list[str], lines: list[str]) -> list[str]:
    """The lines that the cue before does not end with."""
    for n in range(min(len(before), len(lines)), 0, -1):
        if before[-n:] == lines[:n]:
            return lines[n:]
    grown = lines[0].removeprefix(f"{before[-1]} ")
    return [grown, *lines[1:]]


def _spoken(line: str) -> str:
    """The words of a line, with a voice as a marked name."""
    marked = _TAG.sub("", _VOICE.sub(r"\n≫\1: ", line))
    return "\n".join(filter(None, (" ".join(part.split()) for part in _SOUND.sub(" ", _plain(marked)).split("\n"))))


def _plain(line: str) -> str:
    return _UNSEEN.sub("", html.unescape(line))


def _lines(cues: Iterable[_Cue]) -> Iterator[_Utterance]:
    silent_from, speaker, ended = 0.0, "", True
    for cue in cues:
        pause, after_dash = cue.start - silent_from >= PAUSE_SECONDS, speaker == "-" and ended
        for line in _SPEAKS_WITHIN.sub("\n", "\n".join(cue.lines)).split("\n"):
            mark, words = _marked(line, after_end=ended)
            # A voice that goes on is named again in each cue.
            mark = "" if mark == speaker and mark not in (">>", "-") else mark
            if mark or words:
                yield _Utterance(mark, words, pause, after_dash)
                speaker = mark or ("" if after_dash else speaker)  # a few dashes hold for their cue
                ended, pause, after_dash = bool(_ENDS.search(words or mark)), False, False
        silent_from = max(silent_from, cue.end)


def _marked(line: str, *, after_end: bool) -> tuple[str, str]:
    """What marks a new speaker at the start of a line, and the other words. A sentence that goes on has one speaker."""
    unnamed = _MARK.match(line) or (after_end and _DASH.match(line)) or None
    words = line[unnamed.end() :].strip() if unnamed else line.strip()
    if named := (unnamed or after_end) and _NAME.match(words):
        return named[0], words[named.end() :].strip()
    return ("" if unnamed is None else ">>" if unnamed.re is _MARK else "-"), words


def _paragraphs(lines: Iterable[_Utterance], ends: Iterable[bool]) -> Iterator[tuple[str, str]]:
    """(mark, words) of each paragraph; the words begin with the name, if the mark is one.

    Args:
        ends: whether a paragraph may end before each line, if its sentence has ended.
    """
    mark, said = "", list[str]()
    for line, may_end in zip(lines, ends, strict=True):
        if said and (line.mark or (may_end and _ENDS.search(said[-1]))):
            yield mark, " ".join(said)
            mark, said = "", []
        mark = line.mark or mark
        name = "" if line.mark in (">>", "-") else line.mark
        said += filter(None, (name, line.words))
    if said:
        yield mark, " ".join(said)

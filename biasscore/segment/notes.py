"""What cannot be known about a text, or what is odd about it: said in a note, which never changes a score."""

from __future__ import annotations

import re
from collections import Counter

from biasscore.results import COUNTED_KINDS, Note
from biasscore.segment.language import is_foreign
from biasscore.segment.types import Segmentation

_UNDECODABLE = re.compile(
    r"[\x80-\x84\x86-\x9f\ufffd]|â€|[ÃÂ](?:[\x80-\xbf]|[€™œžŸ‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜š›])| [ÃÂ] | Ã\Z"
)
_ODD = re.compile(r"[\x80-\x84\x86-\x9f\ufffdâÃÂ]")
_SPACED_STOP = re.compile(r"(?<=\w) [.,](?!\S)")
_STOP = re.compile(r"(?<=\w)[.,](?!\S)")
_DASHED = re.compile(r"[-–—]\s?[^\W\d_]")
_TALK = re.compile(r"\b(?:I|you|You|we|We|your|my|me)\b|\?")
_TAG = re.compile(
    r"</?(?:p|br|div|span|a|em|strong|b|i|h[1-6]|ul|ol|li|blockquote)\b[^<>]{0,500}>|&(?:nbsp|lt|gt);", re.IGNORECASE
)
_SUBTITLE_TIMES = re.compile(r"\d:\d\d[.,]\d{3}[ \t]{0,4}-->[ \t]{0,4}\d")
_ENDING = re.compile(r"[.!?…;:|](?!\w)")
# A sentence of so many words runs on, if it has fewer marks than one in so many words.
_RUN_ON_WORDS = 150
_WORDS_BETWEEN_MARKS = 50
_LONGEST_PARAGRAPH = 3000
_SHORTEST_REPEAT = 60
_READ = 20_000


def find_notes(found: Segmentation) -> tuple[Note, ...]:
    """The notes on one text, in a fixed order."""
    text = found.text
    notes = [
        _undecodable(text),
        _tokenised(text),
        _markup(text),
        _subtitles(text),
        _unlabelled_transcript(found),
        _no_breaks(found),
        _no_endings(found),
        _repeats(found),
        _not_english(text),
    ]
    return tuple(note for note in notes if note)


def _undecodable(text: str) -> Note | None:
    odd = not text.isascii() and _ODD.search(text)
    count = sum(len(match[0]) for match in _UNDECODABLE.finditer(text, max(0, odd.start() - 1))) if odd else 0
    if not count:
        return None
    characters = "1 character is" if count == 1 else f"{count} characters are"
    return Note("undecodable", f"{characters} not decoded correctly; read the file with its own encoding.")


def _tokenised(text: str) -> Note | None:
    spaced = len(_SPACED_STOP.findall(text[:_READ]))
    if spaced < 2 or spaced < len(_STOP.findall(text[:_READ])):
        return None
    return Note("tokenised", "The text is tokenized: blanks stand before its punctuation.")


def _markup(text: str) -> Note | None:
    if len(_TAG.findall(text[:_READ])) < 3:
        return None
    return Note(
        "markup",
        "The text has HTML code, which counts as words; remove the code, and put a blank line between paragraphs.",
    )


def _subtitles(text: str) -> Note | None:
    if "-->" not in text or not _SUBTITLE_TIMES.search(text):
        return None
    return Note(
        "subtitles",
        "The text holds the times of subtitles, which count as words; score the file itself (.srt or .vtt) with the "
        "command, or with score_file.",
    )


def _unlabelled_transcript(found: Segmentation) -> Note | None:
    """Lines that begin with a dash and talk to each other."""
    lines = [found.text[p.start : p.end] for p in found.paragraphs if _DASHED.match(found.text, p.start)]
    talk = sum(bool(_TALK.search(line)) for line in lines)
    if len(lines) < 3 or 2 * len(lines) < len(found.paragraphs) or 2 * talk < len(lines):
        return None
    return Note(
        "unlabelled-transcript",
        "The text looks like a transcript that does not name its speakers; all its words count as the author's.",
    )


def _no_breaks(found: Segmentation) -> Note | None:
    if len(found.paragraphs) != 1 or found.paragraphs[0].end - found.paragraphs[0].start < _LONGEST_PARAGRAPH:
        return None
    return Note("no-breaks", "The text has no paragraph breaks; it counts as one paragraph.")


def _no_endings(found: Segmentation) -> Note | None:
    """Captions without punctuation: two thirds of the words stand in what no reader takes for one sentence."""
    text = found.text
    counted = [s for s in found.sentences if found.paragraphs[s.paragraph].kind in COUNTED_KINDS]
    long = [text[s.start : s.end] for s in counted if s.end - s.start >= 2 * _RUN_ON_WORDS]
    counts = [(len(words.split()), len(_ENDING.findall(words))) for words in long]
    run_on = sum(words for words, marks in counts if words >= max(_RUN_ON_WORDS, _WORDS_BETWEEN_MARKS * marks))
    if not run_on or 3 * run_on < 2 * sum(len(text[s.start : s.end].split()) for s in counted):
        return None
    return Note(
        "no-endings",
        "Almost no sentence of the text ends; scores of such a text are not reliable, so add punctuation first.",
    )


def _repeats(found: Segmentation) -> Note | None:
    counts = Counter(
        found.text[p.start : p.end]
        for p in found.paragraphs
        if p.end - p.start >= _SHORTEST_REPEAT and p.kind == "text"
    )
    repeated = sum(count - 1 for count in counts.values())
    if not repeated:
        return None
    paragraphs = "1 paragraph repeats" if repeated == 1 else f"{repeated} paragraphs repeat"
    return Note("repeats", f"{paragraphs} an earlier one.")


def _not_english(text: str) -> Note | None:
    if not is_foreign(text):
        return None
    return Note("not-english", "The text does not look English; the models were trained on English only.")

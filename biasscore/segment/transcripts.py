"""The turns of a transcript: ``ANA RUIZ, CNN HOST: …``, ``Q: …``, ``**Interviewer:** …``, and ``>> …`` of captions.

A label counts as a speaker's where it comes back, or where it looks like a person: with a title, a role, a party or a
stage direction. Fields of export files, places, dates and notices are none (``labels.py``). In a text that is a
transcript, half of the labels are those of people, or talk follows them; paragraphs without a label go on with the turn
before. A label may stand alone above its words, if labels come back or have a time: ``Joe Biden (00:01):``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from biasscore.segment.cues import SAYING
from biasscore.segment.labels import PLACES, names_no_speaker
from biasscore.segment.phrases import common_words
from biasscore.segment.types import ParagraphRange

CAPTION = ">>"
"""Captions mark each new speaker with it, or with one ``>`` more where the subject changes."""
_CAPTION_MARK = re.compile(r">{2,3}\s*")
_CAPITAL_WORD = r"(?:(?:Mc|Mac|De|Di|La|Le|O[’'])?[A-ZÀ-Þ][A-ZÀ-Þ.’'-]*[A-ZÀ-Þ.]|[A-Z]\b\.?)"
_MIXED_WORD = r"[A-Z][\w.’'-]*"
_BEFORE = r"(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?[\s:–-]{1,3})?(?:\*\*|__|<b>|<strong>)?"
_ASIDE = r"(?: ?\([^()\n]{1,40}\)| ?\[[^\[\]\n]{1,40}\])"
_AFTER = r"(?:\*\*|__|</b>|</strong>)?"
_END = rf"{_AFTER} ?:{_AFTER}(?!//)(?:\s+|(?=[A-Z“\"‘']))(?=\S)"
_CAPITALS = re.compile(
    rf"{_BEFORE}(?P<name>(?:THE )?{_CAPITAL_WORD}(?: (?:{_CAPITAL_WORD}|of|OF|and|de|von|\d{{1,2}})){{0,5}})"
    rf"(?P<extra>{_ASIDE}?(?:,[^:\n()]{{1,70}})?(?:,? \([^()\n]{{1,40}}\)[^:\n()]{{0,20}})?){_END}"
)
_MIXED = re.compile(
    rf"{_BEFORE}(?P<name>{_MIXED_WORD}(?: (?:{_MIXED_WORD}|of|the|and|de|van|von|\d{{1,2}})){{0,4}})"
    rf"(?P<extra>{_ASIDE}?(?:, [^:\n.()“”\"]{{1,60}})?{_ASIDE}?){_END}"
)
_TIME = r"\d{1,2}:\d\d(?::\d\d)?"
# Above its words: ``Judy Woodruff:``, ``Joe Biden (00:01):``, ``Joe Biden: (00:01)``, ``Ann Hall  0:03``.
_ALONE = re.compile(
    rf"{_BEFORE}(?P<name>[A-ZÀ-Þ][\w.’'-]*(?: (?:[A-ZÀ-Þ][\w.’'-]*|of|the|and|de|van|von|\d{{1,2}})){{0,4}})"
    rf"(?P<extra>{_ASIDE}?)"
    rf"(?:(?P<colon>{_AFTER} ?:{_AFTER}(?: ?[\[(]{_TIME}[\])])?)|(?:[ \t]{{2,4}}|\t){_TIME}| ?[\[(]{_TIME}[\])])\Z"
)
_CLOCK = re.compile(_TIME)
_LEAD = re.compile(r"(?P<name>[A-Z][\w.’'-]*(?: [\w.’'-]+){0,3}):")
_QUESTION = re.compile(r"(?P<name>Q|A(?=\.))(?P<extra>\.|)(?:\s+)(?=[A-Z“\"‘'(\[])")
_TITLES = frozenset(
    """
    MR MRS MS DR SEN REP GOV GEN COL LT SGT CAPT PROF REV SIR LORD LADY DAME JUDGE JUSTICE SENATOR CONGRESSMAN
    CONGRESSWOMAN REPRESENTATIVE GOVERNOR MAYOR PRESIDENT SECRETARY MINISTER CHAIRMAN CHAIRWOMAN SPEAKER FATHER SISTER
    BROTHER PASTOR BISHOP POPE KING QUEEN PRINCE PRINCESS ADMIRAL GENERAL COLONEL CAPTAIN OFFICER DETECTIVE AMBASSADOR
    VICE ATTORNEY PROFESSOR DOCTOR REP. UNIDENTIFIED UNKNOWN FOREIGN PRIME DEFENSE DEFENCE
    """.split()
)
_ROLES = frozenset(
    """
    HOST ANCHOR MODERATOR QUESTION QUESTIONER ANSWER INTERVIEWER REPORTER CHAIR CHAIRMAN WITNESS NARRATOR SPEAKER
    OPERATOR CALLER AUDIENCE PRESENTER CORRESPONDENT ANNOUNCER TRANSLATOR INTERPRETER COURT CLERK COUNSEL PROSECUTOR
    DEFENDANT PRESIDENT MAYOR STUDENT PARTICIPANT VOICE MALE FEMALE MAN WOMAN CROWD PROTESTER Q A GUEST EDITOR
    PANELIST JOURNALIST LAWYER JUDGE PRIEST DOCTOR NURSE TEACHER OFFICER LADY MINISTER INTERVIEWEE RESPONDENT JUROR
    VOTER SUPPORTER DRIVER PASSENGER RESIDENT PARENT PILOT DISPATCHER
    """.split()
)
# A headline, or a shout: three words in capitals after the label, in a text that has small letters.
_SHOUTS = re.compile(r"(?:[^\sa-z]{0,30}[A-Z][^\sa-z]{0,30}(?:\s|\Z)){3}")
_SMALL_LETTERS = re.compile(r"[a-z]{2} [a-z]{2,20} [a-z]{2}")
_DIGIT = re.compile(r"\d")
_DIALOGUE = re.compile(r"\?|\b(?:I|I[’'](?:m|ll|d|ve)|[Yy]ou|[Ww]e|[Mm]y|[Yy]our|me|us)\b")
_SENTENCE_ENDS = frozenset('.?!…”"’)')
_OPENS_QUOTE = frozenset("“\"‘'")
_CLOSES_QUOTE = frozenset("”\"’'")
# In a transcript at least so many of the paragraphs from the first label to the last begin with one.
_LABELLED_SHARE = 0.34
_REACH = 160


@dataclass(frozen=True, slots=True)
class Turn:
    """Words that a layout gives to somebody.

    Attributes:
        first, last: the paragraphs that they and their label lie in.
        speaker: the name in the label; None where nobody is named.
        label: all of the label or signature, which says nothing of its own.
        cue: the reporting verb of the sentence that introduces them.
    """

    start: int
    end: int
    first: int
    last: int
    speaker: tuple[int, int] | None = None
    label: tuple[int, int] | None = None
    cue: tuple[int, int] | None = None

    @property
    def paragraphs(self) -> range:
        """Indexes of the paragraphs that the words and their label lie in."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class _Label:
    """A label that may be a speaker's.

    Attributes:
        paragraph: where its words begin.
        key: what makes two labels one person's.
        above: stands alone in the paragraph before.
    """

    paragraph: int
    start: int
    name: tuple[int, int]
    end: int
    key: str
    kind: str
    like_person: bool
    above: bool = False

    @property
    def line(self) -> int:
        """The paragraph that it stands in."""
        return self.paragraph - self.above


def find_captions(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """The turns of captions, in order: from ``>>`` to the next one or to a blank line, whoever speaks.

    A name with a colon behind ``>>`` is the speaker's.
    """
    turns: list[Turn] = []
    for i, paragraph in enumerate(paragraphs):
        if paragraph.kind == "text" and text.startswith(CAPTION, paragraph.start):
            turns.append(Turn(paragraph.start, paragraph.end, i, i))
        elif turns and paragraph.kind == "text" and turns[-1].last == i - 1 and _touch(text, turns[-1], paragraph):
            turns[-1] = replace(turns[-1], end=paragraph.end, last=i)
    return [_with_speaker(text, turn) for turn in turns]


def _with_speaker(text: str, turn: Turn) -> Turn:
    mark = _CAPTION_MARK.match(text, turn.start, turn.end)
    label = _label(text, turn.first, mark.end(), turn.end) if mark else None
    if not label or label.kind == "question" or not _is_persons(label, text[slice(*label.name)]):
        return turn
    return replace(turn, start=label.end, speaker=label.name, label=(turn.start, label.end))


def _is_persons(label: _Label, name: str) -> bool:
    """``THERESA MAY``, ``THE PRESIDENT OF FRANCE`` and ``MAN 2``, but not ``THE REASON IS SIMPLE`` or ``HE SAID``."""
    words = [word for word in name.split() if word.lower() not in ("the", "of", "and")]
    if not words or _is_no_name(name) or words[-1].lower() in SAYING:
        return False
    titled = words[0].upper().strip(".") in _TITLES and len(words) > 1
    enough = any if label.kind == "capitals" and len(words) in (2, 3) else all
    return titled or enough(map(_names_somebody, words))


def find_transcript(text: str, paragraphs: Sequence[ParagraphRange]) -> list[Turn]:
    """The labelled turns of a text, in order; empty where it has fewer than two."""
    found = list(_labels(text, paragraphs))
    headlines = _headlines(text, paragraphs, found)
    leading = [label for label in found if label.paragraph not in headlines]
    labels = _speakers(text, paragraphs, leading)
    keys = {label.key for label in labels or leading}
    inner = [inner for label in labels or leading for inner in _run_in(text, paragraphs[label.paragraph], label, keys)]
    # All turns may stand in one paragraph; then what is inside it decides.
    labels = sorted(
        [*labels, *inner] if len(labels) > 1 else _speakers(text, paragraphs, [*leading, *inner]), key=_start
    )
    if len(labels) < 2 or not _people(text, paragraphs, labels):
        return []
    leads = [(i, _LEAD.match(text, paragraph.start, paragraph.end)) for i, paragraph in enumerate(paragraphs)]
    others = headlines | {i for i, lead in leads if lead and _is_no_name(lead["name"])}
    return list(_turns(text, paragraphs, labels, others))


def _touch(text: str, turn: Turn, paragraph: ParagraphRange) -> bool:
    return text.count("\n", turn.end, paragraph.start) < 2


def _start(label: _Label) -> int:
    return label.start


def _labels(text: str, paragraphs: Sequence[ParagraphRange]) -> Iterator[_Label]:
    above = _labels_above(text, paragraphs)
    for i, paragraph in enumerate(paragraphs):
        if i in above:
            yield above[i]
        elif paragraph.kind in ("text", "heading"):
            label = _label(text, i, paragraph.start, paragraph.end)
            if label:
                yield label


def _labels_above(text: str, paragraphs: Sequence[ParagraphRange]) -> dict[int, _Label]:
    """Labels that stand alone, by their paragraph: names, not words as in ``Then:`` and ``Now:``.

    One of them has to come back, or two have a time beside the colon.
    """
    matches = {
        i: match
        for i, paragraph in enumerate(paragraphs)
        if paragraph.kind in ("text", "heading") and paragraph.end - paragraph.start <= _REACH
        if (match := _ALONE.match(text, paragraph.start, paragraph.end))
    }
    found: dict[int, _Label] = {}
    for i, match in matches.items():
        words = paragraphs[i + 1] if i + 1 < len(paragraphs) and i + 1 not in matches else None
        if words and words.kind in ("text", "heading") and not _label(text, i + 1, words.start, words.end):
            timed = bool(match["colon"] and _CLOCK.search(match[0]))
            if not (any if timed else all)(map(_names_somebody, match["name"].split())):
                continue
            kind = "timed" if timed else "capitals" if match["name"].isupper() else "mixed"
            key, like = _who(match)
            span = match.span("name")
            found[i] = _Label(i + 1, match.start(), span, words.start, key, kind, timed or like, above=True)
    times = sum(label.kind == "timed" for label in found.values())
    names = {text[slice(*label.name)] for label in found.values()}
    return found if times > 1 or len(names) < len(found) else {}


def _names_somebody(word: str) -> bool:
    plain = word.strip(".").upper()
    return plain in _ROLES or plain in _TITLES or plain.lower() not in common_words()


def _headlines(text: str, paragraphs: Sequence[ParagraphRange], labels: Sequence[_Label]) -> set[int]:
    """The paragraphs that are headlines: ``ANN HALL: WHY THE MAYOR MUST GO``.

    A person who comes back with other words speaks, and beside more turns in small letters a shout is a turn too.
    Only labels in capitals tell that: what else stands before a colon is no sign of turns.
    """
    if not _SMALL_LETTERS.search(text):
        return set()
    names = [label for label in labels if not label.above and not _is_no_name(text[slice(*label.name)])]
    said = Counter(
        key for key, _ in {(label.key, text[label.end : paragraphs[label.paragraph].end]) for label in names}
    )
    shouts = {
        label.paragraph
        for label in names
        if _SHOUTS.match(text, label.end, paragraphs[label.paragraph].end)
        and said[label.key] < 2
        and not label.like_person
    }
    quiet = [label for label in names if label.kind == "capitals" and label.paragraph not in shouts]
    return shouts if len(shouts) >= len(quiet) else set()


def _label(text: str, paragraph: int, start: int, end: int) -> _Label | None:
    reach = min(end, start + _REACH)
    for kind, pattern in (("capitals", _CAPITALS), ("question", _QUESTION), ("mixed", _MIXED)):
        match = pattern.match(text, start, reach)
        if match:
            key, like_person = _who(match)
            span = match.span("name")
            return _Label(paragraph, start, span, match.end(), key, kind, kind == "question" or like_person)
    return None


def _who(match: re.Match[str]) -> tuple[str, bool]:
    """What makes two labels one person's, and whether this one looks like a person's."""
    words = match["name"].upper().replace(".", "").split()
    titled = words[0] in _TITLES and len(words) > 1
    extra = match["extra"].strip(" .")
    return words[-1], titled or bool(extra) or not _ROLES.isdisjoint((words[0], words[-1]))


def _speakers(text: str, paragraphs: Sequence[ParagraphRange], labels: list[_Label]) -> list[_Label]:
    """Those labels that are speakers'."""
    counts = Counter(label.key for label in labels)
    full = {label.key for label in labels if label.name[1] - label.name[0] > len(label.key) + 1}
    named = [label for label in labels if _may_be_name(text[slice(*label.name)], label.key, full)]
    questions = [label for label in named if label.kind == "question"]
    if len(questions) < 2:
        named = [label for label in named if label.kind != "question" or len(named) > 2]
    capitals = [label for label in named if label.kind != "mixed"]
    mixed = [label for label in named if label.kind == "mixed"]
    recurring = [label for label in mixed if counts[label.key] > 1]
    if len(recurring) < 2 or len({label.key for label in mixed}) < 2 - bool(capitals):
        mixed = [label for label in recurring if capitals]
    if not any(label.like_person or counts[label.key] > 1 for label in capitals):
        capitals = _talking(text, paragraphs, capitals)
    return sorted([*capitals, *mixed], key=_start)


def _may_be_name(name: str, key: str, full: set[str]) -> bool:
    """A place may be a surname, where another label gives the whole name: ``LLOYD AUSTIN`` and ``AUSTIN``."""
    return not _is_no_name(name) or (name.upper() in PLACES and key in full)


def _is_no_name(name: str) -> bool:
    """A number stands beside a role only: ``Speaker 1``, but ``March 3`` and ``Article 5``."""
    numbered = not _DIGIT.search(name) or name.upper().split()[0] in _ROLES
    return names_no_speaker(name) or not numbered


def _people(text: str, paragraphs: Sequence[ParagraphRange], labels: Sequence[_Label]) -> bool:
    """Are half of the labels those of people, or does talk follow them? Else full names lead all paragraphs."""
    full = {label.key for label in labels if _is_full(label)}
    short = {label.key for label in labels if not _is_full(label)}
    people = (full & short) | _taking_turns(labels) | {label.key for label in labels if label.like_person}
    likely = sum(label.key in people or _talks(text, paragraphs, label) for label in labels)
    throughout = not short and len(labels) >= sum(paragraph.kind == "text" for paragraph in paragraphs)
    return 2 * likely >= len(labels) or (throughout and all(label.kind == "capitals" for label in labels))


def _taking_turns(labels: Sequence[_Label]) -> set[str]:
    """The keys of labels that come back after another one: mixed ones only where each paragraph between has a label."""
    reach = range(labels[0].paragraph, labels[-1].paragraph + 1)
    unbroken = {i for label in labels for i in (label.line, label.paragraph)} >= set(reach)
    keys = [label.key for label in labels if unbroken or label.kind == "capitals"]
    changes = [key for before, key in pairwise(["", *keys]) if key != before]
    return {key for key, count in Counter(changes).items() if count > 1}


def _talks(text: str, paragraphs: Sequence[ParagraphRange], label: _Label) -> bool:
    end = min(paragraphs[label.paragraph].end, label.end + 1000)
    return bool(_DIALOGUE.search(text, label.end, end))


def _talking(text: str, paragraphs: Sequence[ParagraphRange], labels: list[_Label]) -> list[_Label]:
    """Labels that neither come back nor look like persons count where they are full names, or talk follows."""
    named = {len(text[slice(*label.name)].split()) for label in labels} <= {2, 3}
    if named and 2 * len(labels) >= sum(paragraph.kind == "text" for paragraph in paragraphs):
        return labels
    talk = sum(_talks(text, paragraphs, label) for label in labels)
    return labels if 2 * talk >= len(labels) else []


def _run_in(text: str, paragraph: ParagraphRange, label: _Label, keys: set[str]) -> Iterator[_Label]:
    """Labels inside a paragraph: they follow the end of a sentence and are known from elsewhere."""
    reached = label.end
    for match in re.finditer(r"(?<=\s)(?=[A-Z*<\[])", text[label.end : paragraph.end]):
        start = label.end + match.start()
        if start >= reached and text[start - 2 : start - 1] in _SENTENCE_ENDS:
            found = _label(text, label.paragraph, start, paragraph.end)
            named = found and not _is_no_name(text[slice(*found.name)])
            if (
                found
                and named
                and found.kind == "capitals"
                and (found.key in keys or found.like_person or _is_full(found))
            ):
                reached = found.end  # an initial before a name would begin a label inside this one
                yield found


def _is_full(label: _Label) -> bool:
    """First and last name."""
    return label.name[1] - label.name[0] > len(label.key) + 2


def _turns(
    text: str, paragraphs: Sequence[ParagraphRange], labels: Sequence[_Label], others: Collection[int]
) -> Iterator[Turn]:
    """The turns; paragraphs that begin with a notice (``others``) belong to none."""
    reach = range(labels[0].line, labels[-1].paragraph + 1)
    above = {label.line for label in labels if label.above}
    between = sum(paragraphs[i].kind == "text" for i in reach if i not in above)
    labelled = len({label.paragraph for label in labels})
    goes_on = labelled >= _LABELLED_SHARE * between
    longest = 0
    for i, label in enumerate(labels):
        following = labels[i + 1] if i + 1 < len(labels) else None
        if following and following.paragraph == label.paragraph:
            yield _turn(text, label, label.paragraph, following.start)
            continue
        stop = following.line if following else min(len(paragraphs), label.paragraph + 1 + longest)
        marked = _is_in_marks(text, label.end, paragraphs[label.paragraph].end)
        ending = label.paragraph
        while goes_on and ending + 1 < stop and ending + 1 not in others and paragraphs[ending + 1].kind == "text":
            if marked and text[paragraphs[ending + 1].start] not in _OPENS_QUOTE:
                break
            ending += 1
        longest = max(longest, ending - label.paragraph)
        yield _turn(text, label, ending, paragraphs[ending].end)


def _is_in_marks(text: str, start: int, end: int) -> bool:
    """Are words quoted as a whole? Then what follows without marks is the author's, as in ``TRUMP: “We won.”``"""
    return text[start] in _OPENS_QUOTE and text[end - 1] in _CLOSES_QUOTE


def _turn(text: str, label: _Label, last: int, end: int) -> Turn:
    while text[end - 1].isspace():
        end -= 1
    return Turn(label.end, end, label.line, last, label.name, (label.start, label.end))

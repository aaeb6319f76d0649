"""Named targets: who and what a text names, and where, so that tone can be told by target.

Rules only, so no download is needed: a name is a run of capitalised words. A word that opens a sentence
counts only where it is no common word; titles and offices belong to the mention, not to the name; shorter forms join
the fuller name of the same text ("Secretary of State Antony Blinken", "Blinken"). No pronoun is resolved: "she" names
nobody.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from biasscore.errors import InputError, MissingExtraError
from biasscore.results import COUNTED_KINDS
from biasscore.segment.cues import DAYS
from biasscore.segment.phrases import common_words
from biasscore.segment.types import NamedTarget, Segmentation

_CAPITAL = r"(?:[^\W\d_a-z][\w&]*(?:[-’'.&][^\W_]+)*\.?)"
_LINK = r"(?:of|the|de|del|della|la|le|du|da|van|von|der|den|bin|ibn|al|el|for|y|&)"
# No name has more words than 13; without a bound, a text all in capitals would be one run.
_RUN = re.compile(rf"(?<![\w’'@#&-]){_CAPITAL}(?:[ \u00a0](?:{_LINK}[ \u00a0]){{0,2}}{_CAPITAL}){{0,12}}")
_WORD = re.compile(rf"{_CAPITAL}|{_LINK}(?=[ \u00a0])")
_LETTER = re.compile(r"[^\W_]")
_POSSESSIVE = re.compile(r"(?:[’']s|(?<=s)[’'])\Z")
_DOTTED = re.compile(r"(?:\w\.){2,}\Z")
_ROMAN = re.compile(r"[IVXLC]+\.?\Z")
_DATELINE = re.compile(r"[A-Z][\w.,’' ]{1,60}(?:\([A-Z][\w ]{1,30}\))? ?(?:—|–|--?)(?= [“‘]?[A-Z])")

_TITLES = frozenset(
    "mr mrs ms mx dr prof sir dame lord lady sen sens rep reps gov govs pres rev hon gen lt col capt sgt maj cmdr adm "
    "st president presidents vice prime minister chancellor secretary senator senators representative congressman "
    "congresswoman governor mayor speaker king queen prince princess pope justice judge chief attorney general deputy "
    "former minority majority leader whip chairman chairwoman chair director ambassador professor doctor officer "
    "sheriff commissioner detective lieutenant captain colonel sergeant admiral coach candidate spokesman spokeswoman "
    "spokesperson press then ex acting president-elect vice-president foreign treasury defense defence interior "
    "state".split()
)
_NO_NAMES = DAYS | frozenset(
    "i i'm i've i'd i'll he she it we they you he's she's it's that's who what this that these those mon tue wed thu "
    "fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec am pm a.m p.m est edt gmt et pt ok no. photo image "
    "video read more getty ap afp reuters updated advertisement internet web god christmas easter thanksgiving "
    "election english spanish later earlier here there".split()
)
"""Capitalised words that name nobody whom a text could take sides on."""

_GENERIC = frozenset(
    "house party court department state states street committee university union bank city county council agency "
    "office school company group times post news journal america center institute act north south east west new "
    "democrats republicans democrat republican".split()
)
"""Last words of names that do not stand for the whole name."""
_WHERE = frozenset("of for from in to at on near against with".split())
"""Between an office or institution and the place or body that it belongs to."""
_GENERATIONS = frozenset(("jr", "sr"))
_OWN_NAMES = frozenset("emily levi lloyd macy martha mcdonald moody valentine".split())
"""Owners that are part of a name: Martha's Vineyard, Moody's Analytics."""

Spot = tuple[int, int]
_Core = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target that the user names.

    Attributes:
        aliases: other names of it, found as whole words.
        patterns: regular expressions of further mentions.
    """

    name: str
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


class Finder(Protocol):
    """Finds the mentions of names; joining them into targets is not its work."""

    def __call__(self, segmentation: Segmentation) -> Iterable[Spot]:
        """(start, end) of each mention, in order, none overlapping."""
        ...


@dataclass(frozen=True, slots=True)
class _Mention:
    """A run of capitalised words and the name in it.

    Attributes:
        core: its words in lower case, without titles.
    """

    start: int
    end: int
    name: str
    core: tuple[str, ...]


def find_targets(
    segmentation: Segmentation, finder: Finder, wanted: Sequence[Wanted] | None = None
) -> tuple[NamedTarget, ...]:
    """Who and what a text names, most mentioned first.

    Args:
        finder: finds the mentions.
        wanted: where given, these targets alone, in their order; those that are never mentioned are left out.
    """
    text = segmentation.text
    mentions = [mention for start, end in finder(segmentation) if (mention := _mention(text, start, end))]
    groups = _joined(mentions)
    if wanted is not None:
        found = [NamedTarget(each.name, _wanted(text, each, groups)) for each in wanted]
        return tuple(_spoken_of(found, segmentation.labels))
    targets = [NamedTarget(_fullest(group), tuple((m.start, m.end) for m in group)) for group in groups]
    spoken_of = _spoken_of(targets, segmentation.labels)
    return tuple(sorted(spoken_of, key=lambda target: (-len(target.mentions), target.mentions[0])))


def _spoken_of(targets: Iterable[NamedTarget], labels: Sequence[Spot]) -> Iterator[NamedTarget]:
    """The targets that a text says something of, without the labels that only name them as speakers."""
    ends = [end for _, end in labels]
    for target in targets:
        # Of the labels, only the first one that ends behind a mention's start may hold it.
        places = ((spot, bisect_right(ends, spot[0])) for spot in target.mentions)
        mentions = tuple(spot for spot, i in places if i == len(labels) or spot[0] < labels[i][0])
        if mentions:
            yield replace(target, mentions=mentions)


def with_targets(segmentation: Segmentation, finder: Finder, wanted: Sequence[Wanted] | None = None) -> Segmentation:
    """The same segmentation, and whom and what the text names."""
    return replace(segmentation, targets=find_targets(segmentation, finder, wanted))


def finder_of(named: str | Finder) -> Finder:
    """The finder of a name: "names", or "spacy:MODEL".

    Raises:
        InputError: if there is no such finder, or spaCy or its model is not installed.
    """
    if callable(named):
        return named
    if named == "names":
        return find_names
    if isinstance(named, str) and named.startswith("spacy:"):
        return SpacyFinder(named.removeprefix("spacy:"))
    raise InputError(
        f"unknown finder {named!r}; set --finder (in Python: finder) to 'names' or 'spacy:MODEL', for example "
        "'spacy:en_core_web_sm'"
    )


class SpacyFinder:
    """The persons, organizations, places and groups that a spaCy pipeline finds.

    Args:
        pipeline: name or folder of an installed pipeline with an entity recognizer.

    Raises:
        MissingExtraError: if spaCy is not installed.
        InputError: if the pipeline is not installed.
    """

    LABELS = frozenset("PERSON PER ORG GPE LOC NORP FAC".split())

    def __init__(self, pipeline: str) -> None:
        self.pipeline = pipeline
        try:
            import spacy
        except ImportError as error:
            raise MissingExtraError("spacy", "spacy") from error
        try:
            self._nlp = spacy.load(pipeline)
        except OSError as error:
            raise InputError(
                f"the spaCy model {pipeline!r} is not installed; run: python -m spacy download {pipeline}"
            ) from error

    def __call__(self, segmentation: Segmentation) -> list[Spot]:
        """See ``Finder``."""
        return [(e.start_char, e.end_char) for e in self._nlp(segmentation.text).ents if e.label_ in self.LABELS]


def find_names(segmentation: Segmentation) -> Iterator[Spot]:
    """The built-in finder: see the module. A headline's capitals count where the article names the same."""
    text = segmentation.text
    paragraphs = segmentation.paragraphs
    begins = [_after_dateline(text, paragraph.start, paragraph.end) for paragraph in paragraphs]
    found = [
        (paragraphs[sentence.paragraph].kind in COUNTED_KINDS, spot)
        for sentence in segmentation.sentences
        for spot in _runs(text, max(sentence.start, begins[sentence.paragraph]), sentence.end)
    ]
    known = {word for is_text, (start, end) in found if is_text for word in text[start:end].lower().split()}
    for is_text, (start, end) in found:
        if is_text or all(word in known for word in text[start:end].lower().split()):
            yield start, end


def wanted_from(entries: Iterable[str | Mapping[str, object]]) -> tuple[Wanted, ...]:
    """Read what a user names: strings, or mappings with ``name`` and optionally ``aliases`` and ``patterns``.

    Raises:
        InputError: if an entry has no name, or a pattern is no regular expression.
    """
    if isinstance(entries, str | Mapping) or not isinstance(entries, Iterable):
        raise InputError(f"the argument 'targets' must be a list of names, for example ['Joe Biden'], not {entries!r}")
    return tuple(map(_wanted_from, entries))


def _wanted_from(entry: str | Mapping[str, object]) -> Wanted:
    if not isinstance(entry, str | Mapping):
        raise InputError(
            f"each target must be a name, or a dict with the keys 'name', 'aliases' and 'patterns', not {entry!r}"
        )
    fields = {"name": entry} if isinstance(entry, str) else dict(entry)
    name, aliases, patterns = fields.pop("name", None), fields.pop("aliases", ()), fields.pop("patterns", ())
    if fields:
        raise InputError(
            f"a target has the unknown key {next(iter(fields))!r}; use only the keys 'name', 'aliases' and 'patterns'"
        )
    lists = (aliases, patterns)
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"the target {entry!r} has no name; add a name, for example 'Joe Biden'")
    if not all(isinstance(each, list | tuple) and all(isinstance(s, str) and s for s in each) for each in lists):
        raise InputError(
            f"the keys 'aliases' and 'patterns' of the target {name!r} must be lists of strings; no string may be empty"
        )
    for pattern in patterns:  # type: ignore[attr-defined]
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(
                f"the pattern {pattern!r} of the target {name!r} is not a regular expression ({error}); correct the "
                "pattern"
            ) from error
    return Wanted(name, tuple(aliases), tuple(patterns))  # type: ignore[arg-type]


def _runs(text: str, start: int, end: int) -> Iterator[Spot]:
    """Runs of capitalised words in one sentence, cut where one name ends and the title of another begins."""
    if _shouts(text, start, end):
        return
    for run in _RUN.finditer(text, start, end):
        words = [(m.start(), m.end(), m[0]) for m in _WORD.finditer(text, run.start(), run.end())]
        if _opens(text, start, run.start()):
            words = _without_common(words)
        for part in _parts(words):
            yield part[0][0], _without_ending(text, part[0][0], part[-1][1])


def _after_dateline(text: str, start: int, end: int) -> int:
    """Where a paragraph begins after ``WASHINGTON (AP) —``."""
    found = _DATELINE.match(text, start, end)
    if not found:
        return start
    place = found[0].split("(")[0].split(",")[0]
    return found.end() if "(" in found[0] or place.isupper() else start


def _shouts(text: str, start: int, end: int) -> bool:
    stretch = text[start : min(end, start + 400)]
    n_capitals = sum(map(str.isupper, stretch))
    # Most sentences have few capitals, so that their letters need no count.
    n_letters = sum(map(str.isalpha, stretch)) if n_capitals > 8 else 0
    return n_letters > 12 and n_capitals > 0.7 * n_letters


def _opens(text: str, start: int, at: int) -> bool:
    """Whether a capital at ``at`` says nothing: it opens the sentence, a quotation, or what follows a colon."""
    before = text[max(start, at - 3) : at].rstrip(" \u00a0")
    return not _LETTER.search(text, start, at) or before[-1:] in {"“", '"', "‘", ":", "—", "(", "•", "/"}


_Words = list[tuple[int, int, str]]


def _without_common(words: _Words) -> _Words:
    """Without the word that opens the sentence, where it is a common one; the next word's capital is its own."""
    word = words[0][2]
    return words if _bare(word) in _TITLES or word.lower() not in common_words() else words[1:]


def _parts(words: _Words) -> Iterator[_Words]:
    """``New York Attorney General Letitia James`` names two: the place, and the person with her office."""
    words = _trimmed(words)
    cut = next((i for i in range(1, len(words)) if _owns(words, i - 1) or _begins_office(words, i)), 0)
    if cut:
        yield from _parts(words[:cut])
        words = words[cut:]
    if words and _names(words):
        yield words


def _owns(words: _Words, at: int) -> bool:
    """``Russia's Vladimir Putin`` names two; ``Sam's Club``, ``Sheriff's Office`` and ``St. Mary's Square``, one."""
    owner, owned = words[at][2], [_bare(word) for _, _, word in words[at + 1 :]]
    if owned[0] not in _NO_NAMES if len(owned) == 1 else all(map(_is_common, owned)):
        return False
    bare = _bare(owner)
    if not owner.endswith(("’s", "'s")) or (at and _bare(words[at - 1][2]) in {"st", "saint"}):
        return False
    return bare in _NO_NAMES or not (bare in _TITLES or bare in _OWN_NAMES or bare in common_words())


def _begins_office(words: _Words, at: int) -> bool:
    return (
        _bare(words[at][2]) in _TITLES
        and _bare(words[at - 1][2]) not in _TITLES
        and not words[at - 1][2].islower()
        and at < len(words) - 1
        and _names(words[at:])
    )


def _trimmed(words: _Words) -> _Words:
    """Without articles, links and weekdays at either end: "told Ann Hall Monday"."""
    while words and (words[0][2].lower() in {"the", "a", "an", "of", "for", "y", "&"} or _is_weekday(words[0][2])):
        words = words[1:]
    while words and (words[-1][2].islower() or _is_weekday(words[-1][2])):
        words = words[:-1]
    return words


def _is_weekday(word: str) -> bool:
    bare = _bare(word)
    return bare.endswith("day") and bare in _NO_NAMES


def _names(words: _Words) -> bool:
    core = _core([word for _, _, word in words])
    if not core or (len(core) == 1 and (len(core[0]) < 2 or _ROMAN.match(words[-1][2]))):
        return False
    # "May" is a month, "Mrs. May" is none.
    return len(core) < len(words) or not all(word in _NO_NAMES or word in _TITLES for word in core)


def _core(words: Sequence[str]) -> tuple[str, ...]:
    """The name without titles, in lower case: (antony, blinken) for ``Secretary of State Antony Blinken``."""
    bare = [_bare(word) for word in words]
    first = 0
    while first < len(bare) and (bare[first] in _TITLES or (first and bare[first] in {"of", "the", "for", "and"})):
        first += 1
    rest = bare[first:]
    if rest and rest[-1] in _GENERIC and len(rest) == 1:
        return tuple(bare)  # State Department
    return tuple(rest)


@lru_cache(maxsize=1 << 14)
def _bare(word: str) -> str:
    word = _POSSESSIVE.sub("", word).lower().replace("’", "'")
    return word if _DOTTED.match(word) else word.rstrip(".")


def _without_ending(text: str, start: int, end: int) -> int:
    """The end of a mention without possessive, and without the full stop of the sentence."""
    if found := _POSSESSIVE.search(text, start, end):
        return found.start()
    last = text[start:end].rsplit(None, 1)[-1]
    belongs = _DOTTED.match(last) or len(last) < 3 or _bare(last) in _GENERATIONS
    return end - 1 if last.endswith(".") and not belongs else end


def _mention(text: str, start: int, end: int) -> _Mention | None:
    words = text[start:end].split()
    core = _core(words)
    return _Mention(start, end, " ".join(words[len(words) - len(core) :]), core) if core else None


def _fullest(group: Sequence[_Mention]) -> str:
    """The longest name of a group, as it is most often written."""
    counted = Counter(mention.name for mention in group)
    return max(counted, key=lambda name: (len(name.split()), counted[name], len(name)))


def _joined(mentions: Sequence[_Mention]) -> list[list[_Mention]]:
    """Mentions of one name together, shorter forms with the fuller one that the text uses most."""
    fuller = _fuller(Counter(mention.core for mention in mentions))
    groups: dict[_Core, list[_Mention]] = {}
    for mention in mentions:
        core = mention.core
        # A name grows a few times at the most: "Blinken", "Antony Blinken", "Antony J. Blinken".
        for _ in range(3):
            core = fuller.get(core, core)
        groups.setdefault(core, []).append(mention)
    return list(groups.values())


def _fuller(counted: Mapping[_Core, int]) -> dict[_Core, _Core]:
    """The fuller form of each shorter one: the most frequent of those that the text has."""
    by_end: dict[_Core, _Core] = {}
    by_first: dict[_Core, _Core] = {}
    by_initials: dict[_Core, _Core] = {}
    for core in sorted(counted, key=lambda name: -counted[name]):
        if len(core) == 1:
            continue
        for shorter in _endings(core):
            by_end.setdefault(shorter, core)
        by_initials.setdefault(("".join(word[0] for word in core if len(word) > 3),), core)
        # "Hillary" is Hillary Clinton where "Clinton" stands alone too, so that the name is a person's.
        if core[-1:] in counted:
            by_first.setdefault(core[:1], core)
    alone = {core: (core[0].replace(".", ""),) for core in counted if len(core) == 1 and core[0] not in _GENERIC}
    found = {core: by_end[core] for core in counted if core in by_end and (len(core) > 1 or core in alone)}
    for core, plain in alone.items():
        if core not in found and (full := by_first.get(core) or by_initials.get(plain)):
            found[core] = full
    return found


def _endings(core: _Core) -> Iterator[_Core]:
    """The shorter forms of a name: its last words, and ``Antony Blinken`` of ``Antony J. Blinken``."""
    name, _ = _generation(core)
    yield from (core[first:] for first in range(1, len(name)) if core[first - 1] not in {"of", "for"})
    if (shorter := _without_middle(core)) != core:
        yield shorter


def _without_middle(core: _Core) -> _Core:
    """(hillary, clinton) for (hillary, rodham, clinton); House Judiciary Democrats are not House Democrats."""
    name, generation = _generation(core)
    if not 3 <= len(name) <= 4 or len(set(name)) < len(name) or not _is_persons(name):
        return core
    return (name[0], name[-1], *generation)


def _is_persons(name: _Core) -> bool:
    """Whether a full name may be a person's: Bill Clinton, but not House Democrats or Black Lives Matter."""
    return len(name) > 1 and name[0] not in _GENERIC and not any(map(_is_common, name[1:]))


def _is_common(word: str) -> bool:
    """Whether a word is no last name; a single letter may be an initial."""
    return len(word) > 1 and (word in _GENERIC or word in common_words())


def _generation(core: _Core) -> tuple[_Core, _Core]:
    """The name, and what tells father and son apart: Donald Trump Jr. is not Donald Trump."""
    cut = len(core) - 1 if len(core) > 1 and core[-1] in _GENERATIONS else len(core)
    return core[:cut], core[cut:]


def _describes(words: Sequence[str]) -> bool:
    """``Ukraine's capital``, ``mayor of Kyiv`` and ``Prime Minister of Israel`` are no names of the place in them."""
    bare = [_bare(word) for word in words]
    dropped = bare[: len(bare) - len(_core(words))]
    while dropped and dropped[-1] in ("the", "and"):
        dropped.pop()
    # The State of Israel is Israel.
    if len(dropped) > 1 and dropped[-1] in _WHERE and dropped != ["state", "of"]:
        return True
    mixed = any(word[0].isupper() for word in words)
    small = [i for i, word in enumerate(words) if word.islower() and _is_common(word) and word not in _WHERE]
    return mixed and any(i + 1 == len(words) or words[i + 1] in _WHERE for i in small)


def _wanted(text: str, wanted: Wanted, groups: Sequence[Sequence[_Mention]]) -> tuple[Spot, ...]:
    """The mentions of a target that the user names."""
    spelled = [tuple(name.split()) for name in (wanted.name, *wanted.aliases)]
    described = {tuple(map(_bare, words)) for words in spelled if _describes(words)}
    names = {_core(words) for words in spelled if not _describes(words)} - {()}
    # A middle name counts only where both give one: George W. Bush is not George H.W. Bush.
    shorter = {_without_middle(name) for name in names}
    people = set(filter(_is_persons, names))
    # "Kennedy" is Robert F. Kennedy Jr. where the text names him so; else it is rather his father.
    generations = {_generation(mention.core)[1] for group in groups for mention in group}
    lasts = {
        name[-1:]
        for name, generation in map(_generation, names)
        if len(name) > 1
        and name[-1] not in _GENERIC
        and name[-2] not in _WHERE
        and (not generation or generation in generations)
    }
    spots: list[Spot] = []
    for group in groups:
        cores = {mention.core for mention in group}
        fuller = {ending for core in cores for ending in _endings(core)}
        # A last name alone counts where the text gives no first name: it could be another's.
        if cores & (names | shorter | described) or fuller & people or cores <= lasts:
            spots += [(mention.start, mention.end) for mention in group]
    taken = bytearray(len(text))
    for start, end in spots:
        taken[start:end] = b"\1" * (end - start)
    names_as_written = (re.sub("['’]", "['’]", re.escape(name)) for name in (wanted.name, *wanted.aliases))
    literal = [rf"(?<!\w){name}(?!\w)(?!,? (?i:{'|'.join(_GENERATIONS)})\b)" for name in names_as_written]
    for pattern in (*literal, *wanted.patterns):
        for found in re.finditer(pattern, text):
            start, end = found.span()
            if start < end and not any(taken[start:end]):
                spots.append((start, end))
                taken[start:end] = b"\1" * (end - start)
    return tuple(sorted(spots))

"""Segmentation takes time that grows with a text's length, whatever the text: curves, and a check of the patterns."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

import biasscore
from biasscore.segment import segment

# Four times the text takes some four times as long; the square would take sixteen times. Between them lies room for a
# busy machine, and a curve that once stays below the border has shown that it can.
BORDER = 9.0
TRIES = 4
SHORTEST = 0.004

QUOTE = "“We must all stand together now and always”"
WORST: dict[str, Callable[[int], str]] = {
    "blanks between two marks": lambda n: f"The “foo”{' ' * n}x “bar” thing.",
    "blanks after a quotation": lambda n: f"{QUOTE}{' ' * n}x",
    "blanks before a mark": lambda n: f"She said:{' ' * n}{QUOTE}",
    "many quotations in one sentence": lambda n: "He called it “a b” and " * (n // 23),
    "many marks without words": lambda n: '"" ' * (n // 3),
    "titles before false borders": lambda n: "Reps. Adam " * (n // 11),
    "questions with their tags": lambda n: "“Why?” Mrs. Hall said. " * (n // 23),
    "indirect speech beside quotations": lambda n: "He said the plan “a b c” was bad. " * (n // 34),
    "one endless word": lambda n: "a" * n,
    "one endless name": lambda n: f"{QUOTE} " + "Ab" * (n // 2) + " said.",
    "names of one letter": lambda n: f"{QUOTE} " + "A." * (n // 2),
    "capitals": lambda n: "Ann " * (n // 4),
    "apostrophes": lambda n: "'a " * (n // 3),
    "opening marks": lambda n: "“a " * (n // 3),
    "opening and single marks": lambda n: "“‘a " * (n // 4),
    "straight marks": lambda n: '"' * n,
    "glued sentences": lambda n: "In June.Once again" * (n // 18),
    "glued straight marks": lambda n: 'said."We ' * (n // 9),
    "glued capitals": lambda n: "Ab.Cd" * (n // 5),
    "full stops": lambda n: "." * n,
    "entities": lambda n: "&quot;a " * (n // 8),
    "half an entity": lambda n: "&#" * (n // 2),
    "backticks": lambda n: "``" * (n // 2),
    "typed marks": lambda n: "`` a '' " * (n // 8),
    "spaced marks": lambda n: '" a ' * (n // 4),
    "lost characters": lambda n: "a \ufffdb\ufffd " * (n // 6),
    "misread marks": lambda n: "â€œaâ€ " * (n // 7),
    "tokenised": lambda n: "It 's late , he said . " * (n // 23),
    "labels": lambda n: "ANN HALL: Yes, I do.\n\n" * (n // 22),
    "labels in one paragraph": lambda n: "ANN HALL: Yes, I do. " * (n // 21),
    "half a label": lambda n: "Q: " + "A B, " * (n // 5),
    "labels without end": lambda n: ("ANN (" * 9 + "\n") * (n // 46),
    "questions without labels": lambda n: "Do you?\n\nI do.\n\n" * (n // 16),
    "signed posts": lambda n: "You fool.\n\n— Al (@al) May 1, 2019\n\n" * (n // 34),
    "dashes": lambda n: "— " * (n // 2) + "@a",
    "retweets": lambda n: "RT @x: " * (n // 7),
    "blocks": lambda n: "> a b c\n\n" * (n // 9),
    "fields": lambda n: "SECTION: A\n\n" * (n // 12),
    "dates": lambda n: "May 1, 2019\n\n" * (n // 13),
    "bylines": lambda n: "By Ann Hall and " * (n // 16),
    "links": lambda n: "Sign up to " * (n // 11),
    "credits": lambda n: "(AP " * (n // 4),
    "wrapped lines": lambda n: "the line goes on and on\n" * (n // 24),
    "headings": lambda n: "A heading\n\n" * (n // 11),
    "repeats": lambda n: ("The council voted on Tuesday to close two libraries in the town.\n\n") * (n // 66),
    "views": lambda n: "Critics see it as a gamble. " * (n // 28),
    "views in one sentence": lambda n: "critics see it, " * (n // 16),
    "accused": lambda n: "he accused the firm " * (n // 20),
    "scare quotes": lambda n: "the supposed “plan” and " * (n // 24),
    "foreign": lambda n: "市议会 " * (n // 4),
}  # fmt: skip


def _seconds(text: str) -> float:
    start = time.process_time()
    segment(text)
    return time.process_time() - start


def _ratio(make: Callable[[int], str]) -> float:
    """How much longer four times the text takes, at a length where that can be measured."""
    n = 4_000
    while (short := _seconds(make(n))) < SHORTEST and n < 64_000:
        n *= 2
    return _seconds(make(4 * n)) / max(short, SHORTEST)


@pytest.mark.parametrize("name", WORST)
def test_time_grows_with_the_length(name: str) -> None:
    segment("Warm up.")
    ratios: list[float] = []
    while len(ratios) < TRIES and (not ratios or ratios[-1] > BORDER):
        ratios.append(_ratio(WORST[name]))
    assert ratios[-1] <= BORDER, ratios


class Blanks(NamedTuple):
    """What a part of a pattern does with blanks: may it be empty, may it begin or end with any number of them?"""

    empty: bool
    first: bool
    last: bool


def _takes_blank(items: Sequence[Any]) -> bool:
    """Does a single-character part match a blank?"""
    kind, value = items[0]
    match kind:
        case op.LITERAL:
            return value == ord(" ")
        case op.NOT_LITERAL:
            return value != ord(" ")
        case op.ANY:
            return True
        case op.IN:
            negated = value[0][0] is op.NEGATE
            return negated != any(_holds_blank(part) for part in value[negated:])
    return False


def _holds_blank(part: tuple[Any, Any]) -> bool:
    kind, value = part
    if kind is op.LITERAL:
        return value == ord(" ")
    if kind is op.RANGE:
        return value[0] <= ord(" ") <= value[1]
    return value in (op.CATEGORY_SPACE, op.CATEGORY_NOT_WORD, op.CATEGORY_NOT_DIGIT)


def _blanks(items: Sequence[Any]) -> Blanks:
    """Read a sequence; raises ValueError where two parts can share one run of blanks."""
    read = [_blanks_of(item) for item in items]
    for i, part in enumerate(read):
        if part.last:
            for later in read[i + 1 :]:
                if later.first:
                    raise ValueError("two parts can share one run of blanks")
                if not later.empty:
                    break
    empty = all(part.empty for part in read)
    return Blanks(empty, _reaches(read, "first"), _reaches(read[::-1], "last"))


def _reaches(parts: Sequence[Blanks], side: str) -> bool:
    for part in parts:
        if getattr(part, side):
            return True
        if not part.empty:
            return False
    return False


def _blanks_of(item: Any) -> Blanks:
    kind, value = item
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        low, high, inner = value
        single = len(inner) == 1 and inner[0][0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
        if single:
            many = high is op.MAXREPEAT and _takes_blank(inner)
            return Blanks(low == 0, many, many)
        inside = _blanks(inner)
        if high > 1 and inside.last and inside.first:
            raise ValueError("a repeated part can share one run of blanks with itself")
        return Blanks(low == 0 or inside.empty, inside.first, inside.last)
    if kind is op.SUBPATTERN:
        return _blanks(value[3])
    if kind is op.ATOMIC_GROUP:
        return _blanks(value)
    if kind is op.BRANCH:
        branches = [_blanks(branch) for branch in value[1]]
        return Blanks(*(any(getattr(b, name) for b in branches) for name in Blanks._fields))
    if kind in (op.ASSERT, op.ASSERT_NOT):
        _blanks(value[1])
    return Blanks(kind in (op.AT, op.ASSERT, op.ASSERT_NOT), first=False, last=False)


def refuse_adjacent_blanks(pattern: str) -> None:
    """Raises ValueError for a pattern such as ``\\s*(x)?\\s*``, which splits a run of blanks in every way there is."""
    _blanks(parser.parse(pattern))


@pytest.mark.parametrize(
    "pattern", [r"\s*(x)?\s*", r"\s*,?\s*", r"a\s+(?:b|\s+c)", r"(?:\s*x?)*", r"\s*[,;]*(?=y)?\s+z", r"[\s,]*\s*"]
)
def test_a_pattern_that_can_split_blanks_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="blanks"):
        refuse_adjacent_blanks(pattern)


@pytest.mark.parametrize("pattern", [r"\s*x\s*", r"\s*(?:x\s*)?y", r"(?:\sx)*\s*", r"a ?b? ?c", r"(?:x\s+)+y"])
def test_a_pattern_that_cannot_is_not(pattern: str) -> None:
    refuse_adjacent_blanks(pattern)


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every named pattern of the library, each under the module that compiles it."""
    root = Path(biasscore.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "re.compile(" in path.read_text("utf-8"):
            module = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
            for name, value in vars(import_module(module)).items():
                if isinstance(value, re.Pattern):
                    yield f"{module}.{name}", value


@pytest.mark.parametrize(("name", "pattern"), list(_patterns()))
def test_no_pattern_of_the_library_can_split_blanks(name: str, pattern: re.Pattern[str]) -> None:
    refuse_adjacent_blanks(pattern.pattern)


def test_patterns_are_named() -> None:
    """A pattern that is compiled inside a function escapes the check."""
    assert len(list(_patterns())) > 40
    assert "biasscore.segment" in sys.modules

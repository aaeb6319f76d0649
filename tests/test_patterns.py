"""No pattern of the library can split a run of blanks in two ways, which would take the square of its length."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

import biasscore


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

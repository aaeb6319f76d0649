"""A part of the attack table with every run of the tests; `make attack` tries all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack import table
from attack.case import Case, limited

EVERY = 12
"""Of the table's cases each so manieth is tried here; `make attack` tries all."""

WHOLE_ELSEWHERE = {"linear time", "fuzzer's corpus"}
"""Kinds that test_curves.py and test_fuzzed.py try whole."""


def chosen() -> list[Case]:
    return [case for case in table.cases() if not case.is_slow and case.kind not in WHOLE_ELSEWHERE][::EVERY]


@pytest.mark.parametrize("case", chosen(), ids=str)
def test_what_must_happen_happens(case: Case, tmp_path: Path) -> None:
    with limited(case.seconds):
        case.check(tmp_path)


def test_every_case_has_a_name_of_its_own() -> None:
    names = [str(case) for case in table.cases()]
    assert len(names) == len(set(names)) >= 600

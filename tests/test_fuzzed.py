"""What the fuzzer started from, and what once broke something: all of it, with every run of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack import fuzzed
from attack.case import Case


@pytest.mark.parametrize("case", list(fuzzed.cases()), ids=str)
def test_the_corpus_holds(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)

"""Nothing takes more than its share: each worst case that we know, for n and 4n."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack import curves
from attack.case import Case


@pytest.mark.parametrize("case", list(curves.cases()), ids=str)
def test_work_grows_with_the_input(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)

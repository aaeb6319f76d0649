"""What came of each case, kept in a file, so that a run can be stopped, go on, and survive a case that kills it."""

from __future__ import annotations

import json
from pathlib import Path

from attack.case import Case, Outcome

DIED = "the process died, or was stopped, in this case"


class Outcomes:
    """The last outcome of each case. A line is written before a case and one after it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: dict[str, tuple[str | None, float]] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                told = json.loads(line)
                self._last[told["case"]] = told["fault"], told["seconds"]
        path.parent.mkdir(exist_ok=True)

    def begin(self, case: Case) -> None:
        """Note that a case is tried; this stands where it ends the process."""
        self._write(Outcome(case, DIED, 0.0))

    def add(self, outcome: Outcome) -> None:
        """Note what came of it."""
        self._write(outcome)

    def holds(self, case: Case) -> bool:
        """Whether the case was tried and its promise kept."""
        return case in self and self[case].fault is None

    def forget(self) -> None:
        """Start anew with the next run."""
        self._path.unlink(missing_ok=True)

    def __contains__(self, case: Case) -> bool:
        return str(case) in self._last

    def __getitem__(self, case: Case) -> Outcome:
        return Outcome(case, *self._last[str(case)])

    def _write(self, outcome: Outcome) -> None:
        self._last[str(outcome.case)] = outcome.fault, outcome.seconds
        told = {"case": str(outcome.case), "fault": outcome.fault, "seconds": outcome.seconds}
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(told) + "\n")

"""`make attack`: try every case, say which promise is broken, and write the figures of docs/reliability.md.

A run that was stopped goes on where it was. After a complete run only what failed is tried again, until nothing fails.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from attack.case import Case, Outcome, tried
from attack.outcomes import Outcomes
from attack.table import cases
from benchmarks.environment import environment

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks/results/reliability.json"


def main(wanted: str = "") -> int:
    """Try what has not held yet, or the cases whose name holds ``wanted``; write the figures once all were tried."""
    logging.disable(logging.CRITICAL)
    table = tuple(cases())
    kept = Outcomes(ROOT / "build/attack.jsonl")
    _try([case for case in table if (wanted in str(case) if wanted else not kept.holds(case))], kept)
    if left := [case for case in table if case not in kept]:
        print(f"{len(left):,} cases are left; run it again without a name, to try them")
        return 1
    figures = _figures([kept[case] for case in table])
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(f"{figures['cases']:,} cases, {figures['held']:,} held; {RESULTS.relative_to(ROOT)} is written")
    if figures["faults"]:
        return 1
    kept.forget()  # the next run is a new one
    return 0


def _try(wanted: Iterable[Case], kept: Outcomes) -> None:
    with tempfile.TemporaryDirectory() as root:
        os.environ["XDG_CACHE_HOME"] = root  # the fastest engine is chosen anew, not by what the user's folder holds
        for number, case in enumerate(wanted):
            folder = Path(root) / str(number)
            folder.mkdir()
            kept.begin(case)
            outcome = tried(case, folder)
            kept.add(outcome)
            if outcome.fault:
                print(f"{case}\n    {outcome.fault}", flush=True)


def _figures(outcomes: list[Outcome]) -> dict[str, object]:
    tried_, held = Counter(o.case.kind for o in outcomes), Counter(o.case.kind for o in outcomes if o.fault is None)
    return {
        "environment": environment(),
        "seconds": round(sum(outcome.seconds for outcome in outcomes)),
        "cases": len(outcomes),
        "held": sum(held.values()),
        "kinds": {kind: {"cases": number, "held": held[kind]} for kind, number in tried_.items()},
        "faults": [{"case": str(o.case), "fault": o.fault} for o in outcomes if o.fault is not None],
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))

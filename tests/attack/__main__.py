"""`make attack`: try every case, say which promise is broken, and write the figures of docs/reliability.md."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from attack.case import Outcome, tried
from attack.table import cases
from benchmarks.environment import environment

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks/results/reliability.json"


def main(wanted: str = "") -> int:
    """Try all cases, or those whose name holds ``wanted``; only all of them are written down."""
    logging.disable(logging.CRITICAL)
    began, outcomes = time.monotonic(), []
    with tempfile.TemporaryDirectory() as root:
        os.environ["XDG_CACHE_HOME"] = root  # the fastest engine is chosen anew, not by what the user's folder holds
        for number, case in enumerate(case for case in cases() if wanted in str(case)):
            folder = Path(root) / str(number)
            folder.mkdir()
            outcomes.append(tried(case, folder))
            if outcomes[-1].fault:
                print(f"{case}\n    {outcomes[-1].fault}", flush=True)
    faults = sum(outcome.fault is not None for outcome in outcomes)
    print(f"{len(outcomes):,} cases, {faults:,} faults, {time.monotonic() - began:,.0f} seconds")
    if not wanted:
        RESULTS.write_text(json.dumps(_figures(outcomes, time.monotonic() - began), indent=2) + "\n", "utf-8")
    return min(faults, 1)


def _figures(outcomes: list[Outcome], seconds: float) -> dict[str, object]:
    tried_, held = Counter(o.case.kind for o in outcomes), Counter(o.case.kind for o in outcomes if o.fault is None)
    return {
        "environment": environment(),
        "seconds": round(seconds),
        "cases": len(outcomes),
        "held": sum(held.values()),
        "kinds": {kind: {"cases": number, "held": held[kind]} for kind, number in tried_.items()},
        "faults": [{"case": str(o.case), "fault": o.fault} for o in outcomes if o.fault is not None],
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))

"""`make curves`: every curve at n, 2n and 4n; writes ``benchmarks/results/curves.json``.

PYTHONPATH=.:tests python -m attack.measure [NAME]      NAME: only the curves whose name holds it; nothing is written
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from attack.curves import PROMISED, exponent, fastest, long_enough, peak, steps
from attack.worst import Curve, curves
from benchmarks.environment import environment

RESULTS = Path(__file__).parents[2] / "benchmarks/results/curves.json"
SHORTEST = 0.015
"""Seconds of the work of size n."""

LIGHTEST = 500_000
"""Bytes that the work of size n should hold: lists and tables grow by leaps, which make small ones look steep."""

TRIES = 3
MOST_TRIES = 9
"""Of a curve that seems too steep: another program may have made the long one longer."""


def main(wanted: str = "") -> int:
    """Measure; 1 where a curve is steeper than promised."""
    began = time.monotonic()
    found = []
    for curve in curves():
        if wanted in str(curve):
            found.append(_measured(curve))
            print(_line(found[-1]), flush=True)
    if not wanted:
        result = {"environment": environment(), "minutes": round((time.monotonic() - began) / 60, 1), "curves": found}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return int(any(max(row["exponents"].values()) >= PROMISED for row in found))


def _measured(curve: Curve) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        curve.make(curve.n, folder)()  # the first call loads what is kept
        counted = [steps(curve.make(size, folder)) for size in _sizes(curve.n)]
        n = long_enough(curve, folder, SHORTEST)
        works = [curve.make(size, folder) for size in _sizes(n)]
        times = fastest(works, TRIES)
        if exponent(times[0], times[-1]) >= PROMISED:
            again = fastest(works, MOST_TRIES - TRIES)
            times = [min(pair) for pair in zip(times, again, strict=True)]
        heavy = next((size for size in _sizes(n) if peak(curve.make(size, folder)) >= LIGHTEST), n)
        held = [peak(curve.make(size, folder)) for size in _sizes(heavy)]
    amounts = {"seconds": [round(found, 5) for found in times], "peak_bytes": held, "steps": counted}
    return {
        "area": curve.area,
        "curve": curve.name,
        "n": n,
        "n_of_steps": curve.n,
        "n_of_memory": heavy,
        **amounts,
        "exponents": {name: round(exponent(found[0], found[-1]), 2) for name, found in amounts.items()},
    }


def _sizes(n: int) -> tuple[int, int, int]:
    return n, 2 * n, 4 * n


def _line(row: dict[str, Any]) -> str:
    found = ", ".join(f"{name} {value:.2f}" for name, value in row["exponents"].items())
    mark = "*** " if max(row["exponents"].values()) >= PROMISED else ""
    return f"{mark}{row['area']}: {row['curve']}: {found} (n = {row['n']:,})"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))

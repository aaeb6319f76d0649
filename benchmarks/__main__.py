"""What ``make bench`` measures, one process after another, then the tables of README.md and docs."""

from __future__ import annotations

import subprocess
import sys

STEPS = ("throughput", "backends", "profile", "tables")


def main() -> None:
    for step in STEPS:
        subprocess.run([sys.executable, "-m", f"benchmarks.{step}"], check=True)


if __name__ == "__main__":
    main()

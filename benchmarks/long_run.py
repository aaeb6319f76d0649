"""A stream that does not end for so many minutes: memory, handles and threads while it runs and after `close()`.

python -m benchmarks.long_run [--minutes N] [--model NAME]
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

import biasscore
from benchmarks.environment import environment, write
from benchmarks.texts import articles
from biasscore.predict import checkpoints

RESULT = Path(__file__).parent / "results" / "long_run.json"
SAMPLES = 30


def watched(model: str, minutes: float) -> dict[str, Any]:
    """Samples at equal times, the last after ``close()``."""
    scorer = biasscore.load(model, device="cpu", threads=1)
    found: list[dict[str, float]] = []
    began, paragraphs = perf_counter(), 0
    for document in scorer.stream(_endless()):
        paragraphs += len(document.paragraphs)
        passed = (perf_counter() - began) / 60
        if passed >= len(found) * minutes / SAMPLES:
            found.append({"minutes": round(passed, 2), "paragraphs": paragraphs, **_held()})
        if passed >= minutes:
            break
    scorer.close()
    gc.collect()
    return {"model": scorer.fingerprint, "paragraphs": paragraphs, "samples": found, "after_close": _held()}


def _endless() -> Iterator[str]:
    for seed in count():
        yield from articles(120, seed)


def _held() -> dict[str, float]:
    process = psutil.Process()
    return {
        "memory_mib": process.memory_info().rss >> 20,
        "handles": process.num_fds(),
        "threads": process.num_threads(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small", choices=checkpoints.available())
    parser.add_argument("--minutes", type=float, default=60.0)
    given = parser.parse_args()
    result = {"environment": environment(), **watched(given.model, given.minutes)}
    write(RESULT, result)


if __name__ == "__main__":
    main()

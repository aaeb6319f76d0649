"""Where the time of ``biasscore score one.txt`` goes, from an empty process to the printed article.

    python -m benchmarks.cold_start [--model NAME] [--repeats N]

Each step is a process of its own that does what the step before does, and one thing more; the difference is the step.
The best of ``--repeats`` counts. Processor time stands beside the time on the clock: a busy machine leaves it alone.
Imports are also listed by package, from one run with ``-X importtime``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.environment import environment, fingerprints, write

ROOT = Path(__file__).resolve().parent.parent
RESULT = Path(__file__).parent / "results" / "cold_start.json"
ARTICLE = "examples/report.txt"
MOST_PACKAGES = 12


def steps(model: str, backend: str) -> dict[str, list[str]]:
    """What each process runs."""
    opened = f"import biasscore.cli, biasscore\nbiasscore.load({model!r}, device='cpu', backend={backend!r})"
    library = {"torch": "import torch", "onnx": "import onnx, onnxruntime"}[backend]
    return {
        "python": ["-c", "pass"],
        "the command": ["-c", "import biasscore.cli"],
        "torch" if backend == "torch" else "ONNX Runtime": ["-c", f"import biasscore.cli\n{library}"],
        "the model": ["-c", opened],
        "the article": command(model, backend),
    }


def command(model: str, backend: str) -> list[str]:
    return ["-m", "biasscore", "score", ARTICLE, "--model", model, "--device", "cpu", "--backend", backend]


def timed(arguments: Sequence[str], repeats: int) -> dict[str, float]:
    """Best seconds of a Python process, on the clock and of processors."""
    runs = [_once(arguments) for _ in range(repeats)]
    return {"seconds": min(seconds for seconds, _ in runs), "processor_seconds": min(cpu for _, cpu in runs)}


def _once(arguments: Sequence[str]) -> tuple[float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=_env(), stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return perf_counter() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imports(arguments: Sequence[str]) -> dict[str, float]:
    """Seconds of importing, by package, the slowest first."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT,
        env=_env(),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds: Counter[str] = Counter()
    for line in run.stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|") if line.count("|") == 2 else ("", "", "")
        if own.strip().isdecimal():
            seconds[name.strip().partition(".")[0]] += int(own)
    return {name: microseconds / 1e6 for name, microseconds in seconds.most_common(MOST_PACKAGES)}


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}


def measured(model: str, repeats: int) -> dict[str, Any]:
    """Both backends, step by step."""
    found: dict[str, Any] = {"environment": environment(), "model": model, "weights": fingerprints([model])}
    for backend in ("torch", "onnx"):
        try:
            whole = {step: timed(arguments, repeats) for step, arguments in steps(model, backend).items()}
        except subprocess.CalledProcessError:
            found[backend] = {"error": f"does not run here: biasscore {' '.join(command(model, backend)[2:])}"}
        else:
            found[backend] = {"until": whole, "imports": imports(command(model, backend))}
    return found


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args(argv)
    found = measured(given.model, given.repeats)
    write(given.out, found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

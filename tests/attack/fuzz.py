"""`make fuzz`: inputs that a coverage-guided fuzzer makes, for a bounded time; what breaks stays in build/fuzz.

PYTHONPATH=.:tests python -m attack.fuzz [SECONDS]       both targets, their corpus, benchmarks/results/fuzz.json
PYTHONPATH=.:tests python -m attack.fuzz texts FLAGS…    one target, in libFuzzer's own words
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.environment import environment

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks/results/fuzz.json"
FOUND = ROOT / "build/fuzz"
CORPUS = Path(__file__).parent / "corpus"
SECONDS = 300
MOST_BYTES = 2_000
LONGEST = 20
"""Seconds for one input: none of so few bytes takes more, on a busy machine either."""

MOST_KEPT = 200
MOST_KEPT_BYTES = 200_000
"""Of what the fuzzer found for one target: the tests try all of it each time."""


def main(seconds: int = SECONDS) -> int:
    """Fuzz each target for so long; 1 where an input broke something."""
    from attack.fuzzed import TARGETS

    figures = {name: _fuzzed(name, seconds) for name in TARGETS}
    RESULTS.write_text(json.dumps({"environment": environment(), **figures}, indent=2) + "\n", "utf-8")
    broken = [name for name, figure in figures.items() if figure["broken"]]
    for name in broken:
        print(f"{name}: an input broke it, see {FOUND / name}; mend the cause, and keep the input in the corpus")
    return min(len(broken), 1)


def _fuzzed(name: str, seconds: int) -> dict[str, int | bool]:
    (FOUND / name).mkdir(parents=True, exist_ok=True)
    prefix = f"-artifact_prefix={FOUND / name}/broken-"
    found = _libfuzzer(name, f"-max_total_time={seconds}", prefix, FOUND / name, CORPUS / name)
    inputs = re.findall(r"^(?:Done (\d+) runs|#(\d+)\b)", found.stderr, re.MULTILINE)
    if found.returncode:
        print(found.stderr[-3_000:])
    return {
        "seconds": seconds,
        "inputs": max((int(done or number) for done, number in inputs), default=0),
        "kept": _kept(name),
        "broken": found.returncode != 0,
    }


def _kept(name: str) -> int:
    """Add to the corpus the fewest inputs that reach all that was ever reached; returns how many it has then."""
    for path in _found_before(name):
        path.rename(FOUND / name / path.name)  # it is weighed anew, beside the others
    _libfuzzer(name, "-merge=1", CORPUS / name, FOUND / name)
    n_bytes = 0
    for number, path in enumerate(sorted(_found_before(name), key=lambda path: (path.stat().st_size, path.name))):
        n_bytes += path.stat().st_size
        if number >= MOST_KEPT or n_bytes > MOST_KEPT_BYTES:
            path.unlink()
    return sum(1 for _ in (CORPUS / name).iterdir())


def _found_before(name: str) -> Iterator[Path]:
    """The inputs that the fuzzer named; those with a name of ours were written by hand, or once broke something."""
    return (path for path in list((CORPUS / name).iterdir()) if re.fullmatch("[0-9a-f]{40}", path.name))


def _libfuzzer(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "attack.fuzz", name, f"-max_len={MOST_BYTES}", f"-timeout={LONGEST}", *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)


def one(name: str, *arguments: str) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["biasscore.segment", "biasscore.tables"]):
        from attack.fuzzed import TARGETS
    # libFuzzer calls itself by its first argument to merge, through a shell.
    atheris.Setup([f"{sys.executable} -m attack.fuzz {name}", *arguments], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) if sys.argv[1:2] == [] or sys.argv[1].isdigit() else one(*sys.argv[1:]))

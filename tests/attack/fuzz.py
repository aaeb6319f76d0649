"""`make fuzz`: inputs that a coverage-guided fuzzer makes, for a bounded time; what breaks stays in build/fuzz.

python -m attack.fuzz [SECONDS]           both targets, and benchmarks/results/fuzz.json
python -m attack.fuzz SECONDS texts       one target, in libFuzzer's own words
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.environment import environment

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks/results/fuzz.json"
FOUND = ROOT / "build/fuzz"
SECONDS = 300
MOST_BYTES = 2_000
LONGEST = 20
"""Seconds for one input: none of so few bytes takes more, on a busy machine either."""


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
    command = [sys.executable, "-m", "attack.fuzz", str(seconds), name]
    found = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    inputs = re.findall(r"^(?:Done (\d+) runs|#(\d+)\b)", found.stderr, re.MULTILINE)
    if found.returncode:
        print(found.stderr[-3_000:])
    return {
        "seconds": seconds,
        "inputs": max((int(done or number) for done, number in inputs), default=0),
        "corpus": sum(1 for _ in (FOUND / name).glob("*")),
        "broken": found.returncode != 0,
    }


def one(seconds: str, name: str) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["biasscore.segment", "biasscore.tables"]):
        from attack.fuzzed import CORPUS, TARGETS
    limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={LONGEST}"]
    atheris.Setup(
        [sys.argv[0], *limits, f"-artifact_prefix={FOUND / name}/broken-", str(FOUND / name), str(CORPUS / name)],
        TARGETS[name],
    )
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(one(*sys.argv[1:]) if len(sys.argv) > 2 else main(*map(int, sys.argv[1:])))

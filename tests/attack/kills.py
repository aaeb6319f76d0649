"""Jobs that are killed at random moments, with and without damage to a file of the job folder before each restart."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fakes import fake_scorer
from jobs_inputs import records, write_jsonl

from attack.case import Case
from attack.job_folders import DAMAGES, OUTS, config, contents, files_of, settle
from biasscore.jobs import JobConfig, run
from biasscore.jobs.folder import JobFolder

JOBS, KILLS = 10, 10
_ROWS = 60
_PROGRAM = """
import sys
from pathlib import Path
from fakes import fake_scorer
from attack.job_folders import config
from biasscore.jobs import run
print("ready", flush=True)
run(config(Path(sys.argv[1]), Path(sys.argv[2])), fake_scorer)
"""


def _killed(number: int, damaged: bool, root: Path) -> None:
    """Kill one job ten times; then its table equals that of a run that nobody disturbed."""
    chance, out = random.Random(f"{number} {damaged}"), OUTS[number % len(OUTS)]
    source = write_jsonl(root / "in.jsonl", records(_ROWS))
    whole, job = config(source, root / "whole" / out), config(source, root / "job" / out)
    run(whole, fake_scorer)
    for _ in range(KILLS):
        _kill(source, job.out, chance.uniform(0, 0.4))
        if damaged:
            _damage(job, chance)
    settle(job, tries=6)
    assert contents(job.out) == contents(whole.out), "the table differs"
    assert not list(JobFolder.of(job).state.rglob(".*.tmp")), "temporary files are left"


def _kill(source: Path, out: Path, seconds: float) -> None:
    root = Path(__file__).parents[2]
    where = os.pathsep.join((str(root), str(root / "tests")))
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(source), str(out)],
        env={**os.environ, "PYTHONPATH": where},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def _damage(job: JobConfig, chance: random.Random) -> None:
    found = sorted(files_of(job).items())
    if found:
        name, path = chance.choice(found)
        chance.choice(DAMAGES[: -1 if name == "result" else None])(path, chance)


def cases() -> Iterator[Case]:
    """Ten jobs, ten kills each, twice."""
    for damaged in (False, True):
        for number in range(JOBS):
            name = f"job {number}, {KILLS} kills{', a file damaged after each' if damaged else ''}"
            yield Case("kills", name, partial(_killed, number, damaged), is_slow=True, seconds=900)

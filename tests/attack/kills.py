"""Jobs that are killed at random moments, with and without damage to a file of the job folder before each restart."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from fakes import fake_scorer
from jobs_inputs import records, write_jsonl

from attack.case import Case
from attack.job_folders import DAMAGES, OUTS, config, contents, files_of, settle
from biasscore.jobs import JobConfig, run
from biasscore.jobs.folder import JobFolder

JOBS, KILLS = 10, 10
_ROWS = 200
# A kill waits for so many new shards at most, so that ten of them do not come to the end of the job.
_MOST_SHARDS = 4
# Its processes have already imported what a job needs, so that a kill costs little more than the job itself.
_READY = multiprocessing.get_context("forkserver")
_READY.set_forkserver_preload([__name__])


def killed(number: int, damaged: bool, root: Path) -> None:
    """Kill one job ten times; then its table equals that of a run that nobody disturbed."""
    chance, out = random.Random(f"{number} {damaged}"), OUTS[number % len(OUTS)]
    source = write_jsonl(root / "in.jsonl", records(_ROWS))
    whole, job = config(source, root / "whole" / out), config(source, root / "job" / out)
    run(whole, fake_scorer)
    at_work = 0
    for _ in range(KILLS):
        at_work += _kill(job, chance)
        if damaged:
            _damage(job, chance)
    assert at_work > KILLS // 2, f"only {at_work} kills met a job between its shards"
    settle(job, tries=6)
    assert contents(job.out) == contents(whole.out), "the table differs"
    assert not list(JobFolder.of(job).state.rglob(".*.tmp")), "temporary files are left"


def _kill(job: JobConfig, chance: random.Random) -> bool:
    """Kill the job, run in another process, soon after some shards; whether it had shards and was at work then."""
    begun, begins = _READY.Pipe(duplex=False)
    process = _READY.Process(target=_run, args=(job, begins))
    wanted, before = chance.randint(0, _MOST_SHARDS), _shards(job)
    process.start()
    begun.recv()
    while process.is_alive() and len(_shards(job) - before) < wanted:
        process.join(0.001)
    process.join(chance.uniform(0, 0.02))
    is_at_work = process.is_alive() and bool(_shards(job))
    process.kill()
    process.join()
    process.close()
    return is_at_work


def _shards(job: JobConfig) -> set[tuple[str, int]]:
    """Names and times of the shards that lie there."""
    found = set()
    for path in JobFolder.of(job).parts.glob("part-*"):
        with suppress(FileNotFoundError):  # joined or thrown away meanwhile
            found.add((path.name, path.stat().st_mtime_ns))
    return found


def _run(job: JobConfig, begins: Connection) -> None:
    begins.send(None)
    with suppress(AssertionError):  # errors whose advice does not help are told by the last run, which nobody kills
        settle(job, tries=6)


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
            yield Case("kills", name, partial(killed, number, damaged), is_slow=True, seconds=900)

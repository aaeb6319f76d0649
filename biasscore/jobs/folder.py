"""A job's files on disk: one writer at a time, each file whole or not there, a journal of finished shards.

OUT/part-00000000.parquet …   the shards of a folder; for a file OUT they lie in OUT.job/ until it is joined
OUT/_job/ or OUT.job/         manifest.json, journal.jsonl, summary.json, lock
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from biasscore.errors import JobError
from biasscore.jobs.config import JobConfig, JobSummary
from biasscore.jobs.files import replacing, sync, writing
from biasscore.jobs.manifest import Manifest, check_same
from biasscore.tables import OutputFormat


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """One line of the journal: a shard whose file is complete."""

    shard: int
    rows: int
    errors: int
    tokens: int


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Where a job writes.

    Attributes:
        out: the result, file or folder.
        state: folder of manifest, journal, summary and lock.
        parts: folder of the shards.
        part_format: format of the shards; those that will be joined to one file are Parquet.
    """

    out: Path
    state: Path
    parts: Path
    part_format: OutputFormat

    @classmethod
    def of(cls, config: JobConfig) -> JobFolder:
        """The places of a job; nothing is made yet."""
        if config.is_file:
            state = config.out.with_name(f"{config.out.name}.job")
            return cls(config.out, state, state, "parquet")
        return cls(config.out, config.out / "_job", config.out, config.output_format)

    @property
    def is_joined(self) -> bool:
        """Whether the result is one file, joined from shards that are dropped in the end."""
        return self.parts == self.state

    def part(self, shard: int) -> Path:
        """The file of a shard."""
        return self.parts / f"part-{shard:08d}.{self.part_format}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the job's lock. The system drops it with the process, so a killed run leaves none behind.

        Raises:
            JobError: another process holds it, the folder cannot be made, or it holds something else.
        """
        self._check_free()
        with writing(self.state):
            self.state.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.state / "lock", blocking=False)
        with writing(self.state):
            try:
                lock.acquire()
            except Timeout:
                message = f"another process is writing to {self.out}; wait for it, or choose another output"
                raise JobError(message) from None
        try:
            yield
        finally:
            lock.release()

    def claim(self, manifest: Manifest) -> None:
        """Start the job, or make sure that this is the one that was started.

        Raises:
            JobError: the folder belongs to a run with another model, other options or other input.
        """
        started = self.manifest()
        if started is not None:
            check_same(started, manifest, str(self.out))
            self._mend_journal()
            return
        with replacing(self.state / "manifest.json") as stream:
            stream.write(manifest.to_json().encode())

    def manifest(self) -> Manifest | None:
        """The pins of the job that was started here; None where none was."""
        path = self.state / "manifest.json"
        return Manifest.from_json(path.read_text("utf-8")) if path.exists() else None

    def journal(self) -> dict[int, ShardRecord]:
        """Every shard that was ever finished."""
        path = self.state / "journal.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        records = [ShardRecord(**json.loads(line)) for line in lines]
        return {record.shard: record for record in records}

    def finished(self) -> dict[int, ShardRecord]:
        """The finished shards whose file is still there."""
        return {shard: record for shard, record in self.journal().items() if self.part(shard).exists()}

    def finish_shard(self, record: ShardRecord) -> None:
        """Tell the journal that a shard's file is complete."""
        path = self.state / "journal.jsonl"
        with writing(path), path.open("ab") as journal:
            journal.write(json.dumps(asdict(record)).encode() + b"\n")
            sync(journal)

    def finish(self, summary: JobSummary) -> None:
        """Tell that the job is complete, then drop the shards that were joined to one file."""
        with replacing(self.state / "summary.json") as stream:
            stream.write(json.dumps(asdict(summary), indent=2, ensure_ascii=False).encode() + b"\n")
        self.drop_joined()

    def drop_joined(self) -> None:
        """Delete the shards of a file that has been joined; those of a folder are the result."""
        if self.is_joined:
            for part in self.parts.glob("part-*"):
                part.unlink(missing_ok=True)

    def summary(self) -> JobSummary | None:
        """What a run that finds the job complete has done: nothing. None while it is not, or once a part is deleted."""
        path = self.state / "summary.json"
        if not path.exists():
            return None
        whole = self.out.exists() if self.is_joined else self.finished().keys() == self.journal().keys()
        if not whole:
            path.unlink()
            return None
        values = json.loads(path.read_text("utf-8"))
        told = tuple(values["first_errors"])
        return JobSummary(**{**values, "resumed_rows": values["rows"], "seconds": 0.0, "first_errors": told})

    def _mend_journal(self) -> None:
        """Cut off a last line that a crash or a full disk tore."""
        path = self.state / "journal.jsonl"
        if path.exists():
            with writing(path), path.open("rb+") as journal:
                journal.truncate(journal.read().rfind(b"\n") + 1)

    def _check_free(self) -> None:
        if (self.state / "manifest.json").exists() or not self.out.exists():
            return
        if self.out.is_file():
            raise JobError(
                f"{self.out} exists and no job that can be resumed wrote it; delete it or choose another output"
            )
        if self.is_joined or any(path.name != "_job" for path in self.out.iterdir()):
            raise JobError(f"{self.out} is a folder that holds other files; choose a new or empty one")

"""A job's files on disk: one writer at a time, each file whole or not there, and none trusted before it was checked.

OUT/part-00000000.parquet …   the shards of a folder; for a file OUT they lie in OUT.job/ until it is joined
OUT/_job/ or OUT.job/         manifest.json, journal.jsonl, summary.json, lock
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from biasscore.errors import JobError
from biasscore.jobs.config import JobConfig, JobSummary
from biasscore.jobs.files import Stamp, is_plain, move, read_plain, replacing, sealed, unsealed, writing
from biasscore.jobs.journal import Journal, records_of
from biasscore.jobs.manifest import Manifest, check_same
from biasscore.tables import OutputFormat, tables_in

_STATE = ("manifest.json", "journal.jsonl", "summary.json")
_PART = re.compile(r"part-(\d{8,})\.(parquet|jsonl|csv)")
_TEMPORARY = re.compile(rf"\.(?:{'|'.join(map(re.escape, _STATE))}|joined|{_PART.pattern})\.tmp")


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Where a job writes.

    Attributes:
        out: the result, file or folder; where the user named a link, what it leads to.
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
        """The places of a job; nothing is made yet.

        Raises:
            JobError: the output is a link that leads back to itself.
        """
        out = _followed(config.out)
        if config.is_file:
            state = out.with_name(f"{out.name}.job")
            return cls(out, state, state, "parquet")
        return cls(out, out / "_job", out, config.output_format)

    @property
    def is_joined(self) -> bool:
        """Whether the result is one file, joined from shards that are dropped in the end."""
        return self.parts == self.state

    @property
    def joined(self) -> Path:
        """The joined file, whole, until it gets its name."""
        return self.state / "joined"

    def part(self, shard: int) -> Path:
        """The file of a shard."""
        return self.parts / f"part-{shard:08d}.{self.part_format}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the job's lock. The system drops it with the process, so a killed run leaves none behind.

        Raises:
            JobError: another process holds it, the folder cannot be made, or it holds something else.
        """
        with writing(self.state):
            self._check_free()
            self.state.mkdir(parents=True, exist_ok=True)
            is_plain(self.state / "lock")
            lock = FileLock(self.state / "lock", blocking=False)
            try:
                lock.acquire()
            except Timeout:
                message = (
                    f"another process is writing to {self.out}; wait until the other process ends, or choose another "
                    "output"
                )
                raise JobError(message) from None
        try:
            yield
        finally:
            lock.release()

    def claim(self, manifest: Manifest) -> Journal:
        """Start the job, or go on with it: what of it is done, each finished shard checked against its file.

        Raises:
            JobError: the folder belongs to a run with another model, other options or other input, or it cannot be
                told to which.
        """
        self._drop_torn()
        started = self.manifest()
        notices: list[str] = []
        if started is not None:
            check_same(started, manifest, str(self.out), self.to_delete())
        else:
            notices = self._adopted(manifest)
            with replacing(self.state / "manifest.json") as stream:
                stream.write(manifest.to_json())
        journal = Journal.checked(self.state / "journal.jsonl", manifest.key, self.part)
        journal.notices[:0] = notices
        if manifest.options["engine"] == "local":  # on Ray the files have names of Ray's
            self._check_strangers(None)
        return journal

    def manifest(self) -> Manifest | None:
        """The pins of the job that was started here; None where none was, or its file is damaged."""
        data = None if self._was_deleted() else read_plain(self.state / "manifest.json")
        return None if data is None else Manifest.from_json(data)

    def finish(self, summary: JobSummary, journal: Journal, written: Mapping[Path, Stamp] | None = None) -> None:
        """Tell that the job is complete, give a joined file its name, then drop its shards.

        The summary comes first: a file OUT that it does not tell of is not ours, and is never replaced.

        Args:
            written: the result files as they were checked, where no journal tells of them (on Ray).
        """
        self._check_strangers(journal)
        found = self._results(journal) if written is None else written.items()
        held = {path.name: asdict(stamp) for path, stamp in found if stamp is not None}
        with replacing(self.state / "summary.json") as stream:
            told = {"job": journal.job, "shards": len(journal.done), "written": held, "summary": asdict(summary)}
            stream.write(sealed(told, indent=2))
        self._publish()

    def summary(self, journal: Journal) -> JobSummary | None:
        """What a run that finds the job complete has done: nothing. None while it is not, or a part of it is damaged.

        Raises:
            JobError: the result was changed after the job had finished.
        """
        path = self.state / "summary.json"
        found = _Finished.of(read_plain(path))
        if found is None or not self._is_of(journal, found) or not self._holds(found.written, journal):
            self._refuse_stranger()
            path.unlink(missing_ok=True)
            return None
        self._check_strangers(journal)
        return replace(found.summary, resumed_rows=found.summary.rows, seconds=0.0, notices=())

    def _is_of(self, journal: Journal, found: _Finished) -> bool:
        """Whether a summary is of this job, and every shard it counted is there; those of a joined file are dropped."""
        whole = self.is_joined or (not journal.notices and len(journal.done) == found.shards)
        return found.job == journal.job and whole

    def _results(self, journal: Journal) -> list[tuple[Path, Stamp | None]]:
        """The files of the result that no journal tells of: a joined one, or those that Ray wrote."""
        if self.is_joined:
            return [(self.out, Stamp.of(self.joined) or Stamp.of(self.out))]
        own = [] if journal.done else tables_in(self.out, [self.part_format])
        return [(path, Stamp.of(path)) for path in own]

    def _holds(self, written: dict[str, Stamp], journal: Journal) -> bool:
        """Whether the result is what was written; a joined file that a crash left without its name gets it now.

        Raises:
            JobError: a joined file is not, and there is nothing left to mend it from.
        """
        if self.is_joined and not self.joined.exists() and not self.out.exists():
            return False
        if {path.name: stamp for path, stamp in self._results(journal)} != written:
            if not self.is_joined:
                return False
            raise JobError(f"{self.out} was changed after the job finished; move or delete {self.out}, then run again")
        self._publish()
        return True

    def _publish(self) -> None:
        """Give a joined file its name and drop what it was joined from; a crash between may leave some of it."""
        if not self.is_joined:
            return
        with writing(self.out):
            if self.joined.exists():
                move(self.joined, self.out)
            for path in (*self.parts.glob("part-*"), self.state / "journal.jsonl"):
                path.unlink(missing_ok=True)

    def _drop_torn(self) -> None:
        """Delete what killed writers left; theirs was the lock that this run holds."""
        for folder in {self.state, self.parts}:
            for path in folder.glob(".*.tmp"):
                if _TEMPORARY.fullmatch(path.name) and (path.is_symlink() or path.is_file()):
                    path.unlink()

    def _was_deleted(self) -> bool:
        """Whether the joined result is gone, which is how a user asks for all to be scored anew."""
        whole = (self.state / "summary.json").exists() and self.is_joined
        return whole and not self.out.exists() and not any(self.state.glob("part-*")) and not self.joined.exists()

    def _forget(self) -> None:
        for name in _STATE:
            (self.state / name).unlink(missing_ok=True)

    def _adopted(self, manifest: Manifest) -> list[str]:
        """What there is to tell where the manifest is lost: shards of this very job still count, others must not.

        Raises:
            JobError: there are shards, and it cannot be told that they are of this job.
        """
        if self._was_deleted():
            self._forget()
        jobs = {record.job for record in records_of(self.state / "journal.jsonl") if record is not None}
        if manifest.key in jobs:
            return ["manifest.json was missing or damaged; biasscore wrote a new manifest.json"]
        if jobs or any(map(_PART.fullmatch, self._names())):
            raise JobError(
                f"{self.out} holds results of another run, or a damaged file of this run; delete {self.to_delete()} "
                "to start again, or choose another output"
            )
        return []

    def to_delete(self) -> str:
        """What a user has to delete to start anew."""
        found = [self.out, self.state] if self.is_joined else [self.out]
        return " and ".join(str(path) for path in found if path.exists()) or str(self.state)

    def _names(self) -> list[str]:
        return [path.name for path in self.parts.iterdir()] if self.parts.is_dir() else []

    def _check_strangers(self, journal: Journal | None) -> None:
        """Refuse a folder with tables that this job did not write: readers would take them for its rows.

        Args:
            journal: of the complete job; None while any number of shards may come.
        """
        if self.is_joined or (journal is not None and not journal.done):
            return  # a file has no such neighbours; on Ray the files have names of Ray's
        own = None if journal is None else {self.part(shard).name for shard in journal.done}
        for name in self._names():
            is_table = name.endswith(f".{self.part_format}") and not name.startswith((".", "_"))
            is_own = _PART.fullmatch(name) if own is None else name in own
            if is_table and not is_own:
                raise JobError(
                    f"this job did not write {self.out / name}; move this file to another folder, then run again"
                )

    def _refuse_stranger(self) -> None:
        if self.is_joined and self.out.exists():
            raise JobError(
                f"{self.out} exists, but this job did not write this file; move or delete {self.out}, then run again"
            )

    def _check_free(self) -> None:
        if any((self.state / name).exists() for name in _STATE) or not self.out.exists():
            return
        if self.out.is_file():
            raise JobError(f"the output {self.out} exists already; delete {self.out}, or choose another output")
        if self.is_joined:
            raise JobError(
                f"the output must be a file, but {self.out} is a folder; choose another name with -o (in Python: out)"
            )
        if any(path.name != "_job" for path in self.out.iterdir()):
            raise JobError(f"the folder {self.out} has files that this job did not write; choose a new or empty folder")


def _followed(out: Path) -> Path:
    """What a link as output leads to; any other path as it is."""
    if not out.is_symlink():
        return out
    try:
        found = out.resolve()
    except (OSError, RuntimeError):
        found = out
    if found.is_symlink():  # newer Pythons raise nothing
        raise JobError(f"{out} is a link that leads back to itself; delete this link, or choose another output")
    return found


@dataclass(frozen=True, slots=True)
class _Finished:
    """What ``summary.json`` tells.

    Attributes:
        job: key of the manifest.
        shards: number of finished shards.
        written: files of the result that are in no journal, by name.
    """

    job: str
    shards: int
    written: dict[str, Stamp]
    summary: JobSummary

    @classmethod
    def of(cls, data: bytes | None) -> _Finished | None:
        """Read it back; None where it is missing or damaged."""
        values = unsealed(data or b"")
        try:
            if values is None:
                return None
            written = {name: Stamp(**stamp) for name, stamp in values["written"].items()}
            return cls(values["job"], values["shards"], written, JobSummary.of(values["summary"]))
        except (TypeError, AttributeError, KeyError):
            return None

"""The journal: one line per finished shard, with what its file holds. A shard counts only while its file agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from biasscore.jobs.files import Stamp, read_plain, replacing, sealed, sync, unsealed, writing
from biasscore.tables import Counts


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """One line of the journal.

    Attributes:
        job: key of the manifest under which the shard was scored.
        shard: its number, from 0.
        rows, errors: input rows, and those with an error among them.
        tokens: tokens of the scored rows.
        size, checksum: bytes of its file, and BLAKE2b of them.
        inputs: what became of its rows, by input file, as the fields of ``tables.Counts``.
    """

    job: str
    shard: int
    rows: int
    errors: int
    tokens: int
    size: int
    checksum: str
    inputs: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, Counts]:
        """What became of its rows, by input file."""
        return {name: Counts(*numbers) for name, numbers in self.inputs.items()}

    @property
    def stamp(self) -> Stamp:
        """What the shard's file has to hold."""
        return Stamp(self.size, self.checksum)

    @classmethod
    def of_line(cls, line: bytes) -> ShardRecord | None:
        """The record of a line; None where the line is damaged."""
        values = unsealed(line)
        if values is None or {name: type(value) for name, value in values.items()} != _TYPES:
            return None
        return cls(**values)


_KINDS = {"job": str, "checksum": str, "inputs": dict}
_TYPES = {own.name: _KINDS.get(own.name, int) for own in fields(ShardRecord)}


@dataclass(slots=True)
class Journal:
    """The finished shards of one job.

    Attributes:
        path: the file.
        job: key of the job; lines of other jobs do not count.
        done: the shards whose file holds what was written.
        notices: what was found damaged, one line each.
    """

    path: Path
    job: str
    done: dict[int, ShardRecord] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @classmethod
    def checked(cls, path: Path, job: str, part: Callable[[int], Path]) -> Journal:
        """Read the journal and every shard it names; forget what is damaged, so that it is scored again.

        Raises:
            JobError: the journal is no plain file, or cannot be read or written.
        """
        journal = cls(path, job)
        lines = records_of(path)
        own = {record.shard: record for record in lines if record is not None and record.job == job}
        for shard, record in sorted(own.items()):
            found = Stamp.of(part(shard))
            if found == record.stamp:
                journal.done[shard] = record
            else:
                name = part(shard).name
                journal.notices.append(
                    f"{name} {_difference(found, record.stamp)}; the rows of this file are scored again"
                )
        if None in lines:
            journal.notices.append(
                f"{path.name} has damaged lines; the rows that the damaged lines recorded are scored again"
            )
        if len(journal.done) < len(lines) or _is_torn(path):
            journal._rewrite()
        return journal

    def note(self, record: ShardRecord) -> None:
        """Tell that a shard's file is complete."""
        with writing(self.path), self.path.open("ab") as stream:
            stream.write(sealed(asdict(record)))
            sync(stream)
        self.done[record.shard] = record

    def forget(self, shards: Iterable[int]) -> None:
        """Let shards count no more, though their files are whole."""
        for shard in shards:
            self.done.pop(shard, None)
        self._rewrite()

    def _rewrite(self) -> None:
        with replacing(self.path) as stream:
            stream.writelines(sealed(asdict(record)) for record in self.done.values())


def records_of(path: Path) -> list[ShardRecord | None]:
    """Every whole line of a journal, None for each that is damaged. A crash tears the last one, which tells nothing.

    Raises:
        JobError: it is no plain file, or cannot be read.
    """
    *lines, _ = (read_plain(path) or b"").split(b"\n")
    return [ShardRecord.of_line(line) for line in lines]


def _is_torn(path: Path) -> bool:
    return not (read_plain(path) or b"\n").endswith(b"\n")


def _difference(found: Stamp | None, written: Stamp) -> str:
    if found is None:
        return "is missing"
    if found.size != written.size:
        return f"has {found.size:,} bytes, but biasscore wrote {written.size:,} bytes"
    return "has changed since biasscore wrote the file (the checksum differs)"

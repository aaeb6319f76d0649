"""What a job on Ray has written: one record per result file. A row is done only while its file is what was written.

Ray's checkpoint notes which rows are done, but does not look at the result files again. So each file gets a record of
its rows, under the checksum of its contents. At each start the checkpoint is written anew from the files that agree
with a record, and Ray scores all other rows. At the end every row of the checkpoint must be in such a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import count
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from biasscore.errors import JobError
from biasscore.jobs.files import Stamp, read_plain, replacing, sealed, unsealed, writing
from biasscore.jobs.folder import JobFolder
from biasscore.tables import tables_in

SOURCE_ROW = "source_row"
"""Column with ``FILE:ROW``: Ray's checkpoint knows an article by it. Written where ids come from the input."""

_PENDING = ".pending.parquet"
_TOLD = 5
_Runs = dict[str, list[list[int]]]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The record of one result file.

    Attributes:
        job: key of the manifest under which its rows were scored.
        size, checksum: bytes of the file, and BLAKE2b of them.
        rows: input rows with a result in it, as first and last row of each run without a gap, by input file.
    """

    job: str
    size: int
    checksum: str
    rows: Mapping[str, Sequence[Sequence[int]]]

    @classmethod
    def of(cls, job: str, data: bytes, places: Iterable[str]) -> FileRecord:
        """The record of a file with these bytes.

        Args:
            places: ``FILE:ROW`` of each row.
        """
        stamp = Stamp.of_bytes(data)
        return cls(job, stamp.size, stamp.checksum, _runs(places))

    @classmethod
    def of_bytes(cls, data: bytes | None) -> FileRecord | None:
        """Read a record back; None where it is damaged."""
        values = unsealed(data or b"")
        if values is None or {name: type(value) for name, value in values.items()} != _TYPES:
            return None
        return cls(**values)

    def places(self) -> Iterator[str]:
        """``FILE:ROW`` of each row."""
        return (
            f"{name}:{row}"
            for name, runs in self.rows.items()
            for first, last in runs
            for row in range(first, last + 1)
        )

    def write(self, folder: Path) -> None:
        """Write it to a folder of records, under a name of its own: a task that Ray repeats may run beside the first.

        Raises:
            JobError: it cannot be written.
        """
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / f"{self.checksum}-{uuid4().hex}.json") as stream:
            stream.write(sealed(asdict(self)))


_TYPES = {own.name: {"size": int, "rows": dict}.get(own.name, str) for own in fields(FileRecord)}


@dataclass(frozen=True, slots=True)
class RayFolder:
    """The files of a job on Ray, beside those that every job has.

    Attributes:
        out: folder of the result files.
        records: folder of their records.
        checkpoint: folder of Ray's checkpoint.
        aside: folder for result files that cannot be trusted.
    """

    out: Path
    records: Path
    checkpoint: Path
    aside: Path

    @classmethod
    def of(cls, folder: JobFolder) -> RayFolder:
        """Where a job keeps them, under names that mean the same in a worker, which runs in another folder."""
        state = folder.state.absolute()
        return cls(folder.out.absolute(), state / "written", state / "checkpoint", state / "damaged")

    def resume(self, job: str) -> list[str]:
        """Set the checkpoint to the rows that are safely written; everything else is scored again.

        Returns:
            What was found damaged, one line each.

        Raises:
            JobError: the folder holds results of another run, or a file cannot be moved or written.
        """
        records = self._records(job)
        whole, others = self._checked(records)
        notices = [
            f"{path.name} is damaged, or has rows of another result file; biasscore moved it to {self._put_aside(path)}"
            for path in others
        ]
        lost = _n_rows(records.values()) - _n_rows(whole.values())
        if lost:
            notices.append(f"rows without an undamaged result file: {lost:,}; they are scored again")
        kept = {record.checksum for record in whole.values()}
        for path in self.records.glob("*"):
            if path.name.partition("-")[0] not in kept:
                with writing(path):
                    path.unlink()
        self._write_checkpoint(whole.values())
        return notices

    def check_complete(self, job: str) -> dict[Path, Stamp]:
        """Check at the end of a job that every row that Ray calls done is in a whole result file, and in one only.

        Returns:
            The result files, and what they hold.

        Raises:
            JobError: a result file was damaged, deleted, added or copied while the job ran.
        """
        whole, others = self._checked(self._records(job))
        if others:
            named = ", ".join(path.name for path in others[:_TOLD]) + (", …" if len(others) > _TOLD else "")
            raise JobError(
                f"files in {self.out} were changed or added while the job ran: {named}; run the same command again to "
                "continue"
            )
        done, found = self._committed(), _n_rows(whole.values())
        if done != found:
            noted = "a damaged file" if done is None else f"{done:,}"
            raise JobError(
                f"files in {self.out} were changed while the job ran: the result files have {found:,} rows, but Ray's "
                f"checkpoint has {noted}; run the same command again to continue"
            )
        return {path: Stamp(record.size, record.checksum) for path, record in whole.items()}

    def _checked(self, records: Mapping[str, FileRecord]) -> tuple[dict[Path, FileRecord], list[Path]]:
        """Check the result files.

        Returns:
            Those that are whole, with their records; and all others: those without a record, and those that repeat a
            row of another file.
        """
        found = [(path, Stamp.of(path)) for path in tables_in(self.out, ["parquet"])]
        whole = {path: records[stamp.checksum] for path, stamp in found if stamp and stamp.checksum in records}
        ends = dict[str, int]()
        for name, first, last, path in sorted(
            (name, first, last, path)
            for path, record in whole.items()
            for name, own in record.rows.items()
            for first, last in own
        ):
            if path in whole and first <= ends.get(name, -1):
                del whole[path]
            elif path in whole:
                ends[name] = last
        return whole, [path for path, _ in found if path not in whole]

    def _records(self, job: str) -> dict[str, FileRecord]:
        read = [FileRecord.of_bytes(read_plain(path)) for path in self.records.glob("*.json")]
        found = {record.checksum: record for record in read if record is not None}
        if any(record.job != job for record in found.values()):
            raise JobError(
                f"{self.out} holds results of another run; delete {self.out} to start again, or choose another output"
            )
        return found

    def _put_aside(self, path: Path) -> Path:
        """Move a file to a name that is free."""
        with writing(self.aside):
            self.aside.mkdir(exist_ok=True)
            free = next(name for number in count() if not (name := self.aside / f"{number}-{path.name}").exists())
            path.replace(free)
        return free

    def _committed(self) -> int | None:
        """Rows that Ray calls done; None where a file of its checkpoint is damaged."""
        files = (path for path in self.checkpoint.glob("*.parquet") if not path.name.endswith(_PENDING))
        try:
            return sum(int(pq.read_metadata(path).num_rows) for path in files)
        except (OSError, pa.ArrowInvalid):
            return None

    def _write_checkpoint(self, records: Collection[FileRecord]) -> None:
        for path in self.checkpoint.glob("*"):  # also what a killed run was writing
            with writing(path):
                path.unlink()
        if not records:
            return
        with writing(self.checkpoint):
            self.checkpoint.mkdir(parents=True, exist_ok=True)
        with replacing(self.checkpoint / "done.parquet") as stream, pq.ParquetWriter(stream, _PLACES) as writer:
            for record in records:
                writer.write_table(pa.table([pa.array(record.places(), pa.string())], _PLACES))


_PLACES = pa.schema([(SOURCE_ROW, pa.string())])


def _runs(places: Iterable[str]) -> _Runs:
    """First and last row of each run without a gap, by file."""
    found: _Runs = {}
    for name, row in sorted((name, int(row)) for name, _, row in (place.rpartition(":") for place in places)):
        _add(found.setdefault(name, []), row, row)
    return found


def _add(runs: list[list[int]], first: int, last: int) -> None:
    """Add a run; runs must come sorted by their first row."""
    if runs and first <= runs[-1][1] + 1:
        runs[-1][1] = max(runs[-1][1], last)
    else:
        runs.append([first, last])


def _n_rows(records: Iterable[FileRecord]) -> int:
    """Rows that records have, those counted once that several have."""
    found: _Runs = {}
    for name, first, last in sorted(
        (name, first, last) for each in records for name, own in each.rows.items() for first, last in own
    ):
        _add(found.setdefault(name, []), first, last)
    return sum(last - first + 1 for runs in found.values() for first, last in runs)

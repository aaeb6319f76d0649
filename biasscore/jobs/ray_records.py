"""What a job on Ray has written: one record per result file. A row is done only while its file is what was written.

Ray's checkpoint notes which rows are done, but does not look at the result files again. So each file gets a record of
its rows, under the checksum of its contents. At each start the checkpoint is written anew from the files that agree
with a record, and Ray scores all other rows. At the end every row of the checkpoint must be in such a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from biasscore.errors import JobError
from biasscore.jobs.files import Stamp, read_plain, replacing, sealed, unsealed, writing
from biasscore.jobs.folder import JobFolder

SOURCE_ROW = "source_row"
"""Column with ``FILE:ROW``: Ray's checkpoint knows an article by it. Written where ids come from the input."""

_PENDING = ".pending.parquet"
_TOLD = 5


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

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return sum(last - first + 1 for runs in self.rows.values() for first, last in runs)

    def places(self) -> Iterator[str]:
        """``FILE:ROW`` of each row."""
        return (
            f"{name}:{row}"
            for name, runs in self.rows.items()
            for first, last in runs
            for row in range(first, last + 1)
        )

    def write(self, folder: Path) -> None:
        """Write it to a folder of records; the record of a file that is written again stays the same.

        Raises:
            JobError: it cannot be written.
        """
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / f"{self.checksum}.json") as stream:
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
        """Where a job keeps them."""
        return cls(folder.out, folder.state / "written", folder.state / "checkpoint", folder.state / "damaged")

    def resume(self, job: str) -> list[str]:
        """Set the checkpoint to the rows that are safely written; everything else is scored again.

        Returns:
            What was found damaged, one line each.

        Raises:
            JobError: the folder holds results of another run, or a file cannot be moved or written.
        """
        before, torn = self._committed(), self._pending()
        whole, unknown = self._checked(job)
        notices = list[str]()
        for path in unknown:
            with writing(self.aside):
                self.aside.mkdir(exist_ok=True)
                path.replace(self.aside / path.name)
            if not path.name.startswith(torn):  # a killed writer leaves such files, and that is no damage
                notices.append(f"{path.name} was not as biasscore wrote it; biasscore moved the file to {self.aside}")
        lost = (before or 0) - sum(record.n_rows for record in whole.values())
        if lost > 0:
            notices.append(f"{lost:,} finished rows were in no whole result file; they are scored again")
        self._write_checkpoint(whole.values())
        return notices

    def check_complete(self, job: str) -> None:
        """Check at the end of a job that every row that Ray calls done is in a whole result file, and in one only.

        Raises:
            JobError: a result file was damaged, deleted, added or copied while the job ran.
        """
        whole, unknown = self._checked(job)
        if unknown:
            named = ", ".join(path.name for path in unknown[:_TOLD]) + (", …" if len(unknown) > _TOLD else "")
            raise JobError(
                f"result files in {self.out} changed while the job ran: {named}; run the same command again to score "
                "their rows again"
            )
        done, found = self._committed(), sum(record.n_rows for record in whole.values())
        if done != found:
            noted = "has a damaged file" if done is None else f"notes {done:,}"
            raise JobError(
                f"files of the job in {self.out} were damaged, deleted or copied while the job ran: {found:,} rows are "
                f"written, but Ray's checkpoint {noted}; run the same command again to score what is missing"
            )

    def _checked(self, job: str) -> tuple[dict[Path, FileRecord], list[Path]]:
        """The result files with their records, and those without one. A copy of a file has no record of its own."""
        records = self._records(job)
        whole, unknown = dict[Path, FileRecord](), list[Path]()
        for path in sorted(self.out.glob("*.parquet")):
            stamp = Stamp.of(path)
            record = records.pop(stamp.checksum, None) if stamp else None
            if record is None:
                unknown.append(path)
            else:
                whole[path] = record
        return whole, unknown

    def _records(self, job: str) -> dict[str, FileRecord]:
        read = [FileRecord.of_bytes(read_plain(path)) for path in self.records.glob("*.json")]
        found = {record.checksum: record for record in read if record is not None}
        if any(record.job != job for record in found.values()):
            raise JobError(
                f"{self.out} holds results of another run; delete {self.out} to start again, or choose another output"
            )
        return found

    def _committed(self) -> int | None:
        """Rows that Ray calls done; None where a file of its checkpoint is damaged."""
        try:
            return sum(int(pq.read_metadata(path).num_rows) for path in self._checkpoint_files())
        except (OSError, pa.ArrowInvalid):
            return None

    def _checkpoint_files(self) -> list[Path]:
        return [path for path in self.checkpoint.glob("*.parquet") if not path.name.endswith(_PENDING)]

    def _pending(self) -> tuple[str, ...]:
        """Beginnings of the names of files that were being written when a run ended."""
        return tuple(path.name.removesuffix(_PENDING) for path in self.checkpoint.glob(f"*{_PENDING}"))

    def _write_checkpoint(self, records: Iterable[FileRecord]) -> None:
        places = pa.array((place for record in records for place in record.places()), pa.string())
        with writing(self.checkpoint):
            for path in self.checkpoint.glob("*.parquet"):
                path.unlink()
        if len(places):
            with writing(self.checkpoint):
                self.checkpoint.mkdir(parents=True, exist_ok=True)
            with replacing(self.checkpoint / "done.parquet") as stream:
                pq.write_table(pa.table({SOURCE_ROW: places}), stream)


def _runs(places: Iterable[str]) -> dict[str, list[list[int]]]:
    """First and last row of each run without a gap, by file."""
    found = dict[str, list[list[int]]]()
    for name, row in sorted((name, int(row)) for name, _, row in (place.rpartition(":") for place in places)):
        runs = found.setdefault(name, [])
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return found

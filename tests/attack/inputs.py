"""Inputs that change while a job reads them: told with the rows that do not count, never a quiet other table."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer
from jobs_inputs import records, write_jsonl

from attack.case import Case
from attack.job_folders import COLUMNS, OUTS, contents, settle
from biasscore.errors import InputError, JobError
from biasscore.jobs import JobConfig, run
from biasscore.jobs.folder import JobFolder
from biasscore.results import Document
from biasscore.scorer import Scorer

ROWS = 40
FORMATS = ("jsonl", "csv", "parquet")


class Meddled(Scorer):
    """A scorer during which somebody changes the input, once so many documents have come."""

    def __init__(self, after: int, change: Callable[[], None]) -> None:
        inner = fake_scorer()
        super().__init__(inner._model, inner.settings, inner.stats)
        self._after, self._change = after, change

    def stream(self, texts: Iterable[Any]) -> Iterator[Document]:
        for document in super().stream(texts):
            if self._after == 0:
                self._change()
            self._after -= 1
            yield document


def written(folder: Path, kind: str, name: str, rows: list[dict[str, Any]]) -> Path:
    """Some rows as a file of a format."""
    path = folder / f"{name}.{kind}"
    if kind == "jsonl":
        return write_jsonl(path, rows)
    table = pa.Table.from_pylist(rows)
    if kind == "parquet":
        pq.write_table(table, path)
    else:
        pa.csv.write_csv(table, path)
    return path


def _replaced(path: Path, kind: str) -> None:
    written(path.parent, kind, path.stem, records(3 * ROWS)[2 * ROWS :])


def _renamed_column(path: Path, kind: str) -> None:
    rows = [{**row, "body": None, "text": row["body"]} for row in records(ROWS)]
    written(path.parent, kind, path.stem, [{k: v for k, v in row.items() if k != "body"} for row in rows])


def _halved(path: Path, _: str) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path, _: str) -> None:
    os.truncate(path, 0)


def _appended(path: Path, _: str) -> None:
    with path.open("ab") as stream:
        stream.write(path.read_bytes()[-200:])


def _removed(path: Path, _: str) -> None:
    path.unlink()


def _made_folder(path: Path, _: str) -> None:
    path.unlink()
    path.mkdir()


def _touched(path: Path, _: str) -> None:
    os.utime(path, ns=(1, 1))


CHANGES = (_replaced, _renamed_column, _halved, _emptied, _appended, _removed, _made_folder, _touched)


def _changed(kind: str, which: int, change: Callable[[Path, str], None], after: int, out: str, root: Path) -> None:
    """The run stops and names the file; once the input is as it was, the table is that of a quiet run."""
    folder = root / "in"
    folder.mkdir()
    files = [written(folder, kind, name, records(2 * ROWS)[i * ROWS : (i + 1) * ROWS]) for i, name in enumerate("ab")]
    shutil.copytree(folder, root / "kept", copy_function=shutil.copy2)
    job = JobConfig((str(folder),), root / out, COLUMNS, shard_rows=5)
    with pytest.raises((InputError, JobError)) as told:
        run(job, lambda: Meddled(after, lambda: change(files[which], kind)))
    assert files[which].name in str(told.value), str(told.value)
    assert "\n" not in str(told.value)
    shutil.rmtree(folder)
    shutil.copytree(root / "kept", folder, copy_function=shutil.copy2)
    settle(job)
    whole = JobConfig((str(folder),), root / "whole" / out, COLUMNS, shard_rows=5)
    run(whole, fake_scorer)
    assert contents(job.out) == contents(whole.out), "the table differs"


def _shards_swapped(first: Path, second: Path) -> None:
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


SHARD_CHANGES: dict[str, Callable[[Path, Path], Any]] = {
    "cut": lambda first, _: os.truncate(first, 10),
    "removed": lambda first, _: first.unlink(),
    "swapped": _shards_swapped,
    "copied": lambda first, second: second.write_bytes(first.read_bytes()),
}


def _shards_changed(change: Callable[[Path, Path], Any], out: str, root: Path) -> None:
    """A finished shard that is changed while the job goes on never gets into the table."""
    source = write_jsonl(root / "in.jsonl", records(ROWS))
    job, whole = (JobConfig((str(source),), root / name / out, COLUMNS, shard_rows=5) for name in ("job", "whole"))
    run(whole, fake_scorer)
    place = JobFolder.of(job)
    with pytest.raises(JobError, match="run the same command again") as told:
        run(job, lambda: Meddled(22, lambda: change(place.part(0), place.part(1))))
    assert "\n" not in str(told.value)
    run(job, fake_scorer)
    assert contents(job.out) == contents(whole.out), "the table differs"


def cases() -> Iterator[Case]:
    """The whole table of this kind."""
    for name, change_shards in SHARD_CHANGES.items():
        for out in OUTS:
            yield Case(
                "changed shards", f"{name} while the job runs, {out}", partial(_shards_changed, change_shards, out)
            )
    for kind in FORMATS:
        for which, name in enumerate(("first", "second")):
            for change in CHANGES:
                for after in (7, 52):
                    out = OUTS[(which + after) % len(OUTS)]
                    told = f"{name} {kind} file {change.__name__.strip('_').replace('_', ' ')} after {after} rows"
                    yield Case("changed input", told, partial(_changed, kind, which, change, after, out))

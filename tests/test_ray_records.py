"""The records of result files on Ray, without a cluster: what is not whole is scored again, and said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biasscore.errors import JobError
from biasscore.jobs import JobConfig
from biasscore.jobs.files import Stamp
from biasscore.jobs.folder import JobFolder
from biasscore.jobs.ray_records import SOURCE_ROW, FileRecord, RayFolder

JOB = "key"
PLACES = {"a": ["x.csv:0", "x.csv:1", "x.csv:2"], "b": ["x.csv:5", "y:odd:7"], "c": ["x.csv:3"]}
ALL = sorted(place for places in PLACES.values() for place in places)


@pytest.fixture
def folder(tmp_path: Path) -> RayFolder:
    """Three result files with their records, and Ray's checkpoint of their rows."""
    folder = RayFolder.of(JobFolder.of(JobConfig((), tmp_path / "out")))
    folder.checkpoint.mkdir(parents=True)
    for name, places in PLACES.items():
        written(folder, name, places)
        pq.write_table(pa.table({SOURCE_ROW: places}), folder.checkpoint / f"{name}.parquet")
    return folder


def written(folder: RayFolder, name: str, places: list[str], job: str = JOB) -> None:
    data = f"PAR1 results of {places}".encode()
    FileRecord.of(job, data, places).write(folder.records)
    (folder.out / f"{name}.parquet").write_bytes(data)


def done(folder: RayFolder) -> list[str]:
    files = folder.checkpoint.glob("*.parquet")
    return sorted(place for path in files for place in pq.read_table(path)[SOURCE_ROW].to_pylist())


def test_undisturbed_folder_goes_on_as_it_is(folder: RayFolder) -> None:
    folder.check_complete(JOB)
    assert folder.resume(JOB) == []
    assert done(folder) == ALL
    assert not folder.aside.exists()
    folder.check_complete(JOB)


def test_new_job_has_nothing_done(tmp_path: Path) -> None:
    config = JobConfig((), tmp_path / "out")
    folder = RayFolder.of(JobFolder.of(config))
    with JobFolder.of(config).locked():
        assert folder.resume(JOB) == []
    assert not folder.checkpoint.exists()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def link(path: Path) -> None:
    path.rename(path.parent / "_job/elsewhere")
    path.symlink_to(path.parent / "_job/elsewhere")


@pytest.mark.parametrize("damage", [Path.unlink, cut, flip, empty, link])
def test_damaged_file_is_scored_again_and_said(folder: RayFolder, damage: Callable[[Path], None]) -> None:
    damage(folder.out / "a.parquet")
    with pytest.raises(JobError, match="run the same command again"):
        folder.check_complete(JOB)
    notices = folder.resume(JOB)
    assert notices[-1] == "rows without an undamaged result file: 3; they are scored again"
    if damage is not Path.unlink:
        moved = folder.aside / "0-a.parquet"
        assert notices[0] == f"a.parquet is damaged, or has rows of another result file; biasscore moved it to {moved}"
        assert [*folder.aside.iterdir()] == [moved]
    assert done(folder) == sorted(PLACES["b"] + PLACES["c"])
    folder.check_complete(JOB)


def test_file_from_elsewhere_is_moved_and_never_counted(folder: RayFolder) -> None:
    (folder.out / "stranger.parquet").write_bytes(b"PAR1")
    with pytest.raises(JobError, match=r"changed or added while the job ran: stranger\.parquet; run the same"):
        folder.check_complete(JOB)
    assert len(folder.resume(JOB)) == 1
    folder.check_complete(JOB)


def test_copy_of_a_file_counts_once(folder: RayFolder) -> None:
    (folder.out / "d.parquet").write_bytes((folder.out / "a.parquet").read_bytes())
    with pytest.raises(JobError, match="changed or added while the job ran"):
        folder.check_complete(JOB)
    folder.resume(JOB)
    assert done(folder) == ALL
    folder.check_complete(JOB)


def test_leftovers_of_killed_runs_go_and_files_of_the_system_stay(folder: RayFolder) -> None:
    (folder.checkpoint / ".done.parquet.tmp").touch()
    (folder.records / ".x.json.tmp").touch()
    (folder.out / "._a.parquet").touch()
    for path in folder.out.glob("?.parquet"):
        path.unlink()
    assert len(folder.resume(JOB)) == 1
    assert [*folder.checkpoint.iterdir(), *folder.records.iterdir()] == []
    assert (folder.out / "._a.parquet").exists()
    assert folder.check_complete(JOB) == {}


def test_files_put_aside_never_replace_one_another(folder: RayFolder) -> None:
    for number in range(3):
        (folder.out / "stranger.parquet").write_bytes(bytes([number]))
        folder.resume(JOB)
    assert sorted(path.read_bytes() for path in folder.aside.iterdir()) == [b"\0", b"\1", b"\2"]


def test_row_in_two_files_counts_once(folder: RayFolder) -> None:
    written(folder, "d", ["x.csv:2", "x.csv:9"])
    with pytest.raises(JobError, match=r"changed or added while the job ran: d\.parquet;"):
        folder.check_complete(JOB)
    notices = folder.resume(JOB)
    assert notices[-1] == "rows without an undamaged result file: 1; they are scored again"
    assert done(folder) == ALL


def test_file_that_comes_back_after_its_rows_were_scored_again_is_put_aside(folder: RayFolder, tmp_path: Path) -> None:
    (folder.out / "a.parquet").rename(tmp_path / "away")
    folder.resume(JOB)
    written(folder, "d", PLACES["a"])
    (tmp_path / "away").rename(folder.out / "a.parquet")
    folder.resume(JOB)
    assert done(folder) == ALL
    assert len([*folder.out.glob("*.parquet")]) == 3


def test_file_that_a_killed_writer_left_is_put_aside(folder: RayFolder) -> None:
    (folder.out / "torn_000000.parquet").write_bytes(b"PAR1 and no end")
    pq.write_table(pa.table({SOURCE_ROW: ["x.csv:9"]}), folder.checkpoint / "torn.pending.parquet")
    assert len(folder.resume(JOB)) == 1
    assert done(folder) == ALL
    assert not [*folder.checkpoint.glob("*.pending.parquet")], "or Ray would delete files that begin with this name"


def test_loss_is_said_whatever_else_happened(folder: RayFolder) -> None:
    """A whole file that is not in the checkpoint yet, or a damaged checkpoint, must not hide it."""
    (folder.out / "b.parquet").unlink()
    written(folder, "d", ["x.csv:20", "x.csv:21", "x.csv:22"])
    cut(folder.checkpoint / "a.parquet")
    assert folder.resume(JOB) == ["rows without an undamaged result file: 2; they are scored again"]
    assert folder.resume(JOB) == [], "what was said is not said again"


def test_whole_file_without_its_checkpoint_is_not_scored_again(folder: RayFolder) -> None:
    (folder.checkpoint / "b.parquet").rename(folder.checkpoint / "b.pending.parquet")
    with pytest.raises(JobError, match="the result files have 6 rows, but Ray's checkpoint has 4;"):
        folder.check_complete(JOB)
    assert folder.resume(JOB) == []
    assert done(folder) == ALL


def test_damaged_checkpoint_is_written_anew(folder: RayFolder) -> None:
    cut(folder.checkpoint / "c.parquet")
    with pytest.raises(JobError, match="have 6 rows, but Ray's checkpoint has a damaged file; run the same"):
        folder.check_complete(JOB)
    assert folder.resume(JOB) == []
    assert done(folder) == ALL
    folder.check_complete(JOB)


def test_damaged_record_costs_its_rows_only(folder: RayFolder) -> None:
    (record,) = folder.records.glob(f"{Stamp.of(folder.out / 'b.parquet').checksum}-*.json")  # type: ignore[union-attr]
    flip(record)
    assert folder.resume(JOB)[0].startswith("b.parquet is damaged, or has rows")
    assert done(folder) == sorted(PLACES["a"] + PLACES["c"])


def test_results_of_another_run_are_refused(folder: RayFolder) -> None:
    written(folder, "other", ["x.csv:8"], job="other")
    with pytest.raises(JobError, match="holds results of another run; delete"):
        folder.resume(JOB)

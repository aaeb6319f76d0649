"""A real local Ray cluster: the rows are those of the local run, also when a worker is killed midway."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer
from jobs_inputs import records, write_jsonl
from ray_scorers import appended, noted, scored

from biasscore import jobs
from biasscore.errors import InputError, JobError, ModelError
from biasscore.jobs import JobConfig, JobSummary
from biasscore.jobs.folder import JobFolder
from biasscore.jobs.ray_records import SOURCE_ROW, RayFolder
from biasscore.scorer import Scorer
from biasscore.tables import LEVELS, Columns, Counts, metadata, schema, scored_table

ray = pytest.importorskip("ray", reason="needs the extra ray")
pytest.importorskip("ray.data", reason="needs the extra ray")

from ray.data.block import BlockAccessor  # noqa: E402

from biasscore.jobs.ray import Pool, _Sink, run, score_dataset  # noqa: E402

pytestmark = pytest.mark.ray

COLUMNS = Columns(text="body", title="head", id="key", group="outlet", keep=("year",))
Limit: TypeAlias = Callable[[Callable[[], str]], AbstractContextManager[None]]
TWO = Pool(min_actors=2, max_actors=2, batch_rows=20, stall_seconds=100)
LIMIT_SECONDS = 180
"""No test may take longer, on the slowest of machines: a cluster that stalls must fail its test, not hang the suite."""


@contextmanager
def limited(stderr: int, told: Callable[[], str]) -> Iterator[None]:
    """Ends what runs too long: by an error, and where Ray's C++ hears of none, with the whole process."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"no end after {LIMIT_SECONDS} seconds: {told()}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_SECONDS)
    faulthandler.dump_traceback_later(LIMIT_SECONDS + 60, exit=True, file=stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Cluster:
    """The local cluster; ``stalled`` holds the name of a test that did not end, for then no other would."""

    logs: Path
    stalled: list[str] = field(default_factory=list)

    def state(self) -> str:
        """What Ray says it is doing."""
        log = self.logs / "ray-data" / "ray-data.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        told = [line[:300] for line in lines if "Tasks: " in line or "ERROR" in line or "WARNING" in line]
        return "\n".join([f"free {ray.available_resources()} of {ray.cluster_resources()}", *told[-12:]])


@pytest.fixture(scope="module")
def limit(request: pytest.FixtureRequest) -> Limit:
    """``limited``, with the stderr that pytest does not capture."""
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        return partial(limited, os.dup(2))


@pytest.fixture(scope="module")
def cluster(limit: Limit) -> Iterator[Cluster]:
    paths = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    with limit(lambda: "Ray does not start"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")  # at Ray's own 15, its workers stand still on a busy machine
        context = ray.init(
            address="local",
            num_cpus=2,
            object_store_memory=200_000_000,
            include_dashboard=False,
            log_to_driver=False,
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}},
        )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield Cluster(Path(context.address_info["session_dir"]) / "logs")
    with limit(lambda: "Ray does not stop"):
        ray.shutdown()


@pytest.fixture(autouse=True)
def ended(cluster: Cluster, limit: Limit, request: pytest.FixtureRequest) -> Iterator[None]:
    if cluster.stalled:
        pytest.fail(f"the cluster stalled in {cluster.stalled[0]}")

    def told() -> str:
        cluster.stalled.append(request.node.name)
        return cluster.state()

    with limit(told):
        yield


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Twelve files of twenty rows, so that there is something to give out."""
    folder = tmp_path / "in"
    folder.mkdir()
    rows = records(240)
    for i in range(12):
        write_jsonl(folder / f"{i:02d}.jsonl", rows[i * 20 : i * 20 + 20])
    (folder / "bad.jsonl").write_text('{"body": null, "key": "bad", "head": "", "outlet": "o", "year": 1}\nnot json\n')
    (folder / "noted.jsonl").write_text(
        '{"body": "We \\ud83d voted.", "key": "n", "head": "", "outlet": "o", "year": 1}\n'
    )
    return folder


def local(source: Path, tmp_path: Path, level: str = "document") -> list[dict[str, Any]]:
    return by_id(pq.read_table(run_here(source, tmp_path, level).out))


def run_here(source: Path, tmp_path: Path, level: str = "document") -> JobSummary:
    return jobs.run(JobConfig((str(source),), tmp_path / f"local-{level}", COLUMNS, level), fake_scorer)  # type: ignore[arg-type]


def by_id(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: (row["id"], row.get("start") or -1, row.get("sentence") or -1))


@pytest.mark.parametrize("level", LEVELS)
def test_rows_equal_those_of_the_local_run(source: Path, tmp_path: Path, level: str) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS, level)  # type: ignore[arg-type]
    summary = run(config, fake_scorer, TWO)
    table = pq.read_table(tmp_path / "out")
    assert scored_table(tmp_path / "out").num_rows == table.num_rows
    assert table.schema.names == [*schema(level).names, "source_row", "year"]  # type: ignore[arg-type]
    assert metadata(table.schema)["model"] == fake_scorer().fingerprint
    assert by_id(table.drop_columns(["source_row"])) == local(source, tmp_path, level)
    here = run_here(source, tmp_path, level)
    assert (summary.rows, summary.errors, summary.inputs) == (243, 2, here.inputs)
    assert sorted(summary.first_errors) == sorted(here.first_errors)


def test_two_workers_one_killed_midway(source: Path, tmp_path: Path) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS)
    notes = tmp_path / "notes"
    notes.mkdir()
    run(config, partial(noted, notes, "killed", 30), TWO)
    assert (notes / "ended").exists()
    assert len(list(notes.glob("scored-*"))) >= 2
    assert by_id(pq.read_table(tmp_path / "out").drop_columns(["source_row"])) == local(source, tmp_path)


@pytest.mark.parametrize("level", ["document", "sentence"])  # one row an article, or none and many
def test_failed_job_goes_on_where_the_checkpoint_is(source: Path, tmp_path: Path, level: str) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS, level)  # type: ignore[arg-type]
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with pytest.raises(
        JobError, match="failed on the Ray cluster: RuntimeError: the cable was pulled; remove the cause"
    ):
        run(config, partial(noted, first, "raises", 90, tmp_path / "out/_job/checkpoint"), TWO)
    half_written(tmp_path / "out")
    summary = run(config, partial(noted, second), TWO)
    assert 0 < scored(second) < 240
    assert (summary.rows, summary.errors) == (243, 2)
    assert by_id(pq.read_table(tmp_path / "out").drop_columns(["source_row"])) == local(source, tmp_path, level)
    assert run(config, partial(noted, tmp_path / "third"), TWO).rows == 243


@pytest.mark.parametrize("level", ["document", "sentence"])  # one row an article, or none and many
def test_result_files_damaged_between_two_runs_are_scored_again(source: Path, tmp_path: Path, level: str) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS, level)  # type: ignore[arg-type]
    with pytest.raises(JobError, match="the cable was pulled"):
        run(config, partial(noted, tmp_path, "raises", 90, tmp_path / "out/_job/checkpoint"), TWO)
    first, *others = sorted((tmp_path / "out").glob("*.parquet"))
    first.unlink()
    for path in others:
        path.write_bytes(path.read_bytes()[:-9])
    summary = run(config, fake_scorer, TWO)
    assert (summary.rows, summary.errors) == (243, 2)
    assert summary.notices[-1].startswith("rows without an undamaged result file: ")
    assert by_id(pq.read_table(tmp_path / "out").drop_columns(["source_row"])) == local(source, tmp_path, level)


def test_finished_job_with_a_damaged_file_is_mended(source: Path, tmp_path: Path) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS)
    run(config, fake_scorer, TWO)
    next((tmp_path / "out").glob("*.parquet")).write_bytes(b"")
    summary = run(config, fake_scorer, TWO)
    assert (summary.rows, len(summary.notices)) == (243, 2)
    assert by_id(pq.read_table(tmp_path / "out").drop_columns(["source_row"])) == local(source, tmp_path)


def test_input_that_changes_while_the_job_runs_is_told(source: Path, tmp_path: Path) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS)
    with pytest.raises(InputError, match=r"the input changed while the job ran .*11\.jsonl"):
        run(config, partial(appended, source / "11.jsonl"), TWO)


def test_files_without_a_row_of_results_have_records_of_their_own(tmp_path: Path) -> None:
    """An article without text gives no row below the level of documents, and two such files had the same bytes."""
    files = RayFolder.of(JobFolder.of(JobConfig((), tmp_path / "out")))
    sink, target = _Sink(files, schema("sentence"), "job"), list(schema("sentence"))
    files.out.mkdir()
    for first in (0, 2):
        articles = pa.table(
            {
                SOURCE_ROW: [f"x:{first}", f"x:{first + 1}"],
                "results": pa.array([[], []], pa.list_(pa.struct(target))),
                "file": ["x", "x"],
                "counts": pa.array([[2] * len(fields(Counts))] * 2, pa.list_(pa.int64())),
            }
        )
        with (files.out / f"{first}.parquet").open("wb") as stream:
            sink.write_block_to_file(BlockAccessor.for_block(articles), stream)
    assert len([*files.records.iterdir()]) == 2
    assert files.resume("job") == []


def test_output_that_ray_writes_under_another_name_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without line breaks"):
        run(JobConfig((str(source),), tmp_path / "a\nb", COLUMNS), fake_scorer, TWO)


def half_written(out: Path) -> None:
    """What a writer leaves that is killed between its file and the note that it is whole."""
    done = next((out / "_job/checkpoint").iterdir())
    done.with_name("torn_000000.pending.parquet").write_bytes(done.read_bytes())
    (out / "torn_000000.parquet").write_bytes(b"PAR1 and no end")


def test_error_that_is_kept_holds_no_actors(source: Path, tmp_path: Path) -> None:
    config, kept = JobConfig((str(source),), tmp_path / "out", COLUMNS), []
    for number in range(2):  # what they held would be the whole cluster
        (tmp_path / str(number)).mkdir()
        with pytest.raises(JobError) as caught:
            run(
                JobConfig((str(source),), tmp_path / "out", COLUMNS),
                partial(noted, tmp_path / str(number), "raises", 5),
                TWO,
            )
        kept.append(caught)
    assert run(config, fake_scorer, TWO).rows == 243


def test_job_that_stalls_ends_with_an_error(source: Path, tmp_path: Path) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS)
    with pytest.raises(JobError, match="for 15 seconds no row was scored") as caught:
        run(config, partial(noted, tmp_path, "hangs", 1), Pool(max_actors=1, stall_seconds=15))
    (tmp_path / "let-go").touch()
    assert "\n" not in str(caught.value)
    assert run(config, fake_scorer, TWO).rows == 243


def test_full_cluster_ends_with_an_error(source: Path, tmp_path: Path) -> None:
    @ray.remote(num_cpus=2)
    class Neighbour:
        def here(self) -> None:
            """Returns once the actor has its processors."""

    neighbour = Neighbour.remote()
    ray.get(neighbour.here.remote())
    with pytest.raises(JobError, match="no model could be opened on the Ray cluster within 3 seconds"):
        run(JobConfig((str(source),), tmp_path / "out", COLUMNS), fake_scorer, Pool(stall_seconds=3))
    ray.kill(neighbour)


def no_scorer() -> Scorer:
    raise ModelError("there is no model 'x'; use one of: base")


def test_model_that_does_not_open_is_told_in_one_line(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^there is no model 'x'; use one of: base$"):
        run(JobConfig((str(source),), tmp_path / "out", COLUMNS), no_scorer, TWO)


def test_other_model_is_refused(source: Path, tmp_path: Path) -> None:
    config = JobConfig((str(source),), tmp_path / "out", COLUMNS)
    run(config, fake_scorer, TWO)
    with pytest.raises(JobError, match="budget 512, but this run has budget 99"):
        run(config, partial(fake_scorer, 99), TWO)
    with pytest.raises(JobError, match="engine"):
        jobs.run(config, fake_scorer)


@pytest.mark.parametrize("level", LEVELS)
def test_score_dataset_equals_score_frame(level: str) -> None:
    data = ray.data.from_items(records(60), override_num_blocks=4)
    names = Columns(text="body", title="head", id="key", group="outlet", keep=("year", "body"))
    found = score_dataset(data, fake_scorer, names, level=level, pool=TWO)  # type: ignore[arg-type]
    expected = jobs.score_frame(
        pa.Table.from_pylist(records(60)),
        "body",
        title="head",
        id="key",
        group="outlet",
        level=level,  # type: ignore[arg-type]
        scorer=fake_scorer(),
    )
    columns = [*schema(level).names, "year", "body"]  # type: ignore[arg-type]
    table = pa.concat_tables(ray.get(found.to_arrow_refs())).select(columns)
    assert by_id(table) == by_id(expected.select(columns))


def test_ids_without_a_column_follow_from_the_text() -> None:
    data = ray.data.from_items([{"text": "A vote."}, {"text": "A bill."}, {"text": "A vote."}])
    rows = score_dataset(data, fake_scorer, pool=TWO).take_all()
    ids = {row["id"] for row in rows}
    assert len(rows) == 3
    assert len(ids) == 2


def test_one_processor_stays_free_of_actors() -> None:
    assert Pool().fitted() == Pool(max_actors=1)
    assert Pool(min_actors=2).fitted() == Pool(min_actors=2, max_actors=2, cpus=0.5)
    assert Pool(cpus=0.1, max_actors=9).fitted() == Pool(cpus=0.1, max_actors=9)


def test_default_pool_on_two_processors_ends(source: Path, tmp_path: Path) -> None:
    assert run(JobConfig((str(source),), tmp_path / "out", COLUMNS), fake_scorer).rows == 243


def test_quiet_prints_nothing_of_ray_either(source: Path, tmp_path: Path, tiny_model: Path) -> None:
    command = [sys.executable, "-m", "biasscore", "score", source, "--engine", "ray", "--quiet", "--no-guess"]
    options = ["--text", "body", "--model", tiny_model, "-o", tmp_path / "out"]
    env = {**os.environ, "RAY_worker_niceness": "0"}  # as in the fixture ``cluster``
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=150, check=False, env=env)
    assert (done.stdout, done.stderr) == ("", "")
    assert done.returncode == 1, "the input has a row with an error"
    assert list((tmp_path / "out").glob("*.parquet"))


def test_output_has_to_be_a_folder_of_parquet(source: Path, tmp_path: Path) -> None:
    for config in (JobConfig((str(source),), tmp_path / "out.parquet"), JobConfig((), tmp_path / "x", format="csv")):
        with pytest.raises(InputError, match="folder of Parquet files"):
            run(config, fake_scorer, TWO)

"""The same rows on a Ray cluster: one scorer an actor, Ray's own scheduling, retries and checkpoints.

files ─_Pieces→ rows ─Ray's checkpoint filter→ rows to do ─_JobScoring→ articles with their results ─_Sink→ flat files

An article is one row to Ray until it is written, however many rows of results it has: so Ray's checkpoint, which
knows a row by a unique name, works at every level. Ray orders nothing, so results are joined by ``id``; another
machine's numbers are equal within the backend's published tolerance.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

from biasscore.errors import BiasScoreError, InputError, JobError, MissingExtraError
from biasscore.jobs import memory
from biasscore.jobs.config import TOLD, JobConfig, JobSummary, ScorerFactory
from biasscore.jobs.folder import JobFolder
from biasscore.jobs.local import read_plan, result_schema
from biasscore.jobs.manifest import Manifest, manifest_of
from biasscore.jobs.ray_records import SOURCE_ROW, FileRecord, RayFolder
from biasscore.jobs.scoring import answers, check_columns, score_table
from biasscore.jobs.unchanged import changes
from biasscore.results import Block, Document
from biasscore.tables import (
    Columns,
    Counts,
    InputFile,
    Level,
    ReadingPlan,
    Row,
    kept_columns,
    read,
    row_count,
    to_table,
    write_tables,
)

try:
    import ray
    import ray.data
    from ray.data import ActorPoolStrategy, Datasource, ReadTask
    from ray.data.block import BlockAccessor, BlockMetadata
    from ray.data.checkpoint import CheckpointConfig
    from ray.data.datasource import BlockBasedFileDatasink
    from ray.data.exceptions import ExecutionTimeoutError
except ImportError:
    raise MissingExtraError("ray[data]", "ray") from None

_log = logging.getLogger(__name__)

PIECE_ROWS = 20_000
"""Rows a read task takes from a file that can be read from any row on."""

BLOCK_BYTES = 8 << 20
"""Text that makes one block, a thousand articles or two: Ray gives out, retries and checkpoints whole blocks."""

STALL_SECONDS = 3600.0
"""Seconds in which no block moves before a job is given up; a slow processor may take many minutes for one."""

_FREE_CPUS = 1.0  # what the filter of Ray's checkpoint takes in a resumed job, and the readers of another dataset
_ACTORS_A_READER = 8  # a reader waits for the disk most of the time, a scorer never


@dataclass(frozen=True, slots=True)
class Pool:
    """How many scorers there are and what each holds.

    Attributes:
        max_actors: most actors; None is as many as the cluster has room for. Name a number where it may grow.
        min_actors: fewest actors, and what the pool starts with.
        cpus: processors an actor holds; open the scorer with as many threads. One processor of the cluster stays
            free, for without it a job could wait for ever; where actors of this size leave none, their shares shrink.
        gpus: GPUs, or the fraction of one, that an actor holds.
        batch_rows: articles that an actor scores at once: several of the scorer's own windows, so that sorting by
            length pays.
        stall_seconds: how long nothing may move before a job ends with an error, where Ray would wait for ever: a full
            cluster, or a scorer that hangs. Longer than an actor takes for its slowest block (``BLOCK_BYTES``).
    """

    max_actors: int | None = None
    min_actors: int = 1
    cpus: float = 1.0
    gpus: float = 0.0
    batch_rows: int = 256
    stall_seconds: float = STALL_SECONDS

    def fitted(self) -> Pool:
        """The pool with every number set, as the cluster that was joined has room for it.

        Raises:
            InputError: the cluster has no room at all.
        """
        have = ray.cluster_resources()
        free = have.get("CPU", 0.0) - _FREE_CPUS
        if free <= 0:
            raise InputError(
                f"the Ray cluster has {have.get('CPU', 0):g} CPUs, so no CPU is left for scoring; use a cluster "
                "with 2 or more CPUs"
            )
        cpus = min(self.cpus, free / self.min_actors)
        room = int(free / cpus) if cpus else self.min_actors
        if self.gpus:
            room = min(room, int(have.get("GPU", 0.0) / self.gpus))
        return replace(self, cpus=cpus, max_actors=max(self.max_actors or room, self.min_actors))


def score_dataset(
    data: ray.data.Dataset,
    open_scorer: ScorerFactory,
    columns: Columns | None = None,
    *,
    level: Level = "document",
    pool: Pool | None = None,
) -> ray.data.Dataset:
    """Score a Ray dataset; lazy, as all of Ray Data.

    Args:
        data: any dataset with the named columns.
        open_scorer: opens the scorer in each actor, for example ``functools.partial(biasscore.load, threads=1)``.
        columns: which column is what; without ``id`` the id is a hash of the text.
        level: one row per document, paragraph, sentence or target (none for an article without a target).
        pool: number and size of the actors.

    Raises:
        InputError: a column is missing, or the cluster has no room.
    """
    columns = columns or Columns()
    columns = replace(columns, keep=kept_columns(columns, columns.keep, level))
    check_columns(columns, data.schema().names)
    return _mapped(data, _Scoring, (open_scorer, columns, level), (pool or Pool()).fitted())


def run(config: JobConfig, open_scorer: ScorerFactory, pool: Pool | None = None) -> JobSummary:
    """Run a job on the cluster that ``ray.init`` has joined; the result is a folder of Parquet files.

    Started again after a crash, the job goes on at every level: rows whose result file is whole are done, all others
    are scored (``ray_records``). ``shard_rows``, ``bad_rows`` and ``defused`` of ``config`` have no meaning here. Every
    node has to see the folder under its name.

    Raises:
        InputError: the input cannot be read, or the result is not to be a folder of Parquet files.
        JobError: the output belongs to another job or is locked, the job failed or stalled on the cluster, or a result
            file changed while the job ran.
        BiasScoreError: whatever opening the scorer on the cluster raises.
    """
    if config.is_file:
        raise InputError(
            "with Ray, the output must be a folder of Parquet files; set --out (in Python: out) to a folder"
        )
    if config.output_format != "parquet":
        raise InputError(
            "with Ray, the output must be a folder of Parquet files; leave out --format (in Python: format)"
        )
    pool, began = (pool or Pool()).fitted(), time.monotonic()
    reading = read_plan(config)
    folder = JobFolder.of(config)
    with folder.locked():
        manifest = _manifest(config, reading, open_scorer, pool)
        journal = folder.claim(manifest)
        summary = folder.summary(journal)
        if summary is not None:
            return summary
        target, files = _target(config, reading, manifest), RayFolder.of(folder)
        sink = _Sink(files, target, manifest.key)
        notices = [*journal.notices, *files.resume(manifest.key)]
        for notice in notices:
            _log.warning("%s", notice)
        given = (open_scorer, config.level, target)
        failure = _in_its_own_process(reading, sink, files.checkpoint, pool, given)
        _refuse_changes(reading, folder)  # an input that changed may be why it failed
        if failure is not None:
            advice = "remove the cause, then run the same command again to continue"
            told = failure if "run the same command again" in failure else f"{failure}; {advice}"
            raise JobError(f"the job failed on the Ray cluster: {told}")
        written = files.check_complete(manifest.key)
        summary = _summary(config.out, [*written], reading, target, time.monotonic() - began)
        summary = replace(summary, notices=tuple(notices))
        folder.finish(summary, journal, written)
        return summary


def _in_its_own_process(*given: Any) -> str | None:
    """``_execute`` in a worker that ends with it.

    The actors of a failed Ray dataset live on in the process that made them, and hold processors for which the next run
    there would wait. Here their owner ends, and Ray ends them with it.
    """
    task = ray.remote(num_cpus=0, max_calls=1, max_retries=0)(_execute).remote(*given)
    try:
        failure: str | None = ray.get(task)
    except ray.exceptions.RayError as problem:
        return _reason(problem)
    except BaseException:
        ray.cancel(task, force=True)
        raise
    return failure


def _execute(reading: ReadingPlan, sink: _Sink, checkpoint: Path, pool: Pool, given: tuple[Any, ...]) -> str | None:
    """Read, score and write; say why it failed."""
    pieces, side_by_side = _Pieces(reading), 1 + (pool.max_actors or 1) // _ACTORS_A_READER
    # Readers and writers hold no processor, so actors that hold them all cannot starve them.
    data = ray.data.read_datasource(
        pieces, override_num_blocks=len(pieces.pieces), num_cpus=0, concurrency=side_by_side
    )
    data.context.target_max_block_size = BLOCK_BYTES
    data.context.execution_no_progress_timeout_s = pool.stall_seconds
    data.context.checkpoint_config = CheckpointConfig(
        SOURCE_ROW, str(checkpoint.absolute()), delete_checkpoint_on_success=False
    )
    try:
        scored = _mapped(data, _JobScoring, given, pool)
        scored.write_datasink(sink, ray_remote_args={"num_cpus": 0}, concurrency=side_by_side)
    except ExecutionTimeoutError:
        return f"for {pool.stall_seconds:g} seconds no row was scored (other programs use all CPUs, or a scorer hangs)"
    except ray.exceptions.RayError as problem:
        return _reason(problem)
    return None


def _mapped(data: ray.data.Dataset, actor: type, given: tuple[Any, ...], pool: Pool) -> Any:
    return data.map_batches(
        actor,
        fn_constructor_args=given,
        batch_size=pool.batch_rows,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=pool.min_actors, max_size=pool.max_actors),
        num_cpus=pool.cpus,
        num_gpus=pool.gpus or None,
    )


class _Scoring:
    """An actor that scores any table."""

    def __init__(self, open_scorer: ScorerFactory, columns: Columns, level: Level) -> None:
        self._scorer = open_scorer()
        self._columns = columns
        self._level = level

    def __call__(self, batch: pa.Table) -> pa.Table:
        return score_table(self._scorer, batch, self._columns, self._level, _hashes(batch[self._columns.text]))


class _JobScoring:
    """An actor that scores the rows of a job."""

    def __init__(self, open_scorer: ScorerFactory, level: Level, target: pa.Schema) -> None:
        self._scorer = open_scorer()
        self._level = level
        self._target = target

    def __call__(self, batch: pa.Table) -> pa.Table:
        rows = [_row_of(values) for values in batch.select(_ROW.names).to_pylist()]
        counts: list[Counts] = []

        def answered() -> Iterator[tuple[Row, Document | None]]:
            for row, document in answers(self._scorer, rows):
                counts.append(Counts.of(row, document))
                yield row, document

        kept = batch.select([SOURCE_ROW])
        carried = pa.Table.from_struct_array(batch["kept"]) if "kept" in batch.column_names else kept.select([])
        for name in carried.column_names:
            kept = kept.append_column(name, carried[name])
        scored = to_table(answered(), self._level, self._scorer.fingerprint, kept)
        articles = _by_article(scored, batch[SOURCE_ROW], self._target).append_column("file", batch["file"])
        memory.give_back()
        return articles.append_column("counts", pa.array(list(map(astuple, counts)), pa.list_(pa.int64())))


def _by_article(scored: pa.Table, articles: pa.ChunkedArray, target: pa.Schema) -> pa.Table:
    """One row per article, with a list of its results, empty where it has none."""
    counts = Counter(scored[SOURCE_ROW].to_pylist())
    offsets = np.cumsum([0, *(counts[article] for article in articles.to_pylist())])
    columns = [column.combine_chunks() for column in scored.select(target.names).cast(target).columns]
    results = pa.StructArray.from_arrays(columns, fields=list(target))
    return pa.table({SOURCE_ROW: articles, "results": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), results)})


class _Sink(BlockBasedFileDatasink):  # type: ignore[misc]
    """Writes the results of articles as flat Parquet files, each with the counts of its articles in its metadata.

    The record of a file is written before the file itself, so no whole file lacks one.
    """

    def __init__(self, files: RayFolder, target: pa.Schema, job: str) -> None:
        super().__init__(str(files.out), file_format="parquet")
        if Path(self.path) != files.out:
            raise InputError(
                f"Ray cannot write to a folder named {str(files.out)!r}; choose an output without line breaks and tabs"
            )
        self._records = files.records
        self._target = target
        self._job = job

    def write_block_to_file(self, block: BlockAccessor, file: Any) -> None:
        articles = block.to_arrow()
        results = articles["results"].combine_chunks().flatten()
        counts: dict[str, Counts] = {}
        for name, numbers in zip(articles["file"].to_pylist(), articles["counts"].to_pylist(), strict=True):
            counts[name] = counts.get(name, Counts()) + Counts(*numbers)
        told = json.dumps({name: astuple(found) for name, found in counts.items()})
        # Two files without rows of results would else be the same to the byte, and have one record.
        first = articles[SOURCE_ROW][0].as_py()
        target = self._target.with_metadata({**(self._target.metadata or {}), _COUNTS: told, _FIRST: first})
        data = BytesIO()
        write_tables([pa.Table.from_struct_array(results)], target, data, "parquet")
        FileRecord.of(self._job, data.getvalue(), articles[SOURCE_ROW].to_pylist()).write(self._records)
        file.write(data.getvalue())


_COUNTS, _FIRST = b"biasscore_rows", b"biasscore_first"
_BLOCKS = pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), ("kind", pa.string())]))
_ROW = pa.schema([(own.name, _BLOCKS if own.name == "blocks" else pa.string()) for own in fields(Row)])


def _row_of(values: dict[str, Any]) -> Row:
    """A row as it was read, on its way through Ray's tables."""
    return Row(**{**values, "blocks": tuple(Block(**block) for block in values["blocks"])})


@dataclass(frozen=True, slots=True)
class _FilePart:
    """Rows ``start`` to ``stop`` of one file; ``stop`` None is its end."""

    source: InputFile
    start: int = 0
    stop: int | None = None


class _Pieces(Datasource):  # type: ignore[misc]
    """A job's input as Ray reads it: our own readers, a task a file, or a piece of one that can be entered anywhere."""

    def __init__(self, reading: ReadingPlan) -> None:
        super().__init__()
        self._reading = reading
        self.pieces = [piece for source in reading.sources for piece in _cut(source, reading)]

    def get_name(self) -> str:
        return "Articles"

    def estimate_inmemory_data_size(self) -> int:
        return self._reading.n_bytes

    def get_read_tasks(self, *_: Any, **__: Any) -> list[ReadTask]:
        metadata = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
        return [ReadTask(partial(_read_piece, self._reading, piece), metadata) for piece in self.pieces]


def _cut(source: InputFile, reading: ReadingPlan) -> Iterator[_FilePart]:
    rows = row_count(source, reading.options)
    if rows is None:
        yield _FilePart(source)
    else:
        yield from (_FilePart(source, start, start + PIECE_ROWS) for start in range(0, max(rows, 1), PIECE_ROWS))


def _read_piece(reading: ReadingPlan, piece: _FilePart) -> Iterator[pa.Table]:
    """Blocks of rows, their place in the file, and the kept columns as one struct, where no name can clash."""
    number = piece.start
    for chunk in read(replace(reading, sources=(piece.source,)), piece.start):
        part = chunk if piece.stop is None else chunk[: piece.stop - number]
        table = pa.Table.from_pylist([asdict(row) for row in part.rows], _ROW)
        places = [f"{piece.source.name}:{number + i}" for i in range(len(part))]
        table = table.append_column(SOURCE_ROW, pa.array(places, pa.string()))
        yield table.append_column("kept", part.kept.to_struct_array()) if part.kept.column_names else table
        number += len(part)
        if number == piece.stop:
            return


def _target(config: JobConfig, reading: ReadingPlan, manifest: Manifest) -> pa.Schema:
    kept = list(reading.kept)
    place = [] if reading.columns.id is None else [pa.field(SOURCE_ROW, pa.string())]
    return result_schema(config.level, pa.schema(place + kept), manifest)


def _refuse_changes(reading: ReadingPlan, folder: JobFolder) -> None:
    """Stop where a file was changed while the job ran: it cannot be told which rows were read before.

    Raises:
        InputError: names the file.
    """
    change = next(changes(reading.sources), None)
    if change is not None:
        raise InputError(
            f"the input changed while the job ran ({change.told}); stop the program that changes the input, delete "
            f"{folder.to_delete()}, then run the same command again"
        )


def _summary(out: Path, files: Sequence[Path], reading: ReadingPlan, target: pa.Schema, seconds: float) -> JobSummary:
    """Counted from what was written, in this run and in earlier ones."""
    written = pa.dataset.dataset([str(path) for path in files], schema=target, format="parquet")
    inputs = reading.no_counts()
    for part in written.get_fragments():
        for name, numbers in json.loads((part.physical_schema.metadata or {}).get(_COUNTS, b"{}")).items():
            inputs[name] = inputs[name] + Counts(*numbers)
    total = sum(inputs.values(), Counts())
    failed = written.to_table(["id", "error"], filter=pc.field("error").is_valid()).slice(0, TOLD).to_pylist()
    counts_tokens = "n_tokens" in target.names
    tokens = pc.sum(written.to_table(["n_tokens"])["n_tokens"]).as_py() if counts_tokens else 0
    return JobSummary(
        out=str(out),
        rows=total.rows,
        errors=total.rows - total.scored,
        tokens=tokens or 0,
        resumed_rows=0,
        seconds=seconds,
        first_errors=tuple(f"{row['id']}: {row['error']}" for row in failed),
        inputs=inputs,
        skipped=dict(reading.skipped),
        guess=reading.guess,
    )


def _hashes(texts: pa.ChunkedArray) -> Iterator[str]:
    return (
        hashlib.blake2b(str(text).encode(errors="replace"), digest_size=16).hexdigest() for text in texts.to_pylist()
    )


def _manifest(config: JobConfig, reading: ReadingPlan, open_scorer: ScorerFactory, pool: Pool) -> Manifest:
    """The pins of the job, with the scorer as an actor opens it: this machine may have another processor."""
    task = ray.remote(num_cpus=pool.cpus, num_gpus=pool.gpus)(lambda: manifest_of(config, reading, open_scorer()))
    try:
        found: Manifest = ray.get(task.remote(), timeout=pool.stall_seconds)
    except ray.exceptions.GetTimeoutError:
        raise JobError(
            f"no model could be opened on the Ray cluster within {pool.stall_seconds:g} seconds; stop other programs "
            "on the cluster, or, if the download of the model is slow, raise Pool.stall_seconds in Python"
        ) from None
    except ray.exceptions.RayTaskError as problem:
        if isinstance(problem.cause, BiasScoreError):
            raise problem.cause from None
        raise JobError(
            f"the model could not be opened on the Ray cluster: {_reason(problem)}; install the same version of "
            "biasscore on each machine of the cluster"
        ) from None
    return replace(found, options={**found.options, "engine": "ray"})


def _reason(problem: Exception) -> str:
    """The line of Ray's report that says what happened in the actor; what Ray made of it follows."""
    first, _, _ = str(problem).partition("\n\nThe above exception was the direct cause")
    return (first.strip().splitlines() or [type(problem).__name__])[-1]

"""Runs a big job on this machine, shard by shard. A shard is complete or absent, so a stopped job can be resumed."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from biasscore.errors import InputError, JobError
from biasscore.jobs import memory
from biasscore.jobs.config import TOLD, JobConfig, JobSummary, ScorerFactory
from biasscore.jobs.files import Stamp, replacing
from biasscore.jobs.folder import JobFolder
from biasscore.jobs.journal import Journal, ShardRecord
from biasscore.jobs.manifest import Manifest, manifest_of
from biasscore.jobs.progress import Meter, Progress, Silent
from biasscore.jobs.scoring import answers, counted
from biasscore.jobs.shards import Shard, open_shards
from biasscore.jobs.unchanged import changes
from biasscore.results import Document
from biasscore.scorer import Scorer, load
from biasscore.tables import (
    Columns,
    Counts,
    Level,
    ReadingPlan,
    Row,
    find_sources,
    kept_columns,
    kept_names,
    left_open,
    plan_reading,
    schema,
    to_table,
    with_metadata,
    write_tables,
)

_log = logging.getLogger(__name__)


def run(config: JobConfig, open_scorer: ScorerFactory, progress: Progress | None = None) -> JobSummary:
    """Run a job to its end, or go on where an earlier run of it was stopped.

    Shards are cut by input position and scored one by one, so no batch and no search for repeated sentences reaches
    over a shard's border: however often a run is killed, the result equals that of an undisturbed one, row for row.

    Args:
        config: what to do.
        open_scorer: opens the scorer, once the input has been checked.
        progress: who is told how far it is; nobody by default.

    Raises:
        InputError: the input cannot be read, or has a bad row and ``config.bad_rows`` is "stop".
        JobError: the output belongs to another job, is locked, or cannot be written.
    """
    folder = JobFolder.of(config)
    reading = read_plan(config)
    with folder.locked():
        scorer = open_scorer()
        manifest = manifest_of(config, reading, scorer)
        journal = folder.claim(manifest)
        return folder.summary(journal) or _Run(
            config, folder, journal, reading, scorer, progress or Silent()
        ).to_the_end(manifest)


def score_file(
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    text: str | None = None,
    title: str | None = None,
    id: str | None = None,  # noqa: A002 the column's name in every table and on the command line
    group: str | None = None,
    keep: Sequence[str] = (),
    guess: bool = True,
    level: Level = "document",
    scorer: Scorer | None = None,
    progress: Progress | None = None,
) -> JobSummary:
    """Score files of any size into a table, as ``biasscore score IN -o OUT`` does.

    For the other options use ``jobs.run`` with a ``jobs.JobConfig``: ``input_format``, ``format``, ``shard_rows``,
    ``bad_rows`` and ``defused`` are its fields; ``encoding``, ``quoting`` and ``max_row_bytes`` are fields of
    ``tables.Options``, which is its field ``reading``.

    Args:
        inputs: files, folders, globs, URLs, saved Hugging Face datasets.
        out: a file (.parquet, .jsonl, .csv), or a folder of Parquet shards.
        text, title, id, group: columns for these fields; an article without ``id`` is called ``FILE:ROW``.
        keep: columns carried along.
        guess: whether columns that are not named are found by their usual names (docs/jobs.md);
            ``JobSummary.guess`` says which were found. If not, the text is the column ``text``.
        level: one row per document, paragraph, sentence or target (none for an article without a target).
        scorer: an open scorer; None opens the default model.
        progress: who is told how far it is; nobody by default.

    Raises:
        InputError: the input cannot be read.
        JobError: the output belongs to another job, is locked, or cannot be written.
    """
    given = (inputs,) if isinstance(inputs, str | Path) else inputs
    if not isinstance(given, Sequence) or not all(isinstance(path, str | Path) for path in given):
        raise InputError(
            "the argument 'inputs' must be a path or a list of paths; for a table in memory, use score_frame"
        )
    if not isinstance(out, str | Path):
        raise InputError(f"the argument 'out' must be a str or Path, not {type(out).__name__}")
    columns = Columns(text or "text", title, id, group, tuple(keep))
    guessed = left_open(text=text, title=title, id=id, group=group, keep=keep) if guess else ()
    config = JobConfig(tuple(str(path) for path in given), Path(out), columns, level, guessed=guessed)
    return run(config, load if scorer is None else lambda: scorer, progress)


def pinned(out: str | Path) -> Manifest | None:
    """The pins of the job that was started with this output; None where there is none.

    A caller opens the scorer with these settings where the user named none, so that "auto" resolves as it did.
    """
    return JobFolder.of(JobConfig((), Path(out))).manifest()


def read_plan(config: JobConfig) -> ReadingPlan:
    """Find and check the input of a job.

    Raises:
        InputError: as of ``find_sources``, ``plan_reading`` and ``kept_columns``.
    """
    own = (config.out, JobFolder.of(config).state)
    sources = find_sources(config.inputs, input_format=config.input_format, exclude=own)
    kept = kept_columns(config.columns, config.columns.keep, config.level)
    columns = replace(config.columns, keep=kept)
    return plan_reading(sources, columns, config.reading, guessed=config.guessed)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a job that holds the lock.

    Attributes:
        told_errors: the first of them, for the summary.
        ends: bytes of the input up to the end of each shard that this run has scored.
    """

    config: JobConfig
    folder: JobFolder
    journal: Journal
    reading: ReadingPlan
    scorer: Scorer
    progress: Progress
    told_errors: list[str] = field(default_factory=list)
    told_notes: list[str] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)

    def to_the_end(self, manifest: Manifest) -> JobSummary:
        """Score the shards that are not done, then join them where the result is one file."""
        done = self._done()
        resumed, errors = sum(r.rows for r in done), sum(r.errors for r in done)
        meter = Meter(self.progress, self.reading.n_bytes, resumed, errors, self.scorer.stats)
        target = result_schema(self.config.level, self.reading.kept, manifest)
        self.progress.start()
        try:
            self._score_all({record.shard for record in done}, target, meter)
            self._refuse_damage()
            if self.folder.is_joined:
                self._join(target)
        finally:
            self.progress.stop()
        records = self.journal.done.values()
        summary = JobSummary(
            out=str(self.folder.out),
            rows=meter.rows,
            errors=meter.errors,
            tokens=sum(record.tokens for record in records),
            resumed_rows=resumed,
            seconds=meter.seconds,
            first_errors=tuple(self.told_errors),
            first_notes=tuple(self.told_notes),
            notices=tuple(self.journal.notices),
            inputs=counts_of(self.reading, records),
            skipped=dict(self.reading.skipped),
            guess=self.reading.guess,
        )
        self.folder.finish(summary, self.journal)
        return summary

    def _score_all(self, done: Collection[int], target: pa.Schema, meter: Meter) -> None:
        try:
            for shard in open_shards(self.reading, self.config.shard_rows, done):
                self._score(shard, target, meter)
        except InputError:
            self._refuse_changes()  # what cannot be read any more may have been changed, and that is to be told
            raise
        self._refuse_changes()

    def _refuse_changes(self, first: float = 0, last: float = float("inf")) -> None:
        """Stop where a file was changed while the job ran, and forget the shards from its first row on.

        Raises:
            InputError: names the file and the rows that do not count.
        """
        change = next(changes(self.reading.sources, first, last), None)
        if change is None:
            return
        affected = [number for number, end in self.ends.items() if end > change.begins]
        self.journal.forget(affected)
        known = min(affected, default=len(self.journal.done))
        raise InputError(
            f"the input changed while the job ran ({change.told}), and the scores from row "
            f"{known * self.config.shard_rows:,} on were discarded; stop the program that changes the input, delete "
            f"{self.folder.to_delete()}, then run the same command again"
        )

    def _refuse_damage(self) -> None:
        """Stop where a shard is not what was written; the next run finds it by its checksum and scores its rows again.

        Raises:
            JobError: names the first such file.
        """
        for shard, record in sorted(self.journal.done.items()):
            part = self.folder.part(shard)
            if Stamp.of(part) != record.stamp:
                raise JobError(
                    f"another program changed or deleted {part} while the job ran; stop that program, then run the "
                    "same command again, to score the rows of this file once more"
                )

    def _done(self) -> tuple[ShardRecord, ...]:
        """What earlier runs have finished; what this one found damaged is said at once."""
        for notice in self.journal.notices:
            _log.warning("%s", notice)
        done = tuple(self.journal.done.values())
        if done and any(source.is_pipe for source in self.reading.sources):
            raise JobError(
                f"the unfinished job in {self.folder.out} cannot continue, because its input was standard input or a "
                "pipe; choose another output and start again, if possible with a file as input"
            )
        return done

    def _score(self, shard: Shard, target: pa.Schema, meter: Meter) -> None:
        counts: dict[str, Counts] = {}
        answered = counted(self._answers(shard, meter), counts)
        table = to_table(answered, self.config.level, self.scorer.fingerprint, shard.chunk.kept)
        part = self.folder.part(shard.number)
        with replacing(part) as stream:
            write_tables([table], target, stream, self.folder.part_format, defuse=self.config.defused)
        self._refuse_changes(shard.read_bytes, shard.chunk.n_bytes)
        stamp = Stamp.of(part)
        if stamp is None:
            raise JobError(
                f"another program deleted {part} just after biasscore wrote this file; stop that program, then run "
                "the same command again"
            )
        self.ends[shard.number] = shard.chunk.n_bytes
        failed = sum(found.rows - found.scored for found in counts.values())
        counts_tokens = "n_tokens" in table.column_names
        tokens = sum(table["n_tokens"].drop_null().to_pylist()) if counts_tokens else 0
        inputs = {name: astuple(found) for name, found in counts.items()}
        self.journal.note(
            ShardRecord(
                self.journal.job, shard.number, len(shard.chunk), failed, tokens, **asdict(stamp), inputs=inputs
            )
        )
        _log.info("shard %d: %d rows, %d with an error", shard.number, len(shard.chunk), failed)
        memory.give_back()

    def _answers(self, shard: Shard, meter: Meter) -> Iterator[tuple[Row, Document | None]]:
        """Each row with its document, counted as it comes."""
        rows = shard.chunk.rows
        for row in rows:
            self._refuse(row)
        bytes_a_row = (shard.chunk.n_bytes - shard.read_bytes) / max(len(rows), 1)
        for number, (row, document) in enumerate(answers(self.scorer, rows), start=1):
            self._refuse(row)
            self._tell(row)
            yield row, document
            meter.count(int(row.error is not None), shard.read_bytes + number * bytes_a_row)

    def _refuse(self, row: Row) -> None:
        if row.error is not None and self.config.bad_rows == "stop":
            raise InputError(
                f"row {row.id} cannot be scored: {row.error}; to keep such rows, leave out --strict (in Python: "
                "bad_rows='keep'). The column 'error' then gives the reason for each row"
            )

    def _tell(self, row: Row) -> None:
        if row.error is not None and len(self.told_errors) < TOLD:
            self.told_errors.append(f"{row.id}: {row.error}")
        if row.note is not None and len(self.told_notes) < TOLD:
            self.told_notes.append(f"{row.id}: {row.note}")

    def _join(self, target: pa.Schema) -> None:
        from pyarrow.parquet import read_table

        parts = (read_table(self.folder.part(number)) for number in sorted(self.journal.done))
        try:
            with replacing(self.folder.joined) as stream:
                write_tables(parts, target, stream, self.config.output_format, defuse=self.config.defused)
        except (FileNotFoundError, pa.ArrowException) as problem:
            raise JobError(
                f"a file in {self.folder.parts} cannot be read ({problem}); run the same command again to replace "
                "damaged files"
            ) from problem


def counts_of(reading: ReadingPlan, records: Iterable[ShardRecord]) -> dict[str, Counts]:
    """What became of the rows of every input file, those without rows included."""
    found = reading.no_counts()
    for record in records:
        for name, counts in record.counts.items():
            found[name] = found.get(name, Counts()) + counts
    return found


def result_schema(level: Level, kept: pa.Schema, manifest: Manifest) -> pa.Schema:
    """Schema of a job's tables: result columns, kept columns, and the pins as metadata."""
    columns = schema(level)
    for name, kind in zip(kept_names(kept.names, level), kept.types, strict=True):
        columns = columns.append(pa.field(name, kind))
    about = {
        "biasscore": manifest.biasscore,
        "schema": manifest.schema,
        "level": level,
        "model": manifest.model,
        "settings": manifest.settings,
        "options": manifest.options,
    }
    return with_metadata(columns, about)

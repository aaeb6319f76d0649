"""The settings of a job, and its summary."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from biasscore.errors import InputError
from biasscore.scorer import Scorer
from biasscore.tables import (
    LEVELS,
    Columns,
    Counts,
    Field,
    Format,
    Level,
    Options,
    OutputFormat,
    skipped_files,
)

ScorerFactory: TypeAlias = Callable[[], Scorer]
"""Opens a scorer where it is needed: after the input was checked, or in another process (then it must pickle)."""

SHARD_ROWS = 1_000
"""Rows per shard: enough for sorting by length to pay, few enough that a crash costs seconds to minutes."""
TOLD = 5
"""Files, errors and notes that a summary names; the tables hold all of them."""
# Nobody who types one of these wants a folder of that name.
_NOT_WRITTEN = (".json", ".tsv", ".xlsx", ".xls", ".arrow", ".feather", ".txt", ".html", ".gz", ".zst")


@dataclass(frozen=True, slots=True)
class JobConfig:
    """The settings of one job. A resumed run must have the same settings, except ``bad_rows``.

    Attributes:
        inputs: files, folders, globs, saved Hugging Face datasets, or ``-``.
        out: a file (suffix .parquet, .jsonl, .csv), or a folder of shards for any other name.
        columns: which column of the input is what.
        level: one row per document, paragraph, sentence or target.
        format: of the shards of a folder; None is that of the file's suffix, Parquet for a folder.
        input_format: format of files whose suffix does not tell.
        reading: encoding, quoting, and the longest row and text.
        shard_rows: input rows per shard.
        bad_rows: "keep" them as rows with an error, or "stop" at the first.
        defused: whether texts that a spreadsheet would run as formulas get an apostrophe before them, in CSV.
        guessed: fields whose columns may be found by their usual names; none by default.

    Raises:
        InputError: for an unknown level, fewer than one row per shard, or an output that cannot be written.
    """

    inputs: tuple[str, ...]
    out: Path
    columns: Columns = field(default_factory=Columns)
    level: Level = "document"
    format: OutputFormat | None = None
    input_format: Format | None = None
    reading: Options = field(default_factory=Options)
    shard_rows: int = SHARD_ROWS
    bad_rows: Literal["keep", "stop"] = "keep"
    defused: bool = False
    guessed: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise InputError(
                f"unknown level {self.level!r}; set --level (in Python: level) to one of: {', '.join(LEVELS)}"
            )
        try:
            self.out.is_dir()
            os.lstat(self.out)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (OSError, ValueError) as problem:
            raise InputError(
                f"{str(self.out)!r} cannot be the output ({problem}); choose another path with --out (in Python: out)"
            ) from None
        if self.shard_rows < 1:
            raise InputError(f"--shard-rows (in Python: shard_rows) must be 1 or more, not {self.shard_rows}")
        if self.out.suffix.lower() in _NOT_WRITTEN and not self.out.is_dir():
            raise InputError(
                f"biasscore cannot write a file with the ending of {self.out}; use a name that ends in .parquet, "
                ".jsonl or .csv, or a folder"
            )

    @property
    def is_file(self) -> bool:
        """Whether the result is one file; otherwise it is a folder of shards."""
        return self._ending in get_args(OutputFormat)

    @property
    def _ending(self) -> str:
        return self.out.suffix.lower().removeprefix(".")

    @property
    def output_format(self) -> OutputFormat:
        """The format of the result.

        Raises:
            InputError: the file's suffix and ``format`` disagree.
        """
        if not self.is_file:
            return self.format or "parquet"
        named = cast(OutputFormat, self._ending)
        if self.format not in (None, named):
            raise InputError(
                f"the output {self.out} ends in .{named}, but --format (in Python: format) is {self.format}; leave "
                "out --format, or rename the output"
            )
        return named

    def pinned(self) -> dict[str, Any]:
        """The options that decide what the rows are, as plain JSON values."""
        return {
            **asdict(self.columns),
            "keep": list(self.columns.keep),
            "guessed": list(self.guessed),
            "level": self.level,
            "format": self.output_format,
            "input_format": self.input_format,
            **asdict(self.reading),
            "shard_rows": self.shard_rows,
            "defused": self.defused,
            "engine": "local",
        }


@dataclass(frozen=True, slots=True)
class JobSummary:
    """What a finished job did.

    Attributes:
        out: the file or folder.
        rows: input rows, those of earlier runs included.
        errors: rows with an error among them.
        tokens: tokens of the scored rows; 0 at level target, whose rows are not counted in tokens.
        resumed_rows: rows that earlier runs had done already; 0 on Ray, which does not count them.
        seconds: time of this run, from the first row on.
        inputs: what became of the rows of each input file, those of earlier runs included.
        guess: which columns were found by their names; None where none were looked for or found.
        skipped: number of files in the named folders that were not read, by suffix.
        first_errors: up to five "ID: reason" of this run, or of the one that completed the job.
        first_notes: the same for rows with a note on how they were read.
        notices: what this run found damaged in the job folder and scored again, one line each.
    """

    out: str
    rows: int
    errors: int
    tokens: int
    resumed_rows: int
    seconds: float
    first_errors: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    first_notes: tuple[str, ...] = ()
    inputs: Mapping[str, Counts] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    guess: str | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> JobSummary:
        """The summary that ``dataclasses.asdict`` wrote to JSON."""
        lines = {name: tuple(values[name]) for name in ("first_errors", "first_notes", "notices")}
        inputs = {name: Counts(**counts) for name, counts in values["inputs"].items()}
        return cls(**{**values, **lines, "inputs": inputs})

    @property
    def counts(self) -> Counts:
        """What became of all rows."""
        return sum(self.inputs.values(), Counts())

    @property
    def told(self) -> tuple[str, ...]:
        """What became of the input, in lines: all rows, each file that has others than scored ones, skipped files."""
        uneven = [f"{name}: {counts}" for name, counts in self.inputs.items() if counts.rows != counts.scored]
        lines = [str(self.counts), *(uneven[:TOLD] if len(self.inputs) > 1 else ())]
        if len(uneven) > TOLD and len(self.inputs) > 1:
            rest = len(uneven) - TOLD
            lines.append(f"… and {rest:,} more file{'s' * (rest > 1)}; the job's summary.json lists all of them")
        if self.counts.noted:
            rows, were = (
                ("1 row has", "it was") if self.counts.noted == 1 else (f"{self.counts.noted:,} rows have", "they were")
            )
            lines.append(f"{rows} a note on how {were} read")
        lines += [self.guess] if self.guess else []
        return (*lines, *((skipped_files(self.skipped),) if self.skipped else ()))

    @property
    def rows_per_second(self) -> float:
        """Rows per second of this run."""
        return (self.rows - self.resumed_rows) / self.seconds if self.seconds else 0.0

"""`biasscore score IN -o OUT`: big inputs into tables, on this machine or a Ray cluster."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

from rich.console import Console

from biasscore.cli.exit import FAILED, OK
from biasscore.cli.options import DEFUSE_HELP, columns, first_given, guessed, reading, scorer_factory, unset, whole
from biasscore.cli.say import say
from biasscore.errors import InputError
from biasscore.tables import LEVELS, OutputFormat
from biasscore.visible import on_one_line

if TYPE_CHECKING:
    from biasscore.jobs import JobConfig, JobSummary
    from biasscore.scorer import Scorer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that need -o."""
    group = parser.add_argument_group(
        "tables (with -o)", "if the command stops before the end, run the same command again to continue"
    )
    group.add_argument(
        "--level",
        choices=tuple(LEVELS),
        default="document",
        help="what one row of the output is: a 'document' (an article), a 'paragraph', a 'sentence', or a 'target' (a "
        "person, organization, place or group) (default: 'document')",
    )
    group.add_argument(
        "--format", choices=get_args(OutputFormat), help="format of the files if OUT is a folder (default: 'parquet')"
    )
    group.add_argument(
        "--shard-rows",
        type=whole,
        metavar="N",
        help="number of input rows that are scored and saved together; if OUT is a folder, it gets one file per "
        "N rows (default: 1000)",
    )
    group.add_argument(
        "--strict",
        action="store_true",
        help="stop at the first row that cannot be scored (default: keep such rows, and write the reason into the "
        "column called 'error')",
    )
    group.add_argument(
        "--defuse-formulas",
        action="store_true",
        help=f"in CSV, {DEFUSE_HELP}",
    )
    group.add_argument("--quiet", action="store_true", help="show no progress and no summary")
    group.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="where to compute. 'local': on this computer. 'ray': on a cluster of computers with Ray "
        "(docs/jobs.md explains it) (default: 'local')",
    )
    group.add_argument(
        "--address",
        metavar="ADDRESS",
        help="address of the Ray cluster, for --engine ray (default: the cluster that RAY_ADDRESS names or that runs "
        "on this computer; if there is none, start Ray on this computer)",
    )


def refuse_without_out(arguments: argparse.Namespace) -> None:
    """Raises InputError where an option that shapes tables was given and no table is written."""
    given = first_given(arguments, {"group": None, "keep": "", **unset(add_options)})
    if given:
        raise InputError(f"{given} works with -o only; add -o OUT, or remove {given}")


def run(arguments: argparse.Namespace) -> int:
    """Run the job to its end, and print a summary."""
    if arguments.address and arguments.engine != "ray":
        raise InputError("--address works with --engine ray only; add --engine ray, or remove --address")
    given = first_given(arguments, {"shard_rows": None, "strict": False, "defuse_formulas": False, "stats": False})
    if given and arguments.engine == "ray":
        raise InputError(f"{given} has no effect with --engine ray; remove {given}, or remove --engine ray")
    config, console = _config(arguments), Console(stderr=True)
    on_ray = arguments.engine == "ray"
    summary = _on_ray(arguments, config) if on_ray else _here(arguments, config, console)
    if not arguments.quiet:
        _tell(summary, console)
    return FAILED if summary.errors else OK


def _config(arguments: argparse.Namespace) -> JobConfig:
    from biasscore.jobs import SHARD_ROWS, JobConfig

    return JobConfig(
        inputs=tuple(arguments.inputs),
        out=arguments.out,
        columns=columns(arguments),
        guessed=guessed(arguments),
        level=arguments.level,
        format=arguments.format,
        input_format=arguments.input_format,
        reading=reading(arguments),
        defused=arguments.defuse_formulas,
        shard_rows=SHARD_ROWS if arguments.shard_rows is None else arguments.shard_rows,
        bad_rows="stop" if arguments.strict else "keep",
    )


def _here(arguments: argparse.Namespace, config: JobConfig, console: Console) -> JobSummary:
    from biasscore.jobs import Silent, progress_for, run

    opened: list[Scorer] = []
    open_scorer = _as_started(arguments, config)

    def opening() -> Scorer:
        opened.append(open_scorer())
        return opened[-1]

    summary = run(config, opening, Silent() if arguments.quiet else progress_for(console))
    if arguments.stats:
        for scorer in opened:
            say(scorer.stats.summary())
    return summary


def _as_started(arguments: argparse.Namespace, config: JobConfig) -> Callable[[], Scorer]:
    """The scorer asked for, with every "auto" of how to compute resolved as when the job was started."""
    from biasscore.jobs import pinned

    before = pinned(config.out)
    if before is not None:
        for name in ("device", "dtype", "backend", "threads", "budget"):
            if getattr(arguments, name) in ("auto", None):
                setattr(arguments, name, before.settings[name])
    return scorer_factory(arguments)


def _on_ray(arguments: argparse.Namespace, config: JobConfig) -> JobSummary:
    from biasscore.jobs import ray as cluster  # first, for the error that names the extra

    import ray  # isort: skip

    threads = arguments.threads or 1
    options = argparse.Namespace(**{**vars(arguments), "threads": threads})
    told = {"log_to_driver": False, "logging_level": "ERROR"} if arguments.quiet else {}
    ray.init(address=arguments.address, ignore_reinit_error=True, **told)
    return cluster.run(config, scorer_factory(options), cluster.Pool(cpus=float(threads)))


def _tell(summary: JobSummary, console: Console) -> None:
    errors = f", {summary.errors:,} with an error" if summary.errors else ""
    articles = "1 article" if summary.rows == 1 else f"{summary.rows:,} articles"
    resumed = f", {summary.resumed_rows:,} of them in earlier runs" if summary.resumed_rows else ""
    tokens = f", {summary.tokens:,} tokens" if summary.tokens else ""
    done = f"{articles}{resumed}{errors}{tokens}, {summary.rows_per_second:,.1f} articles/s"
    if summary.resumed_rows == summary.rows and not summary.seconds:
        done = f"nothing left to do: {articles}{errors}, scored in earlier runs"
    lines = [f"{done} → {summary.out}", *summary.told]
    lines += [f"  {reason}" for reason in (*summary.notices, *summary.first_errors, *summary.first_notes)]
    for line in lines:
        console.print(on_one_line(line), soft_wrap=True, highlight=False, markup=False)

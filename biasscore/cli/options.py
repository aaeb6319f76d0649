"""Options that several commands share, and what they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from biasscore.engine.device import EngineOptions
from biasscore.errors import InputError
from biasscore.heads import CLASSIFIED, HEADS
from biasscore.tables import FIELDS, Columns, Field, Options
from biasscore.tables.formats.base import MAX_ROW_BYTES, Quoting

if TYPE_CHECKING:
    from biasscore.predict.hub.opening import Terms
    from biasscore.scorer import Scorer

DTYPES = ("auto", "float32", "bfloat16", "float16", "int8")
BACKENDS = ("auto", "torch", "onnx")


AUTO = "auto"


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Which models answer what."""
    group = parser.add_argument_group(
        "models", "NAME is a model that comes with biasscore, a path, or a classifier on the Hugging Face Hub"
    )
    group.add_argument(
        "--model",
        default="base",
        metavar="NAME",
        help="model for everything that no other option names (default: base)",
    )
    for head in CLASSIFIED:
        group.add_argument(f"--{head}", metavar="NAME", help=f"model for {HEADS[head].topic} only")
    group.add_argument(
        "--prior",
        type=_prior,
        metavar="SHARE",
        help="expected share of loaded sentences, from 0 to 1 (default: the model's); "
        "with `compare --by`, auto estimates it for each group",
    )


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Whom to tell the tone toward."""
    group = parser.add_argument_group("targets", "persons, organisations, places and groups; see docs/targets.md")
    group.add_argument(
        "--target",
        action="append",
        dest="targets",
        metavar="NAME",
        help="score the tone toward this name; repeat the option for more names (default: all names in a text)",
    )
    group.add_argument(
        "--finder",
        default="names",
        metavar="FINDER",
        help="how to find names: names (built in) or spacy:MODEL (default: names)",
    )


def add_terms_options(parser: argparse.ArgumentParser) -> None:
    """How classifiers of the Hub are fetched and read."""
    group = parser.add_argument_group("classifiers from the Hub")
    group.add_argument(
        "--labels",
        action="append",
        default=[],
        metavar="ANSWER=A,B,…",
        help="meaning of a classifier's outputs, in order; needed if their names do not say it",
    )
    group.add_argument("--local-files-only", action="store_true", help="never use the network")
    group.add_argument(
        "--allow-pickle",
        action="store_true",
        help="use pickled weights if there are no others; a pickle can run any code, so trust its authors",
    )


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Where and how the models run."""
    group = parser.add_argument_group("engine")
    group.add_argument("--device", default="auto", metavar="DEVICE", help="auto, cpu, cuda or cuda:N (default: auto)")
    group.add_argument("--dtype", default="auto", choices=DTYPES, help="number format (default: auto)")
    group.add_argument(
        "--backend", default="auto", choices=BACKENDS, help="library that runs the model (default: auto)"
    )
    group.add_argument("--threads", type=int, metavar="N", help="processor threads (default: all)")
    group.add_argument("--budget", type=int, metavar="N", help="tokens per batch (default: chosen for the device)")


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """How files are read."""
    parser.add_argument(
        "--input-format",
        metavar="FORMAT",
        help="format of files whose suffix does not say it; nexis, factiva or proquest for their exports",
    )
    parser.add_argument(
        "--encoding", metavar="NAME", help="encoding of texts, CSV, TSV, JSON and HTML (default: UTF-8)"
    )
    parser.add_argument(
        "--quoting",
        choices=get_args(Quoting),
        default="auto",
        help="quotation marks in CSV and TSV: standard follows every mark, none reads them as text, auto is standard "
        "but reads a line again if its mark is never closed (default: auto)",
    )
    parser.add_argument(
        "--max-row-bytes",
        type=int,
        default=MAX_ROW_BYTES,
        metavar="N",
        help=f"most bytes that a row may have (default: {MAX_ROW_BYTES:,})",
    )


def add_column_options(parser: argparse.ArgumentParser) -> None:
    """Which column of a table is what."""
    group = parser.add_argument_group("columns", "which columns of a table to use")
    group.add_argument(
        "--text", metavar="COLUMN", help="column of the text (default: text, or a similar name such as body or content)"
    )
    group.add_argument("--title", metavar="COLUMN", help="column of the title, which is scored separately")
    group.add_argument("--id", metavar="COLUMN", help="column with a name for each row (default: FILE:ROW)")
    group.add_argument("--group", metavar="COLUMN", help="column to compare by later, for example outlet or author")
    group.add_argument("--keep", default="", metavar="A,B,…", help="columns to copy to the output")
    group.add_argument(
        "--no-guess",
        action="store_true",
        help="use only the columns named here (default: also columns called title, id, outlet, source, date or url)",
    )


def refuse_without_folder(page: Path | None) -> None:
    """Raises InputError where a page shall go into a folder that is not there: told before the scoring, not after."""
    if page is not None and not page.parent.is_dir():
        raise InputError(f"cannot write {page}: the folder {page.parent} does not exist; create it first")


def columns(arguments: argparse.Namespace) -> Columns:
    """The columns that ``add_column_options`` asked for."""
    keep = tuple(name for name in arguments.keep.split(",") if name)
    return Columns(arguments.text or "text", arguments.title, arguments.id, arguments.group, keep)


def guessed(arguments: argparse.Namespace) -> tuple[Field, ...]:
    """The fields that were left open, to be found by the usual names of their columns."""
    return () if arguments.no_guess else tuple(field for field in FIELDS if not getattr(arguments, field))


def reading(arguments: argparse.Namespace) -> Options:
    """How files are read, as ``add_reading_options`` asked."""
    return Options(arguments.encoding, arguments.quoting, max_row_bytes=arguments.max_row_bytes)


def scorer_factory(arguments: argparse.Namespace) -> Callable[[], Scorer]:
    """Opens the scorer that the options ask for; picklable, so that a cluster can open it too."""
    from biasscore.scorer import load

    if arguments.prior == AUTO:
        raise InputError(
            "--prior auto works with compare --by only; score with -o SCORES first, then run: "
            "biasscore compare SCORES --by COLUMN --sentences FILE --prior auto"
        )
    chosen = {head: name for head in CLASSIFIED if (name := getattr(arguments, head)) is not None}
    about = {name: vars(arguments)[name] for name in ("targets", "finder") if name in arguments}
    return partial(
        load,
        arguments.model,
        **chosen,
        **about,
        labels=_labels(arguments.labels),
        local_files_only=arguments.local_files_only,
        allow_pickle=arguments.allow_pickle,
        device=arguments.device,
        dtype=arguments.dtype,
        backend=arguments.backend,
        threads=arguments.threads,
        budget=arguments.budget,
        prior=arguments.prior,
    )


def engine_options(arguments: argparse.Namespace) -> EngineOptions:
    """Where and how to run, as ``add_engine_options`` asked."""
    named = ("device", "dtype", "backend", "threads", "budget")
    return EngineOptions(**{name: getattr(arguments, name) for name in named})


def terms(arguments: argparse.Namespace) -> Terms:
    """How to fetch and read classifiers, as ``add_terms_options`` asked."""
    from biasscore.predict.hub.opening import Terms

    return Terms(
        labels=_labels(arguments.labels),
        local_files_only=arguments.local_files_only,
        allow_pickle=arguments.allow_pickle,
    )


def _prior(given: str) -> float | str:
    return given if given == AUTO else float(given)


def _labels(given: list[str]) -> dict[str, tuple[str, ...]]:
    labels = {}
    for entry in given:
        answer, equals, names = entry.partition("=")
        if not equals or answer not in CLASSIFIED:
            raise InputError(f"--labels {entry} is not ANSWER=A,B,…; ANSWER must be one of {', '.join(CLASSIFIED)}")
        labels[answer] = tuple(name.strip() for name in names.split(","))
    return labels

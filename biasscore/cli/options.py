"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from biasscore.engine.base import BackendName, DtypeName
from biasscore.engine.device import EngineOptions
from biasscore.errors import InputError
from biasscore.heads import CLASSIFIED, HEADS
from biasscore.tables import Columns, Field, Format, Options, left_open
from biasscore.tables.formats.base import MAX_ROW_BYTES, Quoting

if TYPE_CHECKING:
    from biasscore.predict.hub.opening import Terms
    from biasscore.scorer import Scorer

AUTO = "auto"
PRIOR_HELP = (
    "share of loaded sentences that you expect in your texts, for example 0.2 (default: the share in the texts from "
    "which the model learnt; for 'base' and 'small' about half)"
)
DEFUSE_HELP = (
    "put an apostrophe before texts that begin like a formula (=, +, -, @), so that spreadsheets show them as text"
)


def unset(*groups: Callable[[argparse.ArgumentParser], None]) -> dict[str, object]:
    """The options of these groups, and what they are where they are not given."""
    parser = argparse.ArgumentParser(add_help=False)
    for add in groups:
        add(parser)
    return vars(parser.parse_args([]))


def first_given(arguments: argparse.Namespace, unset: Mapping[str, object]) -> str | None:
    """The first of these options that was given, as it was typed."""
    given = (name for name, value in unset.items() if getattr(arguments, name) != value)
    return next((f"--{name.replace('_', '-')}" for name in given), None)


def add_model_options(parser: argparse.ArgumentParser, prior_help: str = PRIOR_HELP) -> None:
    """Add the options that choose models."""
    group = parser.add_argument_group(
        "models",
        "NAME is a model that comes with biasscore, a folder with a model, a classifier on the Hugging Face Hub, or a "
        "file that `biasscore calibrate` wrote. --sentiment also sets the model for the score `tone` (probability of a "
        "positive tone minus probability of a negative tone)",
    )
    group.add_argument(
        "--model",
        default="base",
        metavar="NAME",
        help="model for all scores, except those for which an option below names another model (default: base)",
    )
    for head in CLASSIFIED:
        group.add_argument(f"--{head}", metavar="NAME", help=f"use a different model for {_topic(head)}")
    group.add_argument(
        "--prior",
        type=_prior,
        metavar="SHARE",
        help=prior_help,
    )


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for named targets."""
    group = parser.add_argument_group("targets", "persons, organizations, places and groups; see docs/targets.md")
    group.add_argument(
        "--target",
        action="append",
        dest="targets",
        metavar="NAME",
        help="score the tone toward this name; use the option several times for several names "
        "(default: all names in a text)",
    )
    group.add_argument(
        "--finder",
        default="names",
        metavar="FINDER",
        help="how biasscore finds names in a text. 'names': with built-in rules. 'spacy:MODEL': with the spaCy model "
        "MODEL, for example 'spacy:en_core_web_sm' (default: 'names')",
    )


def add_terms_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for classifiers from the Hub."""
    group = parser.add_argument_group("classifiers from the Hugging Face Hub")
    group.add_argument(
        "--labels",
        action="append",
        default=[],
        metavar="SCORE=A,B,…",
        help="what each output of a classifier means, in order, for example --labels "
        "sentiment=negative,neutral,positive. Needed if the classifier calls its outputs LABEL_0, LABEL_1, …",
    )
    group.add_argument(
        "--local-files-only",
        action="store_true",
        help="use only classifiers that are on this computer; download nothing",
    )
    group.add_argument(
        "--allow-pickle",
        action="store_true",
        help="allow classifiers with weights in the pickle format. Such a file can run any program "
        "code, so use this option only if you trust the authors",
    )


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for device, number format and threads."""
    group = parser.add_argument_group("device and speed", "the defaults suit most users; see docs/engine.md")
    group.add_argument(
        "--device",
        default="auto",
        metavar="DEVICE",
        help="where to compute. 'cpu': the processor. 'cuda': a GPU. 'cuda:N': the GPU with the "
        "number N, counted from 0. 'auto': a GPU if there is one, otherwise the processor (default: "
        "'auto')",
    )
    dtypes, backends = (AUTO, *get_args(DtypeName)), (AUTO, *get_args(BackendName))
    group.add_argument(
        "--dtype",
        default="auto",
        choices=dtypes,
        help="number format of the computation (default: 'auto', which chooses a fast format)",
    )
    group.add_argument(
        "--backend",
        default="auto",
        choices=backends,
        help="library that runs the model. 'torch': PyTorch. 'onnx': ONNX Runtime. 'auto': biasscore chooses a fast "
        "one (default: 'auto')",
    )
    group.add_argument("--threads", type=whole, metavar="N", help="number of processor threads (default: all)")
    group.add_argument(
        "--budget",
        type=whole,
        metavar="N",
        help="number of tokens (words or pieces of words) to compute at once; a smaller number needs less memory "
        "(default: biasscore chooses a number for the device)",
    )


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for reading files."""
    parser.add_argument(
        "--input-format",
        metavar="FORMAT",
        help=f"format of the input: {', '.join(get_args(Format))}. 'dataset': a folder that the Python library "
        "'datasets' saved (save_to_disk). 'nexis', 'factiva' and 'proquest': exports of these databases "
        "(default: the format that the ending of the file name shows)",
    )
    parser.add_argument(
        "--encoding",
        metavar="NAME",
        help="character encoding of text files, tables, web pages and feeds, for example cp1252 (default: UTF-8; for "
        "web pages and feeds, the encoding that the file names)",
    )
    parser.add_argument(
        "--quoting",
        choices=get_args(Quoting),
        default="auto",
        help="meaning of quotation marks in CSV and TSV. 'standard': a mark begins or ends a field. 'none': a mark is "
        "part of the text. 'auto': the same as 'standard', except that a mark that is never closed is part "
        "of the text (default: 'auto')",
    )
    parser.add_argument(
        "--max-row-bytes",
        type=whole,
        default=MAX_ROW_BYTES,
        metavar="N",
        help="largest size of one row or article in bytes; a larger row or article gives an error (default: "
        f"{MAX_ROW_BYTES:,})",
    )


def add_column_options(parser: argparse.ArgumentParser, *, copied: bool = True) -> None:
    """Add the options for columns; ``copied`` for those that go into a table of scores."""
    group = parser.add_argument_group(
        "columns", f"which columns of an input table to use{'' if copied else ' (without --by)'}"
    )
    group.add_argument(
        "--text",
        metavar="COLUMN",
        help="column of the text (default: the column called 'text', 'body', 'content' or similar)",
    )
    group.add_argument(
        "--title",
        metavar="COLUMN",
        help="column of the title, which is scored separately (default: the column called 'title', 'headline' or "
        "similar)",
    )
    group.add_argument(
        "--id",
        metavar="COLUMN",
        help="column with a unique name for each row (default: the column called 'id' or similar; if there is "
        "none, biasscore joins file name and row number)",
    )
    if copied:
        group.add_argument(
            "--group",
            metavar="COLUMN",
            help="column with the group of each article, for example the outlet. The output has the group in a "
            "column called 'group', for `biasscore compare --by group` (default: the column called 'outlet', "
            "'source' or similar)",
        )
        group.add_argument(
            "--keep",
            default="",
            metavar="A,B,…",
            help="columns to copy to the output (default: columns called 'date', 'url' or similar)",
        )
    else:
        parser.set_defaults(group=None, keep="")
    group.add_argument(
        "--no-guess",
        action="store_true",
        help="use only the column called 'text' and the columns that you name with options; do not look for columns "
        "with other usual names",
    )


def refuse_without_folder(page: Path | None) -> None:
    """Raises InputError where a page shall go into a folder that is not there: told before the scoring, not after."""
    if page is not None and not page.parent.is_dir():
        raise InputError(f"cannot write {page}: the folder {page.parent} does not exist; create this folder first")
    if page is not None and page.is_dir():
        raise InputError(f"cannot write {page}: {page.name} is a folder; give the name of a file")


def refuse_a_file(folder: Path | None) -> None:
    """Raises InputError where files shall go into what is no folder, before the scoring."""
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InputError(f"cannot write into {folder}: {folder.name} is a file; give the name of a folder")


def columns(arguments: argparse.Namespace) -> Columns:
    """The columns that ``add_column_options`` asked for."""
    keep = tuple(name for name in arguments.keep.split(",") if name)
    return Columns(arguments.text or "text", arguments.title, arguments.id, arguments.group, keep)


def guessed(arguments: argparse.Namespace) -> tuple[Field, ...]:
    """The fields that were left open, to be found by the usual names of their columns."""
    return () if arguments.no_guess else left_open(**vars(arguments))


def reading(arguments: argparse.Namespace) -> Options:
    """How files are read, as ``add_reading_options`` asked."""
    return Options(arguments.encoding, arguments.quoting, max_row_bytes=arguments.max_row_bytes)


def scorer_factory(arguments: argparse.Namespace) -> Callable[[], Scorer]:
    """Opens the scorer that the options ask for; picklable, so that a cluster can open it too."""
    from biasscore.scorer import load

    if arguments.prior == AUTO:
        raise InputError(
            "--prior auto works with `biasscore compare --by` only; first run `biasscore score` twice (once with -o "
            "SCORES, once with --level sentence -o SENTENCES), then run: biasscore compare SCORES --by COLUMN "
            "--sentences SENTENCES --prior auto"
        )
    chosen = {head: name for head in CLASSIFIED if (name := getattr(arguments, head)) is not None}
    about = {name: vars(arguments)[name] for name in ("targets", "finder") if name in arguments}
    return partial(
        load,
        arguments.model,
        **chosen,
        **about,
        **asdict(terms(arguments)),
        **asdict(engine_options(arguments)),
        prior=arguments.prior,
    )


def engine_options(arguments: argparse.Namespace) -> EngineOptions:
    """Where and how to run, as ``add_engine_options`` asked."""
    return EngineOptions(**{field.name: getattr(arguments, field.name) for field in fields(EngineOptions)})


def terms(arguments: argparse.Namespace) -> Terms:
    """How to fetch and read classifiers, as ``add_terms_options`` asked."""
    from biasscore.predict.hub.opening import Terms

    return Terms(
        labels=_labels(arguments.labels),
        local_files_only=arguments.local_files_only,
        allow_pickle=arguments.allow_pickle,
    )


def whole(given: str) -> int:
    """The number that an option needs."""
    try:
        return int(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f"the value must be a whole number, not {given!r}") from None


def _prior(given: str) -> float | str:
    try:
        return given if given == AUTO else float(given)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"the value must be a number between 0 and 1, for example 0.2, not {given!r}"
        ) from None


def _topic(head: str) -> str:
    """What the head is about; with the option's name where the two differ, so that a reader sees that they are one."""
    topic = HEADS[head].topic
    return topic if head in topic else f"{topic} ({head})"


def _labels(given: list[str]) -> dict[str, tuple[str, ...]]:
    labels = {}
    for entry in given:
        answer, equals, names = entry.partition("=")
        if not equals:
            raise InputError(
                f"--labels {entry!r} has no '='; write SCORE=A,B,…, for example: --labels loaded=neutral,loaded"
            )
        if answer not in CLASSIFIED:
            raise InputError(
                f"--labels {entry!r} does not begin with the name of a score; begin with one of: "
                f"{', '.join(CLASSIFIED)}"
            )
        labels[answer] = tuple(name.strip() for name in names.split(","))
    return labels

"""`biasscore export`: a model for use without this library."""

from __future__ import annotations

import argparse
from pathlib import Path

from biasscore.cli.exit import OK
from biasscore.cli.say import say
from biasscore.predict import checkpoints


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "export",
        help="write a model for ONNX Runtime or transformers",
        description="Write a model for use without biasscore: as an ONNX file, or as a folder for transformers and the "
        "Hugging Face Hub. See docs/export.md for examples.",
    )
    parser.add_argument("model", metavar="MODEL", help="a model that comes with biasscore, or a folder with a model")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="the output: a file that ends in .onnx, or, with --format hf, a folder",
    )
    parser.add_argument(
        "--format",
        choices=("onnx", "hf"),
        default="onnx",
        help="'onnx': a file for ONNX Runtime. 'hf': a folder for transformers and the Hugging Face Hub (default: "
        "'onnx')",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the model."""
    from biasscore.export import write_huggingface, write_onnx

    write = {"onnx": write_onnx, "hf": write_huggingface}[arguments.format]
    write(checkpoints.read(arguments.model), arguments.out)
    say(f"wrote {arguments.out}")
    return OK

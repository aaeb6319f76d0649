"""`biasscore export`: a model as an ONNX graph for use elsewhere."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from biasscore.cli.exit import OK
from biasscore.predict import checkpoints


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "export",
        help="write a model as an ONNX graph",
        description="Write the encoder and its heads as an ONNX graph; docs/engine.md gives its inputs and outputs.",
    )
    parser.add_argument("model", metavar="MODEL", help="an embedded model or a path")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the .onnx file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the graph."""
    from biasscore.engine.onnx_engine import export_onnx

    checkpoint = checkpoints.read(arguments.model)
    export_onnx(checkpoint.encoder, checkpoint.weights(), arguments.out)
    print(f"biasscore: wrote {arguments.out}", file=sys.stderr)
    return OK

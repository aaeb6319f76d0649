"""Options that several commands share, and the scorer that they ask for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biasscore.scorer import Scorer

DTYPES = ("auto", "float32", "bfloat16", "float16", "int8")
BACKENDS = ("auto", "torch", "onnx")


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Options of ``biasscore.load``."""
    group = parser.add_argument_group("model and engine")
    group.add_argument("--model", default="base", metavar="NAME", help="an embedded model or a path (default: base)")
    group.add_argument("--device", default="auto", metavar="DEVICE", help="auto, cpu, cuda or cuda:N (default: auto)")
    group.add_argument("--dtype", default="auto", choices=DTYPES, help="number format (default: auto)")
    group.add_argument("--backend", default="auto", choices=BACKENDS, help="library that runs it (default: auto)")
    group.add_argument("--threads", type=int, metavar="N", help="processor threads (default: all)")
    group.add_argument("--budget", type=int, metavar="N", help="tokens a batch (default: what suits the device)")
    group.add_argument(
        "--prior", type=float, metavar="SHARE", help="expected share of loaded sentences, 0 to 1 (default: the model's)"
    )


def open_scorer(arguments: argparse.Namespace) -> Scorer:
    """Load what ``add_engine_options`` asked for."""
    from biasscore.scorer import load

    return load(
        arguments.model,
        device=arguments.device,
        dtype=arguments.dtype,
        backend=arguments.backend,
        threads=arguments.threads,
        budget=arguments.budget,
        prior=arguments.prior,
    )

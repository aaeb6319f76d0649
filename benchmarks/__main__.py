"""What ``make bench`` measures, one process after another, then the tables of README.md and docs.

    python -m benchmarks [--peers PYTHON …] [--data FOLDER]

Not in it: what takes an hour or longer (``jobs``, ``long_run``), needs a GPU (``cuda``), trains a model or reads what a
training left (``ablations``, ``compact``, ``cuts``, ``outlets``, ``starts``, ``target_pooling``, ``train_all``,
``voice_masking``), or is run only when its own part of the program changes (``comparison``, ``framing``,
``framing_lengths``, ``framing_tried``, ``inputs``, ``occlusion``, ``own_labels``, ``targets``, ``voice``,
``voice_kinds``).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from biasscore.training.corpora import ARTICLES, CORPORA


def steps(peers: Sequence[str], data: Path | None) -> Iterator[tuple[str, ...]]:
    """Modules with their arguments; those that read labelled rows or articles only where there is data."""
    yield "throughput", *(("--peers", *peers) if peers else ())
    yield ("frontier",)
    yield ("profile",)
    yield ("cold_start",)
    yield ("own_sentences",)
    if data is not None:
        yield "backends", "--data", str(data)
        yield "label_flips", "--articles", str(data / CORPORA[ARTICLES].file)
    yield ("tables",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", default=(), help="an interpreter for each of benchmarks/peers*.txt")
    parser.add_argument("--data", type=Path, help="folder of the training tables")
    given = parser.parse_args()
    for module, *arguments in steps(given.peers, given.data):
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], check=True)


if __name__ == "__main__":
    main()

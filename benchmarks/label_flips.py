"""Sentences of real articles that get another label in a faster number format than in float32.

python -m benchmarks.label_flips --articles FILE.parquet [--paragraphs N]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import biasscore
from benchmarks.environment import environment, fingerprints, write
from benchmarks.texts import from_parquet
from biasscore.engine.select import CHOICES
from biasscore.errors import BackendError, MissingExtraError
from biasscore.predict import checkpoints
from biasscore.results import Sentence

RESULT = Path(__file__).parent / "results" / "label_flips.json"


def flips(model: str, texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """By number format: sentences with another label than in float32, and the largest move of ``loaded``."""
    exact: list[Sentence] = []
    found = {}
    for backend, dtype in CHOICES["cpu"]:
        try:
            scorer = biasscore.load(model, device="cpu", backend=backend, dtype=dtype)
        except (BackendError, MissingExtraError) as error:
            print(f"{backend} {dtype}: {error}")
            continue
        said = [sentence for document in scorer.score_many(texts) for sentence in document.sentences]
        if not exact:
            exact = said
            continue
        pairs = [(one, other) for one, other in zip(said, exact, strict=True) if other.loaded is not None]
        found[f"{backend} {dtype}"] = {
            "sentences": len(pairs),
            "flips": sum(one.label != other.label for one, other in pairs),
            "largest_move": round(max(abs((one.loaded or 0.0) - (other.loaded or 0.0)) for one, other in pairs), 4),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, required=True, help="table of articles with a column text")
    parser.add_argument("--paragraphs", type=int, default=800)
    given = parser.parse_args()
    texts = from_parquet(given.articles, given.paragraphs)
    result: dict[str, Any] = {
        "environment": environment(),
        "weights": fingerprints(checkpoints.available()),
        "models": {name: flips(name, texts) for name in checkpoints.available()},
    }
    write(RESULT, result)


if __name__ == "__main__":
    main()

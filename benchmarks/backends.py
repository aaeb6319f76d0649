"""The engines against each other: speed in one interleaved run, and how far each strays from float32.

    python -m benchmarks.backends [--model NAME] [--paragraphs N] [--repeats N] [--data FOLDER]

With ``--data`` (the folder of the training tables) also macro-F1 of the loaded, subjectivity and tone labels on the
development rows, by engine; without it the differences of logits stand alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

import biasscore
from benchmarks.environment import environment
from benchmarks.texts import articles, from_parquet
from benchmarks.throughput import Contestant, interleaved, operations, sequences
from biasscore import checkpoints
from biasscore.engine.base import Engine
from biasscore.engine.select import CHOICES, open_engine
from biasscore.errors import BackendError, MissingExtraError
from biasscore.tasks import SENTIMENT

RESULT = Path(__file__).parent / "results" / "backends.json"
# Rows of each table whose labels are compared: enough that a difference of 0.003 is more than a few rows.
ROWS = 1000


def opened(checkpoint: checkpoints.Checkpoint) -> dict[str, Engine]:
    """Every engine that runs on this processor."""
    engines = {}
    for backend, dtype in CHOICES["cpu"]:
        try:
            engines[f"{backend} {dtype}"] = open_engine(
                checkpoint.encoder, checkpoint.weights(), device="cpu", backend=backend, dtype=dtype
            )
        except (BackendError, MissingExtraError) as error:
            print(f"{backend} {dtype}: {error}")
    return engines


def differences(engines: dict[str, Engine], batch: Sequence[NDArray[np.int32]]) -> dict[str, Any]:
    """Projections against float32, and each engine's own alone against in company, in standard deviations."""
    exact = engines["torch float32"].project(batch)
    alone_of = batch[:40]
    found = {}
    for name, engine in engines.items():
        crowd = engine.project(batch)
        alone = np.concatenate([engine.project([ids]) for ids in alone_of])
        found[name] = {
            "largest_from_float32": float(np.abs(crowd - exact).max() / exact.std()),
            "root_mean_square_from_float32": float(np.sqrt(np.square(crowd - exact).mean()) / exact.std()),
            "largest_from_company": float(np.abs(crowd[: len(alone)] - alone).max() / exact.std()),
        }
    return found


def scores(model: str, data: Path) -> dict[str, Any]:
    """Macro-F1 by engine on labelled rows; the rows may have been trained on, which matters little for a difference."""
    tables = _tables(data)
    found: dict[str, Any] = {}
    for backend, dtype in CHOICES["cpu"]:
        scorer = biasscore.load(model, device="cpu", backend=backend, dtype=dtype)
        found[f"{backend} {dtype}"] = {}
        for head, (texts, gold) in tables.items():
            rows = [document.sentences for document in scorer.score_many(texts)]
            told = [_label(head, sentences) for sentences in rows]
            kept = [(g, t) for g, t in zip(gold, told, strict=True) if t is not None]
            found[f"{backend} {dtype}"][head] = float(f1_score(*zip(*kept, strict=True), average="macro"))
        print(backend, dtype, found[f"{backend} {dtype}"])
    return found


def _tables(data: Path) -> dict[str, tuple[list[str], list[int]]]:
    from pyarrow import parquet

    columns = {"loaded": ("loaded", "loaded"), "subjectivity": ("subjectivity", "subjective")}
    columns["sentiment"] = ("sentiment", "sentence_polarity")
    tables = {}
    for head, (file, column) in columns.items():
        frame = parquet.read_table(data / f"{file}.parquet", columns=["text", column]).to_pandas().dropna()
        drawn = frame.sample(min(ROWS, len(frame)), random_state=0)
        tables[head] = (drawn["text"].tolist(), drawn[column].astype(int).tolist())
    return tables


def _label(head: str, sentences: Sequence[biasscore.Sentence]) -> int | None:
    """The label of a row's first sentence; None where it has no score."""
    first = sentences[0] if sentences else None
    if first is None or first.loaded is None or first.subjectivity is None or first.sentiment is None:
        return None
    if head == "sentiment":
        return int(np.argmax([getattr(first.sentiment, label) for label in SENTIMENT.labels])) - 1
    return int((first.loaded if head == "loaded" else first.subjectivity) > 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base")
    parser.add_argument("--paragraphs", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--articles", type=Path, help="table of real articles instead of generated ones")
    parser.add_argument("--data", type=Path, help="folder of the training tables, to compare macro-F1 as well")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    texts = from_parquet(given.articles, given.paragraphs) if given.articles else articles(given.paragraphs)
    checkpoint = checkpoints.read(given.model)
    documents = biasscore.load(given.model, device="cpu").score_many(texts)
    batch = sequences(checkpoint, [s.text for document in documents for s in document.sentences])
    engines = opened(checkpoint)
    work = operations(checkpoint, sum(map(len, batch)))
    result: dict[str, Any] = {"environment": environment(), "model": given.model}
    result["differences"] = differences(engines, batch)
    contestants = [
        Contestant(name, lambda engine=engine: engine.project(batch), work, "GFLOP/s")
        for name, engine in engines.items()
    ]
    result["rows"] = interleaved(contestants, given.repeats)
    if given.data:
        result["macro_f1"] = scores(given.model, given.data)
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

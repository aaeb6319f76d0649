"""The engines against each other: speed in one interleaved run, and how far each strays from float32.

    python -m benchmarks.backends [--model NAME] [--paragraphs N] [--repeats N] [--data FOLDER]

What torch does on a processor that has AVX2 only (ONNX Runtime cannot be told to leave newer instructions alone):

    ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2 \\
        python -m benchmarks.backends --out benchmarks/results/backends_avx2.json

Beside the engines alone, both shipped models end to end, from text to scores, on a fifth of the paragraphs.
With ``--data`` (the folder of the training tables) also macro-F1 of every head, by engine, and how far it is from
float32 on the same rows; without it the differences of logits stand alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import biasscore
from benchmarks.environment import environment, fingerprints, write
from benchmarks.peers import Contestant
from benchmarks.texts import texts_of
from benchmarks.throughput import interleaved, operations, sequences
from biasscore.analysis.bootstrap import Figure, Rows, figures
from biasscore.engine.base import Engine
from biasscore.engine.device import EngineOptions
from biasscore.engine.select import CHOICES, open_engine
from biasscore.errors import BackendError, MissingExtraError
from biasscore.evaluation.answers import Answers, ask
from biasscore.evaluation.labelled_rows import RowSet, row_set
from biasscore.evaluation.metrics import difference, macro_f1
from biasscore.heads import FRAMING, LOADED, SENTIMENT, SUBJECTIVITY, Head
from biasscore.predict import checkpoints
from biasscore.training.corpora import read_corpus
from biasscore.training.outlets import of_each_outlet

RESULT = Path(__file__).parent / "results" / "backends.json"
# On what each head is compared: enough rows that a difference of 0.003 is more than a few of them.
TABLES: Mapping[str, tuple[Head, str]] = {
    "loaded": (LOADED, "babe"),
    "subjectivity": (SUBJECTIVITY, "checkthat"),
    "sentiment": (SENTIMENT, "newsmtsc"),
    "framing": (FRAMING, "article-bias-prediction"),
}
ROWS, ARTICLES_EACH = 4000, 1


def opened(checkpoint: checkpoints.Checkpoint) -> dict[str, Engine]:
    """Every engine that runs on this processor."""
    engines = {}
    for backend, dtype in CHOICES["cpu"]:
        try:
            engines[f"{backend} {dtype}"] = open_engine(
                checkpoint.encoder, checkpoint.weights(), EngineOptions("cpu", dtype, backend)
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


def end_to_end(texts: Sequence[str]) -> Iterator[Contestant]:
    """Each shipped model with each engine, from text to scores."""
    for model in checkpoints.available():
        for backend, dtype in CHOICES["cpu"]:
            try:
                scorer = biasscore.load(model, device="cpu", backend=backend, dtype=dtype)
            except (BackendError, MissingExtraError):
                continue
            paragraphs = sum(len(document.paragraphs) for document in scorer.score_many(texts))
            yield Contestant(f"{model} {backend} {dtype}", lambda scorer=scorer: scorer.score_many(texts), paragraphs)


def scores(model: str, data: Path) -> dict[str, Any]:
    """Macro-F1 of every head and F1 of loaded words by engine, and the difference to float32 on the same rows.

    The rows may have been trained on, which matters little for a difference.
    """
    tables = {head: _rows(task, corpus, data) for head, (task, corpus) in TABLES.items()}
    exact: dict[str, Answers] = {}
    found: dict[str, Any] = {}
    for backend, dtype in CHOICES["cpu"]:
        scorer = biasscore.load(model, device="cpu", backend=backend, dtype=dtype)
        said = {head: ask(scorer, rows) for head, rows in tables.items()}
        exact = exact or said
        found[f"{backend} {dtype}"] = {
            name: figure
            for head, rows in tables.items()
            for name, figure in _figures(head, rows, said[head], exact[head]).items()
        }
        print(backend, dtype, {name: figure["difference"] for name, figure in found[f"{backend} {dtype}"].items()})
    return found


def _rows(task: Head, corpus: str, data: Path) -> RowSet:
    rows = read_corpus(corpus, data)
    # Where the marks of a row are unknown, its words cannot be judged.
    known = [row for row in rows if row.marked is not None] if task is LOADED else rows
    kept = of_each_outlet(rows, ARTICLES_EACH) if task is FRAMING else known[:ROWS]
    return row_set(task, kept, corpus)


def _figures(head: str, rows: RowSet, said: Answers, exact: Answers) -> dict[str, dict[str, float]]:
    n = len(rows.task.labels)
    pairs = {head: (macro_f1(rows.truth, said.predicted, n), macro_f1(rows.truth, exact.predicted, n))}
    if said.words and exact.words:
        pairs["words"] = (said.words.statistics()["words.f1"], exact.words.statistics()["words.f1"])
    statistics = {name: one for name, (one, _) in pairs.items()}
    statistics |= {f"{name} difference": difference(one, other) for name, (one, other) in pairs.items()}
    found = figures(statistics, Rows.single(len(rows), width=len(said.words.owner) if said.words else 0))
    return {
        name: {
            "rows": len(rows),
            "f1": round(found[name].value, 4),
            "difference": round(found[f"{name} difference"].value, 4),
            **_interval(found[f"{name} difference"]),
        }
        for name in pairs
    }


def _interval(difference: Figure) -> dict[str, float]:
    """Its ends; those of answers that are all the same are the difference itself, which has no spread."""
    ends = {"low": difference.low, "high": difference.high}
    return {name: round(end if np.isfinite(end) else difference.value, 4) for name, end in ends.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base")
    parser.add_argument("--paragraphs", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--articles", type=Path, help="table of real articles instead of generated ones")
    parser.add_argument("--data", type=Path, help="folder of the training tables, to compare macro-F1 as well")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    texts = texts_of(given.articles, given.paragraphs)
    checkpoint = checkpoints.read(given.model)
    documents = biasscore.load(given.model, device="cpu").score_many(texts)
    batch = sequences(checkpoint, [s.text for document in documents for s in document.sentences])
    engines = opened(checkpoint)
    work = operations(checkpoint, sum(map(len, batch)))
    result: dict[str, Any] = {"environment": environment(), "weights": fingerprints(checkpoints.available())}
    result["differences"] = differences(engines, batch)
    contestants = [
        Contestant(name, lambda engine=engine: engine.project(batch), work, "GFLOP/s")
        for name, engine in engines.items()
    ]
    result["rows"] = interleaved(contestants, given.repeats)
    result["end_to_end"] = interleaved([*end_to_end(texts_of(given.articles, given.paragraphs // 5))], given.repeats)
    if given.data:
        result["f1"] = scores(given.model, given.data)
    write(given.out, result)


if __name__ == "__main__":
    main()

"""Encoders to start from: what each reaches by one recipe, and how fast it runs. Writes ``results/starts.json``.

    python -m benchmarks.starts base=models/base/training small=models/small/training

Figures are of rows that the runs left out: BABE's by folds, the others' by split. Speed is of the forward pass alone,
on one thread, random tokens in sequences as long as sentences; encoders take turns, and the best of the rounds counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open

from benchmarks.environment import environment, rounded, write
from biasscore.analysis.bootstrap import Rows, Statistic, figures
from biasscore.engine.columns import STAGE_HEADS
from biasscore.engine.config import EncoderConfig
from biasscore.engine.torch_cpu import TorchCpuEngine, has_bfloat16
from biasscore.evaluation import metrics
from biasscore.training.predictions import PREDICTIONS, Prediction, read_predictions

RESULTS = Path(__file__).parent / "results" / "starts.json"
_ROUNDS = 8
_SENTENCES = 300

# Name of a figure: which predictions it reads, and how.
FIGURES: Mapping[str, tuple[str, str, str]] = {
    "BABE, AUC": ("loaded", "babe", "auc"),
    "BABE, words, AUC": ("span", "babe", "auc"),
    "BABE, words, best F1": ("span", "babe", "best_f1"),
    "CheckThat, AUC": ("subjectivity", "checkthat", "auc"),
    "NewsMTSC, macro-F1": ("sentiment", "newsmtsc", "macro_f1"),
    "own sentences on tone, macro-F1": ("sentiment", "authored-tone", "macro_f1"),
    "own sentences on wording, AUC": ("loaded", "authored-wording", "auc"),
    "own news of many subjects, macro-F1": ("sentiment", "authored-news", "macro_f1"),
    "own slanted sentences, AUC": ("loaded", "authored-slant", "auc"),
}


def left_out(folder: Path) -> list[Prediction]:
    """Everything that a training's runs predicted of rows they had left out."""
    return [p for p in read_predictions(folder / PREDICTIONS) if p.scheme != "leave-outlet-out"]


def measured(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """All figures for which there are predictions, each with its interval over rows."""
    found: dict[str, Any] = {}
    for name, (head, dataset, kind) in FIGURES.items():
        chosen = [p for p in predictions if (p.head, p.dataset) == (head, dataset)]
        if chosen:
            found[name] = {"rows": len({p.row for p in chosen}), **_figure(chosen, kind)}
    return found


def _figure(chosen: Sequence[Prediction], kind: str) -> dict[str, float]:
    if kind == "best_f1":
        gold, scores = np.array([p.gold for p in chosen]), np.array([p.logits[0] for p in chosen])
        return {"value": round(best_f1(gold, scores), 4)}
    score, size = statistic(chosen, kind)
    return rounded(figures({kind: score}, Rows.single(size))[kind])


def statistic(chosen: Sequence[Prediction], kind: str) -> tuple[Statistic, int]:
    """AUC over rows or macro-F1 over predictions, and how many units it is resampled over."""
    gold = np.array([p.gold for p in chosen], dtype=np.int64)
    logits = np.array([p.logits for p in chosen])
    if kind == "macro_f1":
        return metrics.macro_f1(gold, logits.argmax(axis=1), logits.shape[1]), len(gold)
    rows, owner = np.unique([p.row for p in chosen], return_inverse=True)
    return metrics.auc(gold, logits[:, 0], owner), len(rows)


def best_f1(marked: np.ndarray, scores: np.ndarray) -> float:
    """F1 of the positive class at the threshold that suits these rows best."""
    ranked = marked[np.argsort(-scores, kind="stable")]
    hits = np.cumsum(ranked)
    return float((2 * hits / (np.arange(1, len(ranked) + 1) + ranked.sum())).max())


def shape(folder: Path, run: str = "final") -> EncoderConfig:
    """Of the encoder whose weights a run of a training left.

    Only a table of distances tells how many heads there are; without one they are taken to be MiniLM's 12.
    """
    file = max((folder / run).glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    with safe_open(file, framework="numpy") as stored:
        shapes = {name: tuple(stored.get_slice(name).get_shape()) for name in stored.keys()}  # noqa: SIM118
    hidden = shapes["words.weight"][1]
    buckets, heads = shapes.get("distances.weight", (0, 12))
    return EncoderConfig(
        vocab_size=shapes["words.weight"][0],
        hidden_size=hidden,
        n_layers=sum(name.endswith(".qkv.weight") for name in shapes),
        n_heads=heads,
        intermediate_size=shapes["layers.0.feed_in.weight"][0],
        max_positions=shapes["positions.weight"][0],
        distance_buckets=buckets,
    )


def seconds(encoders: Mapping[str, EncoderConfig]) -> dict[str, float]:
    """Best time of each for the same sequences."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.gamma(4, 8, _SENTENCES).astype(int) + 2, 4, 120)
    batch = [rng.integers(4, 1000, n).astype(np.int32) for n in lengths]
    dtype = "bfloat16" if has_bfloat16() else "float32"

    def opened(encoder: EncoderConfig) -> Callable[[], object]:
        weights = {
            name: (rng.standard_normal(size) * 0.02).astype(np.float32)
            for name, size in encoder.shapes(STAGE_HEADS.n_columns).items()
        }
        engine = TorchCpuEngine(encoder, weights, dtype, 1, 8192)
        return lambda: engine.project(batch)

    runs = {name: opened(encoder) for name, encoder in encoders.items()}
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(_ROUNDS):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - began)
    return {name: taken / int(lengths.sum()) for name, taken in best.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="NAME=FOLDER of a training")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    if any("=" not in run for run in given.runs):
        sys.exit("give each run as NAME=FOLDER")
    folders = {name: Path(folder) for name, _, folder in (run.partition("=") for run in given.runs)}
    torch.set_num_threads(1)
    encoders = {name: shape(folder) for name, folder in folders.items()}
    taken = seconds(encoders)
    results = {
        name: {
            "encoder": encoders[name].to_dict(),
            "tokens_per_second": round(1 / taken[name]),
            "figures": measured(left_out(folder)),
        }
        for name, folder in folders.items()
    }
    record = {"environment": environment(), "runs": results}
    write(given.out, record)


if __name__ == "__main__":
    main()

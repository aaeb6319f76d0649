"""What the head of named targets should read, and learn from: each way learnt together with an encoder of its own.

    python -m benchmarks.target_pooling --data DATA --base FOLDER

Every way starts from the same encoder, sees the same rows of NewsMTSC in the same order, and is judged on the rw half,
which none has seen. Its macro-F1 is compared with the first way's on the same rows. Every logit stays a sum over
tokens, so each way could be shipped. Two more runs learn from PerSenT and SEntFiN as well, which mean other things by
tone. Writes ``results/target_pooling.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.environment import environment, rounded, write
from biasscore.analysis.bootstrap import Rows, figures
from biasscore.engine.network import Network
from biasscore.evaluation import metrics
from biasscore.training.batches import Batch, collate, in_order, plan_epoch
from biasscore.training.corpora import NEVER_TAUGHT, Row, read_corpus
from biasscore.training.examples import Example, encode, sentence_example
from biasscore.training.fit import autocast, schedule
from biasscore.training.mixture import generator
from biasscore.training.objective import pool_values
from biasscore.training.predictions import row_id
from biasscore.training.start import start
from biasscore.training.targets import read_targets

RESULTS = Path(__file__).parent / "results" / "target_pooling.json"
EPOCHS, BATCH, RATE, HEAD_RATE, MAX_TOKENS, OTHERS = 1, 32, 1.5e-4, 10.0, 192, 2000
Pooling = Callable[[Tensor, Batch], Tensor]


def _mention(rows: Tensor, batch: Batch) -> Tensor:
    return pool_values(rows[:, 0], rows[:, 1:4], batch.mention, batch.n_examples)


def _mean(rows: Tensor, batch: Batch) -> Tensor:
    return pool_values(torch.zeros_like(rows[:, 0]), rows[:, 1:4], batch.mention, batch.n_examples)


def _sentence(rows: Tensor, batch: Batch) -> Tensor:
    return pool_values(rows[:, 0], rows[:, 1:4], batch.words, len(batch.lengths))[batch.first]


def _both(rows: Tensor, batch: Batch) -> Tensor:
    sentence = pool_values(rows[:, 4], rows[:, 5:8], batch.words, len(batch.lengths))[batch.first]
    return _mention(rows, batch) + sentence


def _knowing(rows: Tensor, batch: Batch) -> Tensor:
    """Attention over the sentence with a column of its own for the mention's tokens."""
    scores = torch.where(batch.mention >= 0, rows[:, 4], rows[:, 0])
    return pool_values(scores, rows[:, 1:4], batch.words, len(batch.lengths))[batch.first]


@dataclass(frozen=True, slots=True)
class Way:
    """What the head reads, and which other rows of ``targets.parquet`` it learns from."""

    pooling: Pooling
    also: str = ""


WAYS: dict[str, Way] = {
    "attention over the mention": Way(_mention),
    "mean of the mention": Way(_mean),
    "the mention and its sentence": Way(_both),
    "attention over the sentence that knows the mention": Way(_knowing),
    "the sentence alone": Way(_sentence),
    "attention over the mention, also from PerSenT": Way(_mention, "persent"),
    "attention over the mention, also from SEntFiN": Way(_mention, "sentfin"),
}


@dataclass(frozen=True, slots=True)
class Task:
    """Examples to learn from, and those to judge by with their gold tone and sentence."""

    learns: Sequence[Example]
    judged: Sequence[Example]
    gold: NDArray[np.int64]
    sentence: NDArray[np.int64]


def rw_rows(data: Path) -> list[Row]:
    """The targets of NewsMTSC's rw half, one row per target."""
    where = [("dataset", "=", "newsmtsc"), ("split", "=", "test")]
    return [
        Row("newsmtsc-targets", "test", row_id(f"{row['text']} {first}"), row["text"],
            mention=(first, first + len(name)), toward=polarity + 1)
        for row in pq.read_table(data / "sentiment.parquet", filters=where).to_pylist()
        for name, first, polarity in zip(row["targets"], row["target_starts"], row["target_polarity"], strict=True)
    ]  # fmt: skip


def other_rows(data: Path, dataset: str) -> list[Row]:
    """``OTHERS`` targets of another data set, spread over its file."""
    found = read_targets(data, dataset)
    return found[:: max(1, len(found) // OTHERS)][:OTHERS]


def run(base: str, data: Path, way: Way, seed: int) -> tuple[NDArray[np.int64], Task]:
    """Learn by one way; the likeliest tone of each row that is judged."""
    torch.manual_seed(seed)
    network, tokenizer = start(base, seed=seed)
    network.heads = nn.Linear(network.config.hidden_size, 8)
    rows = [row for row in read_corpus("newsmtsc-targets", data) if row.split != NEVER_TAUGHT]
    rows += other_rows(data, way.also) if way.also else []
    judged = rw_rows(data)

    def examples(chosen: Sequence[Row]) -> list[Example]:
        encoded = encode(tokenizer, [row.text for row in chosen], MAX_TOKENS)
        return [sentence_example(r, e, votes=0, weight=1) for r, e in zip(chosen, encoded, strict=True)]

    _, sentence = np.unique([row.text for row in judged], return_inverse=True)
    task = Task(examples(rows), examples(judged), np.array([row.toward for row in judged]), sentence)
    _learn(network, task.learns, way.pooling, seed)
    return _said(network, task.judged, way.pooling), task


def _learn(network: Network, examples: Sequence[Example], pooling: Pooling, seed: int) -> None:
    heads = list(network.heads.parameters())
    body = [
        p for name, p in network.named_parameters() if network.part(name) != "words" and not name.startswith("heads")
    ]
    groups = [{"params": body, "peak": RATE}, {"params": heads, "peak": RATE * HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, fused=True)
    network.train()
    batches = list(_epochs(examples, seed))
    for step, chosen in enumerate(batches):
        batch = collate(chosen)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * schedule(step, len(batches), 0.06)
        with autocast(torch.device("cpu"), "auto"):
            found = pooling(network(batch.ids, batch.packing()), batch)
        loss = -(batch.toward * found.log_softmax(-1)).sum(-1).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def _epochs(examples: Sequence[Example], seed: int) -> Iterator[list[Example]]:
    for epoch in range(EPOCHS):
        for planned in plan_epoch(examples, BATCH, generator(seed, "targets", epoch)):
            yield [examples[i] for i in planned]


def _said(network: Network, examples: Sequence[Example], pooling: Pooling) -> NDArray[np.int64]:
    network.eval()
    said = np.zeros(len(examples), dtype=np.int64)
    with torch.inference_mode(), autocast(torch.device("cpu"), "auto"):
        for chosen, batch in in_order(examples, BATCH):
            said[chosen] = pooling(network(batch.ids, batch.packing()), batch).argmax(-1).numpy()
    return said


def measured(said: Sequence[NDArray[np.int64]], first: Sequence[NDArray[np.int64]], task: Task) -> dict[str, Any]:
    """Mean over seeds of macro-F1 and of its difference to the first way, with 95% intervals over sentences."""
    scores = [metrics.macro_f1(task.gold, run, 3) for run in said]
    gaps = [metrics.difference(a, metrics.macro_f1(task.gold, b, 3)) for a, b in zip(scores, first, strict=True)]
    found = figures(
        {
            "macro_f1": lambda weights: np.mean([score(weights) for score in scores], axis=0),
            "difference": lambda weights: np.mean([gap(weights) for gap in gaps], axis=0),
        },
        Rows.clustered(task.sentence, count=1000),
    )
    return {name: rounded(figure) for name, figure in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", default="sentence-transformers/all-MiniLM-L6-v2", help="encoder to start from")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    results: dict[str, Any] = {}
    first: list[NDArray[np.int64]] = []
    for name, way in WAYS.items():
        runs = [run(given.base, given.data, way, seed) for seed in range(1, given.seeds + 1)]
        said, task = [tones for tones, _ in runs], runs[0][1]
        first = first or said
        results[name] = {"learnt_from": len(task.learns), **measured(said, first, task)}
        record = {
            "environment": environment(),
            "base": Path(given.base).name,
            "seeds": given.seeds,
            "epochs": EPOCHS,
            "targets": len(task.gold),
            "sentences": int(task.sentence.max()) + 1,
            "ways": results,
        }
        write(given.out, record)


if __name__ == "__main__":
    main()

"""Where the time of scoring goes: stage by stage, and the forward pass by operator.

    python -m benchmarks.profile [--model NAME] [--paragraphs N] [--articles FILE.parquet]

Processor time, not wall time, so that a busy machine distorts it less. Everything runs on one thread.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import biasscore
from benchmarks.environment import environment
from benchmarks.texts import articles, from_parquet
from benchmarks.throughput import sequences
from biasscore import assemble, checkpoints
from biasscore.engine.batching import chunks
from biasscore.segment import segment

RESULT = Path(__file__).parent / "results" / "profile.json"
OPERATORS = 12


class Clock:
    """Processor seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count what runs inside as ``stage``."""
        started = process_time()
        yield
        self.seconds[stage] += process_time() - started


def stages(model: str, texts: Sequence[str]) -> tuple[int, dict[str, float]]:
    """Paragraphs, and seconds of each stage of the pipeline, as the scorer runs them one after another."""
    scorer = biasscore.load(model, device="cpu", threads=1)
    scorer.score_many(texts)
    clock, embedded = Clock(), scorer._model
    with clock("segmentation"):
        window = assemble.Window.of([segment(text) for text in texts])
    with clock("tokenising"):
        embedded.tokenizer([sentence.text for sentence in window.sentences])
    before = scorer.stats.seconds
    with clock("all of the model"):
        answers = embedded.predict(window.sentences, window.paragraphs, window.documents)
    with clock("forward"):
        embedded.projector(embedded.tokenizer([sentence.text for sentence in window.sentences]))
    clock.seconds["forward"] -= clock.seconds["tokenising"]
    with clock("assembling"):
        documents = assemble.documents(window, answers, scorer.fingerprint)
    found = clock.seconds
    found["decoding"] = max(0.0, found.pop("all of the model") - found["forward"] - found["tokenising"])
    assert scorer.stats.seconds > before
    return sum(len(document.paragraphs) for document in documents), dict(found)


def operators(model: str, texts: Sequence[str]) -> dict[str, Any]:
    """Share of each operator in the forward pass of the torch engine, and the multiply-adds a second it comes to."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    from biasscore.engine.torch_cpu import CHUNK, CpuNetwork, has_bfloat16

    torch.set_num_threads(1)
    checkpoint = checkpoints.read(model)
    scorer = biasscore.load(model, device="cpu", threads=1)
    batch = sequences(checkpoint, [s.text for document in scorer.score_many(texts) for s in document.sentences])
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    network = CpuNetwork.of(checkpoint.encoder, checkpoint.weights(), dtype)
    parts = [[batch[i] for i in part] for part in chunks([len(ids) for ids in batch], CHUNK)]
    for part in parts:
        network(part)
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        for part in parts:
            network(part)
    times = {event.key: event.self_cpu_time_total for event in recorded.key_averages()}
    total = sum(times.values())
    largest = sorted(times, key=times.__getitem__, reverse=True)[:OPERATORS]
    return {"dtype": str(dtype), "share": {name: times[name] / total for name in largest}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base")
    parser.add_argument("--paragraphs", type=int, default=600)
    parser.add_argument("--articles", type=Path, help="table of real articles instead of generated ones")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    texts = from_parquet(given.articles, given.paragraphs) if given.articles else articles(given.paragraphs)
    before = environment()
    runs = [stages(given.model, texts) for _ in range(3)]
    paragraphs = runs[0][0]
    result = {
        "environment": before,
        "model": given.model,
        "paragraphs": paragraphs,
        "milliseconds_a_paragraph": {
            stage: float(np.median([seconds[stage] for _, seconds in runs])) * 1e3 / paragraphs for stage in runs[0][1]
        },
        "operators": operators(given.model, texts),
    }
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

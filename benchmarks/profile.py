"""Where the time of scoring goes: stage by stage, and the forward pass by operator.

    python -m benchmarks.profile [--model NAME] [--paragraphs N] [--articles FILE.parquet]

Processor time, not wall time, so that a busy machine distorts it less. Everything runs on one thread.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import biasscore
from benchmarks.environment import environment, fingerprints, write
from benchmarks.texts import texts_of
from benchmarks.throughput import sequences
from biasscore.engine.batching import chunks
from biasscore.predict import assemble, checkpoints
from biasscore.segment import segment

RESULT = Path(__file__).parent / "results" / "profile.json"
OPERATORS = 12
BATCH = 32
REPEATS = 5


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

    def around(self, stage: str, call: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The same call, counted as ``stage``."""

        def counted(argument: Any) -> Any:
            with self(stage):
                return call(argument)

        return counted


def stages(model: str, texts: Sequence[str]) -> tuple[int, dict[str, float]]:
    """Paragraphs, and seconds of each stage of the pipeline, as the scorer runs them one after another.

    Each stage's best time of ``REPEATS``; decoding is what the model does besides tokenising and the forward pass.
    """
    scorer = biasscore.load(model, device="cpu", threads=1)
    scorer.score_many(texts)
    embedded, fingerprint = scorer._model, scorer.fingerprint
    parts = embedded.tokenizer, embedded.reader
    found: dict[str, float] = {}
    for _ in range(REPEATS):
        clock = Clock()
        embedded.tokenizer, embedded.reader = map(clock.around, ("tokenising", "forward"), parts)
        with clock("segmentation"):
            window = assemble.TextBatch.of([segment(text) for text in texts])
        with clock("decoding"):
            answers = embedded.predict(window.asked)
        with clock("assembling"):
            documents = assemble.documents(window, answers, fingerprint)
        clock.seconds["decoding"] -= clock.seconds["tokenising"] + clock.seconds["forward"]
        found = {stage: min(found.get(stage, seconds), seconds) for stage, seconds in clock.seconds.items()}
    order = ("segmentation", "tokenising", "forward", "decoding", "assembling")
    return sum(len(document.paragraphs) for document in documents), {stage: found[stage] for stage in order}


def forwards(model: str, texts: Sequence[str]) -> dict[str, Any]:
    """The forward pass before and after: the network as training writes it down, and as the torch engine runs it.

    Before: plain torch modules in float32, sorted sentences in rectangles of ``BATCH``, as most libraries do it.
    After: what ``backend="torch"`` runs on this processor.
    """
    import torch

    from biasscore.engine.families import build
    from biasscore.engine.network import Layout
    from biasscore.engine.torch_cpu import CHUNK, CpuNetwork, has_bfloat16

    torch.set_num_threads(1)
    checkpoint = checkpoints.read(model)
    scorer = biasscore.load(model, device="cpu", threads=1)
    batch = sequences(checkpoint, [s.text for document in scorer.score_many(texts) for s in document.sentences])
    weights = checkpoint.weights()
    plain = build(checkpoint.encoder).eval()
    plain.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    engine = CpuNetwork.of(checkpoint.encoder, weights, dtype)
    order = np.argsort([len(ids) for ids in batch], kind="stable")
    rectangles = [[batch[i] for i in order[at : at + BATCH]] for at in range(0, len(order), BATCH)]
    parts = [[batch[i] for i in part] for part in chunks([len(ids) for ids in batch], CHUNK)]

    def padded(rows: Sequence[NDArray[np.int32]]) -> None:
        ids = torch.from_numpy(np.concatenate(rows)).long()
        plain(ids, Layout.of([len(row) for row in rows]))

    with torch.inference_mode():
        return {
            "before": {"dtype": "torch.float32", **_operators(padded, rectangles)},
            "after": {"dtype": str(dtype), **_operators(engine, parts)},
        }


def _operators(forward: Callable[[Any], object], parts: Sequence[Any]) -> dict[str, Any]:
    """Processor seconds of all parts, and the share of each operator."""
    from torch.profiler import ProfilerActivity, profile

    for part in parts:
        forward(part)
    started = process_time()
    for part in parts:
        forward(part)
    seconds = process_time() - started
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        for part in parts:
            forward(part)
    times = {event.key: event.self_cpu_time_total for event in recorded.key_averages()}
    total = sum(times.values())
    largest = sorted(times, key=times.__getitem__, reverse=True)[:OPERATORS]
    return {"seconds": seconds, "share": {name: times[name] / total for name in largest}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base")
    parser.add_argument("--paragraphs", type=int, default=600)
    parser.add_argument("--articles", type=Path, help="table of real articles instead of generated ones")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    texts = texts_of(given.articles, given.paragraphs)
    before = environment()
    runs = [stages(given.model, texts) for _ in range(3)]
    paragraphs = runs[0][0]
    result = {
        "environment": before,
        "weights": fingerprints([given.model]),
        "paragraphs": paragraphs,
        "milliseconds_a_paragraph": {
            stage: float(np.median([seconds[stage] for _, seconds in runs])) * 1e3 / paragraphs for stage in runs[0][1]
        },
        "forward": forwards(given.model, texts),
    }
    write(given.out, result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

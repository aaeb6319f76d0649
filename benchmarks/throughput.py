"""How many paragraphs a second, end to end, against what people use today: one run, interleaved, the same paragraphs.

    python -m benchmarks.throughput [--model NAME] [--paragraphs N] [--repeats N] [--articles FILE] [--peers PYTHON …]

biasscore segments, tokenises, runs all heads and decodes. Its peers do less: three transformers pipelines give three
labels a paragraph; sentence-transformers and infinity give a vector; ONNX Runtime and OpenVINO give undecoded columns.
Every contestant runs once before the clock starts, then all run in turn, ``--repeats`` times, each time in another
order; the median counts. Slow ones get the first few of the same paragraphs. Weights of the peers are random: speed
does not depend on them.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import biasscore
from benchmarks.environment import PACKAGES, environment, fingerprints, write
from benchmarks.peers import Contestant, encoders, pipelines, runtimes
from benchmarks.texts import texts_of
from biasscore.engine.device import EngineOptions
from biasscore.engine.select import open_engine
from biasscore.engine.tokens import Tokenizer
from biasscore.engine.tolerance import FROM_FLOAT32
from biasscore.predict import checkpoints

RESULT = Path(__file__).parent / "results" / "throughput.json"
# Paragraphs that a slow peer gets.
FEW = 24
SHAPES = ((1152, 384), (384, 384), (1536, 384), (384, 1536))


@dataclass(slots=True)
class Timed:
    """A contestant and the seconds of each of its runs."""

    contestant: Contestant
    seconds: list[float] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """What goes into the result file."""
        rates = sorted(self.contestant.amount / s for s in self.seconds)
        return {
            "name": self.contestant.name,
            "unit": self.contestant.unit,
            "median": median(rates),
            "slowest": rates[0],
            "fastest": rates[-1],
        }


def interleaved(contestants: Sequence[Contestant], repeats: int) -> list[dict[str, Any]]:
    """Run all in turn, ``repeats`` times, after one run each that is not counted.

    Each time in another order, and with no garbage of the one before: who comes after whom decides nothing.
    """
    timed = [Timed(contestant) for contestant in contestants]
    for each in timed:
        each.contestant.run()
    order = Random(0)
    for _ in range(repeats):
        for each in order.sample(timed, len(timed)):
            gc.collect()
            started = perf_counter()
            each.contestant.run()
            each.seconds.append(perf_counter() - started)
            print(f"{each.contestant.name}: {each.contestant.amount / each.seconds[-1]:,.1f} {each.contestant.unit}")
    return [each.row() for each in timed]


def ours(model: str, texts: Sequence[str]) -> Iterator[Contestant]:
    """biasscore end to end, its forward pass alone, and one short text."""
    scorer = biasscore.load(model, device="cpu")
    documents = scorer.score_many(texts)
    paragraphs = sum(len(document.paragraphs) for document in documents)
    yield Contestant("biasscore", lambda: scorer.score_many(texts), paragraphs)
    settings, checkpoint = scorer.settings, checkpoints.read(model)
    engine = open_engine(
        checkpoint.encoder, checkpoint.weights(), EngineOptions("cpu", settings.dtype, settings.backend)
    )
    batch = sequences(checkpoint, [s.text for document in documents for s in document.sentences])
    yield Contestant("biasscore, forward alone", lambda: engine.project(batch), paragraphs)
    tokens = sum(map(len, batch))
    yield Contestant(
        "useful multiply-adds of the forward",
        lambda: engine.project(batch),
        operations(checkpoint, tokens),
        "GFLOP/s",
    )
    short = texts[0].split("\n\n")[0]
    bare = sequences(checkpoint, [sentence.text for sentence in scorer.score(short).sentences])
    yield Contestant("one short text", lambda: scorer.score(short), 1, "texts/s")
    yield Contestant("one short text, bare forward", lambda: engine.project(bare), 1, "texts/s")


def siblings(model: str, texts: Sequence[str]) -> Iterator[Contestant]:
    """The other embedded models, end to end on the same texts."""
    for name in checkpoints.available():
        if name != model:
            scorer = biasscore.load(name, device="cpu")
            paragraphs = sum(len(document.paragraphs) for document in scorer.score_many(texts))
            yield Contestant(f"biasscore, model {name}", lambda scorer=scorer: scorer.score_many(texts), paragraphs)


def sequences(checkpoint: checkpoints.Checkpoint, sentences: Sequence[str]) -> list[np.ndarray]:
    """Token ids of each sentence between the special tokens, cut where the encoder ends."""
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    found = tokenizer(sentences).sequences()
    room = checkpoint.max_tokens - 2
    return [np.concatenate((tokenizer.before, ids[:room], tokenizer.after), dtype=np.int32) for ids in found]


def operations(checkpoint: checkpoints.Checkpoint, tokens: int) -> float:
    """Billions of additions and multiplications in the linear layers; attention and padding do not count."""
    e = checkpoint.encoder
    return 2e-9 * tokens * e.n_layers * (4 * e.hidden_size**2 + 2 * e.hidden_size * e.intermediate_size)


def matrix_products() -> Iterator[Contestant]:
    """What the machine's matrix products reach alone, on the shapes of the encoder and on a large square."""
    import torch
    from torch.nn import functional as F  # noqa: N812

    for dtype, name in ((torch.float32, "float32"), (torch.bfloat16, "bfloat16")):
        for rows, columns in (*SHAPES, (2048, 2048)):
            x, weight = torch.randn(2048, columns).to(dtype), torch.randn(rows, columns).to(dtype)
            work = 2e-9 * 20 * 2048 * rows * columns

            def run(x: torch.Tensor = x, weight: torch.Tensor = weight) -> None:
                with torch.inference_mode():
                    for _ in range(20):
                        F.linear(x, weight)

            yield Contestant(f"matrix product {name} 2048×{columns}×{rows}", run, work, "GFLOP/s")


def check(model: str, texts: Sequence[str]) -> dict[str, Any]:
    """Correctness before speed: the engine against float32, and a text alone against in company."""
    fast, exact = (biasscore.load(model, device="cpu", dtype=dtype) for dtype in ("auto", "float32"))
    checkpoint = checkpoints.read(model)
    batch = sequences(checkpoint, [s.text for d in fast.score_many(texts[:4]) for s in d.sentences])
    projections = [
        open_engine(checkpoint.encoder, checkpoint.weights(), EngineOptions("cpu", s.settings.dtype)).project(batch)
        for s in (fast, exact)
    ]
    difference = float(np.abs(projections[0] - projections[1]).max() / projections[1].std())
    allowed = FROM_FLOAT32[fast.settings.dtype]
    if difference > allowed:
        raise SystemExit(f"{fast.settings.dtype} strays {difference:.3f} from float32, more than {allowed}")
    company = fast.score_many(texts[:4])
    alone = [fast.score(text) for text in texts[:4]]
    apart = max(abs(a.subjectivity - b.subjectivity) for a, b in zip(alone, company, strict=True))
    if apart > 1e-3:
        raise SystemExit(f"a text alone scores {apart:.4f} away from itself in company")
    return {"difference_from_float32": difference, "allowed": allowed, "alone_against_company": apart}


def versions(python: str) -> dict[str, str]:
    """The libraries of a peer's environment that decide its speed."""
    code = (
        "import json, sys; from importlib.metadata import distributions; "
        "found = {d.name.replace('_', '-'): d.version for d in distributions()}; "
        "print(json.dumps({name: found[name] for name in sys.argv[1:] if name in found}))"
    )
    run = subprocess.run([python, "-c", code, *PACKAGES], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(run.stdout)
    return found


def cold_load(model: str) -> float:
    """Seconds of ``biasscore.load`` in a fresh process, imports included; best of three."""
    code = (
        "from time import perf_counter; t = perf_counter(); import biasscore; "
        f"biasscore.load({model!r}, device='cpu'); print(perf_counter() - t)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    arguments = _arguments()
    texts = texts_of(arguments.articles, arguments.paragraphs)
    many = [paragraph for text in texts for paragraph in text.split("\n\n")]
    few = many[:FEW]
    weights = fingerprints(checkpoints.available())
    result: dict[str, Any] = {"environment": environment(), "model": arguments.model, "weights": weights}
    result["checks"] = check(arguments.model, texts)
    with tempfile.TemporaryDirectory() as folder:
        contestants = [*ours(arguments.model, texts), *siblings(arguments.model, texts), *matrix_products()]
        checkpoint = checkpoints.read(arguments.model)
        peers, missing = [], []
        for found in (
            pipelines(checkpoint, few),
            *(encoders(checkpoint, many, Path(folder) / str(i), peer) for i, peer in enumerate(arguments.peers)),
            runtimes(checkpoint, many, Path(folder)),
        ):
            for peer in found:
                (missing if isinstance(peer, str) else peers).append(peer)
        result["rows"] = interleaved([*contestants, *peers], arguments.repeats)
    # An import error names files of this machine, which say nothing to a reader.
    result["not_run"] = [re.sub(r" \(/[^)]*\)", "", reason) for reason in missing]
    result["peers"] = [versions(python) for python in arguments.peers]
    result["cold_load_seconds"] = cold_load(arguments.model)
    write(arguments.out, result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base")
    parser.add_argument("--paragraphs", type=int, default=1200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--articles", type=Path, help="table of real articles instead of generated ones")
    parser.add_argument(
        "--peers",
        nargs="+",
        default=[sys.executable],
        help="an interpreter for each environment of benchmarks/peers*.txt",
    )
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()

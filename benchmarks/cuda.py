"""What a CUDA card does: equal numbers, speed, memory, and what compiled or recorded passes would bring.

    python -m benchmarks.cuda --models base=models/base small=models/small --out FILE [--seconds N]

``--seconds`` is the time of each measurement. A part that fails is noted with its
error, the others run, and the result file is written after each. End to end, each of several processes does all of the
work, from text to documents, and they share the card: Python's lock keeps one process from segmenting and decoding as
fast as a card computes, and to send sentences or documents to another process costs as much as to make them.
Texts are generated (``benchmarks.texts``), those of the comparison with the processor are from ``examples``, too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import biasscore
from benchmarks.environment import environment
from benchmarks.texts import articles
from benchmarks.throughput import operations, sequences
from biasscore.engine.base import DtypeName, Ids
from biasscore.engine.batching import plan
from biasscore.engine.network import Layout
from biasscore.engine.reader import Reader
from biasscore.engine.tolerance import FROM_FLOAT32
from biasscore.engine.torch_engine import CHUNK, TorchEngine
from biasscore.predict import checkpoints
from biasscore.segment import segment

RESULT = Path(__file__).parent / "results" / "cuda.json"
EXAMPLES = Path(__file__).parent.parent / "examples"
BUDGETS = (4_096, 16_384, 65_536, 131_072, 262_144)
DTYPES: tuple[DtypeName, ...] = ("float32", "bfloat16", "float16")
GOALS = {"paragraphs_per_second": 100_000, "share_of_matrix_rate": 0.25}
# Room left to the card for the trial of a batch that does not fit, and seconds in which a compiler must be done.
ROOM_MIB = 96
COMPILE_SECONDS = 45


@dataclass
class Setup:
    """What every part gets: one model on one device.

    Attributes:
        paragraphs: of generated text, for the forward pass alone and for memory.
        processes: how many score at once, end to end.
    """

    name: str
    folder: str
    device: str
    seconds: float
    paragraphs: int
    processes: Sequence[int]

    @cached_property
    def checkpoint(self) -> checkpoints.Checkpoint:
        """The model's files."""
        return checkpoints.read(self.folder)

    @cached_property
    def batch(self) -> list[NDArray[np.int32]]:
        """Sentences of generated news."""
        texts = articles(self.paragraphs)
        return sequences(self.checkpoint, [text[s.start : s.end] for text in texts for s in segment(text).sentences])

    @property
    def on_card(self) -> bool:
        """False in a dry run."""
        return self.device != "cpu"

    def engine(self, dtype: DtypeName = "bfloat16", budget: int = 65_536) -> TorchEngine:
        """The model on the device."""
        return TorchEngine(self.checkpoint.encoder, self.checkpoint.weights(), self.device, dtype, 4, budget)

    def wait(self) -> None:
        """Until the card has done all that it was given."""
        if self.on_card:
            torch.cuda.synchronize(self.device)


Part = Callable[[Setup], Any]


def equality(setup: Setup) -> dict[str, Any]:
    """Largest difference from the processor in float32, in standard deviations, by number format and path."""
    written = [(EXAMPLES / name).read_text(encoding="utf-8") for name in ("report.txt", "opinion.txt")]
    texts = [*written, *articles(min(setup.paragraphs, 240))]
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n")]
    sentences = [text[s.start : s.end] for text in texts for s in segment(text).sentences]
    batch = sequences(setup.checkpoint, [*sentences, *paragraphs, *written])
    exact = TorchEngine(setup.checkpoint.encoder, setup.checkpoint.weights(), "cpu", "float32", _cores(), 65_536)
    wanted = exact.project(batch)
    rows = []
    for dtype in DTYPES:
        engine = setup.engine(dtype)
        for path in ("packed", "padded") if engine._varlen else ("padded",):
            engine._varlen = path == "packed"
            found = engine.project(batch)
            largest = float(np.abs(found - wanted).max() / wanted.std())
            rows.append({
                "dtype": dtype, "path": path, "largest": largest, "allowed": FROM_FLOAT32[dtype],
                "within": largest <= FROM_FLOAT32[dtype],
            })  # fmt: skip
    return {"sentences": len(sentences), "paragraphs": len(paragraphs), "tokens": sum(map(len, batch)), "rows": rows}


def forward(setup: Setup) -> dict[str, Any]:
    """Tokens per second of the forward pass alone, copies to and from the card included, by budget."""
    matrix = matrix_rate(setup)
    lengths = np.array([len(ids) for ids in setup.batch])
    rows = []
    for budget in BUDGETS:
        engine = setup.engine(budget=budget)
        batches = [[setup.batch[i] for i in part] for part in plan(lengths, budget)]
        seconds = seconds_of(partial(_all, engine.project, batches), setup)
        rows.append(_row(setup, int(lengths.sum()), seconds, matrix) | {"budget": budget, "batches": len(batches)})
    return {"matrix_gflops_per_second": matrix, "dtype": "bfloat16", "tokens": int(lengths.sum()), "rows": rows}


def _all(run: Callable[[Any], object], batches: Sequence[Any]) -> None:
    for batch in batches:
        run(batch)


def matrix_rate(setup: Setup) -> float:
    """Billions of operations per second of a large product in bfloat16, random numbers."""
    size = 8192 if setup.on_card else 256
    a, b = (torch.randn(size, size, device=setup.device, dtype=torch.bfloat16) for _ in range(2))
    return 10 * 2e-9 * size**3 / seconds_of(lambda: [a @ b for _ in range(10)], setup)


def _row(setup: Setup, tokens: int, seconds: float, matrix: float) -> dict[str, float]:
    rate = operations(setup.checkpoint, tokens) / seconds
    return {"tokens_per_second": tokens / seconds, "gflops_per_second": rate, "share_of_matrix_rate": rate / matrix}


def seconds_of(run: Callable[[], object], setup: Setup) -> float:
    """Seconds of one run: the mean of as many as ``setup.seconds`` hold, after one that is not counted."""
    run()
    setup.wait()
    started, runs = monotonic(), 0
    while monotonic() - started < setup.seconds or not runs:
        run()
        setup.wait()
        runs += 1
    return (monotonic() - started) / runs


def memory(setup: Setup) -> dict[str, Any]:
    """The most memory that a batch takes, by budget, and a batch that does not fit."""
    lengths = np.array([len(ids) for ids in setup.batch])
    rows = []
    for budget in BUDGETS:
        engine = setup.engine(budget=budget)
        first = [setup.batch[i] for i in plan(lengths, budget)[0]]
        rows.append({"budget": budget, "tokens": sum(map(len, first)), "peak_mib": _peak_mib(engine, first, setup)})
        engine.close()
    return {"rows": rows, "too_large": too_large(setup)}


def _peak_mib(engine: TorchEngine, batch: Sequence[Ids], setup: Setup) -> float | None:
    if not setup.on_card:
        engine.project(batch)
        return None
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    engine.project(batch)
    return torch.cuda.max_memory_allocated() / 2**20


def too_large(setup: Setup) -> dict[str, Any]:
    """What the reader does where the card has no room: the same rows, in smaller batches."""
    engine, texts = setup.engine(budget=BUDGETS[-1]), setup.batch[:6000]
    none = np.array([], dtype=np.int32)

    def reader() -> Reader:
        return Reader(engine, none, none, setup.checkpoint.max_tokens, setup.checkpoint.columns.n_columns)

    wanted, tried = reader()(texts).rows, reader()
    with room(setup):
        found = tried(texts).rows
    return {
        "room_mib": ROOM_MIB,
        "retries": tried.stats.retries,
        "budget_before": engine.budget,
        "budget_after": tried.budget,
        "largest_difference": float(np.abs(found - wanted).max() / wanted.std()),
    }


@contextmanager
def room(setup: Setup) -> Iterator[None]:
    """Let PyTorch take only so much more of the card's memory."""
    if not setup.on_card:
        yield
        return
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(setup.device).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + ROOM_MIB * 2**20) / total)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def end_to_end(setup: Setup) -> list[dict[str, Any]]:
    """Paragraphs per second from texts to documents, by number of processes that share the card."""
    context = multiprocessing.get_context("spawn")
    with one_thread_each():
        workers = [Worker.start(context, setup, seed) for seed in range(max(setup.processes))]
    try:
        for worker in workers:
            worker.answer()
        return [_together(workers[:count], setup) for count in setup.processes]
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _together(workers: Sequence[Worker], setup: Setup) -> dict[str, Any]:
    for worker in workers:
        worker.pipe.send(2 * setup.seconds)
    runs = [worker.answer() for worker in workers]
    seconds = max(stopped for _, _, stopped in runs) - min(started for _, started, _ in runs)
    paragraphs = sum(count for count, _, _ in runs)
    return {"processes": len(workers), "paragraphs_per_second": paragraphs / seconds, "seconds": seconds}


@dataclass(frozen=True)
class Worker:
    """A process that scores on the same card."""

    process: Any
    pipe: Connection

    @classmethod
    def start(cls, context: Any, setup: Setup, seed: int) -> Worker:
        """Begin a process; its first answer says that its model is open."""
        ours, theirs = context.Pipe()
        job = (theirs, setup.folder, setup.device, setup.paragraphs, seed)
        process = context.Process(target=score_until_told, args=job, daemon=True)
        process.start()
        return cls(process, ours)

    def answer(self) -> Any:
        """What the process says next.

        Raises:
            RuntimeError: with its error, or if it says nothing for two minutes.
        """
        if not self.pipe.poll(120):
            raise RuntimeError("a process of the measurement has not answered for two minutes")
        found = self.pipe.recv()
        if isinstance(found, str) and found != "ready":
            raise RuntimeError(found)
        return found


def score_until_told(pipe: Connection, folder: str, device: str, paragraphs: int, seed: int) -> None:
    """Open the model, then score for as long as each message says; answers are (paragraphs, start, end)."""
    try:
        texts = articles(min(paragraphs, 3600), seed=seed)
        with biasscore.load(folder, device=device, dtype="bfloat16", threads=1) as scorer:
            scorer.score_many(texts[:40])
            pipe.send("ready")
            while True:
                seconds, count, started = pipe.recv(), 0, monotonic()
                for document in scorer.stream(until(started + seconds, texts)):
                    count += len(document.paragraphs)
                pipe.send((count, started, monotonic()))
    except EOFError:
        return
    except Exception as error:  # the parent notes it and goes on
        pipe.send(_told(error))


def until(moment: float, texts: Sequence[str]) -> Iterator[str]:
    """The texts, over and over."""
    for text in cycle(texts):
        if monotonic() >= moment:
            return
        yield text


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keep tokenisers and numpy of the processes that are started inside to one core each."""
    names = ("TOKENIZERS_PARALLELISM", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1") | {"TOKENIZERS_PARALLELISM": "false"})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ |= {} if value is None else {name: value}


def alternatives(setup: Setup) -> dict[str, Any]:
    """One chunk of the forward pass as it is, compiled, and recorded as a CUDA graph."""
    engine = setup.engine()
    lengths = np.array([len(ids) for ids in setup.batch])
    chosen = [setup.batch[i] for i in plan(lengths, CHUNK)[0]]
    ids = torch.from_numpy(np.concatenate(chosen)).to(setup.device)
    packing = engine._packing([len(each) for each in chosen])
    network, tokens = engine._network, len(ids)
    matrix = matrix_rate(setup)
    found: dict[str, Any] = {}

    def timed(run: Callable[[], object]) -> dict[str, float]:
        return _row(setup, tokens, seconds_of(run, setup), matrix)

    def attempt(name: str, make: Callable[[], Callable[[], object]]) -> None:
        try:
            with torch.inference_mode(), alarm(COMPILE_SECONDS):
                started = monotonic()
                run = make()
                run()
                setup.wait()
                ready = monotonic() - started
                found[name] = {"seconds_until_ready": ready, **timed(run)}
        except Exception as error:
            found[name] = {"error": _told(error)}

    attempt("as it is", lambda: lambda: network.encode(ids, packing))
    plain = Layout.of([len(each) for each in chosen], setup.device)
    attempt("attention of PyTorch's choice", lambda: lambda: network.encode(ids, plain))
    if setup.on_card:
        attempt("CUDA graph", lambda: recorded(lambda: network.encode(ids, packing)))
        compiled = torch.compile(network.encode, dynamic=True)
        attempt("torch.compile", lambda: lambda: compiled(ids, packing))
    return {"tokens": tokens, "sequences": len(chosen), "rows": found}


def recorded(run: Callable[[], object]) -> Callable[[], object]:
    """A CUDA graph of it."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """A TimeoutError after so many seconds, where the system has alarms."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _told(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


PARTS: Mapping[str, Part] = {
    "equality": equality,
    "forward": forward,
    "memory": memory,
    "end_to_end": end_to_end,
    "alternatives": alternatives,
}


def measured(setups: Sequence[Setup], out: Path, parts: Sequence[str] = tuple(PARTS)) -> dict[str, Any]:
    """Run every part for every model; ``out`` holds what there is after each."""
    result: dict[str, Any] = {
        "environment": environment(),
        "cuda": torch.version.cuda,
        "device": setups[0].device,
        "goals": GOALS,
        "weights": {setup.name: setup.checkpoint.fingerprint for setup in setups},
        "seconds": {},
    }
    for name in parts:
        result[name] = {}
        for setup in setups:
            started = monotonic()
            try:
                result[name][setup.name] = PARTS[name](setup)
            except Exception as error:
                result[name][setup.name] = {"error": _told(error)}
            result["seconds"][f"{name} {setup.name}"] = round(monotonic() - started, 1)
            out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            print(name, setup.name, json.dumps(result[name][setup.name]), flush=True)
    return result


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", nargs="+", default=["base=models/base", "small=models/small"], metavar="NAME=FOLDER"
    )
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--paragraphs", type=int, default=9_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4, 8, 14])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--device", default="cuda:0", help="cpu for a dry run")
    given = parser.parse_args(argv)
    models = dict(pair.split("=", 1) for pair in given.models)
    shared = (given.device, given.seconds, given.paragraphs, given.processes)
    measured([Setup(name, folder, *shared) for name, folder in models.items()], given.out, given.parts)


if __name__ == "__main__":
    main()

"""What a CUDA card does: equal numbers, speed, memory, and what compiled or recorded passes would bring.

    python -m benchmarks.cuda --models base=models/base small=models/small --out FILE [--seconds N] [--limit N]

``--seconds`` is the time of each measurement; none begins after ``--limit`` seconds. A measurement that fails is noted
with its error, the others run, and the result file is written after each part. End to end, each of several processes
does all of the work, from text to documents, and they share the card: Python's lock keeps one process from segmenting
and decoding as fast as a card computes. Texts are generated (``benchmarks.texts``), those of the comparison with the
processor are from ``examples``, too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from torch import Tensor

import biasscore
from benchmarks.environment import environment, write
from benchmarks.texts import articles
from benchmarks.throughput import operations, sequences
from biasscore.engine.base import DtypeName, Ids, Projection
from biasscore.engine.batching import plan
from biasscore.engine.device import resolve_threads
from biasscore.engine.network import Layout
from biasscore.engine.reader import Reader
from biasscore.engine.tolerance import FROM_FLOAT32
from biasscore.engine.torch_engine import CHUNK, TorchEngine
from biasscore.predict import checkpoints
from biasscore.segment import segment

RESULT = Path(__file__).parent / "results" / "cuda.json"
EXAMPLES = Path(__file__).parent.parent / "examples"
BUDGETS = (4_096, 16_384, 65_536, 131_072, 262_144)
# Budget and chunk. A card's work and memory depend on the chunk, so budgets above the usual one are run in one piece.
SIZES = (*((budget, CHUNK) for budget in BUDGETS[:3]), *((budget, budget) for budget in BUDGETS[2:]))
DTYPES: tuple[DtypeName, ...] = ("float32", "bfloat16", "float16")
GOALS = {"paragraphs_per_second": 100_000, "share_of_matrix_rate": 0.25}
# Room left to the card for the trial of a batch that does not fit, and seconds in which a compiler must be done and
# another process must answer.
ROOM_MIB = 96
COMPILE_SECONDS = 45
ANSWER_SECONDS = 60


@dataclass
class Setup:
    """What every part gets: one model on one device.

    Attributes:
        paragraphs: of generated text, for the forward pass alone and for memory.
        processes: how many score at once, end to end.
        stop: the moment after which no measurement begins.
    """

    name: str
    folder: str
    device: str
    seconds: float
    paragraphs: int
    processes: Sequence[int]
    stop: float

    @cached_property
    def checkpoint(self) -> checkpoints.Checkpoint:
        """The model's files."""
        return checkpoints.read(self.folder)

    @cached_property
    def batch(self) -> list[NDArray[np.int32]]:
        """Sentences of generated news."""
        texts = articles(self.paragraphs)
        return sequences(self.checkpoint, [text[s.start : s.end] for text in texts for s in segment(text).sentences])

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each sentence."""
        return np.array([len(ids) for ids in self.batch])

    @property
    def on_card(self) -> bool:
        """False in a dry run."""
        return self.device != "cpu"

    def engine(self, dtype: DtypeName = "bfloat16", budget: int = 65_536, chunk: int = CHUNK) -> TorchEngine:
        """The model on the device."""
        return TorchEngine(self.checkpoint.encoder, self.checkpoint.weights(), self.device, dtype, 4, budget, chunk)

    def wait(self) -> None:
        """Until the card has done all that it was given."""
        if self.on_card:
            torch.cuda.synchronize(self.device)


Row = dict[str, Any]
Part = Callable[[Setup], Row]
Pass = Callable[[], Tensor]


def tried(setup: Setup, run: Callable[[], Row]) -> Row:
    """What it measured, or why it did not: what is done is kept, whatever happens to the rest."""
    if monotonic() >= setup.stop:
        return {"error": "the time was over"}
    try:
        return run()
    except Exception as error:
        return {"error": _told(error)}


def apart(found: Projection, wanted: Projection) -> float | None:
    """Largest difference, in standard deviations; None where a number is not finite: JSON has no word for it."""
    largest = float(np.abs(found - wanted).max() / wanted.std())
    return largest if np.isfinite(largest) else None


def equality(setup: Setup) -> Row:
    """Largest difference from the processor in float32, in standard deviations, by number format and path."""
    written = [(EXAMPLES / name).read_text(encoding="utf-8") for name in ("report.txt", "opinion.txt")]
    texts = [*written, *articles(min(setup.paragraphs, 240))]
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n")]
    sentences = [text[s.start : s.end] for text in texts for s in segment(text).sentences]
    batch = sequences(setup.checkpoint, [*sentences, *paragraphs, *written])
    threads = resolve_threads(None)
    exact = TorchEngine(setup.checkpoint.encoder, setup.checkpoint.weights(), "cpu", "float32", threads, 65_536)
    wanted = exact.project(batch)
    rows = []
    for dtype in DTYPES:
        engine = setup.engine(dtype)
        for path in ("packed", "padded") if engine._varlen else ("padded",):
            engine._varlen = path == "packed"
            rows.append({"dtype": dtype, "path": path} | tried(setup, partial(_equal, engine, batch, wanted)))
    return {"sentences": len(sentences), "paragraphs": len(paragraphs), "tokens": sum(map(len, batch)), "rows": rows}


def _equal(engine: TorchEngine, batch: Sequence[Ids], wanted: Projection) -> Row:
    largest, allowed = apart(engine.project(batch), wanted), FROM_FLOAT32[engine.dtype]
    return {"largest": largest, "allowed": allowed, "within": largest is not None and largest <= allowed}


def forward(setup: Setup) -> Row:
    """Tokens per second of the forward pass alone, copies to and from the card included, by budget and chunk."""
    matrix, tokens = matrix_rate(setup), int(setup.lengths.sum())
    rows = _by_size(setup, partial(_forward, matrix))
    return {"matrix_gflops_per_second": matrix, "dtype": "bfloat16", "tokens": tokens, "rows": rows}


def _by_size(setup: Setup, run: Callable[[Setup, int, int], Row]) -> list[Row]:
    return [
        {"budget": budget, "chunk": chunk} | tried(setup, partial(run, setup, budget, chunk)) for budget, chunk in SIZES
    ]


def _forward(matrix: float, setup: Setup, budget: int, chunk: int) -> Row:
    engine = setup.engine(budget=budget, chunk=chunk)
    batches = [[setup.batch[i] for i in part] for part in plan(setup.lengths, budget)]
    seconds = seconds_of(partial(_all, engine.project, batches), setup)
    return _row(setup, int(setup.lengths.sum()), seconds, matrix) | {"batches": len(batches)}


def _all(run: Callable[[Any], object], batches: Sequence[Any]) -> None:
    # A scorer, too, has two windows in flight.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, batches))


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


def memory(setup: Setup) -> Row:
    """The most memory that a batch takes, by budget and chunk, and a batch that does not fit."""
    return {"rows": _by_size(setup, _memory), "too_large": tried(setup, partial(too_large, setup))}


def _memory(setup: Setup, budget: int, chunk: int) -> Row:
    engine = setup.engine(budget=budget, chunk=chunk)
    first = [setup.batch[i] for i in plan(setup.lengths, budget)[0]]
    return {"tokens": sum(map(len, first)), "peak_mib": _peak_mib(engine, first, setup)}


def _peak_mib(engine: TorchEngine, batch: Sequence[Ids], setup: Setup) -> float | None:
    if not setup.on_card:
        engine.project(batch)
        return None
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    engine.project(batch)
    return torch.cuda.max_memory_allocated() / 2**20


def too_large(setup: Setup) -> Row:
    """What the reader does where the card has no room: the same rows, in smaller batches."""
    engine, texts = setup.engine(budget=BUDGETS[-1]), setup.batch[:6000]
    none = np.array([], dtype=np.int32)

    def reader() -> Reader:
        return Reader(engine, none, none, setup.checkpoint.max_tokens, setup.checkpoint.columns.n_columns)

    wanted, short = reader()(texts).rows, reader()
    with room(setup):
        found = short(texts).rows
    return {
        "room_mib": ROOM_MIB,
        "retries": short.stats.retries,
        "budget_before": engine.budget,
        "budget_after": short.budget,
        "largest_difference": apart(found, wanted),
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


def end_to_end(setup: Setup) -> Row:
    """Paragraphs per second from texts to documents, by number of processes that share the card."""
    context = multiprocessing.get_context("spawn")
    with one_thread_each():
        workers = [Worker.start(context, setup, seed) for seed in range(max(setup.processes))]
    try:
        opened = [tried(setup, worker.answer) for worker in workers]
        ready = [worker for worker, said in zip(workers, opened, strict=True) if "error" not in said]
        return {
            "not_opened": [said["error"] for said in opened if "error" in said],
            "rows": [
                {"processes": count} | tried(setup, partial(_together, ready, count, setup.seconds))
                for count in setup.processes
            ],
        }
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _together(ready: list[Worker], count: int, seconds: float) -> Row:
    """Let so many processes score at once; one that fails is ready no more."""
    if count > len(ready):
        raise RuntimeError(f"only {len(ready)} processes are ready")
    for worker in ready[:count]:
        worker.pipe.send(2 * seconds)
    runs = [worker.answer() for worker in ready[:count]]
    failed = [run["error"] for run in runs if "error" in run]
    ready[:count] = [worker for worker, run in zip(ready, runs, strict=False) if "error" not in run]
    if failed:
        raise RuntimeError(failed[0])
    taken = max(run["stopped"] for run in runs) - min(run["started"] for run in runs)
    return {"paragraphs_per_second": sum(run["paragraphs"] for run in runs) / taken, "seconds": taken}


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

    def answer(self) -> Row:
        """What the process says next, or the error that it says nothing."""
        try:
            if self.pipe.poll(ANSWER_SECONDS):
                said: Row = self.pipe.recv()
                return said
        except EOFError:
            return {"error": "a process has ended"}
        return {"error": f"a process has not answered for {ANSWER_SECONDS} seconds"}


def score_until_told(pipe: Connection, folder: str, device: str, paragraphs: int, seed: int) -> None:
    """Open the model, then score for as long as each message says."""
    try:
        texts = articles(min(paragraphs, 3600), seed=seed)
        with biasscore.load(folder, device=device, dtype="bfloat16", threads=1) as scorer:
            # All of them: only windows and batches of the usual size make the card get its memory and libraries ready.
            scorer.score_many(texts)
            pipe.send({"ready": True})
            while True:
                seconds, count, started = pipe.recv(), 0, monotonic()
                for document in scorer.stream(until(started + seconds, texts)):
                    count += len(document.paragraphs)
                pipe.send({"paragraphs": count, "started": started, "stopped": monotonic()})
    except EOFError:
        return
    except Exception as error:  # the parent notes it and goes on
        pipe.send({"error": _told(error)})


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


def alternatives(setup: Setup) -> Row:
    """One chunk through the encoder as it is, laid out before, compiled, and recorded as a CUDA graph."""
    engine = setup.engine()
    chosen = [setup.batch[i] for i in plan(setup.lengths, CHUNK)[0]]
    sizes = [len(each) for each in chosen]
    ids = torch.from_numpy(np.concatenate(chosen)).to(setup.device)
    encode, packing, plain = engine._network.encode, engine._packing(sizes), Layout.of(sizes, setup.device)
    ready = partial(encode, ids, packing)
    ways: dict[str, Callable[[], Pass]] = {
        "as it is": lambda: lambda: encode(ids, engine._packing(sizes)),
        "laid out before": lambda: ready,
        "attention of PyTorch's choice": lambda: partial(encode, ids, plain),
    }
    if setup.on_card:
        ways["CUDA graph"] = lambda: recorded(ready)
        ways["torch.compile"] = lambda: partial(torch.compile(encode, dynamic=True), ids, packing)
    matrix = matrix_rate(setup)
    with torch.inference_mode():
        wanted = ready().float().cpu().numpy()
        rows = [{"way": name} | tried(setup, partial(_way, setup, make, wanted, matrix)) for name, make in ways.items()]
    return {"tokens": len(ids), "sequences": len(chosen), "rows": rows}


def _way(setup: Setup, make: Callable[[], Pass], wanted: Projection, matrix: float) -> Row:
    started = monotonic()
    with alarm(min(COMPILE_SECONDS, setup.stop - started)):
        run = make()
        found = run()
        setup.wait()
    done = {
        "seconds_until_ready": monotonic() - started,
        "largest_difference": apart(found.float().cpu().numpy(), wanted),
    }
    return done | _row(setup, len(wanted), seconds_of(run, setup), matrix)


def recorded(run: Pass) -> Pass:
    """A CUDA graph of it."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = run()

    def replay() -> Tensor:
        graph.replay()
        return output

    return replay


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """A TimeoutError after so many seconds, where the system has alarms."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds:.0f} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _told(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def card(device: str) -> dict[str, Any]:
    """Its name, memory and driver."""
    if device == "cpu":
        return {"name": "a dry run without a GPU"}
    found, driver = torch.cuda.get_device_properties(device), Path("/proc/driver/nvidia/version")
    return {
        "name": found.name,
        "memory_mib": found.total_memory // 2**20,
        "driver": driver.read_text(encoding="utf-8").splitlines()[0] if driver.exists() else None,
    }


# What matters most comes first: the time may be over before the last.
PARTS: Mapping[str, Part] = {
    "equality": equality,
    "forward": forward,
    "end_to_end": end_to_end,
    "memory": memory,
    "alternatives": alternatives,
}


def measured(setups: Sequence[Setup], out: Path, parts: Sequence[str] = tuple(PARTS)) -> dict[str, Any]:
    """Run every part for every model; ``out`` holds what there is after each."""
    if setups[0].on_card:
        # Events, graphs and the limits on memory are the current card's.
        torch.cuda.set_device(setups[0].device)
    result: dict[str, Any] = {
        "environment": environment(),
        "card": card(setups[0].device),
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
            result[name][setup.name] = tried(setup, partial(PARTS[name], setup))
            result["seconds"][f"{name} {setup.name}"] = round(monotonic() - started, 1)
            write(out, result)
            print(name, setup.name, json.dumps(result[name][setup.name]), flush=True)
    return result


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", nargs="+", default=["base=models/base", "small=models/small"], metavar="NAME=FOLDER"
    )
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--limit", type=float, default=280.0, help="seconds after which no measurement begins")
    parser.add_argument("--paragraphs", type=int, default=9_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--device", default="cuda:0", help="cpu for a dry run")
    given = parser.parse_args(argv)
    models = dict(pair.split("=", 1) for pair in given.models)
    shared = (given.device, given.seconds, given.paragraphs, given.processes, monotonic() + given.limit)
    measured([Setup(name, folder, *shared) for name, folder in models.items()], given.out, given.parts)


if __name__ == "__main__":
    main()

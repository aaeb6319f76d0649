"""Rate and memory of a big job on this machine; writes ``benchmarks/results/jobs.json``.

    python -m benchmarks.jobs real --articles DIR/framing_articles.parquet --model small
    python -m benchmarks.jobs ray  --articles DIR/framing_articles.parquet --model small
    python -m benchmarks.jobs flat --articles DIR/framing_articles.parquet

``real`` scores a million paragraphs of real articles with their titles, from Parquet to Parquet, by the same
``jobs.run`` as ``biasscore score IN -o OUT``. Where there are fewer, articles come again, with one word in eleven left
out, so that hardly a sentence comes twice. Their order is drawn by lot: the last tenth is as hard as the first. ``ray``
does the same on two actors of Ray, of one thread each. ``flat`` shows that memory does not grow with the number of
rows: 200,000 rows, each the first 120 characters of an article (its rate is no rate of articles), with the peak up to
row 10,000 set against the peak of all. Memory is the resident set of the process, read from /proc every second
(Linux); with Ray, that of its largest actor. On a GPU the results stand apart, as ``real_gpu`` and so on. So does a run
of ``real`` with fewer paragraphs, as ``shorter``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import biasscore
from benchmarks.environment import environment, write
from biasscore.jobs import JobConfig, JobSummary, State, run
from biasscore.tables import Columns

RESULT = Path(__file__).parent / "results" / "jobs.json"
EVERY_SECONDS = 1.0
CURVE_POINTS, CURVE_HEAD = 120, 10
FLAT_ROWS, FLAT_FIRST, FLAT_CHARS = 200_000, 10_000, 120
MILLION, SHUFFLE_SEED, LEFT_OUT = 1_000_000, 11, 11
RAY_ACTORS = 2

CURVE = "curve_seconds_processor_seconds_rows_mib"


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a job: ``processor`` are the seconds that all its threads have computed."""

    seconds: float
    processor: float
    rows: int
    mib: float


@dataclass(slots=True)
class Recorder:
    """A ``jobs.Progress`` that notes time, rows and memory."""

    points: list[Point] = field(default_factory=list)
    last: State | None = None
    _next: float = 0.0

    def start(self) -> None:
        """Note the memory of an open model without rows."""
        self._note(0.0, 0)

    def update(self, state: State) -> None:
        """Note a point every second."""
        self.last = state
        if state.seconds >= self._next:
            self._next = state.seconds + EVERY_SECONDS
            self._note(state.seconds, state.rows)

    def stop(self) -> None:
        """Note the end."""
        if self.last is not None:
            self._note(self.last.seconds, self.last.rows)

    def peak(self, rows: int | None = None) -> float:
        """Highest memory in MiB, up to a row."""
        return max(point.mib for point in self.points if rows is None or point.rows <= rows)

    def _note(self, seconds: float, rows: int) -> None:
        self.points.append(Point(round(seconds, 1), round(time.process_time(), 1), rows, _resident_mib()))


def thinned(points: list[Point]) -> list[Point]:
    """The curve in few enough points to keep; every one of its first seconds, for the first thousand paragraphs."""
    head, rest = points[:CURVE_HEAD], points[CURVE_HEAD:-1]
    step = max(1, -(-len(rest) // CURVE_POINTS))
    return [*head, *rest[::step], points[-1]]


def by_tenth(points: list[Point], done: np.ndarray, spent: np.ndarray) -> list[float | None]:
    """Paragraphs per second in each tenth of the paragraphs; None where a run is too short to tell.

    Args:
        done: paragraphs of the first ``n`` rows, per ``n``.
        spent: seconds up to each point, of the clock or of the processor.
    """
    paragraphs = done[[point.rows for point in points]]
    edges = np.interp(np.linspace(0.0, paragraphs[-1], 11), paragraphs, spent)
    return [round(float(paragraphs[-1] / 10 / took), 1) if took > 0 else None for took in np.diff(edges)]


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def measure(source: Path, columns: Columns, open_scorer: Any, out: Path) -> tuple[dict[str, Any], Recorder]:
    """Run one job and tell its rates."""
    recorder = Recorder()
    opened = open_scorer()
    summary = run(JobConfig((str(source),), out, columns), lambda: opened, recorder)
    done, points, stats = _paragraphs(out), recorder.points, opened.stats
    first = int(np.searchsorted(done, done[-1] / 10))
    return {
        "settings": asdict(opened.settings),
        **_rates(summary, out, int(done[-1])),
        "forwarded_tokens": stats.tokens,
        "padding_share": round(stats.padding_share, 4),
        "input_bytes": source.stat().st_size,
        "output_bytes": sum(part.stat().st_size for part in out.glob("part-*")),
        "encoder_seconds": round(stats.seconds, 1),
        "paragraphs_per_second_by_tenth": by_tenth(points, done, np.array([point.seconds for point in points])),
        "paragraphs_per_processor_second_by_tenth": by_tenth(
            points, done, np.array([point.processor - points[0].processor for point in points])
        ),
        "peak_mib": recorder.peak(),
        "growth_mib_after_first_tenth": round(recorder.peak() - recorder.peak(first), 1),
        CURVE: [(p.seconds, p.processor, p.rows, p.mib) for p in thinned(points)],
    }, recorder


def _rates(summary: JobSummary, out: Path, paragraphs: int) -> dict[str, Any]:
    return {
        "model": pq.read_table(out, columns=["model"])["model"][0].as_py(),
        "articles": summary.rows,
        "errors": summary.errors,
        "paragraphs": paragraphs,
        "tokens": summary.tokens,
        "seconds": round(summary.seconds, 1),
        "articles_per_second": round(summary.rows / summary.seconds, 2),
        "tokens_per_second": round(summary.tokens / summary.seconds, 1),
        "paragraphs_per_second": round(paragraphs / summary.seconds, 2),
    }


def _paragraphs(out: Path) -> np.ndarray:
    """Paragraphs and headings of the first ``n`` rows of a result, per ``n``."""
    table = pq.read_table(out, columns=["n_paragraphs", "n_headings"])
    return np.cumsum([0, *pc.add(table["n_paragraphs"].fill_null(0), table["n_headings"].fill_null(0)).to_numpy()])


def real(articles: Path, rows: int | None, open_scorer: Any, folder: Path) -> dict[str, Any]:
    """Real articles, by lot, until there are enough paragraphs."""
    result, _ = measure(_source(articles, rows, folder), Columns(title="title"), open_scorer, folder / "out")
    return result


def on_ray(articles: Path, rows: int | None, open_scorer: Any, folder: Path) -> dict[str, Any]:
    """The same on a cluster of one machine."""
    import ray

    from biasscore.jobs.ray import Pool
    from biasscore.jobs.ray import run as run_on_ray

    source = _source(articles, rows, folder)
    ray.init(num_cpus=RAY_ACTORS + 1, include_dashboard=False, log_to_driver=False)
    config = JobConfig((str(source),), folder / "out", Columns(title="title"))
    ended, sizes = Event(), list[float]()
    watch = Thread(target=_watch_actors, args=(ended, sizes), daemon=True)
    watch.start()
    summary = run_on_ray(config, partial(open_scorer, threads=1), Pool(max_actors=RAY_ACTORS, min_actors=RAY_ACTORS))
    ended.set()
    watch.join()
    ray.shutdown()
    first = max(sizes[: max(1, len(sizes) // 10)])
    return {
        "settings": {"device": "cpu", "threads": RAY_ACTORS},
        "actors": RAY_ACTORS,
        **_rates(summary, folder / "out", int(_paragraphs(folder / "out")[-1])),
        "peak_mib": max(sizes),
        "growth_mib_after_first_tenth": round(max(sizes) - first, 1),
    }


def _watch_actors(ended: Event, sizes: list[float]) -> None:
    """Note the memory of the largest actor, every ten seconds."""
    import psutil

    while not ended.wait(10 * EVERY_SECONDS):
        names = [(p.info["name"] or "", p.info["memory_info"]) for p in psutil.process_iter(["name", "memory_info"])]
        sizes.append(max((held.rss / 2**20 for name, held in names if name.startswith("ray::") and held), default=0.0))


def _source(articles: Path, wanted: int | None, folder: Path) -> Path:
    """The input, written by a process of its own: what that took must not stand in the memory of the job."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_many, articles, wanted, folder).result()


def _many(articles: Path, wanted: int | None, folder: Path) -> Path:
    """A file with titles and texts of so many paragraphs in all."""
    table = pq.read_table(articles, columns=["title", "text"]).to_pylist()
    lot, chosen, paragraphs = Random(SHUFFLE_SEED), list[dict[str, str]](), 0
    for again in count():
        for row in table:
            text = row["text"] if not again else _thinner(row["text"], again)
            chosen.append({"title": row["title"] or "", "text": text})
            paragraphs += 1 + sum(bool(line.strip()) for line in text.split("\n"))
            if paragraphs >= (wanted or MILLION):
                lot.shuffle(chosen)
                pq.write_table(pa.Table.from_pylist(chosen), folder / "many.parquet", row_group_size=5_000)
                return folder / "many.parquet"
    raise AssertionError("count() has no end")


def _thinner(text: str, again: int) -> str:
    """The text without one word in eleven, each time another one."""
    lines = (line.split() for line in text.split("\n"))
    return "\n".join(" ".join(word for i, word in enumerate(line) if (i + again) % LEFT_OUT) for line in lines)


def flat(articles: Path, rows: int | None, open_scorer: Any, folder: Path) -> dict[str, Any]:
    """Many short rows; what counts is the memory."""
    wanted = rows or FLAT_ROWS
    source = folder / "short.parquet"
    texts = pc.utf8_slice_codeunits(pq.read_table(articles, columns=["text"])["text"], 0, FLAT_CHARS)
    with pq.ParquetWriter(source, pa.schema([("text", pa.string())])) as writer:
        for part in _repeated(texts, wanted):
            writer.write_table(pa.table({"text": part.cast(pa.string())}))
    result, recorder = measure(source, Columns(), open_scorer, folder / "out")
    first = min(FLAT_FIRST, wanted)
    return {
        **result,
        "chars_a_row": FLAT_CHARS,
        f"peak_mib_of_first_{first}": recorder.peak(first),
        "growth_mib": round(recorder.peak() - recorder.peak(first), 1),
    }


def _repeated(texts: pa.ChunkedArray, wanted: int) -> Iterator[pa.ChunkedArray]:
    while wanted > 0:
        part = texts.slice(0, wanted)
        wanted -= len(part)
        yield part


PARTS = {"real": real, "ray": on_ray, "flat": flat}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--articles", type=Path, required=True, help="Parquet file with columns text and title")
    parser.add_argument("--rows", type=int, help="fewer rows of part flat, or fewer paragraphs of the others")
    parser.add_argument("--model", default="base")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--dtype", default="auto")
    given = parser.parse_args(argv)
    before = environment()
    open_scorer = partial(biasscore.load, given.model, backend=given.backend, dtype=given.dtype)
    with tempfile.TemporaryDirectory() as folder:
        result = PARTS[given.part](given.articles, given.rows, open_scorer, Path(folder))
    found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    part = "shorter" if given.part == "real" and given.rows else given.part
    part = f"{part}_gpu" if result["settings"]["device"].startswith("cuda") else part
    found.setdefault(part, {})[given.model] = {
        "environment": before,
        "load_after": environment()["load_average"],
        **result,
    }
    write(RESULT, found)
    print(json.dumps({name: value for name, value in result.items() if name != CURVE}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Rate and memory of a big job on this machine; writes ``benchmarks/results/jobs.json``.

    python -m benchmarks.jobs real --articles DIR/framing_articles.parquet
    python -m benchmarks.jobs flat --articles DIR/framing_articles.parquet

``real`` scores the articles as they are, with their titles, from Parquet to Parquet, by the same ``jobs.run`` as
``biasscore score IN -o OUT``. ``flat`` shows that memory does not grow with the number of rows: 200,000 rows, each the
first 120 characters of an article so that two cores end in minutes (its rate is no rate of articles), with the peak up
to row 10,000 set against the peak of all. Memory is the resident set of the process, read from /proc every second
(Linux). Each point of the curve says how many paragraphs were done, and the rate of each tenth of them tells whether
the last ones cost more than the first. On a GPU the results stand apart, under ``real_gpu`` and ``flat_gpu``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import biasscore
from benchmarks.environment import environment
from biasscore.jobs import JobConfig, State, run
from biasscore.tables import Columns

RESULT = Path(__file__).parent / "results" / "jobs.json"
EVERY_SECONDS = 1.0
CURVE_POINTS, CURVE_HEAD = 120, 10
FLAT_ROWS, FLAT_FIRST, FLAT_CHARS = 200_000, 10_000, 120

CURVE = "curve_seconds_rows_paragraphs_mib"


class Recorder:
    """A ``jobs.Progress`` that notes time, rows and memory."""

    def __init__(self) -> None:
        self.curve: list[tuple[float, int, float]] = []
        self.last: State | None = None
        self._next = 0.0

    def start(self) -> None:
        """Note the memory of an open model without rows."""
        self.curve.append((0.0, 0, _resident_mib()))

    def update(self, state: State) -> None:
        """Note a point every second."""
        self.last = state
        if state.seconds >= self._next:
            self._next = state.seconds + EVERY_SECONDS
            self.curve.append((round(state.seconds, 1), state.rows, _resident_mib()))

    def stop(self) -> None:
        """Note the end."""
        if self.last is not None:
            self.curve.append((round(self.last.seconds, 1), self.last.rows, _resident_mib()))

    def peak(self, rows: int | None = None) -> float:
        """Highest memory in MiB, up to a row."""
        return max(mib for _, done, mib in self.curve if rows is None or done <= rows)

    def curve_of(self, paragraphs: np.ndarray) -> list[tuple[float, int, int, float]]:
        """Every point with the paragraphs done; ``paragraphs[n]`` are those of the first ``n`` rows."""
        return [(seconds, rows, int(paragraphs[rows]), mib) for seconds, rows, mib in self.curve]


def thinned(curve: list[tuple[float, int, int, float]]) -> list[tuple[float, int, int, float]]:
    """The curve in few enough points to keep; every one of its first seconds, for the first thousand paragraphs."""
    head, rest = curve[:CURVE_HEAD], curve[CURVE_HEAD:-1]
    step = max(1, -(-len(rest) // CURVE_POINTS))
    return [*head, *rest[::step], curve[-1]]


def rate_by_tenth(curve: list[tuple[float, int, int, float]]) -> list[float | None]:
    """Paragraphs a second in each tenth of the paragraphs; None where a run is too short to tell."""
    seconds, _, done, _ = (np.array(values, dtype=float) for values in zip(*curve, strict=True))
    edges = np.interp(np.linspace(0.0, done[-1], 11), done, seconds)
    return [round(float(done[-1] / 10 / took), 1) if took > 0 else None for took in np.diff(edges)]


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def measure(source: Path, columns: Columns, open_scorer: Any, out: Path) -> tuple[dict[str, Any], Recorder]:
    """Run one job and tell its rates."""
    recorder = Recorder()
    opened = open_scorer()
    summary = run(JobConfig((str(source),), out, columns), lambda: opened, recorder)
    table = pq.read_table(out, columns=["n_paragraphs", "n_headings", "n_sentences", "n_tokens"])
    paragraphs = pc.add(table["n_paragraphs"].fill_null(0), table["n_headings"].fill_null(0)).to_numpy()
    curve = recorder.curve_of(np.cumsum([0, *paragraphs]))
    stats = opened.stats
    return {
        "model": opened.fingerprint,
        "settings": asdict(opened.settings),
        "articles": summary.rows,
        "errors": summary.errors,
        "paragraphs": int(paragraphs.sum()),
        "sentences": pc.sum(table["n_sentences"]).as_py(),
        "tokens": summary.tokens,
        "forwarded_tokens": stats.tokens,
        "padding_share": round(stats.padding_share, 4),
        "input_bytes": source.stat().st_size,
        "output_bytes": sum(part.stat().st_size for part in out.glob("part-*")),
        "seconds": round(summary.seconds, 1),
        "encoder_seconds": round(stats.seconds, 1),
        "articles_per_second": round(summary.rows / summary.seconds, 2),
        "tokens_per_second": round(summary.tokens / summary.seconds, 1),
        "paragraphs_per_second": round(float(paragraphs.sum() / summary.seconds), 2),
        "paragraphs_per_second_by_tenth": rate_by_tenth(curve),
        "peak_mib": recorder.peak(),
        CURVE: thinned(curve),
    }, recorder


def real(articles: Path, rows: int | None, open_scorer: Any, folder: Path) -> dict[str, Any]:
    """The articles as they are."""
    source = articles
    if rows is not None:
        source = folder / "some.parquet"
        pq.write_table(pq.read_table(articles).slice(0, rows), source)
    result, _ = measure(source, Columns(title="title", group="outlet"), open_scorer, folder / "out")
    return result


def flat(articles: Path, rows: int | None, chars: int, open_scorer: Any, folder: Path) -> dict[str, Any]:
    """Many short rows; what counts is the memory."""
    wanted = rows or FLAT_ROWS
    source = folder / "short.parquet"
    texts = pc.utf8_slice_codeunits(pq.read_table(articles, columns=["text"])["text"], 0, chars)
    with pq.ParquetWriter(source, pa.schema([("text", pa.string())])) as writer:
        for part in _repeated(texts, wanted):
            writer.write_table(pa.table({"text": part.cast(pa.string())}))
    result, recorder = measure(source, Columns(), open_scorer, folder / "out")
    first = min(FLAT_FIRST, wanted)
    return {
        **result,
        "chars_a_row": chars,
        f"peak_mib_of_first_{first}": recorder.peak(first),
        "growth_mib": round(recorder.peak() - recorder.peak(first), 1),
    }


def _repeated(texts: pa.ChunkedArray, wanted: int) -> Iterator[pa.ChunkedArray]:
    while wanted > 0:
        part = texts.slice(0, wanted)
        wanted -= len(part)
        yield part


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("real", "flat"))
    parser.add_argument("--articles", type=Path, required=True, help="Parquet file with columns text, title, outlet")
    parser.add_argument("--rows", type=int, default=None, help="fewer rows, for a trial")
    parser.add_argument("--chars", type=int, default=FLAT_CHARS, help="characters of a row of part flat")
    parser.add_argument("--model", default="base")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", type=int, default=None)
    given = parser.parse_args(argv)
    before = environment()
    open_scorer = partial(biasscore.load, given.model, backend=given.backend, dtype=given.dtype, threads=given.threads)
    with tempfile.TemporaryDirectory() as folder:
        if given.part == "real":
            result = real(given.articles, given.rows, open_scorer, Path(folder))
        else:
            result = flat(given.articles, given.rows, given.chars, open_scorer, Path(folder))
    RESULT.parent.mkdir(exist_ok=True)
    found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    on_gpu = result["settings"]["device"].startswith("cuda")
    found[f"{given.part}_gpu" if on_gpu else given.part] = {"environment": before, **result}
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: value for name, value in result.items() if name != CURVE}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

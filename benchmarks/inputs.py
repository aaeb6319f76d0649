"""Peak memory of reading big files, and tables read by the names of their columns; writes ``results/inputs.json``.

    python -m benchmarks.inputs                 the full sizes: CSV of 2 GB, JSON array of 1 GB, Factiva page of 300 MB
    python -m benchmarks.inputs --share 0.1     a tenth of them
    python -m benchmarks.inputs --tables DATA   only the Parquet tables in the folder DATA; the other figures stay

Each file is made from authored sentences, then read to its end by a process of its own, as ``biasscore score`` reads
it, without a model. Memory is the process's peak resident set, and how far it rose above the first chunk.
The result tells the bytes that were read, so a share of the full sizes is told as such. Of the tables it tells which
columns were found by name alone, and whether rows read = scored + empty + bad + skipped = rows of the file; "scored"
are rows that a model would score.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from benchmarks.environment import environment, write
from biasscore.tables import Columns, find_sources, plan_reading, read
from biasscore.tables.guess import FIELDS
from biasscore.tables.records import Counts

RESULT = Path(__file__).parent / "results" / "inputs.json"
SENTENCE = (
    "The council voted on Tuesday to close two libraries, ending a month of talks about money for the coming year. "
)
READ = """
import resource, sys, time
from biasscore.tables import Columns, find_sources, plan_reading, read
reading = plan_reading(find_sources([sys.argv[1]]), Columns())
chunks = read(reading)
first = next(chunks)
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
rows = len(first) + sum(len(chunk) for chunk in chunks)
print(rows, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic() - began)
"""


def write_csv(stream: BinaryIO, size: int) -> None:
    stream.write(b"id,text\n")
    number = 0
    while stream.tell() < size:
        stream.write(f'{number},"{SENTENCE * (number % 40 + 1)}"\n'.encode())
        number += 1


def write_json(stream: BinaryIO, size: int) -> None:
    stream.write(b"[")
    number = 0
    while stream.tell() < size:
        item = json.dumps({"id": number, "text": SENTENCE * (number % 40 + 1)})
        stream.write(f"{',' if number else ''}{item}\n".encode())
        number += 1
    stream.write(b"]")


def write_factiva(stream: BinaryIO, size: int) -> None:
    stream.write(b"<!DOCTYPE html><html><body>")
    number = 0
    while stream.tell() < size:
        paragraphs = f'<p class="articleParagraph enarticleParagraph">{SENTENCE}</p>' * (number % 40 + 1)
        head = f'<div id="hd"><span class="enHeadline">Article {number}</span></div><div>1 March 2019</div>'
        stream.write(f'<div id="article-{number}" class="article">{head}{paragraphs}</div><br/>'.encode())
        number += 1
    stream.write(b"</body></html>")


FILES: dict[str, tuple[Callable[[BinaryIO, int], None], int]] = {
    "csv": (write_csv, 2_000_000_000),
    "json": (write_json, 1_000_000_000),
    "html": (write_factiva, 300_000_000),
}


def measured(suffix: str, share: float, folder: Path) -> dict[str, Any]:
    write, full = FILES[suffix]
    path = folder / f"big.{suffix}"
    with path.open("wb") as stream:
        write(stream, int(full * share))
    n_bytes = path.stat().st_size
    done = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, text=True, check=True)
    path.unlink()
    rows, before, peak, seconds = map(float, done.stdout.split())
    return {
        "bytes": n_bytes,
        "share_of_full_size": share,
        "rows": int(rows),
        "peak_mib": round(peak / 1024, 1),
        "peak_above_first_chunk_mib": round((peak - before) / 1024, 1),
        "seconds": round(seconds, 1),
        "mb_per_second": round(n_bytes / 1e6 / seconds, 1),
    }


def of_table(path: Path) -> dict[str, Any]:
    """What a table's columns were taken for, and what became of its rows."""
    reading = plan_reading(find_sources([str(path)]), Columns(), guessed=FIELDS)
    counts = sum((Counts.of(row) for chunk in read(reading) for row in chunk.rows), Counts())
    return {
        "columns": {**reading.columns.fields, "keep": list(reading.columns.keep)},
        "rows": pq.read_metadata(path).num_rows,
        "scored": counts.scored,
        "empty": counts.empty,
        "bad": counts.bad,
        "skipped": counts.skipped,
        "adds_up": counts.rows == pq.read_metadata(path).num_rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes (default: 1)")
    parser.add_argument("--folder", type=Path, help="where the files are made (default: a temporary folder)")
    parser.add_argument("--tables", type=Path, metavar="DATA", help="read the Parquet tables of this folder instead")
    arguments = parser.parse_args()
    written = json.loads(RESULT.read_text(encoding="utf-8"))
    if arguments.tables:
        written["tables"] = {path.name: of_table(path) for path in sorted(arguments.tables.glob("*.parquet"))}
    else:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            files = {suffix: measured(suffix, arguments.share, Path(folder)) for suffix in FILES}
        written |= {"environment": environment(), "files": files}
    write(RESULT, written)
    print(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()

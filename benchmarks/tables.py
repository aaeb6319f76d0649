"""Writes the tables of README.md between its markers from the result files: no figure is typed by hand.

python -m benchmarks.tables
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
START, END = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def throughput(result: dict[str, Any]) -> str:
    """Paragraphs a second of all, and how many times faster biasscore is; losses stand beside the gains."""
    rows = {row["name"]: row for row in result["rows"]}
    ours = rows["biasscore"]["median"]
    peers = sorted(
        (row for row in result["rows"] if row["unit"] == "paragraphs/s" and not row["name"].startswith("biasscore")),
        key=lambda row: row["median"],
    )
    lines = [("**biasscore**, all scores and spans", f"{ours:,.0f}", "1")]
    lines += [(row["name"], f"{row['median']:,.1f}", f"{ours / row['median']:,.1f}") for row in reversed(peers)]
    products = [row for name, row in rows.items() if name.startswith("matrix product")]
    best = max(products, key=lambda row: row["median"])
    useful = rows["useful multiply-adds of the forward"]["median"]
    text, bare = rows["one short text"]["median"], rows["one short text, bare forward"]["median"]
    machine = result["environment"]
    product = best["name"].removeprefix("matrix product ")
    notes = [
        f"The forward pass does {useful:,.0f} billion useful operations a second; the best matrix product of the run "
        f"({product}) reached {best['median']:,.0f}: {useful / best['median']:.2f} of it.",
        f"One short text takes {1e3 / text:.1f} ms, {bare / text:.1f} times its bare forward pass; "
        f"`biasscore.load()` in a fresh process {result['cold_load_seconds']:.1f} s.",
        f"Measured on {machine['measured'][:10]} ({machine['processor']}, {machine['usable_cores']} cores, load "
        f"average {machine['load_average'][0]:.1f}) by `benchmarks/throughput.py`; medians of interleaved runs.",
    ]
    notes += [f"Not run: {reason}." for reason in result["not_run"]]
    head = ("", "paragraphs/s", "biasscore is faster by")
    return table(head, lines) + "\n\n" + "\n".join(f"* {note}" for note in notes)


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise SystemExit(f"README.md lacks the markers {START} and {END}")
    body = throughput(json.loads((RESULTS / "throughput.json").read_text(encoding="utf-8")))
    readme.write_text(f"{before}{START}\n{body}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()

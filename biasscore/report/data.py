"""Gives the data behind the figures of a comparison, as tables and as CSV."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from biasscore.tables import defused

if TYPE_CHECKING:
    from biasscore.analysis import Comparison, Trend


def data(comparison: Comparison, trend: Trend | None = None) -> dict[str, pa.Table]:
    """Name to table: means, differences, prevalence, words, left_out, trend; those that are empty are not there."""
    rows: dict[str, list[dict[str, Any]]] = {
        "means": [{"side": side.name, **asdict(found)} for side in comparison.sides for found in side.estimates],
        "differences": [asdict(found) for found in comparison.differences],
        "prevalence": [_prevalence(side.name, side.prevalence) for side in comparison.sides if side.prevalence],
        "words": [{"side": side.name, **asdict(word)} for side in comparison.sides for word in side.words],
        "left_out": [asdict(part) for part in comparison.left_out],
    }
    tables = {name: pa.Table.from_pylist([_encodable(row) for row in found]) for name, found in rows.items() if found}
    return tables if trend is None else {**tables, "trend": trend.table()}


def as_csv(table: pa.Table) -> str:
    """The table as CSV."""
    from pyarrow import csv

    sink = io.BytesIO()
    csv.write_csv(table, sink)
    return sink.getvalue().decode()


def write_data(comparison: Comparison, folder: str | Path, trend: Trend | None = None, *, defuse: bool = False) -> None:
    """Writes one CSV file per table of `data`, and ``events.csv`` and ``reprints.csv`` where there are any.

    Args:
        defuse: put an apostrophe before texts that a spreadsheet would run as formulas.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, table in data(comparison, trend).items():
        text = as_csv(defused(table) if defuse else table)
        (Path(folder) / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    if comparison.events is not None:
        comparison.events.write(Path(folder) / "events.csv")
    if comparison.reprints is not None:
        comparison.reprints.write(Path(folder) / "reprints.csv", defuse=defuse)


def _encodable(row: dict[str, Any]) -> dict[str, Any]:
    """Lone surrogates (from a headline, say) are spelt out: no file can hold them."""
    return {key: v.encode(errors="backslashreplace").decode() if isinstance(v, str) else v for key, v in row.items()}


def _prevalence(name: str, found: Any) -> dict[str, Any]:
    row = {"side": name, **asdict(found)}
    for method in ("estimated", "adjusted"):
        share = row.pop(method) or {}
        row |= {method: share.get("value"), f"{method}_low": share.get("low"), f"{method}_high": share.get("high")}
    return row

"""What a billion paragraphs cost, from measured rates: writes the region between the markers of ``docs/scaling.md``.

python -m benchmarks.scaling
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.tables import fill

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "jobs.json"
PAGE = ROOT / "docs" / "scaling.md"

PARAGRAPHS = 1_000_000_000
DEADLINE_HOURS = 24

# Assumptions, nobody's offer. A processor is what the operating system counts as one.
ASSUMED = "November 2026"
CLUSTER_SHARE = 0.85
STORAGE_USD_GB_MONTH = 0.02


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine one can rent.

    Attributes:
        part: the entry of the result file that holds its rates, per model.
        units: processors or GPUs of one machine.
        usd_hour, spot_usd_hour: price of one unit, on demand and spot (it can be stopped at any time).
    """

    name: str
    part: str
    units: int
    usd_hour: float
    spot_usd_hour: float


MACHINES = (
    Machine("64 virtual processors (vCPUs)", "real", 64, 0.045, 0.018),
    Machine("8 GPUs", "real_gpu", 8, 4.00, 2.00),
)


_COLUMNS = (
    "on",
    "model",
    "articles",
    "paragraphs",
    "per second",
    "in the first and last tenth",
    "per processor second",
    "growth of memory after the first tenth",
)


def region(found: dict[str, Any]) -> str:
    """The text between the markers."""
    measured = [(machine, result) for machine in MACHINES for result in found.get(machine.part, {}).values()]
    if not measured:
        return "Nothing is measured yet: run `python -m benchmarks.jobs real`, then `python -m benchmarks.scaling`.\n"
    on_ray, shorter = (found.get(part, {}).values() for part in ("ray", "shorter"))
    prices = _prices(dict.fromkeys(machine for machine, _ in measured))
    rates = "\n".join([*(_rate(result) for _, result in measured), *map(_rate, shorter), *map(_on_ray, on_ray)])
    costs = "\n".join(_cost(machine, result) for machine, result in measured)
    return f"""## Measured

| {" | ".join(_COLUMNS)} |
|---|---|---:|---:|---:|---:|---:|---:|
{rates}

## Computed for {PARAGRAPHS:,} paragraphs

| machine | model | machine hours | machines for {DEADLINE_HOURS} h | USD on demand | USD spot |
|---|---|---:|---:|---:|---:|
{costs}

Assumed in {ASSUMED} (not an offer): {prices};
a cluster reaches {CLUSTER_SHARE:.0%} of the speed that its machines have alone, because of the start, uneven ends and
lost machines. {_storage(measured[0][1])}
"""


def _rate(result: dict[str, Any]) -> str:
    by_clock, by_processor = (
        f"{tenths[0]:,.1f}, {tenths[-1]:,.1f}"
        for tenths in (
            result["paragraphs_per_second_by_tenth"],
            result["paragraphs_per_processor_second_by_tenth"],
        )
    )
    return _row(result, _place(result), f"{by_clock} | {by_processor}")


def _on_ray(result: dict[str, Any]) -> str:
    place = f"{result['environment']['processor']}, {result['actors']} actors on Ray"
    return _row(result, place, "not measured | not measured")


def _row(result: dict[str, Any], place: str, tenths: str) -> str:
    return (
        f"| {place} | `{result['model']}` | {result['articles']:,} | {result['paragraphs']:,} "
        f"| {result['paragraphs_per_second']:,.1f} | {tenths} | {result['growth_mib_after_first_tenth']:+,.0f} MiB |"
    )


def _cost(machine: Machine, result: dict[str, Any]) -> str:
    hours = PARAGRAPHS / (_unit_rate(result) * machine.units * CLUSTER_SHARE) / 3600
    price, spot = (hours * machine.units * usd for usd in (machine.usd_hour, machine.spot_usd_hour))
    machines, model = -(-hours // DEADLINE_HOURS), result["model"].partition("/")[0]
    return f"| {machine.name} | `{model}` | {hours:,.1f} | {machines:,.0f} | {price:,.0f} | {spot:,.0f} |"


def _unit_rate(result: dict[str, Any]) -> float:
    """Paragraphs per second of one thread, or of the GPU."""
    on_gpu = result["settings"]["device"].startswith("cuda")
    return float(result["paragraphs_per_second"] / (1 if on_gpu else result["settings"]["threads"]))


def _place(result: dict[str, Any]) -> str:
    machine, settings = result["environment"], result["settings"]
    on_gpu = settings["device"].startswith("cuda")
    return machine["gpu"] if on_gpu else f"{machine['processor']}, {settings['threads']} threads"


def _prices(machines: Iterable[Machine]) -> str:
    return "; ".join(
        f"{machine.name} at {machine.usd_hour:g} USD each per hour, {machine.spot_usd_hour:g} spot"
        for machine in machines
    )


def _storage(result: dict[str, Any]) -> str:
    gigabytes = PARAGRAPHS * result["output_bytes"] / result["paragraphs"] / 1e9
    usd = gigabytes * STORAGE_USD_GB_MONTH
    return f"The result takes {gigabytes:,.0f} GB of Parquet at level document, {usd:,.0f} USD to keep for a month."


def main() -> int:
    found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    fill(PAGE, "scaling", region(found).rstrip("\n"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

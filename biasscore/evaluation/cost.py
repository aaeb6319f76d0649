"""What a training cost: hours from its logs, energy and carbon by a stated estimate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A server processor of 250 to 350 W with 40 to 60 cores draws 5 to 8 W a core; the higher end, rounded up.
WATTS_A_THREAD = 10.0
WATTS_A_GPU = 700.0
# Memory, power supply and cooling on top of the processor.
OVERHEAD = 1.5
# World average of electricity in 2023: Ember, Global Electricity Review 2024.
KG_PER_KWH = 0.48


@dataclass(frozen=True, slots=True)
class Cost:
    """Time of a training and what it stands for (method of Lacoste et al. 2019).

    Attributes:
        processor: what it ran on, in words.
        watts: taken for that.
        kg: CO₂ equivalents.
    """

    hours: float
    processor: str
    watts: float
    overhead: float
    kg_per_kwh: float
    kwh: float
    kg: float


def training_cost(work: Path) -> Cost | None:
    """Cost of the training whose logs are in ``work``; None where there are none."""
    logs = sorted(work.glob("*/log.jsonl"))
    if not logs or not (work / "run.json").is_file():
        return None
    run: dict[str, Any] = json.loads((work / "run.json").read_text(encoding="utf-8"))
    hours = sum(map(_seconds, logs)) / 3600
    on_gpu = str(run.get("device", "cpu")).startswith("cuda")
    threads = int(run.get("threads", 1))
    watts = WATTS_A_GPU if on_gpu else WATTS_A_THREAD * threads
    kwh = hours * watts * OVERHEAD / 1000
    processor = (
        "one GPU"
        if on_gpu
        else f"{threads} processor thread{'' if threads == 1 else 's'} ({run.get('machine', 'unknown')})"
    )
    return Cost(hours, processor, watts, OVERHEAD, KG_PER_KWH, kwh, kwh * KG_PER_KWH)


def _seconds(log: Path) -> float:
    """Seconds in one run's log. The clock starts anew with each stage and each time the run was taken up again."""
    total = before = 0.0
    for line in log.read_text(encoding="utf-8").splitlines():
        now = float(json.loads(line)["seconds"])
        total += now - before if now >= before else now
        before = now
    return total

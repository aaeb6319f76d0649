"""What a training cost: hours from its logs, energy and carbon by a stated estimate."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# A server processor of 250 to 350 W with 40 to 60 cores draws 5 to 8 W a core; the higher end, rounded up.
WATTS_A_THREAD = 10.0
WATTS_A_GPU = 700.0
# Memory, power supply and cooling on top of the processor.
OVERHEAD = 1.5
# World average of electricity in 2023: Ember, Global Electricity Review 2024.
KG_PER_KWH = 0.48


@dataclass(frozen=True, slots=True)
class Device:
    """Hours on one kind of device, and the power taken for it."""

    hours: float
    watts: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Time of a training and what it stands for (method of Lacoste et al. 2019).

    Attributes:
        hours: of all stages of all runs.
        devices: by name; empty where a log does not say on which device its stages ran.
        kwh, kg: energy, and CO₂ equivalents; None where the devices are not known.
    """

    hours: float
    devices: Mapping[str, Device]
    overhead: float
    kg_per_kwh: float
    kwh: float | None
    kg: float | None


def training_cost(work: Path) -> Cost | None:
    """Cost of the training whose logs are in ``work``; None where there are none."""
    logs = sorted(work.glob("*/log.jsonl"))
    if not logs:
        return None
    seconds: dict[tuple[str, int] | None, float] = defaultdict(float)
    for log in logs:
        for device, taken in _steps(log):
            seconds[device] += taken
    hours = sum(seconds.values()) / 3600
    known = {_name(*device): Device(taken / 3600, _watts(*device)) for device, taken in seconds.items() if device}
    if None in seconds:
        return Cost(hours, {}, OVERHEAD, KG_PER_KWH, None, None)
    kwh = sum(device.hours * device.watts for device in known.values()) * OVERHEAD / 1000
    return Cost(hours, known, OVERHEAD, KG_PER_KWH, kwh, kwh * KG_PER_KWH)


def _steps(log: Path) -> Iterator[tuple[tuple[str, int] | None, float]]:
    """Device and threads, if the log tells them, and seconds since the line before.

    The clock starts anew with each stage and each time the run was taken up again.
    """
    before, where = 0.0, None
    for line in log.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        now, here = float(said["seconds"]), (said["stage"], said.get("device"))
        if here != where or now < before:  # another stage, or the run was taken up again
            before, where = 0.0, here
        device = (said["device"], said["threads"]) if "device" in said else None
        yield device, now - before
        before = now


def _name(device: str, threads: int) -> str:
    return "one GPU" if device == "cuda" else f"{threads} processor thread{'' if threads == 1 else 's'}"


def _watts(device: str, threads: int) -> float:
    return WATTS_A_GPU if device == "cuda" else WATTS_A_THREAD * threads

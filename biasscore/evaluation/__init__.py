"""From labelled rows and a model to figures: metrics with intervals, baselines, reports and cards."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        return import_module(f"biasscore.evaluation.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

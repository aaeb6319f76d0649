"""From token rows to probabilities: embedded models, classifiers from the Hugging Face Hub, or both joined."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "hub":
        return import_module("biasscore.predict.hub")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

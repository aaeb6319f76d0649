"""Finds the fastest of several engines by a trial of about a second; the result is kept in the user's cache folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

import numpy as np
from platformdirs import user_cache_path

from biasscore.engine.base import Engine

FILE = "engines.json"
# About as long as the sentences of news, and enough of them to keep every thread busy.
SEQUENCES, TOKENS = 64, 28
REPEATS = 3


def cache_folder() -> Path:
    """Where choices are remembered; it may not exist."""
    return Path(user_cache_path("biasscore", appauthor=False))


def seconds(engine: Engine, vocab_size: int) -> float:
    """Best time of a small batch of tokens whose ids are below ``vocab_size``."""
    batch = [((np.arange(TOKENS) + i) % vocab_size).astype(np.int32) for i in range(SEQUENCES)]
    engine.project(batch)
    times = []
    for _ in range(REPEATS):
        started = perf_counter()
        engine.project(batch)
        times.append(perf_counter() - started)
    return min(times)


def remembered(key: str) -> str | None:
    """The choice stored under ``key``; None if there is none that can be read."""
    return _read().get(key)


def remember(key: str, choice: str) -> None:
    """Store a choice. If the folder cannot be written, nothing is stored, and the next run measures again."""
    folder, choices = cache_folder(), {**_read(), key: choice}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{FILE}.new"
        partial.write_text(json.dumps(choices, indent=2) + "\n", encoding="utf-8")
        partial.replace(folder / FILE)
    except OSError:
        return


def _read() -> Mapping[str, str]:
    try:
        found = json.loads((cache_folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}

"""Scores big inputs: jobs on one machine that can be resumed, Ray, Spark and data frames."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from biasscore.jobs.config import SHARD_ROWS, JobConfig, JobSummary, ScorerFactory
from biasscore.jobs.frames import Mapper, mapper, score_frame, to_frame
from biasscore.jobs.local import pinned, run, score_file
from biasscore.jobs.progress import Lines, Progress, Silent, State, TerminalBar, progress_for

__all__ = [
    "SHARD_ROWS",
    "JobConfig",
    "JobSummary",
    "Lines",
    "Mapper",
    "Progress",
    "ScorerFactory",
    "Silent",
    "State",
    "TerminalBar",
    "mapper",
    "pinned",
    "progress_for",
    "run",
    "score_file",
    "score_frame",
    "to_frame",
]


def __getattr__(name: str) -> Any:
    if name in ("ray", "spark"):
        return import_module(f"biasscore.jobs.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Big inputs: resumable runs on one machine, and the same rows on Ray, Spark and data frames."""

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

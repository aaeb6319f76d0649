"""What holds after a fork: OpenMP's threads do not come along, and torch would wait for them for ever."""

from __future__ import annotations

import os
from functools import cache


@cache
def prepare() -> None:
    """Let torch run each operation on one thread in every process forked from now on."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_run_alone)


def _run_alone() -> None:
    import torch

    torch.set_num_threads(1)

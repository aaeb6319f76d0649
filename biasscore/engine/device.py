"""Where a network runs: the device and the processor threads that options come down to on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from biasscore.engine import forks
from biasscore.engine.base import BackendName, DtypeName, OutOfMemoryError
from biasscore.errors import BackendError

if TYPE_CHECKING:
    import torch

# Tokens a batch: of engines that cut a batch into chunks by themselves, and of networks that transformers runs, most of
# them as one rectangle.
CHUNKED_BUDGET = 65_536
MOST_THREADS = 1_024
_RECTANGLE_BUDGET = {"cpu": 4096, "cuda": 65_536}


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Where and how the user wants networks to run; "auto" and None leave it to the machine.

    Attributes:
        device: "auto", "cpu", "cuda" or "cuda:N".
        dtype: number format of the matrix products.
        backend: the library that runs them.
        threads: processor threads.
        budget: tokens per batch.
    """

    device: str = "auto"
    dtype: DtypeName | Literal["auto"] = "auto"
    backend: BackendName | Literal["auto"] = "auto"
    threads: int | None = None
    budget: int | None = None


def resolve_device(device: str) -> str:
    """ "cpu" or "cuda:N" for "auto", "cpu", "cuda" or "cuda:N".

    "auto" leaves a GPU alone that is too old for the installed PyTorch.

    Raises:
        BackendError: if there is no such device here, if it is a GPU and this process a fork of one that used a GPU,
            or if it is too old.
    """
    if device == "cpu":
        return device
    import torch

    if device == "auto":
        return resolve_device("cuda:0") if torch.cuda.is_available() and not _too_old(0) else "cpu"
    kind, _, index = str(device).partition(":")
    if kind != "cuda" or not (index or "0").isdecimal():
        raise BackendError(
            f"unknown device {device!r}; set --device (in Python: device) to 'auto', 'cpu', 'cuda' or 'cuda:N' (N is "
            "the number of a GPU, counted from 0)"
        )
    if not torch.cuda.is_available():
        raise BackendError("CUDA is not available: PyTorch finds no GPU; use --device cpu (in Python: device='cpu')")
    if int(index or 0) >= torch.cuda.device_count():
        raise BackendError(
            f"the device {device!r} does not exist; set --device (in Python: device) to one of: "
            f"{', '.join(f'cuda:{i}' for i in range(torch.cuda.device_count()))}"
        )
    if torch.cuda._is_in_bad_fork():
        raise no_card_in_fork(device)
    if old := _too_old(int(index or 0)):
        raise BackendError(
            f"{device} cannot run: {old}; install a version of PyTorch that supports this GPU, or use --device cpu "
            "(in Python: device='cpu')"
        )
    return f"cuda:{int(index or 0)}"


def _too_old(index: int) -> str:
    """Why the installed PyTorch cannot compute on a GPU, older than all that it was built for; "" if it can."""
    import torch

    if torch.cuda._is_in_bad_fork():  # it cannot be asked, and cannot run either
        return ""
    capability = torch.cuda.get_device_capability(index)
    built = [int(found[1]) for name in torch.cuda.get_arch_list() if (found := re.match(r"sm_(\d+)", name))]
    least = divmod(min(built, default=0), 10)
    if capability >= least:
        return ""
    return "it has compute capability {}.{}, and the installed PyTorch needs {}.{}".format(*capability, *least)


def no_card_in_fork(device: str) -> BackendError:
    """What to say in a process that was forked from one that used a GPU: CUDA cannot start in it."""
    return BackendError(
        f"a forked process cannot use {device}; start processes with multiprocessing.get_context('spawn'), or use "
        "device='cpu'"
    )


def resolve_threads(threads: int | None) -> int:
    """The number asked for, or all that this process may use; one in a forked process, see ``forks``.

    Raises:
        BackendError: if it is no whole number from 1 to ``MOST_THREADS``.
    """
    if threads is None and forks.forked():
        return 1
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not isinstance(threads, int) or threads < 1:
        raise BackendError(f"--threads (in Python: threads) must be a whole number of 1 or more, not {threads!r}")
    if threads > MOST_THREADS:
        raise BackendError(
            f"--threads (in Python: threads) is {threads!r}, but the largest number is {MOST_THREADS:,}; use no more "
            "threads than the processor has cores"
        )
    return threads


def resolve_budget(budget: int | None, suits: int) -> int:
    """The tokens per batch asked for, or what suits the engine.

    Raises:
        BackendError: if it is no whole number or below 1.
    """
    if budget is None:
        return suits
    if not isinstance(budget, int) or budget < 1:
        raise BackendError(f"--budget (in Python: budget) must be a whole number of 1 or more, not {budget!r}")
    return budget


def rectangle_budget(budget: int | None, device: str) -> int:
    """``resolve_budget`` for a network that runs a batch as one rectangle on ``device``."""
    return resolve_budget(budget, _RECTANGLE_BUDGET[device.partition(":")[0]])


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch use ``count`` threads for calls from this thread, and give the earlier number back."""
    import torch

    before = torch.get_num_threads()
    if before == count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def told_when_full(device: str, problem: str = "has no room for the model; free memory on the GPU") -> Iterator[None]:
    """Turn PyTorch's errors of a full GPU into ours.

    Args:
        problem: what is wrong and what to do first; another device is named after it.

    Raises:
        OutOfMemoryError: in place of theirs.
    """
    import torch

    try:
        yield
    except RuntimeError as error:
        # Where other processes fill the GPU, PyTorch cannot even begin on it, and raises another error than its own.
        if not isinstance(error, torch.OutOfMemoryError) and "CUDA error: out of memory" not in str(error):
            raise
        torch.cuda.empty_cache()
        raise OutOfMemoryError(f"{device} {problem}, or set --device (in Python: device) to another device") from error


def sent(tensor: torch.Tensor, device: torch.device | str) -> torch.Tensor:
    """A tensor of the processor on a device.

    A copy to a GPU is only begun: from memory that is not pinned, it would wait until the GPU has done all its work.
    """
    import torch

    if torch.device(device).type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)

"""Chooses the engine: which device, number format and library run the network here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.base import BackendName, DtypeName, Engine
from biasscore.engine.config import EncoderConfig
from biasscore.errors import BackendError

Weights = Mapping[str, NDArray[np.float32]]

CPU_BUDGET = 4096
CUDA_BUDGET = 65536


def open_engine(
    encoder: EncoderConfig,
    weights: Weights,
    *,
    device: str = "auto",
    dtype: DtypeName | Literal["auto"] = "auto",
    backend: BackendName | Literal["auto"] = "auto",
    threads: int | None = None,
    budget: int | None = None,
    cache_key: str = "",
) -> Engine:
    """Open the fastest engine that keeps to the request.

    Args:
        device: "auto" (CUDA if there is a card, else the processor), "cpu", "cuda" or "cuda:N".
        dtype: "auto" or a number format; see ``base.DtypeName``.
        backend: "auto" or a library; see ``base.BackendName``.
        threads: processor threads; None takes all that this process may use.
        budget: tokens a batch; None takes what suits the device.
        cache_key: name of the model under which a measured choice is remembered.

    Raises:
        BackendError: if the request cannot be met on this machine.
    """
    _check(dtype, "dtype", get_args(DtypeName))
    _check(backend, "backend", get_args(BackendName))
    threads = _threads(threads)
    if budget is not None and budget < 1:
        raise BackendError(f"budget must be at least 1 token, not {budget}")
    from biasscore.engine.torch_engine import TorchEngine

    place = _device(device)
    if place == "cpu":
        chosen: DtypeName = "float32" if dtype == "auto" else dtype
        return TorchEngine(encoder, weights, place, chosen, threads, budget or CPU_BUDGET)
    chosen = "bfloat16" if dtype == "auto" else dtype
    return TorchEngine(encoder, weights, place, chosen, threads, budget or CUDA_BUDGET)


def _check(value: str, name: str, allowed: tuple[str, ...]) -> None:
    if value != "auto" and value not in allowed:
        raise BackendError(f"unknown {name} {value!r}; take auto, {', '.join(allowed)}")


def _threads(threads: int | None) -> int:
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if threads < 1:
        raise BackendError(f"threads must be at least 1, not {threads}")
    return threads


def _device(device: str) -> str:
    import torch

    if device == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        return device
    kind, _, index = device.partition(":")
    if kind != "cuda" or not (index or "0").isdecimal():
        raise BackendError(f"unknown device {device!r}; take auto, cpu, cuda or cuda:N")
    if not torch.cuda.is_available():
        raise BackendError(f"device {device!r} was asked for but torch sees no CUDA card; take device='cpu'")
    if int(index or 0) >= torch.cuda.device_count():
        raise BackendError(f"there is no {device!r}, only {torch.cuda.device_count()} CUDA card(s)")
    return f"cuda:{int(index or 0)}"

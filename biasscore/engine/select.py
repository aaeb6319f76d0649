"""Chooses the engine: which device, number format and library run the network here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.base import BackendName, DtypeName, Engine
from biasscore.engine.config import EncoderConfig
from biasscore.engine.place import resolve_budget, resolve_device, resolve_threads
from biasscore.errors import BackendError

Weights = Mapping[str, NDArray[np.float32]]


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
    place = resolve_device(device)
    threads, budget = resolve_threads(threads), resolve_budget(budget, place)
    from biasscore.engine.torch_engine import TorchEngine

    fallback: DtypeName = "float32" if place == "cpu" else "bfloat16"
    return TorchEngine(encoder, weights, place, fallback if dtype == "auto" else dtype, threads, budget)


def _check(value: str, name: str, allowed: tuple[str, ...]) -> None:
    if value != "auto" and value not in allowed:
        raise BackendError(f"unknown {name} {value!r}; take auto, {', '.join(allowed)}")

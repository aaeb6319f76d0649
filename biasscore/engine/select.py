"""Chooses the engine: which device, number format and library run the network here.

On CUDA: bfloat16, or float16 where the GPU has no bfloat16. On a processor with native bfloat16 products: torch in
bfloat16, which led every measurement on such a machine (docs/engine.md). On other processors: torch in float32 or,
where it is installed, ONNX Runtime in int8, whichever a short trial finds faster. What transformers computes runs in
torch only, in the same number formats.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from biasscore.engine import fastest
from biasscore.engine.base import BackendName, DtypeName, Engine
from biasscore.engine.config import Encoder, EncoderConfig
from biasscore.engine.device import (
    CHUNKED_BUDGET,
    EngineOptions,
    rectangle_budget,
    resolve_budget,
    resolve_device,
    resolve_threads,
)
from biasscore.errors import BackendError

Weights = Mapping[str, NDArray[np.float32]]
Choice = tuple[BackendName, DtypeName]

# What there is, by kind of device, the preferred first.
CHOICES: dict[str, tuple[Choice, ...]] = {
    "cpu": (("torch", "float32"), ("torch", "bfloat16"), ("onnx", "int8"), ("onnx", "float32")),
    "cuda": (("torch", "bfloat16"), ("torch", "float16"), ("torch", "float32")),
}
# The same for what transformers computes.
TRANSFORMERS_CHOICES: dict[str, tuple[Choice, ...]] = {
    "cpu": (("torch", "float32"), ("torch", "bfloat16"), ("torch", "float16")),
    "cuda": CHOICES["cuda"],
}


def open_engine(
    encoder: Encoder,
    weights: Weights,
    options: EngineOptions,
    cache_key: str = "",
) -> Engine:
    """Open the fastest engine that keeps to the request.

    Args:
        options: where and how to run; "auto" and None are resolved here.
        cache_key: name of the model under which a measured choice is remembered.

    Raises:
        BackendError: if the request cannot be met on this machine.
        MissingExtraError: if it needs an optional package that is not installed.
    """
    # ONNX Runtime runs on the processor only, and must not wait for torch to look for a GPU.
    device = "cpu" if (options.backend, options.device) == ("onnx", "auto") else options.device
    place, threads = resolve_device(device), resolve_threads(options.threads)
    if not isinstance(encoder, EncoderConfig):
        from biasscore.engine.torch_engine import TorchEngine

        dtype = transformers_dtype(f"an encoder of the family {encoder.family}", place, options)
        return TorchEngine(encoder, weights, place, dtype, threads, rectangle_budget(options.budget, place))

    def opened(choice: Choice) -> Engine:
        return _open(choice, encoder, weights, place, threads, resolve_budget(options.budget, CHUNKED_BUDGET))

    candidates = _candidates(CHOICES, place, options)
    if len(candidates) == 1:
        return opened(candidates[0])
    key = f"{cache_key} {platform.machine()} {platform.processor()} threads={threads}"
    names = {"/".join(choice): choice for choice in candidates}
    if (known := fastest.remembered(key)) in names:
        return opened(names[known])
    engines = {name: opened(choice) for name, choice in names.items()}
    best = min(engines, key=lambda name: fastest.seconds(engines[name], encoder.vocab_size))
    fastest.remember(key, best)
    for name, engine in engines.items():
        if name != best:
            engine.close()
    return engines[best]


def transformers_dtype(name: str, place: str, options: EngineOptions) -> DtypeName:
    """The number format in which something that transformers computes runs.

    Args:
        name: what it is, for the message.
        place: as ``resolve_device`` gives it.

    Raises:
        BackendError: if it does not run as asked.
    """
    if options.backend == "onnx":
        raise BackendError(
            f"{name} runs with PyTorch only, not with ONNX Runtime; use --backend torch (in Python: backend='torch')"
        )
    if options.dtype == "int8":
        raise BackendError(
            f"{name} cannot run in int8; set --dtype (in Python: dtype) to 'auto', 'float32', 'bfloat16' or 'float16'"
        )
    return _candidates(TRANSFORMERS_CHOICES, place, options)[0][1]


def _candidates(choices: Mapping[str, Sequence[Choice]], place: str, options: EngineOptions) -> Sequence[Choice]:
    """What fits the request and, where that leaves the number format open, is worth a trial."""
    backend, dtype = options.backend, options.dtype
    _check(dtype, "dtype", get_args(DtypeName))
    _check(backend, "backend", get_args(BackendName))
    kind = place.partition(":")[0]
    fitting = [c for c in choices[kind] if backend in ("auto", c[0]) and dtype in ("auto", c[1])]
    if not fitting:
        raise BackendError(
            f"on {kind}, --backend {backend} does not work with --dtype {dtype}; set both options (in Python: backend "
            f"and dtype) to 'auto', or to one of these pairs: {_listed(choices[kind])}"
        )
    if dtype != "auto":
        return fitting[:1]
    if kind != "cpu":
        import torch

        # It asks the current GPU.
        with torch.cuda.device(place):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        return [choice for choice in fitting if native or choice[1] != "bfloat16"][:1]
    if ("torch", "bfloat16") in fitting:
        from biasscore.engine.torch_cpu import has_bfloat16

        if has_bfloat16():
            return [("torch", "bfloat16")]
    installed = find_spec("onnxruntime") is not None and find_spec("onnx") is not None
    worth: tuple[Choice, ...] = (("torch", "float32"), ("onnx", "int8"))
    return [c for c in fitting if c in worth and (c[0] == "torch" or installed)] or fitting[:1]


def _open(choice: Choice, encoder: EncoderConfig, weights: Weights, place: str, threads: int, budget: int) -> Engine:
    backend, dtype = choice
    if backend == "onnx":
        from biasscore.engine.onnx_engine import OnnxEngine

        return OnnxEngine(encoder, weights, dtype, threads, budget)
    if place == "cpu":
        from biasscore.engine.torch_cpu import TorchCpuEngine

        return TorchCpuEngine(encoder, weights, dtype, threads, budget)
    from biasscore.engine.torch_engine import TorchEngine

    return TorchEngine(encoder, weights, place, dtype, threads, budget)


def _listed(choices: Sequence[Choice]) -> str:
    return ", ".join(f"{backend} {dtype}" for backend, dtype in choices)


def _check(value: str, name: str, allowed: tuple[str, ...]) -> None:
    if value != "auto" and value not in allowed:
        raise BackendError(
            f"unknown {name} {value!r}; set --{name} (in Python: {name}) to one of: auto, {', '.join(allowed)}"
        )

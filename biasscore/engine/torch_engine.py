"""The network in PyTorch, on the processor or on CUDA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from biasscore.engine.base import DtypeName, Ids, OutOfMemoryError, Projection
from biasscore.engine.config import EncoderConfig
from biasscore.engine.network import Layout, Network
from biasscore.engine.place import torch_threads

_DTYPES: dict[DtypeName, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


class TorchEngine:
    """Runs ``Network`` in inference mode; see ``base.Engine``.

    Args:
        weights: float32 arrays under the names of ``EncoderConfig.shapes``.
        device: "cpu" or a CUDA device.
        dtype: number format of the encoder; the heads are float32 always.
    """

    backend: Literal["torch"] = "torch"

    def __init__(
        self,
        encoder: EncoderConfig,
        weights: Mapping[str, NDArray[np.float32]],
        device: str,
        dtype: DtypeName,
        threads: int,
        budget: int,
    ) -> None:
        self.device = device
        self.dtype = dtype
        self.threads = threads
        self.budget = budget
        network = Network(encoder)
        network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()})
        self._network = network.eval().requires_grad_(requires_grad=False).to(device, _DTYPES[dtype])
        self._network.heads.float()

    def project(self, batch: Sequence[Ids]) -> Projection:
        with torch.inference_mode(), torch_threads(self.threads):
            try:
                return self._project(batch)
            except torch.OutOfMemoryError as error:
                raise OutOfMemoryError(
                    f"{self.device} has no room for {len(batch)} sequences; lower the budget"
                ) from error

    def _project(self, batch: Sequence[Ids]) -> Projection:
        ids = torch.from_numpy(np.concatenate(batch)).to(self.device)
        layout = Layout.of([len(sequence) for sequence in batch], self.device)
        encoded = self._network.encode(ids, layout)
        projection: NDArray[Any] = self._network.heads(encoded.float()).cpu().numpy()
        return projection

    def close(self) -> None:
        del self._network

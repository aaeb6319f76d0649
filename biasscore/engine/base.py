"""What an engine is: token ids in, one row of head columns a token out. No torch here.

Three things an engine promises, whatever runs inside: rows come back in the order the tokens went in; a sequence's rows
do not depend on the other sequences of the batch beyond ``tolerance``; and nothing outside the engine changes, neither
the process's thread counts nor its logging.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from biasscore.errors import BackendError

Ids = NDArray[np.int32]
Projection = NDArray[np.float32]

BackendName = Literal["torch", "onnx"]
DtypeName = Literal["float32", "bfloat16", "float16", "int8"]


class Engine(Protocol):
    """A network ready to run on one device.

    Attributes:
        backend: the library that runs it.
        device: "cpu", "cuda:0", …
        dtype: number format of the matrix products; the heads are always float32.
        threads: processor threads that a call may use.
        budget: tokens that a batch should hold at most, counted as in ``batching.plan``.
    """

    @property
    def backend(self) -> BackendName: ...

    @property
    def device(self) -> str: ...

    @property
    def dtype(self) -> DtypeName: ...

    @property
    def threads(self) -> int: ...

    @property
    def budget(self) -> int: ...

    def project(self, batch: Sequence[Ids]) -> Projection:
        """Run the network; may be called from several threads.

        Args:
            batch: token ids of each sequence, special tokens included, none empty, none longer than the encoder reads.

        Returns:
            [sum of tokens, columns], sequence after sequence.

        Raises:
            OutOfMemoryError: if the device has no room for the batch.
        """
        ...

    def cells(self, lengths: NDArray[np.int64]) -> int:
        """Cells of the matrices that ``project`` computes for sequences of these lengths, padding included."""
        ...

    def close(self) -> None:
        """Free what the engine holds. A closed engine is not used again."""
        ...


class OutOfMemoryError(BackendError):
    """The device has no room for the model, or for a batch, of which a smaller one may fit."""

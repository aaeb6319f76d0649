"""How far the engines may stray from float32, and a sentence's numbers from themselves in other company.

Every figure is a share of the standard deviation of the float32 network's projections. The tests hold every engine to
them, on random weights, which forgive less than trained ones; ``backend="auto"`` chooses only among engines so tested.
"""

from __future__ import annotations

from typing import Final

from biasscore.engine.base import DtypeName

# Largest difference of a projection from the float32 network.
FROM_FLOAT32: Final[dict[DtypeName, float]] = {"float32": 1e-4, "bfloat16": 0.12, "float16": 0.03, "int8": 0.4}

# Largest difference of a projection from itself alone, in a crowd, in any order and at any budget. In bfloat16 our own
# encoder is far below; one that transformers computes sums in another order in a wider rectangle, 0.035 was seen.
FROM_COMPANY: Final[dict[DtypeName, float]] = {"float32": 1e-4, "bfloat16": 0.06, "float16": 0.01, "int8": 0.1}

"""Which column of a token's row belongs to which head; a checkpoint lists its heads in the order of their columns.

A token head has one value column per logit. A head that pools tokens has an attention column before its values; one
that pools sentences into a passage has a gate after them, which says how much a sentence tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from biasscore.heads import HEADS


@dataclass(frozen=True, slots=True)
class PooledColumns:
    """Columns that are pooled together: attention decides the weight of each row, values are what is averaged."""

    attention: int
    values: slice


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """Where the columns of each head stand.

    Attributes:
        sizes: number of columns per head, in order; heads that this version does not know are there too.
    """

    sizes: Mapping[str, int]

    @property
    def n_columns(self) -> int:
        return sum(self.sizes.values())

    def has(self, head: str) -> bool:
        """Whether the head has columns; framing may be answered by its n-grams instead."""
        return self.sizes.get(head, 0) > 0

    def of(self, head: str) -> slice:
        """All columns of a head."""
        start = self._start(head)
        return slice(start, start + self.sizes[head])

    def values(self, head: str) -> slice:
        """The value columns of a head: one per logit."""
        start = self._start(head) + (HEADS[head].level != "token")
        return slice(start, start + HEADS[head].n_logits)

    def pooled(self, head: str) -> PooledColumns:
        """The columns of a head that pools tokens."""
        return PooledColumns(self._start(head), self.values(head))

    def gate(self, head: str) -> PooledColumns:
        """The gate of a passage head, pooled with the head's own attention."""
        last = self.values(head).stop
        return PooledColumns(self._start(head), slice(last, last + 1))

    def _start(self, head: str) -> int:
        names = list(self.sizes)
        return sum(self.sizes[name] for name in names[: names.index(head)])


# Token heads come first: so it was before checkpoints listed their heads, and so earlier weights keep their places.
# Heads of targets come last: so STAGE_HEADS has the places of EVERY_HEAD, wherever a head stands in HEADS.
_IN_ORDER = sorted(HEADS.values(), key=lambda head: (head.level != "token", head.level == "target"))
EVERY_HEAD = ColumnLayout({head.name: head.n_columns for head in _IN_ORDER})
N_COLUMNS = EVERY_HEAD.n_columns

STAGE_HEADS = ColumnLayout({head.name: head.n_columns for head in _IN_ORDER if head.level != "target"})
"""What the stages of training teach together, each head where EVERY_HEAD has it; heads of targets are fitted on the
finished encoder.
"""

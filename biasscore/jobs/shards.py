"""Cuts rows into shards by their position in the input, so that every run cuts at the same places."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count

import pyarrow as pa

from biasscore.tables import Chunk, ReadingPlan, read


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows ``number * shard_rows`` up to the next shard's first.

    Attributes:
        read_bytes: bytes of the input before this shard's first row.
    """

    number: int
    chunk: Chunk
    read_bytes: int


def open_shards(reading: ReadingPlan, shard_rows: int, done: Collection[int]) -> Iterator[Shard]:
    """The shards that are not done, in the order of the input.

    An input without rows is one empty shard, so that its result is a table too.
    """
    first = next(number for number in count() if number not in done)
    number, before = first, 0
    for chunk in _regrouped(read(reading, first * shard_rows), shard_rows):
        if number not in done:
            yield Shard(number, chunk, before)
        number, before = number + 1, chunk.n_bytes
    if number == 0:
        yield Shard(0, Chunk((), reading.kept.empty_table()), 0)


def _regrouped(chunks: Iterator[Chunk], size: int) -> Iterator[Chunk]:
    """The same rows in chunks of exactly ``size``, but for the last."""
    pending: list[Chunk] = []
    waiting = 0
    for chunk in chunks:
        first = 0
        while waiting + len(chunk) - first >= size:
            last = first + size - waiting
            yield _joined([*pending, chunk[first:last]])
            pending, waiting, first = [], 0, last
        if first < len(chunk):
            pending.append(chunk[first:])
            waiting += len(chunk) - first
    if pending:
        yield _joined(pending)


def _joined(chunks: list[Chunk]) -> Chunk:
    rows = tuple(row for chunk in chunks for row in chunk.rows)
    return Chunk(rows, pa.concat_tables(chunk.kept for chunk in chunks), chunks[-1].n_bytes)

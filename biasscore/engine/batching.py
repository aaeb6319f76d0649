"""Which sequences run together: windows over long sentences, and batches by token budget. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a sentence's tokens that the encoder reads at once, and the part of it that it answers for.

    Attributes:
        start, stop: tokens read.
        own_start, own_stop: tokens whose vectors are taken from this window. The owned parts tile the sentence.
        share: the owned part of the sentence, 0 to 1.
    """

    start: int
    stop: int
    own_start: int
    own_stop: int
    share: float = 1.0


def windows(n_tokens: int, size: int, overlap: int) -> list[Window]:
    """Cut ``n_tokens`` into overlapping windows of at most ``size`` tokens.

    Neighbours share at least ``overlap`` tokens, and each answers for the half of the shared part that is farther from
    its edge, so no vector comes from a token without context on both sides unless the sentence itself ends there.

    Raises:
        ValueError: unless 0 <= overlap < size.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"the argument 'overlap' must be 0 or more and below {size}, not {overlap}")
    if n_tokens <= size:
        return [Window(0, n_tokens, 0, n_tokens)]
    starts = [*range(0, n_tokens - size, size - overlap), n_tokens - size]
    # The last window is flush with the end, so its overlap may be larger: borders are taken midway.
    borders = [0, *((after + before + size) // 2 for before, after in pairwise(starts)), n_tokens]
    return [
        Window(start, start + size, own, stop, (stop - own) / n_tokens)
        for start, (own, stop) in zip(starts, pairwise(borders), strict=True)
    ]


def plan(lengths: Sequence[int] | Ints, budget: int) -> list[Ints]:
    """Group sequences of like length into batches of at most ``budget`` tokens, padding included.

    Longest first, so that the first batch shows whether memory suffices. A sequence longer than the budget gets a
    batch of its own.

    Args:
        lengths: tokens of each sequence, special tokens included.
        budget: most tokens in a batch, counted as (sequences) × (longest).

    Returns:
        Index arrays into ``lengths``; every index appears exactly once.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    batches: list[Ints] = []
    start = 0
    while start < len(order):
        longest = max(1, int(sizes[order[start]]))
        stop = start + max(1, budget // longest)
        batches.append(order[start:stop])
        start = stop
    return batches


def chunks(lengths: Sequence[int] | Ints, size: int) -> list[Ints]:
    """Cut a batch into chunks that run by themselves, like lengths together, each as full as they allow.

    Args:
        lengths: tokens of each sequence.
        size: most tokens in a chunk; a longer sequence gets a chunk of its own.

    Returns:
        Index arrays into ``lengths``, longest first; every index appears exactly once.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    ends = np.cumsum(sizes[order])
    cuts = [0]
    while cuts[-1] < len(order):
        before = int(ends[cuts[-1]] - sizes[order[cuts[-1]]])
        cuts.append(max(cuts[-1] + 1, int(np.searchsorted(ends, before + size, side="right"))))
    return [order[start:stop] for start, stop in pairwise(cuts)]


def powers_of_two(number: int, spare: int) -> tuple[int, ...]:
    """Cut a number of sequences so that few different numbers occur: (8, 4, 2) for 14, or (16,) with two to spare.

    Returns:
        Powers of two, largest first, that add up to ``number`` or at most ``spare`` more.
    """
    parts: list[int] = []
    while number > 0:
        enough = 1 << (number - 1).bit_length()
        parts.append(enough if enough - number <= spare else enough // 2)
        number -= parts[-1]
    return tuple(parts)


def pack_rows(lengths: Ints, width: int) -> tuple[Ints, Ints]:
    """Lay sequences side by side into rows, best fit first.

    Args:
        lengths: tokens of each sequence, longest first, none above ``width``.
        width: cells of a row.

    Returns:
        The row of each sequence and its first cell there. Sequences do not overlap; rows are numbered from 0.
    """
    with_room: list[list[int]] = [[] for _ in range(width + 1)]
    rows, starts = np.empty_like(lengths), np.empty_like(lengths)
    n_rows = 0
    for i, length in enumerate(lengths.tolist()):
        room = next((room for room in range(length, width + 1) if with_room[room]), None)
        if room is None:
            row, room = n_rows, width
            n_rows += 1
        else:
            row = with_room[room].pop()
        rows[i], starts[i] = row, width - room
        with_room[room - length].append(row)
    return rows, starts


def spread(starts: Ints, lengths: Ints) -> Ints:
    """``starts[i], …, starts[i] + lengths[i] − 1`` for each i, one after another."""
    ends = np.cumsum(lengths)
    return np.arange(lengths.sum()) + np.repeat(starts - ends + lengths, lengths)


def restored(computed: Sequence[NDArray[np.float32]], parts: Sequence[Ints], lengths: Ints) -> NDArray[np.float32]:
    """Rows in the order of the batch.

    Args:
        computed: the rows of each part, [tokens of the part, columns].
        parts: which sequences each part held, as ``chunks`` gave them.
        lengths: tokens of each sequence of the batch.
    """
    order = np.concatenate(parts)
    starts = np.cumsum(lengths) - lengths
    rows = np.empty((int(lengths.sum()), computed[0].shape[1]), dtype=np.float32)
    rows[spread(starts[order], lengths[order])] = np.concatenate(computed)
    return rows

"""Tokens to projections: each distinct sentence once, in windows, sorted into batches, put back in order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.base import Engine, OutOfMemoryError
from biasscore.engine.batching import Window, plan, windows
from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.tokens import Tokens

Floats = NDArray[np.float32]

_log = logging.getLogger(__name__)

# Two special tokens stand around every sequence.
SPECIAL = 2
OVERLAP = 64
# What padding is counted against: an engine may take larger batches, cut into chunks without any.
RECTANGLE = 4096


@dataclass(slots=True)
class Stats:
    """What an engine was given since it was opened.

    Attributes:
        sentences: sentences asked for.
        forwarded: sentences run through the encoder; the rest repeat one of the same window.
        tokens: tokens run through the encoder, special tokens included.
        padding: cells that rectangles of 4,096 tokens, sorted by length, would have added.
        seconds: time in which the encoder ran.
        retries: batches that were run again after the device ran out of memory.
    """

    sentences: int = 0
    forwarded: int = 0
    tokens: int = 0
    padding: int = 0
    seconds: float = 0.0
    retries: int = 0

    @property
    def padding_share(self) -> float:
        """Padding as a share of all cells, 0 to 1."""
        cells = self.tokens + self.padding
        return self.padding / cells if cells else 0.0

    @property
    def tokens_per_second(self) -> float:
        """Tokens a second of encoder time."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def summary(self) -> str:
        """One line for people."""
        return (
            f"{self.sentences} sentences ({self.sentences - self.forwarded} repeated), {self.tokens} tokens, "
            f"{self.tokens_per_second:,.0f} tokens/s in the encoder, padding {self.padding_share:.1%}, "
            f"{self.retries} retries"
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """One sequence to run: a window of a sentence, and where its owned tokens go."""

    ids: NDArray[np.int32]
    window: Window
    offset: int


@dataclass(slots=True)
class Projector:
    """Runs sentences through an engine; may be called from several threads at once.

    Attributes:
        engine: any engine.
        first, last: ids of the special tokens around a sequence.
        max_tokens: most tokens a sequence may have, special tokens included.
        columns: of the engine's rows.
        budget: tokens a batch; the engine's, halved each time that the device had no room.
    """

    engine: Engine
    first: int
    last: int
    max_tokens: int
    stats: Stats = field(default_factory=Stats)
    columns: int = N_COLUMNS
    budget: int = field(init=False)
    _counting: Lock = field(default_factory=Lock, repr=False)
    _running: int = field(default=0, init=False, repr=False)
    _since: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.budget = self.engine.budget

    def __call__(self, tokens: Tokens) -> tuple[Floats, list[int]]:
        """Projections of all tokens.

        Returns:
            [tokens, columns] in the order of ``tokens``, and the number of windows of each sentence.
        """
        projection = np.zeros((len(tokens.ids), self.columns), dtype=np.float32)
        original: dict[bytes, int] = {}
        copies: list[tuple[int, int]] = []
        reads: list[_Read] = []
        n_windows: list[int] = []
        for i, ids in enumerate(tokens.sequences()):
            first = original.setdefault(ids.tobytes(), i)
            if first != i:
                copies.append((first, i))
                n_windows.append(n_windows[first])
                continue
            cuts = windows(len(ids), self.max_tokens - SPECIAL, self._overlap) if len(ids) else []
            reads += [_Read(self._framed(ids[w.start : w.stop]), w, int(tokens.bounds[i])) for w in cuts]
            n_windows.append(max(1, len(cuts)))
        self._run(reads, projection)
        bounds = tokens.bounds
        for source, target in copies:
            projection[bounds[target] : bounds[target + 1]] = projection[bounds[source] : bounds[source + 1]]
        with self._counting:
            self.stats.sentences += len(tokens)
            self.stats.forwarded += len(original)
        return projection, n_windows

    @property
    def _overlap(self) -> int:
        return min(OVERLAP, (self.max_tokens - SPECIAL) // 2)

    def _framed(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.concatenate(([self.first], ids, [self.last]), dtype=np.int32)

    def _run(self, reads: Sequence[_Read], projection: Floats) -> None:
        """Fill ``projection`` batch by batch."""
        lengths = np.array([len(read.ids) for read in reads], dtype=np.int64)
        waiting = deque(plan(lengths, self.budget))
        while waiting:
            batch = waiting.popleft()
            try:
                with self._clock():
                    rows = self.engine.project([reads[i].ids for i in batch])
            except OutOfMemoryError:
                if len(batch) == 1:
                    raise
                self._halve_budget(int(lengths[batch].max()) * len(batch))
                rest = np.concatenate([batch, *waiting])
                waiting = deque(rest[part] for part in plan(lengths[rest], self.budget))
                continue
            self._place([reads[i] for i in batch], rows, projection)
            self._count(lengths[batch])

    def _halve_budget(self, tried: int) -> None:
        with self._counting:
            self.budget = min(self.budget, tried) // 2
            first = not self.stats.retries
            self.stats.retries += 1
        if first:
            _log.warning("%s is out of memory; going on with smaller batches", self.engine.device)

    def _place(self, reads: Sequence[_Read], rows: Floats, projection: Floats) -> None:
        """Copy the rows that each window answers for to where they belong."""
        at = 0
        for read in reads:
            window = read.window
            # + 1 steps over the first special token.
            own = rows[at + 1 + window.own_start - window.start : at + 1 + window.own_stop - window.start]
            projection[read.offset + window.own_start : read.offset + window.own_stop] = own
            at += len(read.ids)

    def _count(self, lengths: NDArray[np.int64]) -> None:
        used = int(lengths.sum())
        cells = sum(int(lengths[part].max()) * len(part) for part in plan(lengths, RECTANGLE))
        with self._counting:
            self.stats.tokens += used
            self.stats.padding += cells - used

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """Time that several threads spend in the encoder together counts once."""
        with self._counting:
            self._since = self._since if self._running else perf_counter()
            self._running += 1
        try:
            yield
        finally:
            with self._counting:
                self._running -= 1
                if not self._running:
                    self.stats.seconds += perf_counter() - self._since

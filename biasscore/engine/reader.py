"""Reads texts with any network: each distinct text once, long texts in windows, in batches of similar length."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biasscore.engine import forks
from biasscore.engine.base import Engine, Ids, OutOfMemoryError
from biasscore.engine.batching import Ints, Window, plan, spread, windows
from biasscore.errors import ModelError

Floats = NDArray[np.float32]

_log = logging.getLogger(__name__)

OVERLAP = 64


@dataclass(slots=True)
class Stats:
    """What an engine has read since it was opened.

    Attributes:
        sentences: texts asked for, most of them sentences.
        forwarded: texts that the encoder read; the others repeat a text of the same call.
        tokens: tokens run through the encoder, special tokens included.
        padding: cells of the network's matrices that held no token.
        seconds: time that the encoder ran.
        retries: batches that ran again because the device was out of memory.
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
        """Tokens per second of encoder time."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def summary(self) -> str:
        """One line for people."""
        return (
            f"{self.sentences:,} sentences ({self.sentences - self.forwarded:,} repeated), {self.tokens:,} tokens, "
            f"{self.tokens_per_second:,.0f} tokens/s in the encoder, padding {self.padding_share:.1%}, "
            f"{self.retries:,} batches run again"
        )


class RowKind(Protocol):
    """How many rows a network gives, and how the rows of a text's windows become those of the text."""

    def count(self, n_tokens: int) -> int:
        """Rows of a sequence or text of so many tokens."""
        ...

    def join(self, text: Floats, window: Window, found: Floats, before: int) -> None:
        """Add what one window found to the rows of its text, after ``before`` special tokens."""
        ...


class RowPerToken:
    """A token's row comes from the window that answers for it."""

    def count(self, n_tokens: int) -> int:
        return n_tokens

    def join(self, text: Floats, window: Window, found: Floats, before: int) -> None:
        first = before - window.start
        text[window.own_start : window.own_stop] = found[first + window.own_start : first + window.own_stop]


class RowPerText:
    """A text's row is the mean of its windows' rows, each weighted by the tokens that it answers for."""

    def count(self, n_tokens: int) -> int:  # noqa: ARG002
        return 1

    def join(self, text: Floats, window: Window, found: Floats, before: int) -> None:  # noqa: ARG002
        text += found * window.share


@dataclass(frozen=True, slots=True)
class ReadRows:
    """The rows that a network gave for some texts.

    Attributes:
        rows: [tokens, columns] or [texts, columns] in the order of the texts; NaN for a text's row without tokens.
        n_windows: windows of each text.
    """

    rows: Floats
    n_windows: list[int]


@dataclass(frozen=True, slots=True)
class _Sequence:
    """One window of a distinct text, with the special tokens around it."""

    ids: Ids
    window: Window
    text: int


@dataclass(slots=True)
class Reader:
    """Reads texts, given as token ids, with one network; may be called from several threads at once.

    Attributes:
        network: an engine, or the network of a classifier; its rows are those that ``rows`` counts.
        before, after: ids of the special tokens around a sequence.
        max_tokens: most tokens a sequence may have, special tokens included.
        n_columns: columns of a row.
        budget: tokens per batch; the network's, halved each time that the device had no room.
    """

    network: Engine
    before: Ids
    after: Ids
    max_tokens: int
    n_columns: int
    rows: RowKind = field(default_factory=RowPerToken)
    stats: Stats = field(default_factory=Stats)
    budget: int = field(init=False)
    _counting: Lock = field(default_factory=Lock, repr=False)
    _running: int = field(default=0, init=False, repr=False)
    _since: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.budget = self.network.budget

    @property
    def runs_on(self) -> str:
        """Library, kind of device and number format: ``torch-cpu-bfloat16``."""
        # Not the number of a GPU: a job that is split over equal GPUs gives rows that may be compared.
        kind = self.network.device.partition(":")[0]
        return f"{self.network.backend}-{kind}-{self.network.dtype}"

    def __call__(self, texts: Sequence[Ids]) -> ReadRows:
        """Run texts, given without special tokens.

        Raises:
            ModelError: if the network gives numbers that are not finite: NaN means a text without tokens.
        """
        numbers: dict[bytes, int] = {}
        chosen = np.array([numbers.setdefault(ids.tobytes(), len(numbers)) for ids in texts], dtype=np.int64)
        distinct = [np.frombuffer(ids, dtype=np.int32) for ids in numbers]
        sequences = [found for i, ids in enumerate(distinct) for found in self._windows(i, ids)]
        sizes = np.array([self.rows.count(len(ids)) for ids in distinct], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        found = np.zeros((int(sizes.sum()), self.n_columns), dtype=np.float32)
        self._run(sequences, [found[at : at + size] for at, size in zip(starts, sizes, strict=True)])
        for i in (i for i, ids in enumerate(distinct) if not len(ids)):
            found[starts[i] : starts[i] + sizes[i]] = np.nan
        n_windows = np.maximum(1, np.bincount([each.text for each in sequences], minlength=len(distinct)))
        with self._counting:
            self.stats.sentences += len(texts)
            self.stats.forwarded += len(distinct)
        return ReadRows(found[spread(starts[chosen], sizes[chosen])], n_windows[chosen].tolist())

    def _windows(self, text: int, ids: Ids) -> Iterator[_Sequence]:
        size = self.max_tokens - len(self.before) - len(self.after)
        for window in windows(len(ids), size, min(OVERLAP, size // 2)) if len(ids) else []:
            framed = np.concatenate((self.before, ids[window.start : window.stop], self.after), dtype=np.int32)
            yield _Sequence(framed, window, text)

    def _run(self, sequences: Sequence[_Sequence], texts: Sequence[Floats]) -> None:
        """Fill the rows of ``texts`` batch by batch."""
        lengths = np.array([len(each.ids) for each in sequences], dtype=np.int64)
        waiting = deque(plan(lengths, self.budget))
        while waiting:
            batch = waiting.popleft()
            try:
                with self._clock(), forks.computing():
                    rows = self.network.project([sequences[i].ids for i in batch])
            except OutOfMemoryError:
                if len(batch) == 1:
                    raise
                self._halve_budget(int(lengths[batch].max()) * len(batch))
                rest = np.concatenate([batch, *waiting])
                waiting = deque(rest[part] for part in plan(lengths[rest], self.budget))
                continue
            if not np.isfinite(rows).all():
                raise ModelError(
                    "the network of the model gives NaN or infinity; add --dtype float32 (in Python: "
                    "dtype='float32'), and if this does not help, use another model"
                )
            self._join([sequences[i] for i in batch], rows, texts)
            self._count(lengths[batch])

    def _halve_budget(self, tried: int) -> None:
        with self._counting:
            self.budget = min(self.budget, tried) // 2
            first = not self.stats.retries
            self.stats.retries += 1
        if first:
            _log.warning("%s is out of memory; biasscore continues with smaller batches", self.network.device)

    def _join(self, sequences: Sequence[_Sequence], rows: Floats, texts: Sequence[Floats]) -> None:
        """Copy the rows that each window answers for to where they belong."""
        at = 0
        for each in sequences:
            stop = at + self.rows.count(len(each.ids))
            self.rows.join(texts[each.text], each.window, rows[at:stop], len(self.before))
            at = stop

    def _count(self, lengths: Ints) -> None:
        used, cells = int(lengths.sum()), self.network.cells(lengths)
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

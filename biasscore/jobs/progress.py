"""The progress of a job: what is measured, and two ways to show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from biasscore.engine.reader import Stats

LINE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class State:
    """A job under way.

    Attributes:
        rows: input rows done, those of earlier runs included.
        errors: rows with an error among them.
        share: share of the input that has been read, 0 to 1; None where its size is not known.
        seconds: since this run's first row.
        seconds_left: estimated from this run's pace; None as long as there is none.
        rows_per_second, tokens_per_second: of this run; tokens as the encoder read them.
        padding: share of padding in the batches, 0 to 1.
    """

    rows: int
    errors: int
    share: float | None
    seconds: float
    seconds_left: float | None
    rows_per_second: float
    tokens_per_second: float
    padding: float


class Progress(Protocol):
    """Receives the progress of a job. Every method is called from the thread that runs the job."""

    def start(self) -> None:
        """Called when the input is checked, the model is open, and the first row is next."""

    def update(self, state: State) -> None:
        """Called after each article, so it must be quick."""

    def stop(self) -> None:
        """Called when the job is complete or has failed."""


class Silent:
    """Shows nothing."""

    def start(self) -> None:
        """Nothing."""

    def update(self, state: State) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""


class Lines:
    """Prints a plain line from time to time, for logs and pipes.

    Args:
        console: where the lines go.
        every: seconds between lines.
    """

    def __init__(self, console: Console, every: float = LINE_SECONDS) -> None:
        self._console = console
        self._every = every
        self._next = every

    def start(self) -> None:
        """The clock starts."""
        self._next = self._every

    def update(self, state: State) -> None:
        """One line, when it is time."""
        if state.seconds >= self._next:
            self._next = state.seconds + self._every
            self._console.print(_line(state), soft_wrap=True, highlight=False, markup=False)

    def stop(self) -> None:
        """Nothing: the summary is the caller's."""


class TerminalBar:
    """Shows a bar with rate, padding and time left.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._bar = Bar(
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, told="")

    def start(self) -> None:
        """The bar appears."""
        self._bar.start()

    def update(self, state: State) -> None:
        """The bar moves; rich itself limits how often it is drawn."""
        total = None if state.share is None else 1.0
        self._bar.update(self._task, total=total, completed=state.share or 0.0, told=_told(state))

    def stop(self) -> None:
        """The bar goes."""
        self._bar.stop()


def progress_for(console: Console) -> Progress:
    """The bar in a terminal, lines elsewhere."""
    return TerminalBar(console) if console.is_terminal else Lines(console)


@dataclass(slots=True)
class Meter:
    """Counts a run and tells a ``Progress``.

    Attributes:
        n_bytes: size of the whole input; 0 where it is not known.
        rows, errors: done by earlier runs, then by this one too.
        stats: the scorer's own counters.
    """

    progress: Progress
    n_bytes: int
    rows: int
    errors: int
    stats: Stats
    _resumed: int = field(init=False)
    _began: float = field(init=False)
    _tokens: int = field(init=False)
    _first_share: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._resumed, self._tokens, self._began = self.rows, self.stats.tokens, time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the meter was made."""
        return time.monotonic() - self._began

    def count(self, failed: int, read_bytes: float) -> None:
        """One more row, ``failed`` 1 if it has an error; ``read_bytes`` of the input are done."""
        self.rows += 1
        self.errors += failed
        share = min(1.0, read_bytes / self.n_bytes) if self.n_bytes else None
        if self._first_share is None:
            self._first_share = share
        self.progress.update(self._state(share))

    def _state(self, share: float | None) -> State:
        seconds = max(self.seconds, 1e-9)
        done = (share or 0.0) - (self._first_share or 0.0)
        return State(
            rows=self.rows,
            errors=self.errors,
            share=share,
            seconds=seconds,
            seconds_left=seconds * (1.0 - share) / done if share is not None and done > 0 else None,
            rows_per_second=(self.rows - self._resumed) / seconds,
            tokens_per_second=(self.stats.tokens - self._tokens) / seconds,
            padding=self.stats.padding_share,
        )


def _told(state: State) -> str:
    errors = f", {state.errors:,} with an error" if state.errors else ""
    return (
        f"{state.rows:,} articles{errors}, {state.rows_per_second:,.1f}/s, "
        f"{state.tokens_per_second:,.0f} tokens/s, padding {state.padding:.0%}"
    )


def _line(state: State) -> str:
    share = "" if state.share is None else f", {state.share:.1%} read"
    left = "" if state.seconds_left is None else f", {_duration(state.seconds_left)} left"
    return f"{_told(state)}{share}{left}"


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"

"""How a score moves over time: means per day, week or month, with intervals.

A period with few articles has a wider interval, and is not hidden: how far articles of one side scatter around their
period's mean is learnt from all its periods together, and the articles of a period are drawn from that scatter. No
change points are looked for: ruptures, the library for them, weighs all periods alike, however few articles one has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from biasscore.analysis.articles import from_table
from biasscore.analysis.bootstrap import MIN_ROWS, RESAMPLES, chunks, interval
from biasscore.analysis.estimates import Design, bounds_of
from biasscore.analysis.means import Values, generator
from biasscore.errors import InputError
from biasscore.tables import scored_table

Every = Literal["day", "week", "month"]

ALL = "all articles"


@dataclass(frozen=True, slots=True)
class Period:
    """The articles of one side in one stretch of time.

    Attributes:
        start: its first day; weeks begin on Monday.
        n: articles that have the score.
        low, high: None where the side has fewer than ``bootstrap.MIN_ROWS`` articles beyond one per period: then
            nothing tells how far they scatter.
    """

    side: str
    start: date
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Trend:
    """One score over time.

    Attributes:
        periods: by side, then by time; a period without articles is not there.
        n_undated: articles without a day, which are left out.
    """

    score: str
    every: Every
    periods: tuple[Period, ...]
    level: float
    n_undated: int

    @property
    def sides(self) -> tuple[str, ...]:
        """Names of the sides, in alphabetical order."""
        return tuple(dict.fromkeys(period.side for period in self.periods))

    def table(self) -> pa.Table:
        """One row per side and period."""
        names = ("side", "start", "value", "low", "high", "n")
        return pa.table({name: [getattr(period, name) for period in self.periods] for name in names})


def trend(
    table: Any,
    score: str = "loaded",
    *,
    day: str = "date",
    by: str | None = None,
    every: Every = "month",
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> Trend:
    """Means of one score per period.

    Args:
        table: result table of document level: Arrow, a data frame, or the path of a file.
        score: any numeric column of it.
        day: kept column with each article's day: dates, or texts that begin like 2024-05-31.
        by: column whose values are the sides; without it all articles are one side.
        every: length of a period.
        resamples, seed, level: of the bootstrap over articles.

    Raises:
        InputError: if a column is missing, no article has a day, or ``every`` is no period.
    """
    if every not in ("day", "week", "month"):
        raise InputError(f"--every (in Python: every) must be 'day', 'week' or 'month', not {every!r}")
    Design((score,), resamples, seed, level)  # refuses what is out of range
    articles = from_table(scored_table(table), by=by, day=day, scores=(score,))
    found: dict[str, dict[date, list[float]]] = {}
    for article in articles:
        if article.day is not None and np.isfinite(article.scores[0]):
            side = ALL if by is None else article.side or "(none)"
            found.setdefault(side, {}).setdefault(start_of(article.day, every), []).append(article.scores[0])
    n_undated = sum(article.day is None for article in articles)
    if not found:
        raise InputError(
            f"no article has both a date in the column {day!r} and the score {score!r}; check that the column has "
            "dates such as 2026-01-31, and that the table has the score"
        )
    limits = bounds_of(score)
    periods = tuple(
        period for side in sorted(found) for period in _periods(side, found[side], resamples, seed, level, limits)
    )
    return Trend(score, every, periods, level, n_undated)


def start_of(day: date, every: Every) -> date:
    """First day of the day's period."""
    if every == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if every == "week" else day


def _periods(
    side: str,
    found: Mapping[date, Sequence[float]],
    resamples: int,
    seed: int,
    level: float,
    limits: tuple[float, float],
) -> list[Period]:
    rng = generator(seed, side)
    scatter = _scatter(list(found.values()))
    periods = []
    for start in sorted(found):
        n, value = len(found[start]), float(np.mean(found[start]))
        ends: tuple[float | None, float | None] = (None, None)
        if len(scatter) >= MIN_ROWS:
            parts = [rng.choice(scatter, (size, n)).mean(axis=1) for size in chunks(resamples, n)]
            drawn = value + np.concatenate(parts)
            low, high = interval(value, drawn, len(scatter), level) or (value, value)
            ends = max(low, limits[0]), min(high, limits[1])
        periods.append(Period(side, start, value, *ends, n))
    return periods


def _scatter(periods: Sequence[Sequence[float]]) -> Values:
    """How far each article lies from its period's mean, freed from the pull that it has on that mean itself."""
    parts = [
        (np.asarray(values) - np.mean(values)) * np.sqrt(len(values) / (len(values) - 1))
        for values in periods
        if len(values) > 1
    ]
    return np.concatenate(parts) if parts else np.zeros(0)

"""How a score moves over time: means per day, week or month, with intervals.

A period with few articles has a wider interval, and is not hidden: how far articles of one side scatter around their
period's mean is learnt from all its periods together, and the articles of a period are drawn from that scatter. No
change points are looked for: ruptures, the library for them, weighs all periods alike, however few articles one has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
            nothing tells how far they scatter. None, too, where none of them scatters.
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
        as_scored: whether it is of all articles of a table, and not only of what a comparison keeps.
    """

    score: str
    every: Every
    periods: tuple[Period, ...]
    level: float
    n_undated: int
    as_scored: bool = False

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
    """Means of one score per period, of all articles as scored; ``Comparison.trend`` has those of compared articles.

    Args:
        table: result table of document level: Arrow, a data frame, or the path of a file.
        score: any numeric column of it.
        day: kept column with each article's day: dates, or texts that ``read_day`` reads.
        by: column whose values are the sides; without it all articles are one side.
        every: length of a period.
        resamples, seed, level: of the bootstrap over articles.

    Raises:
        InputError: if a column is missing, no article has a day, or ``every`` is no period.
    """
    design = Design((score,), resamples, seed, level)
    articles = from_table(scored_table(table), by=by, day=day, scores=(score,))
    sides = (ALL if by is None else article.group for article in articles)
    dated = ((side, a.day, a.scores[0]) for side, a in zip(sides, articles, strict=True))
    return replace(trend_of(dated, design, every), as_scored=True)


def trend_of(articles: Iterable[tuple[str, date | None, float]], design: Design, every: Every) -> Trend:
    """Means per period of articles with their side, day and score (NaN where they have none).

    Args:
        design: of the bootstrap, with the one score.

    Raises:
        InputError: as in `trend`.
    """
    if every not in ("day", "week", "month"):
        raise InputError(f"--every (in Python: every) must be 'day', 'week' or 'month', not {every!r}")
    [score] = design.scores
    found: dict[str, dict[date, list[float]]] = {}
    n_undated = 0
    for side, day, value in articles:
        n_undated += day is None
        if day is not None and np.isfinite(value):
            found.setdefault(side, {}).setdefault(start_of(day, every), []).append(value)
    if not found:
        raise InputError(
            f"no article has both a date and the score {score!r}; name the column with dates such as 2026-01-31 with "
            "--day (in Python: day), and check that the table has the score"
        )
    periods = tuple(period for side in sorted(found) for period in _periods(side, found[side], design))
    return Trend(score, every, periods, design.level, n_undated)


def start_of(day: date, every: Every) -> date:
    """First day of the day's period."""
    if every == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if every == "week" else day


def _periods(side: str, found: Mapping[date, Sequence[float]], design: Design) -> list[Period]:
    rng, limits = generator(design.seed, side), bounds_of(design.scores[0])
    scatter = _scatter(list(found.values()))
    spare = sum(len(values) - 1 for values in found.values())
    periods = []
    for start in sorted(found):
        n, value = len(found[start]), float(np.mean(found[start]))
        ends: tuple[float | None, float | None] = (None, None)
        if spare >= MIN_ROWS:
            parts = [rng.choice(scatter, (size, n)).mean(axis=1) for size in chunks(design.resamples, n)]
            drawn = value + np.concatenate(parts)
            if around := interval(value, drawn, len(scatter), design.level):
                ends = max(around[0], limits[0]), min(around[1], limits[1])
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

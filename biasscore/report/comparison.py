"""Shows a comparison on one page: two columns for two articles, forest plots for many sides."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from itertools import count, groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from biasscore.analysis.bootstrap import MIN_ROWS
from biasscore.heads import SCORES
from biasscore.report.data import as_csv, data
from biasscore.report.html import DocumentView, environment, next_fragment, view
from biasscore.report.methods import caution, counted, left_out, methods, undated, unit, without_share
from biasscore.report.view import MEANINGS, figure

if TYPE_CHECKING:
    from biasscore.analysis import Comparison, Difference, Estimate, Period, Side, TellingSentence, TellingWord, Trend
    from biasscore.analysis.prevalence import Prevalence, Share

FOREST_SCORES = ("loaded", "subjectivity", "tone")


_NO_SPREAD = "because the scores do not vary or a topic has too few articles"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and its interval, ready to be shown; the interval is empty where there is none."""

    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One score of two sides; ``n`` is how many articles of each, or events, it rests on."""

    name: str
    meaning: str
    cells: tuple[Cell, ...]
    difference: Cell
    n: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis; ``at`` in percent of its width."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One side on the axis, in percent of its width; ``width`` is None without an interval."""

    name: str
    n: int
    at: float
    low: float | None
    width: float | None
    estimate: Cell


@dataclass(frozen=True, slots=True)
class Forest:
    """One score of many sides."""

    name: str
    meaning: str
    ticks: tuple[Tick, ...]
    rows: tuple[ForestRow, ...]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Shares of loaded sentences of one side."""

    name: str
    n: str
    counted: str
    estimated: Cell
    adjusted: Cell


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One side over time: an outline of its intervals and a line through its means, in percent of the box."""

    name: str
    band: str
    means: tuple[tuple[float, float], ...]
    n: int


@dataclass(frozen=True, slots=True)
class TrendView:
    """One score over time; every box has the same dates at its sides and the same values at its foot and head."""

    name: str
    every: str
    first: str
    last: str
    foot: str
    head: str
    level: str
    sides: tuple[TrendLine, ...]
    undated: str
    as_scored: bool


@dataclass(frozen=True, slots=True)
class SideView:
    """A side's name and what tells it apart."""

    name: str
    words: tuple[TellingWord, ...]
    sentences: tuple[TellingSentence, ...]


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Everything the comparison template reads."""

    name: str
    reading: str
    sides: tuple[SideView, ...]
    what: tuple[str, ...]
    kind: str
    unit: str
    differences: tuple[DifferenceRow, ...]
    level: str
    forests: tuple[Forest, ...]
    shares: tuple[ShareRow, ...]
    without_share: str
    lines: TrendView | None
    documents: tuple[DocumentView, ...]
    left_out: tuple[str, ...]
    methods: str
    caution: str
    csv: dict[str, str]
    model: str

    @property
    def told(self) -> bool:
        """Whether any side has telling words or sentences."""
        return any(side.words or side.sentences for side in self.sides)


def comparison_html(comparison: Comparison, *, trend: Trend | None = None, standalone: bool = True) -> str:
    """Shows a comparison as self-contained HTML without any network access.

    Two single Documents stand side by side with their marks; more sides, or groups, are drawn as forest plots with
    their intervals. A side without an interval is shown below the others, with an open dot.

    Args:
        comparison: what ``biasscore.compare`` or ``compare_groups`` returned.
        trend: of the same articles, drawn as well: what ``comparison.trend`` returned.
        standalone: a whole page, or a fragment for a notebook.
    """
    template = environment().get_template("comparison_page.html" if standalone else "comparison.html")
    return template.render(page=_view(comparison, trend, "" if standalone else next_fragment()))


def reading(comparison: Comparison) -> str:
    """One line that says who uses more loaded language, and how sure that is."""
    if len(comparison.sides) > 2:
        score = comparison.scores[0]
        apart = [d for d in comparison.differences if d.score == score and d.low is not None and d.high is not None]
        if not apart:
            return (
                f"There is no ranking by {score_of(comparison, score)}: there are too few {unit(comparison)}, or their "
                "scores do not vary."
            )
        clear = sum(1 for d in apart if _excludes_zero(d))
        return (
            f"{clear} of {len(comparison.sides)} groups {'differs' if clear == 1 else 'differ'} from the others in "
            f"{score_of(comparison, score)}. The intervals allow for all {comparison.n_looks:,} differences."
        )
    if "loaded" not in comparison.scores:
        names = f"“{comparison.sides[1].name}” compared with “{comparison.sides[0].name}”"
        return f"{names} in {score_of(comparison, comparison.scores[0])}."
    difference = comparison.difference("loaded")
    if difference.value is None:
        return "Loaded language cannot be compared: one of the two has no words of the author."
    line = _more_or_less(difference.value, f"“{difference.side}”", f"“{difference.against}”")
    if difference.low is None:
        few = min(difference.n, difference.n_against) < MIN_ROWS
        told = f"there are too few {unit(comparison)} for an interval" if few else f"there is no interval, {_NO_SPREAD}"
        return f"{line}; {told}."
    found = "leaves out 0" if _excludes_zero(difference) else "includes 0, so it may be chance"
    n = comparison.n_looks
    adjusted = f", adjusted for {n:,} differences," if n > 1 else ""
    return f"{line}; the {comparison.level:.0%} interval{adjusted} {found}."


def _more_or_less(value: float, side: str, against: str) -> str:
    amount = figure(abs(value))
    if amount == figure(0.0):
        return f"{side} and {against} do not differ in loaded language"
    return f"{side} has {amount} {'more' if value > 0 else 'less'} loaded language than {against}"


def _excludes_zero(difference: Difference) -> bool:
    low, high = difference.adjusted_low, difference.adjusted_high
    return low is not None and high is not None and low * high > 0


def score_name(score: str) -> str:
    """A score's name as shown: without underscores."""
    return score.replace("_", " ")


def score_of(comparison: Comparison, score: str) -> str:
    """A score's name, and whom it is toward where the comparison has a target."""
    return f"{score_name(score)}{f' (target: “{comparison.target}”)' if comparison.target else ''}"


def _view(comparison: Comparison, trend: Trend | None, place: str) -> ComparisonView:
    two = len(comparison.sides) == 2
    documents = tuple(
        view(side.document, side.name, f"{place}s{number}")
        for number, side in enumerate(comparison.sides)
        if side.document is not None
    )
    single = all(side.document is not None for side in comparison.sides)
    kind = "article" if single else "group"
    return ComparisonView(
        name=f"{'Two' if two else len(comparison.sides)} {kind}s compared",
        reading=reading(comparison),
        sides=tuple(SideView(side.name, side.words, side.sentences) for side in comparison.sides),
        differences=difference_rows(comparison) if two else (),
        level=f"{comparison.level:.0%}",
        what=tuple(_what(comparison)),
        kind=kind,
        unit=unit(comparison),
        forests=() if two and single else tuple(_forest(comparison, score) for score in shown_scores(comparison)),
        shares=tuple(_share_row(side.name, side.prevalence) for side in comparison.sides if side.prevalence),
        without_share=without_share(comparison),
        lines=None if trend is None else _lines(trend),
        documents=documents if two and single else (),
        left_out=tuple(left_out(comparison)),
        methods=methods(comparison),
        caution=caution(comparison),
        csv={name: b64encode(as_csv(table).encode()).decode() for name, table in data(comparison, trend).items()},
        model=comparison.model,
    )


def difference_rows(comparison: Comparison) -> tuple[DifferenceRow, ...]:
    """One row a score that any of two sides has."""
    return tuple(
        DifferenceRow(
            score_name(score),
            meaning,
            tuple(cell(side.estimate(score)) for side in comparison.sides),
            cell(found := comparison.difference(score)),
            f"{found.n:,}" if comparison.events else f"{found.n_against:,}, {found.n:,}",
        )
        for score in comparison.scores
        if (meaning := meaning_of(score)) and any(side.estimate(score).value is not None for side in comparison.sides)
    )


def cell(found: Estimate | Difference) -> Cell:
    """A figure with its interval; differences carry their sign."""
    from biasscore.analysis import Difference

    show = signed if isinstance(found, Difference) else figure
    interval = "" if found.low is None else f"[{show(found.low)}, {show(found.high)}]"
    return Cell(show(found.value), interval)


def signed(value: float | None) -> str:
    """Two decimals with their sign; a difference that rounds to nothing has none."""
    text = figure(value)
    return f"+{text}" if value is not None and value > 0 and text != "0.00" else text


def ranked(comparison: Comparison, score: str) -> list[tuple[Side, Estimate]]:
    """Sides that have the score: those with an interval by value, highest first, then those without one by name."""
    found = [(side, side.estimate(score)) for side in comparison.sides]
    present = [(side, estimate) for side, estimate in found if estimate.value is not None]
    sure = sorted((pair for pair in present if pair[1].low is not None), key=lambda pair: -(pair[1].value or 0.0))
    return sure + sorted((pair for pair in present if pair[1].low is None), key=lambda pair: pair[0].name)


def _forest(comparison: Comparison, score: str) -> Forest:
    rows = ranked(comparison, score)
    ends = [end for _, e in rows for end in (e.low, e.value, e.high) if end is not None]
    step, first, last = _axis(min(ends), max(ends))

    def at(value: float) -> float:
        return round(100 * (value - first * step) / ((last - first) * step), 2)

    return Forest(
        score_name(score),
        meaning_of(score),
        tuple(Tick(at(step * k), _tick(step * k, step)) for k in range(first, last + 1)),
        tuple(
            ForestRow(
                side.name,
                estimate.n,
                at(estimate.value or 0.0),
                None if estimate.low is None else at(estimate.low),
                None
                if estimate.low is None or estimate.high is None
                else round(at(estimate.high) - at(estimate.low), 2),
                cell(estimate),
            )
            for side, estimate in rows
        ),
    )


def _axis(low: float, high: float) -> tuple[float, int, int]:
    """Step, first and last multiple of it, of an axis with at most seven ticks that holds both ends."""
    steps = (digit * 10.0**power for power in count(-2) for digit in (1, 2, 5))
    spans = ((step, int(low // step), -int(-high // step)) for step in steps)
    step, first, last = next(span for span in spans if span[2] - span[1] <= 6)
    return step, first, max(last, first + 1)


def _tick(value: float, step: float) -> str:
    """A label of an axis; steps of a whole number need no decimals."""
    return figure(value) if step < 1 else f"{value:,.0f}".replace("-", "−")


def shown_scores(comparison: Comparison) -> tuple[str, ...]:
    """The scores drawn as forest plots: the usual ones, or those that the caller named, where any side has them."""
    usual = tuple(score for score in FOREST_SCORES if score in comparison.scores)
    named = tuple(score for score in comparison.scores if score not in {column.name for column in SCORES})
    found = usual + named or comparison.scores
    return tuple(score for score in found if ranked(comparison, score))


def meaning_of(score: str) -> str:
    """A score in a few words; "" for a score that pages leave out."""
    return MEANINGS.get(score, "" if score in {column.name for column in SCORES} else "column of the table")


def notes(comparison: Comparison) -> list[str]:
    """How the figures were made and what was left out, one statement an entry."""
    gone = left_out(comparison)
    found = [methods(comparison), f"Left out: {'; '.join(gone)}." if gone else "", caution(comparison)]
    return [note for note in found if note]


def document_notes(comparison: Comparison) -> list[str]:
    """What is odd about the texts of sides that are one article each, under the names of their sides."""
    return [
        f"Note on {side.name}: {note.text}"
        for side in comparison.sides
        if side.document
        for note in side.document.notes
    ]


def _what(comparison: Comparison) -> list[str]:
    articles = ", ".join(f"{side.name} {side.n_articles:,}" for side in comparison.sides[:12])
    more = len(comparison.sides) - 12
    rest = f" and {counted(more, 'more group')}" if more > 0 else ""
    found = [f"Articles: {articles}{rest}"]
    if comparison.target:
        found.append(f"Target: {comparison.target}; only articles that mention it are compared")
    if comparison.events is not None:
        found.append(f"Matched by {counted(comparison.events.n_events, 'event')}; sample sizes below count events")
    if comparison.matching is not None:
        found.append(f"Matched by {counted(len(comparison.matching.topics), 'topic')}")
    return found + document_notes(comparison)


def _share_row(name: str, found: Prevalence) -> ShareRow:
    shares = (share_cell(found.estimated), share_cell(found.adjusted))
    return ShareRow(name, f"{found.n_sentences:,}", figure(found.counted), *shares)


def share_cell(share: Share | None) -> Cell:
    """A share with its interval."""
    if share is None:
        return Cell(figure(None), "")
    return Cell(figure(share.value), "" if share.low is None else f"[{figure(share.low)}, {figure(share.high)}]")


def _lines(trend: Trend) -> TrendView:
    ends = [end for p in trend.periods for end in (p.low, p.value, p.high) if end is not None]
    days = [period.start.toordinal() for period in trend.periods]
    foot, head = min(ends), max(*ends, min(ends) + 0.01)
    first, width = min(days), max(max(days) - min(days), 1)

    def at(period: Period, value: float) -> tuple[float, float]:
        x, y = (period.start.toordinal() - first) / width, (value - foot) / (head - foot)
        return round(1 + 98 * x, 2), round(100 - 100 * y, 2)

    sides = []
    for name, periods in groupby(trend.periods, attrgetter("side")):
        found = list(periods)
        known = [period for period in found if period.low is not None and period.high is not None]
        outline = [at(p, p.high or 0.0) for p in known] + [at(p, p.low or 0.0) for p in reversed(known)]
        band = " ".join(f"{x},{y}" for x, y in outline)
        means = tuple(at(period, period.value) for period in found)
        n = sum(period.n for period in found)
        sides.append(TrendLine(name, band, means, n))
    return TrendView(
        name=score_name(trend.score),
        every=trend.every,
        first=date.fromordinal(min(days)).isoformat(),
        last=date.fromordinal(max(days)).isoformat(),
        foot=figure(foot),
        head=figure(head),
        level=f"{trend.level:.0%}",
        sides=tuple(sides),
        undated=undated(trend),
        as_scored=trend.as_scored,
    )

"""A comparison on one page: two columns for two articles, forest plots for many sides."""

from __future__ import annotations

from dataclasses import dataclass

from biasscore.analysis import Comparison, Difference, Estimate, Side, TellingSentence, TellingWord
from biasscore.analysis.bootstrap import MIN_ROWS
from biasscore.heads import SCORES
from biasscore.report.html import DocumentView, environment, view
from biasscore.report.view import figure

MEANINGS = {column.name: column.chart for column in SCORES if column.chart}
"""The scores shown, in reading order; the comparison itself holds more."""

FOREST_SCORES = ("loaded", "subjectivity", "tone")


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and its interval, ready to be shown; the interval is empty where there is none."""

    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One score of two sides."""

    name: str
    meaning: str
    cells: tuple[Cell, ...]
    difference: Cell


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
    differences: tuple[DifferenceRow, ...]
    forests: tuple[Forest, ...]
    documents: tuple[DocumentView, ...]
    notes: tuple[str, ...]
    model: str

    @property
    def told(self) -> bool:
        """Whether any side has telling words or sentences."""
        return any(side.words or side.sentences for side in self.sides)


def comparison_html(comparison: Comparison, *, standalone: bool = True) -> str:
    """Shows a comparison as self-contained HTML without any network access.

    Two single Documents stand side by side with their marks; more sides, or groups, are drawn as forest plots with
    their intervals. A side without an interval is shown below the others, with an open dot.

    Args:
        comparison: what ``biasscore.compare`` or ``compare_groups`` returned.
        standalone: a whole page, or a fragment for a notebook.
    """
    template = environment().get_template("comparison_page.html" if standalone else "comparison.html")
    return template.render(page=_view(comparison))


def reading(comparison: Comparison) -> str:
    """One line that says who uses more loaded language, and how sure that is."""
    if len(comparison.sides) > 2:
        apart = [d for d in comparison.differences if d.score == "loaded" and d.low is not None and d.high is not None]
        clear = sum(1 for d in apart if _excludes_zero(d))
        if not apart:
            return "Loaded language of these sides is not ranked: there are too few articles for an interval."
        chance = (1 - comparison.level) * len(apart)
        return (
            f"{clear} of {len(comparison.sides)} sides differ in loaded language from the others by an interval that "
            f"leaves out 0; by chance alone about {chance:.1f} would."
        )
    difference = comparison.difference("loaded")
    if difference.value is None:
        return "Loaded language cannot be compared: one side has no words of its own author."
    way = "more" if difference.value > 0 else "less"
    amount = f"{figure(abs(difference.value))} {way} loaded language"
    line = f"“{difference.side}” has {amount} than “{difference.against}”"
    if difference.low is None:
        return f"{line}; there are too few articles for an interval."
    found = "leaves out 0" if _excludes_zero(difference) else "includes 0, so it may be chance"
    return f"{line}; the {comparison.level:.0%} interval {found}."


def _excludes_zero(difference: Difference) -> bool:
    return difference.low is not None and difference.high is not None and difference.low * difference.high > 0


def score_name(score: str) -> str:
    """A score's name as shown: without underscores."""
    return score.replace("_", " ")


def _view(comparison: Comparison) -> ComparisonView:
    two = len(comparison.sides) == 2
    documents = tuple(view(side.document) for side in comparison.sides if side.document is not None)
    single = all(side.document is not None for side in comparison.sides)
    kind = "articles" if single else "groups"
    return ComparisonView(
        name=f"{'Two' if two else len(comparison.sides)} {kind} compared",
        reading=reading(comparison),
        sides=tuple(SideView(side.name, side.words, side.sentences) for side in comparison.sides),
        differences=difference_rows(comparison) if two else (),
        forests=() if two and single else tuple(_forest(comparison, score) for score in FOREST_SCORES),
        documents=documents if two and single else (),
        notes=tuple(notes(comparison)),
        model=comparison.model,
    )


def difference_rows(comparison: Comparison) -> tuple[DifferenceRow, ...]:
    """One row a score that any of two sides has."""
    return tuple(
        DifferenceRow(
            score_name(score),
            meaning,
            tuple(cell(side.estimate(score)) for side in comparison.sides),
            cell(comparison.difference(score)),
        )
        for score, meaning in MEANINGS.items()
        if any(side.estimate(score).value is not None for side in comparison.sides)
    )


def cell(found: Estimate | Difference) -> Cell:
    """A figure with its interval; differences carry their sign."""
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
    step, first, last = _axis(min(ends, default=0.0), max(ends, default=1.0))

    def at(value: float) -> float:
        return round(100 * (value - first * step) / ((last - first) * step), 2)

    return Forest(
        score_name(score),
        MEANINGS[score],
        tuple(Tick(at(step * k), figure(step * k)) for k in range(first, last + 1)),
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
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5):
        first, last = int(low // step), -int(-high // step)
        if last - first <= 6:
            return step, first, max(last, first + 1)
    return 1.0, int(low // 1), max(-int(-high // 1), int(low // 1) + 1)


def notes(comparison: Comparison) -> list[str]:
    """How the figures were made and what was left out, one statement an entry."""
    found = [
        f"Means over articles, each counting once; {comparison.level:.0%} bootstrap intervals over articles "
        f"({comparison.resamples:,} resamples, seed {comparison.seed}). No interval with fewer than {MIN_ROWS} "
        "articles: the sentences of one article say nothing about other articles."
    ]
    if any(side.words for side in comparison.sides):
        found.append(
            "Telling words of the author, with how often they stand here and elsewhere: log-odds with an informative "
            "Dirichlet prior (Monroe, Colaresi and Quinn 2008); telling sentences are made of such words."
        )
    if comparison.matching:
        found.append(
            f"Matched by topic: {comparison.matching.kept} articles on {len(comparison.matching.topics)} topics that "
            f"every side wrote about; {comparison.matching.dropped} others left out."
        )
    found.append(
        "Framing is experimental: of outlets that the model has never seen it is often wrong (see the model card), "
        "however tight its interval. Do not report it as a finding."
    )
    if comparison.n_unscored:
        articles = "1 article" if comparison.n_unscored == 1 else f"{comparison.n_unscored:,} articles"
        found.append(f"Could not be scored and left out: {articles}.")
    return found

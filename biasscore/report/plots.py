"""Plots for papers (extra ``plots``): each draws on ``ax``, or on a new figure, and returns the Axes.

Colors are those of Okabe and Ito (2008, "Color Universal Design"), which readers with color-vision deficiency can
tell apart; no plot says anything by color alone. No global setting of matplotlib is changed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from biasscore.analysis import Comparison, Trend
from biasscore.analysis.articles import from_table, of_target
from biasscore.errors import InputError, MissingExtraError
from biasscore.report.comparison import ranked, score_name, score_of
from biasscore.report.methods import resampled
from biasscore.report.view import MEANINGS
from biasscore.results import Document
from biasscore.tables import scored_table

try:
    from matplotlib import pyplot
    from matplotlib.axes import Axes
except ImportError as error:
    raise MissingExtraError("matplotlib", "plots") from error

BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
CYCLE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""Colors of groups, in this order."""

_GREY = "#5a5a55"
_MARKERS = "osD^vP"
_LABEL = 44
"""Characters in a line of the label under a forest plot: the name of a target may be long."""

CourseScore = Literal["loaded", "subjectivity", "tone"]


def course(document: Document, score: CourseScore = "loaded", *, ax: Axes | None = None) -> Axes:
    """Draws one score along an article, sentence by sentence, with its paragraphs marked off.

    Args:
        document: its sentences are the points, at their middle character; headings are left out.
        score: loaded, subjectivity or tone. Sentences without author words leave a gap in ``loaded``.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: for an unknown score, or if no sentence has it.
    """
    if score not in get_args(CourseScore):
        raise InputError(
            f"unknown score {score!r}; set the argument 'score' to one of: {', '.join(get_args(CourseScore))}"
        )
    paragraphs = [paragraph for paragraph in document.paragraphs if paragraph.counts]
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph.sentences]
    values: list[float | None] = [getattr(sentence, score) for sentence in sentences]
    if all(value is None for value in values):
        raise InputError(
            f"the score {score!r} is empty for every sentence of this document; choose another score for the chart"
        )
    ax = _axes(ax, (7.0, 2.8))
    ends = [sentence.start for sentence in sentences] + [sentences[-1].end]
    heights = np.array([np.nan if value is None else value for value in values])
    ax.stairs(heights, ends, baseline=None, color=BLUE, linewidth=1.6)
    middles = [(sentence.start + sentence.end) / 2 for sentence in sentences]
    labels = np.array([sentence.label == "loaded" for sentence in sentences])
    if score == "loaded":
        ax.plot(
            np.array(middles)[labels], heights[labels], "o", color=VERMILLION, markersize=5, label="labelled loaded"
        )
    for paragraph in paragraphs[1:]:
        ax.axvline(paragraph.start, color="#d9d8d2", linewidth=0.8, zorder=0)
    ax.set(xlabel="character of the text (lines: paragraphs)", ylabel=score, xlim=(ends[0], ends[-1]))
    ax.set_ylim(-1.0 if score == "tone" else 0.0, 1.0)
    if score == "tone":
        ax.axhline(0, color=_GREY, linewidth=0.8)
    elif score == "loaded" and labels.any():
        _legend(ax)
    return _calm(ax)


def reliability(
    probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 10, name: str = "loaded", ax: Axes | None = None
) -> Axes:
    """Draws a reliability diagram: the observed share of the label against its predicted probability.

    Bins hold equal numbers of rows, so each point is equally sure; bars are 95% Wilson intervals.

    Args:
        probabilities: [rows] predicted, 0 to 1.
        labels: [rows] 0 or 1.
        bins: number of bins; fewer where probabilities tie.
        name: what the probability is of.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: if the two differ in length, are empty, or probabilities leave 0 to 1.
    """
    from scipy.stats import binomtest

    predicted, actual = np.asarray(probabilities, dtype=float), np.asarray(labels, dtype=float)
    if predicted.shape != actual.shape or predicted.ndim != 1:
        raise InputError(
            "the arguments 'probabilities' and 'labels' must be two lists of the same length; give one label per "
            "probability"
        )
    if not len(predicted):
        raise InputError("the arguments 'probabilities' and 'labels' are empty; give at least one row")
    if not np.all((predicted >= 0) & (predicted <= 1)):
        raise InputError("the argument 'probabilities' must have only numbers from 0 to 1; correct all other values")
    if not np.isin(actual, (0, 1)).all():
        raise InputError("the argument 'labels' must have only the numbers 0 and 1; correct all other values")
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)]
    said = np.array([predicted[part].mean() for part in parts])
    was = np.array([actual[part].mean() for part in parts])
    counts = [binomtest(int(actual[part].sum()), len(part)) for part in parts]
    low, high = np.array([count.proportion_ci(method="wilson") for count in counts]).T
    ax = _axes(ax, (3.8, 3.8))
    ax.plot([0, 1], [0, 1], color=_GREY, linewidth=0.9, linestyle="--", label="perfectly calibrated")
    ax.errorbar(said, was, yerr=[was - low, high - was], fmt="o", color=BLUE, markersize=5, elinewidth=1.1, capsize=2,
                label=f"{len(parts)} bins of {len(predicted) / len(parts):.0f} rows")  # fmt: skip
    ax.set(
        xlabel=f"predicted probability of {name}",
        ylabel=f"observed share of {name}",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
    )
    _legend(ax)
    return _calm(ax)


def forest(comparison: Comparison, score: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draws the mean of one score of each side with its interval, highest first.

    Sides without an interval stand below the others with an open dot: they are not ranked.

    Args:
        comparison: of any number of sides.
        score: one of ``comparison.scores``, by default the first.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: for an unknown score, or if no side has it.
    """
    score = comparison.scores[0] if score is None else score
    if score not in comparison.scores:
        raise InputError(f"unknown score {score!r}; set the argument 'score' to one of: {', '.join(comparison.scores)}")
    rows = ranked(comparison, score)
    if not rows:
        raise InputError(
            f"the score {score!r} is empty for every article and group of this comparison; choose another score for "
            "the chart"
        )
    ax = _axes(ax, (6.0, 0.8 + 0.3 * len(rows)))
    for at, (_, estimate) in enumerate(rows):
        fill = "white"
        if estimate.low is not None and estimate.high is not None:
            ax.hlines(at, estimate.low, estimate.high, color=_GREY, linewidth=1.4)
            fill = VERMILLION
        ax.plot(estimate.value or 0.0, at, "o", color=VERMILLION, markerfacecolor=fill, markersize=6)
    ax.set_yticks(range(len(rows)), [f"{side.name} (n = {estimate.n})" for side, estimate in rows], parse_math=False)
    over = " and ".join(resampled(comparison))
    ax.set(ylim=(len(rows) - 0.4, -0.6))
    label = f"{score_of(comparison, score)}, mean and {comparison.level:.0%} interval over {over}"
    ax.set_xlabel(textwrap.fill(label, _LABEL), parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#e4e3de", linewidth=0.8)
    ax.set_axisbelow(True)
    return _calm(ax)


def over_time(found: Trend, *, ax: Axes | None = None) -> Axes:
    """Draws the means of each period with their intervals, one line per side.

    Args:
        found: what ``biasscore.analysis.trend`` returned.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: if there are more sides than colors.
    """
    if len(found.sides) > len(CYCLE):
        raise InputError(f"a chart has colors for {len(CYCLE)} groups, not for {len(found.sides)}; draw fewer groups")
    ax = _axes(ax, (7.0, 3.2))
    for name, color, marker in zip(found.sides, CYCLE, _MARKERS, strict=False):
        periods = [period for period in found.periods if period.side == name]
        days = np.array([period.start for period in periods], dtype="datetime64[D]")
        low, high = (
            np.array([np.nan if end is None else end for end in ends])
            for ends in zip(*((period.low, period.high) for period in periods), strict=True)
        )
        label = f"{name} (n = {sum(period.n for period in periods)})"
        ax.plot(days, [period.value for period in periods], color=color, marker=marker, markersize=4.5, label=label)
        ax.fill_between(days, low, high, color=color, alpha=0.15, linewidth=0)
    ax.set(ylabel=f"{score_name(found.score)}, mean and {found.level:.0%} interval", xlabel=f"by {found.every}")
    _legend(ax)
    return _calm(ax)


def outlets_by_target(
    table: Any, targets: Sequence[str], *, by: str = "group", score: str = "target_tone", ax: Axes | None = None
) -> Axes:
    """Draws the tone toward several targets in several outlets: one field each, with its mean and number of articles.

    Args:
        table: result table of target level: Arrow, a data frame, or the path of a file.
        targets: names, in any case, one column each.
        by: column whose values are the rows.
        score: target_tone, target_quoted_tone or target_attributed_tone.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: if the table lacks a column or no article mentions one of the targets.
    """
    rows = scored_table(table)
    found = [from_table(of_target(rows, name, (score,))[0], by=by, scores=(score,)) for name in targets]
    outlets = sorted({article.group for articles in found for article in articles})
    values = [[[a.scores[0] for a in articles if a.group == outlet] for articles in found] for outlet in outlets]
    kept = [[np.array(cell)[~np.isnan(cell)] for cell in row] for row in values]
    means = np.array([[cell.mean() if len(cell) else np.nan for cell in row] for row in kept])
    ax = _axes(ax, (1.8 + 1.3 * len(targets), 0.9 + 0.45 * len(outlets)))
    ax.imshow(means, cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
    for i, row in enumerate(kept):
        for j, cell in enumerate(row):
            text = f"{cell.mean():+.2f}\nn = {len(cell)}".replace("-", "−") if len(cell) else "–"
            dark = bool(len(cell)) and abs(cell.mean()) > 0.6
            ax.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    ax.set_xticks(range(len(targets)), list(targets), parse_math=False)
    ax.set_yticks(range(len(outlets)), outlets, parse_math=False)
    ax.set_xlabel(f"mean {score_name(score)} per article, from −1 (negative) to 1 (positive)")
    ax.tick_params(length=0)
    return _calm(ax)


def save(ax: Axes, path: str | Path) -> None:
    """Writes the figure of ``ax`` to a file, no label cut off; .svg and .pdf are vector graphics, fit to print."""
    figure: Any = ax.figure
    figure.savefig(path, bbox_inches="tight")


def distribution(
    groups: Mapping[str, Sequence[float | None]], score: str = "loaded", *, ax: Axes | None = None
) -> Axes:
    """Draws the share of articles at or below each value, one line per group (empirical distribution functions).

    Nothing is smoothed or binned, so nothing depends on a width; lines differ in color and marker.

    Args:
        groups: values of each group; None or NaN (no such score) is left out and counted in the legend.
        score: what the values are, for the label.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: if a group has no value, or there are more groups than colors.
    """
    if len(groups) > len(CYCLE):
        raise InputError(f"a chart has colors for {len(CYCLE)} groups, not for {len(groups)}; draw fewer groups")
    ax = _axes(ax, (5.2, 3.4))
    for (name, given), color, marker in zip(groups.items(), CYCLE, _MARKERS, strict=False):
        values = np.sort(pa.array(given, pa.float64(), from_pandas=True).drop_null().to_numpy())
        if not len(values):
            raise InputError(
                f"the score {score!r} is empty for the group {name!r}; remove this group, or choose another score for "
                "the chart"
            )
        missing = len(given) - len(values)
        label = f"{name} (n = {len(values)}{f', {missing} without' if missing else ''})"
        share = np.arange(1, len(values) + 1) / len(values)
        every = max(1, len(values) // 8)
        ax.step(values, share, where="post", color=color, marker=marker, markevery=every, markersize=4.5, label=label)
    ax.set(xlabel=MEANINGS.get(score, score_name(score)), ylabel="share of articles at or below", ylim=(0, 1.02))
    _legend(ax)
    return _calm(ax)


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    made: Axes = pyplot.figure(figsize=size, layout="constrained").add_subplot()
    return made


def _legend(ax: Axes) -> None:
    """Above the field, where no data lies, and in one column where names are long."""
    _, labels = ax.get_legend_handles_labels()
    columns = len(labels) if sum(map(len, labels)) < 8 * ax.bbox.width / ax.figure.dpi else 1
    place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.3}
    for text in ax.legend(frameon=False, ncols=columns, **place).get_texts():
        text.set_parse_math(False)


def _calm(ax: Axes) -> Axes:
    ax.spines[["top", "right"]].set_visible(False)
    return ax

"""Describes a comparison for a paper: how the figures were made, what was left out, and what to cite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biasscore._version import __version__
from biasscore.analysis.bootstrap import MIN_ROWS
from biasscore.analysis.prevalence import MIN_ARTICLES, MIN_SENTENCES, SHIFT, calibrated_for
from biasscore.analysis.words import MIN_Z
from biasscore.heads import FRAMING, LOADED, Head

if TYPE_CHECKING:
    from biasscore.analysis import Comparison, Trend

CITATIONS = {
    "bootstrap": "Efron and Tibshirani 1993, An Introduction to the Bootstrap",
    "max-t": "Westfall and Young 1993, Resampling-Based Multiple Testing",
    "prevalence": "Saerens, Latinne and Decaestecker 2002, Neural Computation 14:21–41",
    "counting": "Forman 2008, Data Mining and Knowledge Discovery 17:164–206",
    "words": "Monroe, Colaresi and Quinn 2008, Political Analysis 16:372–403",
    "reprints": "Broder 1997, On the Resemblance and Containment of Documents",
}


def methods(comparison: Comparison) -> str:
    """One paragraph that a paper can use, with citations; it says what this comparison did and nothing else."""
    return " ".join(_sentences(comparison))


def left_out(comparison: Comparison) -> list[str]:
    """What is not in the figures, and why, one line per reason."""
    return [str(part) for part in comparison.left_out]


def caution(comparison: Comparison) -> str:
    """What nobody should conclude; empty where no framing is shown."""
    if not _shown(comparison, FRAMING):
        return ""
    return (
        "Framing is experimental. For outlets that the model has never seen, it is often wrong (see the model card), "
        "even where the interval is narrow. Do not report framing as a finding."
    )


def _sentences(comparison: Comparison) -> Iterator[str]:
    n = sum(side.n_articles for side in comparison.sides)
    of = "" if n == len(comparison.sides) else f" of {len(comparison.sides)} groups"
    matched = comparison.matching is not None or comparison.events is not None
    once = "" if matched else "; each article counts once"
    named = f", those that mention “{comparison.target}”," if comparison.target else ""
    model = f"model {comparison.model}; comparison by version {__version__}"
    yield f"We scored {n:,} articles{of}{named} with biasscore ({model}){once}."
    if told := _assumed(comparison):
        yield told
    if comparison.reprints is not None and any(part.what == "paragraph" for part in comparison.left_out):
        yield (
            f"Paragraphs that appear in two or more groups ({comparison.reprints.n_shared():,}, found by MinHash: "
            f"{CITATIONS['reprints']}) are left out of the comparison."
        )
        if any(article.mentions is not None for article in comparison.articles):
            yield "The tone toward the target is the mean over its mentions in the other paragraphs."
    yield from _matching(comparison)
    if n > len(comparison.sides) and (told := _sizes(comparison)):
        yield told
    yield (
        f"Intervals are {comparison.level:.0%} bootstrap intervals over {' and '.join(resampled(comparison))} "
        f"({CITATIONS['bootstrap']}; {comparison.resamples:,} resamples, seed {comparison.seed}); with fewer than "
        f"{MIN_ROWS} {' or '.join(resampled(comparison))}, or where scores do not vary, none is given."
    )
    if comparison.n_looks > 1:
        yield (
            f"Adjusted intervals hold for all {comparison.n_looks:,} differences at once (max-t bootstrap: "
            f"{CITATIONS['max-t']})."
        )
    if any(side.prevalence and side.prevalence.share for side in comparison.sides):
        yield (
            "The share of loaded sentences was estimated by expectation maximization "
            f"({CITATIONS['prevalence']}) and by adjusted classify-and-count ({CITATIONS['counting']}); intervals "
            f"allow for scores that are off by {SHIFT:g} logits (one standard deviation)."
        )
    if told := without_share(comparison):
        yield told
    if any(side.words for side in comparison.sides):
        yield (
            "Typical words are words of the author whose log-odds ratio (z) is at least "
            f"{MIN_Z:g} standard errors, with an informative Dirichlet prior ({CITATIONS['words']})."
        )


def _shown(comparison: Comparison, head: Head) -> bool:
    """Whether any side has a score of this head."""
    names = {name for column in head.columns for name in (column.name, f"title_{column.name}")}
    return any(found.value is not None for side in comparison.sides for found in side.estimates if found.score in names)


def _assumed(comparison: Comparison) -> str:
    """Which share of loaded sentences the scores assume; empty without such scores, or for a model not known here."""
    found = (comparison.prior or calibrated_for(comparison.model)) if _shown(comparison, LOADED) else None
    return f"Scores assume that {100 * found.prior:.3g}% of sentences are loaded." if found else ""


def _sizes(comparison: Comparison) -> str:
    """How many articles or events the differences rest on: not every article has every score."""
    names_of: dict[str, list[str]] = {}
    for score in comparison.scores:
        found = [n for d in comparison.differences if d.score == score for n in (d.n, d.n_against)]
        if found and any(side.estimate(score).value is not None for side in comparison.sides):
            span = f"{min(found):,}" if min(found) == max(found) else f"{min(found):,} to {max(found):,}"
            names_of.setdefault(span, []).append(score.replace("_", " "))
    if not names_of:
        return ""
    most, *rest = sorted(names_of, key=lambda span: -len(names_of[span]))
    things = unit(comparison).removesuffix("s") if most == "1" else unit(comparison)
    each = f"{things}{'' if comparison.events else ' of each group'}"
    others = "; ".join(f"{', '.join(names_of[span])}: {span}" for span in rest)
    return f"Differences rest on {most} {each}{f' ({others})' if others else ''}."


def _matching(comparison: Comparison) -> Iterator[str]:
    events = comparison.events
    if events is not None:
        days = any(member.day for member in events.members)
        by = (
            f"found by shared names{', words and days' if days else ' and words'}"
            if events.found
            else "from our own list"
        )
        yield (
            f"Articles were matched by {counted(events.n_events, 'event')} that two or more groups report, {by}; "
            "differences were taken within events, and each event counts once."
        )
    if comparison.matching is not None:
        topics = counted(len(comparison.matching.topics), "topic")
        yield (
            f"Articles were matched by {topics} that every group wrote about; each topic weighs the same "
            "in all groups, and the articles of a group on one topic count alike."
        )


def without_share(comparison: Comparison) -> str:
    """Says which sides are too small for an estimated share of loaded sentences; empty if none is."""
    small = [side for side in comparison.sides if side.prevalence and side.prevalence.share is None]
    if not small:
        return ""
    priors = {side.prevalence.prior for side in small if side.prevalence}
    return (
        f"No share of loaded sentences is estimated for {', '.join(side.name for side in small)}: fewer than "
        f"{MIN_SENTENCES} sentences or {MIN_ARTICLES} articles. Scores there assume a share of {priors.pop():.2f}."
    )


def undated(trend: Trend) -> str:
    """Says how many articles are in no period; empty if none is."""
    n = trend.n_undated
    if not n:
        return ""
    have, are = ("has", "is") if n == 1 else ("have", "are")
    return f"{counted(n, 'article')} {have} no date that can be read, and {are} in no {trend.every}."


def unit(comparison: Comparison) -> str:
    """What sample sizes count."""
    return "events" if comparison.events is not None else "articles"


def resampled(comparison: Comparison) -> tuple[str, ...]:
    """What the intervals are over."""
    if comparison.matching is None:
        return (unit(comparison),)
    return ("topics", "articles") if len(comparison.matching.topics) >= MIN_ROWS else ("articles of each topic",)


def counted(n: int, what: str) -> str:
    """A number of things, with an s unless it is one."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"

"""Aggregation and comparison of scored articles: differences, intervals over articles, typical words."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biasscore.analysis.articles import SCORES
    from biasscore.analysis.comparison import Comparison, LeftOut, Match, Matching, Side, compare, compare_groups
    from biasscore.analysis.estimates import Difference, Estimate
    from biasscore.analysis.events import Events, Report, match_events, read_events
    from biasscore.analysis.prevalence import Prevalence, estimate_prevalence
    from biasscore.analysis.reprints import PrintedPassage, Reprints, find_reprints
    from biasscore.analysis.trends import Period, Trend, trend
    from biasscore.analysis.words import TellingSentence, TellingWord

__all__ = [
    "SCORES",
    "Comparison",
    "Difference",
    "Estimate",
    "Events",
    "LeftOut",
    "Match",
    "Matching",
    "Period",
    "Prevalence",
    "PrintedPassage",
    "Report",
    "Reprints",
    "Side",
    "TellingSentence",
    "TellingWord",
    "Trend",
    "compare",
    "compare_groups",
    "estimate_prevalence",
    "find_reprints",
    "match_events",
    "read_events",
    "trend",
]

# Loaded when first asked for, since reports of one article need few of them.
_LATE = {
    "articles": "SCORES",
    "comparison": "Comparison LeftOut Match Matching Side compare compare_groups",
    "estimates": "Difference Estimate",
    "events": "Events Report match_events read_events",
    "prevalence": "Prevalence estimate_prevalence",
    "reprints": "PrintedPassage Reprints find_reprints",
    "trends": "Period Trend trend",
    "words": "TellingSentence TellingWord",
}
_MODULE_OF = {name: module for module, names in _LATE.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"biasscore.analysis.{_MODULE_OF[name]}"), name)
    if name in ("events", "reprints"):
        return import_module(f"biasscore.analysis.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

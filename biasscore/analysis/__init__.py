"""Aggregation and comparison of scored articles: differences, intervals over articles, typical words."""

from biasscore.analysis.articles import SCORES
from biasscore.analysis.comparison import Comparison, LeftOut, Match, Matching, Side, compare, compare_groups
from biasscore.analysis.estimates import Difference, Estimate
from biasscore.analysis.events import Events, Report, match_events, read_events
from biasscore.analysis.prevalence import Prevalence, estimate_prevalence
from biasscore.analysis.reprints import Passage, Reprints, find_reprints
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
    "Passage",
    "Period",
    "Prevalence",
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

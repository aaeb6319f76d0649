"""Aggregation and comparison of scored articles: differences, intervals over articles, telling words."""

from biasscore.analysis.articles import SCORES
from biasscore.analysis.comparison import (
    Comparison,
    Difference,
    Estimate,
    Matching,
    Side,
    compare,
    compare_groups,
)
from biasscore.analysis.words import TellingSentence, TellingWord

__all__ = [
    "SCORES",
    "Comparison",
    "Difference",
    "Estimate",
    "Matching",
    "Side",
    "TellingSentence",
    "TellingWord",
    "compare",
    "compare_groups",
]

"""Scored texts for the eye: HTML pages, the terminal, plots (``biasscore.report.plots`` needs the extra ``plots``)."""

from biasscore.report.comparison import comparison_html
from biasscore.report.html import Agreement, to_html

__all__ = ["Agreement", "comparison_html", "to_html"]

"""Scored texts for the eye: HTML pages, the terminal, plots (``biasscore.report.plots`` needs the extra ``plots``)."""

from biasscore.report.html import Agreement, to_html

__all__ = ["Agreement", "to_html"]

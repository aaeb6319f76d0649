"""Show scored texts: HTML pages, the terminal, plots (``biasscore.report.plots`` needs the extra ``plots``)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from biasscore.report.comparison import comparison_html
from biasscore.report.data import data, write_data
from biasscore.report.html import Agreement, to_html
from biasscore.report.methods import methods
from biasscore.report.view import WordShare, word_shares

__all__ = ["Agreement", "WordShare", "comparison_html", "data", "methods", "to_html", "word_shares", "write_data"]


def __getattr__(name: str) -> Any:
    if name == "plots":
        return import_module(f"biasscore.report.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

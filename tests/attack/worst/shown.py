"""Documents and comparisons that are the worst for terminal, pages, charts and tables of results."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from report_documents import document
from rich.console import Console

from attack.worst.compared import groups
from attack.worst.curve import Curve, of_inputs
from biasscore.analysis import Comparison, compare_groups, trend
from biasscore.report import to_html
from biasscore.report.comparison import comparison_html
from biasscore.report.data import data
from biasscore.report.terminal import render, render_comparison
from biasscore.tables import Row, to_table

TEXTS: dict[str, Callable[[int], str]] = {
    "one paragraph of n sentences": lambda n: "A reckless scheme it was. " * n,
    "one sentence of n quotations": lambda n: "He said " + "“a reckless scheme” and " * n + "left.",
    "n paragraphs": lambda n: "A reckless scheme it was.\n\n" * n,
    "one sentence of n loaded words": lambda n: "reckless smug " * n + "it was.",
    "n breaks of lines": lambda n: "reckless\n" * n + "it was.",
}


def curves() -> Iterator[Curve]:
    """Each view of each document, and of comparisons."""
    for view, work in {"terminal": _plain, "terminal in colour": _coloured, "page": to_html, "table": _table}.items():
        yield from of_inputs("terminal and pages", work, _named(view, TEXTS, explained=False), 60)
    explained = _named("explained page", TEXTS, explained=True)
    yield from of_inputs("terminal and pages", to_html, explained, 20)
    for view, work in {"terminal": _compared, "page": comparison_html, "tables": data}.items():
        yield from of_inputs("terminal and pages", work, {f"{view} of n groups compared": _many_groups}, 10)
    trends = {"page of a trend of n groups": lambda n: (_many_groups(3), trend(groups(n, 2), by="group", resamples=9))}
    yield from of_inputs("terminal and pages", lambda two: comparison_html(two[0], trend=two[1]), trends, 40)


def _named(view: str, texts: Mapping[str, Callable[[int], str]], *, explained: bool) -> dict[str, Callable[[int], Any]]:
    def made(text: Callable[[int], str]) -> Callable[[int], Any]:
        return lambda n: document(text(n), explained=explained)

    return {f"{view}, {name}": made(text) for name, text in texts.items()}


def _plain(found: Any) -> None:
    render(found, Console(file=io.StringIO(), width=100))


def _coloured(found: Any) -> None:
    render(found, Console(file=io.StringIO(), width=100, force_terminal=True))


def _table(found: Any) -> None:
    for level in ("document", "paragraph", "sentence"):
        to_table([(Row("a", found.text), found)], level, "hand@0")


def _many_groups(n: int) -> Comparison:
    return compare_groups(groups(n, 6), resamples=9)


def _compared(found: Comparison) -> None:
    render_comparison(found, Console(file=io.StringIO(), width=100))

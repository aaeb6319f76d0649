"""Steps of Python for n, 2n and 4n of the same: whatever a reader may be shown takes time linear in its size.

Steps are counted, not seconds, so that a busy machine changes nothing. A square would take sixteen times as many for
4n as for n; linear code takes four. What readers do inside the csv module and patterns has no such steps: there the
input is long enough that a square would not end within the limit of the case.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from report_documents import document
from rich.console import Console

from attack.case import Case
from biasscore.engine.tokens import Tokens
from biasscore.predict.spans import find_spans
from biasscore.predict.types import Piece, SentenceInput
from biasscore.report import to_html
from biasscore.report.terminal import render
from biasscore.tables import Columns, Options, find_sources, plan_reading, read

MOST = 6.0
"""Of 4n against n: 4 is linear, 16 the square."""


def steps(work: Callable[[], Any]) -> int:
    """Lines of Python that a call runs."""
    count = 0

    def trace(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _linear(make: Callable[[int], Any], work: Callable[[Any], Any], n: int, _: Path) -> None:
    few, more, most = (steps(partial(work, make(size))) for size in (n, 2 * n, 4 * n))
    assert few > n / 4, "the work was not counted"
    assert most / few < MOST, f"{few:,}, {more:,}, {most:,} steps for {n}, {2 * n}, {4 * n}"


def _shown(found: Any) -> None:
    render(found, Console(file=io.StringIO(), width=100))


def _styled(found: Any) -> None:
    render(found, Console(file=io.StringIO(), width=100, force_terminal=True))


def _voices(n: int) -> tuple[Any, ...]:
    """One sentence of n voices with a loaded word each."""
    text = "ab " * n
    start = np.arange(n, dtype=np.int64) * 3
    pieces = tuple(Piece(int(at), int(at) + 3, "quoted" if i % 2 else "author") for i, at in enumerate(start))
    sentence = SentenceInput(text, pieces)
    tokens = Tokens(
        np.ones(n, dtype=np.int32), start, start + 2, np.arange(n, dtype=np.int64), np.array([0, n], dtype=np.int64)
    )
    return np.full(n, 0.9), tokens, np.arange(n, dtype=np.int64), [sentence], 0.5


MAKES: dict[str, Callable[[int], Any]] = {
    "one paragraph of n sentences": lambda n: document("A reckless scheme it was. " * n),
    "one sentence of n quotations": lambda n: document("He said " + "“a reckless scheme” and " * n + "left."),
    "n paragraphs": lambda n: document("A reckless scheme it was.\n\n" * n),
    "one sentence of n loaded words": lambda n: document("reckless smug " * n + "it was."),
}

_NEXIS = "1 of 1 DOCUMENTS\n\n\n\nLENGTH: 5 words\n"
READ: dict[str, Callable[[], str]] = {
    "marks left open.csv": lambda: "id,text,note\n" + 'x",,"y\n' * 30_000,
    "marks that close each other.csv": lambda: "id,text,note\n" + 'x","y\n' * 30_000,
    "marks left open.tsv": lambda: "id\ttext\tnote\n" + 'x"\t\t"y\n' * 30_000,
    "one headline.txt": lambda: f"{_NEXIS}HEADLINE: A vote\n" + "and more of it\n" * 400_000 + "BODY: A vote.\n",
    "one head.txt": lambda: f"{_NEXIS}Copyright 2020 a{' ' * 200_000}b\nBODY: A vote.\n",
}
READ_SECONDS = 20.0


def _read(name: str, root: Path) -> None:
    path = root / name
    path.write_text(READ[name]())
    plan = plan_reading(find_sources([str(path)]), Columns(text="text"), Options())
    assert sum(len(chunk.rows) for chunk in read(plan))


def cases() -> Iterator[Case]:
    """The whole table of this kind."""
    for name in READ:
        yield Case("linear time", f"reading {name}", partial(_read, name), seconds=READ_SECONDS)
    for name, make in MAKES.items():
        for view, work in {"terminal": _shown, "terminal in colour": _styled, "page": to_html}.items():
            yield Case("linear time", f"{view}, {name}", partial(_linear, make, work, 60))
        explained = partial(_explained, name)
        yield Case("linear time", f"explained page, {name}", partial(_linear, explained, to_html, 30))
    yield Case("linear time", "spans of n voices", partial(_linear, _voices, lambda given: find_spans(*given), 200))


def _explained(name: str, n: int) -> Any:
    return document(MAKES[name](n).text, explained=True)

"""Prints a Document: scores, a bar per paragraph, and the text with its loaded words marked.

On a terminal the marks are color and underline. Where styles are not available (a pipe, a file, NO_COLOR, TERM=dumb)
they are brackets with the score: ``[reckless scheme 0.92]`` in the author's voice, ``{reckless 0.81}`` inside a
quotation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from biasscore.report.comparison import cell, difference_rows, document_notes, notes, ranked, reading, shown_scores
from biasscore.report.methods import unit
from biasscore.report.view import NONE, Run, ShownScore, asides, figure, figures, one_line, runs
from biasscore.results import Document, Paragraph, Quote, Target
from biasscore.visible import carried, on_one_line

if TYPE_CHECKING:
    from biasscore.analysis import Comparison

MEASURE = 96
"""Widest line of text in columns; a wider terminal is left empty on the right, for lines that long are hard to read."""

_BAR = 12
_TELLING_SENTENCES = 3
_MARGIN = 4
_TARGETS, _TARGET_NAME = 8, 40
_EXPLAINING_WIDTH = 80
_AUTHOR_STYLES = ("underline", "underline red", "bold underline red", "bold reverse red")
_QUOTED_STYLES = ("italic underline", "italic underline blue", "italic bold underline blue", "italic bold reverse blue")


@dataclass(frozen=True, slots=True)
class _Look:
    """What the console can show."""

    styled: bool
    encoding: str
    width: int
    filled: str
    empty: str

    def clean(self, text: str) -> str:
        """Text that this console can carry, on one line, with nothing in it that a terminal obeys."""
        return carried(on_one_line(text), self.encoding)


def render(document: Document, console: Console) -> None:
    """Prints ``document`` to ``console``, within its width.

    Args:
        document: what ``Scorer.score`` returned.
        console: its ``width``, ``is_terminal``, ``no_color``, ``color_system`` and ``encoding`` decide how marks are
            shown. With ``no_color``, without colors or without a terminal nothing is said by style alone.
    """
    look = _look(console)
    for block, indent in _blocks(document, look):
        margin = " " * (indent if look.width > 10 * indent else 0)
        for line in block.wrap(console, look.width - len(margin)) or (Text(),):
            line.rstrip()
            console.print(Text(margin).append_text(line) if line else line, soft_wrap=True, highlight=False)


def render_name(name: str, console: Console) -> None:
    """Prints a rule with the name of the article that follows; brackets and controls in it are shown, not obeyed."""
    console.rule(Text(_look(console).clean(name)), align="left")


def render_comparison(comparison: Comparison, console: Console) -> None:
    """Prints a comparison to ``console``: a table of differences for two sides, of means for more.

    Args:
        comparison: what ``biasscore.compare`` or ``compare_groups`` returned.
        console: as for `render`.
    """
    look = _look(console)
    tables = [_difference_table(comparison, look)] if len(comparison.sides) == 2 else _mean_tables(comparison, look)
    lines = [reading(comparison), *document_notes(comparison), *_told(comparison), *notes(comparison)]
    console.print(Text(look.clean(lines[0]), style="bold"), width=look.width, highlight=False)
    for table in tables:
        console.print()
        console.print(table, width=look.width, highlight=False)
    for line in lines[1:]:
        console.print()
        console.print(Text(look.clean(line)), width=look.width, highlight=False)


def _difference_table(comparison: Comparison, look: _Look) -> Table:
    # Two articles are two articles; of groups and events, not each has every score.
    counts = () if all(side.n_articles == 1 for side in comparison.sides) else ("n",)
    table = _table("score", *(side.name for side in comparison.sides), "difference", *counts, look=look)
    for row in difference_rows(comparison):
        cells = (f"{found.value} {found.interval}".rstrip() for found in (*row.cells, row.difference))
        table.add_row(*(Text(look.clean(text)) for text in (row.name, *cells, *([row.n] if counts else ()))))
    return table


def _mean_tables(comparison: Comparison, look: _Look) -> list[Table]:
    tables = []
    for score in shown_scores(comparison):
        table = _table(score, unit(comparison), "mean", "interval", look=look)
        for side, estimate in ranked(comparison, score):
            shown = cell(estimate)
            found = (side.name, str(estimate.n), shown.value, shown.interval or NONE)
            table.add_row(*(Text(look.clean(text)) for text in found))
        tables.append(table)
    return tables


def _table(*columns: str, look: _Look) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(columns):
        table.add_column(Text(look.clean(name)), justify="right" if number else "left", overflow="fold")
    return table


def _told(comparison: Comparison) -> Iterator[str]:
    for side in comparison.sides:
        if side.words:
            words = ", ".join(
                f"{word.word} ({word.count} here, {word.elsewhere} elsewhere, z {word.z:.1f})" for word in side.words
            )
            yield f"Typical words of {side.name}: {words}"
        for sentence in side.sentences[:_TELLING_SENTENCES]:
            loaded = "" if sentence.loaded is None else f" (loaded {sentence.loaded:.2f})"
            yield f"Typical sentence of {side.name}: {' '.join(sentence.text.split())}{loaded}"


def _look(console: Console) -> _Look:
    encoding = console.encoding or "ascii"
    filled, empty = ("#", ".") if console.options.ascii_only else ("━", "┄")
    styled = console.is_terminal and not console.no_color and console.color_system is not None
    return _Look(styled, encoding, min(console.width, MEASURE), filled, empty)


def _blocks(document: Document, look: _Look) -> Iterator[tuple[Text, int]]:
    yield from ((block, 0) for block in _header(document, look))
    if document.targets:
        yield Text(), 0
        yield from ((line, 0) for line in _target_lines(document.targets, look))
    for number, paragraph in enumerate(document.paragraphs, start=1):
        yield Text(), 0
        yield _paragraph_line(number, paragraph, look), 0
        yield _marked(paragraph, document.quotes, look), _MARGIN
    yield Text(), 0
    yield _legend(look), 0


def _header(document: Document, look: _Look) -> Iterator[Text]:
    if document.title:
        title = _marked(document.title, (), look)
        title.stylize("bold")
        yield title
        yield Text(look.clean(f"title loaded {figure(document.title.loaded)}"), style="dim")
        yield Text()
    yield Text(look.clean(one_line(document)), style="bold")
    yield Text()
    for score in figures(document):
        yield _score_line(score, look)
    if document.framing:
        framing = " · ".join(f"{name} {figure(value)}" for name, value in document.framing.to_dict().items())
        yield Text(look.clean(f"{'framing':<13} {framing}  (a hint, not a verdict)"))
    yield Text(look.clean(f"{'model':<13} {document.model}"), style="dim")
    for note in document.notes:
        yield Text(look.clean(f"{'note':<13} {note.text}"))


def _target_lines(targets: Sequence[Target], look: _Look) -> Iterator[Text]:
    """The most mentioned targets, and the author's and the quoted tone toward each."""
    yield Text("targets: name, mentions, tone, quoted", style="dim")
    names = [look.clean(target.name)[:_TARGET_NAME] for target in targets[:_TARGETS]]
    width = max(map(len, names))
    for name, target in zip(names, targets, strict=False):
        tones = "  ".join(f"{look.clean(figure(tone)):>6}" for tone in (target.tone, target.quoted_tone))
        yield Text(f"{name:<{width}}  {len(target.mentions):>3}  {tones}")
    if len(targets) > _TARGETS:
        yield Text(look.clean(f"… and {len(targets) - _TARGETS} more"), style="dim")


def _score_line(score: ShownScore, look: _Look) -> Text:
    line = Text(f"{score.name:<13} {look.clean(score.text):>6}  ")
    line.append_text(_bar(score.amount, look))
    if look.width >= _EXPLAINING_WIDTH:
        line.append(f"  {look.clean(score.meaning)}", style="dim")
    return line


def _bar(amount: float | None, look: _Look) -> Text:
    if amount is None:
        return Text(" " * _BAR)
    filled = round(amount * _BAR)
    return Text.assemble((look.filled * filled, "red"), (look.empty * (_BAR - filled), "dim"))


def _paragraph_line(number: int, paragraph: Paragraph, look: _Look) -> Text:
    scores = figures(paragraph)
    name = f"{number:>3} " if paragraph.kind == "text" else f"{number:>3} {paragraph.kind} "
    line = Text().append(name, style="dim").append_text(_bar(scores[0].amount, look))
    shown = [f"{score.name} {score.text}" for score in scores if score.name in ("loaded", "subjectivity", "tone")]
    if paragraph.quoted_loaded is not None:
        shown.append(f"quoted {figure(paragraph.quoted_loaded)}")
    shown += asides(paragraph)
    return line.append(look.clean("  " + " · ".join(shown)), style="dim")


def _marked(paragraph: Paragraph, quotes: Sequence[Quote], look: _Look) -> Text:
    text = Text()
    for run in runs(paragraph, paragraph.start, quotes):
        _append(text, run, look)
    if paragraph.kind == "heading":
        text.stylize("bold")
    return text


def _append(text: Text, run: Run, look: _Look) -> None:
    words = look.clean(run.text)
    if run.span is None:
        text.append(words, style="italic" if run.quoted else "")
        return
    styles = _QUOTED_STYLES if run.span.voice == "quoted" else _AUTHOR_STYLES
    if look.styled:
        text.append(words, style=styles[run.step - 1])
        return
    opening, closing = ("{", "}") if run.span.voice == "quoted" else ("[", "]")
    text.append(opening if run.start == run.span.start else "")
    text.append(words)
    text.append(f" {figure(run.span.score)}{closing}" if run.end == run.span.end else "")


def _legend(look: _Look) -> Text:
    if not look.styled:
        return Text(
            "[loaded words, score] in the author's voice; {loaded words, score} inside a quotation", style="dim"
        )
    legend = Text()
    for name, styles in (("in the author's voice", _AUTHOR_STYLES), ("inside a quotation", _QUOTED_STYLES)):
        legend.append("; " if legend else "loaded words, faint to strong: ", style="dim")
        for step, style in enumerate(styles, start=1):
            legend.append(f" {step} ", style=style)
        legend.append(f" {name}", style="dim")
    return legend

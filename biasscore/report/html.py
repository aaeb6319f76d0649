"""Makes HTML pages and notebook fragments. The markup is in ``templates/``, which escape every text."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from biasscore.errors import ModelError
from biasscore.predict import checkpoints
from biasscore.report.view import (
    STEPS,
    Run,
    ShownScore,
    WordShare,
    asides,
    figure,
    figures,
    one_line,
    runs,
    word_shares,
)
from biasscore.results import Document, Label, Paragraph, Quote, Sentence, Target
from biasscore.visible import on_one_line, visible

if TYPE_CHECKING:
    from jinja2 import Environment

_FRAGMENTS = count(1)
_TOP_WORDS = 5
MOST_TARGETS = 8
"""Targets that a page lets its reader choose from."""
_VOICES = {"author": "in the author’s voice", "quoted": "inside a quotation", "attributed": "in indirect speech"}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well contributions agree with occlusion, measured by ``benchmarks/occlusion.py``.

    Attributes:
        spearman: mean rank correlation, over sentences, of a word's contribution with the fall of the logit when the
            word is left out; −1 to 1.
        sentences: how many sentences the mean is over.
        same_top_word: share of them in which the same word comes first by both; None if that was not measured.
    """

    spearman: float
    sentences: int
    same_top_word: float | None = None

    @classmethod
    def from_metrics(cls, metrics: Mapping[str, Any]) -> Agreement | None:
        """Reads the entry ``occlusion`` of a model's metrics; None where it was not measured."""
        found = metrics.get("occlusion")
        if not found:
            return None
        return cls(float(found["spearman"]), int(found["sentences"]), found.get("same_top_word"))

    @classmethod
    def of_model(cls, fingerprint: str) -> Agreement | None:
        """What an embedded model carries in its metrics; None where it was not measured, or of other weights."""
        checkpoint = fingerprint.partition("/")[0]
        try:
            metrics = checkpoints.metrics(checkpoints.find(checkpoint.partition("@")[0])) or {}
        except ModelError:
            return None
        measured_of = (metrics.get("occlusion") or {}).get("model")
        return cls.from_metrics(metrics) if measured_of == checkpoint else None


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target that a reader can choose.

    Attributes:
        number: from 1; joins its choice to its mentions.
        story: mentions and tones.
    """

    number: int
    name: str
    story: str


@dataclass(frozen=True, slots=True)
class MentionView:
    """A mention of a target that can be chosen; ``tone`` is negative, neutral or positive, the likeliest one."""

    start: int
    end: int
    number: int
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class PieceView:
    """A run, or a part of one where words carry shares or name a target."""

    run: Run
    text: str
    share: WordShare | None
    mention: MentionView | None = None


@dataclass(frozen=True, slots=True)
class MarkView:
    """Neighbouring pieces of one span, or a stretch without one."""

    pieces: tuple[PieceView, ...]
    key: str
    share: float | None

    @property
    def run(self) -> Run:
        return self.pieces[0].run

    @property
    def note(self) -> str:
        """What the tooltip says of a marked span."""
        span = self.run.span
        if span is None:
            return ""
        note = f"loaded {figure(span.score)} · {_VOICES[span.voice]}"
        return note if self.share is None else f"{note} · {percent(self.share)} share of score"


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence with the whitespace before it."""

    before: str
    start: int
    end: int
    label: Label | None
    marks: tuple[MarkView, ...]
    key: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParagraphView:
    """A paragraph or heading with its figures; the first figure is ``loaded``."""

    number: int
    kind: str
    start: int
    end: int
    label: Label | None
    figures: tuple[ShownScore, ...]
    asides: tuple[str, ...]
    sentences: tuple[SentenceView, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything the article template reads.

    Attributes:
        key: begins the ids of this article's elements, so that two articles fit on one page.
        more_targets: number of targets that cannot be chosen.
    """

    key: str
    name: str
    heading: ParagraphView | None
    reading: str
    figures: tuple[ShownScore, ...]
    framing: tuple[ShownScore, ...]
    paragraphs: tuple[ParagraphView, ...]
    model: str
    explained: bool
    notes: tuple[str, ...] = ()
    targets: tuple[TargetView, ...] = ()
    more_targets: int = 0
    steps: int = STEPS


def to_html(
    document: Document, *, standalone: bool = True, agreement: Agreement | None = None, name: str = "Scored article"
) -> str:
    """Shows a scored text with its loaded words marked, as self-contained HTML without any network access.

    Characters that HTML cannot carry (NUL and other controls, lone surrogates) are shown by one visible sign each,
    so the answer can always be encoded as UTF-8 and offsets stay true.

    Args:
        document: what ``Scorer.score`` or ``Scorer.explain`` returned.
        standalone: a whole page, or a fragment for a notebook whose style reaches nothing outside it. Fragments are
            numbered, so that the ids of one shown twice differ.
        agreement: measured agreement of contributions with occlusion, shown in the legend of an explained document.
            By default what the model carries; without any the legend says "not measured".
        name: what a document without a title is called.

    Returns:
        The page or fragment.
    """
    template = environment().get_template("article_page.html" if standalone else "article.html")
    shown = view(document, name, "" if standalone else next_fragment())
    if shown.explained and agreement is None:
        agreement = Agreement.of_model(document.model)
    return template.render(document=shown, agreement=agreement)


def next_fragment() -> str:
    """What sets the ids of one fragment of a notebook apart from those of all others."""
    return f"f{next(_FRAGMENTS)}"


def view(document: Document, name: str, place: str) -> DocumentView:
    """Turns a Document into what the templates read.

    Args:
        name: what a document without a title is called.
        place: sets its ids apart from those of the same text elsewhere on the page.
    """
    numbers = _numbers(document)
    digest = hashlib.sha256(f"{document.model}\n{document.text}".encode("utf-8", "surrogatepass")).hexdigest()
    key = f"b{digest[:8]}{place}"
    heading = _paragraph(0, document.title, (), document.title.text, key, numbers) if document.title else None
    framing = document.framing.to_dict() if document.framing else {}
    targets = document.targets or ()
    return DocumentView(
        key=key,
        name=document.title.text.strip() if document.title else name,
        heading=heading,
        reading=one_line(document),
        figures=figures(document),
        framing=tuple(ShownScore(name, figure(value), "", value) for name, value in framing.items()),
        paragraphs=tuple(
            _paragraph(number, paragraph, document.quotes, document.text, key, numbers)
            for number, paragraph in enumerate(document.paragraphs, start=1)
        ),
        model=document.model,
        explained=document.contributions is not None,
        notes=tuple(note.text for note in document.notes),
        targets=tuple(_target(numbers[target.name], target) for target in targets[:MOST_TARGETS]),
        more_targets=max(0, len(targets) - MOST_TARGETS),
    )


def _numbers(document: Document) -> dict[str, int]:
    return {target.name: number for number, target in enumerate((document.targets or ())[:MOST_TARGETS], start=1)}


def _target(number: int, target: Target) -> TargetView:
    n = len(target.mentions)
    quoted = "" if target.quoted_tone is None else f" · quoted {figure(target.quoted_tone)}"
    return TargetView(number, target.name, f"{n} mention{'' if n == 1 else 's'} · tone {figure(target.tone)}{quoted}")


def _mentions(sentence: Sentence, numbers: Mapping[str, int]) -> list[MentionView]:
    """The mentions of targets that can be chosen, in order; one that overlaps the mention before it is left out."""
    found: list[MentionView] = []
    for mention in sentence.targets or ():
        if mention.name not in numbers or mention.sentiment is None or (found and mention.start < found[-1].end):
            continue
        tones = mention.sentiment.to_dict()
        note = f"tone toward {mention.name}: {figure(mention.tone)}"
        if mention.voice != "author":
            note += f" ({_VOICES[mention.voice]}{f', {mention.speaker}' if mention.speaker else ''})"
        number, tone = numbers[mention.name], max(tones, key=tones.__getitem__)
        found.append(MentionView(mention.start, mention.end, number, tone, note))
    return found


def _paragraph(
    number: int, paragraph: Paragraph, quotes: tuple[Quote, ...], text: str, key: str, numbers: Mapping[str, int]
) -> ParagraphView:
    views, at = [], paragraph.start
    for index, sentence in enumerate(paragraph.sentences):
        views.append(_sentence(sentence, text[at : sentence.start], quotes, text, f"{key}-{number}-{index}", numbers))
        at = sentence.end
    return ParagraphView(
        number=number,
        kind=paragraph.kind,
        start=paragraph.start,
        end=paragraph.end,
        label=paragraph.label,
        figures=figures(paragraph),
        asides=asides(paragraph),
        sentences=tuple(views),
        rest=text[at : paragraph.end],
    )


def _sentence(
    sentence: Sentence, before: str, quotes: tuple[Quote, ...], text: str, key: str, numbers: Mapping[str, int]
) -> SentenceView:
    mentions = _mentions(sentence, numbers)
    words = word_shares(sentence.contributions or (), text, "loaded")
    marks: list[MarkView] = []
    for run in runs(sentence, sentence.start, quotes):
        pieces = tuple(_with_mentions(_pieces(run, words), run.start, mentions))
        share = sum(piece.share.share for piece in pieces if piece.share) if words and run.span else None
        marks.append(MarkView(pieces, f"{key}-{len(marks)}", share))
    return SentenceView(
        before=before,
        start=sentence.start,
        end=sentence.end,
        label=sentence.label,
        marks=tuple(marks),
        key=key,
        why=tuple(_why(sentence, text)),
    )


def _pieces(run: Run, words: tuple[WordShare, ...]) -> Iterator[PieceView]:
    at = run.start
    for index in range(bisect_right(words, at, key=lambda word: word.end), len(words)):
        word = words[index]
        start, end = max(word.start, at), min(word.end, run.end)
        if start >= run.end:
            break
        if start >= end:
            continue
        if at < start:
            yield PieceView(run, run.text[at - run.start : start - run.start], None)
        yield PieceView(run, run.text[start - run.start : end - run.start], word)
        at = end
    if at < run.end:
        yield PieceView(run, run.text[at - run.start :], None)


def _with_mentions(pieces: Iterable[PieceView], at: int, mentions: Sequence[MentionView]) -> Iterator[PieceView]:
    """The pieces, which begin at ``at``, cut at the borders of mentions."""
    for piece in pieces:
        start, end = at, at + len(piece.text)
        for mention in mentions:
            first, last = max(mention.start, at), min(mention.end, end)
            if first >= last:
                continue
            if at < first:
                yield replace(piece, text=piece.text[at - start : first - start])
            yield replace(piece, text=piece.text[first - start : last - start], mention=mention)
            at = last
        if at < end:
            yield replace(piece, text=piece.text[at - start :])
        at = end


def _why(sentence: Sentence, text: str) -> Iterator[str]:
    """One line per task: its score and the words with the largest parts of it."""
    for name, value, task, column in _explained(sentence):
        shares = word_shares(sentence.contributions or (), text, task, column)
        words = (share for share in shares if any(map(str.isalnum, share.text)))
        top = sorted(words, key=lambda word: -abs(word.share))[:_TOP_WORDS]
        if top:
            listed = ", ".join(f"{word.text.strip()} {percent(word.share)}" for word in top)
            yield f"{name} {figure(value)}: {listed}"


def _explained(sentence: Sentence) -> Iterator[tuple[str, float | None, str, int]]:
    """What a reader may ask "why" of: loaded, subjectivity and the likeliest tone."""
    yield "loaded", sentence.loaded, "loaded", 0
    yield "subjectivity", sentence.subjectivity, "subjectivity", 0
    tones = list((sentence.sentiment.to_dict() if sentence.sentiment else {}).items())
    if tones:
        column = max(range(len(tones)), key=lambda i: tones[i][1])
        yield tones[column][0], tones[column][1], "sentiment", column


def percent(share: float) -> str:
    """A signed share in whole percent: ``+12%`` raises the score, ``−3%`` lowers it."""
    return f"{share:+.0%}".replace("-", "−")


def _text(value: str) -> Markup:
    # A bare CR in markup is read as LF by every HTML parser, which would move the offsets; the reference survives.
    return escape(visible(value)).replace("\r", Markup("&#13;"))


@cache
def environment() -> Environment:
    """The templates of this room; every text they show is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("biasscore.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters.update(text=_text, one_line=on_one_line, percent=percent, figure=figure)
    script = templates.get_template("page.js").render()
    templates.globals.update(script=Markup(script), script_hash=_policy_hash(script))
    return templates


def _policy_hash(script: str) -> str:
    """The one script that a page allows: even where a text got through the escaping, nothing of it would run."""
    return b64encode(hashlib.sha256(script.encode()).digest()).decode()

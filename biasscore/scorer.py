"""From texts to documents: opens a model, and takes texts through all steps in windows.

text ─segment→ sentences ─predict→ probabilities, spans ─assemble→ Document

In the order in which they run: ``stream``, ``_windows``, ``_segmented``, ``_batch``, ``_documents``, ``_assembled``.
What does the work:

* sentences and voices: ``segment``; names of targets: ``segment/targets``;
* what is asked of the model, and how its answers become a Document: ``predict/assemble``;
* tokens, pooling, calibration, labels, spans, parts of a logit: ``predict/embedded`` (a model of biasscore),
  ``predict/hub/model`` (a classifier from the Hub), ``predict/combined`` (several models, each for other scores);
* batches, long sentences, each text once: ``engine/reader``; the network: ``engine``;
* scores of paragraphs and documents, which are means of their sentences: ``results``.
"""

from __future__ import annotations

import json
import os
import pickle
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, Sized
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Literal, Self

from biasscore.deadline import OverdueError, within
from biasscore.engine.base import BackendName, DtypeName
from biasscore.engine.device import EngineOptions, no_card_in_fork
from biasscore.engine.lookahead import ahead
from biasscore.engine.reader import Stats
from biasscore.errors import InputError, SlowTextError
from biasscore.heads import CLASSIFIED
from biasscore.predict.assemble import TextBatch, documents
from biasscore.predict.hub.opening import Terms
from biasscore.predict.open import Settings, anchored, open_model
from biasscore.predict.types import Model, ModelAnswers
from biasscore.results import Article, Block, Document, Paragraph
from biasscore.segment import Segmentation, segment
from biasscore.segment.targets import Finder, finder_of, wanted_from, with_targets

# Texts are scored in windows of about this many characters: enough sentences to sort into batches of like length,
# few enough for memory to stay flat.
WINDOW_CHARS = 400_000
# From so many texts on a bar is worth its line.
_LONG_LIST = 200
# Longest time for the sentences of a window, and, where that is not enough, of each of its texts. It takes a second.
WINDOW_SECONDS = 300.0
# How many scorers that came from other processes are kept open.
_MOST_ARRIVED = 4
_FILL = "remove or fill missing texts, or use biasscore.score_frame, which keeps such rows with the reason"
# What an article counts at least, so that an endless source of empty texts fills windows, too.
ARTICLE_CHARS = 20


class Scorer:
    """Scores texts with one model. ``biasscore.load`` makes it. Do not share it between threads.

    Call ``close`` to end its threads, or use it in a ``with`` block.

    A pickled scorer holds only how it was opened; the other process opens the model again, once. A forked process also
    opens its own model, on one thread, because a fork does not copy the engine's threads.
    """

    def __init__(
        self,
        model: Model,
        settings: Settings,
        stats: Stats | None = None,
        in_flight: int = 1,
        reopen: Callable[..., Scorer] | None = None,
        find_targets: Callable[[Segmentation], Segmentation] | None = None,
    ) -> None:
        self._model = model
        self._in_flight = in_flight
        self._reopen = reopen
        self._find_targets = find_targets
        self._process = os.getpid()
        self._is_closed = False
        self.settings = settings
        self.stats = stats or Stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads of the engine. A closed scorer cannot score; closing it again does nothing."""
        # First the mark, then the end: what fails in a thread in between finds the reason.
        was_closed, self._is_closed = self._is_closed, True
        if not was_closed and self._process == os.getpid():
            self._model.close()

    @property
    def fingerprint(self) -> str:
        """Weights, calibration, backend and dtype in one short string; equals ``Document.model``."""
        return self._model.fingerprint

    def score(self, text: str, title: str | None = None) -> Document:
        """Score one text.

        Args:
            text: any string; never edited, all offsets count its code points.
            title: scored separately; it does not count in the document's aggregates.

        Raises:
            InputError: if ``text`` or ``title`` is not a string; if the scorer is closed; or if the text takes more
                than 300 seconds to be split into sentences (``SlowTextError``).
        """
        return next(self._streamed(iter([_article(Article(text, title))])))

    def score_many(self, texts: Iterable[str | Article], *, progress: bool = True) -> list[Document]:
        """Score all texts; the documents come in the order of the texts.

        Args:
            progress: show a bar for long lists, in terminals and notebooks; never where output goes to a file or pipe.

        Raises:
            InputError: if ``texts`` is a single string, a dict, a set or a table, or an item is neither a string nor an
                Article; if the scorer is closed; or if a text takes more than 300 seconds to be split into sentences
                (``SlowTextError``).
        """
        texts = _in_order(texts)
        number = len(texts) if isinstance(texts, Sized) else 0
        if not progress or number < _LONG_LIST:
            return list(self.stream(texts))
        from tqdm.auto import tqdm

        return list(tqdm(self.stream(texts), total=number, unit="text", disable=None))

    def stream(self, texts: Iterable[str | Article]) -> Iterator[Document]:
        """Score texts as they come, in order and in bounded memory.

        The next window is segmented while the model works on this one. Where the model can, it tokenizes and decodes
        one window while the encoder runs another.

        Raises:
            InputError: if ``texts`` is a single string, a dict, a set or a table. If an item is neither a string nor an
                Article, or takes too long (``SlowTextError``), the error comes after the documents before it, and so
                does any error of the source. Also if the scorer is closed before the stream was read.
        """
        articles = map(_article, _in_order(texts), count())
        self._get_ready()
        return self._streamed(articles)

    def _streamed(self, articles: Iterator[Article]) -> Iterator[Document]:
        # Once more: a stream may be read long after it was made, and in a forked process.
        self._get_ready()
        began = os.getpid()
        windows = ahead(self._segmented, _windows(articles), depth=1)
        scored = ahead(self._documents, windows, depth=self._in_flight - 1, workers=self._in_flight)
        for window, found in scored:
            yield from found
            if window.slow:
                raise _too_slow()
            if began != os.getpid():
                raise InputError(
                    "a forked process cannot read the rest of a stream that another process began; call stream again "
                    "in each process"
                )

    def explain(self, text: str, title: str | None = None) -> Document:
        """Score one text and show what each token adds to the logits of its sentence.

        Returns:
            The document of ``score``, with ``contributions`` for each sentence score of a biasscore model: the parts of
            its tokens, which add up to the logit exactly (see ``Contributions``). Classifiers from the Hub give None.

        Raises:
            InputError: if ``text`` or ``title`` is not a string; if the scorer is closed; or if the text takes more
                than 300 seconds to be split into sentences (``SlowTextError``).
        """
        self._get_ready()
        articles = [_article(Article(text, title))]
        window = self._segmented(articles)
        if window.slow:
            raise _too_slow()
        return self._assembled(articles, window.batch, self._model.explain(window.batch.asked))[0]

    def __reduce__(self) -> tuple[Callable[[bytes, str], Scorer], tuple[bytes, str]]:
        return _opened_here, (pickle.dumps(self._opening()), self.fingerprint)

    def _opening(self) -> Callable[..., Scorer]:
        if self._reopen is None:
            raise InputError(
                "this Scorer was not opened by biasscore.load, so no other process can use the Scorer; open a Scorer "
                "with biasscore.load in each process"
            )
        return self._reopen

    def _check_open(self) -> None:
        if self._is_closed:
            raise InputError("this scorer is closed; open a new one with biasscore.load")

    def _get_ready(self) -> None:
        """Raise InputError if closed; in a forked process, open the model again."""
        self._check_open()
        if self._process == os.getpid():
            return
        if self.settings.device != "cpu":
            raise no_card_in_fork(self.settings.device)
        own = self._opening()(threads=1)
        self._model, self.settings, self.stats = own._model, own.settings, own.stats
        self._process = os.getpid()

    def _segmented(self, articles: list[Article]) -> _Window:
        """Segment a window; where one of its articles takes too long, only those before it."""
        try:
            with within(WINDOW_SECONDS):
                return _Window(articles, self._batch(articles))
        except OverdueError:
            quick = list(takewhile(self._is_quick, articles))
            return _Window(quick, self._batch(quick), slow=len(quick) < len(articles))

    def _is_quick(self, article: Article) -> bool:
        try:
            with within(WINDOW_SECONDS):
                self._batch([article])
        except OverdueError:
            return False
        return True

    def _batch(self, articles: list[Article]) -> TextBatch:
        """The sentences of some articles: first of their texts, then of their titles."""
        texts = [segment(article.text, article.blocks) for article in articles]
        texts += [segment(article.title) for article in articles if article.title]
        return TextBatch.of(map(self._find_targets, texts) if self._find_targets else texts)

    def _documents(self, window: _Window) -> tuple[_Window, list[Document]]:
        try:
            answers = self._model.predict(window.batch.asked)
        except Exception:
            # An engine that was closed in the middle of a stream does not say so.
            self._check_open()
            raise
        return window, self._assembled(window.articles, window.batch, answers)

    def _assembled(self, articles: list[Article], batch: TextBatch, answers: ModelAnswers) -> list[Document]:
        return list(_with_titles(articles, documents(batch, answers, self.fingerprint)))


@dataclass(frozen=True, slots=True)
class _Window:
    """Articles that are scored together; ``slow`` where the one after them took too long."""

    articles: list[Article]
    batch: TextBatch
    slow: bool = False


def _too_slow() -> SlowTextError:
    return SlowTextError(
        f"the text took more than {WINDOW_SECONDS:g} seconds to be split into sentences; leave out this text, or cut "
        "it into several shorter texts"
    )


# What arrived in this process, by its pickle.
_arrived: dict[tuple[bytes, str], Scorer] = {}


def _opened_here(opening: bytes, fingerprint: str) -> Scorer:
    """One scorer per process for all copies that arrive in it, until it is closed: a pool pickles it with every task.

    Args:
        fingerprint: for whoever hashes the pickle.
    """
    scorer = _arrived.get((opening, fingerprint))
    if scorer is None or scorer._is_closed:
        scorer = _arrived[opening, fingerprint] = pickle.loads(opening)()
        for older in list(_arrived)[:-_MOST_ARRIVED]:
            _arrived.pop(older, None)
    return scorer


def load(
    model: str | Path | None = "base",
    *,
    loaded: str | Path | None = None,
    spans: str | Path | None = None,
    subjectivity: str | Path | None = None,
    sentiment: str | Path | None = None,
    framing: str | Path | None = None,
    targets: Iterable[str | Mapping[str, object]] | None = None,
    finder: str | Finder = "names",
    labels: Mapping[str, Sequence[str]] | None = None,
    local_files_only: bool = False,
    allow_pickle: bool = False,
    device: str = "auto",
    dtype: DtypeName | Literal["auto"] = "auto",
    backend: BackendName | Literal["auto"] = "auto",
    threads: int | None = None,
    budget: int | None = None,
    prior: float | None = None,
) -> Scorer:
    """Open a model for scoring, or several, each for another score.

    Args:
        model: name of a model that comes with biasscore, the path of one that ``biasscore train`` wrote, or
            ``OWNER/NAME`` of such a model on the Hugging Face Hub: a biasscore model. It gives every score that no
            other argument names a model for; None leaves those scores out. A classifier from the Hub gives one only.
        loaded, spans, subjectivity, sentiment, framing: a model for this score only: a biasscore model, a classifier
            from the Hugging Face Hub (``OWNER/NAME``, pinned by ``OWNER/NAME@REVISION``), the folder of one, or a file
            that ``biasscore calibrate`` wrote; see ``docs/hub.md``. ``spans``, the loaded words, needs a
            token classifier; by default spans come from ``loaded`` if that is a biasscore model, else from ``model``.
        targets: measure the tone toward these: names, or ``{"name": …, "aliases": […], "patterns": […]}``. None finds
            every name in the text; an empty list looks for none.
        finder: how to find names: "names" (built in), "spacy:MODEL" (the entities of a spaCy pipeline, for example
            ``spacy:en_core_web_sm``), or a function of a segmentation; see docs/targets.md.
        labels: what a classifier's outputs mean, in order; needed if their names do not say it:
            ``{"sentiment": ["negative", "neutral", "positive"]}``.
        local_files_only: never use the network.
        allow_pickle: use pickled weights if a classifier has no others. Reading a pickle can run any code.
        device: "auto", "cpu", "cuda" or "cuda:N".
        dtype: "auto" or a number format of the engine: float32, bfloat16, float16, int8.
        backend: "auto" or a library: torch, onnx.
        threads: processor threads; None uses all that this process may use.
        budget: tokens per batch; None leaves it to the engine.
        prior: expected share of loaded sentences in the texts, in (0, 1), for the model that gives ``loaded``; None
            keeps the model's own.

    Raises:
        ModelError: if a model is missing, broken, newer than this version, or cannot give the score asked of it.
        BackendError: if the device, dtype or backend is not available here.
        LabelMapError: if ``labels`` or the names of a classifier's outputs do not fit its score (a ModelError).
        InputError: if ``prior`` is not between 0 and 1, or is given though no model gives ``loaded``; if no model is
            named; or if ``labels``, ``targets`` or ``finder`` is not of the form above.
        MissingExtraError: if the backend or the finder needs a package that is not installed.
    """
    asked = locals()
    _check_labels(labels)
    chosen = {answer: asked[answer] for answer in CLASSIFIED if asked.get(answer) is not None}
    options = EngineOptions(device=device, dtype=dtype, backend=backend, threads=threads, budget=budget)
    terms = Terms(labels=labels or {}, local_files_only=local_files_only, allow_pickle=allow_pickle)
    opened = open_model(model, chosen, options, terms, prior)
    wanted = None if targets is None else wanted_from(targets)
    # Another process can read them again, which it could not with a generator.
    plain = None if wanted is None else [asdict(each) for each in wanted]
    named = {argument: anchored(asked[argument]) for argument in ("model", *chosen)}
    reopen = partial(_load_again, opened.settings.model, **{**asked, **named, "targets": plain})
    # Nobody looks for targets that no model answers for.
    looks = opened.answers_targets and wanted != ()
    find_targets = partial(with_targets, finder=finder_of(finder), wanted=wanted) if looks else None
    named_targets = None if plain is None else json.dumps(plain, ensure_ascii=False)
    named_finder = finder if isinstance(finder, str) else getattr(finder, "__qualname__", type(finder).__qualname__)
    settings = replace(opened.settings, targets=named_targets, finder=named_finder)
    return Scorer(opened.model, settings, opened.stats, opened.in_flight, reopen, find_targets)


def _check_labels(labels: object) -> None:
    """Raises InputError unless they are names of outputs, in order, by score."""
    named = labels.values() if isinstance(labels, Mapping) else None if labels is None else [labels]
    if not all(
        isinstance(names, Sequence) and not isinstance(names, str) and all(isinstance(name, str) for name in names)
        for names in named or ()
    ):
        raise InputError(
            f"the argument 'labels' is {labels!r}; give a dict with the names of a model's outputs in order, for "
            "example {'sentiment': ['negative', 'neutral', 'positive']}"
        )


def _load_again(shown: str, **asked: Any) -> Scorer:
    """Open in another process what ``load`` opened in this one, under the name that the user gave."""
    scorer = load(**asked)
    scorer.settings, scorer._reopen = replace(scorer.settings, model=shown), partial(_load_again, shown, **asked)
    return scorer


def _in_order(texts: Iterable[str | Article]) -> Iterable[str | Article]:
    """Texts that come in an order, each of them one item; for what only looks like it, the right call is named."""
    kind = type(texts).__name__
    if isinstance(texts, str | Article):
        raise InputError("the argument 'texts' must be a list of texts, not one text; use score(text) for one text")
    if isinstance(texts, Mapping):
        raise InputError(f"the argument 'texts' must be a list, not {kind}; use list(texts.values())")
    if isinstance(texts, Set):
        raise InputError(
            f"the argument 'texts' must be a list, not {kind}: the items of a {kind} have no order; use a list"
        )
    if hasattr(texts, "columns") or hasattr(texts, "column_names"):
        raise InputError(
            f"the argument 'texts' must be a list, not {kind}; use biasscore.score_frame for a table, or give one "
            "column of the table"
        )
    if getattr(texts, "shape", None) == ():
        raise InputError(
            f"the argument 'texts' must be a list, not one {kind} without dimensions; use score(text) for one text"
        )
    if isinstance(texts, bytes | bytearray | os.PathLike) or not isinstance(texts, Iterable):
        raise InputError(
            f"the argument 'texts' must be a list or iterator of str or Article, not {kind}; for files use "
            "biasscore.score_file"
        )
    return texts


def _article(item: str | Article, number: int | None = None) -> Article:
    """The item as an article, checked; the number is that of an item among several."""
    article = Article(item) if isinstance(item, str) else item
    named = "the text" if number is None else f"text {number} (counted from 0)"
    if not isinstance(article, Article):
        raise InputError(f"{named} must be a str or biasscore.Article, not {type(item).__name__}; {_FILL}")
    if not isinstance(article.text, str):
        several = isinstance(article.text, Iterable) and not isinstance(article.text, bytes | bytearray)
        mend = f"; {_FILL}" if number is not None else "; use score_many for several texts" if several else ""
        raise InputError(f"{named} must be a str, not {type(article.text).__name__}{mend}")
    if not isinstance(article.title, str | None):
        of = "" if number is None else f" of {named}"
        raise InputError(f"the title{of} must be a str or None, not {type(article.title).__name__}")
    if not isinstance(article.blocks, tuple | list) or not all(isinstance(block, Block) for block in article.blocks):
        raise InputError(
            "the argument 'blocks' must be a tuple of biasscore.results.Block, for example (Block(0, 12, "
            f"'heading'),), or () if there are none, not {reprlib.repr(article.blocks)}"
        )
    return article


def _windows(articles: Iterable[Article]) -> Iterator[list[Article]]:
    window: list[Article] = []
    chars = 0
    failure: Exception | None = None
    try:
        for article in articles:
            window.append(article)
            chars += len(article.text) + len(article.title or "") + ARTICLE_CHARS
            if chars >= WINDOW_CHARS:
                yield window
                window, chars = [], 0
    except Exception as raised:
        failure = raised
    if window:
        yield window
    if failure is not None:
        raise failure


def _with_titles(articles: list[Article], documents: list[Document]) -> Iterator[Document]:
    titles = iter(documents[len(articles) :])
    for article, document in zip(articles, documents, strict=False):
        yield replace(document, title=_title(next(titles))) if article.title else document


def _title(document: Document) -> Paragraph | None:
    """One heading out of a title's document, however many lines it has."""
    if not document.paragraphs:
        return None
    framing = document.framing or document.paragraphs[0].framing
    start, end = document.paragraphs[0].start, document.paragraphs[-1].end
    return Paragraph(document.text[start:end], start, end, "heading", framing, document.sentences)

"""The scores in spaCy: ``nlp.add_pipe("biasscore")``.

After it, ``doc._.biasscore`` is the ``biasscore.Document`` of the text; ``doc.spans["loaded"]`` and
``doc.spans["quotations"]`` hold the loaded words and the quotations, their scores in ``attrs["scores"]``; and
``span._.loaded`` of any span is the mean of ``loaded`` over the sentences that it touches, weighted by author
characters; None without author words. spaCy finds the component by its entry point; nothing has to be imported.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from biasscore.errors import MissingExtraError
from biasscore.results import Document, weighted_mean
from biasscore.scorer import Scorer, load

try:
    from spacy.language import Language
    from spacy.tokens import Doc, Span, SpanGroup
    from spacy.util import minibatch
except ImportError:
    raise MissingExtraError("spacy", "spacy") from None

LOADED, QUOTATIONS = "loaded", "quotations"
# A string, because it has to survive Doc.to_bytes, DocBin and nlp.pipe(n_process=2).
_KEY = "biasscore"


class BiasScore:
    """The component.

    ``nlp.add_pipe("biasscore", config={"model": …, "prior": …, "threads": …})`` makes it, with the arguments of
    ``biasscore.load``.
    """

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        for kind, name, getter in ((Doc, "biasscore", _document), (Span, "loaded", _loaded)):
            if not kind.has_extension(name):
                kind.set_extension(name, getter=getter)

    def __call__(self, doc: Doc) -> Doc:
        return _annotated(doc, self.scorer.score(doc.text))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int) -> Iterator[Doc]:
        """Score many documents, ``batch_size`` at a time."""
        for docs in minibatch(stream, size=batch_size):
            yield from map(_annotated, docs, self.scorer.score_many(doc.text for doc in docs))


@Language.factory(  # type: ignore[untyped-decorator]
    "biasscore",
    assigns=["doc._.biasscore", "doc.spans", "span._.loaded"],
    default_config={"model": "base", "prior": None, "threads": None},
)
def create(nlp: Language, name: str, model: str, prior: float | None, threads: int | None) -> BiasScore:  # noqa: ARG001
    """Make the component.

    Args:
        model, prior, threads: as for ``biasscore.load``.
    """
    return BiasScore(load(model, prior=prior, threads=threads))


def _annotated(doc: Doc, document: Document) -> Doc:
    doc.user_data[_KEY] = document.to_json()
    words = [(span.start, span.end, span.score) for p in document.paragraphs for span in p.spans]
    quotations = [(quote.start, quote.end, quote.loaded) for quote in document.quotes]
    doc.spans[LOADED] = _group(doc, LOADED, words)
    doc.spans[QUOTATIONS] = _group(doc, QUOTATIONS, quotations)
    return doc


def _group(doc: Doc, name: str, found: Sequence[tuple[int, int, float | None]]) -> SpanGroup:
    """Spans of whole tokens: one that ends inside a token takes all of it."""
    label = name.removesuffix("s").upper()
    spans = [doc.char_span(start, end, label, alignment_mode="expand") for start, end, _ in found]
    return SpanGroup(doc, name=name, spans=spans, attrs={"scores": [score for *_, score in found]})


def _document(doc: Doc) -> Document | None:
    stored: Any = doc.user_data.get(_KEY)
    return None if stored is None else _parsed(stored)


@lru_cache(maxsize=1)
def _parsed(stored: str) -> Document:
    """The last one is kept: people ask for `loaded` of one span of a Doc after the other."""
    return Document.from_json(stored)


def _loaded(span: Span) -> float | None:
    document = _document(span.doc)
    if document is None:
        return None
    touched = [s for s in document.sentences if s.start < span.end_char and s.end > span.start_char]
    return weighted_mean((s.loaded, s.author_chars) for s in touched)

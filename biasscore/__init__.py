"""Scores news text, paragraph by paragraph, for loaded language, subjectivity, tone and partisan framing.

    >>> import biasscore
    >>> scorer = biasscore.load()
    >>> document = scorer.score("The senator issued yet another empty warning.")

Importing this package loads none of torch, transformers or onnxruntime; they come with the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from biasscore._version import __version__
from biasscore.errors import (
    BackendError,
    BiasScoreError,
    InputError,
    JobError,
    LabelMapError,
    MissingExtraError,
    ModelError,
    TrainingError,
)
from biasscore.results import (
    Article,
    Attribution,
    Contributions,
    Document,
    Framing,
    Mention,
    Paragraph,
    Quote,
    Sentence,
    Sentiment,
    Span,
    TokenPart,
)

if TYPE_CHECKING:
    from biasscore.analysis import Comparison, compare, compare_groups
    from biasscore.jobs import mapper, score_file, score_frame, to_frame
    from biasscore.scorer import Scorer, load

# Names whose modules need numpy, torch or pyarrow, loaded when first asked for.
_LATE = {
    "analysis": "Comparison compare compare_groups",
    "jobs": "mapper score_file score_frame to_frame",
    "scorer": "Scorer load",
}
_MODULE_OF = {name: module for module, names in _LATE.items() for name in names.split()}

# What is reached with a dot, such as biasscore.report.to_html, loaded when first asked for.
_ROOMS = "analysis evaluation export jobs predict report segment sklearn spacy tables training".split()

__all__ = [
    "Article",
    "Attribution",
    "BackendError",
    "BiasScoreError",
    "Comparison",
    "Contributions",
    "Document",
    "Framing",
    "InputError",
    "JobError",
    "LabelMapError",
    "Mention",
    "MissingExtraError",
    "ModelError",
    "Paragraph",
    "Quote",
    "Scorer",
    "Sentence",
    "Sentiment",
    "Span",
    "TokenPart",
    "TrainingError",
    "__version__",
    "compare",
    "compare_groups",
    "load",
    "mapper",
    "score_file",
    "score_frame",
    "to_frame",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"biasscore.{_MODULE_OF[name]}"), name)
    if name in _ROOMS:
        return import_module(f"biasscore.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

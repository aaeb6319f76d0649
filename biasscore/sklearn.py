"""Estimators for scikit-learn: a classifier for labels of one's own, and the scores as features.

    from biasscore.sklearn import BiasFeatures, LoadedLanguageClassifier

Both read texts (a list, an array, a Series), work in pipelines, searches and cross-validation, and clone and pickle as
scikit-learn's own do. A model is opened once per process, however many estimators name it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from biasscore.engine.device import EngineOptions
from biasscore.errors import InputError
from biasscore.predict import checkpoints
from biasscore.predict.vectors import Encoder
from biasscore.scorer import Scorer, load
from biasscore.tables import Row, schema, to_table

Array = NDArray[Any]

# Small steps from a model that knows the task already; six passes were enough in notebooks/4_your_own_labels.ipynb.
_RECIPE = """
name = "own"
base = "base"
seed = {seed}
max_tokens = {max_tokens}
precision = "float32"

[[stages]]
name = "own"
epochs = {epochs}
batch = 16
lr = 3e-5
parts = [{{ corpus = "own" }}]
"""


class LoadedLanguageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Learns labels of your own from some hundred sentences, on vectors of a model that knows loaded language.

    By default a logistic regression on the encoder's vectors, which stay as they are and are remembered, so a search or
    a cross-validation encodes each text once. ``full=True`` trains the encoder and its head for loaded language instead
    (see docs/training.md); that takes minutes and pays from some thousand labels on.

    Args:
        model: an embedded model, by name or path.
        C: inverse strength of the regression's penalty, as in ``LogisticRegression``, on standardised vectors.
        class_weight: as in ``LogisticRegression``.
        full: whether to train the encoder as well; two classes only.
        epochs: passes over the texts, for ``full``.
        folder: where ``full`` writes the model; None makes a temporary folder. A pickled classifier needs it.
        random_state: seed of ``full``, 0 or more; None is 1.
        threads: processor threads; None uses all.

    Attributes:
        classes_: the labels, sorted.
        head_: the fitted pipeline of scaling and regression; not with ``full``.
        folder_: the trained model, which ``biasscore.load`` opens; with ``full`` only.
    """

    def __init__(
        self,
        model: str | Path = "base",
        *,
        C: float = 0.01,  # noqa: N803 the name that it has all over scikit-learn
        class_weight: Any = None,
        full: bool = False,
        epochs: int = 6,
        folder: str | Path | None = None,
        random_state: int | None = None,
        threads: int | None = None,
    ) -> None:
        self.model = model
        self.C = C
        self.class_weight = class_weight
        self.full = full
        self.epochs = epochs
        self.folder = folder
        self.random_state = random_state
        self.threads = threads

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Learn from texts and their labels, one per text."""
        check_classification_targets(y)
        check_consistent_length(X, y)
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        if self.full:
            self.folder_ = self._trained(_texts(X), codes)
        else:
            self.head_ = make_pipeline(
                StandardScaler(), LogisticRegression(C=self.C, class_weight=self.class_weight, max_iter=1000)
            ).fit(self._vectors(X, fitting=True), codes)
        return self

    def predict_proba(self, X: Any) -> Array:  # noqa: N803
        """[texts, classes] probabilities."""
        check_is_fitted(self)
        if not self.full:
            return np.asarray(self.head_.predict_proba(self._vectors(X, fitting=False)))
        loaded = [document.loaded for document in _scorer(str(self.folder_), self.threads).score_many(_texts(X))]
        # Without words of the author there is nothing that speaks for either class.
        positive = np.array([0.5 if value is None else value for value in loaded])
        return np.stack([1 - positive, positive], axis=1)

    def predict(self, X: Any) -> Array:  # noqa: N803
        """The most probable label of each text."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _vectors(self, X: Any, *, fitting: bool) -> Array:  # noqa: ARG002, N803 scikit-learn's checks need to know
        return _encoder(str(self.model), self.threads)(_texts(X))

    def _trained(self, texts: Sequence[str], codes: Array) -> Path:
        import pyarrow.parquet as pq

        from biasscore.training import train

        if len(self.classes_) != 2:
            raise InputError(f"full=True needs two classes, not {len(self.classes_)}; leave it out for more classes")
        folder = Path(self.folder) if self.folder is not None else Path(tempfile.mkdtemp(prefix="biasscore-"))
        with tempfile.TemporaryDirectory() as work:
            rows = {"text": texts, "loaded": codes, "split": ["train"] * len(texts), "dataset": ["own"] * len(texts)}
            pq.write_table(pa.table(rows), Path(work, "own.parquet"))
            recipe = Path(work, "recipe.toml")
            base = checkpoints.read(self.model)
            values = {
                "seed": 1 if self.random_state is None else self.random_state,
                "epochs": self.epochs,
                "max_tokens": base.max_tokens,
            }
            recipe.write_text(_RECIPE.format(**values), encoding="utf-8")
            return train(recipe, Path(work), folder / "model", base=str(base.path))

    def __sklearn_tags__(self) -> Tags:
        return _reads_texts(super().__sklearn_tags__())


class BiasFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to named numbers: the score columns and counts of docs/schema.md, at the level of documents.

    ``set_output(transform="pandas")`` gives a frame with the index of the texts.

    Args:
        model: as for ``biasscore.load``.
        missing: the number for a score that does not exist, such as ``quoted_loaded`` of a text without quotations.
        threads: processor threads; None uses all.
    """

    def __init__(self, model: str | Path = "base", *, missing: float = np.nan, threads: int | None = None) -> None:
        self.model = model
        self.missing = missing
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803
        """Nothing is learnt; checks that the model opens."""
        _scorer(str(self.model), self.threads)
        return self

    def transform(self, X: Any) -> Array:  # noqa: N803
        """[texts, features] float64."""
        texts = _texts(X)
        documents = _scorer(str(self.model), self.threads).score_many(texts)
        rows = [Row(str(i), text) for i, text in enumerate(texts)]
        table = to_table(zip(rows, documents, strict=True), "document", "")
        columns = [table[name].to_numpy().astype(np.float64) for name in _features()]
        numbers = np.stack(columns, axis=1)
        return np.where(np.isnan(numbers), self.missing, numbers)

    def get_feature_names_out(self, input_features: Any = None) -> Array:  # noqa: ARG002
        """The names of the features, as strings."""
        return np.array(_features(), dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = _reads_texts(super().__sklearn_tags__())
        tags.requires_fit = False
        return tags


def _features() -> list[str]:
    """The numeric columns of a document, without those of a title, which a plain text has not."""
    numeric = [field.name for field in schema("document") if pa.types.is_primitive(field.type)]
    return [name for name in numeric if not name.startswith("title_")]


def _reads_texts(tags: Tags) -> Tags:
    tags.input_tags.string = True
    tags.input_tags.one_d_array = True
    tags.input_tags.two_d_array = False
    tags.no_validation = True
    return tags


def _texts(given: Any) -> list[str]:
    """The texts of a list, an array or a Series.

    Raises:
        InputError: if it is none of these, or holds something else than strings.
    """
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise InputError(f"texts must be a list, an array or a Series, not {type(given).__name__}")
    if len(getattr(given, "shape", "1")) > 1:
        raise InputError("texts must have one dimension; use one column, for example df['text']")
    texts = list(given)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {i} is a {type(text).__name__}, not a string; drop or fill missing texts first")
    return [str(text) for text in texts]


# One opening per process: cross-validation clones an estimator for every fold.
@lru_cache(maxsize=2)
def _encoder(model: str, threads: int | None) -> Encoder:
    return Encoder.open(model, EngineOptions(threads=threads))


@lru_cache(maxsize=2)
def _scorer(model: str, threads: int | None) -> Scorer:
    return load(model, threads=threads)

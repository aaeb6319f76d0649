"""Estimators for scikit-learn: a classifier for your own labels, and the scores as features.

    from biasscore.sklearn import BiasFeatures, LoadedLanguageClassifier

Both read texts (a list, an array, a Series), work in pipelines, searches and cross-validation, and clone and pickle as
scikit-learn's own do. A model is opened once per process, however many estimators name it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from functools import lru_cache
from numbers import Integral
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

from biasscore.engine import forks
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


class _LabelsError(InputError, ValueError):
    """Labels that cannot be learnt; scikit-learn's tools expect ``ValueError``."""


class _TemporaryFolder:
    """A folder that goes with its last user. A pickle carries the files, since a copy may outlive the folder."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="biasscore-"))
        weakref.finalize(self, _remove, self.path, os.getpid())
        for name, content in (files or {}).items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def __reduce__(self) -> tuple[type[_TemporaryFolder], tuple[dict[str, bytes]]]:
        files = [file for file in self.path.rglob("*") if file.is_file()]
        return type(self), ({str(file.relative_to(self.path)): file.read_bytes() for file in files},)


def _remove(folder: Path, process: int) -> None:
    # The copy of an estimator in a forked process is not the last user.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


class LoadedLanguageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Learns labels of your own from some hundred sentences, on vectors of a model that knows loaded language.

    By default it is a logistic regression on the encoder's vectors. These are cached, so a search or a cross-validation
    encodes each text once. ``full=True`` trains the whole model for loaded language instead (see
    docs/training.md). That takes minutes; compare both on your own labels.

    Args:
        model: name of a model that comes with biasscore, or path of one that ``biasscore train`` wrote.
        C: inverse strength of the regression's penalty, as in ``LogisticRegression``, on standardized vectors.
        class_weight: as in ``LogisticRegression``; not with ``full``.
        full: whether to train the encoder as well; two classes only.
        epochs: passes over the texts, for ``full``.
        folder: where each fit with ``full`` writes its model, in a folder of its own that a pickled classifier
            needs. None is a temporary folder, which goes with the classifier; a pickle carries its files.
        random_state: seed of ``full``, a whole number of 0 or more; None is 1.
        threads: processor threads; None uses all.

    Attributes:
        classes_: the labels, sorted.
        head_: the fitted pipeline of scaling and regression; not with ``full``.
        folder_: the trained model, which ``biasscore.load`` opens; with ``full`` only.
    """

    _temporary: _TemporaryFolder | None = None

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
        """Learn from texts and their labels, one per text.

        Raises:
            ValueError: if there are fewer than two classes (``full``: other than two), or not one label per text.
            InputError: if X holds other things than texts, or an argument has no effect or is out of range.
        """
        check_classification_targets(y)
        check_consistent_length(X, y)
        labels = np.asarray(y)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) == 1:
            raise _LabelsError(
                f"all labels are of one class, {self.classes_.tolist()[0]!r}; give texts with labels of at least two "
                "classes"
            )
        if self.full:
            self._check_full()
            self.folder_ = self._trained(_texts(X), codes)
        else:
            self.head_ = make_pipeline(
                StandardScaler(), LogisticRegression(C=self.C, class_weight=self.class_weight, max_iter=1000)
            ).fit(self._vectors(X), labels)  # labels, for the keys of class_weight are labels
        return self

    def predict_proba(self, X: Any) -> Array:  # noqa: N803
        """[texts, classes] probabilities."""
        check_is_fitted(self)
        if not self.full:
            return np.asarray(self.head_.predict_proba(self._vectors(X)))
        loaded = [document.loaded for document in _scorer(str(self.folder_), self.threads).score_many(_texts(X))]
        # Without words of the author there is nothing that speaks for either class.
        positive = np.array([0.5 if value is None else value for value in loaded])
        return np.stack([1 - positive, positive], axis=1)

    def predict(self, X: Any) -> Array:  # noqa: N803
        """The most probable label of each text."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _vectors(self, X: Any) -> Array:  # noqa: N803
        return _encoder(str(self.model), 1 if forks.forked() else self.threads, os.getpid())(_texts(X))

    def _check_full(self) -> None:
        if len(self.classes_) != 2:
            raise _LabelsError(
                f"full=True needs labels of exactly two classes, not of {len(self.classes_)}; remove full=True"
            )
        if self.class_weight is not None:
            raise InputError("the argument 'class_weight' has no effect with full=True; remove one of the two")
        for name, value, least in (("epochs", self.epochs, 1), ("random_state", self._seed, 0)):
            if not isinstance(value, Integral) or isinstance(value, bool) or not least <= value < 2**32:
                raise InputError(
                    f"with full=True, the argument {name!r} must be a whole number of {least} or more, not {value!r}"
                )

    @property
    def _seed(self) -> int:
        return 1 if self.random_state is None else self.random_state

    def _trained(self, texts: Sequence[str], codes: Array) -> Path:
        import pyarrow.parquet as pq

        from biasscore.training import train
        from biasscore.training.predictions import row_id

        base = checkpoints.read(self.model)
        values = {"seed": self._seed, "epochs": self.epochs, "max_tokens": base.max_tokens}
        # Of a text that occurs twice, the first label counts: training refuses a text with two labels.
        first = {row_id(text): i for i, text in reversed(list(enumerate(texts)))}
        kept = sorted(first.values())
        rows = {"text": [texts[i] for i in kept], "loaded": [codes[i] for i in kept]}
        folder = self._new_folder()
        with tempfile.TemporaryDirectory() as work:
            pq.write_table(pa.table(rows), Path(work, "own.parquet"))
            recipe = Path(work, "recipe.toml")
            recipe.write_text(_RECIPE.format(**values), encoding="utf-8")
            try:
                return train(recipe, Path(work), folder, base=str(base.path))
            finally:
                shutil.rmtree(folder / "training", ignore_errors=True)

    def _new_folder(self) -> Path:
        """Of this fit alone: in the folder of an earlier one, training would go on from there."""
        if self.folder is None:
            self._temporary = _TemporaryFolder()
            return self._temporary.path
        self._temporary = None
        Path(self.folder).mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="model-", dir=self.folder)).absolute()

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        super().__setstate__(state)
        if self._temporary:
            self.folder_ = self._temporary.path

    def __sklearn_tags__(self) -> Tags:
        return _reads_texts(super().__sklearn_tags__())


class BiasFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to named numbers: the score columns and counts of docs/schema.md, at the level of documents.

    ``set_output(transform="pandas")`` gives a frame, with the index of a Series from scikit-learn 1.8 on.

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
        raise InputError(f"the texts must be a list, an array or a Series, not {type(given).__name__}")
    if len(getattr(given, "shape", "1")) > 1:
        raise InputError("the texts must have one dimension; use one column, for example df['text']")
    texts = list(given)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                f"text {i} (counted from 0) is a {type(text).__name__}, not a string; first remove or fill missing "
                "texts"
            )
    return [str(text) for text in texts]


# One opening per process: cross-validation clones an estimator for every fold. A fork has this cache, but not the
# threads of what is in it.
@lru_cache(maxsize=2)
def _encoder(model: str, threads: int | None, process: int) -> Encoder:  # noqa: ARG001
    return Encoder.open(model, EngineOptions(threads=threads))


@lru_cache(maxsize=2)
def _scorer(model: str, threads: int | None) -> Scorer:
    return load(model, threads=threads)

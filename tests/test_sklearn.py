"""The estimators through scikit-learn's own entry points: its checks, pipelines, searches, cross-validation."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import os
import pickle
import tempfile

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

import biasscore
from biasscore.engine.device import EngineOptions
from biasscore.errors import InputError
from biasscore.predict.vectors import Encoder
from biasscore.sklearn import BiasFeatures, LoadedLanguageClassifier

OWNERS = ["senator", "mayor", "minister", "council", "bank", "company"]
LOADED = [f"The shameless {who} peddled yet another pathetic, absurd lie." for who in OWNERS]
NEUTRAL = [f"The {who} published its budget on Tuesday." for who in OWNERS]
TEXTS = LOADED + NEUTRAL
LABELS = np.array(["loaded"] * len(LOADED) + ["neutral"] * len(NEUTRAL))
OUTLETS = ["Daily", "Weekly", "Herald"] * 4


def numeric(tags):
    tags.input_tags.two_d_array, tags.input_tags.one_d_array, tags.input_tags.string = True, False, False
    tags.no_validation = False
    return tags


class OnNumbers(LoadedLanguageClassifier):
    """scikit-learn's checks feed tables of numbers to every estimator: here they stand for the vectors of texts."""

    def _vectors(self, X):  # noqa: N803
        return validate_data(self, X, reset=not hasattr(self, "head_"))

    def fit(self, X, y):  # noqa: N803
        self.__dict__.pop("head_", None)
        return super().fit(*validate_data(self, X, y))

    def __sklearn_tags__(self):
        return numeric(super().__sklearn_tags__())


class FeaturesOnNumbers(BiasFeatures):
    """The same for the scores: each row of numbers is a text."""

    def fit(self, X, y=None):  # noqa: N803
        return super().fit(validate_data(self, X), y)

    def transform(self, X):  # noqa: N803
        rows = validate_data(self, X, reset=False)
        return super().transform([" ".join(f"A shameless {number:.3f}." for number in row) for row in rows])

    def __sklearn_tags__(self):
        return numeric(super().__sklearn_tags__())


@parametrize_with_checks([OnNumbers(C=1.0), FeaturesOnNumbers("small", threads=1, missing=0)])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", [LoadedLanguageClassifier(), BiasFeatures()])
def test_tags_say_that_it_reads_texts(estimator):
    tags = get_tags(estimator)
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array


def classifier(**options) -> LoadedLanguageClassifier:
    return LoadedLanguageClassifier("small", threads=1, **options)


def test_it_learns_labels_of_any_kind():
    fitted = classifier().fit(TEXTS, LABELS)
    assert fitted.classes_.tolist() == ["loaded", "neutral"]
    assert fitted.score(TEXTS, LABELS) == 1
    probabilities = fitted.predict_proba(["The shameless judge told an absurd lie.", "The judge read the verdict."])
    assert probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert probabilities[0, 0] > 0.5 > probabilities[1, 0]
    three = classifier().fit(TEXTS, np.arange(len(TEXTS)) % 3)
    assert three.predict_proba(TEXTS).shape == (len(TEXTS), 3)


@pytest.mark.parametrize("names", [("loaded", "neutral"), (1, 2), (False, True), (2, 1)])
def test_class_weight_goes_by_labels(names):
    labels = np.where(LABELS == "loaded", *names)
    for favoured in names:
        fitted = classifier(class_weight={name: 50 if name == favoured else 1 for name in names}).fit(TEXTS, labels)
        column = fitted.classes_.tolist().index(favoured)
        plain = classifier().fit(TEXTS, labels).predict_proba(TEXTS)[:, column]
        assert (fitted.predict_proba(TEXTS)[:, column] > plain).all()


def test_clone_pickle_and_grid_search():
    search = GridSearchCV(classifier(), {"C": [0.001, 0.1]}, cv=2).fit(TEXTS, LABELS)
    fitted = search.best_estimator_
    assert clone(fitted).get_params() == fitted.get_params()
    assert len(pickle.dumps(fitted)) < 100_000
    assert (pickle.loads(pickle.dumps(fitted)).predict_proba(TEXTS) == fitted.predict_proba(TEXTS)).all()


def test_cross_validation_by_outlet_and_calibration():
    assert cross_val_score(classifier(), TEXTS, LABELS, groups=OUTLETS, cv=GroupKFold(3)).mean() > 0.9
    calibrated = CalibratedClassifierCV(classifier(), cv=2).fit(TEXTS, LABELS)
    assert (calibrated.predict(TEXTS) == LABELS).all()
    by_process = cross_val_predict(classifier(), TEXTS, LABELS, cv=2, n_jobs=2)
    assert (by_process == cross_val_predict(classifier(), TEXTS, LABELS, cv=2)).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("full", [False, True])
def test_a_fork_predicts_with_what_its_parent_fitted(tiny_model, full):
    fitted = LoadedLanguageClassifier(tiny_model, full=full, epochs=1, threads=2).fit(TEXTS, LABELS)
    new = [f"{text} It said no more." for text in TEXTS]  # of the others, the fork has the vectors
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(fitted.predict_proba, (new,)).get(timeout=100)
    assert found == pytest.approx(fitted.predict_proba(new), abs=1e-5)


def test_full_trains_the_encoder(tiny_model, tmp_path):
    fitted = LoadedLanguageClassifier(tiny_model, full=True, epochs=1, folder=tmp_path, threads=1).fit(TEXTS, LABELS)
    expected = [document.loaded for document in biasscore.load(fitted.folder_).score_many(TEXTS)]
    assert fitted.predict_proba(TEXTS)[:, 1].tolist() == pytest.approx(expected, abs=1e-5)
    assert expected != [document.loaded for document in biasscore.load(tiny_model).score_many(TEXTS)]
    with pytest.raises(InputError, match="labels of exactly two classes, not of 3"):
        LoadedLanguageClassifier(tiny_model, full=True).fit(TEXTS, np.arange(len(TEXTS)) % 3)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The system's folder for temporary files, seen by this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("own", [True, False])
def test_every_full_fit_learns_anew(tiny_model, tmp_path, temporary, own):
    options = {"epochs": 2, "folder": tmp_path / "mine" if own else None, "threads": 1}
    model = LoadedLanguageClassifier(tiny_model, full=True, **options)
    there = model.fit(TEXTS, LABELS).predict_proba(TEXTS)
    back = model.fit(TEXTS, LABELS[::-1]).predict_proba(TEXTS)
    assert (there != back).any()
    assert len(cross_val_score(model, TEXTS, LABELS, cv=2, error_score="raise")) == 2
    assert not [file for file in tmp_path.rglob("training") if file.is_dir()]


def test_a_temporary_model_goes_with_its_last_copy(tiny_model, temporary):
    # The first label of a text counts, in whatever case it is written.
    twice, labels = [*TEXTS, TEXTS[0].upper()], [*LABELS, LABELS[-1]]
    LoadedLanguageClassifier(tiny_model, full=True, epochs=1, threads=1).fit(twice, labels)
    fitted = LoadedLanguageClassifier(tiny_model, full=True, epochs=1, threads=1).fit(TEXTS, LABELS)
    expected = fitted.predict_proba(TEXTS)
    shallow, pickled = copy.copy(fitted), pickle.dumps(fitted)
    assert len(list(temporary.iterdir())) == 1
    del fitted
    assert (shallow.predict_proba(TEXTS) == expected).all()
    del shallow
    gc.collect()
    assert not list(temporary.iterdir())
    assert (pickle.loads(pickled).predict_proba(TEXTS) == expected).all()
    gc.collect()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"class_weight": "balanced"}, "'class_weight' has no effect with full=True"),
        ({"epochs": 0}, "'epochs' must be a whole number of 1 or more, not 0"),
        ({"epochs": 1.5}, "'epochs' must be a whole number of 1 or more, not 1.5"),
        ({"random_state": np.random.RandomState(0)}, "'random_state' must be a whole number of 0 or more"),
        ({"random_state": -5}, "'random_state' must be a whole number of 0 or more, not -5"),
    ],
)
def test_what_full_cannot_use_is_told_before_it_trains(tiny_model, temporary, options, told):
    with pytest.raises(InputError, match=told):
        LoadedLanguageClassifier(tiny_model, full=True, **options).fit(TEXTS, LABELS)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("label", [7, "loaded"])
def test_labels_of_one_class_are_told_by_name(full, label):
    with pytest.raises(InputError, match=f"one class, {label!r}; give texts with labels of at least two"):
        classifier(full=full).fit(TEXTS, [label] * len(TEXTS))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ("a text", "a list, an array or a Series, not str"),
        (pd.DataFrame({"text": TEXTS}), r"use one column, for example df\['text'\]"),
        ([*TEXTS[:-1], None], "text 11 .counted from 0. is a NoneType, not a string"),
    ],
)
def test_what_is_no_list_of_texts_is_told(texts, told):
    for estimator in (classifier().fit(TEXTS, LABELS), BiasFeatures("small", threads=1)):
        call = estimator.predict if hasattr(estimator, "predict") else estimator.transform
        with pytest.raises(InputError, match=told):
            call(texts)


def test_features_are_the_scores_with_names():
    features = BiasFeatures("small", threads=1)
    found = features.fit_transform(TEXTS)
    names = features.get_feature_names_out().tolist()
    documents = biasscore.load("small", threads=1).score_many(TEXTS)
    assert found[:, names.index("loaded")] == pytest.approx([document.loaded for document in documents])
    assert found[:, names.index("tone")] == pytest.approx([document.tone for document in documents])
    assert np.isnan(found[:, names.index("quoted_loaded")]).all()
    assert "title_loaded" not in names
    filled = BiasFeatures("small", missing=-1, threads=1).transform(TEXTS)
    assert (filled[:, names.index("quoted_loaded")] == -1).all()


def test_features_in_a_pipeline_and_as_a_frame():
    frame = pd.DataFrame({"text": TEXTS, "length": range(len(TEXTS))}, index=[f"row{i}" for i in range(len(TEXTS))])
    features = BiasFeatures("small", missing=0, threads=1).set_output(transform="pandas")
    found = features.transform(frame["text"])
    if tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 8):  # older ones drop the index of a Series
        assert found.index.tolist() == frame.index.tolist()
    assert found.columns.tolist() == features.get_feature_names_out().tolist()
    columns = ColumnTransformer([("bias", features, "text")], remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(frame, LABELS)
    assert model.score(frame, LABELS) > 0.9


def test_vectors_do_not_depend_on_company_and_are_remembered(tiny_model):
    encoder = Encoder.open(tiny_model, EngineOptions(threads=1, dtype="float32"))
    one = encoder(TEXTS[:1])
    work = encoder.reader.stats.tokens
    many = encoder([*TEXTS, "", "x " * 300])
    assert many.shape == (len(TEXTS) + 2, encoder.width)
    assert many[0] == pytest.approx(one[0], abs=1e-6)
    assert not many[len(TEXTS)].any()
    assert np.isfinite(many).all()
    before = encoder.reader.stats.tokens
    assert before > work
    encoder(TEXTS)
    assert encoder.reader.stats.tokens == before

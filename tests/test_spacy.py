"""The component through spaCy's own entry points: add_pipe, pipe, several processes, DocBin, displaCy, to_disk."""

from __future__ import annotations

import importlib
import sys

import pytest

spacy = pytest.importorskip("spacy", reason="needs the extra spacy")

from spacy import displacy  # noqa: E402
from spacy.tokens import Doc, DocBin  # noqa: E402

import biasscore  # noqa: E402
from biasscore.errors import MissingExtraError  # noqa: E402

TEXT = (
    "The shameless senator peddled yet another pathetic lie, critics said. “This is an absurd disgrace,” said Ms. "
    "Jones on Tuesday.\n\nThe bill passed by 61 votes to 39."
)
TEXTS = [TEXT, "", "The bill passed.", TEXT.upper()]


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("biasscore", config={"model": "small", "threads": 1})
    return nlp


@pytest.fixture(scope="module")
def scorer():
    return biasscore.load("small", threads=1)


def test_without_spacy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy.language", None)
    monkeypatch.delitem(sys.modules, "biasscore.spacy", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'biasscore\[spacy\]'"):
        importlib.import_module("biasscore.spacy")


def test_the_document_of_a_doc(nlp, scorer):
    doc = nlp(TEXT)
    assert doc._.biasscore == scorer.score(TEXT)
    assert spacy.blank("en")(TEXT)._.biasscore is None


def test_spans_are_those_of_the_document(nlp):
    doc = nlp(TEXT)
    document = doc._.biasscore
    words = [span for paragraph in document.paragraphs for span in paragraph.spans]
    assert [span.text for span in doc.spans["loaded"]] == [span.text for span in words]
    assert doc.spans["loaded"].attrs["scores"] == [span.score for span in words]
    assert [span.text for span in doc.spans["quotations"]] == [quote.text for quote in document.quotes]
    assert {span.label_ for span in doc.spans["loaded"]} == {"LOADED"}
    assert {span.label_ for span in doc.spans["quotations"]} == {"QUOTATION"}


def test_loaded_of_any_span(nlp):
    doc = nlp(TEXT)
    first, *_, last = doc._.biasscore.sentences
    assert doc[1:3]._.loaded == pytest.approx(first.loaded)
    assert doc[len(doc) - 3 :]._.loaded == pytest.approx(last.loaded)
    assert doc[:]._.loaded == pytest.approx(doc._.biasscore.loaded)
    assert spacy.blank("en")(TEXT)[:2]._.loaded is None


def test_the_document_is_read_once_for_all_spans_of_a_doc(nlp, monkeypatch):
    first, second = nlp("One vote passed. An absurd bill failed."), nlp("Another vote passed.")
    read = []
    from_json = biasscore.Document.from_json
    monkeypatch.setattr(biasscore.Document, "from_json", lambda text: read.append(text) or from_json(text))
    for doc in (first, second):
        assert [token.doc[token.i : token.i + 1]._.loaded for token in doc].count(None) < len(doc)
    assert len(read) == 2
    assert first._.biasscore != second._.biasscore


@pytest.mark.parametrize("processes", [1, 2])
def test_pipe_equals_one_by_one(nlp, scorer, processes):
    docs = list(nlp.pipe(TEXTS, batch_size=3, n_process=processes))
    assert [doc.text for doc in docs] == TEXTS
    for doc, expected in zip(docs, scorer.score_many(TEXTS), strict=True):
        found = doc._.biasscore
        assert [s.loaded for s in found.sentences] == pytest.approx([s.loaded for s in expected.sentences], abs=1e-6)
        assert len(doc.spans["loaded"]) == sum(len(p.spans) for p in expected.paragraphs)


def test_docs_and_pipelines_are_saved_and_read(nlp, tmp_path):
    DocBin(docs=[nlp(TEXT)], store_user_data=True).to_disk(tmp_path / "docs.spacy")
    (doc,) = DocBin().from_disk(tmp_path / "docs.spacy").get_docs(nlp.vocab)
    assert doc._.biasscore == nlp(TEXT)._.biasscore
    assert Doc(nlp.vocab).from_bytes(nlp(TEXT).to_bytes()).spans["loaded"].attrs == nlp(TEXT).spans["loaded"].attrs
    nlp.to_disk(tmp_path / "pipeline")
    assert spacy.load(tmp_path / "pipeline")(TEXT)._.biasscore == nlp(TEXT)._.biasscore


def test_displacy_shows_the_spans(nlp):
    doc = nlp(TEXT)
    page = displacy.render(doc, style="span", options={"spans_key": "loaded"}, jupyter=False)
    assert page.count("LOADED") == len(doc.spans["loaded"]) > 0


def test_analysis_knows_what_it_assigns(nlp):
    assert nlp.analyze_pipes()["summary"]["biasscore"]["assigns"] == ["doc._.biasscore", "doc.spans", "span._.loaded"]

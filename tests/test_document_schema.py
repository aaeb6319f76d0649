"""The published schema is the one of the result classes, and every document fits it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import report_documents
from fakes import fake_scorer
from jobs_inputs import article

from biasscore.tables.document_schema import document_schema

PUBLISHED = Path(__file__).parents[1] / "docs" / "document.schema.json"


def test_published_schema_is_the_one_of_the_classes() -> None:
    written = json.loads(PUBLISHED.read_text("utf-8"))
    assert written == document_schema(), "write biasscore.tables.document_schema.document_schema() to docs as JSON"


def test_documents_fit_and_others_do_not() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(document_schema())
    validator = jsonschema.Draft202012Validator(document_schema())
    scorer = fake_scorer()
    documents = [scorer.score(text, title) for text, title in ((article(3), "A vote"), ("", None), ("?", None))]
    documents.append(report_documents.document("A heading\n\nIt failed. “A smug lie,” she said.", title="A vote."))
    documents.append(scorer.explain(article(1)))
    for document in documents:
        validator.validate(json.loads(document.to_json()))
    broken = json.loads(documents[0].to_json())
    broken["paragraphs"][0]["sentences"][0]["loaded"] = "high"
    assert not validator.is_valid(broken)
    assert not validator.is_valid({**json.loads(documents[0].to_json()), "other": 1})

"""The published schemas are those of the code, and every document fits its schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import report_documents
from fakes import fake_scorer
from jobs_inputs import article

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import schemas  # noqa: E402


def test_published_schema_is_the_one_of_the_classes() -> None:
    written = json.loads((ROOT / "docs" / "document.schema.json").read_text("utf-8"))
    assert written == schemas.of_documents(), "run: python -m benchmarks.tables"


def test_published_columns_are_those_of_the_tables() -> None:
    page = (ROOT / "docs" / "schema.md").read_text("utf-8")
    table = page.split("<!-- schema:start -->\n")[1].split("\n<!-- schema:end -->")[0]
    assert table == schemas.columns(), "run: python -m benchmarks.tables"


def test_documents_fit_and_others_do_not() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schemas.of_documents())
    validator = jsonschema.Draft202012Validator(schemas.of_documents())
    scorer = fake_scorer()
    documents = [scorer.score(text, title) for text, title in ((article(3), "A vote"), ("", None), ("?", None))]
    documents.append(report_documents.document("A heading\n\nIt failed. “A smug lie,” she said.", title="A vote."))
    documents.append(scorer.explain(article(1)))
    for document in documents:
        validator.validate(json.loads(document.to_json()))
    validator.validate({"id": "a.txt", **json.loads(documents[0].to_json())})
    broken = json.loads(documents[0].to_json())
    broken["paragraphs"][0]["sentences"][0]["loaded"] = "high"
    assert not validator.is_valid(broken)
    assert not validator.is_valid({**json.loads(documents[0].to_json()), "other": 1})

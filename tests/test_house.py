"""The architecture is a failing check: import contracts, a light import, and what the wheel carries."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import biasscore

ROOT = Path(__file__).parents[1]


def test_import_contracts_hold():
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("statement", ["import biasscore", "from biasscore.results import Document"])
def test_importing_the_package_loads_nothing_heavy(statement):
    heavy = "torch transformers onnxruntime numpy pyarrow sklearn datasets jinja2"
    code = f"{statement}; import sys; print([name for name in '{heavy}'.split() if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_importing_sets_no_global_state():
    code = (
        "import logging, os, warnings, jinja2, numpy, nupunkt, rich.console, tokenizers;"  # these may do as they like
        "before = (list(warnings.filters), dict(os.environ), logging.root.handlers[:]);"
        "import biasscore, biasscore.cli, biasscore.scorer, biasscore.report;"
        "assert before == (list(warnings.filters), dict(os.environ), logging.root.handlers[:])"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_error_is_in_the_tree_that_the_module_draws():
    names = {e.__name__ for e in vars(biasscore.errors).values() if isinstance(e, type) and issubclass(e, Exception)}
    for name in names:
        assert name in biasscore.errors.__doc__
        assert issubclass(getattr(biasscore.errors, name), biasscore.BiasScoreError)


def test_version_is_the_installed_one():
    assert metadata.version("biasscore") == biasscore.__version__
    assert f"## {biasscore.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_rooms_are_reached_with_a_dot():
    named = ("report.to_html", "tables.schema", "jobs.run", "training.train", "predict.hub.REGISTRY")
    code = "import biasscore;" + ";".join(f"biasscore.{name}" for name in named)
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = biasscore.nothing


def test_the_public_names_are_these():
    results = (
        "Article Attribution Contributions Document Framing Mention Paragraph Quote Sentence Sentiment Span TokenPart"
    )
    functions = "compare compare_groups load mapper score_file score_frame to_frame Comparison Scorer __version__"
    errors = "BackendError BiasScoreError InputError JobError LabelMapError MissingExtraError ModelError TrainingError"
    assert set(biasscore.__all__) == {*results.split(), *functions.split(), *errors.split()}
    assert set(dir(biasscore)) == set(biasscore.__all__)
    assert all(getattr(biasscore, name) is not None for name in biasscore.__all__)

"""The architecture is a failing check: import contracts, a light import, and what the wheel carries."""

import ast
import re
import subprocess
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

import biasscore

ROOT = Path(__file__).parents[1]


def test_import_contracts_hold():
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_no_name_of_a_test_shows_a_set(request: pytest.FixtureRequest):
    """Sets have an order of their own in each process, and processes that share the tests have to agree on names."""
    examples = {item.nodeid: item.callspec.params for item in request.session.items if hasattr(item, "callspec")}
    sets = {name: [value for value in held.values() if isinstance(value, set)] for name, held in examples.items()}
    assert [name for name, found in sets.items() if any(str(value) in name for value in found)] == []


@pytest.mark.parametrize("statement", ["import biasscore", "from biasscore.results import Document"])
def test_importing_the_package_loads_nothing_heavy(statement):
    heavy = "torch transformers onnxruntime numpy pyarrow sklearn datasets jinja2"
    code = f"{statement}; import sys; print([name for name in '{heavy}'.split() if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(("backend", "spared"), [("torch", "onnxruntime"), ("onnx", "torch")])
def test_the_command_shows_an_article_without_what_it_does_not_need(backend, spared):
    """Each of these takes a part of the start; with ONNX Runtime, torch would take most of it."""
    pytest.importorskip("onnx")
    heavy = (
        f"{spared} transformers datasets sklearn scipy pandas matplotlib spacy jinja2 pyarrow.compute pyarrow.parquet"
    )
    arguments = ["score", str(ROOT / "examples" / "report.txt"), "--model", "small", "--backend", backend]
    code = (
        f"import sys; from biasscore.cli import main; code = main({arguments!r});"
        f"print(code, [name for name in '{heavy}'.split() if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "0 []"


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


# Of what pages write with dots, these are no names of Python: files, a group of entry points, an attribute in spaCy.
NO_NAMES = {"biasscore.py", "biasscore.bash", "biasscore.models", "biasscore.loaded"}


def dotted_names() -> set[str]:
    """Every name with dots in the pages and notebooks."""
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").rglob("*.md")]
    files += (ROOT / "notebooks").glob("*.ipynb")
    texts = [file.read_text(encoding="utf-8") for file in files]
    found = {name for text in texts for name in re.findall(r"(?<![\w./])biasscore(?:\.[A-Za-z]\w*)+(?!\w*[/])", text)}
    return found - NO_NAMES


# Each name afresh, since another may have loaded its module.
REACHING = """
import sys

for name in sys.stdin.read().split():
    for module in [module for module in sys.modules if module.split(".")[0] == "biasscore"]:
        del sys.modules[module]
    import biasscore
    found = biasscore
    try:
        for part in name.split(".")[1:]:
            found = getattr(found, part)
    except biasscore.MissingExtraError:
        pass
    except AttributeError:
        print(name)
"""


def test_every_name_with_dots_works_after_importing_the_package_alone():
    named = dotted_names()
    assert len(named) > 25
    command = [sys.executable, "-c", REACHING]
    result = subprocess.run(command, input="\n".join(named), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_a_name_that_is_not_there_is_an_attribute_error():
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


def _messages() -> list[str]:
    """What each error says, with its placeholders: ``{name!r}`` is shown in quotes, ``{name}`` is not."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "biasscore").rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    raised = (call.args[0] for call in calls if ast.unparse(call.func).endswith("Error"))
    return [
        "".join(
            part.value if isinstance(part, ast.Constant) else ast.unparse(ast.JoinedStr([part]))[2:-1]
            for part in getattr(text, "values", [text])
        )
        for text in raised
        if isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and isinstance(text.value, str))
    ]


@pytest.mark.parametrize(
    "unquoted",
    [
        r"^[a-z_]+ must\b",  # an argument reads as an ordinary word
        r"\b(column|key|corpus|argument|stage|tensor|pattern) (?!.{0,30}repr)\{[^}!]*\}",
        r"\b(column|key|corpus|argument|stage) [a-z_]+ (must|has|is|needs|cannot)\b",
    ],
)
def test_names_in_errors_stand_in_quotes(unquoted):
    messages = _messages()
    assert len(messages) > 300
    assert [message for message in messages if re.search(unquoted, message)] == []


def test_every_class_name_has_one_meaning():
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "biasscore").rglob("*.py"))
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    twice = {name for name, times in names.items() if times > 1}
    # Training has its own rows, evaluation its own blocks of figures.
    assert twice == {"Block", "Row"}

"""Values of a recipe that cannot be meant are refused before training begins, in one line that names file and key."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file
from test_training_own import RECIPE, ROWS

from biasscore.cli.main import main
from biasscore.errors import TrainingError
from biasscore.predict import checkpoints
from biasscore.training import train
from biasscore.training.recipe import read_recipe

ROOT = Path(__file__).parents[1]
TOP = {
    "seed = -5": "'seed' must be 0 or more, not -5",
    "seed = 99999999999999999999": "'seed' must be below",
    'seed = "one"': "'seed' must be a whole number, not 'one'",
    "save_every = 0": "'save_every' must be 1 or more",
    "max_tokens = -5": "'max_tokens' must be 3 or more",
    "max_tokens = 4096": "reads at most",
    "layers = -1": "'layers' must be 0 or more",
    "layers = 99": "'layers' of the recipe is 99, but the base has only",
    "vocabulary = -5": "'vocabulary' must be 0 or more",
    "permissive = 1": "'permissive' must be true or false",
    "permissive = true": "stage 'own' has no row to learn from",
    'base = ""': "'base' must not be empty",
    "cross_validation = 3": "'cross_validation' must be a table, not 3",
    "held_out = 3": "'held_out' must be a table",
    "weights = { loaded = -1 }": "'loaded' in weights must be 0 or more",
    'held_out = { splits = { onw = ["test"] } }': "'splits' in held_out: unknown corpus 'onw'",
    'held_out = { splits = { own = "test" } }': "'own' in held_out.splits must be a list",
    'held_out = { splits = { own = ["tset"] } }': "has no split 'tset'; in the recipe, use one of: test, train",
    'held_out = { splits = { own = ["test", "train"] } }': "stage 'own' has no row to learn from",
    'held_out = { returned = ["onw"] }': "'returned' in held_out: unknown corpus 'onw'",
    'held_out = { returned = ["own"] }': "the key 'returned' of [held_out] needs cross-validation",
    'cross_validation = { from_stage = "own", folds = 0 }': "'folds' in cross_validation must be 2 or more",
    'cross_validation = { from_stage = "own", runs = 9 }': "'runs' in [cross_validation] is larger than the key",
    "targets = {}": "targets.parquet does not exist",
    "targets = { epochs = 0 }": "'epochs' in targets must be 1 or more",
}
STAGE = {
    "parts = []": "'parts' in stages.0 must have at least one entry",
    'parts = ["own"]': "an entry of the key 'parts' in stages.0 must be a table, not 'own'",
    'parts = [{ corpus = "own", splits = ["trian"] }]': "corpus 'own' has no split 'trian'",
    'parts = [{ corpus = "own", share = 0.01 }]': "stage 'own' has no row to learn from",
    'parts = [{ corpus = "own", share = inf }]': "'share' in stages.0.parts.0 must be a finite number",
    'parts = [{ corpus = "own", votes = 2 }]': "'votes' in stages.0.parts.0 must be 1 or less",
    'parts = [{ corpus = "checkthat" }]': "subjectivity.parquet does not exist",
    "lr = nan": "'lr' in stages.0 must be a finite number, not nan",
    "lr = true": "'lr' in stages.0 must be a number, not True",
    "lr = 0": "'lr' in stages.0 must be above 0",
    'epochs = "1"': "'epochs' in stages.0 must be a whole number",
    "epochs = 1.0": "'epochs' in stages.0 must be a whole number",
    "warmup = 3": "'warmup' in stages.0 must be 1 or less",
    'frozen = ["layerz"]': "'frozen' in stages.0: the model has no part named 'layerz'",
    'frozen = ["layers.7"]': "stage 'own' freezes 'layers.7', but the base has only",
    'name = "a/b"': "'a/b' cannot be the name of a file",
    "name = 3": "'name' in stages.0 must be a text in quotation marks",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "own.parquet")
    return tmp_path


def recipe(folder: Path, base: Path, *, top: str = "", stage: str = "") -> Path:
    """A good recipe, but for one line of its top, one of its stage."""
    head, tail = RECIPE.replace("START", str(base)).replace("max_tokens = 32", "max_tokens = 16").split("[[stages]]")
    head = head.replace('[held_out]\nsplits = { own = ["test"] }', 'held_out = { splits = { own = ["test"] } }')
    file = folder / "recipe.toml"
    file.write_text(f"{_with(head, top)}\n[[stages]]\n{_with(tail, stage)}", encoding="utf-8")
    return file


def _with(table: str, line: str) -> str:
    key = line.partition(" = ")[0]
    return "\n".join([*(old for old in table.splitlines() if old.partition(" = ")[0] != key), line, ""])


@pytest.mark.parametrize("line", [*TOP, *STAGE])
def test_a_value_that_cannot_be_meant_is_one_line_of_error(line, data, tiny_model, capsys):
    file = recipe(data, tiny_model, **{"top" if line in TOP else "stage": line})
    assert main(["train", str(file), "--data", str(data), "--out", str(data / "out")]) == 2
    told = capsys.readouterr().err
    assert {**TOP, **STAGE}[line] in told
    assert told.count("\n") == 1
    assert not list(data.rglob("*.safetensors"))


SHIPPED = sorted(file for folder in ("models", "benchmarks") for file in (ROOT / folder).rglob("*.toml"))


@pytest.mark.parametrize("file", SHIPPED, ids=str)
def test_recipes_that_ship_are_read(file):
    assert read_recipe(file).stages


def test_what_is_frozen_stays(data, tiny_model):
    file = recipe(data, tiny_model, stage='frozen = ["layers.0"]')
    after = load_file(train(file, data, data / "out") / "training" / "final" / "own.safetensors")
    before = checkpoints.read(tiny_model).weights()
    kept = {name for name, weights in before.items() if (after[name] == weights).all()}
    assert {name for name in before if name.startswith("layers.0.")} <= kept
    assert not [name for name in kept if name.startswith("layers.1.")]


def test_weights_that_are_no_numbers_are_no_model(data, tiny_model):
    file = recipe(data, tiny_model, stage="lr = 1e38")
    with pytest.raises(TrainingError, match="weights that are NaN or infinity; lower the key 'lr'"):
        train(file, data, data / "out")

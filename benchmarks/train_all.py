"""Trains every model again, the largest first, on a GPU if there is one; then tests and measures the GPU.

    python -m benchmarks.train_all --data DATA --mpnet FOLDER --minilm FOLDER --work WORK

The teachers are the first layers of mpnet-base, by ``models/teacher.toml``. What they say of ``--sentences`` teaches
``base`` and ``small`` (docs/training.md). A call that was stopped goes on. With a GPU, its tests run in the end, and
``benchmarks.cuda`` with the new models. ``--steps 100`` is a rehearsal: no epoch takes more steps. Writes the models to
WORK/base and WORK/small, and the seconds of each part to WORK/seconds.json.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from biasscore.training import label, train
from biasscore.training.silver import FILE, SENTENCES

ROOT = Path(__file__).parents[1]
TEACHERS, LABELLED = (12, 8), 400_000


def variant(recipe: Path, file: Path, layers: int | None, steps: int) -> Path:
    """A copy of a recipe with other layers, or with fewer steps per epoch."""
    text = recipe.read_text(encoding="utf-8")
    if layers is not None:
        text, changed = re.subn(r"(?m)^layers = \d+$", f"layers = {layers}", text)
        assert changed == 1, f"{recipe} does not say how many layers to keep"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"most_steps = {steps}\n{text}" if steps else text, encoding="utf-8")
    return file


def corpora(data: Path, folder: Path) -> Path:
    """The corpora in a folder of our own, to which the teachers' labels are written."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in data.glob("*.parquet"):
        if table.name not in {FILE, SENTENCES} and not (folder / table.name).exists():
            (folder / table.name).symlink_to(table.resolve())
    return folder


def parts(given: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """What to do, in this order."""
    work = given.work.resolve()
    data = corpora(given.data, work / "data")

    def taught(name: str, recipe: Path, base: str, layers: int | None = None) -> Callable[[], object]:
        file = variant(recipe, work / "recipes" / f"{name}.toml", layers, given.steps)
        return lambda: train(file, data, work / name, base)

    teachers = {f"teacher of {layers} layers": layers for layers in given.teachers}
    found = {name: taught(name, given.recipes / "teacher.toml", given.mpnet, n) for name, n in teachers.items()}
    found["labels"] = lambda: label([work / name for name in teachers], data, given.sentences)
    found["base"] = taught("base", given.recipes / "base" / "recipe.toml", given.mpnet)
    found["small"] = taught("small", given.recipes / "small" / "recipe.toml", given.minilm)
    if torch.cuda.is_available():
        models = [f"base={work / 'base'}", f"small={work / 'small'}"]
        found["tests of the GPU"] = lambda: python("-m", "pytest", "-q", "-m", "gpu", "tests/test_cuda.py")
        measured = str(work / "cuda.json")
        found["measuring the GPU"] = lambda: python("-m", "benchmarks.cuda", "--models", *models, "--out", measured)
    return found


def python(*arguments: str) -> None:
    """Run Python in the project; what fails there is shown, and does not end this call."""
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training tables")
    parser.add_argument("--mpnet", required=True, help="where to find mpnet-base")
    parser.add_argument("--minilm", required=True, help="where to find MiniLM-L6")
    parser.add_argument("--work", type=Path, required=True, help="folder to write to")
    parser.add_argument("--teachers", type=int, nargs="+", default=TEACHERS, help="layers of each teacher")
    parser.add_argument("--sentences", type=int, default=LABELLED, help="how many sentences the teachers label")
    parser.add_argument("--steps", type=int, default=0, help="most steps per epoch, for a rehearsal (default: all)")
    parser.add_argument("--recipes", type=Path, default=ROOT / "models", help="folder of the recipes")
    given = parser.parse_args(argv)
    seconds: dict[str, float] = {}
    for name, do in parts(given).items():
        began = time.perf_counter()
        do()
        seconds[name] = round(time.perf_counter() - began, 1)
        print(f"{name}: {seconds[name]} s", flush=True)
        (given.work / "seconds.json").write_text(json.dumps(seconds, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

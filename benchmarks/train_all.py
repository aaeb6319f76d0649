"""Trains every model again, the largest first, on a GPU if there is one; then tests and measures the GPU.

    python -m benchmarks.train_all --data DATA --mpnet FOLDER --minilm FOLDER --work WORK

The teachers are the first layers of mpnet-base, by ``models/teacher.toml``. What they say of ``--sentences`` teaches
``base`` and ``small`` (docs/training.md). All of them also learn from the corpora of ``--added``, which the shipped
models do not know; ``--added`` without a name leaves them out. Without a GPU, models that do not need each other train
at the same time, each on one core. A call that was stopped goes on. With a GPU, its tests run in the end, and
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
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from biasscore.training import label, train
from biasscore.training.silver import FILE, SENTENCES

ROOT = Path(__file__).parents[1]
TEACHERS, LABELLED = (12, 8), 400_000
ADDED = ("authored-news", "authored-slant")
# They stand wherever this corpus does.
_BESIDE = re.compile(r'(?m)^( *)\{ corpus = "authored-tone", splits = \["train"\] \},$')
Parts = Mapping[str, Callable[[], object]]


def variant(recipe: Path, file: Path, layers: int | None, steps: int, added: Sequence[str] = ()) -> Path:
    """A copy of a recipe with other layers, with fewer steps per epoch, or with more corpora."""
    text = recipe.read_text(encoding="utf-8")
    parts = "".join(rf'\n\1{{ corpus = "{corpus}", splits = ["train"] }},' for corpus in added)
    text = _BESIDE.sub(rf"\g<0>{parts}", text)
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


def parts(given: argparse.Namespace) -> list[Parts]:
    """What to do, in this order; what stands in one group can be done at the same time."""
    work = given.work.resolve()
    data = corpora(given.data, work / "data")

    def taught(name: str, recipe: Path, base: str, layers: int | None = None) -> Callable[[], object]:
        file = variant(recipe, work / "recipes" / f"{name}.toml", layers, given.steps, given.added)
        return partial(train, file, data, work / name, base)

    teachers = {f"teacher of {layers} layers": layers for layers in given.teachers}
    models = {"base": given.mpnet, "small": given.minilm}
    found: list[Parts] = [
        {name: taught(name, given.recipes / "teacher.toml", given.mpnet, n) for name, n in teachers.items()},
        {"labels": partial(label, [work / name for name in teachers], data, given.sentences)},
        {name: taught(name, given.recipes / name / "recipe.toml", base) for name, base in models.items()},
    ]
    if torch.cuda.is_available():
        folders, measured = [f"{name}={work / name}" for name in models], str(work / "cuda.json")
        found += [
            {"tests of the GPU": partial(python, "-m", "pytest", "-q", "-m", "gpu", "tests/test_cuda.py")},
            {"measuring the GPU": partial(python, "-m", "benchmarks.cuda", "--models", *folders, "--out", measured)},
        ]
    return found


def python(*arguments: str) -> None:
    """Run Python in the project; what fails there is shown, and does not end this call."""
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False)


def seconds_of(do: Callable[[], object]) -> float:
    """Do it, and say how long it took."""
    began = time.perf_counter()
    do()
    return round(time.perf_counter() - began, 1)


def run(group: Parts) -> dict[str, float]:
    """The seconds of each part of a group. On a GPU they run one after another, else each on a core of its own."""
    if torch.cuda.is_available() or len(group) == 1:
        return {name: seconds_of(do) for name, do in group.items()}
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        return dict(zip(group, pool.map(seconds_of, group.values()), strict=True))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training tables")
    parser.add_argument("--mpnet", required=True, help="where to find mpnet-base")
    parser.add_argument("--minilm", required=True, help="where to find MiniLM-L6")
    parser.add_argument("--work", type=Path, required=True, help="folder to write to")
    parser.add_argument("--teachers", type=int, nargs="+", default=TEACHERS, help="layers of each teacher")
    parser.add_argument("--sentences", type=int, default=LABELLED, help="how many sentences the teachers label")
    parser.add_argument("--added", nargs="*", default=ADDED, help="corpora that the models learn from as well")
    parser.add_argument("--steps", type=int, default=0, help="most steps per epoch, for a rehearsal (default: all)")
    parser.add_argument("--recipes", type=Path, default=ROOT / "models", help="folder of the recipes")
    given = parser.parse_args(argv)
    seconds: dict[str, float] = {}
    for group in parts(given):
        seconds |= run(group)
        print(", ".join(f"{name}: {seconds[name]} s" for name in group), flush=True)
        (given.work / "seconds.json").write_text(json.dumps(seconds, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

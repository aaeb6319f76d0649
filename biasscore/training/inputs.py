"""What a training was begun with. A run that goes on uses what finished stages left, so its inputs must be the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor

from biasscore.errors import TrainingError
from biasscore.training.corpora import Row
from biasscore.training.recipe import Recipe

FILE = "inputs.json"


def check_inputs(
    work: Path, recipe: Recipe, start: Mapping[str, Tensor], tokenizer: Tokenizer, rows: Mapping[str, Sequence[Row]]
) -> None:
    """Compare the inputs with those of the calls before, or keep them if this is the first call.

    Args:
        work: the folder of the training's runs.
        start: the weights that training starts from.
        rows: of all corpora.

    Raises:
        TrainingError: if the recipe, the base or the rows have changed.
    """
    # Neither decides the weights, and the base is compared by its weights, wherever it lies.
    asked = replace(recipe, name="", base="", save_every=1)
    now = {
        "recipe": _hash([repr(asked).encode()]),
        "base": _hash([tokenizer.to_str().encode(), *(start[n].cpu().numpy().tobytes() for n in sorted(start))]),
        "rows": _hash(repr(row).encode(errors="surrogatepass") for name in sorted(rows) for row in rows[name]),
    }
    file = work / FILE
    if not file.exists():
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
        return
    before = json.loads(file.read_text(encoding="utf-8"))
    words = {"recipe": "the recipe", "base": "the model to start from", "rows": "the rows of the corpora"}
    changed = [words[name] for name, found in now.items() if before.get(name) != found]
    if changed:
        raise TrainingError(
            f"{work} holds the runs of another training: {' and '.join(changed)} changed since then; train into a new "
            f"folder, or delete {work}"
        )


def _hash(parts: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part + b"\0")
    return found.hexdigest()

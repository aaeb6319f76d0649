"""What rounding the weights to int8 changes: every figure before and after. Writes ``results/compact.json``.

    python -m benchmarks.compact base=models/base small=models/small --data DATA

Before are the predictions that training left, of rows left out, by weights as they were trained; after are those of the
same runs' weights as ``predict.compact`` stores and reads them, on the same rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from benchmarks.environment import environment, write
from benchmarks.starts import measured
from biasscore.engine.families import build
from biasscore.evaluation.training_rows import Library
from biasscore.heads import MAPS
from biasscore.predict import checkpoints
from biasscore.predict.compact import packed, unpacked
from biasscore.training.pipeline import HELD_OUT
from biasscore.training.predict import Predictor
from biasscore.training.predictions import PREDICTIONS, Prediction, read_predictions
from biasscore.training.recipe import read_recipe

RESULTS = Path(__file__).parent / "results" / "compact.json"


def runs(model: checkpoints.Checkpoint) -> Iterator[tuple[Path, Path]]:
    """Each file of predictions that a training left, and the folder of the run that made them."""
    work = model.path / "training"
    for file in sorted(work.glob(f"*/{PREDICTIONS}")):
        if file.parent.name != "framing":
            yield file, file.parent
    if (work / HELD_OUT).is_file():
        returned = read_recipe(model.path / checkpoints.RECIPE).held_out.returned
        yield work / HELD_OUT, work / ("fold-0" if returned else "final")


def rounded(
    model: checkpoints.Checkpoint, file: Path, run: Path, library: Library
) -> tuple[list[Prediction], list[Prediction]]:
    """What a run had predicted, and what it predicts with rounded weights."""
    before = [p for p in read_predictions(file) if MAPS[p.head].level != "passage"]
    weights = load_file(max(run.glob("*.safetensors"), key=lambda file: file.stat().st_mtime))
    network = build(model.encoder, len(weights["heads.bias"])).eval()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in unpacked(packed(weights)).items()})
    tokenizer = Tokenizer.from_file(str(model.tokenizer_file))
    predictor = Predictor(network, tokenizer, model.max_tokens, "auto", before[0].scheme, before[0].fold)
    wanted = {(p.dataset, p.row) for p in before}
    corpora = sorted({dataset for dataset, _ in wanted})
    rows = [row for name in corpora for row in library.rows(name) if (name, row.row) in wanted]
    return before, list(predictor.sentences(rows))


def compared(model: checkpoints.Checkpoint, library: Library) -> dict[str, Any]:
    """Figures of all runs of a model, before and after, and the size of its file."""
    pairs = [rounded(model, file, run, library) for file, run in runs(model)]
    before, after = (measured(_joined([pair[i] for pair in pairs])) for i in (0, 1))
    return {
        "megabytes": round(model.size / 1e6, 2),
        "figures": {name: {"before": found["value"], "after": after[name]["value"]} for name, found in before.items()},
    }


def _joined(parts: Sequence[Sequence[Prediction]]) -> list[Prediction]:
    return [p for part in parts for p in part]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="NAME=FOLDER of a model with its training folder")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    library = Library(given.data)
    named = (each.partition("=") for each in given.models)
    models = {name: checkpoints.read(Path(folder)) for name, _, folder in named}
    record = {
        "environment": environment(),
        "weights": {name: model.fingerprint for name, model in models.items()},
        "models": {name: compared(model, library) for name, model in models.items()},
    }
    write(given.out, record)


if __name__ == "__main__":
    main()

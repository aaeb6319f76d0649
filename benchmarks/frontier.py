"""Accuracy against speed: the models in their number formats, three pipelines of BERT-base size, and simple baselines.

    python -m benchmarks.frontier [--paragraphs N] [--repeats N] [--articles FILE.parquet]

Speed is measured here, end to end on the same paragraphs, interleaved. Accuracy is read from ``models/*/metrics.json``,
what ``biasscore evaluate`` wrote of the models and of the baselines on the same rows left out, and of targets from
``results/targets.json``. int8 has the figures of its model: ``benchmarks.backends`` says what it changes. The pipelines
have random weights, so they have a speed alone. Writes the result file and docs/images/frontier.png;
``benchmarks.tables`` writes the table of docs/engine.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import biasscore
from benchmarks.environment import environment, fingerprints, write
from benchmarks.peers import Contestant, pipelines
from benchmarks.tables import MODELS, QUOTED, ROOT, TARGETS, WORDS, figures_of
from benchmarks.texts import texts_of
from benchmarks.throughput import FEW, interleaved
from biasscore.errors import BackendError, MissingExtraError
from biasscore.evaluation.baselines import BASELINES, Training
from biasscore.heads import HEADS
from biasscore.predict import checkpoints

RESULT = Path(__file__).parent / "results" / "frontier.json"
PLOT = ROOT / "docs" / "images" / "frontier.png"
FORMATS = (("torch", "auto"), ("onnx", "int8"))
# Rows that TF-IDF learns from within its measured time, far fewer than it judges.
LEARNT_FROM = 200


def models(texts: Sequence[str]) -> Iterator[tuple[str, Contestant]]:
    """Each shipped model in each number format that runs here, with the model's name."""
    for model in MODELS:
        for backend, dtype in FORMATS:
            try:
                scorer = biasscore.load(model, device="cpu", backend=backend, dtype=dtype)
            except (BackendError, MissingExtraError) as error:
                print(f"{model} {backend} {dtype}: {error}")
                continue
            paragraphs = sum(len(document.paragraphs) for document in scorer.score_many(texts))
            name = f"biasscore {model}, {scorer.settings.backend} {scorer.settings.dtype}"
            yield model, Contestant(name, partial(scorer.score_many, texts), paragraphs)


def baselines(paragraphs: Sequence[str]) -> Iterator[Contestant]:
    """Each simple rival once, on the first head that it answers."""
    training = Training(tuple(paragraphs[:LEARNT_FROM]), np.arange(len(paragraphs[:LEARNT_FROM])) % 2)
    known: set[str] = set()
    for head, rivals in BASELINES.items():
        for name, judge in rivals.items():
            if name not in known and "lexicon" not in name:
                known.add(name)
                yield Contestant(name, partial(judge, HEADS[head], training, paragraphs), len(paragraphs))


def measured(texts: Sequence[str], repeats: int) -> dict[str, Any]:
    """Speeds of all in one run, and under which name the accuracy of each is kept."""
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n")]
    ours = {contestant.name: (model, contestant) for model, contestant in models(texts)}
    simple = list(baselines(paragraphs))
    peers = pipelines(checkpoints.read(MODELS[0]), paragraphs[:FEW])
    timed = interleaved([*(contestant for _, contestant in ours.values()), *simple, *peers], repeats)
    known = {name: model for name, (model, _) in ours.items()} | {each.name: each.name for each in simple}
    rows = [row | {"accuracy_of": known.get(row["name"])} for row in timed]
    return {"environment": environment(), "weights": fingerprints(MODELS), "rows": rows}


def plot(result: dict[str, Any], file: Path) -> None:
    """One panel per score: accuracy against paragraphs per second; a dotted line is a speed without a figure."""
    from matplotlib.figure import Figure

    rows = sorted(_best_batches(result["rows"]), key=lambda row: -row["median"])
    accuracy = [figures_of(row["accuracy_of"]) if row["accuracy_of"] else {} for row in rows]
    columns = {
        **{said: (f"{said} ({dataset})", "macro-F1") for (_, dataset), said in QUOTED.items()},
        WORDS: (f"{WORDS} (babe)", "F1"),
        TARGETS: (f"{TARGETS} (newsmtsc)", "macro-F1"),
    }
    figure = Figure(figsize=(9, 10.5), layout="constrained")
    for axes, (column, (title, unit)) in zip(figure.subplots(3, 2, sharex=True).flat, columns.items(), strict=True):
        axes.set(xscale="log", title=title, ylabel=unit)
        for number, row in enumerate(rows):
            found = accuracy[number].get(column)
            if found is not None:
                low, high = found["value"] - found["low"], found["high"] - found["value"]
                axes.errorbar(row["median"], found["value"], yerr=[[low], [high]], fmt="o", color=f"C{number}")
            elif not accuracy[number]:
                axes.axvline(row["median"], linestyle=":", color=f"C{number}")
    figure.supxlabel("paragraphs per second")
    handles = [
        axes.plot([], [], "o" if row["accuracy_of"] else ":", color=f"C{number}", label=row["name"])[0]
        for number, row in enumerate(rows)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=8)
    figure.savefig(file, dpi=110)


def _best_batches(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, and of each kind of pipelines the fastest alone, without its batch size."""
    best: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row["name"].partition(", batch size")[0]
        if name not in best or row["median"] > best[name]["median"]:
            best[name] = row | {"name": name}
    return list(best.values())


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paragraphs", type=int, default=1200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--articles", type=Path, help="table of real articles instead of generated ones")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--plot", type=Path, default=PLOT)
    given = parser.parse_args(argv)
    texts = texts_of(given.articles, given.paragraphs)
    result = measured(texts, given.repeats)
    write(given.out, result)
    plot(result, given.plot)


if __name__ == "__main__":
    main()

"""Larger models label sentences of articles, so that smaller ones learn from far more text than people labelled.

The probabilities of the models are the targets (Hinton, Vinyals and Dean 2015). Figures of the smaller model stay
honest because every sentence is labelled twice: by models that were trained on all rows, for the weights that are
shipped, and by models that have not seen the rows that figures rest on, for the runs behind these figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.families import build
from biasscore.engine.network import Network
from biasscore.errors import TrainingError
from biasscore.predict import checkpoints
from biasscore.predict.spans import most_loaded
from biasscore.training.batches import in_order
from biasscore.training.corpora import ARTICLES, read_corpus
from biasscore.training.examples import Encoded, Example, encode_once, passage_texts
from biasscore.training.fit import autocast, best_device
from biasscore.training.mixture import generator
from biasscore.training.objective import logits
from biasscore.training.recipe import read_recipe
from biasscore.training.start import start

SENTENCES, FILE = "silver_sentences.parquet", "silver.parquet"
RUNS: Mapping[str, str] = {"final": "final", "development": "fold-0"}
"""By split of ``FILE``, the run that labels it: one that saw all rows, and one without the rows of figures."""

_LABELLED = ("spans", "loaded", "subjectivity", "sentiment")
# A word below this share is as good as unmarked, and the file stays small without it.
_LEAST_SHARE = 0.02
_SENTENCES_AN_ARTICLE = 12
_BATCH = 512

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ModelLabels:
    """What models say of sentences, as probabilities.

    Attributes:
        loaded, subjective: [sentences].
        tones: [sentences, 3].
        words: by sentence, [tokens].
    """

    loaded: Floats
    subjective: Floats
    tones: Floats
    words: list[Floats]


def label(models: Sequence[Path], data: Path, count: int) -> Path:
    """What ``biasscore.training.label`` does."""
    texts = sentences(data, count)
    read = [checkpoints.read(model) for model in models]
    if len({checkpoint.hashes[checkpoints.TOKENIZER] for checkpoint in read}) > 1:
        raise TrainingError("the models split texts into different tokens; use models with the same tokenizer.json")
    for checkpoint in read:
        if lacking := [head for head in _LABELLED if not checkpoint.columns.has(head)]:
            raise TrainingError(
                f"{checkpoint.path} has no score {lacking[0]!r}, so it cannot label sentences; use a model that was "
                f"trained for all of: {', '.join(_LABELLED)}"
            )
    _, tokenizer = start(str(models[0]), layers=1)
    kept = Path(models[0]) / "training" / "silver.npz"
    by_text = encode_once(kept, tokenizer, texts, read[0].max_tokens)
    encoded = [by_text[text] for text in texts]
    tables = [
        _table(split, texts, encoded, [answers(_network(checkpoint, run), encoded) for checkpoint in read])
        for split, run in RUNS.items()
    ]
    pq.write_table(pa.concat_tables(tables), data / FILE, compression="zstd")
    return data / FILE


def sentences(data: Path, count: int) -> list[str]:
    """Sentences from random places of articles, without the names of outlets; kept in ``data``.

    They are drawn again where more are wanted than are kept; the same ones come first.
    """
    file = data / SENTENCES
    if not file.exists() or pq.read_metadata(file).num_rows < count:
        rng = generator(1, "silver")
        articles = read_corpus(ARTICLES, data)
        found: dict[str, None] = {}
        for i in rng.permutation(len(articles)):
            found.update(dict.fromkeys(passage_texts(articles[i], _SENTENCES_AN_ARTICLE, rng)))
            if len(found) >= count:
                break
        pq.write_table(pa.table({"text": list(found)}), file, compression="zstd")
    kept: list[str] = pq.read_table(file)["text"].to_pylist()[:count]
    return kept


def _network(model: checkpoints.Checkpoint, run: str) -> Network:
    """The network of one of the runs behind a model."""
    stages = read_recipe(model.path / checkpoints.RECIPE).stages
    weights = model.path / "training" / run / f"{stages[-1].name}.safetensors"
    if not weights.is_file():
        raise TrainingError(
            f"{weights} does not exist; train {model.path} again with runs = 1 in [cross_validation], and keep its "
            "subfolder 'training'"
        )
    network = build(model.encoder, N_COLUMNS)
    network.load_state_dict(load_file(weights))
    return network


def answers(network: Network, encoded: Sequence[Encoded]) -> ModelLabels:
    """What a network says of sentences, on the GPU if there is one."""
    device = best_device()
    network.to(device).eval()
    n = len(encoded)
    said = ModelLabels(
        np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros((n, 3), np.float32), [np.zeros(0, np.float32)] * n
    )
    for chosen, batch in in_order([Example((sentence,)) for sentence in encoded], _BATCH):
        moved = batch.to(device)
        with torch.inference_mode(), autocast(device, "auto"):
            found = logits(network(moved.ids, moved.packing()), moved)
        said.loaded[chosen] = found["loaded"][:, 0].sigmoid().cpu().numpy()
        said.subjective[chosen] = found["subjectivity"][:, 0].sigmoid().cpu().numpy()
        said.tones[chosen] = found["sentiment"].softmax(-1).cpu().numpy()
        words = np.split(found["span"].sigmoid().cpu().numpy(), np.cumsum(batch.lengths[: len(chosen)]))
        for i, word in zip(chosen, words[: len(chosen)], strict=True):
            said.words[i] = word
    return said


def _table(split: str, texts: Sequence[str], encoded: Sequence[Encoded], said: Sequence[ModelLabels]) -> pa.Table:
    """The mean of what several models say, as a table of the corpus."""
    words = [np.mean([one.words[i] for one in said], axis=0) for i in range(len(texts))]
    tones = np.mean([one.tones for one in said], axis=0)
    return pa.table(
        {
            "dataset": ["silver"] * len(texts),
            "split": [split] * len(texts),
            "text": list(texts),
            "loaded": np.mean([one.loaded for one in said], axis=0),
            "subjective": np.mean([one.subjective for one in said], axis=0),
            "tones": tones.tolist(),
            "marks": [_marks(sentence, shares) for sentence, shares in zip(encoded, words, strict=True)],
        }
    )


def _marks(sentence: Encoded, shares: Floats) -> list[dict[str, Any]]:
    """The words that may be loaded; the most loaded token of a word speaks for it."""
    inside = np.flatnonzero(sentence.inside)
    found = most_loaded(sentence.word[inside], shares[inside])
    return [
        {"start": int(sentence.starts[a]), "end": int(sentence.ends[b]), "share": round(float(p), 3)}
        for a, b, p in zip(inside[found.first], inside[found.last], found.score, strict=True)
        if p >= _LEAST_SHARE
    ]

"""Fits the head of named targets on a finished encoder, which stays as it is.

A mention's logits are pooled over its own tokens: their vectors have read the sentence, so they hold what it says of
them. Reading the whole sentence as well was worse (docs/targets.md has the ablation). Calibration rests on articles
that the fit has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from biasscore.engine.columns import ColumnLayout
from biasscore.engine.families import build
from biasscore.engine.network import Layout, Network
from biasscore.engine.tokens import Tokenizer
from biasscore.errors import TrainingError
from biasscore.heads import TARGETS
from biasscore.predict import checkpoints
from biasscore.predict.groups import mention_tokens
from biasscore.predict.types import SentenceInput
from biasscore.training.calibration_fit import fit_map
from biasscore.training.corpora import NEVER_TAUGHT, Row, calibrates
from biasscore.training.fit import autocast
from biasscore.training.objective import pool_values
from biasscore.training.predictions import row_id
from biasscore.training.recipe import TargetFit

FILE = "targets.parquet"
_ENCODED, _BATCH = 64, 64


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of each mention's tokens, [tokens, hidden], and the mention of each token."""

    tokens: Tensor
    mention: Tensor

    def of(self, chosen: NDArray[np.int64]) -> Vectors:
        """The vectors of some mentions, renumbered in the order given."""
        place = torch.full((int(self.mention.max()) + 1,), -1, dtype=torch.long)
        place[torch.from_numpy(chosen)] = torch.arange(len(chosen))
        inside = place[self.mention] >= 0
        return Vectors(self.tokens[inside], place[self.mention[inside]])


def add_targets(folder: Path, data: Path, fit: TargetFit, seed: int) -> None:
    """Fit the head for the model in ``folder`` and write it there, in place of an earlier one.

    Raises:
        TrainingError: if the data folder has no targets.
    """
    rows = read_targets(data, fit.dataset)
    checkpoint = checkpoints.read(folder)
    weights = checkpoint.weights()
    tokenizer = Tokenizer.from_file(checkpoint.tokenizer_file)
    vectors = encode_mentions(network_of(checkpoint), tokenizer, checkpoint.max_tokens, rows)
    kept_out = np.array([row.split == NEVER_TAUGHT for row in rows])
    tones = np.array([row.toward for row in rows], dtype=np.int64)
    learns = np.flatnonzero(~kept_out)
    matrix, bias = fit_columns(vectors.of(learns), tones[learns], fit, seed)
    kept = np.flatnonzero(kept_out)
    found = logits(vectors.of(kept), len(kept), matrix, bias)
    maps = {**checkpoint.calibration.maps, TARGETS.maps[0]: fit_map(found.numpy(), tones[kept])}
    columns = checkpoint.columns
    others = {name: n for name, n in columns.sizes.items() if name != TARGETS.name}
    heads = {
        "heads.weight": np.concatenate([_of_others(weights["heads.weight"], columns), matrix.numpy()]),
        "heads.bias": np.concatenate([_of_others(weights["heads.bias"], columns), bias.numpy()]),
    }
    written = checkpoints.write(
        folder,
        name=checkpoint.name,
        encoder=checkpoint.encoder,
        max_tokens=checkpoint.max_tokens,
        weights={**weights, **heads},
        tokenizer_json=checkpoint.tokenizer_file.read_text(encoding="utf-8"),
        calibration=replace(checkpoint.calibration, maps=maps),
        ngrams=checkpoint.ngrams(),
        columns=ColumnLayout({**others, TARGETS.name: TARGETS.n_columns}),
    )
    _keep_figures(folder, checkpoint, weights, written)


def _of_others(columns: NDArray[np.float32], layout: ColumnLayout) -> NDArray[np.float32]:
    """The columns of all heads but that of targets."""
    return np.delete(columns, layout.of(TARGETS.name), axis=0) if layout.has(TARGETS.name) else columns


def _keep_figures(
    folder: Path,
    old: checkpoints.Checkpoint,
    before: Mapping[str, NDArray[np.float32]],
    written: checkpoints.Checkpoint,
) -> None:
    """Let what was measured of the other heads stand under the new fingerprint, if not a bit of them has changed."""
    figures = checkpoints.metrics(folder)
    if figures is None:
        return
    after = written.weights()
    same = all(
        np.array_equal(_of_others(array, old.columns), _of_others(after[name], written.columns))
        if name.startswith("heads.")
        else np.array_equal(array, after[name])
        for name, array in before.items()
    )
    if not same:
        raise TrainingError(
            f"the model in {folder} now gives other scores, so the results in {checkpoints.METRICS} are out of date; "
            f"run: biasscore evaluate {folder} --data PATH --update"
        )
    figures["model"] = figures["model"].replace(old.fingerprint, written.fingerprint)
    figures["notes"] = [*figures["notes"], "the head of named targets was fitted after these figures were measured"]
    (folder / checkpoints.METRICS).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def read_targets(data: Path, dataset: str) -> list[Row]:
    """The targets of one data set of ``targets.parquet``; those that calibrate the head are of split ``NEVER_TAUGHT``.

    Raises:
        TrainingError: if there are none.
    """
    file = Path(data) / FILE
    if not file.is_file():
        raise TrainingError(
            f"{file} does not exist; add this file (docs/training.md), or remove [targets] from the recipe"
        )
    found: Sequence[Mapping[str, Any]] = pq.read_table(file, filters=[("dataset", "=", dataset)]).to_pylist()
    if not found:
        raise TrainingError(f"{file} has no rows of the data set {dataset!r}; correct [targets] in the recipe")
    return [
        Row(
            corpus=dataset,
            split=NEVER_TAUGHT if calibrates(r["doc"]) else "train",
            row=row_id(f"{r['text']} {r['start']}"),
            text=r["text"],
            mention=(r["start"], r["end"]),
            toward=r["polarity"] + 1,
        )
        for r in found
    ]


def network_of(checkpoint: checkpoints.Checkpoint) -> Network:
    """A finished model's network, ready to encode."""
    network = build(checkpoint.encoder, checkpoint.columns.n_columns)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in checkpoint.weights().items()})
    return network.eval()


def encode_mentions(network: Network, tokenizer: Tokenizer, max_tokens: int, rows: Sequence[Row]) -> Vectors:
    """Run the encoder once over every row's sentence."""
    tokens = tokenizer([row.text for row in rows])
    asked = [SentenceInput(row.text, (), (row.mention,) if row.mention else ()) for row in rows]
    at, mention = mention_tokens(tokens, asked)
    sizes = np.diff(tokens.bounds)
    # Each token's vector is looked up by its place; what lies past the encoder's window has none.
    place = at - tokens.bounds[mention]
    readable = place < max_tokens - 2
    found = torch.zeros(len(at), network.config.hidden_size)
    order = np.argsort(sizes, kind="stable")
    for first in range(0, len(order), _ENCODED):
        chosen = order[first : first + _ENCODED]
        parts = [tokens.ids[tokens.bounds[i] : tokens.bounds[i + 1]][: max_tokens - 2] for i in chosen]
        ids = [np.concatenate((tokenizer.before, part, tokenizer.after)) for part in parts]
        lengths = [len(part) for part in ids]
        with torch.inference_mode(), autocast(torch.device("cpu"), "auto"):
            vectors = network.encode(
                torch.from_numpy(np.concatenate(ids)).long(), Layout.of(lengths, torch.device("cpu"))
            )
        starts = np.full(len(rows), -1)
        starts[chosen] = np.cumsum(lengths) - lengths + 1
        mine = np.flatnonzero((starts[mention] >= 0) & readable)
        found[mine] = vectors[starts[mention[mine]] + place[mine]].float()
    return Vectors(found, torch.from_numpy(mention))


def logits(vectors: Vectors, n: int, matrix: Tensor, bias: Tensor) -> Tensor:
    """[mentions, 3]; the first column of ``matrix`` is the attention, the others are the values."""
    rows = F.linear(vectors.tokens, matrix, bias)
    return pool_values(rows[:, 0], rows[:, 1:], vectors.mention, n)


def fit_columns(vectors: Vectors, tones: NDArray[np.int64], fit: TargetFit, seed: int) -> tuple[Tensor, Tensor]:
    """Weights [1 + 3, hidden] and bias of the head's columns, by AdamW with a rate that falls to 0."""
    generator = torch.Generator().manual_seed(seed)
    hidden = vectors.tokens.shape[1]
    matrix = (torch.randn(TARGETS.n_columns, hidden, generator=generator) * 0.02).requires_grad_()
    bias = torch.zeros(TARGETS.n_columns, requires_grad=True)
    optimizer = torch.optim.AdamW([matrix, bias], lr=fit.lr, weight_decay=fit.weight_decay)
    truth = torch.from_numpy(tones)
    steps = fit.epochs * -(-len(tones) // _BATCH)
    step = 0
    for _ in range(fit.epochs):
        order = torch.randperm(len(tones), generator=generator).numpy()
        for first in range(0, len(order), _BATCH):
            chosen = order[first : first + _BATCH]
            optimizer.param_groups[0]["lr"] = fit.lr * (1 - step / steps)
            loss = F.cross_entropy(logits(vectors.of(chosen), len(chosen), matrix, bias), truth[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            step += 1
    return matrix.detach(), bias.detach()

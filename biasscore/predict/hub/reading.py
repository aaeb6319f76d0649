"""How a classifier reads texts of any length: distinct ones once, long ones in windows, batches of like length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from biasscore.engine.base import OutOfMemoryError
from biasscore.engine.batching import Window, plan, windows
from biasscore.engine.reader import OVERLAP, Stats
from biasscore.predict.hub.classifier import Classifier
from biasscore.predict.hub.networks import Floats
from biasscore.predict.hub.tokenizer import Ids


@dataclass(frozen=True, slots=True)
class Reading:
    """What a classifier said of some texts.

    Attributes:
        outputs: [texts, outputs], or [tokens, outputs] for a token classifier; NaN for a text without tokens.
        n_windows: windows of each text.
    """

    outputs: Floats
    n_windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One window of a distinct text."""

    text: int
    window: Window
    ids: Ids


def read(classifier: Classifier, texts: Sequence[Ids], stats: Stats) -> Reading:
    """Run texts, given as token ids without special tokens, through a classifier.

    The outputs of a text read in several windows are the mean of its windows' outputs, each weighted by the tokens that
    it answers for; a token's outputs come from the window that answers for it.
    """
    numbers: dict[bytes, int] = {}
    copies = [numbers.setdefault(ids.tobytes(), len(numbers)) for ids in texts]
    distinct = [np.frombuffer(ids, dtype=np.int32) for ids in numbers]
    reads = _windows(classifier, distinct)
    rows = _run(classifier, reads, stats)
    stats.sentences += len(texts)
    stats.forwarded += len(distinct)
    counts = np.bincount([each.text for each in reads], minlength=len(distinct)).tolist()
    join = _join_tokens if classifier.kind == "token" else _join
    empty = np.zeros((0, len(classifier.outputs)), dtype=np.float32)
    joined = join(distinct, reads, rows, len(classifier.outputs))
    return Reading(
        outputs=np.concatenate([empty, *(joined[i] for i in copies)]).astype(np.float32),
        n_windows=tuple(max(1, counts[i]) for i in copies),
    )


def _windows(classifier: Classifier, texts: Sequence[Ids]) -> list[_Read]:
    size = classifier.max_tokens - classifier.tokenizer.n_special
    overlap = min(OVERLAP, size // 2)
    framed = classifier.tokenizer.framed
    return [
        _Read(i, window, framed(ids[window.start : window.stop]))
        for i, ids in enumerate(texts)
        if len(ids)
        for window in windows(len(ids), size, overlap)
    ]


def _run(classifier: Classifier, reads: Sequence[_Read], stats: Stats) -> list[Floats]:
    """The outputs of each window: [1, outputs], or [tokens without special ones, outputs]."""
    lengths = np.array([len(each.ids) for each in reads], dtype=np.int64)
    before, after = len(classifier.tokenizer.before), len(classifier.tokenizer.after)
    rows: list[Floats] = [np.zeros((0, 0), dtype=np.float32)] * len(reads)
    for batch in plan(lengths, classifier.network.budget):
        started = perf_counter()
        outputs = _forward(classifier, [reads[i].ids for i in batch], stats)
        stats.seconds += perf_counter() - started
        stats.tokens += int(lengths[batch].sum())
        stats.padding += int(lengths[batch].max()) * len(batch) - int(lengths[batch].sum())
        if classifier.kind == "sequence":
            pieces = np.split(outputs, len(batch))
        else:
            pieces = [p[before : len(p) - after] for p in np.split(outputs, np.cumsum(lengths[batch])[:-1])]
        for i, piece in zip(batch, pieces, strict=True):
            rows[i] = piece
    return rows


def _forward(classifier: Classifier, batch: Sequence[Ids], stats: Stats) -> Floats:
    """Run a batch, in halves where the device has no room for it."""
    try:
        return classifier.network.classify(batch)
    except OutOfMemoryError:
        if len(batch) == 1:
            raise
    stats.retries += 1
    half = len(batch) // 2
    return np.concatenate([_forward(classifier, part, stats) for part in (batch[:half], batch[half:])])


def _join(texts: Sequence[Ids], reads: Sequence[_Read], rows: Sequence[Floats], width: int) -> list[Floats]:
    """[1, outputs] a text: the weighted mean of its windows."""
    joined = [np.full((1, width), 0.0 if len(ids) else np.nan, dtype=np.float32) for ids in texts]
    for each, row in zip(reads, rows, strict=True):
        joined[each.text] += row * ((each.window.own_stop - each.window.own_start) / len(texts[each.text]))
    return joined


def _join_tokens(texts: Sequence[Ids], reads: Sequence[_Read], rows: Sequence[Floats], width: int) -> list[Floats]:
    """[tokens, outputs] a text: the parts that its windows answer for, one after another."""
    joined = [np.zeros((len(ids), width), dtype=np.float32) for ids in texts]
    for each, row in zip(reads, rows, strict=True):
        own = slice(each.window.own_start, each.window.own_stop)
        joined[each.text][own] = row[own.start - each.window.start : own.stop - each.window.start]
    return joined

"""Out-of-fold predictions on disk: what training leaves for calibration and evaluation, one row per judged unit.

A row is a sentence (loaded, subjectivity, sentiment), a word (span), or a passage (framing_paragraph,
framing_document). It never holds text: ``row`` is a hash by which a reader of the same corpora finds it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from biasscore.errors import TrainingError
from biasscore.heads import MAPS

PREDICTIONS = "predictions.parquet"

Scheme = Literal["random folds", "leave-outlet-out", "held-out"]

_SCHEMA = pa.schema(
    [
        ("head", pa.string()),
        ("scheme", pa.string()),
        ("row", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("gold", pa.int32()),
        ("logits", pa.list_(pa.float32())),
        ("fold", pa.int32()),
        ("dataset", pa.string()),
        ("outlet", pa.string()),
        ("lean", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model said of a unit that it was not trained on.

    Attributes:
        head: name of a calibration map, a key of ``heads.MAPS``.
        scheme: how the unit was kept out: rows drawn at random, its whole outlet, or a split kept apart from all runs.
        row: ``row_id`` of the sentence, or of the article's text for framing; the unit of a bootstrap.
        start, end: characters of the word or paragraph in that text; −1 where the unit is the whole text.
        gold: the true class, in the order of the task's labels; 0 or 1 for binary heads and for words.
        logits: uncalibrated; one for a binary head, else one per class.
        fold: which of the scheme's runs predicted it, from 0.
        outlet, lean: of the row, where its corpus says; "" otherwise.
    """

    head: str
    scheme: Scheme
    row: str
    gold: int
    logits: tuple[float, ...]
    fold: int
    dataset: str
    start: int = -1
    end: int = -1
    outlet: str = ""
    lean: str = ""


def row_id(text: str) -> str:
    """Hash of a text that survives changes of case and whitespace, 16 hex digits."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:16]


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write one Parquet file, replacing what was there."""
    rows = [{name: getattr(prediction, name) for name in _SCHEMA.names} for prediction in predictions]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), path, compression="zstd")


def read_predictions(path: Path) -> list[Prediction]:
    """Read what ``write_predictions`` wrote.

    Raises:
        TrainingError: if the file cannot be read, lacks a column, or holds an unknown head or scheme.
    """
    try:
        table = pq.read_table(path, schema=_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(
            f"{path} is not a file of predictions ({error}); train the model again with: biasscore train"
        ) from error
    rows = [Prediction(**{**row, "logits": tuple(row["logits"])}) for row in table.to_pylist()]
    for row in rows:
        if row.head not in MAPS or len(row.logits) != MAPS[row.head].n_logits or row.scheme not in get_args(Scheme):
            raise TrainingError(
                f"{path} has a row with the score {row.head!r} and the method {row.scheme!r}, but biasscore does not "
                "know such rows; train the model again with: biasscore train"
            )
    return rows

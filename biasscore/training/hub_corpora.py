"""Corpora read from their public homes through ``datasets``, in the columns of a data folder.

For the corpora whose homes hold one table that ``datasets`` reads; the others are downloaded by hand (``Corpus.home``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from biasscore.errors import TrainingError

Record = dict[str, Any]
Load = Callable[[str], Mapping[str, Iterable[Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Home:
    """A data set on the Hub.

    Attributes:
        path: what ``datasets.load_dataset`` takes.
        record: translates one of its rows.
        kept: splits to take, by our names; BABE's published test rows are for tests alone.
    """

    path: str
    record: Callable[[Mapping[str, Any]], Record]
    kept: Mapping[str, str]


def _loaded(row: Mapping[str, Any]) -> Record:
    return {"text": row["text"], "loaded": int(row["label"]), "outlet": row.get("source") or ""}


def _babe(row: Mapping[str, Any]) -> Record:
    words = row["biased_words"]
    return {
        "text": row["text"],
        "loaded": int(row["label"]),
        "loaded_words": list(ast.literal_eval(words)) if isinstance(words, str) else list(words or ()),
        "outlet": row["outlet"],
        "lean": row["type"],
    }


def _subjective(row: Mapping[str, Any]) -> Record:
    return {"text": row["text"], "subjective": int(row["label_text"] == "subjective")}


def _polarity(row: Mapping[str, Any]) -> Record:
    return {"text": row["text"], "sentence_polarity": 2 * int(row["label"]) - 1, "target_polarity": None}


_THREE = {"train": "train", "dev": "dev", "test": "test"}
_LABELLED = {"train": "train", "validation": "dev", "test": "test"}

HOMES: dict[str, Home] = {
    "anno-lexical": Home("mediabiasgroup/anno-lexical", _loaded, _THREE),
    "babe": Home("mediabiasgroup/BABE", _babe, {"train": "train"}),
    "subj": Home("SetFit/subj", _subjective, {"train": "train", "test": "test"}),
    "sst2": Home("SetFit/sst2", _polarity, _LABELLED),
}


def read_home(name: str, load: Load | None = None) -> list[Record]:
    """All rows of a corpus from its public home.

    Args:
        name: a key of ``HOMES``.
        load: reads a data set by its path into splits of rows; ``datasets.load_dataset`` by default.

    Raises:
        TrainingError: if it cannot be fetched, or its columns are not those it had.
    """
    home = HOMES[name]
    try:
        splits = (load or _load)(home.path)
        return [
            {"dataset": name, "split": home.kept[split], **home.record(row)}
            for split, rows in splits.items()
            if split in home.kept
            for row in rows
        ]
    except (OSError, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise TrainingError(
            f"{home.path} cannot be read ({type(error).__name__}: {error}); put the corpus into this folder "
            "(docs/training.md says where to get the corpus)"
        ) from error


def _load(path: str) -> Mapping[str, Iterable[Mapping[str, Any]]]:
    from datasets import load_dataset

    return dict(load_dataset(path))

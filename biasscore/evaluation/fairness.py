"""What a card says beside accuracy: how far people agree, whether names sway scores, and what a gap cannot show.

* People: one trained annotator's answers against the published label, and against the majority of the others.
* Swaps: neutral sentences of this project's own in which politicians, groups or outlets of one side stand in for those
  of the other; a fair score does not move (counterfactual fairness, Garg et al. 2019).
* The gap of false positives between outlets of two sides comes with the smallest gap that its rows could show.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from biasscore.analysis.bootstrap import Floats, Rows, Statistic, figures
from biasscore.errors import TrainingError
from biasscore.evaluation.figures import plain
from biasscore.evaluation.metrics import macro_f1, mean
from biasscore.training.examples import marked_ranges

if TYPE_CHECKING:
    from biasscore.scorer import Scorer

ANNOTATIONS = "babe_annotations.parquet"
# Each sentence is read with so many of its kind's swaps, in turn, so that every name meets many sentences.
SWAPS_A_SENTENCE = 3


@dataclass(frozen=True, slots=True)
class Swap:
    """One neutral sentence, told of one side and of the other."""

    kind: str
    left: str
    right: str


def swaps() -> list[Swap]:
    """The pairs, from ``data/swaps.json``."""
    file = resources.files("biasscore.training") / "data" / "swaps.json"
    return [
        pair for kind, found in json.loads(file.read_text(encoding="utf-8")).items() for pair in _pairs(kind, found)
    ]


def _pairs(kind: str, found: Mapping[str, Sequence[Any]]) -> Iterator[Swap]:
    names = found["names"]
    for i, sentence in enumerate(found["sentences"]):
        for j in range(SWAPS_A_SENTENCE):
            left, right = (sentence.replace("{}", name) for name in names[(i + j * 2) % len(names)])
            yield Swap(kind, left[0].upper() + left[1:], right[0].upper() + right[1:])


def swapped(scorer: Scorer) -> dict[str, Any] | None:
    """How ``loaded`` moves when the sides change places, by kind and in all.

    Returns:
        By kind: ``n`` pairs; ``move``, the mean of right minus left, with its 95% interval over sentences;
        ``absolute``, the mean size of a move; ``flips``, pairs with two labels. None from a model without ``loaded``.
    """
    pairs = swaps()
    scored = scorer.stream(text for pair in pairs for text in (pair.left, pair.right))
    found = [document.paragraphs[0].sentences[0] for document in scored]
    loaded = [sentence.loaded for sentence in found if sentence.loaded is not None]
    if len(loaded) < len(found):
        return None
    moves = np.subtract(loaded[1::2], loaded[::2])
    flips = np.array([a.label != b.label for a, b in zip(found[::2], found[1::2], strict=True)])
    kinds = np.array([pair.kind for pair in pairs])
    return {
        kind: _moved(moves[inside], flips[inside])
        for kind in ("all", *dict.fromkeys(kinds.tolist()))
        for inside in ((kinds == kind) | (kind == "all"),)
    }


def _moved(moves: Floats, flips: Floats) -> dict[str, Any]:
    rows = Rows.clustered(np.arange(len(moves)) // SWAPS_A_SENTENCE)
    found = figures({"move": mean(moves), "absolute": mean(np.abs(moves))}, rows)
    plain_figures = {name: plain(asdict(figure)) for name, figure in found.items()}
    return {"n": len(moves), "flips": int(flips.sum()), **plain_figures}


def people(data: Path) -> dict[str, Any] | None:
    """How well one trained annotator of BABE foretells the label, and the majority of the other annotators.

    Answers of untrained people, and answers and marks that the file's own flags call unusable, are left out, and so are
    ties among the others.

    Returns:
        ``label``, ``others``: macro-F1 with its 95% interval over sentences, and ``n`` answers; ``words``: F1 of the
        words that one annotator marks against those that two others or more mark. None without the file.
    """
    file = Path(data) / ANNOTATIONS
    if not file.exists():
        return None
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in pq.read_table(file).to_pylist():
        if row["group"].startswith("experts"):
            answers[row["text"]].append(row)
    published = _published(Path(data))
    against: dict[str, list[tuple[int, int, int]]] = {"label": [], "others": []}
    marks: list[tuple[int, int, int, int]] = []
    for i, (text, rows) in enumerate(answers.items()):
        usable = [row for row in rows if row["label_ok"] and row["loaded"] is not None]
        for row in usable:
            if text in published:
                against["label"].append((i, published[text], row["loaded"]))
            rest = [other["loaded"] for other in usable if other is not row]
            if len(rest) > 1 and 2 * sum(rest) != len(rest):
                against["others"].append((i, int(2 * sum(rest) > len(rest)), row["loaded"]))
        marks += [(i, *counts) for counts in _word_counts(text, [row for row in rows if row["phrases_ok"]])]
    return {**{name: _agreement(np.array(found)) for name, found in against.items()}, "words": _words(np.array(marks))}


def _published(data: Path) -> dict[str, int]:
    table = pq.read_table(data / "loaded.parquet", columns=["dataset", "text", "loaded"]).to_pylist()
    found = {row["text"]: int(row["loaded"]) for row in table if row["dataset"] == "babe"}
    if not found:
        raise TrainingError(
            f"{data / 'loaded.parquet'} has no rows of the corpus 'babe'; add these rows (docs/training.md says where "
            "to get the corpus)"
        )
    return found


def _word_counts(text: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, int]]:
    """Of each annotator of one sentence: marked words that others mark as well, words marked, words of the others."""
    marked = [set(marked_ranges(text, row["phrases"] or ())) for row in rows]
    for i, own in enumerate(marked):
        others = [word for j, words in enumerate(marked) if j != i for word in words]
        expected = {word for word in others if others.count(word) > 1}
        yield len(own & expected), len(own), len(expected)


def _agreement(found: Any) -> dict[str, Any]:
    return _over_sentences(macro_f1(found[:, 1], found[:, 2], 2), found[:, 0])


def _words(found: Any) -> dict[str, Any]:
    both, own, expected = (found[:, i].astype(np.float64) for i in (1, 2, 3))

    def f1(weights: Floats) -> Floats:
        all_words = weights @ (own + expected)
        f1 = np.divide(2 * (weights @ both), all_words, out=np.full_like(all_words, np.nan), where=all_words > 0)
        return np.asarray(f1)

    return _over_sentences(f1, found[:, 0])


def _over_sentences(statistic: Statistic, sentences: Any) -> dict[str, Any]:
    """A figure with its interval, and how many answers it is of."""
    found = figures({"f1": statistic}, Rows.clustered(sentences, count=500))["f1"]
    return {"n": len(sentences), **plain(asdict(found))}

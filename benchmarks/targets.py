"""How well the tone toward named targets is told, and what looking for them costs.

    python -m benchmarks.targets --data DATA

Judged are the rw half of NewsMTSC, which the head has not learnt from, and sentences of the project; their targets
are given. Beside the head stand the sentence's own tone and VADER on the sentence, which know of no target. The finder
is judged by how many of NewsMTSC's named targets it finds. Cost is end to end, with and without targets in turn.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

import biasscore
from benchmarks.environment import environment, write
from biasscore.analysis.bootstrap import Rows, figures
from biasscore.evaluation import metrics
from biasscore.evaluation.baselines import VADER_NEUTRAL
from biasscore.predict.types import Piece, Questions, SentenceInput
from biasscore.results import Sentiment
from biasscore.segment import segment
from biasscore.segment.targets import find_names, find_targets
from biasscore.training.corpora import NEVER_TAUGHT
from biasscore.training.targets import read_targets

RESULTS = Path(__file__).parent / "results" / "targets.json"
SENTENCES = Path(__file__).parents[1] / "tests" / "data" / "target_sentences.jsonl"
HEAD = "tone toward the target"
TONES = ("negative", "neutral", "positive")
SENTENCES_AN_ARTICLE, ROUNDS = 12, 5
# What NewsMTSC has as targets beside names.
_PRONOUN = re.compile(r"(?i)(?:he|him|his|she|her|they|them|their|it|its|i|me|my|we|us|our|you|your|who|this|that)\b")

Spot = tuple[int, int]
Tones = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence, its targets and the tone toward each: 0 negative, 1 neutral, 2 positive."""

    text: str
    spots: tuple[Spot, ...]
    tones: tuple[int, ...]

    @property
    def opposes(self) -> bool:
        """Whether it is negative toward one target and positive toward another."""
        return {0, 2} <= set(self.tones)


def newsmtsc(data: Path) -> list[Judged]:
    """The rw half."""
    where = [("dataset", "=", "newsmtsc"), ("split", "=", "test")]
    rows = pq.read_table(data / "sentiment.parquet", filters=where).to_pylist()
    return [
        Judged(
            row["text"],
            tuple((start, start + len(name)) for name, start in zip(row["targets"], row["target_starts"], strict=True)),
            tuple(polarity + 1 for polarity in row["target_polarity"]),
        )
        for row in rows
    ]


def set_aside(data: Path) -> list[Judged]:
    """Sentences of NewsMTSC's articles that calibrate the head; it has not learnt from them."""
    found: dict[str, list[tuple[Spot, int]]] = {}
    for row in read_targets(data, "newsmtsc"):
        if row.split == NEVER_TAUGHT:
            found.setdefault(row.text, []).append((row.mention, row.toward))
    return [Judged(text, tuple(s for s, _ in told), tuple(t for _, t in told)) for text, told in found.items()]


def own_sentences(*, held_out: bool) -> list[Judged]:
    """Sentences of the project; one half is kept out of everything but the last look."""
    rows = [json.loads(line) for line in SENTENCES.read_text("utf-8").splitlines()]
    return [
        Judged(
            row["text"],
            tuple((target["start"], target["end"]) for target in row["targets"]),
            tuple(TONES.index(target["tone"]) for target in row["targets"]),
        )
        for row in rows
        if row["held_out"] == held_out
    ]


def said_of_targets(model: str, rows: Sequence[Judged]) -> Tones:
    """[targets] the likeliest tone of each; −1 where the head says nothing.

    The mentions are asked of the model as they stand, without joining or dropping any.
    """
    with biasscore.load(model, targets=[]) as scorer:
        asked = [SentenceInput(row.text, (Piece(0, len(row.text), "author"),), mentions=row.spots) for row in rows]
        answers = [found.answers["targets"] for found in scorer._model.predict(Questions(asked)).sentences]
    said = [_likeliest(answer) for found in answers for answer in found]
    return np.array(said)


def _likeliest(found: Sentiment | None) -> int:
    return -1 if found is None else int(np.argmax([found.negative, found.neutral, found.positive]))


def said_of_sentences(model: str, rows: Sequence[Judged]) -> Tones:
    """[targets] the tone of the whole sentence, the same for each of its targets."""
    with biasscore.load(model, targets=[]) as scorer:
        documents = scorer.score_many([row.text for row in rows], progress=False)
    tones = [document.sentiment.to_dict() if document.sentiment else {} for document in documents]
    said = [max(range(3), key=lambda i: found.get(TONES[i], float(i == 1))) for found in tones]
    return np.repeat(said, [len(row.tones) for row in rows])


def said_by_vader(rows: Sequence[Judged]) -> Tones:
    """[targets] VADER on the sentence, with its authors' thresholds."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    compound = np.array([analyser.polarity_scores(row.text)["compound"] for row in rows])
    said = 1 + (compound >= VADER_NEUTRAL).astype(np.int64) - (compound <= -VADER_NEUTRAL).astype(np.int64)
    return np.repeat(said, [len(row.tones) for row in rows])


def judged(model: str, rows: Sequence[Judged]) -> dict[str, Any]:
    """Macro-F1 (with its 95% interval over sentences) and share right of each way to tell the tone."""
    truth = np.array([tone for row in rows for tone in row.tones])
    sentence = np.repeat(np.arange(len(rows)), [len(row.tones) for row in rows])
    ways = {
        HEAD: said_of_targets(model, rows),
        "tone of the sentence": said_of_sentences(model, rows),
        "VADER on the sentence": said_by_vader(rows),
    }
    return {
        "sentences": len(rows),
        "targets": len(truth),
        "unanswered": int((ways[HEAD] < 0).sum()),
        **{name: _agreement(truth, np.where(said < 0, 1, said), sentence) for name, said in ways.items()},
    }


def _agreement(truth: Tones, said: Tones, sentence: Tones) -> dict[str, float]:
    found = figures({"macro_f1": metrics.macro_f1(truth, said, 3)}, Rows.clustered(sentence, count=1000))["macro_f1"]
    return {
        "macro_f1": round(found.value, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "right": round(float((truth == said).mean()), 4),
    }


def finder(rows: Sequence[Judged]) -> dict[str, Any]:
    """How many of the named targets a mention of the built-in finder overlaps."""
    met = named = 0
    for row in rows:
        found = [spot for target in find_targets(segment(row.text), find_names) for spot in target.mentions]
        for start, end in row.spots:
            name = row.text[start:end]
            if _PRONOUN.match(name) or not any(word[:1].isupper() for word in name.split()):
                continue
            named += 1
            met += any(first < end and start < last for first, last in found)
    return {"named_targets": named, "met": met, "recall": round(met / max(named, 1), 4)}


def cost(model: str, rows: Sequence[Judged]) -> dict[str, Any]:
    """Processor seconds for the same articles with and without targets in turn; the median of the rounds' ratios.

    Articles are made of ``SENTENCES_AN_ARTICLE`` sentences of the news each, since made-up texts name too few people.
    """
    sentences = [row.text for row in rows]
    starts = range(0, len(sentences), SENTENCES_AN_ARTICLE)
    texts = ["\n\n".join(sentences[i : i + SENTENCES_AN_ARTICLE]) for i in starts]
    n_mentions = 0
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    with biasscore.load(model, threads=1) as looks, biasscore.load(model, threads=1, targets=[]) as plain:
        scorers = {"with": looks, "without": plain}
        for number in range(ROUNDS + 1):
            for name in sorted(scorers, reverse=bool(number % 2)):
                start = time.process_time()
                documents = scorers[name].score_many(texts, progress=False)
                # The first round warms up.
                if number:
                    seconds[name].append(time.process_time() - start)
                if name == "with":
                    n_mentions = sum(len(target.mentions) for found in documents for target in found.targets or ())
    ratios = [a / b for a, b in zip(seconds["with"], seconds["without"], strict=True)]
    return {
        "articles": len(texts),
        "mentions": n_mentions,
        "processor_seconds": {name: [round(value, 3) for value in found] for name, found in seconds.items()},
        "median_ratio": round(median(ratios), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["base", "small"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    rows = newsmtsc(given.data)
    sets = {
        "newsmtsc_rw": rows,
        "newsmtsc_opposite_tones": [row for row in (*rows, *set_aside(given.data)) if row.opposes],
        "own_sentences": own_sentences(held_out=False),
        "own_sentences_held_out": own_sentences(held_out=True),
    }
    record: dict[str, Any] = {"environment": environment(), "finder": finder(rows), "weights": {}, "models": {}}
    for model in given.models:
        with biasscore.load(model) as scorer:
            name, _, fingerprint = scorer.fingerprint.partition("/")[0].partition("@")
            if scorer.score("Ann Hall left.").targets is None:
                parser.error(f"{model} has no head for targets")
            record["weights"][name] = fingerprint
            record["models"][name] = {
                "model": scorer.fingerprint,
                **{kind: judged(model, chosen) for kind, chosen in sets.items()},
                "cost": cost(model, rows),
            }
    write(given.out, record)


if __name__ == "__main__":
    main()

"""Do contributions agree with leaving words out? Sets ``occlusion`` in a model's metrics, for the legend of its pages.

    python -m benchmarks.occlusion --texts DIR/sentiment.parquet --metrics models/base/metrics.json

Each word of a sentence is left out in turn, and the fall of the logit of ``loaded`` is set against the
word's contribution from ``Scorer.explain``, by rank within the sentence (Spearman, Kendall's tau-b). Occlusion (Zeiler
and Fergus 2014, "Visualizing and Understanding Convolutional Networks") is a second opinion, not the truth: a sentence
without a word is a different sentence.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.stats import kendalltau, spearmanr

import biasscore
from biasscore.analysis.bootstrap import Rows, figures
from biasscore.evaluation.metrics import mean
from biasscore.report.view import word_shares
from biasscore.results import Document

MIN_WORDS, MAX_WORDS = 8, 40


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rank agreement within one sentence.

    Attributes:
        top: whether the word with the largest contribution is the one whose loss lowers the logit most.
    """

    spearman: float
    kendall: float
    top: bool
    length: float


def agreement(scorer: biasscore.Scorer, text: str) -> Agreement | None:
    """Agreement over the words of one sentence; None where it is not one sentence of the author's, or all ties."""
    document = scorer.explain(text)
    if not _is_one(document):
        return None
    shares = word_shares(document.sentences[0].contributions or (), text, "loaded")
    words = [word for word in shares if any(map(str.isalnum, word.text))]
    rest = scorer.score_many(_without(text, word.start, word.end) for word in words)
    falls = [_logit(document) - _logit(other) for other in rest]
    kept = np.isfinite(falls)
    parts, fall = np.array([word.share for word in words])[kept], np.array(falls)[kept]
    if not MIN_WORDS <= kept.sum() <= MAX_WORDS or np.ptp(parts) == 0 or np.ptp(fall) == 0:
        return None
    lengths = np.array([len(word.text) for word in words])[kept]
    return Agreement(
        spearman=float(spearmanr(parts, fall).statistic),
        kendall=float(kendalltau(parts, fall).statistic),
        top=bool(np.argmax(parts) == np.argmax(fall)),
        length=float(spearmanr(lengths, fall).statistic) if np.ptp(lengths) else 0.0,
    )


def _is_one(document: Document) -> bool:
    """Whether it is one sentence, all of it the author's."""
    return len(document.sentences) == 1 and document.sentences[0].voice == "author"


def _logit(document: Document) -> float:
    """Calibration is affine and rising in the logit, so that ranks of calibrated logits are ranks of raw ones."""
    loaded = document.loaded
    if loaded is None or not _is_one(document):
        return np.nan
    return float(np.log(loaded) - np.log1p(-loaded))


def _without(text: str, start: int, end: int) -> str:
    return " ".join((text[:start] + " " + text[end:]).split())


def sample(path: Path, dataset: str, split: str, seed: int) -> Iterator[str]:
    """Sentences of one split in random order."""
    rows = pq.read_table(path, columns=["text"], filters=[("dataset", "=", dataset), ("split", "=", split)])
    texts = sorted(set(rows["text"].to_pylist()))
    yield from np.random.default_rng(seed).permutation(texts).tolist()


def measure(scorer: biasscore.Scorer, texts: Iterator[str], wanted: int) -> list[Agreement]:
    """The first ``wanted`` agreements that can be had."""
    found: list[Agreement] = []
    for text in texts:
        result = agreement(scorer, " ".join(text.split()))
        if result is not None:
            found.append(result)
        if len(found) == wanted:
            break
    return found


def summary(found: Sequence[Agreement], model: str) -> dict[str, object]:
    """Means over sentences, with a 95% bootstrap interval for Spearman's; the entry ``occlusion`` of metrics.json."""
    values = np.array([[float(v) for v in asdict(one).values()] for one in found])
    _, kendall, top, length = values.mean(axis=0)
    spearman = figures({"spearman": mean(values[:, 0])}, Rows.single(len(values)))["spearman"]
    return {
        "model": model,
        "spearman": round(spearman.value, 4),
        "spearman_interval": [round(spearman.low, 4), round(spearman.high, 4)],
        "kendall": round(float(kendall), 4),
        "same_top_word": round(float(top), 4),
        "spearman_of_word_length": round(float(length), 4),
        "sentences": len(found),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True, help="Parquet file with columns text, dataset, split")
    parser.add_argument("--dataset", default="newsmtsc")
    parser.add_argument("--split", default="test", help="sentences that the model was not trained on")
    parser.add_argument("--model", default="base")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics.json of the model, which gets the entry")
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args(argv)
    metrics = json.loads(arguments.metrics.read_text(encoding="utf-8"))
    scorer = biasscore.load(arguments.model, dtype="float32", threads=arguments.threads)
    texts = sample(arguments.texts, arguments.dataset, arguments.split, arguments.seed)
    found = measure(scorer, texts, arguments.sentences)
    checkpoint = scorer.fingerprint.partition("/")[0]
    metrics["occlusion"] = summary(found, checkpoint)
    arguments.metrics.write_text(json.dumps(metrics, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(metrics["occlusion"], indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

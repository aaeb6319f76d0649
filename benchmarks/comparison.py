"""Measure fair comparisons: events, wire copy, prevalence.

    python -m benchmarks.comparison events --articles framing_articles.parquet
    python -m benchmarks.comparison reprints --articles framing_articles.parquet
    python -m benchmarks.comparison prevalence --labelled loaded.parquet

Each part runs in a process of its own, so that its memory is its own, and writes its entry of
benchmarks/results/comparison.json. The articles are those of Article-Bias-Prediction
(https://github.com/ramybaly/Article-Bias-Prediction), the labelled sentences the development rows of anno-lexical. The
shipped models have learnt from them, in their first stage; no labelled sentences of news are left that they have not
learnt from. ``event_verdicts.csv`` holds what was said of 100 matched pairs, drawn at random and read one by one:
"event" (one event), "story" (one story, another turn of it), "wrong".
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

import biasscore
from benchmarks.environment import environment, write
from biasscore.analysis.articles import read_day
from biasscore.analysis.events import Report, match_events
from biasscore.analysis.prevalence import Calibrated, Rates, calibrated_for, estimate_prevalence
from biasscore.analysis.reprints import PrintedPassage, find_reprints
from biasscore.predict import checkpoints

HERE = Path(__file__).resolve().parent
RESULT = HERE / "results" / "comparison.json"
VERDICTS = HERE / "event_verdicts.csv"
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
SAMPLES = 40
SENTENCES = 600

Json = dict[str, Any]


def events(arguments: argparse.Namespace) -> Json:
    table = pq.read_table(arguments.articles, columns=["id", "outlet", "title", "text", "date"])
    rows = table.to_pylist()
    reports = [Report(r["id"], r["outlet"], r["title"] or "", r["text"], read_day(r["date"])) for r in rows]
    before, start = memory(), time.perf_counter()
    found = match_events(reports)
    seconds = time.perf_counter() - start
    pairs = {frozenset((one.id, other.id)) for one, other in found.pairs()}
    with VERDICTS.open(encoding="utf-8", newline="") as stream:
        verdicts = list(csv.DictReader(stream))
    still = [row for row in verdicts if frozenset((row["one"], row["other"])) in pairs]
    counts = Counter(row["verdict"] for row in still)
    return {
        "articles": len(reports),
        "dated": sum(report.day is not None for report in reports),
        "outlets": len({report.side for report in reports}),
        "seconds": round(seconds, 1),
        "memory_mib": {"of_the_articles": before, "peak": memory()},
        "events": found.n_events,
        "matched_articles": len(found.members),
        "pairs": len(pairs),
        "read_by_eye": {"pairs": len(verdicts), "still_matched": len(still), **counts},
        "precision": round(counts["event"] / len(still), 3),
        "precision_with_stories": round((counts["event"] + counts["story"]) / len(still), 3),
    }


def reprints(arguments: argparse.Namespace) -> Json:
    found = []
    for limit in arguments.paragraphs:
        before, start, worked = memory(), time.perf_counter(), time.process_time()
        result = find_reprints(islice(_passages(arguments.articles), limit))
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
        looked = sum(result.n_paragraphs.values())
        found.append(
            {
                "paragraphs": limit,
                "long_enough": looked,
                "seconds": round(seconds, 1),
                "processor_seconds": round(worked, 1),
                "paragraphs_per_processor_second": round(limit / worked),
                "memory_mib": {"before": before, "peak": memory()},
                "passages": len({copy.passage for copy in result.copies}),
                "copies": result.n_shared(),
            }
        )
    return {"runs": found}


def _passages(path: Path) -> Iterator[PrintedPassage]:
    """All paragraphs; where more are asked for, the same outlets run them again under other names."""
    return (
        PrintedPassage(f"{row['id']} {turn}", row["outlet"], number, text)
        for turn in count(1)
        for batch in pq.ParquetFile(path).iter_batches(200, columns=["id", "outlet", "text"])
        for row in batch.to_pylist()
        for number, text in enumerate(row["text"].split("\n\n"))
    )


def prevalence(arguments: argparse.Namespace) -> Json:
    table = pq.read_table(arguments.labelled, columns=["dataset", "split", "text", "loaded"]).to_pylist()
    rows = [row for row in table if row["dataset"] == "anno-lexical" and row["split"] == "dev"]
    picked = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))[: arguments.rows]]
    return {
        "rows": "anno-lexical, dev: learnt from in the first stage; labels by a vote of language models",
        "sentences_per_sample": SENTENCES,
        "samples_per_share": SAMPLES,
        "models": [_prevalence_of(name, picked) for name in checkpoints.available()],
    }


def _prevalence_of(name: str, rows: list[Json]) -> Json:
    scorer = biasscore.load(name, threads=1)
    scored = [document.loaded for document in scorer.score_many(row["text"] for row in rows)]
    known = np.array([score is not None for score in scored])
    scores = np.array([score for score in scored if score is not None])
    labels = np.array([row["loaded"] for row in rows])[known]
    shipped = calibrated_for(scorer.fingerprint)
    if shipped is None:
        raise SystemExit(f"{name} is no embedded model")
    half = np.arange(len(scores)) % 2 == 0
    fitted = LogisticRegression(C=1e6).fit(_logit(scores[half]), labels[half])
    refitted = fitted.predict_proba(_logit(scores))[:, 1]
    share = float(labels[half].mean())
    own = Calibrated(share, share, _rates(refitted[half], labels[half]), shift=0.0)
    return {
        "model": scorer.fingerprint,
        "n": len(scores),
        "as_shipped": {
            "what": "scores and error rates as the model ships them, of other labellers (BABE's experts)",
            "shift_in_logits": {"measured": _shift(scores, labels, shipped.own_prior), "drawn_with": shipped.shift},
            **_judge(scores, labels, shipped),
        },
        "calibrated_on_other_rows": {
            "what": "calibration and error rates from one half of the rows, judged on the other half",
            **_judge(refitted[~half], labels[~half], own),
        },
    }


def _judge(scores: Any, labels: Any, of: Calibrated) -> Json:
    rng = np.random.default_rng(1)
    by_share: list[Json] = []
    for share in SHARES:
        rows = []
        for trial in range(SAMPLES):
            n = round(SENTENCES * share)
            sample = np.concatenate(
                [rng.choice(scores[labels == 1], n), rng.choice(scores[labels == 0], SENTENCES - n)]
            )
            found = estimate_prevalence(sample, np.arange(SENTENCES), of, resamples=400, seed=trial)
            if found.estimated is None or found.adjusted is None:
                raise SystemExit("the sample is too small")
            both = (found.estimated, found.adjusted)
            rows.append(
                [
                    found.counted,
                    *(by.value for by in both),
                    *(by.low is not None and by.low <= share <= by.high for by in both),
                ]
            )
        by_share.append({"share": share, **dict(zip(_NAMES, np.mean(rows, axis=0).round(3).tolist(), strict=True))})
        by_share[-1]["errors"] = np.abs(np.array(rows)[:, :3] - share).mean(axis=0).round(4).tolist()
    errors = np.mean([row.pop("errors") for row in by_share], axis=0).round(4).tolist()
    return {
        "mean_absolute_error": dict(zip(_NAMES[:3], errors, strict=True)),
        "coverage": {
            name: round(float(np.mean([row[f"{name}_covered"] for row in by_share])), 3) for name in _NAMES[1:3]
        },
        "shares": by_share,
    }


_NAMES = ("counted", "estimated", "adjusted", "estimated_covered", "adjusted_covered")


def _logit(scores: Any) -> Any:
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside))[:, None]


def _shift(scores: Any, labels: Any, prior: float) -> float:
    """What would have to be added to the scores' logits, were the share of loaded rows the model's own."""
    weights = np.where(labels == 1, prior / labels.mean(), (1 - prior) / (1 - labels.mean()))
    logits = _logit(scores)[:, 0]

    def excess(shift: float) -> float:
        return float((weights * (labels - expit(logits + shift))).sum())

    return round(float(brentq(excess, -5.0, 5.0)), 3)


def _rates(scores: Any, labels: Any) -> Rates:
    high, loaded = scores >= 0.5, labels == 1
    parts = (high & loaded, ~high & loaded, high & ~loaded, ~high & ~loaded)
    return Rates(*(int(part.sum()) for part in parts))


def memory() -> int:
    """Most memory this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


PARTS = {"events": events, "reprints": reprints, "prevalence": prevalence}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--paragraphs", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--rows", type=int, default=4000)
    arguments = parser.parse_args()
    found = {"environment": environment(), **PARTS[arguments.part](arguments)}
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    write(RESULT, {**result, arguments.part: found})


if __name__ == "__main__":
    main()

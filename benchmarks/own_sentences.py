"""Sentences of our own that no model has learnt from, by kind: the shipped models as users load them.

    python -m benchmarks.own_sentences

Of tone: how often the most likely tone is correct, how often bad news is called positive or good news negative, how
well tone tells good news from bad, and how many pairs stand in the expected order. Of wording: how many loaded
sentences are labelled loaded, how many of these have no marked word, and how many plain ones are labelled neutral.
Writes ``results/own_sentences.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

import biasscore
from benchmarks.environment import environment, fingerprints, write
from biasscore.evaluation.answers import whole
from biasscore.predict import checkpoints
from biasscore.results import Paragraph
from biasscore.scorer import Scorer
from biasscore.training.corpora import NEVER_TAUGHT, authored

RESULT = Path(__file__).parent / "results" / "own_sentences.json"
TONE, WORDING = ("authored-tone", "authored-news"), ("authored-wording", "authored-slant")
LATER = "of all, written after the models were trained"
Records = Sequence[Mapping[str, Any]]


def held_out(corpus: str) -> dict[str, Records]:
    """The sentences that no recipe may learn from: by kind, of all kinds, and those newer than the others."""
    kept = [record for record in authored(corpus) if record["split"] == NEVER_TAUGHT]
    kinds = {kind: [r for r in kept if r["kind"] == kind] for kind in sorted({r["kind"] for r in kept})}
    groups = {"all but irony": [r for r in kept if r["kind"] != "irony"]} if corpus == "authored-tone" else {}
    later = [r for r in kept if r.get("later")]
    return {**kinds, **groups, "all": kept, **({LATER: later} if later else {})}


def tone(records: Records, said: Mapping[str, Paragraph]) -> dict[str, float | None]:
    """Counts for some sentences that have a tone, and the AUC of good against bad news."""
    pairs = [(said[r["text"]], r["tone"]) for r in records]
    return {
        "sentences": len(pairs),
        "right": sum(_most_likely(passage) == wanted for passage, wanted in pairs),
        "good_or_bad": sum(wanted != 0 for _, wanted in pairs),
        "wrong_side": sum(_most_likely(passage) == -wanted for passage, wanted in pairs if wanted),
        "good": sum(wanted == 1 for _, wanted in pairs),
        "good_called_negative": sum(wanted == 1 and _most_likely(passage) == -1 for passage, wanted in pairs),
        "auc": _auc(pairs),
        **_ordered(records, {r["text"]: said[r["text"]].tone or 0.0 for r in records}, "tone"),
    }


def wording(records: Records, said: Mapping[str, Paragraph]) -> dict[str, int]:
    """Counts for some sentences that are loaded or plain."""
    passages = [said[r["text"]] for r in records if r["loaded"]]
    loaded = [passage.label for passage in passages]
    plain = [said[r["text"]].label for r in records if not r["loaded"]]
    return {
        "loaded": len(loaded),
        "labelled_loaded": loaded.count("loaded"),
        "without_a_mark": sum(passage.label == "loaded" and not passage.spans for passage in passages),
        "plain": len(plain),
        "labelled_neutral": plain.count("neutral"),
        **_ordered(records, {r["text"]: said[r["text"]].loaded or 0.0 for r in records}, "loaded"),
    }


def _auc(pairs: Sequence[tuple[Paragraph, int]]) -> float | None:
    """Of good against bad news; None without both."""
    told = [(passage.tone or 0.0, wanted) for passage, wanted in pairs if wanted]
    if len({wanted for _, wanted in told}) < 2:
        return None
    return round(float(roc_auc_score([wanted for _, wanted in told], [found for found, _ in told])), 4)


def _most_likely(passage: Paragraph) -> int:
    assert passage.sentiment is not None
    found = (passage.sentiment.negative, passage.sentiment.neutral, passage.sentiment.positive)
    return found.index(max(found)) - 1


def _ordered(records: Records, scores: Mapping[str, float], label: str) -> dict[str, int]:
    """Pairs of sentences whose labels differ, and how many of them have their scores in the same order."""
    by_pair: dict[int, list[Mapping[str, Any]]] = {}
    for record in records:
        by_pair.setdefault(record["pair"], []).append(record)
    pairs = [sorted(pair, key=lambda r: float(r[label])) for pair in by_pair.values() if len(pair) == 2]
    pairs = [(low, high) for low, high in pairs if low[label] < high[label]]
    return {"pairs": len(pairs), "ordered": sum(scores[low["text"]] < scores[high["text"]] for low, high in pairs)}


def measured(scorer: Scorer) -> dict[str, Any]:
    """The corpora by kind."""
    found: dict[str, Any] = {}
    for corpus, counts in (*((corpus, tone) for corpus in TONE), *((corpus, wording) for corpus in WORDING)):
        groups = held_out(corpus)
        texts = [record["text"] for record in groups["all"]]
        scored = dict(zip(texts, map(whole, scorer.score_many(texts)), strict=True))
        found[corpus] = {kind: counts(records, scored) for kind, records in groups.items()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    names = checkpoints.available()
    result = {
        "environment": environment(),
        "weights": fingerprints(names),
        "models": {name: measured(biasscore.load(name, device="cpu")) for name in names},
    }
    write(given.out, result)


if __name__ == "__main__":
    main()

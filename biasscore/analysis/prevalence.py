"""What share of a corpus's sentences is loaded: estimated, not counted.

A score is calibrated for one share of loaded sentences, its prior. In a corpus with another share, counting sentences
above one half is wrong by far: false alarms are counted among the many neutral sentences, and misses among the many
loaded ones. Two corrections, which fail in different ways, so that both are given:

* expectation maximization (Saerens, Latinne and Decaestecker 2002, "Adjusting the Outputs of a Classifier to New a
  Priori Probabilities", Neural Computation 14:21-41), which trusts the calibration;
* adjusted classify-and-count (Forman 2008, "Quantifying Counts and Costs via Classification", Data Mining and Knowledge
  Discovery 17:164-206), which trusts the error rates that were measured on labelled sentences.

Both assume that only the share differs: that loaded sentences here look like loaded sentences there. They never quite
do, and no number of articles mends that. So each resample draws anew, beside the articles (the sentences of one are not
independent), how far all scores are off, and the error rates from the rows that they were counted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.analysis.bootstrap import RESAMPLES, Floats, chunks, draw_counts, interval
from biasscore.errors import ModelError
from biasscore.predict import checkpoints

MIN_SENTENCES = 200
"""With fewer sentences the share is not estimated: its interval would span half of what is possible."""

MIN_ARTICLES = 5
THRESHOLD = 0.5

SHIFT = 0.25
"""Standard deviation, in logits, of how far the scores of a corpus are off that the model was not calibrated on.

``python -m benchmarks.comparison prevalence`` measures one such shift. A calibration on a thousand rows has a sampling
error of about 0.1.
"""

_BINS = 400
_REACH = 8.0  # logits
_HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a model is wrong at ``THRESHOLD``, counted on labelled sentences that it had not seen.

    Attributes:
        hits, misses: loaded sentences with a score at or above it, and below.
        alarms, passes: neutral sentences with a score at or above it, and below.
    """

    hits: int
    misses: int
    alarms: int
    passes: int


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a model's scores mean.

    Attributes:
        prior: the share of loaded sentences that the scores are calibrated for, in (0, 1).
        own_prior: the same before ``prior=`` moved it; the error rates were counted there.
        rates: None where they are not known.
        shift: see ``SHIFT``; 0 where the scores were calibrated on sentences of this very corpus.
    """

    prior: float
    own_prior: float
    rates: Rates | None = None
    shift: float = SHIFT


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share, 0 to 1, with its interval; None where all resamples agree, as they do on a share of 0."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The share of sentences with words of their author that are loaded.

    Attributes:
        n_sentences, n_articles: what the estimate rests on.
        prior: the share that the scores were calibrated for.
        counted: share of sentences that score ``THRESHOLD`` or more; the naive figure, for comparison. Scores of
            another prior than the model's own are moved back to that one first, so it does not depend on ``prior=``.
        estimated: by expectation maximization; None where the corpus is too small: then the prior stands.
            It is the one to report: it was nearer to the truth, for both models that come with biasscore
            (benchmarks/results/comparison.json).
        adjusted: by adjusted classify-and-count; None where the corpus is too small or the error rates are unknown.
    """

    n_sentences: int
    n_articles: int
    prior: float
    counted: float
    estimated: Share | None
    adjusted: Share | None

    @property
    def share(self) -> Share | None:
        """The estimate to report; None where the corpus is too small."""
        return self.estimated


def estimate_prevalence(
    scores: Floats,
    articles: NDArray[np.int64],
    calibrated: Calibrated,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> Prevalence:
    """Estimates the share of loaded sentences.

    Args:
        scores: [sentences] ``loaded``, 0 to 1; NaN where a sentence has no words of its author.
        articles: [sentences] number of the article that each stands in, from 0.
        calibrated: what the scores mean.
        resamples, seed, level: of the bootstrap over articles.
    """
    known = np.isfinite(scores)
    own, rates = calibrated.own_prior, calibrated.rates
    scores = moved(scores[known], calibrated.prior, own)
    articles = np.unique(articles[known], return_inverse=True)[1]
    n_articles = int(articles.max(initial=-1)) + 1
    counted = float((scores >= THRESHOLD).mean()) if len(scores) else 0.0
    if len(scores) < MIN_SENTENCES or n_articles < MIN_ARTICLES:
        return Prevalence(len(scores), n_articles, calibrated.prior, counted, None, None)
    table = _ScoreCounts.of(scores, articles, n_articles)
    rng = np.random.default_rng(seed)
    parts = [draw_counts(rng, n_articles, n) @ table.counts for n in chunks(resamples, max(n_articles, _BINS))]
    drawn = np.concatenate([table.counts.sum(axis=0)[None, :], *parts])
    shifts = np.append(0.0, rng.normal(0.0, calibrated.shift, resamples))[:, None]
    estimated = _share(_maximum(drawn, _shifted(table.means, shifts), own), n_articles, level)
    adjusted = None if rates is None else _share(_corrected(drawn, table.high, rates, shifts, rng), n_articles, level)
    return Prevalence(len(scores), n_articles, calibrated.prior, counted, estimated, adjusted)


def moved(scores: Floats, before: float, after: float) -> Floats:
    """Scores that were calibrated for one share of loaded sentences, for another one."""
    return _shifted(scores, np.log(after / (1 - after)) - np.log(before / (1 - before)))


def _shifted(shares: Floats, logits: Floats) -> Floats:
    odds = np.exp(logits)
    return np.asarray(shares * odds / (shares * odds + 1 - shares), dtype=np.float64)


def calibrated_for(model: str) -> Calibrated | None:
    """What the scores of an embedded model mean, by its fingerprint; None for a model that is not found here."""
    name, _, rest = model.partition("@")
    weights, _, given = rest.partition("/")[0].partition("+prior=")
    try:
        checkpoint = checkpoints.read(name)
    except ModelError:
        return None
    if checkpoint.fingerprint != weights:
        return None
    own = checkpoint.calibration.prevalence
    return Calibrated(float(given) if given else own, own, _rates(checkpoints.metrics(checkpoint.path) or {}))


def _rates(metrics: Mapping[str, Any]) -> Rates | None:
    """Counted on sentences that the judged model had not seen: the largest set, which the prevalence is of, too."""
    unseen = [b for b in metrics.get("blocks", ()) if b["task"] == "loaded" and not b["origin"]["shipped"]]
    if not unseen:
        return None
    (passes, alarms), (misses, hits) = max(unseen, key=lambda block: int(block["n"]))["confusion"]
    return Rates(hits, misses, alarms, passes)


@dataclass(frozen=True, slots=True, eq=False)
class _ScoreCounts:
    """Sentences counted by article and by bin of their score: all that an estimate needs.

    Attributes:
        counts: [articles, bins].
        means: [bins] mean score of the bin's sentences.
        high: [bins] whether they reach the threshold.
    """

    counts: Floats
    means: Floats
    high: NDArray[np.bool_]

    @classmethod
    def of(cls, scores: Floats, articles: NDArray[np.int64], n_articles: int) -> _ScoreCounts:
        inside = np.clip(scores, 1e-6, 1 - 1e-6)
        logits = np.clip(np.log(inside / (1 - inside)), -_REACH, _REACH)
        # Bins meet at the threshold (logit 0), so that none holds sentences of both sides of it.
        bins = np.minimum(((logits + _REACH) * (_BINS / (2 * _REACH))).astype(np.int64), _BINS - 1)
        counts = np.zeros((n_articles, _BINS))
        np.add.at(counts, (articles, bins), 1.0)
        total = counts.sum(axis=0)
        summed = np.bincount(bins, weights=inside, minlength=_BINS)
        used = total > 0
        means = summed[used] / total[used]
        return cls(counts[:, used], means, means >= THRESHOLD)


def _maximum(drawn: Floats, means: Floats, prior: float) -> Floats:
    """[resamples] The share at which expectation maximization comes to rest, by [resamples, bins] of counts and scores.

    That is where the likelihood of the scores has its maximum; it is concave in the share, so its slope is halved in.
    """
    loaded, neutral = means / prior, (1 - means) / (1 - prior)
    low, high = np.full(len(drawn), 0.0), np.full(len(drawn), 1.0)
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        mixed = share[:, None] * loaded + (1 - share[:, None]) * neutral
        rising = (drawn * ((loaded - neutral) / mixed)).sum(axis=1) > 0
        low, high = np.where(rising, share, low), np.where(rising, high, share)
    return np.asarray((low + high) / 2)


def _corrected(
    drawn: Floats, high: NDArray[np.bool_], rates: Rates, shifts: Floats, rng: np.random.Generator
) -> Floats:
    """[resamples] Shares by adjusted classify-and-count; the first row takes the error rates as they were counted."""
    counted = drawn[:, high].sum(axis=1) / drawn.sum(axis=1)
    n = len(drawn) - 1
    hit = np.append(rates.hits / (rates.hits + rates.misses), rng.beta(rates.hits + 0.5, rates.misses + 0.5, n))
    alarm = np.append(rates.alarms / (rates.alarms + rates.passes), rng.beta(rates.alarms + 0.5, rates.passes + 0.5, n))
    hit, alarm = _shifted(hit, shifts[:, 0]), _shifted(alarm, shifts[:, 0])
    return np.asarray(np.clip((counted - alarm) / (hit - alarm), 0.0, 1.0))


def _share(values: Floats, n_articles: int, level: float) -> Share:
    found = interval(float(values[0]), values[1:], n_articles, level)
    low, high = (None, None) if found is None else (max(found[0], 0.0), min(found[1], 1.0))
    return Share(float(values[0]), low, high)

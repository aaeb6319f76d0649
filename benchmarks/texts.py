"""News-like paragraphs for timing: written for the project, drawn from parts, no two sentences alike.

Sentences and paragraphs are about as long as in news articles (56 tokens a paragraph in the mean). No sentence comes
twice, since biasscore scores a repeated sentence once.
"""

from __future__ import annotations

import random
from pathlib import Path

PARAGRAPHS_AN_ARTICLE = 12

_WHO = (
    "The mayor", "A county judge", "The senator", "The union", "A group of farmers", "The finance minister",
    "The school board", "An appeals court", "The governor", "A spokeswoman for the company", "The committee",
    "The opposition", "A retired nurse", "The police chief", "The bank", "A coalition of landlords",
)  # fmt: skip
_DID = (
    "approved", "rejected", "delayed", "defended", "criticised", "published", "withdrew", "welcomed", "rewrote",
    "questioned", "signed", "ignored", "quietly dropped", "furiously attacked", "once again postponed",
)  # fmt: skip
_WHAT = (
    "the budget", "a plan to widen the road", "the new zoning rules", "a disastrous housing bill", "the report",
    "a proposal for cheaper transit", "the audit", "an agreement on water rights", "the reckless merger",
    "a ban on night flights", "the pension reform", "a request for federal aid", "the inquiry",
)  # fmt: skip
_WHEN = (
    "on Monday", "after a vote of {a} to {b}", "in {y}", "despite {n} complaints", "for the {k} time this year",
    "at a cost of ${n} million", "before the deadline of March {d}", "with support from {n} residents",
)  # fmt: skip
_MORE = (
    ", although officials had promised otherwise", ", which opponents called a shameless gift to donors",
    " because the estimate rose by {p} percent", ", according to documents that the city released",
    ", and the council will meet again in {d} days", " while {n} people waited outside the hall",
    ", a move that surprised even its supporters", ", citing a study of {n} households in {k} districts",
    ", “and nobody asked us,” said one of the {d} owners", ", the first such decision since {y}",
)  # fmt: skip
_TAILS = (0, 0, 0, 1, 1, 1, 2, 2, 3, 4)
_SENTENCES = (1, 2, 2, 2, 3, 3)


def articles(paragraphs: int, seed: int = 0) -> list[str]:
    """Articles that hold so many paragraphs together, separated by blank lines."""
    rng = random.Random(seed)
    seen: set[str] = set()
    made = [" ".join(_sentence(rng, seen) for _ in range(rng.choice(_SENTENCES))) for _ in range(paragraphs)]
    return ["\n\n".join(made[i : i + PARAGRAPHS_AN_ARTICLE]) for i in range(0, paragraphs, PARAGRAPHS_AN_ARTICLE)]


def texts_of(file: Path | None, paragraphs: int) -> list[str]:
    """Real articles from a table, or generated ones where no table is given."""
    return from_parquet(file, paragraphs) if file else articles(paragraphs)


def from_parquet(file: Path, paragraphs: int) -> list[str]:
    """Real articles, from a table with a column ``text`` whose paragraphs are separated by blank lines."""
    from pyarrow import parquet

    chosen, count = [], 0
    for text in parquet.read_table(file, columns=["text"])["text"].to_pylist():
        if count >= paragraphs:
            break
        own = [part for part in text.split("\n\n") if part.strip()][: paragraphs - count]
        chosen.append("\n\n".join(own))
        count += len(own)
    return chosen


def _sentence(rng: random.Random, seen: set[str]) -> str:
    while True:
        tails = "".join(rng.choice(_MORE) for _ in range(rng.choice(_TAILS)))
        draft = f"{rng.choice(_WHO)} {rng.choice(_DID)} {rng.choice(_WHAT)} {rng.choice(_WHEN)}{tails}."
        text = draft.format(
            a=rng.randint(5, 99), b=rng.randint(0, 60), y=rng.randint(1890, 2026), n=rng.randint(3, 9800),
            k=rng.choice(("second", "third", "fifth", "ninth")), d=rng.randint(2, 30), p=rng.randint(2, 90),
        )  # fmt: skip
        if text not in seen:
            seen.add(text)
            return text

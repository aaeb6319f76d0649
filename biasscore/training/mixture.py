"""What an epoch of a stage reads: rows of several corpora, drawn anew each epoch from one seed.

What a recipe asks of its corpora is checked before training begins: a wrong name would select nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from biasscore.errors import TrainingError
from biasscore.training.corpora import Row
from biasscore.training.examples import Encoded, Example, encode, encode_once, one_hot, passage_texts, sentence_example
from biasscore.training.outlets import draw_of_each_outlet
from biasscore.training.recipe import FOLDED, Part, Recipe, Stage


@dataclass(frozen=True, slots=True)
class Mixture:
    """All rows a recipe may train on, tokenised once.

    Attributes:
        rows: by corpus, without what the recipe holds out.
        encoded: tokenised sentences by text; framing articles are tokenised passage by passage.
    """

    recipe: Recipe
    tokenizer: Tokenizer
    rows: Mapping[str, tuple[Row, ...]]
    encoded: Mapping[str, Encoded]

    @classmethod
    def of(cls, recipe: Recipe, tokenizer: Tokenizer, rows: Mapping[str, Sequence[Row]], kept: Path) -> Mixture:
        """Tokenise the sentence rows of all corpora, or read their tokens from the file ``kept``."""
        texts = list({row.text: None for found in rows.values() for row in found if row.lean is None})
        encoded = encode_once(kept, tokenizer, texts, recipe.max_tokens)
        return cls(recipe, tokenizer, {corpus: tuple(found) for corpus, found in rows.items()}, encoded)

    def epoch(self, stage: Stage, epoch: int, without: AbstractSet[str] = frozenset()) -> list[Example]:
        """The examples of one epoch, the same for the same recipe, stage and epoch.

        Args:
            without: row ids to leave out.
        """
        examples: list[Example] = []
        for part in self.recipe.parts(stage):
            rng = generator(self.recipe.seed, stage.name, part.corpus, epoch)
            rows = [row for row in self.rows[part.corpus] if row.row not in without]
            rows = [row for row in rows if not part.splits or row.split in part.splits]
            if rows and rows[0].lean is not None:
                examples += self._passages(part, draw_of_each_outlet(rows, part.per_outlet, rng), rng)
            else:
                chosen = _draw(rows, part.share, rng)
                examples += [
                    sentence_example(row, self.encoded[row.text], votes=part.votes, weight=part.weight)
                    for row in chosen
                ]
        return examples

    def _passages(self, part: Part, articles: Sequence[Row], rng: np.random.Generator) -> list[Example]:
        chosen = _draw(articles, part.share, rng)
        drawn = [(row, texts) for row in chosen if (texts := passage_texts(row, part.sentences, rng))]
        encoded = iter(encode(self.tokenizer, [t for _, texts in drawn for t in texts], self.recipe.max_tokens))
        leans = [row.lean or 0 for row, _ in drawn]
        counts = np.bincount(leans, minlength=3)
        # Every lean weighs the same, however many outlets the corpus happens to have of it.
        return [
            Example(
                sentences=tuple(next(encoded) for _ in texts),
                lean=one_hot(lean),
                weight=part.weight * len(drawn) / (3 * counts[lean]),
            )
            for lean, (_, texts) in zip(leans, drawn, strict=True)
        ]


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A random generator of its own for each purpose, so that adding one draw moves no other."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def _draw(rows: Sequence[Row], share: float, rng: np.random.Generator) -> list[Row]:
    """``share`` passes over the rows: whole passes first, then a random part."""
    whole, part = divmod(round(share * len(rows)), max(1, len(rows)))
    picked = [rows[i] for i in rng.permutation(len(rows))[:part]]
    return [*rows] * whole + picked


def check_rows(recipe: Recipe, rows: Mapping[str, Sequence[Row]]) -> None:
    """Refuse splits and outlets that are in no row, and stages that would learn from no row.

    Args:
        rows: all rows of the recipe's corpora.

    Raises:
        TrainingError: if there are such.
    """
    asked = [(part.corpus, part.splits) for stage in recipe.stages for part in recipe.parts(stage)]
    for corpus, splits in (*asked, *recipe.held_out.splits.items()):
        if corpus in rows:
            _check_names(f"the corpus {corpus!r} has no split", splits, (row.split for row in rows[corpus]))
    articles = [row.outlet for found in rows.values() for row in found if row.lean is not None]
    if articles:
        _check_names("[held_out] in the recipe: no article is from the outlet", recipe.held_out.outlets, articles)
    if recipe.cross_validation and FOLDED in rows:
        outlets = [row.outlet for row in rows[FOLDED]]
        _check_names(
            f"[cross_validation] in the recipe: the corpus {FOLDED!r} has no outlet",
            recipe.cross_validation.outlets,
            outlets,
        )
    for stage in recipe.stages:
        if not _n_drawn(recipe, stage, rows):
            raise TrainingError(
                f"the stage {stage.name!r} has no row to learn from; in the recipe, change the key 'splits' or "
                "'share' in the parts of this stage, or change [held_out]"
            )


def _check_names(fault: str, asked: Sequence[str], known: Iterable[str]) -> None:
    there = sorted(set(known))
    for name in asked:
        if name not in there:
            raise TrainingError(f"{fault} {name!r}; in the recipe, use one of: {', '.join(there[:20])}")


def _n_drawn(recipe: Recipe, stage: Stage, rows: Mapping[str, Sequence[Row]]) -> int:
    """About how many rows an epoch draws."""
    return sum(
        round(part.share * sum(not part.splits or row.split in part.splits for row in taught))
        for part in recipe.parts(stage)
        if (taught := [row for row in rows[part.corpus] if not recipe.keeps_from_stages(row)])
    )

"""What a recipe asks of its corpora and its base, checked before training begins: a wrong name would select nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from biasscore.errors import TrainingError
from biasscore.training.corpora import Row
from biasscore.training.recipe import Recipe, Stage

Rows = Mapping[str, Sequence[Row]]
FOLDED = "babe"
"""The corpus that cross-validation leaves out part by part."""


def check_rows(recipe: Recipe, rows: Rows) -> None:
    """Refuse splits and outlets that are in no row, and stages that would learn from no row.

    Args:
        rows: all rows of the recipe's corpora.

    Raises:
        TrainingError: if there are such.
    """
    asked = [(part.corpus, part.splits) for stage in recipe.stages for part in recipe.parts(stage)]
    for corpus, splits in (*asked, *recipe.held_out.splits.items()):
        if corpus in rows:
            _check_names(f"corpus {corpus!r} has no split", splits, (row.split for row in rows[corpus]))
    articles = [row.outlet for found in rows.values() for row in found if row.lean is not None]
    if articles:
        _check_names("[held_out]: no article is of the outlet", recipe.held_out.outlets, articles)
    if recipe.cross_validation and FOLDED in rows:
        outlets = [row.outlet for row in rows[FOLDED]]
        _check_names(f"[cross_validation]: {FOLDED!r} has no outlet", recipe.cross_validation.outlets, outlets)
    for stage in recipe.stages:
        if not _drawn(recipe, stage, rows):
            raise TrainingError(
                f"stage {stage.name!r} has no row to learn from; change splits or share of its parts, or [held_out]"
            )


def check_frozen(recipe: Recipe, layers: int) -> None:
    """Refuse to freeze a layer that the base does not have. Other parts are missing in some families only.

    Raises:
        TrainingError: if a stage asks for it.
    """
    for stage in recipe.stages:
        for name in stage.frozen:
            if int(name.partition(".")[2] or 0) >= layers:
                raise TrainingError(
                    f"stage {stage.name!r} freezes {name!r}, but the base has {layers} layers, counted from layers.0; "
                    "change frozen"
                )


def _check_names(fault: str, asked: Sequence[str], known: Iterable[str]) -> None:
    there = sorted(set(known))
    for name in asked:
        if name not in there:
            raise TrainingError(f"{fault} {name!r}; change the recipe to one of: {', '.join(there[:20])}")


def _drawn(recipe: Recipe, stage: Stage, rows: Rows) -> int:
    """About how many rows an epoch draws."""
    return sum(
        round(part.share * sum(not part.splits or row.split in part.splits for row in taught))
        for part in recipe.parts(stage)
        if (taught := [row for row in rows[part.corpus] if not recipe.keeps_from_stages(row)])
    )

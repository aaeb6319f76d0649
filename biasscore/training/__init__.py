"""From corpora and a recipe to a calibrated model.

All functions load their modules late, so that reading corpora or predictions needs no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biasscore.training.fit import Progress

__all__ = ["label", "refit_framing", "train"]


def train(
    recipe_path: Path,
    data: Path,
    out: Path,
    base: str | None = None,
    progress: Progress | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> Path:
    """Train, cross-validate and calibrate a model; called again after a kill, it goes on where it stopped.

    Args:
        recipe_path: TOML file, see docs/training.md.
        data: folder of the corpora's Parquet files.
        out: folder of the new model; states, logs and predictions go into its ``training`` folder.
        base: overrides the recipe's base.
        progress: called after every step.
        note: told which scores were taught, but not calibrated.

    Returns:
        ``out``.

    Raises:
        TrainingError: if the recipe, a corpus or the base cannot be used, or ``out`` holds runs of another training.
    """
    from biasscore.training import pipeline

    return pipeline.train(recipe_path, data, out, base, progress, note)


def label(models: Sequence[Path], data: Path, count: int) -> Path:
    """Label sentences of articles, and write them into the data folder for the corpus ``silver``.

    Args:
        models: folders of finished models with their ``training`` folders and one fold or more; their answers are
            averaged.
        data: the folder of the corpora.
        count: how many sentences.

    Returns:
        The written file.

    Raises:
        ModelError: if a folder holds no model, or a broken one.
        TrainingError: if a model lacks a run or a score that labels, the models differ in their tokens, or the articles
            cannot be read.
    """
    from biasscore.training import silver

    return silver.label(models, data, count)


def refit_framing(recipe_path: Path, data: Path, model: Path) -> Path:
    """Fit the framing head of a recipe, and set it and its calibration into a model.

    Every other weight and map of the model stays as it is.

    Args:
        recipe_path: TOML file with a ``[framing]`` part.
        data: folder of the corpora's Parquet files.
        model: folder of the model; the fit's predictions go into its ``training`` folder.

    Returns:
        ``model``.

    Raises:
        TrainingError: if the recipe has no ``[framing]``, or its articles cannot be used.
        ModelError: if the folder holds no model.
    """
    from biasscore.training import framing

    return framing.refit_framing(recipe_path, data, model)

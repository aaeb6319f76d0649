"""From corpora and a recipe to a calibrated model.

``train`` is loaded late, so that reading predictions or computing metrics needs no torch.
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
    """Train, cross-validate and calibrate a model; see ``pipeline.train``."""
    from biasscore.training import pipeline

    return pipeline.train(recipe_path, data, out, base, progress, note)


def label(models: Sequence[Path], data: Path, count: int) -> Path:
    """Let trained models label sentences for smaller ones; see ``silver.label``."""
    from biasscore.training import silver

    return silver.label(models, data, count)


def refit_framing(recipe_path: Path, data: Path, model: Path) -> Path:
    """Fit the part of a model that scores framing again; see ``framing.refit_framing``."""
    from biasscore.training import framing

    return framing.refit_framing(recipe_path, data, model)

"""Writes a model's card: figures from its metrics.json, prose from ``card_template.md``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from biasscore.errors import ModelError
from biasscore.predict import checkpoints
from biasscore.training.corpora import CORPORA, NEVER_TAUGHT
from biasscore.training.recipe import read_recipe


def write_card(folder: Path) -> Path:
    """Write ``README.md`` of the model in ``folder`` from its metrics and recipe.

    Raises:
        ModelError: if the folder holds no model, no recipe, or no metrics yet.
    """
    checkpoint = checkpoints.read(folder)
    metrics = checkpoints.metrics(checkpoint.path)
    if metrics is None:
        raise ModelError(
            f"{folder} has no file {checkpoints.METRICS}; run: biasscore evaluate {folder} --data PATH --update"
        )
    if not (checkpoint.path / checkpoints.RECIPE).is_file():
        raise ModelError(
            f"the model card needs the file {checkpoints.RECIPE}, but {folder} has no such file; copy the recipe of "
            f"the model to {folder}, or remove --update"
        )
    recipe = read_recipe(checkpoint.path / checkpoints.RECIPE)
    corpora = [CORPORA[name] for name in recipe.corpora]
    folds = recipe.cross_validation
    text = render(
        metrics,
        {
            "name": checkpoint.name,
            "base": recipe.base,
            "fingerprint": checkpoint.fingerprint,
            "encoder": checkpoint.encoder,
            "ngrams": checkpoint.has_ngrams,
            "calibration": checkpoint.calibration.to_dict(),
            "folds": folds and (folds.runs or folds.folds, folds.folds),
            "corpora": corpora,
            "names": recipe.corpora,
            "restricted": _listed([corpus.name for corpus in corpora if not corpus.permissive]),
        },
    )
    card = checkpoint.path / checkpoints.CARD
    card.write_text(text, encoding="utf-8")
    return card


def render(metrics: Mapping[str, Any], model: Mapping[str, Any]) -> str:
    """The card's text.

    Args:
        metrics: what ``Evaluation.to_dict`` gave.
        model: the other names of the template.
    """
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=True, trim_blocks=False
    )
    environment.globals.update(
        figure=_figure,
        rows=_rows,
        whose=_whose,
        gap_of=_gap_of,
        first_calibration=_first_calibration,
        percent=_percent,
        half_width=_half_width,
        share_of_three=_share_of_three,
    )
    template = resources.files("biasscore.evaluation").joinpath("card_template.md").read_text(encoding="utf-8")
    parts = {name: metrics.get(name) for name in ("training", "people", "swaps", "method", "settings")}
    # Rows of one class say nothing of a model that tells classes apart.
    blocks = [block for block in metrics["blocks"] if sum(n > 0 for n in block["classes"].values()) > 1]
    parts |= {"blocks": blocks, "measured": {(block["task"], block["split"]) for block in blocks}}
    return environment.from_string(template).render(**parts, **model)


def _figure(found: Mapping[str, float | None] | jinja2.Undefined) -> str:
    """Empty for a figure that a block does not have, or that its rows do not define."""
    if isinstance(found, jinja2.Undefined) or found["value"] is None:
        return ""
    if found["low"] is None or found["high"] is None:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _rows(block: Mapping[str, Any]) -> str:
    """Data set and split; the split that no recipe may learn from is called as other held-out rows are."""
    return f"{block['dataset']}, {block['split'].replace(NEVER_TAUGHT, 'held-out')}"


def _gap_of(found: Mapping[str, float | None]) -> str:
    """Whose sentences are called loaded more often, as the end of a sentence; "" where the interval includes 0."""
    low, high = found["low"], found["high"]
    if low is None or high is None or low <= 0 <= high:
        return ""
    more, less = ("left", "right") if low > 0 else ("right", "left")
    return f"{more} outlets loaded more often than those of {less} outlets"


def _whose(block: Mapping[str, Any]) -> str:
    if not block["origin"]["shipped"]:
        return "folds"
    return "shipped, through load()" if block["origin"]["how"] == "as loaded" else "shipped"


def _first_calibration(block: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next(iter(block["calibration"].values()), None)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _half_width(found: Mapping[str, float | None]) -> float | None:
    """The smallest gap that rows with such an interval could tell from none; None without an interval."""
    low, high = found["low"], found["high"]
    return None if low is None or high is None else (high - low) / 2


def _share_of_three(block: Mapping[str, Any]) -> float:
    counts = sorted(block["outlets"].values(), reverse=True)
    return float(sum(counts[:3]) / block["n"])


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)

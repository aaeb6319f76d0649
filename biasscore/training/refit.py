"""The framing head of a recipe, fitted once and kept; and set into a model whose encoder stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer as FastTokenizer

from biasscore.engine.tokens import Tokenizer
from biasscore.errors import TrainingError
from biasscore.heads import FRAMING, MAPS
from biasscore.predict import checkpoints
from biasscore.predict.ngrams import NgramHead
from biasscore.training.calibration_fit import fit_head
from biasscore.training.corpora import Row, read_corpus
from biasscore.training.framing import fit_framing
from biasscore.training.mixture import generator
from biasscore.training.predictions import Prediction, read_predictions, write_predictions
from biasscore.training.recipe import Recipe, read_recipe

PREDICTIONS = "predictions.parquet"


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
    recipe = read_recipe(recipe_path)
    if recipe.framing is None:
        raise TrainingError(
            f"{recipe_path} has no [framing], so there is nothing to train; add [framing] to the recipe "
            "(docs/framing.md)"
        )
    old = checkpoints.read(model)
    articles = [row for name in recipe.framing_corpora for row in read_corpus(name, data)]
    tokenizer = Tokenizer(FastTokenizer.from_file(str(old.tokenizer_file)))
    rng = generator(recipe.seed, "framing")
    head, found = fit_framing(tokenizer, old.encoder.vocab_size, articles, recipe.framing, rng)
    set_framing(old, head, found)
    return Path(model)


def set_framing(model: checkpoints.Checkpoint, head: NgramHead, predictions: Sequence[Prediction]) -> None:
    """Set a framing head, and the calibration that its predictions ask for, into a model.

    Args:
        predictions: of articles and paragraphs of outlets left out; they replace those kept with the model.
    """
    found = fit_head(FRAMING.maps[0], predictions)
    checkpoints.write(
        model.path,
        name=model.name,
        encoder=model.encoder,
        max_tokens=model.max_tokens,
        weights=model.weights(),
        tokenizer_json=model.tokenizer_file.read_text(encoding="utf-8"),
        calibration=replace(model.calibration, maps={**model.calibration.maps, **dict.fromkeys(FRAMING.maps, found)}),
        ngrams=head,
        columns=model.columns,
    )
    file = model.path / "training" / PREDICTIONS
    others = [p for p in read_predictions(file) if MAPS[p.head] is not FRAMING] if file.exists() else []
    write_predictions(file, [*others, *predictions])


def framing_head(
    recipe: Recipe, articles: Sequence[Row], tokenizer: FastTokenizer, vocabulary: int, folder: Path
) -> tuple[NgramHead, list[Prediction]]:
    """The head that a recipe asks for and what it says of outlets left out; read from ``folder`` if it is there."""
    file, said = folder / "head.safetensors", folder / PREDICTIONS
    if not said.exists():
        if recipe.framing is None:
            raise TrainingError("the recipe has no [framing]; add [framing] to the recipe (docs/framing.md)")
        folder.mkdir(parents=True, exist_ok=True)
        rng = generator(recipe.seed, "framing")
        own = Tokenizer(FastTokenizer.from_str(tokenizer.to_str()))
        head, found = fit_framing(own, vocabulary, articles, recipe.framing, rng)
        save_file(head.tensors(), file)
        write_predictions(said, found)
    return NgramHead.of(load_file(file)), read_predictions(said)

"""Checks the small files of a model field by field before anything is built from them, because strangers wrote some.

Every reader of such a file says here what a field may be; what is not so is one ``ModelError`` that names file and
field. No torch here, and no memory taken that the files themselves do not have.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biasscore.engine.family_table import FAMILIES
from biasscore.errors import AGAIN, ModelError

_LARGEST_JSON = 64 << 20
_SHOWN = 60
MOST_LAYERS, WIDEST, MOST_POSITIONS, MOST_WORDS, MOST_OUTPUTS = 256, 32_768, 1 << 20, 8 << 20, 10_000
FEWEST_TOKENS = 8
"""Fewest tokens that a model has to read at once: special tokens, an overlap, and something new in every window."""


def regular(file: Path, mend: str = AGAIN) -> Path:
    """The same path, if a plain file lies there or a link leads to one: reading anything else might never end.

    Raises:
        ModelError: if it is missing, or a folder, a pipe or a device.
    """
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} is missing or cannot be read; {mend}") from error
    if not stat.S_ISREG(mode):
        raise ModelError(f"{file} is a folder, pipe or device, not a file; {mend}")
    return file


def brief(problem: object) -> str:
    """What went wrong, on one line that is short enough to read."""
    told = f"{problem.args[0]!r} is missing" if isinstance(problem, KeyError) and problem.args else str(problem)
    first = (told.strip() or type(problem).__name__).splitlines()[0]
    return first if len(first) <= 2 * _SHOWN else f"{first[: 2 * _SHOWN]}…"


def read_object(file: Path, mend: str = AGAIN) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        ModelError: if it cannot be read or holds something else.
    """
    try:
        if regular(file, mend).stat().st_size > _LARGEST_JSON:
            raise ModelError(f"{file} is larger than {_LARGEST_JSON >> 20} MB; {mend}")
        value = json.loads(file.read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{file} is missing or broken ({type(error).__name__}: {brief(error)}); {mend}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{file} is not a JSON object; {mend}")
    return value


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of one JSON object, each asked for by name with what it may be.

    Attributes:
        file: the file they stand in, for the error.
        values: the object.
        within: name of the object in the file, with a dot at its end.
        mend: what to do where a field is wrong.
    """

    file: Path | str
    values: Mapping[str, Any]
    within: str = ""
    mend: str = AGAIN

    def wrong(self, name: str, needed: str) -> ModelError:
        """The error for a field that is not what it has to be."""
        key = f"{self.within}{name}"
        if name not in self.values:
            return ModelError(f"{self.file} has no key {key!r} (it must be {needed}); {self.mend}")
        given = repr(self.values[name])
        shown = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
        return ModelError(f"the key {key!r} in {self.file} must be {needed}, not {shown}; {self.mend}")

    def integer(self, name: str, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        value = self.values.get(name)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name, f"a whole number from {least:,} to {most:,}")
        return value

    def number(self, name: str, above: float, below: float) -> float:
        """A finite number between two others."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not above < value < below:
            raise self.wrong(name, f"a number between {above:g} and {below:g}")
        return float(value)

    def text(self, name: str, longest: int = 200) -> str:
        """A string that can be shown."""
        value = self.values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise self.wrong(name, f"a text of 1 to {longest} printable characters")
        return value

    def object(self, name: str) -> Fields:
        """A JSON object within this one."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "a JSON object")
        return Fields(self.file, value, f"{self.within}{name}.", self.mend)


def check_encoder(fields: Fields, weights_bytes: int) -> None:
    """Refuse the sizes of an encoder that no such encoder has, or that its weights are too small for.

    Every parameter takes a byte at least, so what the config describes is never larger than what lies on the disk.

    Args:
        fields: of ``EncoderConfig``, or of a config.json of transformers.
        weights_bytes: size of the file, or files, of weights.

    Raises:
        ModelError: names the field.
    """
    sizes = {name: _size(fields, names, most) for name, (names, most) in _SIZES.items()}
    for name, (least, most) in _FAMILY_SIZES.items():
        if fields.values.get(name) is not None:
            fields.integer(name, least, most)
    for name in ("layer_norm_eps", "norm_eps"):
        # What transformers computes may leave it null, and has a default then.
        if name in fields.values and (fields.values[name] is not None or "model_type" not in fields.values):
            fields.number(name, 0.0, 1.0)
    if fields.values.get("pad_token_id") is not None:
        fields.integer("pad_token_id", 0, MOST_WORDS)
    if "distance_buckets" in fields.values:
        fields.integer("distance_buckets", 0, MOST_OUTPUTS)
    if sizes["heads"] and sizes["hidden"] % sizes["heads"]:
        name = next(name for name in _SIZES["heads"][0] if name in fields.values)
        raise fields.wrong(name, f"a divisor of {sizes['hidden']:,}, the width of the network")
    if fields.values.get("pooler_hidden_size") is not None:
        fields.integer("pooler_hidden_size", 1, sizes["hidden"] or WIDEST)
    needed = _parameters(fields, sizes)
    if needed > weights_bytes:
        raise ModelError(
            f"the file of weights is too small: it has {weights_bytes:,} bytes, but the model that {fields.file} "
            f"describes needs {needed:,} or more; {fields.mend}"
        )


# Each size under the names that encoders give it, and its largest value.
_SIZES: dict[str, tuple[tuple[str, ...], int]] = {
    "words": (("vocab_size",), MOST_WORDS),
    "hidden": (("hidden_size", "dim"), WIDEST),
    "layers": (("n_layers", "num_hidden_layers"), MOST_LAYERS),
    "heads": (("n_heads", "num_attention_heads"), WIDEST),
    "inner": (("intermediate_size", "hidden_dim"), 16 * WIDEST),
    "positions": (("max_positions", "max_position_embeddings"), MOST_POSITIONS),
}

# What sizes the tensors of single families: its name, its least and its largest value.
_FAMILY_SIZES: dict[str, tuple[int, int]] = {
    "attention_head_size": (1, WIDEST),
    "conv_groups": (1, WIDEST),
    "conv_kernel_size": (0, 64),
    "embedding_size": (1, WIDEST),
    "inner_group_num": (1, MOST_LAYERS),
    "max_relative_positions": (-1, 1 << 16),
    "num_hidden_groups": (1, MOST_LAYERS),
    "num_key_value_heads": (1, WIDEST),
    "position_buckets": (-1, 1 << 16),
    "relative_attention_num_buckets": (1, MOST_OUTPUTS),
    "type_vocab_size": (0, MOST_OUTPUTS),
}


def _size(fields: Fields, names: tuple[str, ...], most: int) -> int:
    """The field under whatever name it has; 0 where it is absent, for transformers has a default then."""
    found = [fields.integer(name, 1, most) for name in names if name in fields.values]
    return found[0] if found else 0


def _parameters(fields: Fields, sizes: Mapping[str, int]) -> int:
    """A lower bound of the numbers in an encoder's tensors."""
    family = FAMILIES.get(str(fields.values.get("model_type")), FAMILIES["bert"])
    hidden, layers = sizes["hidden"], sizes["layers"]
    embedded = fields.values.get("embedding_size") or family.word_width or hidden
    if family.shares_layers:
        layers = min(layers, 1) * (fields.values.get("num_hidden_groups") or 1)
    rows = sizes["words"] + (sizes["positions"] if family.has_positions else 0)
    # DeBERTa's heads may be wider than the layers.
    heads = sizes["heads"] * (fields.values.get("attention_head_size") or 0) or hidden
    return rows * embedded + layers * (hidden * hidden + 3 * hidden * heads + 2 * hidden * sizes["inner"])

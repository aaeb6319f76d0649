"""The file layout under models/NAME/, known here and nowhere else.

    model.safetensors   weights, int8 and float16 (see ``compact``)
    config.json         format version, name, heads, encoder, window size, hashes of the other files
    tokenizer.json      the tokenizer, as the tokenizers library writes it
    calibration.json    maps from logits to probabilities, thresholds, prevalence
    recipe.toml         how it was trained
    metrics.json        what was measured of it
    README.md           its card

The first four are needed to load a model; the others explain it. config.json lists the heads of the model, each with
the number of its columns in the network's last layer, in the order of the columns; a head that reads no columns has 0.
A head that this version does not know is left unused. Formats 1 and 2 do not list heads: they mean the five of their
time. Format 1 holds an encoder that we compute, by its shape; format 2 one that transformers computes; 3 either.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.columns import EVERY_HEAD, ColumnLayout
from biasscore.engine.config import Encoder, EncoderConfig, FamilyConfig, Shapes
from biasscore.errors import AGAIN, ModelError
from biasscore.heads import FRAMING, HEADS
from biasscore.predict.calibration import Calibration
from biasscore.predict.compact import packed, unpacked
from biasscore.predict.fields import FEWEST_TOKENS, MOST_OUTPUTS, Fields, brief, check_encoder, read_object, regular
from biasscore.predict.ngrams import NgramHead
from biasscore.visible import on_one_line

FORMAT = 3
_log = logging.getLogger(__name__)
# The heads of formats 1 and 2.
_FIRST_HEADS: Mapping[str, int] = {"spans": 1, "loaded": 2, "subjectivity": 2, "sentiment": 4, "framing": 5}

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
CALIBRATION = "calibration.json"
FILES = (WEIGHTS, CONFIG, TOKENIZER, CALIBRATION)
"""What is needed to load a model."""
MODELS_GROUP = "biasscore.models"
RECIPE = "recipe.toml"
METRICS = "metrics.json"
CARD = "README.md"
# What the names of the n-gram head's tensors begin with.
NGRAMS = "ngrams."

Weights = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model on disk, checked, weights not yet read.

    Attributes:
        path: its folder.
        name: the name it was trained under.
        max_tokens: most tokens the encoder reads at once, special tokens included; longer sentences run in windows.
        columns: the heads, and where their columns stand.
        has_ngrams: whether framing is answered by a head on n-grams.
        hashes: SHA-256 of each needed file; of config.json, of what it says.
    """

    path: Path
    name: str
    encoder: Encoder
    max_tokens: int
    calibration: Calibration
    columns: ColumnLayout
    has_ngrams: bool
    hashes: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Short hash of all that decides a score: the files needed to load the model."""
        joined = "".join(self.hashes[name] for name in FILES)
        return hashlib.sha256(joined.encode()).hexdigest()[:12]

    @property
    def unknown_heads(self) -> tuple[str, ...]:
        """Heads of a newer version of biasscore, which this one leaves unused."""
        return tuple(name for name in self.columns.sizes if name not in HEADS)

    @property
    def size(self) -> int:
        """Bytes of the weights on disk."""
        return (self.path / WEIGHTS).stat().st_size

    @property
    def tokenizer_file(self) -> Path:
        return self.path / TOKENIZER

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """All tensors as float32 arrays, shapes checked.

        Raises:
            ModelError: if the file cannot be read or a tensor is missing, superfluous or of the wrong shape.
        """
        try:
            wanted = shapes(self.encoder, self.columns.n_columns)
        except ValueError as error:
            raise ModelError(
                f"{self.path / CONFIG}: {error}; install the version of transformers that saved the model, or copy "
                "the file again"
            ) from error
        return self._tensors(wanted, own=lambda name: not name.startswith(NGRAMS))

    def ngrams(self) -> NgramHead | None:
        """The framing head on n-grams; None where the network's own columns answer framing.

        Raises:
            ModelError: as above.
        """
        if not self.has_ngrams:
            return None
        wanted = {NGRAMS + n: s for n, s in NgramHead.shapes(self.encoder.vocab_size, len(FRAMING.labels)).items()}
        # Heads of formats 1 and 2 knew no damping.
        found = self._tensors(wanted, lambda name: name.startswith(NGRAMS), {NGRAMS + "damping": np.zeros(1)})
        if found[NGRAMS + "damping"][0] < 0:
            raise ModelError(f"the tensor '{NGRAMS}damping' in {self.path / WEIGHTS} must be 0 or more; {AGAIN}")
        return NgramHead.of({name.removeprefix(NGRAMS): tensor for name, tensor in found.items()})

    def _tensors(
        self, wanted: Shapes, own: Callable[[str], bool], absent: Weights | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """The tensors of the file that ``own`` accepts, which must be the wanted ones; ``absent`` fills in gaps."""
        from safetensors import SafetensorError, safe_open

        file = self.path / WEIGHTS
        try:
            with safe_open(file, framework="numpy") as stored:
                names = [name for name in stored.keys() if own(name)]  # noqa: SIM118
                here = unpacked({name: stored.get_tensor(name) for name in names})
        except (SafetensorError, OSError, TypeError, ValueError) as error:  # numpy has no bfloat16: TypeError
            raise ModelError(f"{file} cannot be read ({error}); {AGAIN}") from error
        found = {**(absent or {}), **here}
        wrong = sorted(set(wanted) ^ set(found)) or [n for n, shape in wanted.items() if found[n].shape != shape]
        if wrong:
            raise ModelError(
                f"{file} and {CONFIG} come from different models (see the tensor {wrong[0]!r}); copy both files from "
                "the same model"
            )
        for name, tensor in found.items():
            if not np.isfinite(tensor).all():
                raise ModelError(f"the tensor {name!r} in {file} contains NaN or infinity; {AGAIN}")
        return found


def shapes(encoder: Encoder, n_columns: int) -> Shapes:
    """Name and shape of every tensor of a network with so many head columns.

    Raises:
        ValueError: if transformers cannot build such an encoder.
    """
    if isinstance(encoder, EncoderConfig):
        return encoder.shapes(n_columns)
    from biasscore.engine import families

    return families.shapes(encoder, n_columns)


def folders() -> Iterator[Path]:
    """Where named models are looked for: the package's own, the models/ of a source checkout, then other packages.

    A package brings models by an entry point of the group ``MODELS_GROUP``, whose value names the package that holds
    their folders. Nothing of it is run.
    """
    package = Path(__file__).resolve().parents[1]
    yield from (package / "models", package.parent / "models")
    for entry in entry_points(group=MODELS_GROUP):
        spec = find_spec(entry.value)
        yield from map(Path, spec.submodule_search_locations or () if spec else ())


def available() -> list[str]:
    """Names of the models that this package and others carry."""
    return sorted({file.parent.name for folder in folders() for file in folder.glob(f"*/{CONFIG}")})


def check_path(name: str | Path) -> None:
    """Refuse a name that the system cannot look for.

    Raises:
        ModelError: if it is too long for a path, lies in a closed folder, or begins with an unknown user's ``~``.
    """
    try:
        Path(name).expanduser().exists()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"biasscore cannot look for the model {brief(name)!r} ({reason}); use another name") from error


def find(name: str | Path) -> Path:
    """Folder of a model, by name or path.

    Raises:
        ModelError: if there is none.
    """
    check_path(name)
    for candidate in chain((folder / name for folder in folders()), (Path(name).expanduser(),)):
        if (candidate / CONFIG).is_file():
            return candidate
    raise ModelError(
        f"there is no model {str(name)!r}; use a folder with a {CONFIG}, or one of the models that come with "
        f"biasscore: {', '.join(available()) or 'none is installed'}"
    )


def exists(name: str | Path) -> bool:
    """Whether a name or path means a model in this layout; other layouts have a config.json as well."""
    try:
        return "format" in read_object(find(name) / CONFIG)
    except ModelError:
        return False


def read(name: str | Path) -> Checkpoint:
    """Read and check a model's small files, by name or path.

    Raises:
        ModelError: if a file is missing, broken, changed since it was written, or from a newer version.
    """
    path = find(name)
    config = read_object(path / CONFIG)
    if config.get("format") not in list(range(1, FORMAT + 1)):
        raise ModelError(
            f"{path / CONFIG} has the format {brief(repr(config.get('format')))}, but this version of biasscore reads "
            f"only the formats 1 to {FORMAT}; upgrade biasscore, or train the model again"
        )
    try:
        fields = Fields(path / CONFIG, config)
        hashes = {name: fields.object("sha256").text(name, 64) for name in (WEIGHTS, TOKENIZER, CALIBRATION)}
        check_encoder(fields.object("encoder"), regular(path / WEIGHTS).stat().st_size)
        # Only what transformers computes names its family.
        kind = FamilyConfig if "model_type" in config["encoder"] else EncoderConfig
        encoder: Encoder = kind.from_dict(config["encoder"])
        columns = _columns(fields)
        model_name = fields.text("name")
        max_tokens = fields.integer("max_tokens", FEWEST_TOKENS, encoder.max_positions)
        has_ngrams = bool(config.get("ngrams", False))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path / CONFIG} is not the config.json of a biasscore model ({brief(error)}); {AGAIN}"
        ) from error
    _check_hashes(path, hashes)
    try:
        calibration = Calibration.from_dict(read_object(path / CALIBRATION))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ModelError(f"{path / CALIBRATION} is broken ({brief(error)}); {AGAIN}") from error
    hashes[CONFIG] = _said(config, columns)
    checkpoint = Checkpoint(path, model_name, encoder, max_tokens, calibration, columns, has_ngrams, hashes)
    _check_calibrated(checkpoint)
    if checkpoint.unknown_heads:
        unused = on_one_line(", ".join(checkpoint.unknown_heads))
        _log.warning(
            "model %s gives scores that this version of biasscore does not know (%s); upgrade biasscore to use "
            "these scores",
            path,
            unused,
        )
    return checkpoint


def _columns(config: Fields) -> ColumnLayout:
    """The heads that config.json lists.

    Raises:
        ModelError: if a number of columns is none.
        ValueError: if a head has another number of columns than this version knows of.
    """
    if config.values["format"] < FORMAT:
        return ColumnLayout(_FIRST_HEADS)
    heads = config.object("heads")
    sizes = {name: heads.integer(name, 0, MOST_OUTPUTS) for name in heads.values}
    for name, n in sizes.items():
        if name in HEADS and n not in (0, HEADS[name].n_columns):
            raise ValueError(
                f"the score {name!r} must have {HEADS[name].n_columns} columns, not {n}; use the unchanged config.json "
                "of the model"
            )
    return ColumnLayout(sizes)


def _said(config: Mapping[str, Any], columns: ColumnLayout) -> str:
    """Hash of what config.json says, however it is laid out; only the heads have an order that counts."""
    said = {key: value for key, value in config.items() if key not in ("name", "sha256")}
    said["heads"] = list(columns.sizes.items())
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _check_calibrated(checkpoint: Checkpoint) -> None:
    for name in checkpoint.columns.sizes:
        if name in HEADS and not checkpoint.calibration.has(HEADS[name]):
            raise ModelError(
                f"{checkpoint.path / CALIBRATION} has no calibration for the score {name!r}; train the model again"
            )


def write(
    path: Path,
    *,
    name: str,
    encoder: Encoder,
    max_tokens: int,
    weights: Weights,
    tokenizer_json: str,
    calibration: Calibration,
    ngrams: NgramHead | None = None,
    columns: ColumnLayout = EVERY_HEAD,
) -> Checkpoint:
    """Write a model's needed files; weights are rounded, see ``compact``.

    Config goes last, so that a folder whose writing was cut short is no model.
    """
    from safetensors.numpy import save_file

    path.mkdir(parents=True, exist_ok=True)
    (path / CONFIG).unlink(missing_ok=True)
    tensors = {**weights, **{NGRAMS + key: value for key, value in (ngrams.tensors() if ngrams else {}).items()}}
    save_file(packed(tensors), path / WEIGHTS)
    # safetensors writes for the owner alone; a model is for whoever may read its folder.
    (path / WEIGHTS).chmod(0o644)
    (path / TOKENIZER).write_text(tokenizer_json, encoding="utf-8")
    (path / CALIBRATION).write_text(json.dumps(calibration.to_dict(), indent=2) + "\n", encoding="utf-8")
    config = {
        "format": FORMAT,
        "name": name,
        "heads": dict(columns.sizes),
        "max_tokens": max_tokens,
        "ngrams": ngrams is not None,
        "encoder": encoder.to_dict(),
        "sha256": {file: _sha256(path / file) for file in (WEIGHTS, TOKENIZER, CALIBRATION)},
    }
    (path / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return read(path)


def metrics(path: Path) -> dict[str, Any] | None:
    """What was measured of the model in ``path``; None if nothing was."""
    return read_object(path / METRICS) if (path / METRICS).is_file() else None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_hashes(path: Path, hashes: Mapping[str, str]) -> None:
    for name, wanted in hashes.items():
        try:
            found = _sha256(regular(path / name))
        except OSError as error:
            raise ModelError(f"{path / name} is missing or cannot be read; {AGAIN}") from error
        if found != wanted:
            raise ModelError(f"{path / name} has changed since the model was written; {AGAIN}")

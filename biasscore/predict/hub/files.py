"""Finds the files of a model by its Hub id or folder, and downloads what is missing. Nothing is run here.

The cache, offline mode, mirror and token are those of huggingface_hub (HF_HOME, HF_HUB_OFFLINE, HF_ENDPOINT, HF_TOKEN).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from biasscore.errors import ModelError
from biasscore.predict import checkpoints
from biasscore.predict.fields import Fields, read_object, regular
from biasscore.predict.hub.registry import REGISTRY

CONFIG = "config.json"
SAFE = "model.safetensors"
PICKLED = "pytorch_model.bin"
INDEX = ".index.json"

_SMALL = (CONFIG, "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.model")
_WEIGHTS = (f"{SAFE}*", "model-*.safetensors", "pytorch_model*")
_TOKENIZER_CONFIG = "tokenizer_config.json"
FETCH = "download or save the model again"
_TOKENIZER = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
# A commit's first digits, and as many of a hash, tell models apart.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Source:
    """A model as it is asked for.

    Attributes:
        model: Hub id or folder.
        revision: branch, tag, commit or refs/pr/N; None for the main branch, and for folders.
    """

    model: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str | Path) -> Source:
        """Read ``ID``, ``ID@REVISION`` or a folder's path; a path that exists wins."""
        name = str(text)
        if "@" in name and not Path(name).expanduser().exists():
            model, _, revision = name.partition("@")
            return cls(model, revision)
        return cls(name)

    @property
    def folder(self) -> Path | None:
        """The path meant, whether it exists or not; None for a Hub id."""
        path = Path(self.model).expanduser()
        looks_like_a_path = self.model.startswith((".", "/", "~")) or self.model.count("/") > 1 or path.is_absolute()
        return path if path.exists() or looks_like_a_path else None

    def __str__(self) -> str:
        return f"{self.model}@{self.revision}" if self.revision else self.model


@dataclass(frozen=True, slots=True)
class Files:
    """A model's files, all there.

    Attributes:
        source: what was asked for.
        folder: where they lie.
        tokenizer: where the tokenizer's files lie.
        config: the content of config.json.
        pickled: whether the weights are pickled.
    """

    source: Source
    folder: Path
    tokenizer: Path
    config: dict[str, Any]
    pickled: bool

    @property
    def identity(self) -> str:
        """Names the content: the commit for a model of the Hub, else a hash over every file that is read."""
        if self.source.folder is None:
            return self.folder.name[:_DIGITS]
        total = hashlib.sha256()
        for file in self.paths:
            with file.open("rb") as stream:
                total.update(file.name.encode(errors="surrogateescape") + b"\0")
                total.update(hashlib.file_digest(stream, "sha256").digest())
        return total.hexdigest()[:_DIGITS]

    @property
    def paths(self) -> list[Path]:
        """All that is ever read of the model: its small files and its weights, plain files of known names.

        Raises:
            ModelError: if one of them is no plain file.
        """
        return [*small_files(self.folder), *self.weights]

    @property
    def weights(self) -> list[Path]:
        """The files of weights, by the index where there are several."""
        return weight_files(self.folder, PICKLED if self.pickled else SAFE)


def locate(source: Source, *, tokenizer: str | None, local_files_only: bool, allow_pickle: bool) -> Files:
    """Find a model's files, downloading what the cache lacks.

    Args:
        tokenizer: id of another model whose tokenizer is meant; None for the model's own.
        local_files_only: never use the network.
        allow_pickle: take pickled weights where there are no others. Reading them can run any code.

    Raises:
        ModelError: if the model is unknown, private, incomplete, out of reach, or has only pickled weights.
    """
    folder = source.folder or _download(source, [*_SMALL, *_WEIGHTS[:2]], local_files_only=local_files_only)
    _check_there(folder, CONFIG, source)
    pickled = not weight_files(folder, SAFE)
    if pickled:
        if not allow_pickle:
            raise ModelError(_no_safetensors(source, folder, offline=local_files_only or _offline()))
        if source.folder is None:
            folder = _download(source, [*_SMALL, _WEIGHTS[2]], local_files_only=local_files_only)
        if not weight_files(folder, PICKLED):
            raise ModelError(f"{source} has neither {SAFE} nor {PICKLED}; {_mend(source, SAFE)}")
    own = any(next(folder.glob(pattern), None) for pattern in _TOKENIZER)
    if not own and tokenizer is None:
        raise ModelError(f"{source} has no file tokenizer.json; {_mend(source, 'tokenizer.json')}")
    words = folder if own else _download(Source(tokenizer or ""), _SMALL, local_files_only=local_files_only)
    return Files(source, folder, words, read_object(folder / CONFIG, FETCH), pickled)


def fetch_embedded(name: str | Path, *, local_files_only: bool) -> Path | None:
    """The folder of an embedded model that lies on the Hub, downloaded where the cache lacks it.

    Returns:
        None if the name is no Hub id, or its model is in the layout of transformers.

    Raises:
        ModelError: if the model is unknown, private, or out of reach.
    """
    source = Source.parse(name)
    if source.folder is not None or "/" not in source.model or source.model in REGISTRY:
        return None
    folder = _download(source, [CONFIG], local_files_only=local_files_only)
    if not checkpoints.exists(folder):
        return None
    # The same commit, should the branch move in between.
    pinned = Source(source.model, folder.name)
    return _download(pinned, checkpoints.FILES, local_files_only=local_files_only)


def _download(source: Source, patterns: Sequence[str], *, local_files_only: bool) -> Path:
    from huggingface_hub import errors as hub
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                source.model,
                revision=source.revision,
                allow_patterns=list(patterns),
                local_files_only=local_files_only,
            )
        )
    except hub.HFValidationError as error:
        raise ModelError(
            f"{source.model!r} is neither a folder nor a name on the Hugging Face Hub (OWNER/NAME); check the name"
        ) from error
    except hub.GatedRepoError as error:
        raise ModelError(
            f"{source} is open only to users who accept the terms of the authors; accept the terms on "
            f"https://huggingface.co/{source.model}, then set the environment variable HF_TOKEN to your access "
            "token from https://huggingface.co/settings/tokens"
        ) from error
    except hub.RepositoryNotFoundError as error:
        raise ModelError(
            f"{source} is neither a folder nor a public model on the Hugging Face Hub; check the name, or for a "
            "private model set the environment variable HF_TOKEN to your access token from "
            "https://huggingface.co/settings/tokens"
        ) from error
    except hub.RevisionNotFoundError as error:
        raise ModelError(
            f"{source.model} has no branch, tag or commit {source.revision!r}; after @, write a branch, tag or "
            f"commit from https://huggingface.co/{source.model}/commits/main"
        ) from error
    except (hub.LocalEntryNotFoundError, hub.OfflineModeIsEnabled, ConnectionError) as error:
        raise ModelError(
            f"{source} is not a folder, this machine has no copy from the Hub, and the Hub cannot be reached; "
            f"{_mend(source, '')}"
        ) from error
    except OSError as error:
        raise ModelError(
            f"{source} cannot be downloaded ({error}); try again, or give a folder with the files of the model"
        ) from error


def _check_there(folder: Path, name: str, source: Source) -> None:
    if not folder.is_dir():
        raise ModelError(f"the folder {folder} does not exist; check the path")
    if not (folder / name).is_file():
        raise ModelError(f"the file {name} of {source} is missing in {folder}; {_mend(source, name)}")


def weight_files(folder: Path, name: str) -> list[Path]:
    """The one file of weights, or the index and every shard that it names; none where there is neither.

    Raises:
        ModelError: if a shard is missing, is no plain file, or has a name of another folder or format.
    """
    if (folder / name).exists():
        return [regular(folder / name, FETCH)]
    index = folder / f"{name}{INDEX}"
    if not index.exists():
        return []
    suffix = Path(name).suffix
    shards: set[str] = set()
    fields = Fields(index, read_object(index, FETCH), mend=FETCH).object("weight_map")
    for tensor in fields.values:
        shard = fields.text(tensor)
        if Path(shard).name != shard or Path(shard).suffix != suffix:
            raise fields.wrong(tensor, f"a {suffix} file of the same folder")
        shards.add(shard)
    return [regular(index, FETCH), *(regular(folder / shard, FETCH) for shard in sorted(shards))] if shards else []


def small_files(folder: Path) -> list[Path]:
    """Config and tokenizer.

    Raises:
        ModelError: if one of them is no plain file.
    """
    found = (file for pattern in _SMALL for file in folder.glob(pattern) if not file.is_dir())
    return [regular(file, FETCH) for file in sorted(set(found))]


@contextmanager
def staged(files: Sequence[Path]) -> Iterator[Path]:
    """A folder for a moment that holds links to these files and nothing else.

    A tokenizer's config may name files by paths of its own; those it could be told to read are taken out.
    """
    with TemporaryDirectory(prefix="biasscore-") as name:
        folder = Path(name)
        for file in files:
            if file.name == _TOKENIZER_CONFIG:
                kept = {key: value for key, value in read_object(file, FETCH).items() if not key.endswith("_file")}
                (folder / file.name).write_text(json.dumps(kept), encoding="utf-8")
            else:
                (folder / file.name).symlink_to(file.resolve())
        yield folder


def _no_safetensors(source: Source, folder: Path, *, offline: bool) -> str:
    if source.folder is None and offline and not (folder / PICKLED).is_file():
        return f"{source}: {SAFE} is not in the cache; {_mend(source, SAFE)}"
    only = f"has only pickled weights ({PICKLED})" if (folder / PICKLED).is_file() else f"has no {SAFE}"
    return (
        f"{source} {only}; choose a commit that has {SAFE} (OWNER/NAME@COMMIT), or add --allow-pickle (in "
        "Python: allow_pickle=True) if you trust the authors of the model: a pickle file can run any code"
    )


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _mend(source: Source, name: str) -> str:
    if source.folder is not None:
        return "save the model and the tokenizer in this folder with save_pretrained"
    revision = f" --revision {source.revision}" if source.revision else ""
    return f"connect to the internet, then run: hf download {source.model}{' ' + name if name else ''}{revision}"

"""From a Hub id or a folder to the files of a model on this disk. Nothing of them is run here.

The cache, offline mode, mirror and token are those of huggingface_hub (HF_HOME, HF_HUB_OFFLINE, HF_ENDPOINT, HF_TOKEN).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from biasscore.errors import ModelError

CONFIG = "config.json"
SAFE = "model.safetensors"
PICKLED = "pytorch_model.bin"
INDEX = ".index.json"

_SMALL = (CONFIG, "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.model")
_WEIGHTS = (f"{SAFE}*", "model-*.safetensors", "pytorch_model*")
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
        """Read ``ID``, ``ID@REVISION`` or a folder's path; a folder that exists wins."""
        name = str(text)
        if "@" in name and not Path(name).expanduser().is_dir():
            model, _, revision = name.partition("@")
            return cls(model, revision)
        return cls(name)

    @property
    def folder(self) -> Path | None:
        """The folder meant, whether it exists or not; None for a Hub id."""
        path = Path(self.model).expanduser()
        looks_like_a_path = self.model.startswith((".", "/", "~")) or self.model.count("/") > 1 or path.is_absolute()
        return path if path.is_dir() or looks_like_a_path else None

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
        """Names the content: the commit for a model of the Hub, else a hash over its files."""
        if self.folder.parent.name == "snapshots":
            return self.folder.name[:_DIGITS]
        total = hashlib.sha256()
        for file in sorted(file for file in self.folder.iterdir() if _counts(file.name)):
            with file.open("rb") as stream:
                total.update(hashlib.file_digest(stream, "sha256").digest())
        return total.hexdigest()[:_DIGITS]


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
    pickled = not _has_weights(folder, SAFE)
    if pickled:
        if not allow_pickle:
            raise ModelError(_no_safetensors(source, folder, offline=local_files_only or _offline()))
        if source.folder is None:
            folder = _download(source, [*_SMALL, _WEIGHTS[2]], local_files_only=local_files_only)
        if not _has_weights(folder, PICKLED):
            raise ModelError(f"{source} has neither {SAFE} nor {PICKLED}; {_mend(source, SAFE)}")
    own = any(next(folder.glob(pattern), None) for pattern in _TOKENIZER)
    if not own and tokenizer is None:
        raise ModelError(f"{source} has no tokenizer.json; {_mend(source, 'tokenizer.json')}")
    words = folder if own else _download(Source(tokenizer or ""), _SMALL, local_files_only=local_files_only)
    return Files(source, folder, words, read_json(folder / CONFIG), pickled)


def read_json(file: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        ModelError: if it cannot be read or holds something else.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} is missing or broken ({error}); fetch or save the model again") from error
    if not isinstance(value, dict):
        raise ModelError(f"{file} holds no JSON object; fetch or save the model again")
    return value


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
        raise ModelError(f"{source.model!r} is no folder and no Hub id; check the name") from error
    except hub.GatedRepoError as error:
        raise ModelError(f"{source} is gated; accept its terms on its page, then set HF_TOKEN to your token") from error
    except hub.RepositoryNotFoundError as error:
        raise ModelError(
            f"{source} is no folder, and not on the Hub unless private; check the name, or set HF_TOKEN to your token"
        ) from error
    except hub.RevisionNotFoundError as error:
        raise ModelError(f"{source.model} has no revision {source.revision!r}; check its commits page") from error
    except (hub.LocalEntryNotFoundError, hub.OfflineModeIsEnabled, ConnectionError) as error:
        raise ModelError(
            f"{source} is no folder, its {CONFIG} is not in the cache, and the Hub is out of reach; {_mend(source, '')}"
        ) from error
    except OSError as error:
        raise ModelError(f"{source} cannot be fetched ({error}); try again, or pass a folder") from error


def _check_there(folder: Path, name: str, source: Source) -> None:
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}; check the path")
    if not (folder / name).is_file():
        raise ModelError(f"{source}: {name} is missing in {folder}; {_mend(source, name)}")


def _has_weights(folder: Path, name: str) -> bool:
    """Whether the one file or, by its index, every shard is there."""
    if (folder / name).is_file():
        return True
    index = folder / f"{name}{INDEX}"
    if not index.is_file():
        return False
    shards = set(read_json(index).get("weight_map", {}).values())
    missing = sorted(shard for shard in shards if not (folder / shard).is_file())
    if missing:
        raise ModelError(f"{missing[0]} of {folder} is missing; fetch or save the model again")
    return bool(shards)


def _no_safetensors(source: Source, folder: Path, *, offline: bool) -> str:
    if source.folder is None and offline and not (folder / PICKLED).is_file():
        return f"{source}: {SAFE} is not in the cache; {_mend(source, SAFE)}"
    only = f"has only pickled weights ({PICKLED})" if (folder / PICKLED).is_file() else f"has no {SAFE}"
    return (
        f"{source} {only}; pin a revision that has it (ID@REVISION), or pass allow_pickle=True (--allow-pickle) if you "
        "trust its authors: reading a pickle can run any code"
    )


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _mend(source: Source, name: str) -> str:
    if source.folder is not None:
        return "save the model there with save_pretrained, tokenizer included"
    revision = f" --revision {source.revision}" if source.revision else ""
    return f"with a connection, run: hf download {source.model}{' ' + name if name else ''}{revision}"


def _counts(name: str) -> bool:
    """Whether a file's content decides what the model answers."""
    return any(fnmatch(name, pattern) for pattern in (*_SMALL, *_WEIGHTS))

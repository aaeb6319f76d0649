"""Records what must not change between the runs of one job: library, model, settings, options and input."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from biasscore._version import __version__
from biasscore.errors import JobError
from biasscore.jobs.config import JobConfig
from biasscore.jobs.files import sealed, unsealed
from biasscore.scorer import Scorer
from biasscore.tables import SCHEMA_VERSION, InputFile, ReadingPlan


@dataclass(frozen=True, slots=True)
class Manifest:
    """The pins of a job; two runs with equal manifests write equal rows.

    Attributes:
        biasscore: version of the library.
        schema: version of the result schema.
        model: the scorer's fingerprint.
        settings: how the scorer was opened, every "auto" resolved: backend, device, dtype, threads, budget, prior,
            targets, finder.
        options: the options that decide what the rows are.
        input: number of files, their bytes, and a digest of each file's name, size and time of change. Contents
            are not hashed: reading a terabyte twice would cost more than it guards against.
    """

    biasscore: str
    schema: int
    model: str
    settings: dict[str, Any]
    options: dict[str, Any]
    input: dict[str, Any]

    @property
    def pins(self) -> dict[str, Any]:
        """What two runs of one job must have in common, by its name."""
        # The model's name may be a path that has moved; its fingerprint is what counts.
        settings = {name: value for name, value in self.settings.items() if name != "model"}
        head = {"biasscore": self.biasscore, "schema": self.schema, "model": self.model}
        return {**head, **settings, **self.options, "input": _told(self.input)}

    @property
    def key(self) -> str:
        """The pins in 32 hexadecimal digits: what every line of the journal is marked with."""
        text = json.dumps([self.pins, self.input], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def to_json(self) -> bytes:
        """The manifest as a JSON file."""
        return sealed(asdict(self), indent=2)

    @classmethod
    def from_json(cls, data: bytes) -> Manifest | None:
        """Read a manifest back; None where it is damaged or of another version's making."""
        values = unsealed(data)
        try:
            manifest = None if values is None else cls(**values)
            return manifest if manifest is not None and manifest.pins and _are_settings(manifest.settings) else None
        except (TypeError, AttributeError, KeyError, ValueError):
            return None


# A command that goes on with a job takes its settings from here.
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("model", "backend", "device", "dtype", "finder"), (str,)),
    **dict.fromkeys(("threads", "budget"), (int,)),
    "prior": (float, int),
    "targets": (str, type(None)),
}


def _are_settings(found: dict[str, Any]) -> bool:
    return found.keys() == _KINDS.keys() and all(isinstance(found[name], kinds) for name, kinds in _KINDS.items())


def manifest_of(config: JobConfig, reading: ReadingPlan, scorer: Scorer) -> Manifest:
    """The pins of a job that is about to run."""
    return Manifest(
        biasscore=__version__,
        schema=SCHEMA_VERSION,
        model=scorer.fingerprint,
        settings=asdict(scorer.settings),
        options=config.pinned(),
        input=_input(reading.sources),
    )


# Pins whose names are not those of options.
_SHOWN = {"defused": "--defuse-formulas", "guessed": "guessed columns", "biasscore": "biasscore version"}


def check_same(started: Manifest, now: Manifest, out: str, delete: str) -> None:
    """Refuse to mix rows of two different runs.

    Args:
        delete: what has to be deleted to start anew.

    Raises:
        JobError: names the first difference and how to start anew.
    """
    for name, after in now.pins.items():
        before = started.pins.get(name)
        if before != after:
            raise JobError(
                f"the job in {out} began with {_setting(name, before)}, but this run has {_setting(name, after)}; use "
                f"the earlier setting or input, choose another output, or delete {delete} to start again"
            )


def _setting(name: str, value: Any) -> str:
    shown = _SHOWN.get(name, name)
    if value in (None, "", []):
        return f"no {shown!r}"
    if isinstance(value, bool):
        return f"{shown} {'on' if value else 'off'}"
    values = value if isinstance(value, list) else [value]
    told = ", ".join(repr(one) if isinstance(one, str) and name != "input" else str(one) for one in values)
    return f"{shown} {told}"


def _input(sources: tuple[InputFile, ...]) -> dict[str, Any]:
    digest = hashlib.blake2b(digest_size=16)
    for source in sources:
        digest.update(json.dumps([source.name, source.format, source.n_bytes, source.mtime_ns]).encode())
    return {
        "files": len(sources),
        "bytes": sum(source.n_bytes for source in sources),
        "digest": digest.hexdigest(),
    }


def _told(found: dict[str, Any]) -> str:
    return f"of {found['files']:,} files, {found['bytes']:,} bytes (names, sizes and times: {found['digest'][:8]})"

"""What must not change between the runs of one job: library, model, settings, options, input."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import biasscore
from biasscore.errors import JobError
from biasscore.jobs.config import JobConfig
from biasscore.scorer import Scorer
from biasscore.tables import SCHEMA_VERSION, Reading, Source


@dataclass(frozen=True, slots=True)
class Manifest:
    """The pins of a job; two runs with equal manifests write equal rows.

    Attributes:
        biasscore: version of the library.
        schema: version of the result schema.
        model: the scorer's fingerprint.
        settings: how the scorer was opened, every "auto" resolved: backend, device, dtype, threads, budget, prior.
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

    def to_json(self) -> str:
        """The manifest as a JSON file's text."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest back.

        Raises:
            JobError: it was not written by a version that this one understands.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as problem:
            raise JobError(f"the job's manifest cannot be read ({problem}); choose another output") from problem


def manifest_of(config: JobConfig, reading: Reading, scorer: Scorer) -> Manifest:
    """The pins of a job that is about to run."""
    return Manifest(
        biasscore=biasscore.__version__,
        schema=SCHEMA_VERSION,
        model=scorer.fingerprint,
        settings=asdict(scorer.settings),
        options=config.pinned(),
        input=_input(reading.sources),
    )


def check_same(started: Manifest, now: Manifest, out: str) -> None:
    """Refuse to mix rows of two different runs.

    Raises:
        JobError: names the first difference and how to start anew.
    """
    for name, before, after in _pairs(started, now):
        if before != after:
            raise JobError(
                f"{out} was started with {name} {_plain(before)}, now it is {_plain(after)}; "
                f"run with the former, choose another output, or delete {out} to start anew"
            )


def _pairs(started: Manifest, now: Manifest) -> list[tuple[str, Any, Any]]:
    # The model's name may be a path that has moved; its fingerprint is what counts.
    settings = [name for name in now.settings if name != "model"]
    return [
        ("biasscore", started.biasscore, now.biasscore),
        ("schema", started.schema, now.schema),
        ("model", started.model, now.model),
        *((name, started.settings.get(name), now.settings[name]) for name in settings),
        *((name, started.options.get(name), now.options[name]) for name in now.options),
        ("input", _told(started.input), _told(now.input)),
    ]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(value)
    return "nothing" if value in (None, "") else str(value)


def _input(sources: tuple[Source, ...]) -> dict[str, Any]:
    digest = hashlib.blake2b(digest_size=16)
    for source in sources:
        digest.update(json.dumps([source.name, source.format, source.n_bytes, source.mtime_ns]).encode())
    return {
        "files": len(sources),
        "bytes": sum(source.n_bytes for source in sources),
        "digest": digest.hexdigest(),
    }


def _told(found: dict[str, Any]) -> str:
    return f"of {found['files']} files, {found['bytes']:,} bytes (state {found['digest'][:8]})"

"""A calibrated head on disk: one small JSON file that names the model and says how to read it.

    {"format": 1, "answer": "sentiment", "model": "cardiffnlp/…", "revision": "refs/pr/10", "identity": "c0584c1…",
     "labels": ["negative", "neutral", "positive"], "calibration": {…}}

It is taken wherever a model's id is: ``biasscore.load(sentiment="my-sentiment.json")``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from biasscore.errors import ModelError
from biasscore.heads import CLASSIFIED, HEADS
from biasscore.predict.calibration import Calibration
from biasscore.predict.fields import brief, read_object
from biasscore.predict.hub.files import Source
from biasscore.predict.hub.head import HubHead

FORMAT = 1
SUFFIX = ".json"
_MEND = "run `biasscore calibrate` again"


@dataclass(frozen=True, slots=True)
class HeadFile:
    """What the file says.

    Attributes:
        answer: what the head answers.
        source: the model, a relative folder counted from the file's own.
        identity: commit or hash of the files that the calibration was fitted for.
        labels: the label of each output.
    """

    answer: str
    source: Source
    identity: str
    labels: tuple[str, ...]
    calibration: Calibration


def write_head(file: Path, head: HubHead, calibration: Calibration) -> None:
    """Write a head with the calibration that was fitted for it."""
    source = Source.parse(head.classifier.name)
    values = {
        "format": FORMAT,
        "answer": head.answer,
        "model": source.model if source.folder is None else os.path.relpath(source.folder, file.parent),
        "revision": source.revision,
        "identity": head.classifier.identity,
        "labels": [HEADS[head.answer].labels[i] for i in head.classes],
        "calibration": calibration.to_dict(),
    }
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def read_head(file: Path) -> HeadFile:
    """Read what ``write_head`` wrote.

    Raises:
        ModelError: if the file is missing, broken or from a newer version.
    """
    values = read_object(file, _MEND)
    if values.get("format") != FORMAT:
        given = brief(repr(values.get("format")))
        raise ModelError(f"{file} has the format {given}, not {FORMAT}; {_MEND}")
    try:
        answer, model, revision = values["answer"], str(values["model"]), values["revision"]
        if answer not in CLASSIFIED:
            raise ValueError(f"'answer' is {answer!r}, which is not the name of a score")
        if not isinstance(revision, str | None):
            raise ValueError(f"'revision' is {revision!r}, which is not a branch, tag or commit")
        calibration = Calibration.from_dict(values["calibration"])
        if not calibration.has(HEADS[answer]):
            raise ValueError(f"'calibration.maps' has no entry for the score {answer!r}")
        beside = file.parent / model
        return HeadFile(
            answer=answer,
            source=Source(str(beside) if beside.is_dir() else model, revision),
            identity=str(values["identity"]),
            labels=tuple(map(str, values["labels"])),
            calibration=calibration,
        )
    except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError) as error:
        raise ModelError(f"{file} is broken ({brief(error)}); {_MEND}") from error

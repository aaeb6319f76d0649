"""Every exception that biasscore raises on purpose, drawn as one tree.

    BiasScoreError
    ├── InputError          what was given cannot be read or scored: text, file, column, encoding
    ├── ModelError          a checkpoint is missing, broken, newer than this version, or does not fit
    │   └── LabelMapError   a foreign classifier's labels cannot be matched to a task's labels
    ├── BackendError        the asked-for device, dtype or backend is not to be had here
    ├── MissingExtraError   an optional dependency is not installed; the message names the extra
    ├── JobError            an output folder belongs to another run, is locked, or cannot be written
    └── TrainingError       a recipe or corpus cannot be used

Each message is one line that says what is wrong and how to mend it.
"""

from __future__ import annotations


class BiasScoreError(Exception):
    """Root of all errors that biasscore raises on purpose."""


class InputError(BiasScoreError):
    """The text, file, column or encoding that was given cannot be read or scored."""


class ModelError(BiasScoreError):
    """A checkpoint is missing, broken, newer than this version, or does not fit the task."""


class LabelMapError(ModelError):
    """A foreign classifier's labels cannot be matched to a task's labels."""


class BackendError(BiasScoreError):
    """The asked-for device, dtype or backend is not to be had on this machine."""


class MissingExtraError(BiasScoreError, ImportError):
    """An optional dependency is not installed.

    Args:
        package: the distribution that is missing.
        extra: the extra of biasscore that installs it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'biasscore[{extra}]'")
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.package, self.extra)


class JobError(BiasScoreError):
    """An output folder belongs to another run, is locked, or cannot be written."""


class TrainingError(BiasScoreError):
    """A recipe or a corpus cannot be used."""

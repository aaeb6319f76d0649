"""Every exception that biasscore raises on purpose, drawn as one tree.

    BiasScoreError
    ├── InputError          a text, file, column or encoding cannot be read or scored
    ├── ModelError          a checkpoint is missing, broken, newer than this version, or does not fit
    │   └── LabelMapError   the labels of a classifier from the Hub do not match what it is used for
    ├── BackendError        the device, dtype or backend is not available here
    ├── MissingExtraError   an optional dependency is not installed; the message names the extra
    ├── JobError            an output folder belongs to another run, is locked, or cannot be written
    └── TrainingError       a recipe or corpus cannot be used

Each message is one line that says what is wrong and what to do.
"""

from __future__ import annotations


class BiasScoreError(Exception):
    """Root of all errors that biasscore raises on purpose."""


class InputError(BiasScoreError):
    """A text, file, column or encoding cannot be read or scored."""


class ModelError(BiasScoreError):
    """A checkpoint is missing, broken, newer than this version, or does not fit the task."""


class LabelMapError(ModelError):
    """The labels of a classifier from the Hub do not match what it is used for."""


class BackendError(BiasScoreError):
    """The device, dtype or backend is not available on this machine."""


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

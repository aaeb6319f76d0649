"""Every exception that biasscore raises on purpose, drawn as one tree.

    BiasScoreError
    ├── InputError          a text, file, column or encoding cannot be read or scored
    │   └── SlowTextError   a text takes too long to be split into sentences
    ├── ModelError          a checkpoint is missing, broken, newer than this version, or does not fit
    │   └── LabelMapError   the labels of a classifier from the Hub do not match what it is used for
    ├── BackendError        the device, dtype or backend is not available here
    ├── MissingExtraError   an optional dependency is not installed; the message names the extra
    ├── JobError            an output folder belongs to another run, is locked, or cannot be written
    └── TrainingError       a recipe or corpus cannot be used

Each message is one line that says what is wrong and what to do.
"""

from __future__ import annotations

from biasscore.visible import on_one_line

AGAIN = "if the model came with biasscore, install biasscore again; otherwise copy or train the model again"
"""How to mend a broken file of a model."""
_LONGEST = 1_500


class BiasScoreError(Exception):
    """Root of all errors that biasscore raises on purpose.

    A message may hold names of files, columns and labels that others chose, so it is put on one line.
    """

    def __init__(self, message: str) -> None:
        super().__init__(on_one_line(message))


class InputError(BiasScoreError):
    """A text, file, column or encoding cannot be read or scored."""


class SlowTextError(InputError):
    """A text takes too long to be split into sentences."""


class ModelError(BiasScoreError):
    """A checkpoint is missing, broken, newer than this version, or does not fit the task.

    A message of more than 1,500 characters loses its middle.
    """

    def __init__(self, message: str) -> None:
        super().__init__(
            message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]}…{message[-_LONGEST // 2 :]}"
        )


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

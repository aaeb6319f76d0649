"""A head: one answer of a classifier, with the calibration that turns its logits into probabilities."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasscore.engine.tokens import Tokens
from biasscore.errors import ModelError
from biasscore.heads import HEADS
from biasscore.predict.calibration import Calibration
from biasscore.predict.hub.classifier import Classifier
from biasscore.predict.hub.config import kind_for
from biasscore.predict.hub.networks import Floats


@dataclass(frozen=True, slots=True)
class HubHead:
    """One answer of one classifier.

    Attributes:
        answer: what it answers.
        classifier: what reads the text; heads may share one.
        classes: the class of each of its outputs, as an index into ``HEADS[answer].labels``.
        calibration: only the maps and thresholds of ``answer`` are used. The uncalibrated one leaves the classifier's
            own probabilities as they are.
    """

    answer: str
    classifier: Classifier
    classes: tuple[int, ...]
    calibration: Calibration

    def __post_init__(self) -> None:
        wanted = kind_for(self.answer)
        if self.classifier.kind != wanted:
            if wanted == "sequence":
                raise ModelError(
                    f"{self.classifier.name} classifies single words, but --{self.answer} (in Python: {self.answer}) "
                    f"needs a classifier of whole texts; use {self.classifier.name} with --spans (in Python: spans)"
                )
            raise ModelError(
                f"{self.classifier.name} classifies whole texts, but --spans (in Python: spans) needs a classifier of "
                "single words; use another model"
            )

    @property
    def identity(self) -> str:
        """Short hash of all that decides the answer: files, length of a window, order of the labels, calibration."""
        read = self.classifier
        parts = [self.answer, read.identity, read.tokenizer.key, read.max_tokens, self.classes]
        joined = json.dumps([*parts, self.calibration.to_dict()], sort_keys=True)
        return hashlib.sha256(joined.encode()).hexdigest()[:12]

    @property
    def fingerprint(self) -> str:
        """``answer=name@hash/backend-device-dtype``; a head for loaded says that it reads whole sentences."""
        reads = "(whole sentences)" if self.answer == "loaded" else ""
        name = f"{self.classifier.short_name}@{self.identity}"
        return f"{self.answer}{reads}={name}/{self.classifier.reader.runs_on}"

    def logits(self, outputs: Floats) -> Floats:
        """The classifier's outputs as uncalibrated logits of the task.

        Args:
            outputs: [n, outputs].

        Returns:
            [n, 1] for a task of two classes (the logit of the second), else [n, classes]. Their sigmoid or softmax is
            what the classifier itself would answer; where each output stands alone (sigmoid), its probabilities are
            brought to the sum 1.
        """
        if outputs.shape[1] == 1:
            return outputs
        own = -np.logaddexp(0, -outputs) if self.classifier.activation == "sigmoid" else outputs
        n_classes = len(HEADS[self.answer].labels)
        columns = [_together(own[:, np.equal(self.classes, i)]) for i in range(n_classes)]
        logits = np.stack(columns, axis=1)
        return np.asarray(logits[:, 1:] - logits[:, :1] if n_classes == 2 else logits, dtype=np.float32)

    def judge(self, texts: Sequence[str]) -> Floats:
        """Uncalibrated logits of texts read alone, each in windows if it is long; what a calibration is fitted to.

        Returns:
            [texts, 1] or [texts, classes]; NaN for texts without tokens.
        """
        tokens = self.classifier.tokenizer(texts)
        return self.logits(self.classifier.reader(list(tokens.sequences())).rows)

    def mark(self, texts: Sequence[str]) -> tuple[Tokens, Floats]:
        """What a calibration of spans is fitted to: the tokens of texts read alone, and their uncalibrated logits.

        Returns:
            The tokens in words of the text, and [tokens] the logit of being loaded.
        """
        tokens = self.classifier.tokenizer(texts)
        return tokens, self.logits(self.classifier.reader(list(tokens.sequences())).rows)[:, 0]

    def probabilities(self, outputs: Floats, name: str) -> NDArray[np.float64]:
        """[n] or [n, classes] calibrated probabilities by the calibration's map ``name``."""
        return self.calibration.maps[name].probabilities(self.logits(outputs))


def _together(outputs: Floats) -> Floats:
    """[n] outputs of one class, which may be several, such as the beginning and the inside of a span."""
    return outputs[:, 0] if outputs.shape[1] == 1 else np.logaddexp.reduce(outputs, axis=1)

"""From names to heads: which classifier answers what, each loaded once however often it is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from biasscore.engine.calibration import UNCALIBRATED
from biasscore.engine.projector import Stats
from biasscore.errors import LabelMapError, ModelError
from biasscore.hub.files import Source, locate
from biasscore.hub.labels import Answer, match
from biasscore.hub.registry import REGISTRY

if TYPE_CHECKING:
    from biasscore.engine.place import Request
    from biasscore.hub.classifier import Classifier
    from biasscore.hub.head import Head
    from biasscore.hub.headfile import HeadFile
    from biasscore.hub.model import HubModel
    from biasscore.hub.tokenizer import HubTokenizer


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms models are fetched and read.

    Attributes:
        labels: the user's names of a model's outputs, by what it answers.
        local_files_only: never use the network.
        allow_pickle: take pickled weights where a model has no others; reading them can run any code.
    """

    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    local_files_only: bool = False
    allow_pickle: bool = False


class Opener:
    """Opens heads; a classifier or tokenizer named twice is opened once.

    Args:
        request: where the classifiers are to run.
        terms: how they are fetched and read.
    """

    def __init__(self, request: Request, terms: Terms) -> None:
        self._request = request
        self._terms = terms
        self._classifiers: dict[Source, Classifier] = {}
        self._tokenizers: dict[str, HubTokenizer] = {}

    def head(self, answer: Answer, model: str | Path) -> Head:
        """Open the head for one answer.

        Args:
            model: Hub id (``ID@REVISION`` pins it), folder, or a head file that ``biasscore calibrate`` wrote.

        Raises:
            ModelError: if the model cannot be found, read, or answer this.
            LabelMapError: if its outputs cannot be matched to the task's labels.
        """
        from biasscore.hub.head import Head
        from biasscore.hub.headfile import SUFFIX, read_head

        if Path(model).suffix == SUFFIX and Path(model).is_file():
            return self._calibrated(answer, read_head(Path(model)), model)
        source = Source.parse(model)
        known = REGISTRY.get(source.model)
        if known and source.revision is None:
            source = Source(source.model, known.revision)
        classifier = self._classifier(source)
        classes = match(
            answer,
            classifier.outputs,
            model=classifier.name,
            given=self._terms.labels.get(answer),
            known=known.labels if known and known.task == answer else None,
        )
        return Head(answer, classifier, classes, UNCALIBRATED)

    def _calibrated(self, answer: Answer, found: HeadFile, file: str | Path) -> Head:
        from biasscore.hub.head import Head

        if found.answer != answer:
            raise ModelError(f"{file} is a head for {found.answer}, not {answer}; name it as {found.answer}=")
        classifier = self._classifier(found.source)
        if classifier.identity != found.identity:
            raise ModelError(
                f"{file} was calibrated for {found.source} at {found.identity}, its files are now at "
                f"{classifier.identity}; run: biasscore calibrate {found.source}"
            )
        classes = match(answer, classifier.outputs, model=classifier.name, given=found.labels)
        return Head(answer, classifier, classes, found.calibration)

    def _classifier(self, source: Source) -> Classifier:
        from biasscore.hub.classifier import Classifier, kind_of
        from biasscore.hub.tokenizer import HubTokenizer

        if source not in self._classifiers:
            known = REGISTRY.get(source.model)
            files = locate(
                source,
                tokenizer=known.tokenizer if known else None,
                local_files_only=self._terms.local_files_only,
                allow_pickle=self._terms.allow_pickle,
            )
            kind_of(files)
            tokenizer = HubTokenizer.open(files.tokenizer)
            tokenizer = self._tokenizers.setdefault(tokenizer.key, tokenizer)
            longest = known.max_tokens if known else None
            self._classifiers[source] = Classifier(files, tokenizer, self._request, longest)
        return self._classifiers[source]


def open_heads(models: Mapping[Answer, str | Path], request: Request, terms: Terms, stats: Stats) -> HubModel:
    """Open one head an answer.

    Raises:
        ModelError, LabelMapError: as ``Opener.head``; LabelMapError too for labels of an answer that no model is named
            for.
    """
    from biasscore.hub.model import HubModel

    for answer in terms.labels:
        if answer not in models:
            raise LabelMapError(f"labels are given for {answer}, but no model from the Hub; name one as {answer}=")
    opener = Opener(request, terms)
    return HubModel(tuple(opener.head(answer, model) for answer, model in models.items()), stats)

"""Opens the classifier for each answer. A classifier that is named twice is loaded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from biasscore.engine.reader import Stats
from biasscore.errors import LabelMapError, ModelError
from biasscore.heads import CLASSIFIED
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.predict.hub.config import kind_for, kind_of, names_of_outputs
from biasscore.predict.hub.files import Files, Source, locate
from biasscore.predict.hub.labels import match
from biasscore.predict.hub.registry import REGISTRY, Known

if TYPE_CHECKING:
    from biasscore.engine.device import EngineOptions
    from biasscore.engine.tokens import Tokenizer
    from biasscore.predict.hub.classifier import Classifier
    from biasscore.predict.hub.head import HubHead
    from biasscore.predict.hub.headfile import HeadFile
    from biasscore.predict.hub.model import HubModel


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
        options: where the classifiers are to run.
        terms: how they are fetched and read.
        stats: where to count what they read.
    """

    def __init__(self, options: EngineOptions, terms: Terms, stats: Stats | None = None) -> None:
        self._options = options
        self._stats = stats
        self._terms = terms
        self._classifiers: dict[Source, Classifier] = {}
        self._tokenizers: dict[tuple[str, int], Tokenizer] = {}

    def head(self, answer: str, model: str | Path) -> HubHead:
        """Open the head for one answer.

        Args:
            model: Hub id (``ID@REVISION`` pins it), folder, or a head file that ``biasscore calibrate`` wrote.

        Raises:
            ModelError: if the model cannot be found, read, or answer this.
            LabelMapError: if its outputs cannot be matched to the task's labels.
        """
        from biasscore.predict.hub.head import HubHead

        if found := _head_file(model):
            return self._calibrated(answer, found, model)
        source, known = _known(model)
        classifier = self._classifier(source)
        classes = match(
            answer,
            classifier.outputs,
            model=classifier.name,
            given=self._terms.labels.get(answer),
            known=known.labels if known and known.task == answer else None,
        )
        return HubHead(answer, classifier, classes, UNCALIBRATED)

    def _calibrated(self, answer: str, found: HeadFile, file: str | Path) -> HubHead:
        from biasscore.predict.hub.head import HubHead

        if found.answer != answer:
            raise ModelError(
                f"{file} is calibrated for the score {found.answer!r}, not for {answer!r}; use {file} with "
                f"--{found.answer} (in Python: {found.answer})"
            )
        classifier = self._classifier(found.source)
        if classifier.identity != found.identity:
            raise ModelError(
                f"{file} was calibrated for {found.source} with the weights {found.identity}, but the weights are now "
                f"{classifier.identity}; run `biasscore calibrate` again"
            )
        classes = match(answer, classifier.outputs, model=classifier.name, given=found.labels)
        return HubHead(answer, classifier, classes, found.calibration)

    def _classifier(self, source: Source) -> Classifier:
        from biasscore.predict.hub.classifier import Classifier
        from biasscore.predict.hub.weights import read_tokenizer

        if source not in self._classifiers:
            known = REGISTRY.get(source.model)
            files = _locate(source, known, self._terms)
            tokenizer = read_tokenizer(files.tokenizer)
            tokenizer = self._tokenizers.setdefault((tokenizer.key, tokenizer.longest), tokenizer)
            longest = known.max_tokens if known else None
            self._classifiers[source] = Classifier(files, tokenizer, self._options, longest, self._stats)
        return self._classifiers[source]


def answer_of(model: str | Path, terms: Terms) -> str:
    """What a classifier answers, where that can be told: its head file, the registry, or the names of its outputs say.

    Raises:
        ModelError: if they do not, or the model cannot be found.
    """
    if found := _head_file(model):
        return found.answer
    source, known = _known(model)
    if known:
        return known.task
    files = _locate(source, None, terms)
    names, kind = names_of_outputs(files), kind_of(files)
    fitting = [answer for answer in CLASSIFIED if kind_for(answer) == kind and _fits(answer, names, terms)]
    if len(fitting) != 1:
        raise ModelError(
            f"biasscore cannot tell which score {model} gives; name the score, for example: --sentiment {model} (in "
            f"Python: load(sentiment={str(model)!r}))"
        )
    return fitting[0]


def _fits(answer: str, names: Sequence[str], terms: Terms) -> bool:
    try:
        match(answer, names, model="", given=terms.labels.get(answer))
    except LabelMapError:
        return False
    return True


def _head_file(model: str | Path) -> HeadFile | None:
    from biasscore.predict.hub.headfile import SUFFIX, read_head

    file = Path(model).expanduser()
    return read_head(file) if file.suffix == SUFFIX and file.is_file() else None


def _known(model: str | Path) -> tuple[Source, Known | None]:
    """The source meant, at the registry's revision where the user names none, and the registry's entry."""
    source = Source.parse(model)
    known = REGISTRY.get(source.model)
    if known and source.revision is None:
        source = Source(source.model, known.revision)
    return source, known


def _locate(source: Source, known: Known | None, terms: Terms) -> Files:
    files = locate(
        source,
        tokenizer=known.tokenizer if known else None,
        local_files_only=terms.local_files_only,
        allow_pickle=terms.allow_pickle,
    )
    kind_of(files)
    return files


def open_heads(models: Mapping[str, str | Path], options: EngineOptions, terms: Terms, stats: Stats) -> HubModel:
    """Open one head per answer.

    Raises:
        ModelError, LabelMapError: as ``Opener.head``.
    """
    from biasscore.predict.hub.model import HubModel

    opener = Opener(options, terms, stats)
    return HubModel(tuple(opener.head(answer, model) for answer, model in models.items()))

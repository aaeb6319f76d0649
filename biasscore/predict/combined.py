"""Several models as one: each answer comes from the model that was chosen for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from biasscore.predict.hub.labels import Answer
from biasscore.predict.types import Batch, Model, Passage, Prediction, SentenceInput
from biasscore.results import Contributions

_FIELDS: dict[Answer, tuple[str, ...]] = {
    "loaded": ("loaded", "label", "attributed", "quoted"),
    "spans": ("spans",),
    "subjectivity": ("subjectivity",),
    "sentiment": ("sentiment",),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A model and what is taken from it."""

    model: Model
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class CombinedModel:
    """Joins models by answer; satisfies ``prediction.Model``.

    Attributes:
        parts: no two with the same answer. Tokens are counted by the first, windows by the one that needs most.
    """

    parts: tuple[Part, ...]

    @property
    def fingerprint(self) -> str:
        """What each part answers, and its fingerprint."""
        return " ".join(f"[{'+'.join(part.answers)}] {part.model.fingerprint}" for part in self.parts)

    def predict(
        self, sentences: Sequence[SentenceInput], paragraphs: Sequence[Passage], documents: Sequence[Passage]
    ) -> Batch:
        """Score sentences and passages with every part, and take from each what it was chosen for."""
        joined = Batch((Prediction(),) * len(sentences), (None,) * len(paragraphs), (None,) * len(documents))
        for part in self.parts:
            frames = "framing" in part.answers
            own = part.model.predict(sentences, paragraphs if frames else (), documents if frames else ())
            joined = Batch(
                sentences=tuple(_take(part, *each) for each in zip(joined.sentences, own.sentences, strict=True)),
                paragraphs=own.paragraphs if frames else joined.paragraphs,
                documents=own.documents if frames else joined.documents,
            )
        return joined

    def explain(self, sentences: Sequence[SentenceInput]) -> list[tuple[Contributions, ...]]:
        """The contributions of each part to what it was chosen for."""
        found: list[tuple[Contributions, ...]] = [() for _ in sentences]
        for part in self.parts:
            for i, entries in enumerate(part.model.explain(sentences)):
                found[i] += tuple(entry for entry in entries if entry.task in part.answers)
        return found


def _take(part: Part, joined: Prediction, own: Prediction) -> Prediction:
    names = [name for answer in part.answers for name in _FIELDS.get(answer, ())]
    return replace(
        joined,
        **{name: getattr(own, name) for name in names},
        n_tokens=joined.n_tokens or own.n_tokens,
        n_windows=max(joined.n_windows, own.n_windows),
    )

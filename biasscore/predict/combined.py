"""Several models as one: each answer comes from the model that was chosen for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biasscore.predict.types import Model, ModelAnswers, Questions, SentencePrediction


@dataclass(frozen=True, slots=True)
class CombinedPart:
    """A model and the heads that it answers."""

    model: Model
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CombinedModel:
    """Joins models by answer; satisfies ``types.Model``.

    Attributes:
        members: no two with the same head. Tokens are counted by the first, windows by the one that needs most.
    """

    members: tuple[CombinedPart, ...]

    @property
    def fingerprint(self) -> str:
        """What each member answers, and its fingerprint."""
        return " ".join(f"[{'+'.join(member.heads)}] {member.model.fingerprint}" for member in self.members)

    def predict(self, asked: Questions) -> ModelAnswers:
        """Score everything with every member, and keep of each what it was chosen for."""
        return self._joined([member.model.predict(_part(asked, member)) for member in self.members], asked)

    def explain(self, asked: Questions) -> ModelAnswers:
        """The same, with contributions."""
        return self._joined([member.model.explain(_part(asked, member)) for member in self.members], asked)

    def close(self) -> None:
        """Close every member."""
        for member in self.members:
            member.model.close()

    def _joined(self, found: Sequence[ModelAnswers], asked: Questions) -> ModelAnswers:
        framing = next((a for member, a in zip(self.members, found, strict=True) if "framing" in member.heads), None)
        sentences = zip(*(answers.sentences for answers in found), strict=True)
        return ModelAnswers(
            sentences=tuple(self._prediction(own) for own in sentences),
            paragraphs=framing.paragraphs if framing else (None,) * len(asked.paragraphs),
            documents=framing.documents if framing else (None,) * len(asked.documents),
        )

    def _prediction(self, found: Sequence[SentencePrediction]) -> SentencePrediction:
        pairs = list(zip(self.members, found, strict=True))
        return SentencePrediction(
            answers={head: own.answers[head] for m, own in pairs for head in m.heads if head in own.answers},
            n_tokens=next((own.n_tokens for own in found if own.n_tokens), 0),
            n_windows=max(own.n_windows for own in found),
            contributions=tuple(c for m, own in pairs for c in own.contributions if c.task in m.heads),
        )


def _part(asked: Questions, member: CombinedPart) -> Questions:
    return asked if "framing" in member.heads else Questions(asked.sentences)

"""Texts that are the worst for the rules of sentences and voices, and for those of names. n counts characters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from fakes import fake_scorer

from attack.worst.curve import Curve, of_inputs
from biasscore.engine.tokens import Tokens
from biasscore.predict.spans import find_spans
from biasscore.predict.types import Piece, SentenceInput
from biasscore.segment import Segmentation, segment
from biasscore.segment.targets import find_names, find_targets, wanted_from

QUOTE = "“We must all stand together now and always”"
TEXTS: dict[str, Callable[[int], str]] = {
    "blanks between two marks": lambda n: f"The “foo”{' ' * n}x “bar” thing.",
    "blanks after a quotation": lambda n: f"{QUOTE}{' ' * n}x",
    "blanks before a mark": lambda n: f"She said:{' ' * n}{QUOTE}",
    "many quotations in one sentence": lambda n: "He called it “a b” and " * (n // 23),
    "many marks without words": lambda n: '"" ' * (n // 3),
    "titles before false borders": lambda n: "Reps. Adam " * (n // 11),
    "questions with their tags": lambda n: "“Why?” Mrs. Hall said. " * (n // 23),
    "indirect speech beside quotations": lambda n: "He said the plan “a b c” was bad. " * (n // 34),
    "one endless word": lambda n: "a" * n,
    "one endless name": lambda n: f"{QUOTE} " + "Ab" * (n // 2) + " said.",
    "names of one letter": lambda n: f"{QUOTE} " + "A." * (n // 2),
    "capitals": lambda n: "Ann " * (n // 4),
    "apostrophes": lambda n: "'a " * (n // 3),
    "opening marks": lambda n: "“a " * (n // 3),
    "opening and single marks": lambda n: "“‘a " * (n // 4),
    "straight marks": lambda n: '"' * n,
    "glued sentences": lambda n: "In June.Once again" * (n // 18),
    "glued straight marks": lambda n: 'said."We ' * (n // 9),
    "glued capitals": lambda n: "Ab.Cd" * (n // 5),
    "full stops": lambda n: "." * n,
    "entities": lambda n: "&quot;a " * (n // 8),
    "half an entity": lambda n: "&#" * (n // 2),
    "backticks": lambda n: "``" * (n // 2),
    "typed marks": lambda n: "`` a '' " * (n // 8),
    "spaced marks": lambda n: '" a ' * (n // 4),
    "lost characters": lambda n: "a \ufffdb\ufffd " * (n // 6),
    "misread marks": lambda n: "â€œaâ€ " * (n // 7),
    "tokenised": lambda n: "It 's late , he said . " * (n // 23),
    "labels": lambda n: "ANN HALL: Yes, I do.\n\n" * (n // 22),
    "labels in one paragraph": lambda n: "ANN HALL: Yes, I do. " * (n // 21),
    "labels above their words": lambda n: "Ann Hall (0:01):\nYes, I do.\n\n" * (n // 29),
    "captions": lambda n: ">> Yes.\nI do.\n" * (n // 14),
    "lines in capitals": lambda n: "THE MAYOR LIED\n" * (n // 15),
    "half a label": lambda n: "Q: " + "A B, " * (n // 5),
    "labels without end": lambda n: ("ANN (" * 9 + "\n") * (n // 46),
    "questions without labels": lambda n: "Do you?\n\nI do.\n\n" * (n // 16),
    "signed posts": lambda n: "You fool.\n\n— Al (@al) May 1, 2019\n\n" * (n // 34),
    "dashes": lambda n: "— " * (n // 2) + "@a",
    "retweets": lambda n: "RT @x: " * (n // 7),
    "blocks": lambda n: "> a b c\n\n" * (n // 9),
    "fields": lambda n: "SECTION: A\n\n" * (n // 12),
    "dates": lambda n: "May 1, 2019\n\n" * (n // 13),
    "bylines": lambda n: "By Ann Hall and " * (n // 16),
    "links": lambda n: "Sign up to " * (n // 11),
    "credits": lambda n: "(AP " * (n // 4),
    "wrapped lines": lambda n: "the line goes on and on\n" * (n // 24),
    "headings": lambda n: "A heading\n\n" * (n // 11),
    "repeats": lambda n: ("The council voted on Tuesday to close two libraries in the town.\n\n") * (n // 66),
    "views": lambda n: "Critics see it as a gamble. " * (n // 28),
    "views in one sentence": lambda n: "critics see it, " * (n // 16),
    "accused": lambda n: "he accused the firm " * (n // 20),
    "scare quotes": lambda n: "the supposed “plan” and " * (n // 24),
    "foreign": lambda n: "市议会 " * (n // 4),
}  # fmt: skip

NAMES: dict[str, Callable[[int], str]] = {
    "one name again and again": lambda n: "Ann Hall met Bob Roe. " * (n // 22),
    "a family": lambda n: " ".join(f"A{i:x} Smith left." for i in range(n // 15)),
    "a family and its name": lambda n: " ".join(f"A{i:x} Smith met Smith." for i in range(n // 20)),
    "capitals": lambda n: "A " * (n // 2),
    "links": lambda n: "Ann of the " * (n // 11),
    "initials": lambda n: "A.B. C. " * (n // 8),
    "hyphens": lambda n: "A-" * (n // 2),
    "titles": lambda n: "Secretary of State " * (n // 19),
    "possessives": lambda n: "Ann's " * (n // 6),
    "growing names": lambda n: " ".join(f"Mr. {'Ann ' * (1 + i % 9)}Lee left." for i in range(n // 30)),
    "datelines": lambda n: "PARIS A " * (n // 8) + "—",
}
WANTED = wanted_from(["Ann Hall", {"name": "Smith", "aliases": ["Lee"], "patterns": ["[A-C]"]}])

SCORED = (
    "many quotations in one sentence",
    "one endless word",
    "indirect speech beside quotations",
    "labels",
    "repeats",
    "full stops",
)
"""Of the texts above, those that make many sentences, pieces or tokens."""


def curves() -> Iterator[Curve]:
    """Cutting texts, finding names in them, and everything that scoring does beside the model."""
    yield from of_inputs("sentences and voices", segment, TEXTS, 600)
    yield from of_inputs("names", _find_names, {name: _cut(made) for name, made in NAMES.items()}, 600)
    yield from of_inputs("scores", fake_scorer().score, {name: TEXTS[name] for name in SCORED}, 400)
    yield from of_inputs("scores", lambda given: find_spans(*given), {"one sentence of n voices": _voices}, 100)


def _cut(made: Callable[[int], str]) -> Callable[[int], Segmentation]:
    return lambda n: segment(made(n))


def _find_names(cut: Segmentation) -> None:
    find_targets(cut, find_names)
    find_targets(cut, find_names, WANTED)


def _voices(n: int) -> tuple[object, ...]:
    """One sentence of n voices with a loaded word each."""
    text = "ab " * n
    start = np.arange(n, dtype=np.int64) * 3
    pieces = tuple(Piece(int(at), int(at) + 3, "quoted" if i % 2 else "author") for i, at in enumerate(start))
    tokens = Tokens(
        np.ones(n, dtype=np.int32), start, start + 2, np.arange(n, dtype=np.int64), np.array([0, n], dtype=np.int64)
    )
    return np.full(n, 0.9), tokens, np.arange(n, dtype=np.int64), [SentenceInput(text, pieces)], 0.5

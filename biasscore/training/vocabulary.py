"""A smaller vocabulary: the tokens that news uses, and the pieces that any other word can be made of.

Half of an encoder's size on disk may be the vectors of tokens that news hardly ever holds. A word whose token goes is
read in smaller pieces. So what is cut here changes how such words are read, but no text becomes unknown.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer

from biasscore.errors import TrainingError

_BATCH = 1000


def frequent(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> list[int]:
    """Ids of the ``size`` tokens to keep, ascending: special ones, single characters, then the most frequent.

    Raises:
        TrainingError: if the tokenizer is not of the kind WordPiece, whose words can be read in smaller pieces.
    """
    described = json.loads(tokenizer.to_str())
    if described["model"]["type"] != "WordPiece":
        raise TrainingError("only a vocabulary of the kind WordPiece can be reduced; remove vocabulary from the recipe")
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _BATCH:
            _count(tokenizer, batch, counts)
            batch = []
    _count(tokenizer, batch, counts)
    vocabulary: dict[str, int] = described["model"]["vocab"]
    prefix = described["model"]["continuing_subword_prefix"]
    kept = {token["id"] for token in described["added_tokens"]}
    kept |= {i for token, i in vocabulary.items() if len(token.removeprefix(prefix)) == 1}
    for i, _ in counts.most_common():
        if len(kept) >= size:
            break
        kept.add(i)
    return sorted(kept)


def cut(tokenizer: Tokenizer, kept: list[int]) -> Tokenizer:
    """The tokenizer with the ``kept`` ids only, numbered anew from 0 in their order."""
    described = json.loads(tokenizer.to_str())
    number = {old: new for new, old in enumerate(kept)}
    vocabulary: dict[str, int] = described["model"]["vocab"]
    described["model"]["vocab"] = {token: number[i] for token, i in vocabulary.items() if i in number}
    for token in described["added_tokens"]:
        token["id"] = number[token["id"]]
    described["padding"] = described["truncation"] = None
    if described["post_processor"]:
        _renumber(described["post_processor"], number)
    return Tokenizer.from_str(json.dumps(described))


def _count(tokenizer: Tokenizer, texts: list[str], counts: Counter[int]) -> None:
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        counts.update(encoding.ids)


def _renumber(processor: dict[str, Any], number: dict[int, int]) -> None:
    """Replace the ids of special tokens, in each of the forms that a post-processor has."""
    for end in ("sep", "cls"):
        if end in processor:
            processor[end][1] = number[processor[end][1]]
    for token in processor.get("special_tokens", {}).values():
        token["ids"] = [number[i] for i in token["ids"]]

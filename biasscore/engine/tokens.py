"""Turns texts into token ids. Offsets count the characters of the sentence as given."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding
from tokenizers import Tokenizer as FastTokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from biasscore.errors import AGAIN, ModelError

Ints = NDArray[np.int64]
Ids = NDArray[np.int32]

UNLIMITED = 10**6

# How many times longer a normaliser may make a text; real ones put three characters in the place of one.
_MOST_GROWTH = 1_000
# What normalisers write, by their kind.
_WRITES = {"Replace": "content", "Prepend": "prepend"}
# Fewest tokens of a text that a window holds, so that windows may overlap and still bring something new.
_LEAST_ROOM = 2
# What a sequence stands between: BERT's names, RoBERTa's.
_FIRST = ("[CLS]", "<s>")
_LAST = ("[SEP]", "</s>")
# What a person calls a word, soft hyphens, joiners and combining accents included.
_WORD = re.compile(r"\w[\w\u00ad\u0300-\u036f\u200c\u200d]*|[^\w\s]")

# Characters that BERT's normaliser only puts into lower case; no bracket, for special tokens stand in brackets.
_PLAIN = re.compile(r"[ -;=?-Z^-~–—‘’“”…]*")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of many sentences, one after another, special tokens left out.

    Attributes:
        ids: [tokens] token ids, int32.
        start, end: [tokens] characters of each token, counted from its sentence's start.
        word: [tokens] index of the word in its sentence that the token is a piece of.
        bounds: [sentences + 1], sentence i owns tokens ``bounds[i]:bounds[i + 1]``.
    """

    ids: NDArray[np.int32]
    start: Ints
    end: Ints
    word: Ints
    bounds: Ints

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def sequences(self) -> Iterator[NDArray[np.int32]]:
        """The ids of each sentence."""
        return (self.ids[start:stop] for start, stop in zip(self.bounds[:-1], self.bounds[1:], strict=True))


class Tokenizer:
    """A fast tokenizer of any family, and the special tokens that its model reads around a text.

    Args:
        fast: truncation and padding are switched off: nothing is cut silently, windows take care of long texts.
        longest: most tokens it was made for, special tokens included.

    Attributes:
        fast: what it was made from.
        before, after: ids of the special tokens.
        key: hash of all that decides the tokens.

    Raises:
        ModelError: if it does not say which special tokens stand around a text.
    """

    def __init__(self, fast: FastTokenizer, longest: int = UNLIMITED) -> None:
        fast.no_padding()
        fast.no_truncation()
        self.fast = fast
        self.longest = longest
        self.before, self.after = _around(fast)
        self.key = hashlib.sha256(fast.to_str().encode()).hexdigest()
        self._splits_words = splits_words(fast)
        self._lowered = _of_lowered(fast)

    @classmethod
    def from_file(cls, file: Path) -> Tokenizer:
        """Read a tokenizer.json.

        Raises:
            ModelError: if it cannot be read or lacks the special tokens.
        """
        try:
            with panics_told():
                # tokenizers raises bare Exception for a broken file.
                fast = FastTokenizer.from_file(str(file))
                check_growth(fast, file)
                check_finds_words(fast, file, AGAIN)
                return cls(fast)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"{file} cannot be read ({error}); {AGAIN}") from error

    @property
    def most_id(self) -> int:
        """The largest token id that it may give."""
        around = [*self.before.tolist(), *self.after.tolist()]
        return max([*self.fast.get_vocab(with_added_tokens=True).values(), *around], default=0)

    def check_room(self, max_tokens: int, field: str) -> None:
        """Refuse a model whose special tokens leave no room for a text.

        Args:
            max_tokens: most tokens that the network reads at once.
            field: where that is said.

        Raises:
            ModelError: if they do not.
        """
        special = len(self.before) + len(self.after)
        if max_tokens < special + _LEAST_ROOM:
            raise ModelError(
                f"{field} lets the network read at most {max_tokens} tokens at once, but biasscore needs "
                f"{special + _LEAST_ROOM} or more: {special} special tokens around each text, and {_LEAST_ROOM} "
                "tokens of the text; use another model"
            )

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenise each text by itself."""
        tokens = pack(self._encodings([encodable(text) for text in texts]))
        return tokens if self._splits_words else with_words(tokens, texts)

    def _encodings(self, texts: Sequence[str]) -> list[Encoding]:
        if self._lowered is None:
            return encoded(self.fast, texts)
        # Normalising takes a third of the time of tokenising, and most texts need hardly any.
        plain = [_PLAIN.fullmatch(text) is not None for text in texts]
        chosen = [text.lower() for text, is_plain in zip(texts, plain, strict=True) if is_plain]
        others = [text for text, is_plain in zip(texts, plain, strict=True) if not is_plain]
        lowered = iter(encoded(self._lowered, chosen))
        normalized = iter(encoded(self.fast, others))
        return [next(lowered if is_plain else normalized) for is_plain in plain]


def encoded(fast: FastTokenizer, texts: Sequence[str]) -> list[Encoding]:
    """The texts' encodings without special tokens.

    Raises:
        ModelError: if the tokenizer fails on one, which its file is to blame for.
    """
    try:
        with panics_told():
            found: list[Encoding] = fast.encode_batch(texts, add_special_tokens=False)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"the tokenizer of the model fails on a text ({reason}); use another model") from error
    return found


@contextmanager
def panics_told() -> Iterator[None]:
    """Make an Exception of a panic in tokenizers: it is a BaseException, so that no ``except Exception`` sees it.

    Raises:
        ValueError: in place of the panic.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise ValueError(str(error)) from error
        raise


def check_finds_words(fast: FastTokenizer, place: Path, mend: str) -> None:
    """Refuse a tokenizer that gives no tokens for a plain text, whose scores would all be missing.

    Raises:
        ModelError: if it does.
    """
    if not fast.encode("The vote.", add_special_tokens=False).ids:
        raise ModelError(f"the tokenizer in {place} finds no words in an English text; {mend}")


def check_growth(fast: FastTokenizer, file: Path) -> None:
    """Refuse a normaliser that may make a text more than a thousand times longer: some that double fill any memory.

    Raises:
        ModelError: if it may.
    """
    growth, waiting = 1, [json.loads(fast.normalizer.__getstate__())] if fast.normalizer else []
    while waiting:
        step = waiting.pop()
        waiting += step.get("normalizers", [])
        growth *= max(1, len(step.get(_WRITES.get(step.get("type"), ""), "")))
        if growth > _MOST_GROWTH:
            raise ModelError(f"the normalizer in {file} can make texts {growth:,} times longer; use another model")


def _around(fast: FastTokenizer) -> tuple[Ids, Ids]:
    """The special tokens before and after a text: those that the tokenizer adds, else by their usual names."""
    if fast.post_processor is None:
        return _special(fast, _FIRST), _special(fast, _LAST)
    bare = fast.encode("a", add_special_tokens=False).ids
    full = fast.encode("a").ids
    at = next((i for i in range(len(full) - len(bare) + 1) if full[i : i + len(bare)] == bare), None)
    if at is None:
        raise ModelError(
            "if special tokens are added, the tokenizer of the model splits a text differently; use another model"
        )
    if max(full, default=0) >= 2**31:
        raise ModelError("the tokenizer of the model has a token whose id is 2^31 or more; use another model")
    return np.array(full[:at], dtype=np.int32), np.array(full[at + len(bare) :], dtype=np.int32)


def _special(fast: FastTokenizer, names: Sequence[str]) -> Ids:
    known = [number for name in names if (number := fast.token_to_id(name)) is not None]
    if not known:
        raise ModelError(
            f"the tokenizer of the model has no token {names[0]!r}; use a model whose tokenizer.json comes from BERT "
            "or RoBERTa"
        )
    return np.array(known[:1], dtype=np.int32)


def _of_lowered(fast: FastTokenizer) -> FastTokenizer | None:
    """The same tokenizer for plain texts in lower case; None if it is not one of BERT's uncased ones."""
    normalizer = fast.normalizer
    special = [token.content for token in fast.get_added_tokens_decoder().values()]
    if not (isinstance(normalizer, BertNormalizer) and normalizer.lowercase and all(s[0] in "[<" for s in special)):
        return None
    tokenizer = FastTokenizer(fast.model)
    tokenizer.pre_tokenizer = fast.pre_tokenizer
    return tokenizer


def pack(encodings: Sequence[Encoding]) -> Tokens:
    """Lay encodings without special tokens one after another."""
    offsets = np.array(list(chain.from_iterable(chain.from_iterable(e.offsets for e in encodings))), dtype=np.int64)
    start, end = offsets.reshape(-1, 2).T
    return Tokens(
        ids=np.array(list(chain.from_iterable(e.ids for e in encodings)), dtype=np.int32),
        start=start,
        end=end,
        word=np.array(list(chain.from_iterable(e.word_ids for e in encodings)), dtype=np.int64),
        bounds=np.concatenate([[0], np.cumsum([len(e) for e in encodings], dtype=np.int64)]),
    )


def splits_words(fast: FastTokenizer) -> bool:
    """Whether a tokenizer's own offsets and words are those of the text, as BERT's are.

    Byte-level BPE and SentencePiece hold a word's leading space in its first token, and SentencePiece has only
    whitespace between words, so that a word takes the full stop along.
    """
    return isinstance(fast.pre_tokenizer, BertPreTokenizer)


def with_words(tokens: Tokens, texts: Sequence[str]) -> Tokens:
    """The same tokens, each cut to its characters without the space around it, and counted in words of its text."""
    start, end, word = tokens.start.copy(), tokens.end.copy(), np.empty_like(tokens.word)
    for i, text in enumerate(texts):
        own = slice(tokens.bounds[i], tokens.bounds[i + 1])
        start[own], end[own], word[own] = in_words(text, start[own], end[own])
    return replace(tokens, start=start, end=end, word=word)


def in_words(text: str, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """What ``with_words`` does for one text.

    Args:
        start, end: [tokens] characters of each token.

    Returns:
        [tokens] start, end and word of each. A token of nothing but space is empty and stands before the next word.
    """
    spans = np.array([found.span() for found in _WORD.finditer(text)], dtype=np.int64).reshape(-1, 2)
    starts, ends = np.append(spans[:, 0], len(text)), np.append(0, spans[:, 1])
    word = np.searchsorted(spans[:, 1], start, side="right")
    last = np.searchsorted(spans[:, 0], end, side="left")
    start = np.maximum(start, starts[word])
    return start, np.maximum(start, np.minimum(end, ends[last])), word


def encodable(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which no tokenizer takes; one for one, so that offsets stay."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text

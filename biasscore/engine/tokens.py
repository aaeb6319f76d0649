"""Text to token ids, once. Offsets stay those of the sentence as given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding
from tokenizers import Tokenizer as FastTokenizer

from biasscore.errors import ModelError

Ints = NDArray[np.int64]

# What a sequence stands between: BERT's names, RoBERTa's.
_FIRST = ("[CLS]", "<s>")
_LAST = ("[SEP]", "</s>")


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
    """A tokenizer file and the two special tokens that a sequence stands between."""

    def __init__(self, fast: FastTokenizer) -> None:
        fast.no_padding()
        # Nothing may be cut silently; windows take care of long sentences.
        fast.no_truncation()
        self._fast = fast
        self.first, self.last = (self._special(*tokens) for tokens in (_FIRST, _LAST))

    @classmethod
    def from_file(cls, file: Path) -> Tokenizer:
        """Read a tokenizer.json.

        Raises:
            ModelError: if it cannot be read or lacks the special tokens.
        """
        try:
            # tokenizers raises bare Exception for a broken file.
            return cls(FastTokenizer.from_file(str(file)))
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"{file} cannot be read ({error}); install the model again") from error

    def _special(self, *tokens: str) -> int:
        found = [self._fast.token_to_id(token) for token in tokens]
        known = [number for number in found if number is not None]
        if not known:
            raise ModelError(f"the tokenizer has no {tokens[0]} token; a BERT or RoBERTa tokenizer.json is needed")
        return int(known[0])

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenise each text by itself."""
        return pack(self._fast.encode_batch([encodable(text) for text in texts], add_special_tokens=False))


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


def encodable(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which no tokenizer takes; one for one, so that offsets stay."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text

"""Any family's tokenizer as token ids with offsets into the text as given."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as FastTokenizer

from biasscore.engine.tokens import Tokens, check_growth, encodable, encoded, pack
from biasscore.errors import ModelError
from biasscore.predict.fields import FEWEST_TOKENS, MOST_POSITIONS
from biasscore.predict.hub.files import FETCH, small_files, staged

Ids = NDArray[np.int32]


class HubTokenizer:
    """A fast tokenizer and the special tokens that its model reads around a text.

    Args:
        fast: the tokenizer; its truncation and padding are switched off, windows take care of long texts.
        longest: most tokens it was made for, special tokens included.
    """

    def __init__(self, fast: FastTokenizer, longest: int) -> None:
        fast.no_padding()
        fast.no_truncation()
        self._fast = fast
        self.longest = longest
        self.before, self.after = _around(fast)
        self.key = hashlib.sha256(fast.to_str().encode()).hexdigest()

    @classmethod
    def open(cls, folder: Path) -> HubTokenizer:
        """Read the tokenizer that lies in a folder.

        Raises:
            ModelError: if it cannot be read, or needs code of its own.
        """
        fast, longest = read_tokenizer(folder)
        return cls(fast, longest)

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenise each text by itself, special tokens left out."""
        return pack(encoded(self._fast, [encodable(text) for text in texts]))

    def framed(self, ids: Ids) -> Ids:
        """The ids between their special tokens."""
        return np.concatenate([self.before, ids, self.after]).astype(np.int32)

    @property
    def most_id(self) -> int:
        """The largest token id that it may give."""
        return max(self._fast.get_vocab(with_added_tokens=True).values(), default=0)

    @property
    def n_special(self) -> int:
        """Special tokens around a text."""
        return len(self.before) + len(self.after)


def read_tokenizer(folder: Path) -> tuple[FastTokenizer, int]:
    """The fast tokenizer that lies in a folder, and the most tokens it was made for.

    Raises:
        ModelError: if it cannot be read, or needs code of its own.
    """
    from transformers import AutoTokenizer

    try:
        with staged(small_files(folder)) as own:
            tokenizer = AutoTokenizer.from_pretrained(str(own), local_files_only=True, trust_remote_code=False)
        fast, longest = tokenizer.backend_tokenizer, tokenizer.model_max_length
    except ModelError:
        raise
    # A broken file shows as almost any exception, tokenizers' own bare Exception among them.
    except Exception as error:
        raise ModelError(
            f"the tokenizer in {folder} cannot be read ({_first_line(error)}); save a tokenizer.json with the model"
        ) from error
    if not isinstance(longest, int | float) or isinstance(longest, bool) or not longest >= FEWEST_TOKENS:
        raise ModelError(
            f"{folder / 'tokenizer_config.json'}: model_max_length must be a number from {FEWEST_TOKENS} on, not "
            f"{longest!r}; {FETCH}"
        )
    check_growth(fast, folder)
    return fast, int(min(longest, MOST_POSITIONS))


def _around(fast: FastTokenizer) -> tuple[Ids, Ids]:
    """The special tokens before and after a text."""
    bare = fast.encode("a", add_special_tokens=False).ids
    full = fast.encode("a").ids
    at = next(i for i in range(len(full) - len(bare) + 1) if full[i : i + len(bare)] == bare)
    return np.array(full[:at], dtype=np.int32), np.array(full[at + len(bare) :], dtype=np.int32)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

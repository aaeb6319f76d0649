"""Rows to examples: token ids, whose words each token is, and soft targets for every head that the row speaks of."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from biasscore.engine.tokens import in_words, splits_words
from biasscore.segment import segment
from biasscore.segment.types import Segmentation
from biasscore.training.corpora import Mark, Row
from biasscore.training.outlets import mask_outlet

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Places = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]

# How the tokens are stored, by field of ``Encoded``.
_STORED_AS = {"ids": np.int32, "starts": np.int32, "ends": np.int32, "word": np.int16, "author": np.bool_}
WORD = re.compile(r"\w+(?:[-'’]\w+)*")
"""A word as annotators mark it."""

_COMMON = frozenset(
    "a an and any are as at be been but by can did do for from had has have he her his how i if in into is it its just"
    " like me more my no not of off on or our out she so some than that the their them then there they this to too up"
    " us was we were what when which who will with would you your".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A tokenised sentence, special tokens included.

    Attributes:
        ids: [tokens] token ids.
        starts, ends: [tokens] characters of each token in the text; 0 for special tokens.
        word: [tokens] index of the word that the token is a piece of; −1 for special tokens.
        author: [tokens] True where ``loaded`` reads: the author's words, or all words where there are none of hers.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    word: NDArray[np.int32]
    author: Bools

    @property
    def inside(self) -> Bools:
        """[tokens] True for tokens of the text, False for special ones."""
        return np.asarray(self.word >= 0)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One unit of training: a sentence with its targets, or the sentences of a passage with their lean.

    Targets are probabilities; NaN stands for "not asked".

    Attributes:
        sentences: one, or several of one passage.
        marked: [tokens of the first sentence] target of the span head.
        tone: three probabilities.
        lean: three probabilities, of the passage.
        mention: [tokens of the first sentence] True for the target that ``toward`` speaks of.
        toward: three probabilities of the tone toward it.
        weight: of this example in the loss.
    """

    sentences: tuple[Encoded, ...]
    loaded: float = math.nan
    marked: Floats | None = None
    subjective: float = math.nan
    tone: tuple[float, float, float] | None = None
    lean: tuple[float, float, float] | None = None
    mention: Bools | None = None
    toward: tuple[float, float, float] | None = None
    weight: float = 1.0

    @property
    def n_tokens(self) -> int:
        return sum(len(sentence.ids) for sentence in self.sentences)


def one_hot(label: int) -> tuple[float, float, float]:
    """Certainty of one of three classes."""
    return (float(label == 0), float(label == 1), float(label == 2))


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> list[Encoded]:
    """Tokenise texts, each one sequence, and find the author's words in each.

    Texts longer than ``max_tokens`` are cut: training needs no lossless reading.
    """
    encodings = tokenizer.encode_batch(list(texts))
    place = _places if splits_words(tokenizer) else _places_in_words
    return [_encoded(text, encoding, place, max_tokens) for text, encoding in zip(texts, encodings, strict=True)]


def encode_once(path: Path, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> dict[str, Encoded]:
    """Tokenise texts, or read their tokens from ``path`` if an earlier call has left all of them there.

    Finding whose words each token is costs minutes, and every run of a recipe needs it.
    """
    found = _read_encoded(path) if path.exists() else {}
    if not all(_text_id(text) in found for text in texts):
        _write_encoded(path, texts, encode(tokenizer, texts, max_tokens))
        found = _read_encoded(path)
    return {text: found[_text_id(text)] for text in texts}


def _text_id(text: str) -> bytes:
    """What a text is found by; unlike ``predictions.row_id``, it tells apart texts that differ in case or blanks."""
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()


def _write_encoded(path: Path, texts: Sequence[str], encoded: Sequence[Encoded]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(sentence, name) for sentence in encoded]).astype(kind)
        for name, kind in _STORED_AS.items()
    }
    part = path.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        text=np.frombuffer(b"".join(map(_text_id, texts)), dtype=np.uint64),
        sizes=np.array([len(sentence.ids) for sentence in encoded]),
        **arrays,
    )
    part.replace(path)


def _read_encoded(path: Path) -> dict[bytes, Encoded]:
    with np.load(path, allow_pickle=False) as file:
        cuts = np.cumsum(file["sizes"])[:-1]
        columns = [np.split(file[name], cuts) for name in _STORED_AS]
        names = [name.tobytes() for name in file["text"]]
    return {name: Encoded(*values) for name, *values in zip(names, *columns, strict=True)}


def _encoded(text: str, encoding: Encoding, place: Callable[[str, Encoding], Places], max_tokens: int) -> Encoded:
    ids = np.asarray(encoding.ids, dtype=np.int32)
    starts, ends, word = place(text, encoding)
    if len(ids) > max_tokens:
        kept = np.r_[0 : max_tokens - 1, len(ids) - 1]
        ids, starts, ends, word = ids[kept], starts[kept], ends[kept], word[kept]
    inside = word >= 0
    author = inside & _author_characters(segment(text))[starts]
    return Encoded(ids, starts, ends, word, author if author.any() else inside)


def _places(_: str, encoding: Encoding) -> Places:
    """Start, end and word of each token as the tokenizer has them; 0, 0 and −1 for special ones."""
    offsets = np.asarray(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    special = np.asarray(encoding.special_tokens_mask, dtype=bool)
    offsets[special] = 0
    word = np.array([-1 if index is None else index for index in encoding.word_ids], dtype=np.int32)
    return offsets[:, 0], offsets[:, 1], word


def _places_in_words(text: str, encoding: Encoding) -> Places:
    """The same as scoring has them, for tokenizers that count the space before a word to it."""
    places = np.stack(_places(text, encoding))
    inside = places[2] >= 0
    places[:, inside] = in_words(text, *places[:2, inside].astype(np.int64))
    return places[0], places[1], places[2]


def _author_characters(segmentation: Segmentation) -> Bools:
    author = np.ones(len(segmentation.text) + 1, dtype=bool)
    for sentence in segmentation.sentences:
        for stretch in sentence.voices:
            if stretch.voice == "quoted":
                author[stretch.start : stretch.end] = False
    return author


def marked_ranges(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words that annotators marked stand in the text.

    BABE lists marked words without places. Words that follow one another in list and text are taken as one phrase;
    any other word is marked wherever it stands, unless it is so common that only a phrase can have been meant.
    """
    tokens = [(m.start(), m.end(), m[0].lower()) for m in WORD.finditer(text)]
    listed = [part.lower() for word in words for part in WORD.findall(word)]
    found: set[int] = set()
    at = 0
    while at < len(listed):
        length, places = _longest_run(tokens, listed, at)
        if length > 1 or listed[at] not in _COMMON:
            found.update(place + i for place in places for i in range(length))
        at += max(1, length)
    return [tokens[i][:2] for i in sorted(found)]


def certain(row: Row) -> list[Mark]:
    """The words that are marked by the published labels, each with share 1."""
    return [(start, end, 1.0) for start, end in marked_ranges(row.text, row.marked or ())]


def _longest_run(tokens: Sequence[tuple[int, int, str]], listed: Sequence[str], at: int) -> tuple[int, list[int]]:
    """The most words from ``listed[at]`` on that stand together in the text, and all places where they do."""
    length, places = 0, list(range(len(tokens)))
    while at + length < len(listed):
        longer = [p for p in places if p + length < len(tokens) and tokens[p + length][2] == listed[at + length]]
        if not longer:
            break
        length, places = length + 1, longer
    return length, places if length else []


def marked_tokens(sentence: Encoded, marks: Iterable[Mark]) -> Floats:
    """[tokens] the largest share of the marks that a token overlaps, 0 elsewhere, NaN for special tokens."""
    target = np.where(sentence.inside, 0.0, np.nan).astype(np.float32)
    for start, end, share in marks:
        inside = overlapped(sentence, start, end)
        target[inside] = np.maximum(target[inside], share)
    return target


def overlapped(sentence: Encoded, start: int, end: int) -> Bools:
    """[tokens] True for the tokens that a range of the text overlaps."""
    return np.asarray(sentence.inside & (sentence.starts < end) & (sentence.ends > start))


def sentence_example(row: Row, sentence: Encoded, *, votes: float, weight: float) -> Example:
    """A labelled sentence as an example.

    Args:
        votes: how much of the ``loaded`` target is the mean of ``row.votes``, 0 to 1.
    """
    loaded = math.nan if row.loaded is None else float(row.loaded)
    if row.votes and votes:
        loaded = (1 - votes) * loaded + votes * sum(row.votes) / len(row.votes)
    marks = certain(row) if row.marks is None and row.marked is not None else row.marks
    return Example(
        sentences=(sentence,),
        loaded=loaded,
        marked=None if marks is None else marked_tokens(sentence, marks),
        subjective=math.nan if row.subjective is None else float(row.subjective),
        tone=row.tones if row.tone is None else one_hot(row.tone),
        mention=None if row.mention is None else overlapped(sentence, *row.mention),
        toward=None if row.toward is None else one_hot(row.toward),
        weight=weight,
    )


def passage_texts(row: Row, n_sentences: int, rng: np.random.Generator) -> list[str]:
    """Up to ``n_sentences`` sentences in a row from a random place of a masked article."""
    paragraphs = [p for p in mask_outlet(row.text, row.outlet, row.authors).split("\n\n") if len(p) > 40]
    if not paragraphs:
        return []
    # Most paragraphs hold a sentence or more, so that many paragraphs are enough.
    first = int(rng.integers(0, max(1, len(paragraphs) - n_sentences // 2)))
    segmentation = segment("\n\n".join(paragraphs[first : first + n_sentences]))
    texts = [segmentation.text[s.start : s.end] for s in segmentation.sentences]
    return [text for text in texts if len(text) > 20][:n_sentences]

"""Wire copy and reprints: paragraphs that articles of different sides share, word for word or nearly so.

A paragraph becomes the set of its runs of three words; two paragraphs are near-duplicates when these sets overlap
(Broder 1997, "On the resemblance and containment of documents"). MinHash signatures of datasketch estimate the overlap,
and banding finds the pairs worth a look (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).
Signatures, 256 bytes per paragraph, wait in a temporary file, and bands are sorted one after another, so memory holds
about a hundred bytes per paragraph, whatever its length. No text is kept. (``python -m benchmarks.comparison reprints``
measures it.)
"""

from __future__ import annotations

import csv
import tempfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from biasscore.analysis.words import words
from biasscore.tables import defused_text, scored_table

MIN_WORDS = 15
"""Shorter paragraphs are not looked at: two reporters may write them by chance."""

MIN_OVERLAP = 0.6
"""Least Jaccard overlap of the runs of words: of thirty words, three may differ."""

RUN = 3
N_HASHES = 64
N_BANDS = 16
_BLOCK = 16_384
_PAIRS = 2_048
_ROW = 4 * N_HASHES  # bytes
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, and without a pattern


@dataclass(frozen=True, slots=True)
class PrintedPassage:
    """A paragraph of an article."""

    article: str
    side: str
    paragraph: int
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One place where a shared paragraph stands.

    Attributes:
        passage: number of the shared paragraph; its copies have the same.
        sides: all sides that have it, in alphabetical order; one tuple for all copies of a passage.
    """

    passage: int
    article: str
    side: str
    paragraph: int
    sides: tuple[str, ...]

    @property
    def shared_with(self) -> tuple[str, ...]:
        """The other sides that have it."""
        return tuple(side for side in self.sides if side != self.side)


@dataclass(frozen=True)
class Reprints:
    """Paragraphs that two sides or more have.

    Attributes:
        copies: in the order of the articles; those of one passage share its number.
        n_paragraphs: how many were looked at, by side; shorter ones than ``MIN_WORDS`` words do not count.
    """

    copies: tuple[Copy, ...]
    n_paragraphs: Mapping[str, int]

    @cached_property
    def by_place(self) -> Mapping[tuple[str, int], Copy]:
        """The copy at an article's paragraph."""
        return {(copy.article, copy.paragraph): copy for copy in self.copies}

    def n_shared(self, side: str | None = None) -> int:
        """Paragraphs of one side, or of all, that another side has as well."""
        return sum(side in (None, copy.side) for copy in self.copies)

    def write(self, path: str | Path, *, defuse: bool = False) -> None:
        """Write one CSV row per copy.

        Args:
            defuse: put an apostrophe before texts that a spreadsheet would run.
        """
        text = defused_text if defuse else str
        with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("passage", "id", "side", "paragraph", "shared_with"))
            writer.writerows(
                (c.passage, text(c.article), text(c.side), c.paragraph, text("; ".join(c.shared_with)))
                for c in self.copies
            )

    def mark(self, table: Any) -> pa.Table:
        """A result table of paragraph or sentence level with a column ``shared_with``: a list of sides, often empty.

        Args:
            table: Arrow, a data frame, or the path of a file.
        """
        rows = table if isinstance(table, pa.Table) else scored_table(table)
        places = zip(rows["id"].to_pylist(), rows["paragraph"].to_pylist(), strict=True)
        found = (self.by_place.get(place) for place in places)
        values = [list(copy.shared_with) if copy else [] for copy in found]
        return rows.append_column("shared_with", pa.array(values, pa.list_(pa.string())))


def find_reprints(passages: Iterable[PrintedPassage]) -> Reprints:
    """Finds the paragraphs that sides share.

    Args:
        passages: read once, one after another; an article's name and a paragraph's number make a place.
    """
    with tempfile.TemporaryFile() as signatures:
        places = _read(passages, signatures)
        groups = _groups(signatures, len(places)) if len(places) else np.zeros(0, dtype=np.int64)
    return Reprints(tuple(_copies(places, groups)), places.counts())


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where paragraphs stand, in numbers: objects for a million of them would take more memory than all else."""

    articles: list[str] = field(default_factory=list)
    sides: dict[str, int] = field(default_factory=dict)
    article: array[int] = field(default_factory=lambda: array("i"))
    side: array[int] = field(default_factory=lambda: array("i"))
    paragraph: array[int] = field(default_factory=lambda: array("i"))

    def add(self, passage: PrintedPassage) -> None:
        if not self.articles or self.articles[-1] != passage.article:
            self.articles.append(passage.article)
        self.article.append(len(self.articles) - 1)
        self.side.append(self.sides.setdefault(passage.side, len(self.sides)))
        self.paragraph.append(passage.paragraph)

    def __len__(self) -> int:
        return len(self.article)

    def counts(self) -> dict[str, int]:
        found = np.bincount(np.frombuffer(self.side, dtype=np.int32), minlength=len(self.sides))
        return {side: int(found[number]) for side, number in sorted(self.sides.items())}


def _read(passages: Iterable[PrintedPassage], signatures: IO[bytes]) -> _Places:
    from datasketch import MinHash

    hashes = MinHash(num_perm=N_HASHES, hashfunc=int)
    places = _Places()
    for passage in passages:
        found = words(passage.text)
        if len(found) < MIN_WORDS:
            continue
        hashes.clear()
        hashes.update_batch(_runs(found))
        signatures.write(hashes.hashvalues.astype(np.uint32).tobytes())
        places.add(passage)
    signatures.flush()
    return places


def _runs(found: list[str]) -> set[int]:
    return {zlib.crc32(" ".join(found[i : i + RUN]).encode("utf-8", "replace")) for i in range(len(found) - RUN + 1)}


def _groups(signatures: IO[bytes], n: int) -> NDArray[np.int64]:
    """[paragraphs] The number of the group of near-duplicates that each belongs to."""
    groups = np.arange(n)
    for band in range(N_BANDS):
        pairs = _candidates(_keys(signatures, n, band))
        apart = groups[pairs[:, 0]] != groups[pairs[:, 1]]  # what an earlier band joined needs no second look
        groups = _joined(groups, _near(pairs[apart], signatures))
    return groups


def _joined(groups: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups after those of each pair have become one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, two = groups[pairs].T
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (one, two)), shape=(len(groups), len(groups)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)[groups]


def _keys(signatures: IO[bytes], n: int, band: int) -> NDArray[np.uint64]:
    """[paragraphs] One number for the hashes of a band. If two should fall on one, `_near` tells them apart."""
    rows = N_HASHES // N_BANDS
    weights = np.cumprod(np.full(rows, _MIX))
    keys = np.empty(n, dtype=np.uint64)
    signatures.seek(0)
    for at in range(0, n, _BLOCK):
        block = np.frombuffer(signatures.read(_BLOCK * _ROW), dtype=np.uint32).reshape(-1, N_HASHES)
        keys[at : at + _BLOCK] = block[:, band * rows : (band + 1) * rows] @ weights
    return keys


def _candidates(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """[pairs, 2] Paragraphs of one key: each with the one before it and with the first."""
    order = np.argsort(keys, kind="stable")
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = keys[order[1:]] != keys[order[:-1]]
    first = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    inside = np.flatnonzero(~starts)
    return np.concatenate([np.c_[order[inside], order[inside - 1]], np.c_[order[inside], first[inside]]])


def _near(pairs: NDArray[np.int64], signatures: IO[bytes]) -> NDArray[np.int64]:
    """[pairs, 2] Those that share enough hashes, which estimates the Jaccard overlap."""
    kept = [pairs[:0]]
    for at in range(0, len(pairs), _PAIRS):
        block = pairs[at : at + _PAIRS]
        one, two = (_rows(signatures, column) for column in block.T)
        kept.append(block[(one == two).mean(axis=1) >= MIN_OVERLAP])
    return np.concatenate(kept)


def _rows(signatures: IO[bytes], at: NDArray[np.int64]) -> NDArray[np.uint32]:
    """[rows, hashes] Read, not mapped: in the end, a map of the file would hold all of it."""
    rows = bytearray()
    for row in at.tolist():
        signatures.seek(row * _ROW)
        rows += signatures.read(_ROW)
    return np.frombuffer(rows, dtype=np.uint32).reshape(-1, N_HASHES)


def _copies(places: _Places, groups: NDArray[np.int64]) -> Iterator[Copy]:
    repeated = np.bincount(groups, minlength=1) > 1
    members: dict[int, list[int]] = {}
    for index in np.flatnonzero(repeated[groups]).tolist():
        members.setdefault(int(groups[index]), []).append(index)
    names = list(places.sides)
    shared = [found for found in members.values() if len({places.side[i] for i in found}) > 1]
    number_of = {index: number for number, found in enumerate(shared, start=1) for index in found}
    sides = [tuple(sorted({names[places.side[i]] for i in found})) for found in shared]
    for index in sorted(number_of):
        side, number = names[places.side[index]], number_of[index]
        yield Copy(number, places.articles[places.article[index]], side, places.paragraph[index], sides[number - 1])

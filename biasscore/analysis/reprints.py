"""Wire copy and reprints: paragraphs that articles of different sides share, word for word or nearly so.

A paragraph becomes the set of its runs of three words; two paragraphs are near-duplicates when these sets overlap
(Broder 1997, "On the resemblance and containment of documents"). MinHash signatures of datasketch estimate the overlap,
and banding finds the pairs worth a look (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3). The
bands are sorted one after another rather than kept in tables, so that memory is 256 bytes per paragraph, whatever its
length; no text is kept.
"""

from __future__ import annotations

import csv
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from biasscore.analysis.words import words

MIN_WORDS = 15
"""Shorter paragraphs are not looked at: two reporters may write them by chance."""

MIN_OVERLAP = 0.6
"""Least Jaccard overlap of the runs of words: of thirty words, three may differ."""

RUN = 3
N_HASHES = 64
N_BANDS = 16
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Passage:
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
        shared_with: the other sides that have it, in alphabetical order.
    """

    passage: int
    article: str
    side: str
    paragraph: int
    shared_with: tuple[str, ...]


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

    def write(self, path: str | Path) -> None:
        """Write one CSV row per copy."""
        with Path(path).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("passage", "id", "side", "paragraph", "shared_with"))
            writer.writerows((c.passage, c.article, c.side, c.paragraph, "; ".join(c.shared_with)) for c in self.copies)

    def mark(self, table: pa.Table) -> pa.Table:
        """A result table of paragraph or sentence level with a column ``shared_with``: a list of sides, often empty."""
        places = zip(table["id"].to_pylist(), table["paragraph"].to_pylist(), strict=True)
        found = (self.by_place.get(place) for place in places)
        values = [list(copy.shared_with) if copy else [] for copy in found]
        return table.append_column("shared_with", pa.array(values, pa.list_(pa.string())))


def find_reprints(passages: Iterable[Passage]) -> Reprints:
    """Finds the paragraphs that sides share.

    Args:
        passages: read once, one after another; an article's name and a paragraph's number make a place.
    """
    places, signatures = _read(passages)
    sides = np.array([side for _, side, _ in places])
    counts = dict(zip(*(found.tolist() for found in np.unique(sides, return_counts=True)), strict=True))
    groups = _groups(signatures) if len(places) else np.zeros(0, dtype=np.int64)
    copies = tuple(_copies(places, groups))
    return Reprints(copies, counts)


def _read(passages: Iterable[Passage]) -> tuple[list[tuple[str, str, int]], NDArray[np.uint32]]:
    from datasketch import MinHash

    hashes = MinHash(num_perm=N_HASHES, hashfunc=int)
    places: list[tuple[str, str, int]] = []
    signatures = array("I")
    for passage in passages:
        found = words(passage.text)
        if len(found) < MIN_WORDS:
            continue
        hashes.clear()
        hashes.update_batch(list(_runs(found)))
        signatures.frombytes(hashes.hashvalues.tobytes())
        places.append((passage.article, passage.side, passage.paragraph))
    return places, np.frombuffer(signatures, dtype=np.uint32).reshape(-1, N_HASHES)


def _runs(found: list[str]) -> set[int]:
    return {zlib.crc32(" ".join(found[i : i + RUN]).encode("utf-8", "replace")) for i in range(len(found) - RUN + 1)}


def _groups(signatures: NDArray[np.uint32]) -> NDArray[np.int64]:
    """[paragraphs] The number of the group of near-duplicates that each belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = [_edges(signatures, band) for band in range(N_BANDS)]
    one, two = (np.concatenate(ends) for ends in zip(*edges, strict=True))
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, two)), shape=(len(signatures), len(signatures)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _edges(signatures: NDArray[np.uint32], band: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Near pairs among the paragraphs that agree in one band: each with the one before it and with the first."""
    rows = N_HASHES // N_BANDS
    keys = signatures[:, band * rows : (band + 1) * rows]
    order = np.lexsort(keys.T)
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    first = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    inside = np.flatnonzero(~starts)
    candidates = np.concatenate([np.c_[order[inside], order[inside - 1]], np.c_[order[inside], first[inside]]])
    near = np.concatenate(
        [np.zeros(0, dtype=bool), *(_overlap(signatures, pairs) >= MIN_OVERLAP for pairs in _blocks(candidates))]
    )
    return candidates[near, 0], candidates[near, 1]


def _blocks(pairs: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (pairs[at : at + _BLOCK] for at in range(0, len(pairs), _BLOCK))


def _overlap(signatures: NDArray[np.uint32], pairs: NDArray[np.int64]) -> Any:
    """[pairs] Share of hashes that agree, which estimates the Jaccard overlap."""
    return (signatures[pairs[:, 0]] == signatures[pairs[:, 1]]).mean(axis=1)


def _copies(places: list[tuple[str, str, int]], groups: NDArray[np.int64]) -> Iterator[Copy]:
    repeated = np.bincount(groups, minlength=1) > 1
    members: dict[int, list[int]] = {}
    for index in np.flatnonzero(repeated[groups]).tolist():
        members.setdefault(int(groups[index]), []).append(index)
    shared = [found for found in members.values() if len({places[i][1] for i in found}) > 1]
    number_of = {index: number for number, found in enumerate(shared, start=1) for index in found}
    sides = [sorted({places[i][1] for i in found}) for found in shared]
    for index in sorted(number_of):
        article, side, paragraph = places[index]
        number = number_of[index]
        others = tuple(name for name in sides[number - 1] if name != side)
        yield Copy(number, article, side, paragraph, others)

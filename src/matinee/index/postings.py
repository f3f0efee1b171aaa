"""Posting lists in three flat arrays that can be memory-mapped, shared by the text indexes.

Term t owns ``rows[offsets[t]:offsets[t + 1]]`` and as many ``weights``. A term is found by binary
search in a sorted array of 64-bit hashes, so opening an index of any size costs nothing and takes
no memory; a collision among the terms of one index is ruled out when it is written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

_FILES = {"terms": "<u8", "offsets": "<i8", "rows": "<i4", "weights": "<f4"}


_HASHES = 16_384
"""Hashes kept, some 3 MB: a query has a hundred trigrams, and languages have few common ones."""


@lru_cache(_HASHES)
def term_hash(term: str) -> int:
    """Return the 64-bit hash a term is stored under."""
    digest = hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True, slots=True)
class Postings:
    """Posting lists.

    Attributes:
        terms: uint64 [v], hashes in ascending order.
        offsets: int64 [v + 1].
        rows: int32 [p], ascending within a term.
        weights: float32 [p], what a match of the term adds to the score of the row.
    """

    terms: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    @classmethod
    def from_lists(cls, lists: Mapping[str, tuple[Sequence[int], Sequence[float]]]) -> Postings:
        """Return the postings of ``{term: (rows, weights)}``, rows ascending.

        Raises:
            ValueError: two terms have the same hash (one chance in 10^8 at a million terms).
        """
        hashed = sorted((term_hash(term), term) for term in lists)
        hashes = np.array([h for h, _ in hashed], np.uint64)
        if len(hashes) > 1 and (hashes[1:] == hashes[:-1]).any():
            raise ValueError("two terms share a 64-bit hash")
        lengths = [len(lists[term][0]) for _, term in hashed]
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
        rows = np.empty(int(offsets[-1]), np.int32)
        weights = np.empty(int(offsets[-1]), np.float32)
        for (_, term), start, stop in zip(hashed, offsets[:-1], offsets[1:], strict=True):
            rows[start:stop], weights[start:stop] = lists[term]
        return cls(hashes, offsets, rows, weights)

    @classmethod
    def from_arrays(
        cls,
        terms: Sequence[str],
        ids: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int64],
        weights: npt.NDArray[np.floating],
    ) -> Postings:
        """Return the postings of parallel arrays [p], sorted by (id, row); ``terms[id]`` is meant.

        Raises:
            ValueError: two terms have the same hash (one chance in 10^8 at a million terms).
        """
        hashes = np.array([term_hash(term) for term in terms], np.uint64)
        order = np.argsort(hashes)
        hashes = hashes[order]
        if (hashes[1:] == hashes[:-1]).any():
            raise ValueError("two terms share a 64-bit hash")
        place = np.empty(len(terms), np.int64)
        place[order] = np.arange(len(terms))
        # A stable sort keeps the rows of a term in order.
        sorted_by_hash = np.argsort(place[ids], kind="stable")
        lengths = np.bincount(ids, minlength=len(terms))[order]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(
            hashes,
            offsets,
            rows[sorted_by_hash].astype(np.int32),
            weights[sorted_by_hash].astype(np.float32),
        )

    def find(self, term: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Return the (rows, weights) of a term, empty if it does not occur."""
        wanted = np.uint64(term_hash(term))
        at = int(np.searchsorted(self.terms, wanted))
        if at == len(self.terms) or self.terms[at] != wanted:
            return self.rows[:0], self.weights[:0]
        start, stop = int(self.offsets[at]), int(self.offsets[at + 1])
        return self.rows[start:stop], self.weights[start:stop]

    def add_to(self, scores: npt.NDArray[np.float32], terms: Mapping[str, float]) -> None:
        """Add to ``scores`` [n], in place, the weights of each term times its factor."""
        wanted = np.array([term_hash(term) for term in terms], np.uint64)
        # All terms in one step: a query has a hundred trigrams, and a call costs more than a list.
        places = np.searchsorted(self.terms, wanted)
        known = places < len(self.terms)
        known[known] = self.terms[places[known]] == wanted[known]
        if not known.any():
            return
        places = places[known]
        bounds = list(
            zip(self.offsets[places].tolist(), self.offsets[places + 1].tolist(), strict=True)
        )
        rows = np.concatenate([self.rows[start:stop] for start, stop in bounds])
        weights = np.concatenate([self.weights[start:stop] for start, stop in bounds])
        factors = np.fromiter(terms.values(), np.float32, len(terms))[known]
        if (factors != 1.0).any():
            weights *= np.repeat(factors, [stop - start for start, stop in bounds])
        # Term after term, as one at a time would, so that sums are the same to the last bit; three
        # times as fast as ``scores[rows] += weights``, which copies the scores twice.
        np.add.at(scores, rows, weights)

    def save(self, folder: Path) -> list[Path]:
        """Write the arrays into ``folder`` as .npy files and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{name}.npy" for name in _FILES]
        for name, path in zip(_FILES, paths, strict=True):
            np.save(path, getattr(self, name), allow_pickle=False)
        return paths

    @classmethod
    def open(cls, folder: Path) -> Postings:
        """Map the arrays of ``folder`` into memory.

        Raises:
            LibraryCorruptError: a file is missing or is not the array it should be.
        """
        terms, offsets, rows, weights = (
            load_array(folder / f"{name}.npy", dtype) for name, dtype in _FILES.items()
        )
        if (
            len(offsets) != len(terms) + 1
            or len(rows) != len(weights)
            or (int(offsets[0]), int(offsets[-1])) != (0, len(rows))
        ):
            raise LibraryCorruptError(
                "The posting lists of an index do not fit each other",
                where=str(folder),
                cure="Build the library again",
            )
        return cls(terms, offsets, rows, weights)


def top(scores: npt.NDArray[np.float32], k: int) -> Ranked:
    """Return the ``k`` best positive scores of ``scores`` [n]; equal scores by ascending row."""
    rows = np.flatnonzero(scores > 0)
    found = scores[rows]
    if len(rows) > k:
        # Everything above the k-th value, then the lowest rows among those equal to it: what is
        # returned for a smaller k is always the beginning of what is returned for a larger one.
        limit = np.partition(found, len(found) - k)[len(found) - k]
        above = rows[found > limit]
        rows = np.concatenate([above, rows[found == limit][: k - len(above)]])
        found = scores[rows]
    order = np.lexsort((rows, -found))
    return Ranked(rows[order].astype(np.int64), found[order])

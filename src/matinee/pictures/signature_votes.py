"""Which posters have points of a picture, in the places where a copy would have them.

A point is looked for among those of the posters with the same coarsest bits, and again with the
least sure of these turned over. What is found votes for a poster, a scale and a place of it in the
picture (the Hough transform of Lowe, 2004, section 7.3); where enough votes agree, the poster is
laid over the picture by least squares, turned and stretched as need be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from matinee.pictures.signature import POINTS, codes_of, places_of, sizes_of
from matinee.pictures.signature_fit import LEAST_PAIRS, Laid, Pairs, lay

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.pictures.signature_points import Points
    from matinee.types import Rows

KEY_BITS = 16
"""Coarsest bits of a code, by which points are ordered: 20 to each value with 30,000 posters."""
_UNSURE = 4
"""So many of these are also tried the other way round, in all combinations."""
_DISTANCE = 14
"""Bits of 64 that may differ; 89% of true pairs are as near, and one in 7,000 of the others."""
_CANDIDATES = 8
"""Posters that are laid over the picture; the right one is nearly always the first."""
_SCALES = (0.4, 2.8)
"""Pixels of the picture to one of the poster: what can be told lies between .55 and 2."""
_SCALE_BIN = 0.5
"""Octaves; the scale of one pair is good to a sixth."""
_PLACE_BIN = 0.2
"""Of the side of a poster."""


@dataclass(frozen=True, slots=True)
class PointTable:
    """All points of all signatures by the coarsest bits of their codes.

    Attributes:
        starts: int32 [2**KEY_BITS + 1], where in ``entries`` a key starts.
        entries: int32 [p], ``signature * POINTS + number`` of each point.
        codes: uint64 [p], its code: from the signatures it would be fetched line by line.
    """

    starts: npt.NDArray[np.int32]
    entries: npt.NDArray[np.int32]
    codes: npt.NDArray[np.uint64]

    @classmethod
    def build(cls, signatures: npt.NDArray[np.uint8]) -> PointTable:
        """Order the points of signatures [s, SIGNATURE_BYTES]."""
        there = np.arange(POINTS) < signatures[:, :1]
        codes = codes_of(signatures)[there]
        keys = _keys(codes)
        starts = np.zeros((1 << KEY_BITS) + 1, np.int32)
        starts[1:] = np.cumsum(np.bincount(keys, minlength=1 << KEY_BITS))
        order = np.argsort(keys, kind="stable")
        return cls(starts, np.flatnonzero(there)[order].astype(np.int32), codes[order])

    def candidates(self, points: Points, signatures: npt.NDArray[np.uint8]) -> list[Laid]:
        """Return the posters that may be in the picture, those with most votes first."""
        if not len(points) or not len(self.entries):
            return []
        pairs = self._pairs(points, signatures)
        if len(pairs.point) < LEAST_PAIRS:
            return []
        found = (
            lay(points, pairs, position, members) for position, members in _agreeing(points, pairs)
        )
        return [laid for laid in found if laid is not None]

    def _pairs(self, points: Points, signatures: npt.NDArray[np.uint8]) -> Pairs:
        unsure = np.argpartition(points.margins[:, :KEY_BITS], _UNSURE, axis=1)[:, :_UNSURE]
        # Different bits, so that their sum is their union.
        turned = (1 << unsure.astype(np.int64)) @ _subsets()
        keys = (_keys(points.codes)[:, None] ^ turned).ravel()
        begin = self.starts[keys].astype(np.int64)
        count = self.starts[keys + 1] - begin
        first = np.cumsum(count) - count
        at = np.arange(count.sum()) + np.repeat(begin - first, count)
        point = np.repeat(np.repeat(np.arange(len(points)), turned.shape[1]), count)
        near = _differing(self.codes[at], points.codes[point]) <= _DISTANCE
        point, entries = point[near], self.entries[at[near]].astype(np.int64)
        # Most posters have one such point, by chance.
        often = np.bincount(entries // POINTS) >= LEAST_PAIRS
        again = often[entries // POINTS]
        point, (position, number) = point[again], np.divmod(entries[again], POINTS)
        x, y, sigma = places_of(signatures, position, number)
        scale = (points.sigma[point] / sigma).astype(np.float64)
        apt = (scale > _SCALES[0]) & (scale < _SCALES[1])
        point, position, x, y, scale = point[apt], position[apt], x[apt], y[apt], scale[apt]
        return Pairs(point, position, x, y, *sizes_of(signatures, position), scale)


def _keys(codes: npt.NDArray[np.uint64]) -> Rows:
    return (codes & np.uint64((1 << KEY_BITS) - 1)).astype(np.int64)


@lru_cache(1)
def _subsets() -> Rows:
    """Return all subsets of the unsure bits, int64 [_UNSURE, 2**_UNSURE], of noughts and ones."""
    chosen = [c for n in range(_UNSURE + 1) for c in combinations(range(_UNSURE), n)]
    return np.array([[int(bit in c) for c in chosen] for bit in range(_UNSURE)], np.int64)


@lru_cache(1)
def _ones() -> npt.NDArray[np.uint8]:
    """Return the number of ones in each value of 16 bits; NumPy counts them from 2.0 on only."""
    bits = np.arange(1 << 16, dtype=np.uint32)
    return sum((bits >> shift & 1 for shift in range(16)), np.zeros_like(bits)).astype(np.uint8)


def _differing(
    some: npt.NDArray[np.uint64], others: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint8]:
    """Return how many bits of each pair differ, uint8 [m]."""
    if hasattr(np, "bitwise_count"):
        counted: npt.NDArray[np.uint8] = np.bitwise_count(some ^ others)
        return counted
    return _differing_by_table(some, others)


def _differing_by_table(
    some: npt.NDArray[np.uint64], others: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint8]:
    parts = _ones()[(some ^ others).view(np.uint16).reshape(-1, 4)]
    differing: npt.NDArray[np.uint8] = parts.sum(axis=1, dtype=np.uint8)
    return differing


def _agreeing(points: Points, pairs: Pairs) -> list[tuple[int, Rows]]:
    """Return signatures with enough votes for one scale and place, and the pairs that voted."""
    side = np.sqrt(pairs.width * pairs.height)
    middle_x = points.x[pairs.point] - pairs.scale * pairs.x * pairs.width
    middle_y = points.y[pairs.point] - pairs.scale * pairs.y * pairs.height
    lowest = np.floor(np.log2(pairs.scale) / _SCALE_BIN - 0.5)
    bins = []
    for size in (lowest, lowest + 1):
        # Bins overlap by half, so that a heap of votes is never split by their edges.
        step = _PLACE_BIN * side * np.exp2((size + 0.5) * _SCALE_BIN)
        left, upper = np.floor(middle_x / step - 0.5), np.floor(middle_y / step - 0.5)
        for column in (left, left + 1):
            for row in (upper, upper + 1):
                place = (size % 64 * 256 + column % 256) * 256 + row % 256
                bins.append(pairs.position * (1 << 22) + place.astype(np.int64))
    bin_of = np.stack(bins)
    names, numbers, votes = np.unique(bin_of, return_inverse=True, return_counts=True)
    numbers = numbers.reshape(bin_of.shape)
    enough = np.flatnonzero(votes >= LEAST_PAIRS)
    agreeing: dict[int, Rows] = {}
    for best in enough[np.argsort(-votes[enough], kind="stable")]:
        position = int(names[best] >> 22)
        if position not in agreeing:
            agreeing[position] = np.flatnonzero((numbers == best).any(axis=0))
            if len(agreeing) == _CANDIDATES:
                break
    return list(agreeing.items())

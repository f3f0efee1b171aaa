"""Finds the poster that a picture is a changed copy of.

Crops, other sizes and aspects, strong compression, other brightness, contrast and gamma, banners
and boxes over it, borders, and small turns: ``benchmarks/poster_signature.py`` has the figures.
Mirrored and upside-down copies are not recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError
from matinee.pictures.signature import POINTS, SIGNATURE_BYTES, thumbnail_of
from matinee.pictures.signature_check import similarity
from matinee.pictures.signature_points import find_points
from matinee.pictures.signature_scales import octaves, working_picture
from matinee.pictures.signature_votes import KEY_BITS, PointTable

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.pictures.signature_points import Points
    from matinee.pictures.signature_scales import Octave
    from matinee.types import Picture, Rows

SIGNATURES = "signatures.npy"
ROWS = "rows.npy"
STARTS = "point_starts.npy"
ENTRIES = "point_entries.npy"
CODES = "point_codes.npy"
LEAST_SIMILARITY = 0.66
"""A match has at least this: chosen on 400 posters (docs/decisions/0023-poster-signatures.md)."""
_QUERY_POINTS = 96
"""Twice those of a poster, for a banner has points of its own."""


@dataclass(frozen=True, slots=True)
class PosterMatch:
    """A poster that a picture is a copy of.

    Attributes:
        row: row of the catalogue.
        similarity: how well the two agree, ``LEAST_SIMILARITY`` to 1.
    """

    row: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a look-up needs of a picture: the shape of the working picture, octaves and points."""

    shape: tuple[int, int]
    pyramid: tuple[Octave, ...]
    points: Points


def look(picture: Picture) -> Look:
    """Return what a look-up needs of a picture; the greater part of its work."""
    luminance = working_picture(picture.pixels)
    pyramid = octaves(luminance)
    height, width = luminance.shape
    return Look((height, width), pyramid, find_points(pyramid, _QUERY_POINTS))


class SignatureIndex:
    """The signatures of the posters of a library; any number of threads may ask at once."""

    def __init__(self, signatures: npt.NDArray[np.uint8], rows: Rows, table: PointTable) -> None:
        self._signatures = signatures
        self._rows = rows
        self._table = table

    @classmethod
    def build(cls, signatures: npt.NDArray[np.uint8], rows: Rows) -> SignatureIndex:
        """Index signatures [s, SIGNATURE_BYTES], number i of the poster of ``rows[i]``.

        Raises:
            ValueError: the shapes do not fit.
        """
        signatures = np.ascontiguousarray(signatures, np.uint8).reshape(-1, SIGNATURE_BYTES)
        rows = np.asarray(rows, np.int64)
        if rows.shape != (len(signatures),):
            raise ValueError(f"{len(signatures)} signatures of rows of the shape {rows.shape}")
        return cls(signatures, rows, PointTable.build(signatures))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Rows:
        """Row of the catalogue of each signature, int64 [s]."""
        return self._rows

    def lookup(self, picture: Picture, k: int = 5) -> tuple[PosterMatch, ...]:
        """Return at most ``k`` posters that the picture is a copy of, best first; often none."""
        return self.match(look(picture), k)

    def match(self, look: Look, k: int = 5) -> tuple[PosterMatch, ...]:
        """Return what ``lookup`` does, for a picture that was looked at already."""
        matches = []
        for laid in self._table.candidates(look.points, self._signatures):
            thumbnail = thumbnail_of(self._signatures, laid.position)
            alike = similarity(thumbnail, laid.matrix, look.shape, look.pyramid)
            if alike >= LEAST_SIMILARITY:
                matches.append(PosterMatch(int(self._rows[laid.position]), alike))
        matches.sort(key=lambda match: (-match.similarity, match.row))
        return tuple(matches[: max(0, k)])

    def save(self, folder: Path) -> list[Path]:
        """Write the index into ``folder`` and return the files written."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, npt.NDArray[Any]] = {
            SIGNATURES: self._signatures,
            ROWS: self._rows,
            STARTS: self._table.starts,
            ENTRIES: self._table.entries,
            CODES: self._table.codes,
        }
        for name, array in arrays.items():
            np.save(folder / name, array, allow_pickle=False)
        return [folder / name for name in arrays]

    @classmethod
    def open(cls, folder: Path) -> SignatureIndex:
        """Map the index of ``folder`` into memory.

        Raises:
            LibraryCorruptError: a file is missing, damaged, or does not fit the others.
        """
        signatures = load_array(folder / SIGNATURES)
        rows = load_array(folder / ROWS, np.int64)
        starts = load_array(folder / STARTS, np.int32)
        entries = load_array(folder / ENTRIES, np.int32)
        codes = load_array(folder / CODES, np.uint64)
        count = len(rows)
        fits = {
            SIGNATURES: signatures.dtype == np.uint8
            and signatures.shape == (count, SIGNATURE_BYTES)
            and bool((signatures[:, 0] <= POINTS).all()),
            STARTS: len(starts) == (1 << KEY_BITS) + 1
            and starts[0] == 0
            and starts[-1] == len(entries)
            and bool((np.diff(starts) >= 0).all()),
            ENTRIES: not len(entries) or 0 <= entries.min() <= entries.max() < count * POINTS,
            CODES: len(codes) == len(entries),
        }
        for name, fitting in fits.items():
            if not fitting:
                raise LibraryCorruptError(
                    "The signatures of the posters do not fit together",
                    where=str(folder / name),
                    cure="Build the library again, or restore the folder from a copy",
                )
        return cls(signatures, rows, PointTable(starts, entries, codes))

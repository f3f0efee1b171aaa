"""Vectors of posters, and of texts in their space: what is near a picture, and by how much.

In the space of CLIP all pictures are somewhat alike (cosines of .5 to .9 between any two), and no
text is much like any picture (.2 to .35): the two kinds lie apart (Liang et al., "Mind the gap",
NeurIPS 2022). A cosine therefore says little by itself. What is told here is how much nearer a
title is than the average one of its kind,

    score = max(0, cos(q, v) - mean over all u of cos(q, u)) = max(0, q.v - q.m),

m being the mean of the vectors, so that it costs one dot product more. Lists of both kinds can then
be put side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError
from matinee.index.dense import DenseConfig, DenseIndex
from matinee.types import Ranked

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from matinee.types import Matrix, PictureEncoderSpec, Rows, Vector

POSTERS = "posters"
TEXTS = "texts"
_EXACT = DenseConfig(graph_above=1 << 62)
"""A scan at any size: what a picture is most like must not be missed, and 100,000 take 10 ms."""


@dataclass(frozen=True, slots=True)
class _Vectors:
    """Vectors of some rows of the catalogue.

    Attributes:
        half: float16 [p, d], as stored.
        rows: int64 [p], ascending.
        mean: float32 [d], of the vectors.
        nearest: finds positions among them.
    """

    half: npt.NDArray[np.float16]
    rows: Rows
    mean: Vector
    nearest: DenseIndex

    def search(self, vector: Vector, k: int, allowed: npt.NDArray[np.bool_] | None) -> Ranked:
        within = None if allowed is None else allowed[self.rows]
        found = self.nearest.search(vector, k, allowed=within)
        above = np.maximum(found.scores - np.float32(vector @ self.mean), 0)
        return Ranked(self.rows[found.rows], above.astype(np.float32))

    def save(self, folder: Path, name: str) -> list[Path]:
        (folder / name).mkdir()
        array, rows = folder / f"{name}.f16.npy", folder / f"{name}.rows.npy"
        np.save(array, self.half, allow_pickle=False)
        np.save(rows, self.rows, allow_pickle=False)
        return [array, rows, *self.nearest.save(folder / name)]


class PictureIndex:
    """The vectors of a library's posters, and of its texts where the model reads text.

    Row numbers are those of the catalogue; a title without a poster has no vector of one.

    Make one with :meth:`build` or :meth:`open`.
    """

    def __init__(self, spec: PictureEncoderSpec, posters: _Vectors, texts: _Vectors | None) -> None:
        self.spec = spec
        self._posters = posters
        self._texts = texts

    @classmethod
    def build(
        cls,
        spec: PictureEncoderSpec,
        posters: npt.NDArray[np.floating],
        rows: Rows,
        texts: npt.NDArray[np.floating] | None = None,
        text_rows: Rows | None = None,
    ) -> PictureIndex:
        """Index unit vectors.

        Args:
            spec: of the encoder that made them.
            posters: [p, d].
            rows: int64 [p], ascending: the title that each poster is of.
            texts: [t, d]; None where there are none.
            text_rows: int64 [t], ascending: the title that each text is of; None where all titles
                have one.
        """
        made = None
        if texts is not None:
            made = _build(texts, np.arange(len(texts)) if text_rows is None else text_rows)
        return cls(spec, _build(posters, rows), made)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def rows(self) -> Rows:
        """Rows that have the vector of a poster, int64 [p], ascending."""
        return self._posters.rows

    @property
    def text_rows(self) -> Rows:
        """Rows that have the vector of a text, int64 [t], ascending."""
        return np.empty(0, np.int64) if self._texts is None else self._texts.rows

    def posters(
        self, vector: Vector, k: int, *, allowed: npt.NDArray[np.bool_] | None = None
    ) -> Ranked:
        """Return at most ``k`` titles whose posters are most like a picture or a text.

        Args:
            vector: unit vector, float32 [d].
            k: at most so many.
            allowed: bool [n], n titles in the catalogue; restricts the answer to these.

        Returns:
            Rows by descending cosine, and how much each cosine is above the mean of all posters,
            in [0, 2]; 0 where it is not.
        """
        return self._posters.search(vector, k, allowed)

    def texts(
        self, vector: Vector, k: int, *, allowed: npt.NDArray[np.bool_] | None = None
    ) -> Ranked | None:
        """Return at most ``k`` titles whose texts are most like a picture; see :meth:`posters`.

        None where there are no vectors of texts.
        """
        return None if self._texts is None else self._texts.search(vector, k, allowed)

    def poster_vectors(self, rows: Rows) -> tuple[Rows, Matrix]:
        """Return which of ``rows`` have the vector of a poster, in their order, and the vectors.

        Returns:
            int64 [h], and float32 [h, d].
        """
        rows = np.asarray(rows, np.int64)
        places = np.searchsorted(self.rows, rows)
        there = places < len(self.rows)
        there[there] = self.rows[places[there]] == rows[there]
        return rows[there], self._posters.half[places[there]].astype(np.float32)

    def save(self, folder: Path) -> list[Path]:
        """Write the index into a folder that is there, and return the files written."""
        files = self._posters.save(folder, POSTERS)
        return files + ([] if self._texts is None else self._texts.save(folder, TEXTS))

    @classmethod
    def open(cls, folder: Path, spec: PictureEncoderSpec, titles: int) -> PictureIndex:
        """Map the index of ``folder`` into memory.

        Args:
            folder: as :meth:`save` wrote it.
            spec: of the encoder that made the vectors.
            titles: n, titles in the catalogue.

        Raises:
            LibraryCorruptError: a file is missing or damaged, or does not fit the others.
        """
        texts = None
        if (folder / f"{TEXTS}.rows.npy").exists():
            texts = _open(folder, TEXTS, spec.dimension, titles)
        return cls(spec, _open(folder, POSTERS, spec.dimension, titles), texts)


def _build(vectors: npt.NDArray[np.floating], rows: Rows) -> _Vectors:
    half = np.ascontiguousarray(vectors, np.float16)
    rows = np.ascontiguousarray(rows, np.int64)
    if len(half) != len(rows) or (len(rows) and (rows[0] < 0 or (np.diff(rows) <= 0).any())):
        raise ValueError("the rows do not ascend, or are not as many as the vectors")
    return _Vectors(half, rows, _mean(half), DenseIndex.build(half, _EXACT))


def _open(folder: Path, name: str, dimension: int, titles: int) -> _Vectors:
    array = folder / f"{name}.f16.npy"
    half, rows = load_array(array), load_array(folder / f"{name}.rows.npy", np.int64)
    nearest = DenseIndex.open(folder / name, _EXACT)
    fits = half.dtype == np.float16 and half.shape == (len(rows), dimension)
    fits = fits and len(nearest) == len(rows)
    if len(rows):
        fits = fits and rows[0] >= 0 and rows[-1] < titles and bool((np.diff(rows) > 0).all())
    if not fits:
        raise LibraryCorruptError(
            f"The vectors of the {name} do not fit their rows, their index or the catalogue: "
            f"{half.shape}, {len(rows)}, {len(nearest)} of {titles}",
            where=str(array),
            cure="Build the library again, or restore the folder from a copy",
        )
    return _Vectors(half, rows, _mean(half), nearest)


def _mean(half: npt.NDArray[np.float16]) -> Vector:
    if not len(half):
        return np.zeros(half.shape[1], np.float32)
    return np.asarray(half.mean(axis=0, dtype=np.float32), np.float32)

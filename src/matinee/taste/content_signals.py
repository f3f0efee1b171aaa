"""What titles have in common with a taste: story, people, genres and era, each as vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.interaction import ItemFeatures
    from matinee.types import Rows

SIGNALS = ("story", "people", "genre", "era")
"""Kinds of evidence, in the order in which weights are kept."""

_CAST = 0.6
"""What an actor counts beside a director, whose hand shows in more of a film."""
_ERA_CENTRES = np.arange(1890, 2041, 3)
_ERA_WIDTH = 3.0
"""Years: titles three years apart are 3/4 as close as two of one year, nine years apart 1/10."""
_RARE_GENRE = 1e-3
"""Added to the variance of a genre, so that one nobody has is not divided by 0."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of evidence: titles as vectors whose dot product is their likeness.

    Attributes:
        rows: float32 [n, d], dense or sparse by row; a row of zeros where nothing is known.
        power: the sum over a history of weight W is divided by ``(W + shrink) ** power``.
    """

    rows: Any
    power: float

    def tastes(self, weights: sparse.csr_matrix) -> Any:
        """Return the sum of the rows by the weights [b, n], float32 [b, d]."""
        return weights @ self.rows

    def likeness(self, tastes: Any, items: Rows | None) -> npt.NDArray[np.float32]:
        """Return the dot product of tastes [b, d] with all titles or some, float32 [b, m]."""
        rows = self.rows if items is None else self.rows[items]
        if not sparse.issparse(rows):
            product: npt.NDArray[np.float32] = tastes @ rows.T
            return product
        # Of one person a dense taste is many times faster than a product of sparse matrices.
        found = np.empty((tastes.shape[0], rows.shape[0]), np.float32)
        for person in range(len(found)):
            found[person] = rows @ tastes[person].toarray().ravel()
        return found

    def taste(self, items: Rows, weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the sum of the rows of ``items`` [h] by the weights [h], float32 [d].

        What :meth:`tastes` does for a batch, without making sparse matrices for one person, which
        takes longer than all the rest.
        """
        found: npt.NDArray[np.float32] = self.rows[items].T @ weights
        return found

    def near(self, taste: npt.NDArray[np.float32], items: Rows | None) -> npt.NDArray[np.float32]:
        """Return the dot product of a taste [d] with all titles or some, float32 [m]."""
        found: npt.NDArray[np.float32] = (self.rows if items is None else self.rows[items]) @ taste
        return found

    def between(self, some: Rows, others: Rows) -> npt.NDArray[np.float32]:
        """Return the dot products of titles [h] with others [m], float32 [h, m]."""
        product = self.rows[some] @ self.rows[others].T
        found: npt.NDArray[np.float32] = product.toarray() if sparse.issparse(product) else product
        return found

    def pairs(
        self, tastes: Any, owners: npt.NDArray[np.int64], items: Rows
    ) -> npt.NDArray[np.float32]:
        """Return the dot product of taste ``owners[i]`` with title ``items[i]``, float32 [p]."""
        if sparse.issparse(self.rows):
            product = tastes[owners].multiply(self.rows[items]).sum(axis=1)
            return np.asarray(product, np.float32).ravel()
        found: npt.NDArray[np.float32] = np.einsum("pd,pd->p", tastes[owners], self.rows[items])
        return found


def signals_of(features: ItemFeatures) -> dict[str, Signal]:
    """Return the signals that the features of titles give, by name."""
    found: dict[str, Signal] = {}
    if features.vectors is not None and features.vectors.any():
        found["story"] = Signal(_stories(features.vectors), 1.0)
    if features.people is not None and any(map(len, features.people)):
        found["people"] = Signal(_people(features.people), 0.5)
    if features.genres.any():
        found["genre"] = Signal(_genres(features.genres), 1.0)
    if not np.isnan(features.years).all():
        found["era"] = Signal(_eras(features.years), 1.0)
    return found


def _stories(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return unit vectors around the mean: what all overviews share tells of no taste."""
    known: npt.NDArray[np.bool_] = np.asarray(vectors.any(axis=1))
    centred = np.where(known[:, None], vectors - vectors[known].mean(axis=0), np.float32(0))
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    # Rounded here and not when saved: what is opened again must rank the same.
    rounded: npt.NDArray[np.float32] = unit.astype(np.float16).astype(np.float32)
    return rounded


def _people(people: Sequence[Sequence[int]]) -> sparse.csr_matrix:
    """Return who made a title; two titles share the sum of ``role * role * idf`` of the people.

    Numbers are mapped to columns; somebody of one title only is left out.
    """
    counts = np.array([len(row) for row in people], np.int64)
    owners = np.repeat(np.arange(len(people)), counts)
    flat = np.fromiter((person for row in people for person in row), np.int64, counts.sum())
    first = np.zeros(len(flat), np.bool_)
    first[(np.cumsum(counts) - counts)[counts > 0]] = True
    _, columns, titles = np.unique(flat, return_inverse=True, return_counts=True)
    shared = titles[columns] > 1
    idf = np.log(len(people) / titles[columns]) / np.log(max(len(people), 2))
    values = np.where(first, 1.0, _CAST) * np.sqrt(np.maximum(idf, 0.0))
    place = np.cumsum(titles > 1) - 1
    width = int((titles > 1).sum())
    where = (owners[shared], place[columns[shared]])
    return sparse.csr_matrix((values[shared], where), (len(people), width), dtype=np.float32)


def _genres(genres: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return genres as ``(g - q) / sqrt(q (1 - q))``, q the share of the catalogue that has one.

    The product of two is, to the first order, the log-odds that one profile gives the other
    against the catalogue: ``sum log(p / q) g + log((1 - p) / (1 - q)) (1 - g)`` at p near q.
    """
    known: npt.NDArray[np.bool_] = np.asarray(genres.any(axis=1))
    share = genres[known].mean(axis=0)
    scaled = (genres - share) / np.sqrt(share * (1 - share) + _RARE_GENRE)
    return np.where(known[:, None], scaled, 0.0).astype(np.float32)


def _eras(years: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return years as bumps on a grid, around their mean; near years share bumps."""
    known = ~np.isnan(years)
    gaps = (np.where(known, years, 0.0)[:, None] - _ERA_CENTRES) / _ERA_WIDTH
    bumps = np.where(known[:, None], np.exp(-0.5 * gaps**2), 0.0)
    centred = bumps - bumps[known].mean(axis=0)
    return np.where(known[:, None], centred, 0.0).astype(np.float32)

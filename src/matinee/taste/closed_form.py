"""The linear algebra of autoencoders over titles: X'X, its inverse, and the weights, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

_BLOCK = 1024
"""Rows of a square matrix worked at together."""
_STAGE = "weights between titles"


def peak_bytes(titles: int, entries: int) -> int:
    """Return the most bytes that learning needs.

    A float32 and a float16 square, blocks of rows, and five copies of the sparse matrix of
    ``entries`` on its way.
    """
    return 6 * titles**2 + 24 * _BLOCK * titles + 40 * entries


def gram(parts: Sequence[Any]) -> npt.NDArray[np.float32]:
    """Return the sum of X'X over SciPy matrices X [r, k], float32 [k, k]; its lower triangle only.

    Sparse products, some columns at a time: for people with a hundred titles among thousands they
    are quicker than dense ones, and no second square is needed.
    """
    columns = [part.tocsc() for part in parts]
    size = columns[0].shape[1]
    found = np.zeros((size, size), np.float32, order="F")
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        for part in columns:
            found[start:stop, :stop] += (part[:, start:stop].T @ part[:, :stop]).toarray()
    return found


def weights(
    matrix: npt.NDArray[np.float32],
    ridge: npt.NDArray[np.float32],
    relaxation: float,
    progress: Callable[[str, int, int], None] | None = None,
) -> npt.NDArray[np.float16]:
    """Return B of :mod:`matinee.taste.ease`, float16 [k, k].

    Args:
        matrix: X'X with ``ridge`` added to its diagonal, in Fortran order, of which the lower
            triangle is read; it is overwritten.
        ridge: r, float32 [k].
        relaxation: largest number allowed on the diagonal of B.
        progress: is called with a stage, the steps done and their total.

    Raises:
        InputError: float32 is not enough for so small a ridge.

    Two titles, three people: the first saw both, the others one each.

    >>> x = np.array([[1, 1], [1, 0], [0, 1]], np.float32)
    >>> ridge = np.ones(2, np.float32)
    >>> b = weights(np.asfortranarray(x.T @ x + np.diag(ridge)), ridge, 0.0)
    >>> [[round(float(w), 3) for w in row] for row in b]
    [[0.0, 0.333], [0.333, 0.0]]
    """
    from scipy.linalg import lapack

    size = len(ridge)
    if progress is not None:
        progress(_STAGE, 0, size)
    factor, failed = lapack.spotrf(matrix, lower=1, overwrite_a=1)
    inverse, failed = (factor, failed) if failed else lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise InputError(
            "The weights between titles cannot be computed in single precision",
            where=f"the smallest penalty is {float(ridge.min()):g}",
            cure="Take a larger ridge",
        )
    own = inverse.diagonal().copy()
    scale = np.where(1 - ridge * own <= relaxation, ridge, (1 - relaxation) / own)
    half = np.empty((size, size), np.float16)
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        # Only the lower triangle is filled; what lies right of it stands mirrored below.
        rows = np.tril(inverse[start:stop], start)
        rows[:, start:] += np.triu(inverse[start:, start:stop].T, 1)
        rows *= -scale
        rows[np.arange(stop - start), np.arange(start, stop)] += 1
        half[start:stop] = rows
        if progress is not None:
            progress(_STAGE, stop, size)
    if relaxation == 0:
        np.fill_diagonal(half, 0)
    return half

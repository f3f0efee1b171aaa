"""The weights of somebody a factorisation machine never saw, from their own ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.types import Rows

    Floats = npt.NDArray[np.floating[Any]]

_EDGE = 0.5
"""How far beyond the outermost cut the middle of the first and last level is put."""

_LEAST = 1e-6
"""Variance below which a weight is the same for everybody."""


def folded_in(
    rests: Floats, vectors: Floats, starts: Rows, ends: Rows, prior: Floats, noise: float
) -> npt.NDArray[np.float64]:
    """Return how the weights of people differ from the mean person's, float64 [m, 1 + rank].

    With the rest of the machine fixed a rating is linear in the person's weights: ``rest = d_0 +
    <d, vector> + noise``. So under the prior ``d ~ N(0, diag(prior))`` the posterior mean is a
    ridge regression: ``(X'X / noise + 1 / prior)^-1 X' rest / noise`` with ``X = [1, vector]``.
    Nobody without ratings differs from the mean person.

    Args:
        rests: float [n], what the mean person's weights leave of each rating.
        vectors: float [n, rank], sum of the vectors of all that is told of a rating but the person.
        starts: int64 [m], first rating of each person or moment.
        ends: int64 [m], one past the last.
        prior: float [1 + rank], variance of people's weights.
        noise: variance of a rating.

    >>> d = folded_in(np.array([1.0, 1.0]), np.zeros((2, 1)), np.array([0, 0]), np.array([0, 2]),
    ...               np.array([0.5, 0.5]), 1.0)
    >>> d.tolist()  # nothing, and 2 / (2 + 1 / .5)
    [[0.0, 0.0], [0.5, 0.0]]
    """
    rows = np.column_stack([np.ones(len(vectors)), vectors]).astype(np.float64)
    products = np.cumsum(rows[:, :, None] * rows[:, None, :], axis=0)
    totals = np.cumsum(rows * rests[:, None], axis=0)
    products = np.concatenate([np.zeros_like(products, shape=(1, *products.shape[1:])), products])
    totals = np.concatenate([np.zeros((1, rows.shape[1])), totals])
    gram = (products[ends] - products[starts]) / noise
    gram += np.diag(1 / np.maximum(prior, _LEAST))
    found = np.linalg.solve(gram, (totals[ends] - totals[starts])[:, :, None] / noise)
    return np.asarray(found[:, :, 0])


def level_middles(cuts: Floats) -> npt.NDArray[np.float64]:
    """Return the score in the middle of each level, float64 [l], given cuts [l - 1]."""
    ends = np.concatenate(([cuts[0] - 2 * _EDGE], cuts, [cuts[-1] + 2 * _EDGE]))
    return np.asarray((ends[1:] + ends[:-1]) / 2, np.float64)

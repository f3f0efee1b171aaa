"""Maximal marginal relevance: results that fit and differ from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.types import Matrix


def maximal_marginal_relevance(
    relevance: npt.NDArray[np.float32], vectors: Matrix, k: int, *, trade: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Pick ``k`` of m candidates one by one, each the best by relevance and by difference.

    ``value(d) = trade * rel(d) + (1 - trade) * (1 - max_{s picked} cos(d, s))``, negative cosines
    counted as 0, so that values lie in [0, 1]. Values of successive picks never rise: what is
    picked only takes from the rest.

    Source: Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking", SIGIR 1998.

    Args:
        relevance: float32 [m] in [0, 1].
        vectors: float32 [m, d], unit vectors.
        k: how many, at most m are returned.
        trade: lambda of the paper; 1 is relevance alone.

    Returns:
        Positions of the picks, int64 [k], and their values, float32 [k].

    >>> same = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    >>> picks, values = maximal_marginal_relevance(
    ...     np.array([1, .9, .5], np.float32), same, 3, trade=.5)
    >>> picks.tolist(), [round(v, 2) for v in values.tolist()]
    ([0, 2, 1], [1.0, 0.75, 0.45])
    """
    left = np.ones(len(relevance), np.bool_)
    nearest = np.zeros(len(relevance), np.float32)
    picks: list[int] = []
    values: list[float] = []
    for _ in range(min(k, len(relevance))):
        value = trade * relevance + (1.0 - trade) * (1.0 - nearest)
        pick = int(np.argmax(np.where(left, value, -1.0)))
        picks.append(pick)
        values.append(float(value[pick]))
        left[pick] = False
        # Rounding may take a cosine of equal vectors a hair above 1.
        nearest = np.maximum(nearest, np.clip(vectors @ vectors[pick], 0.0, 1.0))
    return np.array(picks, np.int64), np.array(values, np.float32)

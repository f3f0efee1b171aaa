"""Metrics of top-N lists, person by person; all lie in [0, 1], higher is better.

A list is a row of item positions, best first; places that could not be filled hold -1. What is
right for a person is a slice of a flat array, see :class:`matinee.evaluate.splits.Lists`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.evaluate.splits import Lists

    Top = npt.NDArray[np.int64]
    """Item positions, int64 [b, k], -1 where a list has ended."""
    Values = npt.NDArray[np.float64]
    """One value a person, float64 [b]."""

EMPTY = -1
_TIES = 20_260_101
"""Seed of the order of titles that a model scores alike."""


def best(scores: npt.NDArray[np.float32], k: int, allowed: npt.NDArray[np.bool_]) -> Top:
    """Return the ``k`` best allowed items of each row; equal ones in an order drawn once.

    By position they would stand as in the file, which often begins with what is known best: a
    model that says nothing would then seem to know something.

    Args:
        scores: float32 [b, n].
        k: length of the lists.
        allowed: bool [b, n] or [n].

    >>> scores = np.array([[0.2, 0.9, 0.5]], np.float32)
    >>> best(scores, 3, np.array([True, False, True])).tolist()
    [[2, 0, -1]]
    """
    drawn = np.random.default_rng(_TIES).permutation(scores.shape[1])
    masked = np.where(allowed, scores, -np.inf).astype(np.float64)[:, drawn]
    n = masked.shape[1]
    taken = min(k, n)
    if taken < n:
        # Everything that reaches the k-th best score is kept, so that ties are cut as drawn.
        bar = np.partition(masked, n - taken, axis=1)[:, n - taken]
        masked[masked < bar[:, None]] = -np.inf
    lists = np.full((len(masked), k), EMPTY, np.int64)
    for row, values in enumerate(masked):
        found = np.flatnonzero(values > -np.inf)
        order = found[np.argsort(-values[found], kind="stable")][:taken]
        lists[row, : len(order)] = drawn[order]
    return lists


def hits(lists: Top, targets: Lists, n_items: int) -> npt.NDArray[np.bool_]:
    """Return which places hold a right title, bool [b, k]."""
    wanted = np.unique(targets.owners * n_items + targets.items)
    asked = np.arange(len(lists))[:, None] * n_items + lists
    place = np.searchsorted(wanted, asked).clip(max=max(len(wanted) - 1, 0))
    found = wanted[place] == asked if len(wanted) else np.zeros(lists.shape, np.bool_)
    return np.asarray(found & (lists != EMPTY), np.bool_)


def recall(found: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64], k: int) -> Values:
    """Return the share of the right titles among the first ``k``.

    Of more than ``k`` right titles only ``k`` can be there, so the number found is divided by the
    smaller of both, as Liang and others have it ("Variational autoencoders for collaborative
    filtering", 2018).

    Args:
        found: bool [b, at least k], from :func:`hits`.
        counts: int64 [b], right titles of each person.
        k: places looked at.

    >>> recall(np.array([[True, False]]), np.array([3]), 2).tolist()
    [0.5]
    """
    got = found[:, :k].sum(axis=1)
    return np.asarray(got / np.minimum(np.maximum(counts, 1), k), np.float64)


def precision(found: npt.NDArray[np.bool_], k: int) -> Values:
    """Return the share of the first ``k`` places that hold a right title.

    >>> precision(np.array([[True, False]]), 2).tolist()
    [0.5]
    """
    return np.asarray(found[:, :k].sum(axis=1) / k, np.float64)


def ndcg(found: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64], k: int) -> Values:
    """Return the normalised discounted cumulative gain of the first ``k`` places.

    A hit at place i, from 1, is worth ``1 / log2(i + 1)``; the ideal has ``min(k, counts)`` hits at
    the top.

    Source: Jarvelin and Kekalainen, "Cumulated gain-based evaluation of IR techniques", 2002.

    >>> [round(v, 4) for v in ndcg(np.array([[False, True]]), np.array([1]), 2).tolist()]
    [0.6309]
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    gains = found[:, :k] @ discounts[: found.shape[1]]
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(counts, k)]
    # Without anything right both are 0, and so is the quotient.
    return np.asarray(gains / np.maximum(ideal, discounts[-1]), np.float64)


def hit_rate(found: npt.NDArray[np.bool_], k: int) -> Values:
    """Return 1 where one of the first ``k`` places holds a right title, else 0.

    >>> hit_rate(np.array([[False, True], [False, False]]), 2).tolist()
    [1.0, 0.0]
    """
    return np.asarray(found[:, :k].any(axis=1), np.float64)


def reciprocal_rank(found: npt.NDArray[np.bool_]) -> Values:
    """Return 1 / the place of the first right title, 0 where there is none.

    >>> reciprocal_rank(np.array([[False, True]])).tolist()
    [0.5]
    """
    first = found.argmax(axis=1)
    return np.asarray(found.any(axis=1) / (first + 1), np.float64)


DEPTH = 100
"""Places of a list that are measured."""


def measure(lists: Top, targets: Lists, n_items: int) -> dict[str, Values]:
    """Return every metric of lists, by its name, one value a person, float64 [b] each."""
    found = hits(lists, targets, n_items)
    counts = targets.lengths
    values = {f"ndcg@{k}": ndcg(found, counts, k) for k in (10, 20, 100)}
    values |= {f"recall@{k}": recall(found, counts, k) for k in (10, 20, 50)}
    values |= {"precision@10": precision(found, 10), "hit_rate@10": hit_rate(found, 10)}
    return values | {"mrr": reciprocal_rank(found)}

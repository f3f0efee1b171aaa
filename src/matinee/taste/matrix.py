"""Interactions and histories as matrices: a row a person, a column a title, a weight each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.interaction import Action, Histories

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import Interactions
    from matinee.taste.preference import Preference

_SAID = (Action.RATING, Action.LIKE, Action.DISLIKE, Action.HIDE)
"""Actions that state an opinion; the others only let one be guessed."""


def entry_weights(of: Interactions | Histories, preference: Preference) -> npt.NDArray[np.float32]:
    """Return the weight of each interaction, float32 [e], no title counted twice for one person.

    Where a person did several things with one title, a stated opinion goes before what was merely
    seen, then the latest before the earlier ones, then the lower weight; the others weigh 0. The
    order of the rows plays no part.

    >>> from matinee.interaction import NO_TIME
    >>> from matinee.taste.preference import Preference
    >>> watched_then_disliked = Histories(
    ...     offsets=np.array([0, 2]), items=np.array([3, 3]), users=np.array([-1]),
    ...     actions=np.array([Action.RATING, Action.WATCH], np.int8),
    ...     values=np.array([1, np.nan], np.float32), times=np.full(2, NO_TIME))
    >>> [round(float(w), 2) for w in entry_weights(watched_then_disliked, Preference())]
    [-0.3, 0.0]
    """
    weights = preference.weights(of)
    if len(of.items) < 2:
        return weights
    owners = of.owners if isinstance(of, Histories) else of.users
    # A single number per pair is far quicker to look through than two columns.
    pairs = owners * (int(of.items.max()) + 1) + of.items
    ordered = np.sort(pairs)
    if (ordered[1:] != ordered[:-1]).all():
        return weights
    said = np.isin(of.actions, _SAID)
    order = np.lexsort((-weights, of.times, said, pairs))
    superseded = order[:-1][pairs[order[1:]] == pairs[order[:-1]]]
    weights[superseded] = 0
    return weights


def fitting_matrix(interactions: Interactions, preference: Preference, *, negative: bool) -> Any:
    """Return the weights as a SciPy CSR matrix, float32 [people, titles], without zeros.

    Args:
        interactions: what was done.
        preference: how it is weighed.
        negative: whether what speaks against titles is kept, below 0.

    Raises:
        InputError: no interaction speaks for a title.
    """
    from scipy.sparse import csr_matrix

    weights = entry_weights(interactions, preference)
    if not (weights > 0).any():
        raise nothing_wanted(interactions)
    kept = weights != 0 if negative else weights > 0
    matrix = csr_matrix(
        (weights[kept], (interactions.users[kept], interactions.items[kept])),
        shape=(len(interactions.user_ids), len(interactions.item_ids)),
        dtype=np.float32,
    )
    matrix.sort_indices()
    return matrix


def nothing_wanted(interactions: Interactions) -> InputError:
    """Return the error that no interaction speaks for a title."""
    return InputError(
        "No interaction speaks for a title",
        where=f"{len(interactions)} interactions",
        cure="Import ratings or watches, or lower the stars from which a rating counts",
    )


def even(matrix: Any, power: float) -> Any:
    """Scale the rows of people so that X'X counts a person with c entries by c ** -power.

    The sum of the weights of all entries stays, so that parameters keep their meaning. Without
    this the few who have seen everything say most of what goes with what.
    """
    from scipy.sparse import diags

    counts = np.diff(matrix.indptr)
    weights = np.maximum(counts, 1.0) ** -power
    weights *= counts.sum() / (weights @ counts)
    return (diags(np.sqrt(weights).astype(np.float32)) @ matrix).tocsr()


def rating_matrix(interactions: Interactions) -> Any:
    """Return the stars of ratings as a SciPy CSR matrix, float64 [people, titles].

    Of several ratings of one title by one person the latest counts, then the lower.

    Raises:
        InputError: there are no ratings with stars.
    """
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero((interactions.actions == Action.RATING) & ~np.isnan(interactions.values))
    if not len(rows):
        raise InputError(
            "There are no ratings with stars",
            where=f"{len(interactions)} interactions",
            cure="Import ratings, or use a model that learns from watches",
        )
    users, items = interactions.users[rows], interactions.items[rows]
    stars = interactions.values[rows].astype(np.float64)
    order = np.lexsort((-stars, interactions.times[rows], items, users))
    users, items, stars = users[order], items[order], stars[order]
    last = np.append((users[1:] != users[:-1]) | (items[1:] != items[:-1]), True)
    return csr_matrix(
        (stars[last], (users[last], items[last])),
        shape=(len(interactions.user_ids), len(interactions.item_ids)),
    )


def serving_matrix(
    offsets: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float32],
    width: int,
) -> Any:
    """Return the entries of histories as a SciPy CSR matrix, float32 [b, width].

    Args:
        offsets: int64 [b + 1], of the histories.
        columns: int64 [e], column of each entry.
        weights: float32 [e].
        width: number of columns.
    """
    from scipy.sparse import csr_matrix

    return csr_matrix((weights, columns, offsets), shape=(len(offsets) - 1, width))

"""Rows, people and titles chosen out of interactions: what every split is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.interaction import NO_TIME
from matinee.taste.preference import Preference

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.evaluate.splits import Held
    from matinee.interaction import Interactions
    from matinee.types import Rows

COLD_SHARE = 0.1
"""Of the titles or the people held out entirely."""


def require_times(interactions: Interactions, rows: Rows, name: str) -> None:
    """Refuse rows without a time.

    Raises:
        InputError: there is one.
    """
    lacking = int((interactions.times[rows] == NO_TIME).sum())
    if lacking:
        raise InputError(
            f"The protocol {name} needs the time of every interaction, and {lacking:,} have none",
            cure="Take random-no-time for ratings, strong or random for rankings",
        )


def last_of_all(interactions: Interactions, rows: Rows, share: float) -> npt.NDArray[np.bool_]:
    """Mark the last ``round(share)`` of rows by time, bool; ties by their order."""
    late = np.zeros(len(rows), np.bool_)
    order = np.argsort(interactions.times[rows], kind="stable")
    late[order[len(rows) - round(len(rows) * share) :]] = True
    return late


def last_of_each(interactions: Interactions, rows: Rows, share: float) -> npt.NDArray[np.bool_]:
    """Mark the last ``round(share)`` of each person's rows by time, bool; ties by their order."""
    order = np.lexsort((interactions.times[rows], interactions.users[rows]))
    users = interactions.users[rows][order]
    many = np.bincount(users, minlength=len(interactions.user_ids))
    first_late = many - np.rint(many * share).astype(np.int64)
    late = np.zeros(len(rows), np.bool_)
    late[order[place_within(users) >= first_late[users]]] = True
    return late


def place_within(owners: Rows) -> Rows:
    """Return how many entries of the same owner stand before each, entries grouped by owner.

    >>> place_within(np.array([4, 4, 4, 1, 1])).tolist()
    [0, 1, 2, 0, 1]
    """
    starts = np.concatenate(([True], owners[1:] != owners[:-1]))[: len(owners)]
    first = np.flatnonzero(starts)
    return np.arange(len(owners)) - np.repeat(first, np.diff(np.append(first, len(owners))))


def early_order(interactions: Interactions, rows: Rows, seed: int) -> Rows:
    """Return the order of rows by person, then time, then as given; drawn if a time is unknown."""
    times = interactions.times[rows]
    if (times == NO_TIME).any():
        times = np.random.default_rng(seed).permutation(len(rows))
    order: Rows = np.lexsort((times, interactions.users[rows]))
    return order


def held_out(total: int, seed: int) -> npt.NDArray[np.bool_]:
    """Mark ``permutation(total)[:round(total / 10)]``, at least one of two, bool [total]."""
    marked = np.zeros(total, np.bool_)
    many = min(max(1, round(total * COLD_SHARE)), total - 1)
    marked[np.random.default_rng(seed).permutation(total)[: max(many, 0)]] = True
    return marked


def positive_rows(interactions: Interactions, positive: float | None) -> Rows:
    """Return the rows that make a title relevant."""
    return np.flatnonzero(Preference(positive=positive).favours(interactions))


def once(interactions: Interactions, rows: Rows) -> Rows:
    """Return rows without those of a person and title that stand before, in order."""
    key = interactions.users[rows] * len(interactions.item_ids) + interactions.items[rows]
    order = np.argsort(key, kind="stable")
    fresh = np.concatenate(([True], key[order][1:] != key[order][:-1]))[: len(rows)]
    return rows[np.sort(order[fresh])]


def among(values: Rows, some: Rows) -> npt.NDArray[np.bool_]:
    """Mark the values that occur among some, bool; both at least 0."""
    marked = np.zeros(max(values.max(initial=-1), some.max(initial=-1)) + 1, np.bool_)
    marked[some] = True
    return marked[values]


def titles_of(interactions: Interactions, rows: Rows) -> npt.NDArray[np.bool_]:
    """Mark the titles that occur in some rows, bool [n]."""
    marked = np.zeros(len(interactions.item_ids), np.bool_)
    marked[interactions.items[rows]] = True
    return marked


def somebody(held: Held) -> Held:
    """Refuse a test of nobody.

    Raises:
        InputError: nobody can be asked.
    """
    if not len(held):
        raise InputError(
            "Nobody is left to ask: nobody has titles both to tell and to ask",
            cure="Take more interactions, or another protocol",
        )
    return held

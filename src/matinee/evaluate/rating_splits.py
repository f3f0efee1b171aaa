"""Splits of ratings: which are learnt from, which are to be predicted.

All are drawn from the rows that are ratings with stars, n of them in the order of the file, by
``numpy.random.default_rng(seed)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.evaluate.split_rows import (
    early_order,
    held_out,
    last_of_all,
    last_of_each,
    place_within,
    require_times,
)
from matinee.evaluate.splits import RatingSplit
from matinee.interaction import NO_TIME, Action

if TYPE_CHECKING:
    from matinee.interaction import Interactions
    from matinee.types import Rows

SHARE = 0.2
"""Of the ratings that are to be predicted."""
LARGE, LARGE_SHARE = 1_000_000, 0.1
"""From a million ratings a random split asks a tenth, as the literature of MovieLens 1M has it."""
FOLDED = 5
"""Ratings told of somebody new: what a first visit asks for."""


def random_split(
    interactions: Interactions,
    seed: int,
    *,
    name: str = "random",
    share: float | None = None,
    use_time: bool = True,
    causal: bool = False,
) -> RatingSplit:
    """Ask rows drawn from all: ``permutation(n)[:round(n * share)]``.

    Raises:
        InputError: there are no ratings, or the split is causal and a time is not known.
    """
    rated = rating_rows(interactions)
    if causal:
        require_times(interactions, rated, name)
    if share is None:
        share = LARGE_SHARE if len(rated) >= LARGE else SHARE
    drawn = np.random.default_rng(seed).permutation(len(rated))[: round(len(rated) * share)]
    timed = bool((interactions.times[rated] != NO_TIME).all())
    return RatingSplit(
        protocol=name,
        seed=seed,
        train_rows=np.delete(rated, drawn),
        test_rows=rated[drawn],
        use_time=use_time and timed,
        causal=causal,
    )


def user_temporal(interactions: Interactions, seed: int, *, share: float = SHARE) -> RatingSplit:
    """Ask the last of each person's m ratings by time: ``round(m * share)`` of them.

    Raises:
        InputError: a time is not known.
    """
    rated = rating_rows(interactions)
    require_times(interactions, rated, "user-temporal")
    late = last_of_each(interactions, rated, share)
    return RatingSplit(
        protocol="user-temporal",
        seed=seed,
        train_rows=rated[~late],
        test_rows=rated[late],
        use_time=True,
    )


def global_temporal(interactions: Interactions, seed: int, *, share: float = SHARE) -> RatingSplit:
    """Ask the last ``round(n * share)`` of all ratings by time.

    Raises:
        InputError: a time is not known.
    """
    rated = rating_rows(interactions)
    require_times(interactions, rated, "global-temporal")
    late = last_of_all(interactions, rated, share)
    return RatingSplit(
        protocol="global-temporal",
        seed=seed,
        train_rows=rated[~late],
        test_rows=rated[late],
        use_time=True,
    )


def cold_items(interactions: Interactions, seed: int) -> RatingSplit:
    """Ask every rating of a tenth of the titles.

    Raises:
        InputError: there are no ratings.
    """
    rated = rating_rows(interactions)
    cold = held_out(len(interactions.item_ids), seed)[interactions.items[rated]]
    return RatingSplit(
        protocol="cold-items",
        seed=seed,
        train_rows=rated[~cold],
        test_rows=rated[cold],
        use_time=bool((interactions.times[rated] != NO_TIME).all()),
    )


def cold_users(interactions: Interactions, seed: int, *, folded: int = FOLDED) -> RatingSplit:
    """Ask the ratings of a tenth of the people, but the first ones, which are told.

    First by time, by a drawn order where a time is not known. People with no more ratings than
    are told are in no part.

    Raises:
        InputError: there are no ratings.
    """
    rated = rating_rows(interactions)
    cold = held_out(len(interactions.user_ids), seed)[interactions.users[rated]]
    ordered = rated[cold][early_order(interactions, rated[cold], seed)]
    place = place_within(interactions.users[ordered])
    many = np.bincount(interactions.users[ordered], minlength=len(interactions.user_ids))
    enough = many[interactions.users[ordered]] > folded
    return RatingSplit(
        protocol="cold-users",
        seed=seed,
        train_rows=rated[~cold],
        test_rows=np.sort(ordered[enough & (place >= folded)]),
        use_time=bool((interactions.times[rated] != NO_TIME).all()),
        folded_rows=np.sort(ordered[enough & (place < folded)]),
        dropped=int((~enough).sum()),
    )


def rating_rows(interactions: Interactions) -> Rows:
    """Return the rows that are ratings with stars.

    Raises:
        InputError: there are none.
    """
    found = np.flatnonzero((interactions.actions == Action.RATING) & ~np.isnan(interactions.values))
    if not len(found):
        raise InputError("There are no ratings to split", cure="Give interactions with stars")
    return found

"""Splits for ranking: from whom is learnt, who is asked, and what would be right.

Everything random comes from one ``numpy.random.default_rng(seed)`` in the order told. Only titles
of train are ranked (but for cold titles); a target that is none of them is left out and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.evaluate.rating_splits import SHARE
from matinee.evaluate.split_rows import (
    among,
    held_out,
    last_of_all,
    last_of_each,
    place_within,
    positive_rows,
    require_times,
    somebody,
    titles_of,
)
from matinee.evaluate.splits import Held, RankingSplit, hold

if TYPE_CHECKING:
    from matinee.interaction import Interactions
    from matinee.types import Rows

POSITIVE = 4.0
"""Stars from which a title is relevant."""
RELEVANT = f"ratings of {POSITIVE:g} stars or more, likes, watches and rewatches"
_EVERY = "every rating, like, watch and rewatch"
_UNKNOWN = "targets not in train"
NOT_ASKED = "people with nothing told or no target"
_QUARTER, _TENTH = 0.25, 0.1


def ml100k_a(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask a quarter of each person's rows, ``round(m / 4)``; every rating is relevant.

    The people are those learnt from (weak generalisation). Each row draws a number; the lowest of
    a person are asked.
    """
    every = np.arange(len(interactions))
    draws = np.random.default_rng(seed).random(len(every))
    order = np.lexsort((draws, interactions.users))
    users = interactions.users[order]
    many = np.rint(np.bincount(users, minlength=len(interactions.user_ids)) * _QUARTER)
    asked = np.zeros(len(every), np.bool_)
    asked[order[place_within(users) < many[users]]] = True
    return _weak("ml100k-a", interactions, seed, every[~asked], every[asked], positive=None)


def ml100k_b(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask a tenth of all rows, ``permutation(n)[round(0.9 n):]``; every rating is relevant.

    The tenth before is for validation; its titles are not told with the test, nor ranked.
    """
    total = len(interactions)
    drawn = np.random.default_rng(seed).permutation(total)
    tested, validated = round(total * (1 - _TENTH)), round(total * (1 - 2 * _TENTH))
    return _weak(
        "ml100k-b",
        interactions,
        seed,
        np.sort(drawn[:validated]),
        np.sort(drawn[tested:]),
        positive=None,
        validation=np.sort(drawn[validated:tested]),
    )


def random_rows(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask a fifth of all rows, ``permutation(n)[:round(n / 5)]``, those that are positive."""
    total = len(interactions)
    asked = np.zeros(total, np.bool_)
    asked[np.random.default_rng(seed).permutation(total)[: round(total * SHARE)]] = True
    return _weak("random", interactions, seed, np.flatnonzero(~asked), np.flatnonzero(asked))


def user_temporal(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask the last fifth of each person's rows by time, those that are positive.

    Raises:
        InputError: a time is not known.
    """
    every = np.arange(len(interactions))
    require_times(interactions, every, "user-temporal")
    late = last_of_each(interactions, every, SHARE)
    return _weak("user-temporal", interactions, seed, every[~late], every[late])


def global_temporal(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask the last fifth of all rows by time, those that are positive, of people seen before.

    Raises:
        InputError: a time is not known.
    """
    every = np.arange(len(interactions))
    require_times(interactions, every, "global-temporal")
    late = last_of_all(interactions, every, SHARE)
    return _weak("global-temporal", interactions, seed, every[~late], every[late])


def cold_items(interactions: Interactions, seed: int) -> RankingSplit:
    """Ask for titles nobody has been seen with: a tenth of all, which alone are ranked."""
    cold = held_out(len(interactions.item_ids), seed)
    rows = cold[interactions.items]
    train_rows = np.flatnonzero(~rows)
    people = np.unique(interactions.users[train_rows])
    positive = positive_rows(interactions, POSITIVE)
    targets = positive[rows[positive]]
    test = hold(
        interactions, people, folded=train_rows, targets=targets, masked=targets[:0], known=True
    )
    return RankingSplit(
        protocol="cold-items",
        seed=seed,
        relevant=RELEVANT,
        positive=POSITIVE,
        train=interactions.take(train_rows),
        candidates=cold & titles_of(interactions, np.arange(len(interactions))),
        test=somebody(test),
        dropped={NOT_ASKED: len(np.unique(interactions.users)) - len(test)},
    )


def _weak(
    protocol: str,
    interactions: Interactions,
    seed: int,
    train_rows: Rows,
    test_rows: Rows,
    *,
    positive: float | None = POSITIVE,
    validation: Rows | None = None,
) -> RankingSplit:
    """Split rows; asked are people of train, who may be known."""
    people = np.unique(interactions.users[train_rows])
    relevant = positive_rows(interactions, positive)
    later = np.zeros(0, np.int64) if validation is None else validation

    def held(rows: Rows, masked: Rows) -> tuple[Held, int]:
        targets = rows[among(rows, relevant)]
        known = among(interactions.items[targets], interactions.items[train_rows])
        found = hold(
            interactions,
            people,
            folded=train_rows,
            targets=targets[known],
            masked=masked,
            known=True,
        )
        return found, int((~known).sum())

    test, unknown = held(test_rows, later)
    return RankingSplit(
        protocol=protocol,
        seed=seed,
        relevant=_EVERY if positive is None else RELEVANT,
        positive=positive,
        train=interactions.take(train_rows),
        candidates=titles_of(interactions, train_rows),
        test=somebody(test),
        validation=None if validation is None else held(validation, later[:0])[0],
        dropped={
            _UNKNOWN: unknown,
            NOT_ASKED: len(np.unique(interactions.users)) - len(test),
        },
    )

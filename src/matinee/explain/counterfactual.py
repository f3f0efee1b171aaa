"""What would be otherwise: the score and the place of a title had a title never been watched.

Nothing is estimated: the model scores the shortened histories, all in one batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.interaction import Histories

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.protocols import Recommender


@dataclass(frozen=True, slots=True)
class Standing:
    """How a title stands with one history.

    Attributes:
        score: what the model gives it.
        rank: its place from 1 among the titles allowed.
    """

    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """How a title stands with and without another title in the history.

    Attributes:
        without: position of the title left out, with all its entries.
        before: with the whole history.
        after: without the title, ranked among the same titles as before.
    """

    without: int
    before: Standing
    after: Standing


def without(
    recommender: Recommender,
    history: Histories,
    titles: Sequence[int],
    item: int,
    allowed: npt.NDArray[np.bool_] | None = None,
) -> tuple[Counterfactual, ...]:
    """Return what leaving out each of ``titles``, one at a time, does to ``item``.

    See :func:`standings` for the arguments and errors.
    """
    before, *after = standings(recommender, history, titles, item, allowed)
    return tuple(
        Counterfactual(int(title), before, standing)
        for title, standing in zip(titles, after, strict=True)
    )


def standings(
    recommender: Recommender,
    history: Histories,
    titles: Sequence[int],
    item: int,
    allowed: npt.NDArray[np.bool_] | None = None,
) -> tuple[Standing, ...]:
    """Return how ``item`` stands with the whole history, then without each of ``titles``.

    One call of the recommender, of as many histories as there are titles, and one more. The titles
    that ``item`` is ranked among stay the same: a title left out does not become one to recommend.

    Args:
        recommender: the model.
        history: of one person, a batch of one.
        titles: positions of titles of the history.
        item: position of the title in question; it is ranked even where it is not allowed.
        allowed: bool [n], titles that may be recommended; None for those not in the history.

    Raises:
        InputError: a title is not in the history, or a size does not fit.
    """
    _check(recommender, history, titles, item, allowed)
    if allowed is None:
        allowed = np.ones(len(recommender), np.bool_)
        allowed[history.items] = False
    scores = recommender.score(shortened(history, titles))
    return tuple(Standing(float(row[item]), rank_of(row, item, allowed)) for row in scores)


def shortened(history: Histories, titles: Sequence[int]) -> Histories:
    """Return a batch: the history as it is, then once without each of ``titles``.

    >>> one = Histories(
    ...     offsets=np.array([0, 3]), items=np.array([4, 5, 4]), actions=np.zeros(3, np.int8),
    ...     values=np.full(3, 5, np.float32), times=np.arange(3), users=np.array([-1]))
    >>> batch = shortened(one, [4])
    >>> [row.items.tolist() for row in batch]
    [[4, 5, 4], [5]]
    """
    kept = [np.arange(len(history.items))]
    kept += [np.flatnonzero(history.items != title) for title in titles]
    rows = np.concatenate(kept)
    return Histories(
        offsets=np.cumsum([0, *map(len, kept)]).astype(np.int64),
        items=history.items[rows],
        actions=history.actions[rows],
        values=history.values[rows],
        times=history.times[rows],
        users=np.repeat(history.users, len(kept)),
    )


def rank_of(scores: npt.NDArray[np.float32], item: int, allowed: npt.NDArray[np.bool_]) -> int:
    """Return the place of an item from 1, equal scores in the order of positions.

    >>> rank_of(np.array([.5, .9, .5], np.float32), 2, np.ones(3, bool))
    3
    """
    ahead = (scores > scores[item]) & allowed
    level = (scores[:item] == scores[item]) & allowed[:item]
    return 1 + int(ahead.sum()) + int(level.sum())


def _check(
    recommender: Recommender,
    history: Histories,
    titles: Sequence[int],
    item: int,
    allowed: npt.NDArray[np.bool_] | None,
) -> None:
    if len(history) != 1:
        raise InputError(
            "One person is explained at a time",
            where=f"{len(history)} histories",
            cure="Take one with Histories.one",
        )
    if not 0 <= item < len(recommender):
        raise InputError(
            "The recommender has no such title",
            where=f"position {item} of {len(recommender)}",
            cure="Positions count from 0",
        )
    if missing := sorted(set(titles) - set(history.items.tolist())):
        raise InputError(
            "A title that is not in the history cannot be left out",
            where=f"position {missing[0]}",
            cure="Name titles of the history",
        )
    if allowed is not None and allowed.shape != (len(recommender),):
        raise InputError(
            "The titles allowed do not fit the recommender",
            where=f"{allowed.shape} for {len(recommender)} titles",
            cure="Give one mark for each title",
        )

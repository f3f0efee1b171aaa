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
    return LeftOut(recommender, history).standings(titles, item, allowed)


class LeftOut:
    """Scores of all titles without each of some titles of a history, asked for once and kept.

    Explaining several titles to one person leaves mostly the same ones out, each time of the
    whole history: with 100 entries and ten titles that is a sixth of the work.

    Args:
        recommender: the model.
        history: of one person, a batch of one.
    """

    def __init__(self, recommender: Recommender, history: Histories) -> None:
        self.recommender = recommender
        self.history = history
        self._without: dict[int, npt.NDArray[np.float32]] = {}
        self._whole: npt.NDArray[np.float32] | None = None

    def scores(self, titles: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the scores with the whole history, then without each title, float32 [1 + t, n]."""
        missing = [title for title in dict.fromkeys(titles) if title not in self._without]
        if missing or self._whole is None:
            # The whole history comes first in the batch, and costs little beside the others.
            self._whole, *rows = self.recommender.score(shortened(self.history, missing))
            self._without.update(zip(missing, rows, strict=True))
        return np.stack([self._whole, *(self._without[title] for title in titles)])

    def standings(
        self,
        titles: Sequence[int],
        item: int,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> tuple[Standing, ...]:
        """Return how ``item`` stands with the whole history, then without each title.

        See :func:`standings` for the arguments and errors.
        """
        _check(self.recommender, self.history, titles, item, allowed)
        if allowed is None:
            allowed = np.ones(len(self.recommender), np.bool_)
            allowed[self.history.items] = False
        return tuple(
            Standing(float(row[item]), rank_of(row, item, allowed)) for row in self.scores(titles)
        )


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

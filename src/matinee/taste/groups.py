"""Titles for several people at once, with what each of them makes of each title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from matinee.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.protocols import Recommender

Strategy: TypeAlias = Literal["average", "least-misery", "fairness"]


@dataclass(frozen=True, slots=True)
class View:
    """What one member makes of a title.

    Attributes:
        rank: its place from 1 among the titles open to the group, by this member's taste alone.
        percentile: part of those titles that the member's taste ranks below it, from 0 to 100.
        because: position of the title of the member's history that speaks for it most; None where
            none does.
    """

    rank: int
    percentile: float
    because: int | None


@dataclass(frozen=True, slots=True)
class Pick:
    """A title for a group.

    Attributes:
        item: position of the title.
        value: what the strategy makes of it when it is picked, in [0, 1].
        views: of the members, in the order given.
    """

    item: int
    value: float
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNight:
    """Picks titles that several people watch together.

    The members' scores are of the same model, but not on one scale: somebody with a long history
    has higher ones, and a few very high ones would outvote everybody else. Nor do plain ranks do,
    by which place 1 and place 100 of 10,000 are nearly the same. So a title is worth to a member
    ``u = 1 - log(rank) / log(m)`` of m titles: 1 for the best, 0 for the last, and the step from
    place 1 to 10 as much as that from 10 to 100. Equal scores share the best of their places.

    Strategies:
        ``average``: the mean of the members' u.
        ``least-misery``: the least of them; by their mean where that is equal (O'Connor, Cosley,
            Konstan and Riedl, "PolyLens", ECSCW 2001).
        ``fairness``: for a list that is watched one after the other. Each next title is the one
            after which the member worst off so far is best off, where a member is as well off as
            the u of all titles picked, divided by those of as many of their own best; by the mean
            where that is equal (the greedy least-misery of Xiao and others, "Fairness-Aware Group
            Recommendation with Pareto-Efficiency", RecSys 2017).

    Attributes:
        strategy: one of these.
        mean_weight: of the mean beside the least, so small that it decides only between equals.
    """

    strategy: Strategy = "fairness"
    mean_weight: float = 1e-3

    def pick(
        self,
        recommender: Recommender,
        members: Histories,
        k: int,
        *,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> tuple[Pick, ...]:
        """Return at most ``k`` titles, best first; fewer where the vetoes leave fewer.

        A title that any member has in their history, be it seen, disliked or hidden, is vetoed.

        Args:
            recommender: the model.
            members: their histories, one person or more.
            k: how many.
            allowed: bool [n], titles to choose from; None for all.

        Raises:
            InputError: there are no members, or a parameter is out of its bounds.
        """
        if self.strategy not in get_args(Strategy):
            raise InputError(
                "There is no such strategy",
                where=str(self.strategy),
                cure=f"Take one of {', '.join(get_args(Strategy))}",
            )
        if not len(members) or k < 1:
            raise InputError(
                "A group needs members and a list to fill",
                where=f"{len(members)} members, k {k}",
                cure="Name one person or more, and take a k of 1 or more",
            )
        if allowed is not None and allowed.shape != (len(recommender),):
            raise InputError(
                "The titles allowed do not fit the recommender",
                where=f"{allowed.shape} for {len(recommender)} titles",
                cure="Give one mark for each title",
            )
        open_ = ~vetoed(members, len(recommender))
        if allowed is not None:
            open_ &= allowed
        items = np.flatnonzero(open_)
        if not len(items):
            return ()
        ranks = ranks_of(recommender.score(members, items))
        places, values = self._order(worth(ranks), min(k, len(items)))
        reasons = [_because(recommender, member, items[places]) for member in members]
        return tuple(
            Pick(
                item=int(items[place]),
                value=value,
                views=tuple(
                    View(
                        rank=int(ranks[member, place]),
                        percentile=_percentile(ranks[member], place),
                        because=reasons[member][at],
                    )
                    for member in range(len(members))
                ),
            )
            for at, (place, value) in enumerate(zip(places.tolist(), values, strict=True))
        )

    def _order(
        self, worths: npt.NDArray[np.float64], k: int
    ) -> tuple[npt.NDArray[np.int64], list[float]]:
        """Return the positions of k titles, best first, and what each was worth when picked."""
        if self.strategy == "fairness":
            return self._fair(worths, k)
        mean = worths.mean(axis=0)
        value = mean if self.strategy == "average" else self._least(worths)
        order = np.argsort(-value, kind="stable")[:k]
        return order, [float(v) for v in value[order]]

    def _least(self, worths: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        w = self.mean_weight
        found: npt.NDArray[np.float64] = (1 - w) * worths.min(axis=0) + w * worths.mean(axis=0)
        return found

    def _fair(
        self, worths: npt.NDArray[np.float64], k: int
    ) -> tuple[npt.NDArray[np.int64], list[float]]:
        ideal = np.cumsum(-np.sort(-worths, axis=1), axis=1)
        sums = np.zeros((len(worths), 1))
        left = np.ones(worths.shape[1], np.bool_)
        picks: list[int] = []
        values: list[float] = []
        for place in range(k):
            # Somebody to whom all titles are worth nothing, one title of one, is never worse off.
            best = ideal[:, place : place + 1]
            satisfied = np.divide(sums + worths, best, out=np.ones_like(worths), where=best > 0)
            value = np.where(left, self._least(satisfied), -np.inf)
            pick = int(np.argmax(value))
            picks.append(pick)
            values.append(float(value[pick]))
            left[pick] = False
            sums += worths[:, pick : pick + 1]
        return np.array(picks, np.int64), values


def vetoed(members: Histories, n: int) -> npt.NDArray[np.bool_]:
    """Return which of n titles are in the history of any member, bool [n]."""
    found = np.zeros(n, np.bool_)
    found[members.items] = True
    return found


def ranks_of(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return the place of each score in its row from 1, equal ones the best of theirs.

    >>> ranks_of(np.array([[.1, .9, .5, .9]], np.float32)).tolist()
    [[4, 1, 3, 1]]
    """
    ascending = np.sort(scores, axis=1)
    upto = [
        np.searchsorted(row, own, side="right") for row, own in zip(ascending, scores, strict=True)
    ]
    return np.asarray(1 + scores.shape[1] - np.stack(upto), np.int64)


def worth(ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return what titles at these places are worth, float64 [p, m] in [0, 1].

    Of 100 titles, places 1, 10 and 100:

    >>> ranks = np.arange(1, 101)[None]
    >>> [round(float(w), 2) for w in worth(ranks)[0, [0, 9, 99]]]
    [1.0, 0.5, 0.0]
    """
    m = ranks.shape[1]
    if m == 1:
        return np.ones(ranks.shape)
    found: npt.NDArray[np.float64] = 1 - np.log(ranks) / np.log(m)
    return found


def _percentile(ranks: npt.NDArray[np.int64], place: int) -> float:
    others = len(ranks) - 1
    return 100.0 * float((ranks > ranks[place]).sum()) / others if others else 100.0


def _because(
    recommender: Recommender, member: Histories, items: npt.NDArray[np.int64]
) -> list[int | None]:
    """Return the title of a history that gives most to each of ``items``, None where none does."""
    if not len(member.items):
        return [None] * len(items)
    given = recommender.explain(member, items).titles.sum(axis=0)
    titles, place = np.unique(member.items, return_inverse=True)
    net = np.zeros((len(titles), len(items)))
    np.add.at(net, place, given)
    return [
        int(titles[best]) if net[best, column] > 0 else None
        for column, best in enumerate(net.argmax(axis=0).tolist())
    ]

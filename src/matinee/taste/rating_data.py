"""Ratings by column, and what models that predict stars read out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from matinee.errors import InputError
from matinee.interaction import LEAST_STARS, MOST_STARS, NO_TIME, Action

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions
    from matinee.types import Rows


LATER = 2**40
"""In place of a moment that is not known: after everything, and far from it (seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Stars that people gave, one row a rating, in the order of people and then of time.

    Attributes:
        users: int64 [n], each in ``[0, people)``, ascending.
        items: int64 [n], each in ``[0, titles)``; nobody rates a title twice.
        stars: float64 [n].
        times: int64 [n], seconds since 1970 in UTC, all :data:`NO_TIME` where one is unknown.
        people: number of people.
        titles: number of titles.
    """

    users: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    stars: npt.NDArray[np.float64]
    times: npt.NDArray[np.int64]
    people: int
    titles: int

    def __len__(self) -> int:
        return len(self.users)

    @property
    def timed(self) -> bool:
        """Whether times are known."""
        return len(self) > 0 and bool(self.times[0] != NO_TIME)

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Where the rows of each person start, int64 [people + 1]."""
        counts = np.bincount(self.users, minlength=self.people)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)

    def span(
        self,
        people: Rows,
        since: npt.NDArray[np.int64] | None,
        until: npt.NDArray[np.int64] | None,
    ) -> tuple[Rows, Rows]:
        """Return the slice of rows of each person with times in ``[since, until]``, int64 [p] each.

        Args:
            people: int64 [p].
            since: int64 [p], or None for all from the first.
            until: int64 [p], both ends included, or None for all to the last.
        """
        offsets = self.offsets
        starts, ends = offsets[people], offsets[people + 1]
        if since is not None:
            starts = self._searched(people, since)
        if until is not None:
            ends = self._searched(people, until + 1)
        return starts, np.maximum(starts, ends)

    def _searched(self, people: Rows, times: npt.NDArray[np.int64]) -> Rows:
        """Return the first row of each person that is not before a time, int64 [p]."""
        low = int(min(self.times.min(initial=0), times.min(initial=0)))
        width = int(max(self.times.max(initial=0), times.max(initial=0))) - low + 2
        rows = self.users * width + (self.times - low)
        return np.asarray(np.searchsorted(rows, people * width + (times - low)), np.int64)

    def by_title(self) -> Ratings:
        """Return the same ratings with people and titles in each other's place."""
        order = np.lexsort((self.users, self.times, self.items))
        return Ratings(
            users=self.items[order],
            items=self.users[order],
            stars=self.stars[order],
            times=self.times[order],
            people=self.titles,
            titles=self.people,
        )

    def take(self, rows: npt.NDArray[np.bool_] | Rows) -> Ratings:
        """Return some of the ratings, in ascending order of rows where numbers are given."""
        return replace(
            self,
            users=self.users[rows],
            items=self.items[rows],
            stars=self.stars[rows],
            times=self.times[rows],
        )

    def matrix(self, values: npt.NDArray[np.float64] | None = None) -> Any:
        """Return ``values`` (default: the stars) of the rows as scipy CSR [people, titles]."""
        data = self.stars if values is None else values
        shape = (self.people, self.titles)
        return sparse.csr_matrix((data, (self.users, self.items)), shape=shape)

    @classmethod
    def of(cls, interactions: Interactions) -> Ratings:
        """Return the ratings among interactions; of several by one person of one title, the latest.

        Raises:
            InputError: there is no rating.
        """
        rated = (interactions.actions == Action.RATING) & ~np.isnan(interactions.values)
        found = _sorted(
            interactions.users[rated],
            interactions.items[rated],
            interactions.values[rated],
            interactions.times[rated],
            (len(interactions.user_ids), len(interactions.item_ids)),
        )
        if not len(found):
            raise InputError(
                "There is no rating to learn from",
                where=f"{len(interactions)} interactions",
                cure="Import ratings first, with: matinee history import",
            )
        return found

    @classmethod
    def of_histories(cls, histories: Histories, titles: int, *, first: bool = False) -> Ratings:
        """Return the ratings of a batch; ``users`` are positions in the batch.

        Args:
            histories: of the people of the batch.
            titles: number of titles in the item space.
            first: of several ratings of one title the first counts, not the latest: what is rated
                again must not change what was known before.

        Raises:
            InputError: a title is outside the item space.
        """
        check_titles(histories.items, titles)
        rated = (histories.actions == Action.RATING) & ~np.isnan(histories.values)
        return _sorted(
            histories.owners[rated],
            histories.items[rated],
            histories.values[rated],
            histories.times[rated],
            (len(histories), titles),
            first=first,
        )


def check_titles(items: Rows, titles: int) -> None:
    """See that positions of titles are in ``[0, titles)``.

    Raises:
        InputError: one is not.
    """
    if len(items) and (items.min() < 0 or items.max() >= titles):
        bad = int(items.min() if items.min() < 0 else items.max())
        raise InputError(
            "A title is outside the item space of the model",
            where=f"position {bad} of {titles}",
            cure="Give positions in the item_ids that the model was fitted on",
        )


def check_pairs(histories: Histories, people: Rows, items: Rows, titles: int) -> None:
    """See that pairs to predict are of people in the batch and titles of the model.

    Raises:
        InputError: they are not.
    """
    if len(people) != len(items):
        raise InputError(
            "People and titles differ in number", where=f"{len(people)} and {len(items)}"
        )
    if len(people) and (people.min() < 0 or people.max() >= len(histories)):
        raise InputError(
            "A person is outside the batch",
            where=f"people from {int(people.min())} to {int(people.max())} of {len(histories)}",
            cure="Give positions in the histories",
        )
    check_titles(items, titles)


def moments(times: npt.NDArray[np.int64] | None, pairs: int) -> npt.NDArray[np.int64]:
    """Return the moments of pairs, int64 [pairs], :data:`LATER` where they are not known."""
    if times is None:
        return np.full(pairs, LATER)
    return np.where(times == NO_TIME, LATER, times).astype(np.int64)


def clipped(stars: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return stars cut to the scale, float32."""
    return np.asarray(np.clip(stars, LEAST_STARS, MOST_STARS), np.float32)


def _sorted(
    users: npt.NDArray[np.int64],
    items: npt.NDArray[np.int64],
    values: npt.NDArray[np.float32],
    times: npt.NDArray[np.int64],
    shape: tuple[int, int],
    *,
    first: bool = False,
) -> Ratings:
    """Return ratings in order, of each pair the latest only, or the first."""
    if (times == NO_TIME).any():
        times = np.full(len(times), NO_TIME)
    order = np.lexsort((items, times, users))
    pairs = users[order] * shape[1] + items[order]
    # numpy tells the first place of each pair; the first from behind is the latest.
    step = 1 if first else -1
    _, place = np.unique(pairs[::step], return_index=True)
    kept = order[::step][np.sort(place)[::step]]
    return Ratings(
        users=users[kept].astype(np.int64),
        items=items[kept].astype(np.int64),
        stars=values[kept].astype(np.float64),
        times=times[kept].astype(np.int64),
        people=shape[0],
        titles=shape[1],
    )

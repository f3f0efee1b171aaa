"""What people did with titles: ratings, watches, likes and the rest, by column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

NO_TIME = -1
"""In place of a time that is not known."""

LEAST_STARS, MOST_STARS = 0.5, 5.0
"""The scale that every source is mapped to, in steps of a half."""


class Action(IntEnum):
    """What a person did with a title; the number is what files hold.

    To ignore a title is to have seen it, and to have that count for nothing; an opinion counts.
    """

    RATING = 0
    WATCH = 1
    LIKE = 2
    DISLIKE = 3
    HIDE = 4
    ABANDON = 5
    REWATCH = 6
    IGNORE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """What many people did, one row an interaction.

    Attributes:
        users: int64 [n], positions in ``user_ids``.
        items: int64 [n], positions in ``item_ids``.
        actions: int8 [n], an :class:`Action`.
        values: float32 [n], stars from 0.5 to 5; NaN where none were given.
        times: int64 [n], seconds since 1970 in UTC, :data:`NO_TIME` where unknown.
        user_ids: name of each person.
        item_ids: namespaced id of each title, for example ``movielens:1``.
    """

    users: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    actions: npt.NDArray[np.int8]
    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.int64]
    user_ids: Sequence[str]
    item_ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Interactions:
        """Return some of the interactions; people and titles keep their positions."""
        return replace(
            self,
            users=self.users[rows],
            items=self.items[rows],
            actions=self.actions[rows],
            values=self.values[rows],
            times=self.times[rows],
        )

    @property
    def timed(self) -> bool:
        """Whether every interaction has a time."""
        return bool((self.times != NO_TIME).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """What each of several people did, oldest first; person i owns a slice of the flat columns.

    Attributes:
        offsets: int64 [b + 1]; person i has entries ``offsets[i]:offsets[i + 1]``.
        items: int64 [e], positions in the item space of a model.
        actions: int8 [e], an :class:`Action`.
        values: float32 [e], stars from 0.5 to 5; NaN where none were given.
        times: int64 [e], seconds since 1970 in UTC, :data:`NO_TIME` where unknown.
        users: int64 [b], position of each person among those a model was fitted on, -1 for
            somebody it does not know.
    """

    offsets: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    actions: npt.NDArray[np.int8]
    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.int64]
    users: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Histories]:
        return (self.one(i) for i in range(len(self)))

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of entries of each person, int64 [b]."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> npt.NDArray[np.int64]:
        """The person of each entry, int64 [e]."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def one(self, person: int) -> Histories:
        """Return the history of one person, as a batch of one."""
        return self.between(person, person + 1)

    def between(self, start: int, stop: int) -> Histories:
        """Return the histories of the people from ``start`` up to, but without, ``stop``."""
        first, last = int(self.offsets[start]), int(self.offsets[stop])
        part = slice(first, last)
        return Histories(
            offsets=self.offsets[start : stop + 1] - first,
            items=self.items[part],
            actions=self.actions[part],
            values=self.values[part],
            times=self.times[part],
            users=self.users[start:stop],
        )

    def keep(self, entries: npt.NDArray[np.bool_]) -> Histories:
        """Return the histories with only the marked entries, bool [e]; all people stay."""
        counts = np.bincount(self.owners[entries], minlength=len(self))
        return Histories(
            offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            items=self.items[entries],
            actions=self.actions[entries],
            values=self.values[entries],
            times=self.times[entries],
            users=self.users,
        )

    @classmethod
    def of(
        cls,
        interactions: Interactions,
        people: npt.NDArray[np.int64] | None = None,
        *,
        known: bool = True,
    ) -> Histories:
        """Return the histories of people, in the order of ``people`` (default: all).

        Entries are in order of time; those of one time, or without one, in the order given.

        Args:
            interactions: what was done.
            people: positions in ``interactions.user_ids``, int64 [b], none twice.
            known: whether a model fitted on interactions with these ``user_ids`` may know them.
        """
        total = len(interactions.user_ids)
        people = np.arange(total) if people is None else people
        place = np.full(total, -1, np.int64)
        place[people] = np.arange(len(people))
        rows = np.flatnonzero(place[interactions.users] >= 0)
        owners = place[interactions.users[rows]]
        order = rows[np.lexsort((interactions.times[rows], owners))]
        counts = np.bincount(owners, minlength=len(people))
        return cls(
            offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            items=interactions.items[order],
            actions=interactions.actions[order],
            values=interactions.values[order],
            times=interactions.times[order],
            users=people.astype(np.int64) if known else np.full(len(people), -1, np.int64),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFeatures:
    """What is known of each title of an item space whatever anybody did with it.

    Attributes:
        years: float32 [n], NaN where unknown.
        genres: bool [n, g].
        genre_names: name of each column of ``genres``.
        vectors: float32 [n, d], unit vectors of the stories, rows of zeros where there is none;
            None where there are none at all.
        people: for each title, the numbers of those who made it, the director first; numbers mean
            nothing but sameness. None where nobody is known.
    """

    years: npt.NDArray[np.float32]
    genres: npt.NDArray[np.bool_]
    genre_names: Sequence[str]
    vectors: npt.NDArray[np.float32] | None = None
    people: Sequence[Sequence[int]] | None = None

    def __len__(self) -> int:
        return len(self.years)

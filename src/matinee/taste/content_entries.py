"""How much each entry of a history counts for a taste: by its stars, its kind and its age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError
from matinee.interaction import NO_TIME, Action

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import Histories

_DAY = 86_400
_AGAINST = (Action.DISLIKE, Action.HIDE, Action.ABANDON)
_STRONGLY = (Action.LIKE, Action.REWATCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWeights:
    """How the entries of a history are weighed.

    A rating counts ``1 + slope (stars - mean)``, within ``least`` and ``most``: that a film was
    watched at all tells of a taste, the stars tell how much. The mean is the person's own, drawn
    toward everybody's by ``own_mean`` ratings. Both parts are halved with every half-life.

    Attributes:
        entries: latest entries that count; older ones say nothing. More tell more of what else a
            person took at the time, fewer of what they take next: on MovieLens the next titles are
            best told by 100 to 200.
        slope: what a star above or below the mean adds.
        least: weight of the worst; a dislike, a hide and an abandon have it too.
        most: weight of the best; a like and a rewatch have it too.
        own_mean: ratings after which half of the mean is the person's own.
        half_life_days: days in which an entry loses half of its weight, counted from the latest
            entry of the person; used where all entries of the person have a time. Anything from
            half a year on does as well.
        half_life_places: the same in places, where times are not known.
    """

    entries: int = 200
    slope: float = 0.7
    least: float = -1.0
    most: float = 2.0
    own_mean: float = 5.0
    half_life_days: float = 730.0
    half_life_places: float = 50.0

    def __post_init__(self) -> None:
        for name in ("entries", "half_life_days", "half_life_places", "own_mean"):
            if not getattr(self, name) > 0:
                raise InputError(
                    f"{name} must be above 0", where=f"{getattr(self, name)}", cure="Leave it out"
                )

    def of(self, histories: Histories, mean: float) -> npt.NDArray[np.float32]:
        """Return the weight of each entry, float32 [e].

        Args:
            histories: b people.
            mean: stars that people give on average.

        >>> from matinee.interaction import Histories
        >>> one = Histories(
        ...     offsets=np.array([0, 3]), items=np.arange(3), users=np.array([-1]),
        ...     actions=np.zeros(3, np.int8), values=np.array([5, 3, 1], np.float32),
        ...     times=np.full(3, NO_TIME))
        >>> flat = EntryWeights(half_life_places=1e9)  # mean (3 * 5 + 9) / (5 + 3) = 3
        >>> [round(float(w), 2) for w in flat.of(one, 3.0)]  # 1 + .7 * 2 = 2.4, at most 2
        [2.0, 1.0, -0.4]
        """
        owners = histories.owners
        rated = (histories.actions == Action.RATING) & ~np.isnan(histories.values)
        stars = np.where(rated, histories.values, 0.0).astype(np.float64)
        people = len(histories)
        sums = np.bincount(owners, stars, people) + self.own_mean * mean
        counts = np.bincount(owners, rated, people) + self.own_mean
        liked = 1.0 + self.slope * (stars - (sums / counts)[owners])
        found = np.where(rated, np.clip(liked, self.least, self.most), 1.0)
        found[np.isin(histories.actions, _AGAINST)] = self.least
        found[np.isin(histories.actions, _STRONGLY)] = self.most
        places = histories.offsets[1:][owners] - 1 - np.arange(len(owners))
        found *= np.exp2(-self._ages(histories, owners, places))
        found[places >= self.entries] = 0.0
        return found.astype(np.float32)

    def _ages(
        self, histories: Histories, owners: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Return the age of each entry in half-lives, float64 [e]."""
        untimed = np.bincount(owners, histories.times == NO_TIME, len(histories)) > 0
        latest = np.full(len(histories), NO_TIME)
        np.maximum.at(latest, owners, histories.times)
        days = (latest[owners] - histories.times) / _DAY
        by_time, by_place = days / self.half_life_days, places / self.half_life_places
        ages: npt.NDArray[np.float64] = np.where(untimed[owners], by_place, by_time)
        return ages

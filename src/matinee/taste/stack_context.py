"""What is known of the person, the title and the moment beside any prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.taste.rating_data import LATER, Ratings

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import ItemFeatures
    from matinee.taste.bias import FittedBias
    from matinee.types import Rows

    Floats = npt.NDArray[np.float64]

DAY, YEAR = 86_400, 31_556_952

# Means of few ratings are held back by so many.
_SHRINKAGE = 3.0

# In place of the logarithm of a gap (seconds) where there is nothing on that side: above any.
_NO_GAP = 22.0

# In place of an unknown year of release.
_MIDDLE_YEAR = 1995.0

# Seconds around or before a moment within which a person's, and a title's, other ratings count.
_PERSON_SPANS = {"minutes": 600, "day": DAY}
_TITLE_SPANS = {"half year": YEAR // 2, "two years": 2 * YEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The titles' side of what is known; the people's comes with their ratings.

    Attributes:
        bias: the habits.
        titles: the ratings fitted on, titles in the place of people.
        years: year of release of each title, float64 [titles].
        genres: number of genres of each title, float64 [titles].
        timed: whether times are used.
        past: whether only ratings not later than a moment count; needs times.
    """

    bias: FittedBias
    titles: Ratings
    years: Floats
    genres: Floats
    timed: bool
    past: bool

    @classmethod
    def of(
        cls,
        ratings: Ratings,
        features: ItemFeatures | None,
        bias: FittedBias,
        *,
        timed: bool,
        past: bool,
    ) -> Context:
        """Return the context that ratings give."""
        years = np.full(ratings.titles, _MIDDLE_YEAR)
        genres = np.zeros(ratings.titles)
        if features is not None:
            years = np.where(np.isnan(features.years), _MIDDLE_YEAR, features.years).astype(float)
            genres = features.genres.sum(1).astype(float)
        return cls(
            bias=bias,
            titles=ratings.by_title(),
            years=years,
            genres=genres,
            timed=timed,
            past=past,
        )

    def columns(
        self,
        ratings: Ratings,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64],
    ) -> dict[str, Floats]:
        """Return what is known of each pair, by name, float64 [p] each.

        Args:
            ratings: of the people of the batch.
            people: int64 [p], positions in the batch.
            items: int64 [p].
            times: int64 [p], :data:`~matinee.taste.rating_data.LATER` where unknown.
        """
        moments = self._moments(ratings, people, times)
        until = moments if self.past else None
        person = ratings.stars - self.bias.mean - self.bias.title[ratings.items]
        own = _Sums(ratings, person)
        # A title's rests are taken after the people's habits of all that was fitted on: the habits
        # are learnt, as the weights of the machines are.
        kind = self._kindness()
        title = self.titles.stars - self.bias.mean - kind[self.titles.items]
        its = _Sums(self.titles, title)
        found = {
            "person's ratings": np.log1p(own.number(people, None, until)),
            "person's habit": own.mean(people, None, until),
            "person's spread": own.spread(people, None, until),
            "person's halves": own.halves(people, None, until),
            "title's ratings": np.log1p(its.number(items, None, until)),
            "title's habit": its.mean(items, None, until),
            "title's spread": its.spread(items, None, until),
            "title's year": self.years[items],
            "title's genres": self.genres[items],
        }
        if not self.timed:
            return found
        for name, span in _PERSON_SPANS.items():
            late = moments if self.past else moments + span
            found[f"person's ratings, {name}"] = np.log1p(own.number(people, moments - span, late))
            found[f"person's habit, {name}"] = own.mean(people, moments - span, late)
        for name, span in _TITLE_SPANS.items():
            late = moments if self.past else moments + span
            found[f"title's ratings, {name}"] = np.log1p(its.number(items, moments - span, late))
            found[f"title's habit, {name}"] = its.mean(items, moments - span, late)
        found["age"] = moments / YEAR + 1970 - self.years[items]
        return found | self._sides(ratings, person, people, moments)

    def _sides(
        self, ratings: Ratings, rests: Floats, people: Rows, moments: npt.NDArray[np.int64]
    ) -> dict[str, Floats]:
        """Return how far the ratings before and after a moment are, and what they were."""
        starts, place = ratings.span(people, None, moments)
        ends = ratings.offsets[people + 1]
        found: dict[str, Floats] = {}
        for step in (1, 2):
            found |= _side(f"before {step}", ratings, rests, place - step, starts, ends, moments)
            if not self.past:
                after = place + step - 1
                found |= _side(f"after {step}", ratings, rests, after, starts, ends, moments)
        first = np.where(place > starts, _times(ratings, starts), moments)
        found["since first"] = np.log1p(moments - first)
        return found

    def _moments(
        self, ratings: Ratings, people: Rows, times: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return the moments, the person's last where unknown, or else the last of all."""
        ends = ratings.offsets[people + 1]
        some = ratings.timed & (ends > ratings.offsets[people])
        last = np.where(some, _times(ratings, ends - 1), self.titles.times.max(initial=0))
        return np.where(times == LATER, last, times)

    def _kindness(self) -> Floats:
        """Return the habit of each person fitted on, float64 [people]."""
        rest = self.titles.stars - self.bias.mean - self.bias.title[self.titles.users]
        number = np.bincount(self.titles.items, minlength=self.titles.titles)
        total = np.bincount(self.titles.items, rest, self.titles.titles)
        return np.asarray(total / (self.bias.person_shrinkage + number))


def _times(ratings: Ratings, rows: Rows) -> npt.NDArray[np.int64]:
    """Return the times of rows; of one outside, that of the nearest."""
    if not len(ratings):
        return np.zeros(len(rows), np.int64)
    return ratings.times[np.clip(rows, 0, len(ratings) - 1)]


def _side(
    name: str,
    ratings: Ratings,
    rests: Floats,
    rows: Rows,
    starts: Rows,
    ends: Rows,
    moments: npt.NDArray[np.int64],
) -> dict[str, Floats]:
    inside = (rows >= starts) & (rows < ends)
    gap = np.log1p(np.abs(_times(ratings, rows) - moments))
    rest = rests[np.clip(rows, 0, len(rests) - 1)] if len(rests) else np.zeros(len(rows))
    return {
        f"gap {name}": np.where(inside, gap, _NO_GAP),
        f"rest {name}": np.where(inside, rest, 0.0),
    }


class _Sums:
    """Sums over slices of ratings, by running totals."""

    __slots__ = ("_halves", "_ratings", "_rests", "_squares")

    def __init__(self, ratings: Ratings, rests: Floats) -> None:
        self._ratings = ratings
        self._rests = _running(rests)
        self._squares = _running(rests**2)
        self._halves = _running((ratings.stars % 1 != 0).astype(float))

    def number(self, people: Rows, since: Any, until: Any) -> Floats:
        starts, ends = self._ratings.span(people, since, until)
        return (ends - starts).astype(float)

    def mean(self, people: Rows, since: Any, until: Any) -> Floats:
        starts, ends = self._ratings.span(people, since, until)
        total = self._rests[ends] - self._rests[starts]
        return np.asarray(total / (_SHRINKAGE + ends - starts))

    def spread(self, people: Rows, since: Any, until: Any) -> Floats:
        """Return the standard deviation, of ten ratings of spread 1 and those there are."""
        starts, ends = self._ratings.span(people, since, until)
        number = np.maximum(ends - starts, 1)
        mean = (self._rests[ends] - self._rests[starts]) / number
        square = (self._squares[ends] - self._squares[starts]) - number * mean**2
        return np.asarray(np.sqrt((10 + np.maximum(square, 0)) / (10 + ends - starts)))

    def halves(self, people: Rows, since: Any, until: Any) -> Floats:
        """Return the share of ratings that are no whole stars."""
        starts, ends = self._ratings.span(people, since, until)
        total = self._halves[ends] - self._halves[starts]
        return np.asarray(total / np.maximum(ends - starts, 1))


def _running(values: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(values)))

"""What a person's other ratings, near in time or alike, say beyond a prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import cholesky, solve_triangular

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from matinee.interaction import ItemFeatures
    from matinee.taste.rating_data import Ratings
    from matinee.types import Rows

    Floats = npt.NDArray[np.float64]

_MINUTE, _HOUR, _MONTH = 60.0, 3_600.0, 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """A Gaussian process over what is left of each person's ratings (Rasmussen and Williams 2006).

    Two rests of one person have the covariance ``constant + genres * cos(genres) + years *
    exp(-|years apart| / years_span) + sum_spans weight * exp(-|seconds apart| / span)``; a rest is
    known up to ``noise``. Variances are in stars squared. The weights were chosen on inner splits
    of MovieLens small and seemed to matter little in the few trials made.

    Attributes:
        constant: variance of a person's overall rest.
        genres: variance of the rest by genre.
        years: variance of the rest by year of release.
        years_span: years after which a title tells little of another.
        spans: (seconds, variance) of moods that last so long; left out where times are unknown.
        noise: variance of a rest that nothing explains.
        past: only ratings not later than the moment asked for speak.
        window: ratings that are solved for at once; a person's history is cut in time.
        margin: ratings around a window that speak in it as well.
        longest: ratings of a person that are looked at where times are unknown.
    """

    constant: float = 0.02
    genres: float = 0.03
    years: float = 0.02
    years_span: float = 5.0
    spans: tuple[tuple[float, float], ...] = ((_MINUTE, 0.1), (_HOUR, 0.1), (_MONTH, 0.1))
    noise: float = 0.4
    past: bool = False
    window: int = 384
    margin: int = 192
    longest: int = 2_000

    def rests(
        self,
        ratings: Ratings,
        rests: Floats,
        people: Rows,
        items: Rows,
        times: npt.NDArray[np.int64],
        features: ItemFeatures | None,
    ) -> tuple[Floats, Floats]:
        """Return mean and variance of the rest of each pair, float64 [p].

        Args:
            ratings: in order of people and time.
            rests: float64 [n], what a prediction left of each rating.
            people: int64 [p], positions among ``ratings.people``.
            items: int64 [p].
            times: int64 [p], :data:`~matinee.taste.rating_data.LATER` where unknown.
            features: of the titles, or None.
        """
        mean = np.zeros(len(people))
        variance = np.full(len(people), self._alone(features, ratings.timed))
        titles = _Titles.of(features)
        for pairs, rows, before in self._windows(ratings, people, times):
            when = ratings.times[rows].astype(float) if ratings.timed else None
            asked = times[pairs].astype(float) if ratings.timed else None
            known = self._covariance(titles, ratings.items[rows], ratings.items[rows], when, when)
            known[np.diag_indices(len(rows))] += self.noise
            across = self._covariance(titles, ratings.items[rows], items[pairs], when, asked)
            lower = cholesky(known, lower=True, check_finite=False)
            # Row r of both depends on the first r ratings alone: to leave out what is later than
            # a pair is to leave out rows.
            innovation = solve_triangular(lower, rests[rows], lower=True, check_finite=False)
            weight = solve_triangular(lower, across, lower=True, check_finite=False)
            if self.past and ratings.timed:
                weight[np.arange(len(rows))[:, None] >= before[None, :]] = 0
            mean[pairs] = innovation @ weight
            variance[pairs] -= (weight**2).sum(0)
        return mean, np.maximum(variance, 0)

    def _alone(self, features: ItemFeatures | None, timed: bool) -> float:
        """Return the variance of a rest that no other rating speaks of."""
        told = 0.0 if features is None else self.genres + self.years
        return self.constant + told + (sum(weight for _, weight in self.spans) if timed else 0.0)

    def _windows(
        self, ratings: Ratings, people: Rows, times: npt.NDArray[np.int64]
    ) -> Iterator[tuple[Rows, Rows, Rows]]:
        """Yield (pairs, rows of ratings, how many of these rows are not later than each pair)."""
        offsets = ratings.offsets
        order = np.argsort(people, kind="stable")
        starts = np.searchsorted(people[order], np.arange(ratings.people + 1))
        for person in np.unique(people):
            pairs = order[starts[person] : starts[person + 1]]
            first, number = offsets[person], int(offsets[person + 1] - offsets[person])
            if not number:
                continue
            if not ratings.timed:
                step = -(-number // self.longest)
                rows = first + np.arange(0, number, step)
                yield pairs, rows, np.full(len(pairs), len(rows))
                continue
            own = ratings.times[first : first + number]
            before = np.searchsorted(own, times[pairs], side="right")
            part = np.minimum(before, number - 1) // self.window
            for each in np.unique(part):
                low = max(0, each * self.window - self.margin)
                high = min(number, (each + 1) * self.window + self.margin)
                inside = part == each
                rows = first + np.arange(low, high)
                yield pairs[inside], rows, np.clip(before[inside] - low, 0, len(rows))

    def _covariance(
        self,
        titles: _Titles,
        left: Rows,
        right: Rows,
        when: Floats | None,
        asked: Floats | None,
    ) -> Floats:
        found = np.full((len(left), len(right)), self.constant, np.float64)
        if titles.genres is not None and titles.years is not None:
            found += self.genres * (titles.genres[left] @ titles.genres[right].T)
            apart = np.abs(titles.years[left][:, None] - titles.years[right][None, :])
            found += self.years * np.exp(apart / -self.years_span)
        if when is not None and asked is not None:
            seconds = np.abs(when[:, None] - asked[None, :])
            for span, weight in self.spans:
                found += weight * np.exp(seconds / -span)
        return found


@dataclass(frozen=True, slots=True)
class _Titles:
    """Unit vectors of the genres of titles, and years with the middle one where unknown."""

    genres: Floats | None
    years: Floats | None

    @classmethod
    def of(cls, features: ItemFeatures | None) -> _Titles:
        if features is None:
            return cls(None, None)
        number: Any = np.maximum(features.genres.sum(1, keepdims=True), 1)
        known = ~np.isnan(features.years)
        middle = float(np.median(features.years[known])) if known.any() else 0.0
        years = np.where(known, features.years, middle)
        return cls(features.genres / np.sqrt(number), years.astype(np.float64))

"""Films and series invented by seed: what listings are filtered and sorted by."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from matinee.testing.fake_tmdb import words
from matinee.testing.fake_tmdb.odd import ODD, ODDITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["movie", "tv"]
"""A film or a series, as TMDb's addresses say it."""

TODAY = dt.date(2026, 1, 31)
"""The day the server takes it to be, unless told: nothing was released or changed later."""
FIRST_YEAR = 1900
_DOUBLING_YEARS = 22.0
"""Years in which the number of films a year doubles; half of TMDb's are from after 2000."""
_NEW_YEAR_SHARE = 0.06
"""Films of which no more is known than the year are filed under 1 January, and crowd it."""
_ADULT_SHARE = 0.05
_CHANGED_SHARE, _CHANGED_DAYS = 0.3, 60
"""Share of titles that changed within so many days, once or twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A film or a series, as far as it can be filtered and sorted.

    Attributes:
        id: TMDb's number.
        kind: film or series.
        date: the day it is filed under, which listings are filtered by; None for none known.
        adult: whether it is shown only to who asks for it.
        language: code of its original language.
        popularity: higher is more popular.
        votes: how many.
        average: of the votes, 0 to 10.
        genres: TMDb's numbers.
        seed: of all else there is to it.
        edition: how many times it was changed.
        changed: the days it changed.
        told: fields that are answered as they are here, whatever the seed would invent.
    """

    id: int
    kind: Kind
    date: dt.date | None
    adult: bool
    language: str
    popularity: float
    votes: int
    average: float
    genres: tuple[int, ...]
    seed: int
    edition: int = 0
    changed: tuple[dt.date, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)


def invent(
    kind: Kind,
    count: int,
    *,
    seed: int = 0,
    crowded: Mapping[dt.date, int] | None = None,
    today: dt.date = TODAY,
) -> dict[int, Title]:
    """Return titles by number, the same for the same arguments.

    The first have the oddities of :data:`~matinee.testing.fake_tmdb.odd.ODDITIES`, under known
    numbers; no two of any seed share a number.

    Args:
        kind: films or series.
        count: of titles, but for those of crowded days.
        seed: of what is invented.
        crowded: titles more on a day.
        today: the last day of release.
    """
    rng = random.Random(f"{kind} {seed}")  # noqa: S311 -- no secret
    years = range(FIRST_YEAR, today.year + 1)
    weights = [2 ** ((year - FIRST_YEAR) / _DOUBLING_YEARS) for year in years]
    bounds = list(itertools.accumulate(weights))
    languages = [each[0] for each in words.LANGUAGES]
    shares = list(itertools.accumulate(each[1] for each in words.LANGUAGES))
    numbers = words.FILM_GENRES if kind == "movie" else words.SERIES_GENRES
    days: list[dt.date | None] = []
    for _ in range(count):
        year = years[min(bisect.bisect(bounds, rng.random() * bounds[-1]), len(years) - 1)]
        day = 0 if rng.random() < _NEW_YEAR_SHARE else int(rng.random() * 365)
        days.append(min(dt.date(year, 1, 1) + dt.timedelta(day), today))
    for busy, more in (crowded or {}).items():
        days += [busy] * more
    found: dict[int, Title] = {}
    number = 1_000
    for position, date in enumerate(days):
        number += 1 + int(rng.random() * 3)
        odd = ODDITIES[position] if position < len(ODDITIES) else None
        known = number if odd is None else ODD[odd.name]
        if odd is not None and odd.name == "other_twin":
            date = found[ODD["twin"]].date
        votes = int(2 ** (rng.random() ** 3 * 15)) - 1  # most have few, some have thousands
        days_ago = rng.sample(range(_CHANGED_DAYS), 2) if rng.random() < _CHANGED_SHARE else ()
        found[known] = Title(
            id=known,
            kind=kind,
            date=None if odd is not None and odd.dateless else date,
            adult=rng.random() < _ADULT_SHARE,
            language=languages[min(bisect.bisect(shares, rng.random()), len(languages) - 1)],
            popularity=round(votes / 20 + rng.random(), 3),
            votes=votes,
            average=round(4 + rng.random() * 5, 3) if votes else 0.0,
            genres=tuple(rng.sample(numbers, int(rng.random() * 4))),
            seed=seed,
            changed=tuple(sorted(today - dt.timedelta(ago) for ago in days_ago)),
            told={} if odd is None else odd.fields(kind),
        )
    return found

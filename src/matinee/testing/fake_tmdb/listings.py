"""Titles filtered and sorted as TMDb's listings have them, while they may change."""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
import threading
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from matinee.testing.fake_tmdb.shapes import entry
from matinee.testing.fake_tmdb.titles import Title

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matinee.testing.fake_tmdb.titles import Kind

_KEPT = 64
"""Listings remembered; who pages through a few at once asks for the same ones again and again."""

_SORTS: Mapping[str, Callable[[Title], Any]] = MappingProxyType(
    {
        "popularity": lambda title: title.popularity,
        "vote_count": lambda title: title.votes,
        "vote_average": lambda title: title.average,
        "date": lambda title: title.date or dt.date.min,
    }
)


_NAMES = ("title", "original_title", "name", "original_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which titles a listing has, and in which order.

    Attributes:
        first: the earliest day, if any is said.
        last: the latest.
        adult: whether those for adults are shown too.
        languages: original ones; none for all.
        genres: numbers that a title must all have.
        votes: the least and the most.
        average: the least and the most.
        sort: ``popularity``, ``vote_count``, ``vote_average``, ``date``, or the field of the name.
        falling: whether what is highest comes first.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    adult: bool = False
    languages: frozenset[str] = frozenset()
    genres: frozenset[int] = frozenset()
    votes: tuple[float, float] = (0, float("inf"))
    average: tuple[float, float] = (0, float("inf"))
    sort: str = "popularity"
    falling: bool = True

    def has(self, title: Title) -> bool:
        """Tell whether a title is in the listing, but for its date."""
        return (
            (self.adult or not title.adult)
            and (not self.languages or title.language in self.languages)
            and self.genres.issubset(title.genres)
            and self.votes[0] <= title.votes <= self.votes[1]
            and self.average[0] <= title.average <= self.average[1]
        )


class Listings:
    """The films, or the series, of the server.

    Args:
        kind: films or series.
        titles: by number.
        today: the day on which what changes now changes.

    Attributes:
        inserted: numbers of titles that came later.
        dropped: numbers of titles that went.
        lifted: numbers of titles that were made the first of a listing, in that order.
    """

    def __init__(self, kind: Kind, titles: dict[int, Title], today: dt.date) -> None:
        self._kind: Kind = kind
        self.inserted: list[int] = []
        self.dropped: list[int] = []
        self.lifted: list[int] = []
        self._titles = titles
        self._today = today
        self._gone: dict[int, dt.date] = {}
        self._lock = threading.RLock()
        self._listed: dict[Wanted, list[int]] = {}
        self._names: dict[int, tuple[Title, dict[str, str]]] = {}
        self._filed: list[tuple[dt.date, int]] = []
        self._file()

    @property
    def titles(self) -> Mapping[int, Title]:
        """All of them by number, as they are now."""
        return MappingProxyType(self._titles)

    def listing(self, wanted: Wanted) -> list[int]:
        """Return the numbers of a listing, in its order."""
        with self._lock:
            found = self._listed.get(wanted)
            if found is None:
                if len(self._listed) >= _KEPT:
                    self._listed.pop(next(iter(self._listed)))
                found = self._listed[wanted] = self._find(wanted)
            return found

    def changes(self, first: dt.date, last: dt.date) -> list[int]:
        """Return the numbers of titles that changed in the days from first to last, or went."""
        with self._lock:
            found = [
                title.id
                for title in self._titles.values()
                if any(first <= day <= last for day in title.changed)
            ]
            found += [number for number, day in self._gone.items() if first <= day <= last]
            return sorted(found, reverse=True)

    def change(self, number: int, *, day: dt.date | None = None, **told: Any) -> None:
        """Change a title: it is shown with these fields, and listed among the changes.

        Args:
            number: of the title.
            day: of the change; today, unless told.
            told: fields as TMDb names them. None at all invents all but its filing anew. By a
                date that is one, and by whether it is for adults, it is filed anew.
        """
        with self._lock:
            title = self._titles[number]
            day = day or self._today
            self._put(
                dataclasses.replace(
                    title,
                    date=_date_of(told) or title.date,
                    adult=told.get("adult", title.adult),
                    changed=tuple(sorted({*title.changed, day})),
                    edition=title.edition + (not told),
                    told={**title.told, **told},
                )
            )
            self._file()

    def add(self, date: dt.date, *, day: dt.date | None = None, **told: Any) -> int:
        """Add a title that came out on a date, list it among the changes; return its number.

        Args:
            date: by which it is filed.
            day: of the change; today, unless told.
            told: fields as TMDb names them.
        """
        with self._lock:
            number = max(*self._titles, *self._gone, 0) + 1
            self._put(
                Title(
                    id=number,
                    kind=self._kind,
                    date=date,
                    adult=told.get("adult", False),
                    language="en",
                    popularity=1.0,
                    votes=0,
                    average=0.0,
                    genres=(),
                    seed=number,
                    changed=(day or self._today,),
                    told=told,
                )
            )
            return number

    def remove(self, number: int, *, day: dt.date | None = None) -> None:
        """Take a title away: it is not found from now on, and is listed among the changes."""
        with self._lock:
            del self._titles[number]
            self._gone[number] = day or self._today
            self._file()

    def insert(self, wanted: Wanted) -> None:
        """Add a title like the first of a listing, if it has any.

        It comes before it where the order is by popularity or name, and else among its equals.
        """
        with self._lock:
            listed = self.listing(wanted)
            if not listed:
                return
            pattern = self._titles[listed[0]]
            number = max(*self._titles, *self._gone, 0) + 1
            told = {}
            if wanted.sort in _NAMES:
                told = {wanted.sort: f"{'Zz' if wanted.falling else '10'} New Lanterns {number}"}
            added = dataclasses.replace(pattern, id=number, told=told)
            self._put(self._top(added) if wanted.sort == "popularity" else added)
            self.inserted.append(number)

    def drop(self, wanted: Wanted) -> None:
        """Take away the first title of a listing, if it has any."""
        with self._lock:
            listed = self.listing(wanted)
            if listed:
                self.dropped.append(listed[0])
                self.remove(listed[0])

    def lift(self, wanted: Wanted) -> None:
        """Make the last title of a listing by popularity its first."""
        with self._lock:
            listed = self.listing(wanted)
            if listed:
                self._put(self._top(self._titles[listed[-1]]))
                self.lifted.append(listed[-1])

    def _top(self, title: Title) -> Title:
        highest = max(each.popularity for each in self._titles.values())
        return dataclasses.replace(title, popularity=round(highest + 1, 3))

    def _put(self, title: Title) -> None:
        if title.id not in self._titles and title.date is not None:
            bisect.insort(self._filed, (title.date, title.id))
        self._titles[title.id] = title
        self._listed.clear()

    def _file(self) -> None:
        self._filed = sorted(
            (title.date, title.id) for title in self._titles.values() if title.date is not None
        )
        self._listed.clear()

    def _find(self, wanted: Wanted) -> list[int]:
        if wanted.first is None and wanted.last is None:
            found = list(self._titles.values())
        else:
            start = bisect.bisect_left(self._filed, (wanted.first or dt.date.min, 0))
            end = bisect.bisect_left(self._filed, (wanted.last or dt.date.max, float("inf")))
            found = [self._titles[number] for _, number in self._filed[start:end]]
        found = [title for title in found if wanted.has(title)]
        found.sort(key=lambda title: title.id)
        by_name = partial(self._name, wanted.sort)
        found.sort(key=_SORTS.get(wanted.sort, by_name), reverse=wanted.falling)
        return [title.id for title in found]

    def _name(self, field: str, title: Title) -> str:
        """Return a name that a title is shown with, as it is sorted by."""
        names = self._names.get(title.id)
        if names is None or names[0] is not title:
            shown = entry(title)
            named = {name: str(shown[name]) for name in _NAMES if name in shown}
            names = self._names[title.id] = (title, named)
        return names[1][field]


def _date_of(told: Mapping[str, Any]) -> dt.date | None:
    said = told.get("release_date", told.get("first_air_date"))
    try:
        return dt.date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None

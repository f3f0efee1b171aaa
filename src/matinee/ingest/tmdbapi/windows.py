"""Windows of a list: cut until each has few enough rows to be paged through.

TMDb shows the first 500 pages of a list, 20 rows each, and there is no way to its 10,001st row but
to ask for less at a time. Windows are cut by the date of release down to a day, and a day by how
many votes its titles have: on 1 January of some years there are more than 10,000, for of many films
no more is known than the year. Cutting never leaves a gap nor an overlap.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError
from matinee.ingest.tmdbapi.shapes import CAP, LISTINGS, MOST_PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.types import Kind

_FEWEST_VOTES, _VOTES_STEP = 1, 10
"""Half of TMDb's titles have no vote at all, and the others are spread over powers of ten."""
_MANY_VOTES = 10_000
"""No day has as many as two hundred titles with more votes, let alone 10,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be downloaded.

    Attributes:
        first: the first day of release.
        last: the last one.
        kind: films or series.
        adult: whether titles for adults come too.

    Raises:
        InputError: the last day is before the first.
    """

    first: dt.date
    last: dt.date
    kind: Kind = "film"
    adult: bool = False

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(
                "The last day is before the first",
                where=f"from {self.first} to {self.last}",
                cure="Exchange --from and --to",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far windows are cut.

    Attributes:
        target: rows; a window of days with more is halved. Far below what could be had: a window
            of 100 pages is read in three seconds, so that little is lost where the download is
            killed and rows hardly move while it is read; cutting costs one request in fifty.
        cap: rows of a list that can be had in one order; TMDb's.
        pages: of a list; TMDb's.
    """

    target: int = 2_000
    cap: int = CAP
    pages: int = MOST_PAGES


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a list: titles of some days that have some number of votes.

    Attributes:
        first: the first day.
        last: the last day, included.
        least: votes.
        most: votes, included; None for any number.
    """

    first: dt.date
    last: dt.date
    least: int = 0
    most: int | None = None

    def parts(self) -> tuple[Window, Window] | None:
        """Return two windows that have its titles between them, None if it cannot be cut.

        >>> [str(w) for w in Window(dt.date(1999, 12, 30), dt.date(2000, 1, 1)).parts()]
        ['1999-12-30 to 1999-12-31', '2000-01-01']
        >>> [str(w) for w in Window(dt.date(2000, 1, 1), dt.date(2000, 1, 1)).parts()]
        ['2000-01-01 with 0 votes', '2000-01-01 with 1 vote and more']
        """
        if self.first < self.last:
            middle = self.first + (self.last - self.first) // 2
            return (
                Window(self.first, middle, self.least, self.most),
                Window(middle + dt.timedelta(1), self.last, self.least, self.most),
            )
        if self.most is not None:
            if self.least == self.most:
                return None
            highest = (self.least + self.most) // 2
        elif self.least >= _MANY_VOTES:
            return None
        else:
            highest = max(_FEWEST_VOTES, self.least * _VOTES_STEP) - 1
        return (
            Window(self.first, self.last, self.least, highest),
            Window(self.first, self.last, highest + 1, self.most),
        )

    def too_large(self, total: int, limits: Limits) -> bool:
        """Tell whether it is to be cut, where that is possible, given its rows."""
        # By votes only as far as it must be: votes are cast while pages are read, and a title that
        # gets its first one between two windows would be in neither.
        days = self.first < self.last
        return total > limits.target if days else total >= limits.cap

    def to_dict(self) -> dict[str, Any]:
        """Return it as :meth:`from_dict` takes it."""
        votes = {} if (self.least, self.most) == (0, None) else {"votes": [self.least, self.most]}
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), **votes}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Window:
        """Return a window as it was written.

        Raises:
            KeyError, TypeError, ValueError: it was not written by :meth:`to_dict`.
        """
        least, most = found.get("votes", (0, None))
        if not isinstance(least, int) or not (most is None or isinstance(most, int)):
            raise TypeError("votes are whole numbers")
        first, last = (dt.date.fromisoformat(found[name]) for name in ("first", "last"))
        return cls(first, last, least, most)

    def __str__(self) -> str:
        days = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        if (self.least, self.most) == (0, None):
            return days
        if self.least == self.most:
            return f"{days} with {_votes(self.least)}"
        more = "and more" if self.most is None else f"to {self.most:,}"
        return f"{days} with {_votes(self.least)} {more}"


def query(window: Window, wanted: Wanted, *, page: int, falling: bool) -> dict[str, str | int]:
    """Return the parameters that ask for a page of a window.

    Args:
        window: which titles.
        wanted: of which kind.
        page: from 1.
        falling: whether the end of the order comes first.
    """
    listing = LISTINGS[wanted.kind]
    asked: dict[str, str | int] = {
        f"{listing.date}.gte": window.first.isoformat(),
        f"{listing.date}.lte": window.last.isoformat(),
        "include_adult": "true" if wanted.adult else "false",
        "sort_by": f"{listing.order}.{'desc' if falling else 'asc'}",
        "page": page,
    }
    if window.least:
        asked["vote_count.gte"] = window.least
    if window.most is not None:
        asked["vote_count.lte"] = window.most
    return asked


def _votes(count: int) -> str:
    return f"{count:,} {'vote' if count == 1 else 'votes'}"

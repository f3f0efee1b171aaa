"""The server as tests use it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from matinee.errors import InputError
from matinee.testing.fake_tmdb.answers import Answers
from matinee.testing.fake_tmdb.faults import Counts, Faults, Striker
from matinee.testing.fake_tmdb.listings import Listings, Wanted
from matinee.testing.fake_tmdb.server import Server
from matinee.testing.fake_tmdb.shapes import APPENDABLE, details, entry
from matinee.testing.fake_tmdb.titles import TODAY, Title, invent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from matinee.testing.fake_tmdb.titles import Kind

KEY = "0123456789abcdef0123456789abcdef"
"""A key as TMDb's version 3 has them, for ``api_key=``; it will do as a bearer too."""
TOKEN = "eyJhbGciOiJub25lIn0.ZmFrZS10bWRi.bm90LWEtc2VjcmV0"  # noqa: S105 -- of this server alone
"""A read access token as its version 4 has them, for ``Authorization: Bearer``."""


class FakeTmdb:
    """TMDb's API on loopback, with invented films and series.

    ::

        with FakeTmdb(films=25_000, faults=Faults(too_many_every=50)) as tmdb:
            download(url=tmdb.url, key=tmdb.key)
            assert tmdb.refused > 0

    It serves from when it is made until it is closed.

    Args:
        films: how many.
        series: how many.
        seed: of what is invented.
        faults: what goes wrong.
        crowded: films more on a day, where one day is to have more than can be paged through.
        cap_total: whether ``total_results`` never says more than can be paged through.
        today: the day it takes it to be.
        port: to listen on; 0 for any.
        now: its clock, in seconds, which rates and rests are told by.

    Attributes:
        url: with the version, as TMDb's is told: ``http://127.0.0.1:PORT/3``.
        key: for ``api_key=``.
        token: for ``Authorization: Bearer``.
        counts: what was asked and what became of it.

    Raises:
        InputError: a number of titles is below 0.
        OSError: the port is taken.
    """

    key = KEY
    token = TOKEN

    def __init__(
        self,
        *,
        films: int = 25_000,
        series: int = 0,
        seed: int = 0,
        faults: Faults | None = None,
        crowded: Mapping[dt.date, int] | None = None,
        cap_total: bool = False,
        today: dt.date = TODAY,
        port: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if films < 0 or series < 0:
            raise InputError("A number of titles is below 0", where=f"{films}, {series}")
        faults = faults or Faults()
        self.counts = Counts()
        self._listings: dict[Kind, Listings] = {
            "movie": Listings(
                "movie", invent("movie", films, seed=seed, crowded=crowded, today=today), today
            ),
            "tv": Listings("tv", invent("tv", series, seed=seed, today=today), today),
        }
        self._striker = Striker(faults, now)
        answers = Answers(self._listings, today=today, turn=self._turn, cap_total=cap_total)
        self._server = Server(
            answers.answer,
            striker=self._striker,
            faults=faults,
            counts=self.counts,
            keys=frozenset((KEY, TOKEN)),
            port=port,
        )
        self.url = f"http://127.0.0.1:{self._server.port}/3"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and stop."""
        self._server.close()

    @property
    def films(self) -> Mapping[int, Title]:
        """The films by number, as they are now."""
        return self._listings["movie"].titles

    @property
    def series(self) -> Mapping[int, Title]:
        """The series by number, as they are now."""
        return self._listings["tv"].titles

    @property
    def asked(self) -> int:
        """Requests that came."""
        return self.counts.asked

    @property
    def refused(self) -> int:
        """Requests that were answered 429."""
        return self.counts.statuses[429]

    @property
    def inserted(self) -> list[int]:
        """Numbers of the films, then the series, that came while somebody paged."""
        return [number for each in self._listings.values() for number in each.inserted]

    @property
    def dropped(self) -> list[int]:
        """Numbers of the films, then the series, that went while somebody paged."""
        return [number for each in self._listings.values() for number in each.dropped]

    def between(
        self,
        first: dt.date | None = None,
        last: dt.date | None = None,
        *,
        adult: bool = False,
        kind: Kind = "movie",
    ) -> set[int]:
        """Return the numbers of titles that a listing of those days has, however many they are."""
        return set(self._listings[kind].listing(Wanted(first=first, last=last, adult=adult)))

    def entry(self, number: int, *, kind: Kind = "movie") -> dict[str, Any]:
        """Return a title as listings show it."""
        return entry(self._listings[kind].titles[number])

    def details(
        self, number: int, *, append: Iterable[str] | None = None, kind: Kind = "movie"
    ) -> dict[str, Any]:
        """Return the details of a title, with all that can be appended unless told."""
        title = self._listings[kind].titles[number]
        return details(title, APPENDABLE[kind] if append is None else append)

    def change(
        self, number: int, *, kind: Kind = "movie", day: dt.date | None = None, **told: Any
    ) -> None:
        """Change a title from now on, and list it among the changes of a day.

        Args:
            number: of the title.
            kind: film or series.
            day: of the change; the server's today, unless told.
            told: fields as TMDb names them. With none, all but its filing is invented anew. With
                another date it is filed under that.
        """
        self._listings[kind].change(number, day=day, **told)

    def add(
        self, date: dt.date, *, kind: Kind = "movie", day: dt.date | None = None, **told: Any
    ) -> int:
        """Add a title, list it among the changes of a day, and return its number.

        Args:
            date: of its release.
            kind: film or series.
            day: of the change; the server's today, unless told.
            told: fields as TMDb names them.
        """
        return self._listings[kind].add(date, day=day, **told)

    def remove(self, number: int, *, kind: Kind = "movie", day: dt.date | None = None) -> None:
        """Take a title away, and list it among the changes of a day."""
        self._listings[kind].remove(number, day=day)

    def _turn(self, listings: Listings, wanted: Wanted) -> None:
        come, go, lift = self._striker.turn()
        if come:
            listings.insert(wanted)
        if go:
            listings.drop(wanted)
        if lift:
            listings.lift(wanted)

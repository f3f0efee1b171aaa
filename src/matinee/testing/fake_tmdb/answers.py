"""What TMDb's API (version 3) answers, without what goes wrong.

Written after its documentation, https://developer.themoviedb.org/docs, in words and numbers of our
own. It is stricter in one thing: a parameter it does not know is an error, so that a misspelt one
does not pass unnoticed.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from matinee.testing.fake_tmdb.query import (
    PAGES,
    day_of,
    number_of,
    page_number,
    parameters,
    wanted_of,
)
from matinee.testing.fake_tmdb.refusals import RefusedError, error
from matinee.testing.fake_tmdb.shapes import APPENDABLE, appended, details, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matinee.testing.fake_tmdb.listings import Listings, Wanted
    from matinee.testing.fake_tmdb.titles import Kind

PAGE, CHANGES = 20, 100
"""Titles on a page of a listing, and on one of changes."""
CHANGED_DAYS = 14
"""Days that changes are asked for at once, at most."""

_SIZES = ["w92", "w154", "w185", "w342", "w500", "w780", "original"]


class Answers:
    """The API over films and series.

    Args:
        listings: films under ``movie``, series under ``tv``.
        today: the day it is.
        turn: called before each page of a listing is answered.
        cap_total: whether a listing says that it has no more than can be paged through.
    """

    def __init__(
        self,
        listings: Mapping[Kind, Listings],
        *,
        today: dt.date,
        turn: Callable[[Listings, Wanted], None],
        cap_total: bool,
    ) -> None:
        self._listings = listings
        self._today = today
        self._turn = turn
        self._cap_total = cap_total

    def answer(self, path: str, query: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the body for an address."""
        try:
            return 200, self._answer(path.strip("/").split("/"), parameters(query))
        except RefusedError as refused:
            return error(refused.code)

    def _answer(self, path: list[str], asked: dict[str, str]) -> dict[str, Any]:
        match path:
            case ["3", "configuration"]:
                return _configuration()
            case ["3", "authentication"]:
                return {"success": True, "status_code": 1, "status_message": "Success."}
            case ["3", "discover", ("movie" | "tv") as kind]:
                return self._discover(kind, asked)
            case ["3", ("movie" | "tv") as kind, "changes"]:
                return self._changes(kind, asked)
            case ["3", ("movie" | "tv") as kind, number]:
                return self._details(kind, number, asked)
            case ["3", ("movie" | "tv") as kind, number, part] if part in APPENDABLE[kind]:
                title = self._listings[kind].titles.get(number_of(number))
                if title is None:
                    raise RefusedError(34)
                return {"id": title.id, **appended(title, part)}
        raise RefusedError(34)

    def _discover(self, kind: Kind, asked: dict[str, str]) -> dict[str, Any]:
        page = page_number(asked.pop("page", "1"))
        wanted = wanted_of(kind, asked)
        listings = self._listings[kind]
        self._turn(listings, wanted)
        found = listings.listing(wanted)
        shown = found[(page - 1) * PAGE : page * PAGE]
        total = min(len(found), PAGE * PAGES) if self._cap_total else len(found)
        return {
            "page": page,
            "results": [entry(listings.titles[number]) for number in shown],
            "total_pages": min(PAGES, math.ceil(len(found) / PAGE)),
            "total_results": total,
        }

    def _changes(self, kind: Kind, asked: dict[str, str]) -> dict[str, Any]:
        page = page_number(asked.pop("page", "1"))
        last = day_of(asked.pop("end_date", ""))
        first = day_of(asked.pop("start_date", ""))
        if asked:
            raise RefusedError(5)
        # Where one end is not said it is a day from the other, or from today.
        day = dt.timedelta(1)
        last = last or (first + day if first else self._today)
        first = first or last - day
        if not dt.timedelta(0) <= last - first <= dt.timedelta(CHANGED_DAYS):
            raise RefusedError(20)
        listings = self._listings[kind]
        found = listings.changes(first, last)
        shown = found[(page - 1) * CHANGES : page * CHANGES]
        return {
            "results": [
                {"id": number, "adult": title.adult if title else None}
                for number in shown
                for title in [listings.titles.get(number)]
            ],
            "page": page,
            "total_pages": min(PAGES, math.ceil(len(found) / CHANGES)),
            "total_results": len(found),
        }

    def _details(self, kind: Kind, number: str, asked: dict[str, str]) -> dict[str, Any]:
        append = [name for name in asked.pop("append_to_response", "").split(",") if name]
        if asked:
            raise RefusedError(5)
        if len(append) > 20:
            raise RefusedError(27)
        title = self._listings[kind].titles.get(number_of(number))
        if title is None:
            raise RefusedError(34)
        # TMDb ignores names that it does not know.
        return details(title, (name for name in append if name in APPENDABLE[kind]))


def _configuration() -> dict[str, Any]:
    return {
        "images": {
            "base_url": "http://image.tmdb.org/t/p/",
            "secure_base_url": "https://image.tmdb.org/t/p/",
            "backdrop_sizes": ["w300", "w780", "w1280", "original"],
            "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
            "poster_sizes": list(_SIZES),
            "profile_sizes": ["w45", "w185", "h632", "original"],
            "still_sizes": ["w92", "w185", "w300", "original"],
        },
        "change_keys": ["adult", "cast", "crew", "general", "images", "overview", "title"],
    }

"""What the parameters of a request mean."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from matinee.testing.fake_tmdb.listings import Wanted
from matinee.testing.fake_tmdb.refusals import RefusedError

if TYPE_CHECKING:
    from matinee.testing.fake_tmdb.titles import Kind

PAGES = 500
"""Pages of a listing that are shown."""
_LEAST = re.compile(r"(vote_count|vote_average)\.(gte|lte)")
_DATES = {"movie": ("primary_release_date", "release_date"), "tv": ("first_air_date",)}
_SORTS = {
    "popularity": "popularity",
    "vote_count": "vote_count",
    "vote_average": "vote_average",
    "primary_release_date": "date",
    "release_date": "date",
    "first_air_date": "date",
}
_NAMES = {"movie": ("title", "original_title"), "tv": ("name", "original_name")}
_IGNORED = frozenset({"api_key", "language", "region", "include_video", "watch_region"})
"""Taken without effect: nothing is translated, and a title has one release."""


def parameters(query: str) -> dict[str, str]:
    """Return the parameters that have an effect; of one said twice, the last."""
    asked = dict(parse_qsl(query, keep_blank_values=True))
    return {name: value for name, value in asked.items() if name not in _IGNORED}


def wanted_of(kind: Kind, asked: dict[str, str]) -> Wanted:
    """Return what the parameters of a listing mean.

    Raises:
        RefusedError: one is unknown, or its value cannot be used.
    """
    first: dt.date | None = None
    last: dt.date | None = None
    sort, falling = "popularity", True
    adult, languages, genres = False, frozenset[str](), frozenset[int]()
    between = {"vote_count": [0.0, math.inf], "vote_average": [0.0, math.inf]}
    for name, value in asked.items():
        bound = _LEAST.fullmatch(name)
        field, _, end = name.partition(".")
        if bound is not None:
            between[bound[1]][bound[2] == "lte"] = _decimal(value)
        elif field in _DATES[kind] and end == "gte":
            first = day_of(value)
        elif field in _DATES[kind] and end == "lte":
            last = day_of(value)
        elif name == "include_adult" and value in ("true", "false"):
            adult = value == "true"
        elif name == "with_original_language":
            languages = frozenset(value.split("|"))
        elif name == "with_genres":
            genres = frozenset(int(_decimal(each)) for each in value.split(","))
        elif name == "sort_by":
            by, _, order = value.partition(".")
            sort, falling = by if by in _NAMES[kind] else _SORTS.get(by, ""), order == "desc"
            if not sort or order not in ("asc", "desc"):
                raise RefusedError(5)
        else:
            raise RefusedError(5)
    return Wanted(
        first=first,
        last=last,
        adult=adult,
        languages=languages,
        genres=genres,
        votes=(between["vote_count"][0], between["vote_count"][1]),
        average=(between["vote_average"][0], between["vote_average"][1]),
        sort=sort,
        falling=falling,
    )


def page_number(value: str) -> int:
    """Return the number of a page.

    Raises:
        RefusedError: there is no such page, of whichever listing.
    """
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= PAGES:
        raise RefusedError(22)
    return int(value)


def day_of(value: str) -> dt.date | None:
    """Return a day, None for nothing said.

    Raises:
        RefusedError: it is not in ISO's form, or no day.
    """
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise RefusedError(23)
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise RefusedError(23) from None


def number_of(value: str) -> int:
    """Return the number of a title.

    Raises:
        RefusedError: it is none.
    """
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise RefusedError(34)
    return int(value)


def _decimal(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value):
        raise RefusedError(5)
    return float(value)

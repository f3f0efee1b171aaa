"""What TMDb's lists look like, as far as is relied on, and the rows that are made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from matinee.catalogue.attribution import ATTRIBUTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.types import Kind

ATTRIBUTION = ATTRIBUTIONS["tmdb"].text
"""What TMDb's terms ask to be shown: https://www.themoviedb.org/documentation/api/terms-of-use"""

PAGE = 20
"""Rows of a page."""
MOST_PAGES = 500
"""Pages of a list that are shown, however many more it has."""
CAP = PAGE * MOST_PAGES
"""Rows of a list that can be had in one order."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How TMDb lists one kind of title.

    Attributes:
        path: of the list.
        date: the field that windows are cut by, as the query calls it.
        shown: the same date as rows have it.
        order: the field rows are sorted by. Titles never change and few are alike, so that rows
            keep their places while pages are read; popularity changes every day.
        media_type: what TMDb calls the kind where it mixes them.
    """

    path: str
    date: str
    shown: str
    order: str
    media_type: str


LISTINGS: Mapping[Kind, Listing] = {
    "film": Listing(
        "/discover/movie", "primary_release_date", "release_date", "original_title", "movie"
    ),
    "series": Listing("/discover/tv", "first_air_date", "first_air_date", "original_name", "tv"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    Attributes:
        rows: the rows by TMDb's number, each as one line of JSON without its end. Those without a
            number are left out; that they are missing shows in the total.
        total: rows of the whole list, as far as TMDb tells.
        pages: of the whole list, at most 500.
    """

    rows: dict[int, bytes]
    total: int
    pages: int


def read_page(found: Mapping[str, Any], number: int, listing: Listing) -> Page:
    """Return a page of a list.

    Args:
        found: TMDb's answer.
        number: of the page that was asked for, from 1.
        listing: of which list.

    Raises:
        ValueError: it is not a page of that number.
    """
    results, total, pages = (found.get(k) for k in ("results", "total_results", "total_pages"))
    if not (isinstance(results, list) and is_count(total) and is_count(pages)):
        raise ValueError("it is no page of a list")
    if found.get("page") != number:
        raise ValueError(f"it is page {found.get('page')!r:.20} where {number} was asked for")
    rows = {
        entry["id"]: _line(entry, listing)
        for entry in results
        if isinstance(entry, dict) and is_count(entry.get("id")) and entry["id"] > 0
    }
    return Page(rows, total, min(pages, MOST_PAGES))


def to_line(value: Mapping[str, Any]) -> bytes:
    """Return an object as JSON on one line, always the same for the same object.

    A lone surrogate, which UTF-8 has no bytes for, stays the escape that it came as.

    >>> to_line({"title": "Amélie", "id": 194}).decode()
    '{"id":194,"title":"Amélie"}'
    """
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8", "backslashreplace")


def _line(entry: Mapping[str, Any], listing: Listing) -> bytes:
    # TMDb leaves out a date that it does not have; and which kind a row is of, the list alone says.
    # Both are what a reader of the file goes by.
    return to_line({listing.shown: "", **entry, "media_type": listing.media_type})


def is_count(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number that is not below 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63

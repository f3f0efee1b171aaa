"""Titles and results as the pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.pipeline.shares import evidence, shares
from matinee.service.posters import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.pipeline.results import Result
    from matinee.pipeline.shares import Share


@dataclass(frozen=True, slots=True)
class Why:
    """What one thing gave to a score, and what that rests on.

    Attributes:
        share: its name and percent.
        rank: place in its list, None if it has none.
        found: words found or wishes fulfilled.
    """

    share: Share
    rank: int | None
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A title in a grid.

    Attributes:
        title: the title.
        url: its page.
        poster: its poster.
        language: its language by name, None if that is English or unknown.
        why: what gave how much to its place, largest first.
    """

    title: Title
    url: str
    poster: str
    language: str | None
    why: tuple[Why, ...] = ()


def public_status(library: Library) -> dict[str, Any]:
    """Return what anybody may know of the library: all but where it lies on the server."""
    return {name: value for name, value in library.status().items() if name != "path"}


def card(title: Title, why: tuple[Why, ...] = ()) -> Card:
    """Return the card of a title."""
    first = title.languages[0] if title.languages else "en"
    language = None if first == "en" else language_name(first)
    return Card(title, title_url(title), poster_url(title), language, why)


def cards(results: Iterable[Result], labels: Mapping[str, str]) -> list[Card]:
    """Return the cards of results.

    Args:
        results: in order.
        labels: how conditions are shown, by their keys.
    """
    return [card(result.title, why(result, labels)) for result in results]


def why(result: Result, labels: Mapping[str, str]) -> tuple[Why, ...]:
    """Return what gave how much to a result's score, the largest first."""
    told = []
    for share in shares(result.parts):
        seen = evidence(result.why or (), share.name, labels)
        told.append(Why(share, seen.get("rank"), seen.get("found", ())))
    return tuple(told)


def title_url(title: Title) -> str:
    """Return the address of a title's page."""
    return address_of(title.id)


def address_of(title_id: str) -> str:
    """Return the address of the page of the title with that id."""
    return f"/title/{quote(title_id, safe=':')}"


def poster_url(title: Title) -> str:
    """Return the address of a title's poster; it changes when the poster does."""
    return f"/poster/{quote(title.id, safe=':')}.svg?v={stamp(title)}"


def search_url(text: str) -> str:
    """Return the address of a search."""
    return f"/search?{urlencode({'q': text})}"


def languages(title: Title) -> list[str]:
    """Return the title's languages by name."""
    return [language_name(code) or code for code in title.languages]


def countries(title: Title) -> list[str]:
    """Return the title's countries by name."""
    return [country_name(code) or code for code in title.countries]


def duration(minutes: int) -> str:
    """Return a runtime in hours and minutes.

    >>> duration(136), duration(45), duration(120)
    ('2 h 16 min', '45 min', '2 h')
    """
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)

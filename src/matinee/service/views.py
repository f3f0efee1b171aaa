"""Titles and results as the pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.service.posters import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.pipeline.results import Result

_LISTS = {"dense": "meaning", "lexical": "words", "title": "title"}
"""What readers know the lists as."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one list gave to a score.

    Attributes:
        name: meaning, words or title.
        percent: of the whole; the shares of a result total 100.
        start: sum of the shares before it.
    """

    name: str
    percent: int
    start: int


@dataclass(frozen=True, slots=True)
class Card:
    """A title in a grid.

    Attributes:
        title: the title.
        url: its page.
        poster: its poster.
        language: its language by name, None if that is English or unknown.
        why: what each list gave, largest first; empty where only one did.
    """

    title: Title
    url: str
    poster: str
    language: str | None
    why: tuple[Share, ...] = ()


def public_status(library: Library) -> dict[str, Any]:
    """Return what anybody may know of the library: all but where it lies on the server."""
    return {name: value for name, value in library.status().items() if name != "path"}


def card(title: Title, parts: Mapping[str, float] | None = None) -> Card:
    """Return the card of a title."""
    first = title.languages[0] if title.languages else "en"
    language = None if first == "en" else language_name(first)
    return Card(title, title_url(title), poster_url(title), language, shares(parts or {}))


def cards(results: tuple[Result, ...]) -> list[Card]:
    """Return the cards of results."""
    return [card(result.title, result.parts) for result in results]


def title_url(title: Title) -> str:
    """Return the address of a title's page."""
    return f"/title/{quote(title.id, safe=':')}"


def poster_url(title: Title) -> str:
    """Return the address of a title's poster; it changes when the poster does."""
    return f"/poster/{quote(title.id, safe=':')}.svg?v={stamp(title)}"


def search_url(text: str) -> str:
    """Return the address of a search."""
    return f"/search?{urlencode({'q': text})}"


def shares(parts: Mapping[str, float]) -> tuple[Share, ...]:
    """Return what each list gave in whole percents that total 100, by largest remainder.

    >>> [(s.name, s.percent) for s in shares({"dense": 1, "lexical": 1, "title": 1})]
    [('meaning', 34), ('words', 33), ('title', 33)]
    """
    given = {name: value for name, value in parts.items() if value > 0}
    total = sum(given.values())
    if not total:
        return ()
    exact = {name: 100 * value / total for name, value in given.items()}
    whole = {name: int(value) for name, value in exact.items()}
    short = 100 - sum(whole.values())
    for name in sorted(exact, key=lambda n: whole[n] - exact[n])[:short]:
        whole[name] += 1
    found, start = [], 0
    for name, percent in sorted(whole.items(), key=lambda item: -item[1]):
        if percent:
            found.append(Share(_LISTS.get(name, name), percent, start))
            start += percent
    return tuple(found)


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

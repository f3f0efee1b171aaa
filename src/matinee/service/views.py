"""Titles and results as the pages show them."""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from matinee.assembly import Library
from matinee.catalogue.attribution import ATTRIBUTIONS
from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.pipeline.shares import evidence, shares
from matinee.service.art import shown
from matinee.service.posters import stamp
from matinee.service.scene import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matinee.catalogue.attribution import Attribution
    from matinee.catalogue.title import Title
    from matinee.ingest.enrich import Provenance
    from matinee.pipeline.results import Result
    from matinee.pipeline.shares import Share
    from matinee.service.marks import Mark


_ANSWERING: ContextVar[weakref.ref[Library] | None] = ContextVar("answering", default=None)
"""The library of the request, for the foot of a page: every page has one, those of errors too. It
is held weakly: a context outlives its request where a timer was set in it."""


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
        mark: what who looks did with it; None where the card offers nothing to do.
    """

    title: Title
    url: str
    poster: str
    language: str | None
    why: tuple[Why, ...] = ()
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where some values of a title came from.

    Attributes:
        fields: their names, as people call them, with commas between.
        source: its name.
        licence: under which they may be used.
        url: the page of it, or that of the source; None where it is none to send a reader to.
    """

    fields: str
    source: str
    licence: str
    url: str | None


def provenance(library: Library | None, title: Title) -> dict[str, Provenance]:
    """Return where values of a title came from, by field; none, or one in memory, knows nothing."""
    return library.provenance(title.id) if isinstance(library, Library) else {}


def attributions(library: Library | None) -> tuple[Attribution, ...]:
    """Return to whom thanks are due for a library; for none, and one in memory, to nobody.

    Where pictures are shown that TMDb's image host gave, to TMDb in any case.
    """
    due = library.attributions if isinstance(library, Library) else ()
    pictures, tmdb = shown(), ATTRIBUTIONS["tmdb"]
    if pictures is not None and pictures.fetches and tmdb not in due:
        return (tmdb, *due)
    return due


def answer_from(library: Library | None) -> None:
    """Note the library that answers this request."""
    _ANSWERING.set(None if library is None else weakref.ref(library))


def thanks() -> tuple[Attribution, ...]:
    """Return to whom thanks are due for the library that answers this request."""
    library = _ANSWERING.get()
    return attributions(None if library is None else library())


def origins(told: Mapping[str, Provenance]) -> list[Origin]:
    """Return where values came from, those of one place together; that of the story first."""
    together: dict[tuple[str, str, str | None], list[str]] = {}
    for name in sorted(told, key=lambda name: (name != "overview", name)):
        each = told[name]
        known = ATTRIBUTIONS.get(each.source)
        url = each.url if known is None or known.pages else known.url
        # What is not https: may be a script, or a page that somebody on the way has changed.
        safe = url if url.startswith("https://") else None
        place = (known.name if known else each.source, each.licence, safe)
        called = "plot" if name == "overview" else name.replace("_", " ")
        together.setdefault(place, []).append(called)
    return [Origin(", ".join(names).capitalize(), *place) for place, names in together.items()]


def public_status(library: Library) -> dict[str, Any]:
    """Return what anybody may know of the library: all but where it lies on the server."""
    return {name: value for name, value in library.status().items() if name != "path"}


def card(title: Title, why: tuple[Why, ...] = (), mark: Mark | None = None) -> Card:
    """Return the card of a title.

    Args:
        title: the title.
        why: what gave how much to its place.
        mark: what who looks did with it; None where the card offers nothing to do.
    """
    first = title.languages[0] if title.languages else "en"
    named = None if first == "en" else language_name(first)
    language = None if named is None else gettext(named)
    return Card(title, title_url(title), poster_url(title), language, why, mark)


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
    address = f"/poster/{quote(title.id, safe=':')}"
    pictures = shown()
    if pictures is None:
        return f"{address}.svg?v={stamp(title)}"
    return f"{address}?v={pictures.stamp(title) or stamp(title)}"


def is_drawn(title: Title) -> bool:
    """Tell whether the poster of a title is the drawn one, for there is no picture of it yet."""
    pictures = shown()
    return pictures is None or pictures.stamp(title) is None


def search_url(text: str) -> str:
    """Return the address of a search."""
    return f"/search?{urlencode({'q': text})}"


def languages(title: Title) -> list[str]:
    """Return the title's languages by name."""
    return [gettext(language_name(code) or code) for code in title.languages]


def countries(title: Title) -> list[str]:
    """Return the title's countries by name."""
    return [gettext(country_name(code) or code) for code in title.countries]


def duration(minutes: int) -> str:
    """Return a runtime in hours and minutes.

    >>> duration(136), duration(45), duration(120)
    ('2 h 16 min', '45 min', '2 h')
    """
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)

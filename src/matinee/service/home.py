"""What the home page shows before anybody has asked for anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.service.ages import Seen
    from matinee.service.holder import Holder

EXAMPLES = (
    "smart heist thriller set in Europe",
    "lonely space survival drama",
    "neo-noir crime with witty dialogue",
    "cozy holiday romcom",
    "malayalam thriller",
    "slow-burn sci-fi about isolation in space",
    "Indian Malayalam investigative thriller after 2020",
    "like 'Drishyam', tight family crime with twists",
    "anime coming-of-age with music and friendship",
    "Tamil neo-noir crime in Chennai",
    "French heist comedy 2000s",
)
"""Queries to begin with, from a mood to a country, a language and a period."""

MOODS = (
    ("Minds that bend", "mind-bending science fiction about memory, time and identity"),
    ("Rain, neon and bad decisions", "neo-noir crime"),
    ("Cold outside, warm in here", "cozy holiday romcom"),
    ("Growing up, drawn", "anime coming of age"),
)
"""Heading and query of each shelf."""

SHELF_LENGTH = 12
_DEPTH = 40
"""Films asked for, so that a shelf stays full when some of its films stand on another."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A row of films in one mood.

    Attributes:
        heading: its name.
        query: what was searched.
        titles: its films, none of which stands on another shelf.
    """

    heading: str
    query: str
    titles: tuple[Title, ...]


def shelves(library: Seen) -> tuple[Shelf, ...]:
    """Return the shelves of a library, no film twice; a shelf without films is left out."""
    shown: set[str] = set()
    found = []
    for heading, query in MOODS:
        results = library.search(query, _DEPTH)
        titles = [r.title for r in results if r.title.id not in shown][:SHELF_LENGTH]
        shown.update(title.id for title in titles)
        if titles:
            found.append(Shelf(heading, query, tuple(titles)))
    return tuple(found)


def shelves_for(holder: Holder, library: Seen) -> tuple[Shelf, ...]:
    """Return the shelves of a library as somebody may see it.

    Those of the whole library are kept by the holder. With an age limit they are found anew each
    time: four searches, some milliseconds each.
    """
    if hasattr(library, "max_age"):
        return shelves(library)
    return holder.shelves(library)

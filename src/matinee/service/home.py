"""What the home page shows before anybody has asked for anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

LENGTH = 12
"""Titles of a row."""
LEAST = 5
"""Titles below which a row is not worth its heading."""
DEPTH = 40
"""Films found for each mood: a shelf of twelve stays full when some of them stand elsewhere."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Films of one mood.

    Attributes:
        heading: its name.
        query: what was searched.
        titles: its films.
    """

    heading: str
    query: str
    titles: tuple[Title, ...]


def shelves(library: Seen) -> tuple[Shelf, ...]:
    """Return all that was found for each mood; a film may be found for several."""
    return tuple(
        Shelf(heading, query, tuple(result.title for result in library.search(query, DEPTH)))
        for heading, query in MOODS
    )


def shelves_for(holder: Holder, library: Seen) -> tuple[Shelf, ...]:
    """Return what was found for each mood in a library as somebody may see it.

    That of the whole library is kept by the holder. With an age limit it is found anew each time:
    four searches, some milliseconds each.
    """
    if hasattr(library, "max_age"):
        return shelves(library)
    return holder.shelves(library)


def arranged(
    found: Iterable[Shelf], shown: Iterable[Title], hidden: Callable[[Title], bool], seed: int
) -> tuple[Shelf, ...]:
    """Return the shelves of a page, no film twice on it.

    Args:
        found: all that was found for each mood.
        shown: what stands elsewhere on the page.
        hidden: whether a title is not to be shown.
        seed: which mood is the first.
    """
    shelved = list(found)
    gone = {title.id for title in shown}
    turned = seed % len(shelved) if shelved else 0
    made: list[Shelf] = []
    for shelf in shelved[turned:] + shelved[:turned]:
        titles = [t for t in shelf.titles if t.id not in gone and not hidden(t)][:LENGTH]
        # The only shelf of a small library holds what there is.
        if len(titles) >= LEAST or (titles and not gone):
            gone.update(title.id for title in titles)
            made.append(replace(shelf, titles=tuple(titles)))
    return tuple(made)

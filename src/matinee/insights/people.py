"""Charts of what people did with the titles: how many ratings each has, and which stars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.insights.chart import Chart
from matinee.insights.counting import binned, column, percent
from matinee.interaction import Action
from matinee.phrase import Fixed, message, phrase, plural

if TYPE_CHECKING:
    from matinee.interaction import Interactions

_STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
"""Where the bins of counts begin: most people and titles have few, some have thousands."""
_HAVE_RATINGS = message(
    "%(share)s of the titles have ratings; half of these have %(middle)s or more, one has %(most)s."
)
_HAVE_ENTRIES = message(
    "%(share)s of the titles have entries; half of these have %(middle)s or more, one has %(most)s."
)
_HALF = 0.5
"""The step of the scale of stars."""


def ratings_per_person(did: Interactions) -> Chart:
    """Count people by how much each of them rated."""
    each = np.bincount(did.users)
    each = each[each > 0]
    names, counts = binned(each, _STEPS)
    return Chart(
        key="ratings_per_person",
        title=phrase("Ratings of a person") if _rated(did) else phrase("Entries of a person"),
        lead=phrase(
            "%(people)s, %(did)s; half of the people have %(middle)s or more, one has %(most)s.",
            people=plural("%(number)s person", "%(number)s people", len(each)),
            did=plural("%(number)s rating", "%(number)s ratings", len(did))
            if _rated(did)
            else plural("%(number)s entry", "%(number)s entries", len(did)),
            middle=_middle(each),
            most=int(each.max()),
        ),
        kind="columns",
        rows=names,
        columns=(phrase("people"),),
        values=column(counts),
        unit=phrase("people"),
    )


def ratings_per_title(did: Interactions, titles: int) -> Chart:
    """Count titles by how many people rated them.

    Args:
        did: with titles of the catalogue.
        titles: of the catalogue; those nobody rated count as well.
    """
    each = np.bincount(did.items)
    each = each[each > 0]
    unrated = titles - len(each)
    names, counts = binned(np.concatenate([np.zeros(unrated, np.int64), each]), _STEPS)
    return Chart(
        key="ratings_per_title",
        title=phrase("Ratings of a title") if _rated(did) else phrase("Entries of a title"),
        lead=phrase(
            _HAVE_RATINGS if _rated(did) else _HAVE_ENTRIES,
            share=percent(len(each), titles),
            middle=_middle(each),
            most=int(each.max()),
        ),
        kind="columns",
        rows=names,
        columns=(phrase("titles"),),
        values=column(counts),
        unit=phrase("titles"),
    )


def stars(did: Interactions) -> Chart | str:
    """Count ratings by their stars, in steps of a half."""
    given = did.values[(did.actions == Action.RATING) & ~np.isnan(did.values)].astype(np.float64)
    if not len(given):
        return phrase("Nobody gave any stars.")
    places = np.rint(given / _HALF).astype(np.int64) - 1
    counts = np.bincount(places, minlength=10)
    most = int(np.argmax(counts))
    return Chart(
        key="stars",
        title=phrase("Stars"),
        lead=phrase(
            "The mean is %(mean)s stars; most often given: %(stars)s, by %(share)s of the ratings.",
            mean=Fixed(float(given.mean()), 2),
            stars=f"{(most + 1) * _HALF:g}",
            share=percent(int(counts[most]), len(given)),
        ),
        kind="columns",
        rows=tuple(f"{(i + 1) * _HALF:g}" for i in range(len(counts))),
        columns=(phrase("ratings"),),
        values=column(counts),
        unit=phrase("ratings"),
    )


def _rated(did: Interactions) -> bool:
    """Tell whether all of it is ratings; who only watched or liked has rated nothing."""
    return bool((did.actions == Action.RATING).all())


def _middle(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return the number that at least half of them reach."""
    return int(np.sort(values)[len(values) // 2])

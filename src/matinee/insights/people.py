"""Charts of what people did with the titles: how many ratings each has, and which stars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.insights.chart import Chart
from matinee.insights.counting import binned, column, counted, percent
from matinee.interaction import Action

if TYPE_CHECKING:
    from matinee.interaction import Interactions

_STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
"""Where the bins of counts begin: most people and titles have few, some have thousands."""
_HALF = 0.5
"""The step of the scale of stars."""


def ratings_per_person(did: Interactions) -> Chart:
    """Count people by how much each of them rated."""
    what = _what(did)
    each = np.bincount(did.users)
    each = each[each > 0]
    names, counts = binned(each, _STEPS)
    return Chart(
        key="ratings_per_person",
        title=f"{what.capitalize()} of a person",
        lead=f"{counted(len(each), 'person', 'people')}, {len(did):,} {what}; half of the people "
        f"have {_middle(each):,} or more, one has {each.max():,}.",
        kind="columns",
        rows=names,
        columns=("people",),
        values=column(counts),
        unit="people",
    )


def ratings_per_title(did: Interactions, titles: int) -> Chart:
    """Count titles by how many people rated them.

    Args:
        did: with titles of the catalogue.
        titles: of the catalogue; those nobody rated count as well.
    """
    what = _what(did)
    each = np.bincount(did.items)
    each = each[each > 0]
    unrated = titles - len(each)
    names, counts = binned(np.concatenate([np.zeros(unrated, np.int64), each]), _STEPS)
    lead = f"{percent(len(each), titles)} of the titles have {what}; half of these "
    return Chart(
        key="ratings_per_title",
        title=f"{what.capitalize()} of a title",
        lead=f"{lead}have {_middle(each):,} or more, one has {each.max():,}.",
        kind="columns",
        rows=names,
        columns=("titles",),
        values=column(counts),
        unit="titles",
    )


def stars(did: Interactions) -> Chart | str:
    """Count ratings by their stars, in steps of a half."""
    given = did.values[(did.actions == Action.RATING) & ~np.isnan(did.values)].astype(np.float64)
    if not len(given):
        return "Nobody gave any stars."
    places = np.rint(given / _HALF).astype(np.int64) - 1
    counts = np.bincount(places, minlength=10)
    most = int(np.argmax(counts))
    return Chart(
        key="stars",
        title="Stars",
        lead=f"The mean is {given.mean():.2f} stars; most often given "
        f"{'is' if most == 1 else 'are'} {(most + 1) * _HALF:g}, "
        f"by {percent(int(counts[most]), len(given))} of the ratings.",
        kind="columns",
        rows=tuple(f"{(i + 1) * _HALF:g}" for i in range(len(counts))),
        columns=("ratings",),
        values=column(counts),
        unit="ratings",
    )


def _what(did: Interactions) -> str:
    # Who only watched or liked has rated nothing.
    return "ratings" if bool((did.actions == Action.RATING).all()) else "entries"


def _middle(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return the number that at least half of them reach."""
    return int(np.sort(values)[len(values) // 2])

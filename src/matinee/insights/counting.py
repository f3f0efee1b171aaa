"""Counts by decade and by bin, and the way figures are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.phrase import Fixed, listed, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.types import Rows

YEAR_UNKNOWN = phrase("unknown")


def percent(part: float, whole: float) -> str:
    """Return a share as one says it, never as nothing or all where it is not quite.

    >>> percent(1, 3), percent(1, 1000), percent(999, 1000), percent(0, 7)
    ('33%', 'less than 1%', 'more than 99%', '0%')
    """
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 1:
        return phrase("less than 1%%")
    if 99 < share < 100:
        return phrase("more than 99%%")
    return phrase("%(share)s%%", share=Fixed(share, 0))


def together(names: Sequence[str]) -> str:
    """Return names as one says them.

    >>> together(["a", "b", "c"]), together(["a"])
    ('a, b and c', 'a')
    """
    if len(names) == 1:
        return names[0]
    return phrase("%(names)s and %(last)s", names=listed(names[:-1]), last=names[-1])


def decade(year: float) -> str:
    """Return the name of a decade.

    >>> decade(1990)
    '1990s'
    """
    return phrase("%(year)ss", year=f"{year:.0f}")


def plain(label: str) -> str:
    """Return a label as a template of a phrase."""
    return label.replace("%", "%%")


def decades(years: npt.NDArray[np.float64]) -> tuple[tuple[str, ...], Rows]:
    """Return the decades of years [n], oldest first, and the place of each title's among them.

    Decades in between that have no title are left out; titles without a year come last.

    >>> decades(np.array([1995.0, np.nan, 1931.0]))
    (('1930s', '1990s', 'unknown'), array([1, 2, 0]))
    """
    found, places = np.unique(years // 10 * 10, return_inverse=True)
    names = [decade(year) for year in found if np.isfinite(year)]
    return (*names, *[YEAR_UNKNOWN] * (len(found) - len(names))), places.astype(np.int64)


def shares(having: npt.NDArray[np.bool_], places: Rows, groups: int) -> npt.NDArray[np.float64]:
    """Return the share in % of titles [n] that have something, by their group, float64 [groups].

    >>> shares(np.array([True, False, True]), np.array([0, 0, 1]), 2)
    array([ 50., 100.])
    """
    all_of_them = np.bincount(places, minlength=groups)
    return 100 * np.bincount(places[having], minlength=groups) / np.maximum(all_of_them, 1)


def binned(
    values: npt.NDArray[np.float64] | Rows, edges: Sequence[int]
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Count whole numbers in bins, the last without an end, and name the bins.

    Bins after the last and before the first that has anything are left out.

    Args:
        values: [n], none below the first edge.
        edges: where each bin begins, ascending.

    >>> binned(np.array([0, 3, 3, 700]), (0, 1, 2, 5, 10))
    (('0', '1', '2–4', '5–9', '10+'), array([1, 0, 2, 0, 1]))
    >>> binned(np.array([2, 3]), (0, 1, 2, 5, 10))
    (('2–4',), array([2]))
    """
    places = np.searchsorted(edges, values, side="right") - 1
    counts = np.bincount(places, minlength=len(edges))
    there = np.flatnonzero(counts)
    first, last = int(there[0]), int(there[-1])
    names = [
        f"{edges[i]:,}+" if i + 1 == len(edges) else _span(edges[i], edges[i + 1] - 1)
        for i in range(first, last + 1)
    ]
    return tuple(names), counts[first : last + 1].astype(np.int64)


def _span(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,}–{last:,}"


def column(values: npt.NDArray[np.float64] | Rows) -> tuple[tuple[float], ...]:
    """Return numbers [n] as the values of a chart with one series, whole ones as int.

    >>> column(np.array([1, 2]))
    ((1,), (2,))
    """
    return tuple((value,) for value in values.tolist())

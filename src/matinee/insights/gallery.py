"""Well-known titles that have a poster, of different decades and genres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.catalogue.columns import Columns
    from matinee.types import Rows

GALLERY = 24
"""Rows of two, three, four, six and eight are full."""


_WELL_KNOWN = 1_000
"""Titles with the most votes that are chosen from: whoever knows films has heard of them."""


def gallery(columns: Columns, having: npt.NDArray[np.bool_]) -> Rows:
    """Return rows [at most 24] of well-known titles, the best known first.

    One is taken after the other: of the decade and first genre that were taken least so far, the
    one with the most votes.

    Args:
        columns: of n titles.
        having: bool [n], titles that have a poster.
    """
    rows = np.flatnonzero(having)
    votes = np.nan_to_num(columns.numbers("vote_count")[rows], nan=0.0)
    # By votes, and of equals the older row.
    rows = rows[np.lexsort((rows, -votes))][:_WELL_KNOWN]
    decades = _coded(columns.numbers("year")[rows] // 10)
    coded = columns.coded("genres")
    first = np.full(len(columns), -1.0)
    there, entries = np.unique(coded.rows, return_index=True)
    first[there] = coded.codes[entries]
    genres = _coded(first[rows])
    taken = np.zeros(len(rows), np.bool_)
    for _ in range(min(GALLERY, len(rows))):
        before = np.bincount(decades[taken], minlength=len(rows))[decades]
        before += np.bincount(genres[taken], minlength=len(rows))[genres]
        taken[np.argmin(np.where(taken, len(rows) + GALLERY, before))] = True
    return rows[taken]


def _coded(values: npt.NDArray[np.float64]) -> Rows:
    """Return each value as a number of its own, from 0; nothing known is a value as well."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)

"""What a factorisation machine is told of a person and of a title, as sparse rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import ItemFeatures
    from matinee.taste.rating_data import Ratings

SECONDS_A_DAY = 86_400

# Years are told in bins: single years have too few ratings, decades blur.
_YEARS_A_BIN = 3
_FIRST_YEAR = 1900

# Sets as of an earlier moment are taken at so few moments, each this much larger than the one
# before, that all of them together are no more than three times the last.
_GROWTH = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """The titles that people had rated, each set divided by the root of its size.

    Attributes:
        matrix: scipy CSR [s, titles], a set a row.
        row: int64 [n], the set of each rating or pair.
    """

    matrix: Any
    row: npt.NDArray[np.int64]


def whole_sets(ratings: Ratings) -> Sets:
    """Return everything that each person rated, a set a person."""
    return Sets(
        matrix=_scaled(ratings.users, ratings.items, (ratings.people, ratings.titles)),
        row=ratings.users,
    )


def past_sets(ratings: Ratings, users: npt.NDArray[np.int64], times: npt.NDArray[np.int64]) -> Sets:
    """Return what people had rated before given moments, to within a growth of half.

    A set holds the first m titles of a person, where m is the largest of 0, 1, 2, 3, 5, 8, 12...
    that is not more than the number rated strictly before the moment. Nothing of the moment itself
    or later is in it.

    Args:
        ratings: in order of people and time.
        users: int64 [p], person of each moment.
        times: int64 [p].
    """
    offsets = ratings.offsets
    before = np.zeros(len(users), np.int64)
    for user in np.unique(users):
        own = ratings.times[offsets[user] : offsets[user + 1]]
        asked = users == user
        before[asked] = np.searchsorted(own, times[asked], side="left")
    steps = _steps(int(before.max(initial=0)))
    size = steps[np.searchsorted(steps, before, side="right") - 1]
    pairs, row = np.unique(np.stack([users, size], 1), axis=0, return_inverse=True)
    owners = np.repeat(np.arange(len(pairs)), pairs[:, 1])
    within = np.arange(len(owners)) - np.repeat(np.cumsum(pairs[:, 1]) - pairs[:, 1], pairs[:, 1])
    items = ratings.items[offsets[pairs[owners, 0]] + within]
    return Sets(
        matrix=_scaled(owners, items, (len(pairs), ratings.titles)),
        row=row.reshape(-1).astype(np.int64),
    )


def title_rows(ratings: Ratings, features: ItemFeatures | None) -> tuple[Any, tuple[int, ...]]:
    """Return what is told of each title, scipy CSR [titles, f], and the widths of its groups.

    The groups are the title itself, who rated it (divided by the root of their number), its
    genres (likewise) and its years in bins; the last two only where ``features`` are known.
    """
    titles = ratings.titles
    parts = [
        sparse.identity(titles, format="csr"),
        _scaled(ratings.items, ratings.users, (titles, ratings.people)),
    ]
    if features is not None:
        genres = features.genres / np.sqrt(np.maximum(features.genres.sum(1, keepdims=True), 1))
        known = ~np.isnan(features.years)
        years = np.where(known, features.years, _FIRST_YEAR)
        bins = np.where(known, np.maximum(years - _FIRST_YEAR, 0) // _YEARS_A_BIN + 1, 0)
        parts += [sparse.csr_matrix(genres), one_hot(bins.astype(np.int64), int(bins.max()) + 1)]
    widths = tuple(part.shape[1] for part in parts)
    return sparse.csr_matrix(sparse.hstack(parts), dtype=np.float64), widths


def one_hot(columns: npt.NDArray[np.int64], width: int) -> Any:
    """Return rows with a single 1, scipy CSR [n, width]; a column below 0 gives an empty row."""
    rows = np.flatnonzero(columns >= 0)
    shape = (len(columns), width)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns[rows])), shape=shape)


def _scaled(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], shape: tuple[int, int]
) -> Any:
    sizes = np.bincount(rows, minlength=shape[0])
    return sparse.csr_matrix((1 / np.sqrt(sizes[rows]), (rows, columns)), shape=shape)


def _steps(largest: int) -> npt.NDArray[np.int64]:
    steps = [0, 1]
    while steps[-1] < largest:
        steps.append(max(steps[-1] + 1, int(steps[-1] * _GROWTH)))
    return np.array(steps)

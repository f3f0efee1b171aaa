"""Other orders than by relevance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.catalogue.columns import NumberColumn
    from matinee.pipeline.engine import Engine
    from matinee.types import Rows

_NUMBERS: Mapping[str, tuple[NumberColumn, bool]] = {
    "newest": ("year", True),
    "oldest": ("year", False),
    "rating": ("vote_average", True),
    "votes": ("vote_count", True),
    "shortest": ("runtime", False),
    "longest": ("runtime", True),
}
"""Order to its column, and whether it falls."""


def sort_rows(engine: Engine, rows: Rows, sort: str) -> npt.NDArray[np.int64]:
    """Return the places of rows [m] in another order; equals keep theirs, unknowns come last.

    Ratings are compared by the mean that doubts few votes, see :class:`matinee.rank.prior.Prior`.
    """
    if sort == "title":
        names = [fold(title.title) for title in engine.catalogue.titles(rows.tolist())]
        return np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    column, falling = _NUMBERS[sort]
    known = engine.columns.numbers(column)[rows]
    values = engine.prior.quality[rows] if sort == "rating" else known
    values = np.where(np.isnan(known), np.inf, -values if falling else values)
    return np.argsort(values, kind="stable")

"""Counts of the candidates by what they are, for narrowing an answer down."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.catalogue.columns import ChoiceColumn
    from matinee.pipeline.engine import Engine
    from matinee.types import Rows

_COLUMNS: Mapping[str, ChoiceColumn] = {
    "genre": "genres",
    "language": "first_language",
    "country": "countries",
    "kind": "kind",
    "certification": "certification",
}


def count_facets(engine: Engine, rows: Rows) -> dict[str, dict[str, int]]:
    """Return, by facet, how many of the rows [m] have each value, the most frequent first.

    Languages are the first of each title; they and countries are codes. Decades are named by their
    first year and stand in order.
    """
    counts = {name: engine.columns.count(column, rows) for name, column in _COLUMNS.items()}
    years = engine.columns.numbers("year")[rows]
    decades = Counter((years[np.isfinite(years)] // 10 * 10).astype(int).tolist())
    counts["decade"] = {str(decade): decades[decade] for decade in sorted(decades)}
    return counts

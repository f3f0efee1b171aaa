"""The titles of a catalogue as the models of taste want them described."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.columns import Columns
from matinee.catalogue.words import fold
from matinee.half import widen
from matinee.interaction import ItemFeatures

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable

BILLED = 5
"""Actors of a title that count; supporting players tie everything to everything."""


def item_features(
    titles: TitleTable, vectors: npt.NDArray[np.float16], rows: npt.NDArray[np.int64] | None = None
) -> ItemFeatures:
    """Return what is known of titles, row by row.

    Args:
        titles: n of them.
        vectors: float16 [n, d], unit vectors of their stories.
        rows: the rows wanted, int64 [m]; None means all.
    """
    rows = np.arange(len(titles)) if rows is None else rows
    columns = Columns(titles)
    coded = columns.coded("genres")
    genres = np.zeros((len(titles), len(coded.names)), np.bool_)
    genres[coded.rows, coded.codes] = True
    return ItemFeatures(
        years=columns.numbers("year")[rows].astype(np.float32),
        genres=genres[rows],
        genre_names=coded.names,
        vectors=widen(vectors[rows]),
        people=_people(titles, rows),
    )


def _people(titles: TitleTable, rows: npt.NDArray[np.int64]) -> list[tuple[int, ...]]:
    numbers: dict[str, int] = {}
    made = titles.table.select(["directors", "cast"]).take(rows)
    found: list[tuple[int, ...]] = []
    for directors, cast in zip(
        made.column("directors").to_pylist(), made.column("cast").to_pylist(), strict=True
    ):
        names = dict.fromkeys(map(fold, [*directors, *cast[:BILLED]]))
        found.append(tuple(numbers.setdefault(name, len(numbers)) for name in names))
    return found

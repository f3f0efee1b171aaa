from __future__ import annotations

from dataclasses import replace

import numpy as np

from matinee.interaction import ItemFeatures
from matinee.taste.properties import GENRE, MAKER, YEARS, property_rows

FEATURES = ItemFeatures(
    years=np.array([1992, 1994, 2005, np.nan], np.float32),
    genres=np.array([[1, 0], [1, 0], [0, 1], [1, 0]], np.bool_),
    genre_names=("comedy", "drama"),
    people=[(7, 3), (3, 3), (9,), ()],
)


def test_rows_are_what_several_titles_share() -> None:
    rows = property_rows(FEATURES).toarray().tolist()
    # Nobody else is a drama, of 2005, or by 7 or 9; a maker named twice counts once.
    assert rows == [
        [GENRE, GENRE, 0, GENRE],
        [YEARS, YEARS, 0, 0],
        [MAKER, MAKER, 0, 0],
    ]


def test_what_is_not_known_makes_no_rows() -> None:
    nothing = replace(
        FEATURES,
        years=np.full(4, np.nan, np.float32),
        genres=np.zeros((4, 2), np.bool_),
        people=None,
    )
    assert property_rows(nothing).shape == (0, 4)

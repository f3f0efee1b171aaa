"""What lists are like beside being right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.evaluate import beyond
from matinee.interaction import NO_TIME, Histories, ItemFeatures

GENRES = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], bool)
FEATURES = ItemFeatures(
    years=np.full(4, np.nan, np.float32), genres=GENRES, genre_names=["Drama", "War"]
)


def history(*items: int) -> Histories:
    n = len(items)
    return Histories(
        offsets=np.array([0, n]),
        items=np.array(items, np.int64),
        actions=np.zeros(n, np.int8),
        values=np.full(n, 5, np.float32),
        times=np.full(n, NO_TIME),
        users=np.array([-1]),
    )


def test_diversity_is_the_mean_jaccard_distance_of_pairs() -> None:
    # Drama against war: 1; drama against both: 1/2; war against both: 1/2.
    found = beyond.intra_list_diversity(np.array([[0, 1, 2]]), FEATURES)
    assert found == pytest.approx(2 / 3)
    assert beyond.intra_list_diversity(np.array([[0, 3, -1]]), FEATURES) == pytest.approx(1.0)
    assert beyond.intra_list_diversity(np.array([[0, -1]]), FEATURES) == 0


def test_calibration_of_a_list_like_the_history_is_perfect() -> None:
    assert beyond.miscalibration(np.array([[0, 1]]), history(0, 1), FEATURES) == pytest.approx(0)
    # p = (1, 0), q = (0, 1), smoothed to (.01, .99): ln(1 / .01).
    found = beyond.miscalibration(np.array([[1, -1]]), history(0), FEATURES)
    assert found == pytest.approx(np.log(100))


def test_a_title_nobody_knows_is_new_to_half_a_person() -> None:
    assert beyond.novelty(np.array([[0]]), np.zeros(1), 8) == pytest.approx(4)


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=6))
def test_coverage_and_gini_lie_between_0_and_1(rows: list[list[int]]) -> None:
    lists = np.array(rows)
    assert 0 < beyond.coverage(lists, 6) <= 1
    assert 0 <= beyond.gini(lists, 6) < 1


def test_everything_at_once_leaves_genres_out_where_there_are_none() -> None:
    bare = ItemFeatures(years=FEATURES.years, genres=np.zeros((4, 0), bool), genre_names=[])
    popularity = np.array([0.5, 0.25, 0.1, 0.0])
    lists = np.array([[0, 1]])
    names = set(beyond.beside_accuracy(lists, history(2), bare, popularity, 10))
    assert names == {"coverage@10", "gini@10", "mean_popularity@10", "novelty@10"}
    more = beyond.beside_accuracy(lists, history(2), FEATURES, popularity, 10)
    assert {"intra_list_diversity@10", "miscalibration@10"} <= set(more)

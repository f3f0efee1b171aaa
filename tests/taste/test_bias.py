"""Habits of titles and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.interaction import NO_TIME, Action, Histories, Interactions
from matinee.taste.bias import Bias, FittedBias
from matinee.taste.rating_data import LATER, Ratings
from matinee.testing import RatingPredictorContract
from matinee.testing.invented import history_of, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RatingModel, RatingPredictor


def rated(
    rows: list[tuple[int, int, float, int]], people: int = 4, titles: int = 5
) -> Interactions:
    table = np.array(rows, float).reshape(-1, 4)
    return Interactions(
        users=table[:, 0].astype(np.int64),
        items=table[:, 1].astype(np.int64),
        actions=np.full(len(table), Action.RATING, np.int8),
        values=table[:, 2].astype(np.float32),
        times=table[:, 3].astype(np.int64),
        user_ids=[str(i) for i in range(people)],
        item_ids=[str(i) for i in range(titles)],
    )


class TestBiasContract(RatingPredictorContract):
    def model(self) -> RatingModel:
        return Bias()

    def open(self, folder: Path) -> RatingPredictor:
        return FittedBias.open(folder)

    def test_tells_the_loved_from_the_hated(self) -> None:
        """Habits know no taste: everybody has the titles in one order."""
        histories = Histories.of(invented_interactions())
        fitted = self.fitted()
        titles = np.arange(25)
        order = [
            np.argsort(fitted.predict(histories, np.full(25, person), titles).stars, kind="stable")
            for person in (0, 1)
        ]
        assert order[0].tolist() == order[1].tolist()


rows = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 4), st.integers(1, 10).map(lambda n: n / 2), st.just(1)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_habits_settle_at_the_penalised_least_squares(
    given_rows: list[tuple[int, int, float, int]],
) -> None:
    ratings = Ratings.of(rated(given_rows))
    model = Bias(title_shrinkage=2, person_shrinkage=3, passes=400)
    fitted = model.learn(ratings)
    # min |y - A x|^2 + x' diag(shrinkage) x, all habits at once.
    design = np.zeros((len(ratings), 9))
    design[np.arange(len(ratings)), ratings.items] = 1
    design[np.arange(len(ratings)), 5 + ratings.users] = 1
    penalty = np.diag([2.0] * 5 + [3.0] * 4)
    rest = ratings.stars - ratings.stars.mean()
    habits = np.linalg.solve(design.T @ design + penalty, design.T @ rest)
    np.testing.assert_allclose(fitted.title, habits[:5], atol=1e-6)
    np.testing.assert_allclose(fitted.habits(ratings), habits[5:], atol=1e-6)


def test_the_history_decides_not_the_number_of_the_person() -> None:
    fitted = Bias().fit(rated([(0, 0, 5, 1), (0, 1, 5, 2), (1, 0, 2, 3), (1, 2, 1, 4)]))
    told = Histories.of(rated([(0, 1, 1, 1), (1, 1, 1, 1)]))
    both = fitted.predict(told, np.array([0, 1]), np.array([2, 2])).stars
    assert both[0] == both[1]


def test_a_habit_as_of_a_moment_holds_what_came_until_then() -> None:
    ratings = Ratings.of(rated([(0, 0, 5, 10), (0, 1, 4, 20), (0, 2, 1, 30), (1, 0, 2, 15)]))
    fitted = Bias().learn(ratings)
    until = np.array([5, 10, 25, LATER])
    found = fitted.habits_at(ratings, np.zeros(4, np.int64), until)
    for place, number in enumerate((0, 1, 2, 3)):
        # Counted over the first ratings of this person alone.
        own = ratings.take(np.arange(len(ratings)) < number)
        assert found[place] == pytest.approx(fitted.habits(own)[0])


def test_the_latest_of_several_ratings_of_one_title_counts() -> None:
    ratings = Ratings.of(rated([(1, 3, 1, 50), (1, 3, 5, 90), (1, 3, 2, 70), (0, 0, 3, 1)]))
    assert ratings.stars.tolist() == [3, 5]
    assert ratings.times.tolist() == [1, 90]


def test_without_all_times_there_are_none() -> None:
    assert not Ratings.of(rated([(0, 0, 3, 5), (0, 1, 3, NO_TIME)])).timed


def test_nothing_to_learn_from_is_refused() -> None:
    watched = rated([(0, 0, np.nan, 1)])
    with pytest.raises(InputError, match="no rating"):
        Bias().fit(watched)


def test_a_title_outside_is_refused() -> None:
    fitted = Bias().fit(rated([(0, 0, 3, 1)]))
    with pytest.raises(InputError, match="outside the item space"):
        fitted.predict(history_of([]), np.array([0]), np.array([5]))
    with pytest.raises(InputError, match="outside the item space"):
        fitted.predict(history_of([7]), np.array([0]), np.array([0]))
    with pytest.raises(InputError, match="outside the batch"):
        fitted.predict(history_of([]), np.array([1]), np.array([0]))


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(0, 3), st.integers(-5, 60), st.integers(-5, 60))
def test_a_span_is_what_a_filter_finds(
    given_rows: list[tuple[int, int, float, int]], person: int, since: int, until: int
) -> None:
    timed = [(u, i, s, 7 * place % 50) for place, (u, i, s, _) in enumerate(given_rows)]
    ratings = Ratings.of(rated(timed))
    starts, ends = ratings.span(np.array([person]), np.array([since]), np.array([until]))
    wanted = (ratings.users == person) & (ratings.times >= since) & (ratings.times <= until)
    assert np.arange(starts[0], ends[0]).tolist() == np.flatnonzero(wanted).tolist()

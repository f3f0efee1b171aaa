from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.interaction import NO_TIME, Action, Histories, Interactions
from matinee.taste.matrix import entry_weights, fitting_matrix, rating_matrix, serving_matrix
from matinee.taste.preference import Preference


def did(*rows: tuple[int, int, Action, float, int]) -> Interactions:
    users, items, actions, values, times = zip(*rows, strict=True)
    return Interactions(
        users=np.array(users, np.int64),
        items=np.array(items, np.int64),
        actions=np.array(actions, np.int8),
        values=np.array(values, np.float32),
        times=np.array(times, np.int64),
        user_ids=["a", "b", "c"],
        item_ids=["x", "y", "z"],
    )


NONE = float("nan")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(Action.WATCH, NONE, 5), (Action.RATING, 1, 1)], [0, -0.3]),
        ([(Action.RATING, 1, 9), (Action.RATING, 5, 1)], [-0.3, 0]),
        ([(Action.RATING, 5, NO_TIME), (Action.RATING, 1, NO_TIME)], [0, -0.3]),
        ([(Action.WATCH, NONE, 1), (Action.ABANDON, NONE, 2)], [0, -0.3]),
        ([(Action.WATCH, NONE, 1), (Action.REWATCH, NONE, 2)], [0, 1]),
        ([(Action.HIDE, NONE, 1), (Action.LIKE, NONE, 2), (Action.WATCH, NONE, 3)], [0, 1, 0]),
    ],
)
def test_of_several_entries_on_one_title_one_counts(
    rows: list[tuple[Action, float, int]], expected: list[float]
) -> None:
    one = did(*[(0, 1, *row) for row in rows])
    assert entry_weights(one, Preference()).tolist() == pytest.approx(expected)
    # In a history too, which is in order of time; and whatever the order of the rows.
    backwards = one.take(np.arange(len(one))[::-1])
    assert entry_weights(backwards, Preference())[::-1].tolist() == pytest.approx(expected)
    found = entry_weights(Histories.of(one), Preference())
    assert sorted(found.tolist()) == pytest.approx(sorted(expected))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 6)), min_size=1))
def test_no_title_counts_twice_for_a_person(rows: list[tuple[int, int, int]]) -> None:
    some = did(*[(u, i, Action(a), NONE, 3) for u, i, a in rows])
    weights = entry_weights(some, Preference())
    pairs = {(u, i) for u, i, _ in rows}
    # Without ratings every interaction weighs something, so one of each pair is left.
    assert (weights != 0).sum() == len(pairs)


def test_two_people_may_want_the_same() -> None:
    some = did((0, 1, Action.LIKE, NONE, 1), (1, 1, Action.LIKE, NONE, 1))
    assert entry_weights(some, Preference()).tolist() == [1, 1]


def test_what_speaks_against_is_kept_where_asked_for() -> None:
    some = did(
        (0, 0, Action.RATING, 5, 1), (0, 1, Action.RATING, 1, 1), (2, 2, Action.RATING, 3, 1)
    )
    both = fitting_matrix(some, Preference(), negative=True).toarray()
    assert both == pytest.approx(np.array([[1, -0.3, 0], [0, 0, 0], [0, 0, 0.2]]))
    wanted = fitting_matrix(some, Preference(neutral=0), negative=False).toarray()
    assert wanted.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    every = fitting_matrix(some, Preference(positive=None), negative=True).toarray()
    assert every.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_nothing_wanted_is_refused() -> None:
    with pytest.raises(InputError, match=r"No interaction speaks for a title"):
        fitting_matrix(did((0, 0, Action.RATING, 1, 1)), Preference(), negative=True)


def test_ratings_are_the_latest() -> None:
    some = did(
        (0, 0, Action.RATING, 5, 2),
        (0, 0, Action.RATING, 1, 1),
        (0, 1, Action.WATCH, NONE, 1),
        (1, 2, Action.RATING, NONE, 1),
        (1, 1, Action.RATING, 2.5, 1),
    )
    assert rating_matrix(some).toarray().tolist() == [[5, 0, 0], [0, 2.5, 0], [0, 0, 0]]
    with pytest.raises(InputError, match="no ratings with stars"):
        rating_matrix(replace(some, values=np.full(5, np.nan, np.float32)))


def test_histories_as_a_matrix() -> None:
    some = did((0, 0, Action.LIKE, NONE, 2), (2, 2, Action.HIDE, NONE, 1))
    histories = Histories.of(some)
    weights = entry_weights(histories, Preference())
    matrix = serving_matrix(histories.offsets, histories.items, weights, 3).toarray()
    assert matrix == pytest.approx(np.array([[1, 0, 0], [0, 0, 0], [0, 0, -0.3]]))

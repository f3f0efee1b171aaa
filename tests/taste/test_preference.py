from __future__ import annotations

import numpy as np
import pytest

from matinee.half import widen
from matinee.interaction import NO_TIME, Action, Interactions
from matinee.taste.preference import Preference
from matinee.testing.invented import history_of

NONE = float("nan")


def weight(preference: Preference, action: Action, stars: float = NONE) -> float:
    one = Interactions(
        users=np.zeros(1, np.int64),
        items=np.zeros(1, np.int64),
        actions=np.array([action], np.int8),
        values=np.array([stars], np.float32),
        times=np.full(1, NO_TIME),
        user_ids=["a"],
        item_ids=["x"],
    )
    weights = preference.weights(one)
    assert weights.dtype == np.float32
    return float(weights[0])


@pytest.mark.parametrize(
    ("action", "stars", "expected"),
    [
        (Action.RATING, 5, 1),
        (Action.RATING, 4, 1),
        (Action.RATING, 3.5, 0.2),
        (Action.RATING, 3, 0.2),
        (Action.RATING, 2.5, -0.3),
        (Action.RATING, 0.5, -0.3),
        (Action.RATING, NONE, 1),
        (Action.WATCH, NONE, 1),
        (Action.WATCH, 1, 1),
        (Action.LIKE, NONE, 1),
        (Action.REWATCH, NONE, 1),
        (Action.DISLIKE, NONE, -0.3),
        (Action.DISLIKE, 5, -0.3),
        (Action.HIDE, NONE, -0.3),
        (Action.ABANDON, NONE, -0.3),
    ],
)
def test_weight_of_each_action(action: Action, stars: float, expected: float) -> None:
    assert weight(Preference(), action, stars) == pytest.approx(expected)


@pytest.mark.parametrize("stars", [0.5, 2.5, 3.5, 5.0])
def test_every_rating_may_count(stars: float) -> None:
    assert weight(Preference(positive=None), Action.RATING, stars) == 1
    assert weight(Preference(positive=None), Action.HIDE) == pytest.approx(-0.3)


def test_what_was_well_enough_weighs_but_is_not_favoured() -> None:
    did = history_of([0, 1, 2, 3], [5, 4, 3.5, 2.5])
    preference = Preference(neutral=0.5)
    assert (preference.weights(did) > 0).tolist() == [True, True, True, False]
    assert preference.favours(did).tolist() == [True, True, False, False]
    assert Preference(positive=None).favours(did).all()


@pytest.mark.parametrize("action", Action)
def test_favoured_without_stars_is_what_weighs_above_nothing(action: Action) -> None:
    did = history_of([0], [NONE], action=action)
    assert Preference().favours(did).tolist() == (Preference().weights(did) > 0).tolist()


def test_every_half_is_widened_exactly() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]
    assert len(finite) == 2 * 31 * 1024
    assert np.array_equal(widen(finite), finite.astype(np.float32))
    table = np.arange(12, dtype=np.float16).reshape(3, 4)
    assert np.array_equal(widen(table[:, ::2]), table[:, ::2].astype(np.float32))

from __future__ import annotations

import numpy as np
import pytest

from matinee.half import widen
from matinee.interaction import NO_TIME, Action, Interactions
from matinee.taste.preference import Preference

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


def test_every_half_is_widened_exactly() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]
    assert len(finite) == 2 * 31 * 1024
    assert np.array_equal(widen(finite), finite.astype(np.float32))
    table = np.arange(12, dtype=np.float16).reshape(3, 4)
    assert np.array_equal(widen(table[:, ::2]), table[:, ::2].astype(np.float32))

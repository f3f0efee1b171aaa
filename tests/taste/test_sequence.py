from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.interaction import NO_TIME, Action, Interactions
from matinee.taste.sequence import FittedSequence, Sequence
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


class TestSequence(RecommenderContract):
    order_matters = True

    def model(self) -> Sequence:
        return Sequence()

    def open(self, folder: Path) -> FittedSequence:
        return FittedSequence.open(folder)


def watched(orders: list[list[int]], titles: int, *, step: int | None = DAY) -> Interactions:
    """Return people who watched titles in order, ``step`` seconds apart; None: times unknown."""
    users = np.repeat(np.arange(len(orders)), [len(order) for order in orders])
    items = np.concatenate(orders)
    places = np.concatenate([np.arange(len(order)) for order in orders])
    return Interactions(
        users=users,
        items=items,
        actions=np.full(len(items), Action.WATCH, np.int8),
        values=np.full(len(items), np.nan, np.float32),
        times=np.full(len(items), NO_TIME) if step is None else 10**9 + places * step,
        user_ids=[str(i) for i in range(len(orders))],
        item_ids=[str(i) for i in range(titles)],
    )


PLAIN = Sequence(
    window=2, decay=0.5, half_life_days=1, backwards=0.25, power=0, shrink=0, fading=0.5, recent=2
)


def test_by_hand() -> None:
    fitted = PLAIN.fit(watched([[0, 1, 2]], 4))
    # 0 -> 1: one place, one day; 0 -> 2: two places, two days; backwards a quarter.
    assert fitted.score(history_of([0]))[0].tolist() == pytest.approx([0, 0.5, 0.125, 0])
    assert fitted.score(history_of([2]))[0].tolist() == pytest.approx([0.03125, 0.125, 0, 0])
    # The latest speaks in full, the one before by half, those before not at all.
    both = fitted.score(history_of([2, 2 - 2, 1]))[0].tolist()
    assert both == pytest.approx([0.125, 0.25, 0.5 + 0.0625, 0])


def test_what_follows_beats_what_went_before() -> None:
    fitted = Sequence().fit(watched([[0, 1, 2]] * 20, 3))
    scores = fitted.score(history_of([1]))[0]
    assert scores[2] > scores[0] > 0


def test_two_evenings_tie_closer_than_two_years() -> None:
    near = watched([[0, 1]] * 9, 3)
    far = watched([[0, 2]] * 9, 3, step=700 * DAY)
    did = replace(
        near,
        **{
            name: np.concatenate((getattr(near, name), getattr(far, name)))
            for name in ("items", "actions", "values", "times")
        },
        users=np.concatenate((near.users, far.users + 9)),
        user_ids=[str(i) for i in range(18)],
    )
    scores = Sequence().fit(did).score(history_of([0]))[0]
    assert scores[1] > 2 * scores[2]


def test_without_times_the_order_given_counts() -> None:
    unknown = PLAIN.fit(watched([[0, 1, 2]], 4, step=None))
    at_once = PLAIN.fit(watched([[0, 1, 2]], 4, step=0))
    for title in range(3):
        history = history_of([title])
        assert np.array_equal(unknown.score(history), at_once.score(history))
    backwards = PLAIN.fit(watched([[2, 1, 0]], 4, step=None))
    assert unknown.score(history_of([0]))[0, 1] > backwards.score(history_of([0]))[0, 1]


def test_titles_of_two_people_never_follow_one_another() -> None:
    fitted = Sequence().fit(watched([[0, 1], [2, 3]], 4))
    assert fitted.score(history_of([1]))[0, 2] == 0


def test_what_was_not_wanted_is_no_step() -> None:
    did = watched([[0, 1, 2]], 3)
    hidden = replace(did, actions=np.array([Action.WATCH, Action.HIDE, Action.WATCH], np.int8))
    scores = PLAIN.fit(hidden).score(history_of([0]))[0]
    # Title 2 is one place after 0 now, though still two days.
    assert scores.tolist() == pytest.approx([0, 0, 0.25])

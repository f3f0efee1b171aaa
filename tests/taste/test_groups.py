"""Titles for several people."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matinee.errors import InputError
from matinee.interaction import Action, Histories
from matinee.taste.groups import GroupNight, Strategy, ranks_of, worth
from matinee.types import Contributions

if TYPE_CHECKING:
    from pathlib import Path

STRATEGIES = st.sampled_from(get_args(Strategy))


class Linear:
    """Scores are the sum of a history's rows of an item-item matrix."""

    name = "linear-fake"

    def __init__(self, weights):
        self.weights = np.asarray(weights, np.float32)

    def __len__(self):
        return len(self.weights)

    def score(self, histories, items=None):
        found = np.stack([self.weights[h.items].sum(axis=0) for h in histories])
        return found if items is None else found[:, items]

    def explain(self, history, items):
        given = self.weights[history.items][:, items]
        return Contributions(("collaborative",), np.zeros((1, len(items)), np.float32), given[None])

    def save(self, folder: Path) -> None:
        raise NotImplementedError


def people(*items, action=Action.RATING):
    flat = np.array([i for own in items for i in own], np.int64)
    return Histories(
        offsets=np.cumsum([0, *map(len, items)]),
        items=flat,
        actions=np.full(len(flat), action, np.int8),
        values=np.full(len(flat), 5, np.float32),
        times=np.arange(len(flat)),
        users=np.full(len(items), -1),
    )


@st.composite
def groups(draw):
    """A model and the histories of its members."""
    n = draw(st.integers(2, 14))
    weights = draw(hnp.arrays(np.float32, (n, n), elements=st.integers(-4, 4)))
    members = draw(st.lists(st.lists(st.integers(0, n - 1), max_size=4), min_size=1, max_size=4))
    return Linear(weights), people(*members)


@settings(deadline=None)
@given(groups(), STRATEGIES, st.integers(1, 8))
def test_what_anybody_has_in_their_history_never_comes(group, strategy, k):
    model, members = group
    picks = GroupNight(strategy=strategy).pick(model, members, k)
    open_ = set(range(len(model))) - set(members.items.tolist())
    items = [pick.item for pick in picks]
    assert set(items) <= open_
    assert len(items) == len(set(items)) == min(k, len(open_))
    for pick in picks:
        assert 0 <= pick.value <= 1 + 1e-9
        assert len(pick.views) == len(members)


@settings(deadline=None)
@given(groups(), STRATEGIES, st.integers(1, 8))
def test_views_are_those_of_each_member_alone(group, strategy, k):
    model, members = group
    open_ = np.setdiff1d(np.arange(len(model)), members.items)
    for pick in GroupNight(strategy=strategy).pick(model, members, k):
        for view, member in zip(pick.views, members, strict=True):
            (scores,) = model.score(member)
            assert view.rank == 1 + (scores[open_] > scores[pick.item]).sum()
            if len(open_) > 1:
                lower = (scores[open_] < scores[pick.item]).sum()
                assert view.percentile == pytest.approx(100 * lower / (len(open_) - 1))
            given = dict.fromkeys(member.items.tolist(), 0.0)
            for t in member.items.tolist():
                given[t] += float(model.weights[t, pick.item])
            if view.because is None:
                assert all(value <= 0 for value in given.values())
            else:
                assert given[view.because] == max(given.values()) > 0


@settings(deadline=None)
@given(groups(), st.integers(1, 8))
def test_each_strategy_does_what_it_says(group, k):
    model, members = group
    open_ = np.setdiff1d(np.arange(len(model)), members.items)
    if not len(open_):
        return
    worths = worth(ranks_of(model.score(members, open_)))
    place = {int(item): i for i, item in enumerate(open_)}
    found = {
        strategy: [
            place[pick.item] for pick in GroupNight(strategy=strategy).pick(model, members, k)
        ]
        for strategy in get_args(Strategy)
    }
    means = worths.mean(axis=0)
    assert means[found["average"]].tolist() == sorted(means, reverse=True)[:k]
    least = worths.min(axis=0)
    assert least[found["least-misery"][0]] == pytest.approx(least.max(), abs=2e-3)
    sums = np.zeros(len(members))
    left = set(range(len(open_)))
    ideal = -np.sort(-worths, axis=1)
    for step, pick in enumerate(found["fairness"]):
        best = ideal[:, : step + 1].sum(axis=1)
        worst = {
            i: np.where(best > 0, (sums + worths[:, i]) / np.maximum(best, 1e-9), 1).min()
            for i in left
        }
        assert worst[pick] == pytest.approx(max(worst.values()), abs=2e-3)
        sums += worths[:, pick]
        left.remove(pick)


@settings(deadline=None)
@given(groups(), STRATEGIES, st.integers(1, 8), st.integers(2, 50))
def test_the_scale_of_a_models_scores_does_not_matter(group, strategy, k, factor):
    model, members = group
    night = GroupNight(strategy=strategy)
    larger = Linear(model.weights * 2.0**factor)
    assert night.pick(model, members, k) == night.pick(larger, members, k)


def test_one_person_gets_their_own_ranking():
    model = Linear(np.array([[0, 5, 1, 3]] + [[0] * 4] * 3))
    for strategy in get_args(Strategy):
        picks = GroupNight(strategy=strategy).pick(model, people([0]), 3)
        assert [pick.item for pick in picks] == [1, 3, 2]
        assert [pick.views[0].rank for pick in picks] == [1, 2, 3]
        assert [pick.views[0].percentile for pick in picks] == [100.0, 50.0, 0.0]


def test_strategies_differ_where_members_do():
    """Two like title 4 best and the third likes it least; all can live with 5."""
    likes = np.zeros((8, 8))
    likes[0, 3:] = [1, 4, 3, 2, 0]
    likes[1, 3:] = [1, 4, 3, 2, 0]
    likes[2, 3:] = [4, 0, 2, 1, 3]
    members = people([0], [1], [2])
    first = {
        strategy: GroupNight(strategy=strategy).pick(Linear(likes), members, 3)[0].item
        for strategy in get_args(Strategy)
    }
    assert first == {"average": 4, "least-misery": 5, "fairness": 5}


def test_fairness_turns_to_whom_came_short():
    """Nobody likes what the other likes: each gets their best in turn."""
    likes = np.zeros((10, 10))
    likes[0, 2:] = [8, 7, 6, 5, 4, 3, 2, 1]
    likes[1, 2:] = [1, 2, 3, 4, 5, 6, 7, 8]
    model, members = Linear(likes), people([0], [1])
    picks = GroupNight(strategy="fairness").pick(model, members, 4)
    assert {pick.views[0].because for pick in picks} == {0}
    assert {pick.views[1].because for pick in picks} == {1}
    joys = worth(np.array([[pick.views[m].rank for pick in picks] + [8] for m in (0, 1)]))
    assert abs(joys[0].sum() - joys[1].sum()) < 0.5


def test_somebody_new_has_no_say_and_no_reason():
    model = Linear(np.array([[0, 1, 3, 2]] + [[0] * 4] * 3))
    picks = GroupNight(strategy="fairness").pick(model, people([0], []), 2)
    assert [pick.item for pick in picks] == [2, 3]
    assert [pick.views[1].because for pick in picks] == [None, None]
    assert [pick.views[1].rank for pick in picks] == [1, 1]


@pytest.mark.parametrize("action", [Action.HIDE, Action.DISLIKE, Action.WATCH, Action.ABANDON])
def test_hidden_disliked_and_seen_titles_are_vetoed_alike(action):
    model = Linear(np.ones((3, 3)))
    picks = GroupNight().pick(model, people([0], [1], action=action), 3)
    assert [pick.item for pick in picks] == [2]


def test_only_allowed_titles_come_and_none_may_be_left():
    model = Linear(np.ones((4, 4)))
    allowed = np.array([True, False, True, True])
    picks = GroupNight().pick(model, people([0]), 4, allowed=allowed)
    assert [pick.item for pick in picks] == [2, 3]
    assert GroupNight().pick(model, people([0, 2], [3]), 4, allowed=allowed) == ()


@pytest.mark.parametrize(
    ("night", "members", "k", "allowed"),
    [
        (GroupNight(strategy="dictatorship"), people([0]), 1, None),  # type: ignore[arg-type]
        (GroupNight(), people(), 1, None),
        (GroupNight(), people([0]), 0, None),
        (GroupNight(), people([0]), 1, np.ones(2, bool)),
    ],
)
def test_what_cannot_be_used_is_refused(night, members, k, allowed):
    with pytest.raises(InputError):
        night.pick(Linear(np.ones((3, 3))), members, k, allowed=allowed)

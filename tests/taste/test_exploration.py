"""The slider between well known and little known titles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matinee.errors import InputError
from matinee.interaction import Histories
from matinee.taste.exploration import STEPS, Exploration, measure_cost

if TYPE_CHECKING:
    from pathlib import Path

POSITIONS = st.integers(-20, 20).map(lambda i: i / 20)
POOLS = st.sampled_from([1, 3, 8, 200])


@st.composite
def scored(draw):
    """Scores of one person, popularity, and what is allowed (one title at least)."""
    n = draw(st.integers(2, 30))
    scores = draw(hnp.arrays(np.float32, (1, n), elements=st.floats(-5, 5, width=32)))
    popularity = draw(hnp.arrays(np.float32, n, elements=st.integers(0, 1000)))
    allowed = draw(hnp.arrays(np.bool_, n))
    allowed[draw(st.integers(0, n - 1))] = True
    return scores, popularity, allowed


@settings(deadline=None)
@given(scored())
def test_position_0_is_the_ranking_of_the_model(case):
    scores, popularity, allowed = case
    found = Exploration().adjust(scores, popularity, allowed=allowed, seed=1)
    assert np.array_equal(found[0, allowed], scores[0, allowed])


@settings(deadline=None)
@given(scored(), POSITIONS, st.integers(0, 9) | st.none(), POOLS)
def test_what_is_not_allowed_comes_never(case, position, seed, pool):
    scores, popularity, allowed = case
    slider = Exploration(position=position, pool=pool)
    found = slider.adjust(scores, popularity, allowed=allowed, seed=seed)
    assert np.isneginf(found[0, ~allowed]).all()
    assert np.isfinite(found[0, allowed]).all()


@settings(deadline=None)
@given(scored(), st.tuples(POSITIONS, POSITIONS).map(sorted), st.integers(1, 10), POOLS)
def test_popularity_never_rises_to_the_right(case, positions, k, pool):
    scores, popularity, allowed = case
    k = min(k, int(allowed.sum()))
    means = []
    for position in positions:
        slider = Exploration(position=position, pool=pool)
        found = slider.adjust(scores, popularity, allowed=allowed)
        best = np.argsort(-found[0], kind="stable")[:k]
        means.append(np.log1p(popularity[best]).mean())
    # Scores are float32, by which titles that are all but level may change places.
    assert means[1] <= means[0] + 1e-4


@settings(deadline=None)
@given(scored(), POSITIONS, st.integers(0, 9))
def test_no_score_moves_by_more_than_the_slider_can(case, position, seed):
    scores, popularity, allowed = case
    slider = Exploration(position=position)
    found = slider.adjust(scores, popularity, allowed=allowed, seed=seed)[0, allowed]
    still = scores[0, allowed].astype(np.float64)
    deviation = still.std()
    z = (still - still.mean()) / (deviation or 1)
    n = int(allowed.sum())
    # A standardised value of n lies within sqrt(n - 1); noise within the quantiles kept.
    bound = abs(position) * np.sqrt(max(0, n - 1)) + slider.chance * -np.log(-np.log(0.99))
    if position and deviation > 1e-3:
        assert np.abs(found - z).max() <= bound + 1e-2


@settings(deadline=None)
@given(scored(), POSITIONS, st.integers(0, 9), st.sampled_from([1, 3, 8]))
def test_titles_outside_the_pool_follow_in_their_order(case, position, seed, pool):
    scores, popularity, allowed = case
    # Of scores nearer to each other than float32 tells apart the order is left open.
    scores = np.round(scores)
    slider = Exploration(position=position, pool=pool)
    found = slider.adjust(scores, popularity, allowed=allowed, seed=seed)[0]
    rows = np.flatnonzero(allowed)
    own = rows[np.argsort(-scores[0, rows], kind="stable")]
    rest = own[pool:]
    rest = rest[scores[0, rest] < scores[0, own[:pool]].min()]
    if len(rest):
        assert found[rest].max() < found[own[:pool]].min()
        assert (np.diff(found[rest]) <= 0).all()


def test_somebody_to_whom_nothing_is_left_gets_nothing():
    found = Exploration(position=1).adjust(
        np.ones((1, 3), np.float32), np.ones(3, np.float32), allowed=np.zeros(3, bool), seed=1
    )
    assert np.isneginf(found).all()


def test_chance_plays_a_part_only_above_a_half_and_is_repeatable():
    scores = np.random.default_rng(0).normal(size=(1, 500)).astype(np.float32)
    popularity = np.ones(500, np.float32)

    def best(position, seed):
        found = Exploration(position=position).adjust(scores, popularity, seed=seed)
        return np.argsort(-found[0])[:20].tolist()

    assert best(0.5, 1) == best(0.5, 2)
    assert best(1, 1) == best(1, 1)
    assert best(1, 1) != best(1, 2)
    assert best(1, None) == best(0, None)
    changed = [len(set(best(p, 1)) - set(best(0, 1))) for p in (0.6, 1.0)]
    assert changed[0] < changed[1]


@pytest.mark.parametrize(
    "parameters",
    [{"position": 1.01}, {"position": -1.01}, {"strength": -1}, {"chance": -1}, {"pool": 0}],
)
def test_parameters_out_of_bounds_are_refused(parameters):
    with pytest.raises(InputError, match="out of its bounds"):
        Exploration(**parameters).adjust(np.ones((1, 2), np.float32), np.ones(2, np.float32))


@pytest.mark.parametrize(
    ("scores", "popularity", "allowed"),
    [
        (np.ones(2), np.ones(2), None),
        (np.ones((1, 2)), np.ones(3), None),
        (np.ones((1, 2)), np.array([1, -1]), None),
        (np.ones((1, 2)), np.ones(2), np.ones(3, bool)),
    ],
)
def test_sizes_that_do_not_fit_are_refused(scores, popularity, allowed):
    with pytest.raises(InputError, match="not fit"):
        Exploration().adjust(scores, popularity, allowed=allowed)


class Fixed:
    """Gives everybody the same scores."""

    name = "fixed-fake"

    def __init__(self, scores):
        self.scores = np.array(scores, np.float32)

    def __len__(self):
        return len(self.scores)

    def score(self, histories, items=None):
        found = np.repeat(self.scores[None], len(histories), axis=0)
        return found if items is None else found[:, items]

    def explain(self, history, items):
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        raise NotImplementedError


def people(*items):
    flat = np.array([i for own in items for i in own], np.int64)
    return Histories(
        offsets=np.cumsum([0, *map(len, items)]),
        items=flat,
        actions=np.zeros(len(flat), np.int8),
        values=np.full(len(flat), 5, np.float32),
        times=np.arange(len(flat)),
        users=np.full(len(items), -1),
    )


def test_a_cost_worked_by_hand():
    """Five titles, one place; the first person has seen title 0, the third chose nothing more."""
    model = Fixed([4, 3, 2, 1, 0])
    found = measure_cost(
        model,
        people([0], [], []),
        [np.array([1]), np.array([3, 0]), np.array([], np.int64)],
        np.array([100, 50, 20, 10, 0], np.float32),
        k=1,
        steps=(0,),
    )
    # The first is shown 1 and the second 0: both hit; titles 0 and 1 of 5 are shown.
    assert [each.to_dict() for each in found] == [
        {"position": 0.0, "ndcg": 1.0, "lost": 0.0, "coverage": 0.4, "popularity": 75.0}
    ]
    found = measure_cost(
        model, people([]), [np.array([2, 4])], np.array([0, 0, 0, 0, 0], np.float32), k=3, steps=()
    )
    # Title 2 in place 3: (1 / log2 4) / (1 + 1 / log2 3).
    assert found[0].ndcg == pytest.approx(0.5 / (1 + 1 / np.log2(3)))


def test_costs_of_all_steps_in_order():
    rng = np.random.default_rng(0)
    model = Fixed(rng.normal(size=300))
    histories = people(*[rng.choice(300, 5, replace=False) for _ in range(300)])
    order = np.argsort(-model.scores)
    targets = [order[:40]] * 300
    popularity = rng.integers(1, 1000, 300).astype(np.float32)
    found = measure_cost(model, histories, targets, popularity)
    assert tuple(each.position for each in found) == STEPS
    means = [each.popularity for each in found]
    assert means == sorted(means, reverse=True)
    costs = {each.position: each.lost for each in found}
    assert costs[0.0] == 0
    assert costs[1.0] > costs[0.25]
    assert all(0 <= each.coverage <= 1 and 0 <= each.ndcg <= 1 for each in found)
    assert found == measure_cost(model, histories, targets, popularity)


@pytest.mark.parametrize(
    ("targets", "k"), [([], 1), ([[]], 1), ([[1], [1]], 1), ([[1]], 0), ([[1]], 9), ([[1]], 3)]
)
def test_nothing_to_measure_on_is_refused(targets, k):
    with pytest.raises(InputError):
        measure_cost(
            Fixed([1, 2, 3]),
            people([0]),
            [np.array(each, np.int64) for each in targets],
            np.ones(3, np.float32),
            k=k,
        )

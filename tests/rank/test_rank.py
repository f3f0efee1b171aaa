from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.rank.fusion import (
    Fused,
    WeightedList,
    convex_combination,
    reciprocal_rank_fusion,
)
from matinee.rank.mmr import maximal_marginal_relevance
from matinee.rank.prior import Prior, PriorConfig
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


def ranked(rows: list[int]) -> Ranked:
    scores = np.linspace(1, 0.1, len(rows), dtype=np.float32)
    return Ranked(np.array(rows, np.int64), scores)


lists = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), min_size=1, max_size=4)


fusions = st.sampled_from(
    [convex_combination, lambda entries: reciprocal_rank_fusion(entries, rrf_k=60)]
)


@given(lists, fusions, st.randoms())
def test_fusion_ignores_the_order_of_its_lists(
    given_lists: list[list[int]],
    fuse: Callable[[dict[str, WeightedList]], Fused],
    random: Random,
) -> None:
    named = {str(i): WeightedList(ranked(rows), 1.0 + i) for i, rows in enumerate(given_lists)}
    shuffled = list(named.items())
    random.shuffle(shuffled)
    one, two = fuse(named), fuse(dict(shuffled))
    assert one.rows.tolist() == two.rows.tolist()
    assert np.allclose(one.scores, two.scores, atol=1e-6)


@given(lists, fusions, st.booleans())
def test_fused_scores_lie_between_0_and_1_and_parts_sum_to_them(
    given_lists: list[list[int]],
    fuse: Callable[[dict[str, WeightedList]], Fused],
    graded: bool,
) -> None:
    named = {str(i): WeightedList(ranked(rows), 1.0, graded) for i, rows in enumerate(given_lists)}
    fused = fuse(named)
    assert ((fused.scores >= 0) & (fused.scores <= 1)).all()
    assert np.allclose(sum(fused.parts.values()), fused.scores, atol=1e-6)
    assert set(fused.rows.tolist()) == {row for rows in given_lists for row in rows}


@given(fusions)
def test_first_in_every_list_is_1(fuse: Callable[[dict[str, WeightedList]], Fused]) -> None:
    named = {"a": WeightedList(ranked([4, 2]), 1.0), "b": WeightedList(ranked([4, 2]), 3.0)}
    fused = fuse(named)
    assert fused.scores[fused.rows.tolist().index(4)] == pytest.approx(1.0)


def test_only_the_scores_of_a_convex_combination_tell_a_narrow_lead_from_a_wide_one() -> None:
    def lead(second: float) -> float:
        scores = np.array([1.0, second], np.float32)
        fused = convex_combination({"a": WeightedList(Ranked(np.array([0, 1]), scores), 1.0)})
        return float(fused.scores[0] - fused.scores[1])

    assert lead(0.2) == pytest.approx(0.8)
    assert lead(0.9) == pytest.approx(0.1)


def test_a_cosine_below_0_gives_nothing() -> None:
    list_ = Ranked(np.array([3, 1]), np.array([-0.1, -0.2], np.float32))
    assert convex_combination({"a": WeightedList(list_, 1.0)}).scores.tolist() == [0.0, 0.0]


vectors = st.integers(1, 12).flatmap(
    lambda n: st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=n, max_size=n)
)


@given(vectors, st.floats(0, 1), st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_mmr_picks_each_once_and_its_values_never_rise(
    rows: list[list[float]], trade: float, k: int, seed: int
) -> None:
    matrix = np.array(rows, np.float32) + np.float32(0.01)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    relevance = np.random.default_rng(seed).random(len(rows)).astype(np.float32)
    picks, values = maximal_marginal_relevance(relevance, matrix, k, trade=trade)
    assert len(set(picks.tolist())) == len(picks) == min(k, len(rows))
    assert (np.diff(values) <= 1e-6).all()
    assert ((values >= -1e-6) & (values <= 1 + 1e-6)).all()
    if trade == 1.0:
        assert relevance[picks].tolist() == sorted(relevance.tolist(), reverse=True)[:k]


def test_mmr_takes_the_different_before_the_alike() -> None:
    matrix = np.array([[1, 0], [0.999, 0.0447], [0, 1]], np.float32)
    relevance = np.array([1.0, 0.95, 0.7], np.float32)
    assert maximal_marginal_relevance(relevance, matrix, 2, trade=0.5)[0].tolist() == [0, 2]
    assert maximal_marginal_relevance(relevance, matrix, 2, trade=1.0)[0].tolist() == [0, 1]


floats = st.floats(0, 10) | st.just(float("nan"))


@given(st.lists(st.tuples(floats, st.floats(0, 1e6) | st.just(float("nan"))), min_size=1))
def test_prior_is_bounded_and_cannot_drown_relevance(votes: list[tuple[float, float]]) -> None:
    average, count = np.array(votes, float).T
    prior = Prior(average, count, PriorConfig(strength=0.1))
    assert ((prior.values >= 0) & (prior.values <= 1)).all()
    rows = np.arange(len(votes))
    left, added = prior.shares(rows)
    assert (left + added <= 1 + 1e-6).all()
    # A lead of more than a tenth is safe from any fame.
    assert left == pytest.approx(1 / 1.1)
    assert (added >= 0).all()


def test_prior_prefers_the_known_and_the_good() -> None:
    prior = Prior(np.array([8.0, 8.0, 5.0, np.nan]), np.array([20_000.0, 50.0, 20_000.0, np.nan]))
    best, little_known, poor, unknown = prior.values
    assert best > little_known > unknown
    assert best > poor


def test_a_prior_twice_as_strong_is_one_of_twice_the_strength() -> None:
    average, votes = np.array([8.0, 5.0]), np.array([9_000.0, 40.0])
    once, twice = (Prior(average, votes, PriorConfig(strength=s)) for s in (0.2, 0.4))
    left, added = once.shares(np.arange(2), times=2.0)
    assert left == pytest.approx(1 / 1.4)
    assert added.tolist() == pytest.approx(twice.shares(np.arange(2))[1].tolist())

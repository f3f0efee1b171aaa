from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.rank.fusion import WeightedList, reciprocal_rank_fusion
from matinee.rank.prior import Prior, PriorConfig
from matinee.types import Ranked


def ranked(rows: list[int]) -> Ranked:
    scores = np.linspace(1, 0.1, len(rows), dtype=np.float32)
    return Ranked(np.array(rows, np.int64), scores)


lists = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), min_size=1, max_size=4)


@given(lists, st.integers(1, 100), st.randoms())
def test_fusion_ignores_the_order_of_its_lists(
    given_lists: list[list[int]], rrf_k: int, random: object
) -> None:
    named = {str(i): WeightedList(ranked(rows), 1.0 + i) for i, rows in enumerate(given_lists)}
    shuffled = list(named.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = reciprocal_rank_fusion(named, rrf_k=rrf_k)
    two = reciprocal_rank_fusion(dict(shuffled), rrf_k=rrf_k)
    assert one.rows.tolist() == two.rows.tolist()
    assert np.allclose(one.scores, two.scores, atol=1e-6)


@given(lists, st.integers(1, 100), st.booleans())
def test_fused_scores_lie_between_0_and_1_and_parts_sum_to_them(
    given_lists: list[list[int]], rrf_k: int, graded: bool
) -> None:
    named = {str(i): WeightedList(ranked(rows), 1.0, graded) for i, rows in enumerate(given_lists)}
    fused = reciprocal_rank_fusion(named, rrf_k=rrf_k)
    assert ((fused.scores >= 0) & (fused.scores <= 1)).all()
    assert np.allclose(sum(fused.parts.values()), fused.scores, atol=1e-6)
    assert set(fused.rows.tolist()) == {row for rows in given_lists for row in rows}


def test_first_in_every_list_is_1() -> None:
    named = {"a": WeightedList(ranked([4, 2]), 1.0), "b": WeightedList(ranked([4, 2]), 3.0)}
    fused = reciprocal_rank_fusion(named, rrf_k=60)
    assert fused.scores[fused.rows.tolist().index(4)] == pytest.approx(1.0)


floats = st.floats(0, 10) | st.just(float("nan"))


@given(st.lists(st.tuples(floats, st.floats(0, 1e6) | st.just(float("nan"))), min_size=1))
def test_prior_is_bounded_and_cannot_drown_relevance(votes: list[tuple[float, float]]) -> None:
    average, count = np.array(votes, float).T
    prior = Prior(average, count, PriorConfig(strength=0.1))
    assert ((prior.values >= 0) & (prior.values <= 1)).all()
    rows = np.arange(len(votes))
    factors = prior.apply(rows, np.ones(len(votes), np.float32))
    assert (factors <= 1 + 1e-6).all()
    # A lead of more than a tenth is safe from any fame.
    assert (factors >= 1 / 1.1 - 1e-6).all()


def test_prior_prefers_the_known_and_the_good() -> None:
    prior = Prior(np.array([8.0, 8.0, 5.0, np.nan]), np.array([20_000.0, 50.0, 20_000.0, np.nan]))
    best, little_known, poor, unknown = prior.values
    assert best > little_known > unknown
    assert best > poor

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from matinee.evaluate.metrics import (
    MEASURES,
    ndcg,
    percentile,
    recall,
    reciprocal_rank,
    success,
)

if TYPE_CHECKING:
    from matinee.evaluate.metrics import Gain

items = st.lists(st.sampled_from("abcdefghij"), unique=True)
grades = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 4))


@given(items, grades, st.integers(1, 12))
def test_metrics_lie_between_0_and_1(ranking: list[str], relevance: dict[str, int], k: int) -> None:
    for value in (
        ndcg(ranking, relevance, k),
        reciprocal_rank(ranking, relevance),
        success(ranking, relevance, k),
        recall(ranking, relevance, k),
    ):
        assert 0 <= value <= 1 + 1e-12


@given(items, grades, st.sampled_from(["exponential", "linear"]))
def test_named_measures_lie_between_0_and_1(
    ranking: list[str], relevance: dict[str, int], gain: Gain
) -> None:
    for measure in MEASURES.values():
        assert 0 <= measure(ranking, relevance, gain) <= 1 + 1e-12


@given(items, grades, st.integers(1, 12))
def test_recall_is_1_when_as_much_is_found_as_can_be(
    ranking: list[str], relevance: dict[str, int], k: int
) -> None:
    right = {item for item, grade in relevance.items() if grade}
    found = len(right & set(ranking[:k]))
    assert (recall(ranking, relevance, k) == 1) == bool(right and found == min(k, len(right)))
    # One right film: whether it is there at all.
    if len(right) == 1:
        assert recall(ranking, relevance, k) == success(ranking, relevance, k)


@given(grades.filter(lambda g: any(g.values())), st.integers(1, 12))
def test_the_ideal_order_is_1_and_no_other_is_better(relevance: dict[str, int], k: int) -> None:
    best = sorted(relevance, key=lambda item: -relevance[item])
    assert abs(ndcg(best, relevance, k) - 1) < 1e-12
    assert ndcg(best[::-1], relevance, k) <= 1 + 1e-12
    assert reciprocal_rank(best, relevance) == success(best, relevance, 1) == 1
    assert recall(best, relevance, k) == 1


def test_nothing_relevant_is_0() -> None:
    assert recall(["a"], {"b": 0}, 10) == 0
    assert ndcg(["a"], {"b": 0}, 10) == reciprocal_rank(["a"], {}) == success([], {"a": 1}, 5) == 0


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_values_and_rise(values: list[float]) -> None:
    shares = [percentile(values, share) for share in (0.0, 0.25, 0.5, 0.95, 1.0)]
    assert shares == sorted(shares)
    assert set(shares) <= set(values)
    assert shares[-1] == max(values)

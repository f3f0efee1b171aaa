"""Metrics of top-N lists, against the metrics of single rankings and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.evaluate import metrics, topn
from matinee.evaluate.splits import Lists
from matinee.evaluate.topn import best, hits, measure

N = 30


def targets_of(lists: list[list[int]]) -> Lists:
    offsets = np.concatenate(([0], np.cumsum([len(part) for part in lists])))
    return Lists(offsets, np.array([item for part in lists for item in part], np.int64))


@st.composite
def people(draw: st.DrawFn) -> tuple[np.ndarray, Lists, np.ndarray]:
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    count = draw(st.integers(1, 4))
    scores = rng.integers(0, 6, (count, N)).astype(np.float32)
    targets = targets_of(
        [rng.choice(N, rng.integers(1, 12), replace=False).tolist() for _ in range(count)]
    )
    allowed = rng.random((count, N)) < draw(st.sampled_from([0.2, 0.7, 1.0]))
    return scores, targets, allowed


@given(people())
def test_lists_are_sorted_and_allowed(drawn: tuple[np.ndarray, Lists, np.ndarray]) -> None:
    scores, _, allowed = drawn
    lists = best(scores, 10, allowed)
    for row, values, may in zip(lists, scores, allowed, strict=True):
        shown = row[row >= 0]
        assert len(set(shown.tolist())) == len(shown) == min(10, may.sum())
        assert may[shown].all()
        expected = np.sort(values[may])[::-1][:10]
        assert values[shown].tolist() == expected.tolist()
        assert (row[len(shown) :] == topn.EMPTY).all()


def test_a_model_that_says_nothing_earns_what_chance_does() -> None:
    # What is known best stands first in many files, and is what people are asked for.
    n = 1_000
    lists = best(np.zeros((1, n), np.float32), 100, np.ones(n, bool))
    assert 25 < lists.mean() / n * 100 < 75
    assert np.count_nonzero(lists < 100) < 25


@given(people())
def test_every_metric_agrees_with_that_of_one_ranking(
    drawn: tuple[np.ndarray, Lists, np.ndarray],
) -> None:
    scores, targets, allowed = drawn
    lists = best(scores, 100, allowed)
    values = measure(lists, targets, N)
    for i, row in enumerate(lists):
        ranking = [str(item) for item in row if item >= 0]
        right = {str(t): 1.0 for t in targets.items[targets.offsets[i] : targets.offsets[i + 1]]}
        for k in (10, 20, 100):
            assert values[f"ndcg@{k}"][i] == pytest.approx(metrics.ndcg(ranking, right, k))
        for k in (10, 20, 50):
            assert values[f"recall@{k}"][i] == pytest.approx(metrics.recall(ranking, right, k))
        assert values["mrr"][i] == pytest.approx(metrics.reciprocal_rank(ranking, right))
        assert values["hit_rate@10"][i] == metrics.success(ranking, right, 10)
        assert values["precision@10"][i] == pytest.approx(len({*ranking[:10]} & {*right}) / 10)


@given(people())
def test_metrics_stay_between_0_and_1(drawn: tuple[np.ndarray, Lists, np.ndarray]) -> None:
    scores, targets, allowed = drawn
    for values in measure(best(scores, 100, allowed), targets, N).values():
        assert ((values >= 0) & (values <= 1)).all()


def test_a_list_that_ended_hits_nothing() -> None:
    # -1 of the second person must not be read as the last title of the first.
    found = hits(np.array([[-1], [-1]]), targets_of([[N - 1], [0]]), N)
    assert not found.any()


def test_a_person_without_targets_earns_nothing() -> None:
    values = measure(np.array([[1, 2]]), targets_of([[]]), N)
    assert not any(v.any() for v in values.values())

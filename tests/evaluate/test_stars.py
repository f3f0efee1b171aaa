"""Metrics of predicted stars."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.evaluate.stars import measure_stars
from matinee.interaction import NO_TIME, Interactions
from matinee.types import Predicted


def ratings(users: list[int], stars: list[float]) -> Interactions:
    n = len(users)
    return Interactions(
        users=np.array(users, np.int64),
        items=np.arange(n),
        actions=np.zeros(n, np.int8),
        values=np.array(stars, np.float32),
        times=np.full(n, NO_TIME),
        user_ids=[str(i) for i in range(9)],
        item_ids=[str(i) for i in range(n)],
    )


def by_the_faq(users: list[int], given: list[float], stars: list[float]) -> tuple[float, float]:
    """Precision and recall at 10 as one reads them in words, person by person."""
    per_person = defaultdict(list)
    for user, true, estimate in zip(users, given, stars, strict=True):
        per_person[user].append((estimate, true))
    precisions, recalls = [], []
    for pairs in per_person.values():
        pairs.sort(key=lambda pair: pair[0], reverse=True)
        liked = sum(true >= 3.5 for _, true in pairs)
        recommended = [true for estimate, true in pairs[:10] if estimate >= 3.5]
        both = sum(true >= 3.5 for true in recommended)
        precisions.append(both / len(recommended) if recommended else 0)
        recalls.append(both / liked if liked else 0)
    return sum(precisions) / len(precisions), sum(recalls) / len(recalls)


@given(st.integers(0, 2**16))
def test_precision_and_recall_are_those_of_the_faq(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    users = rng.integers(0, 3, n).tolist()
    given = (rng.integers(1, 11, n) / 2).tolist()
    # Distinct estimates: the FAQ leaves the order of equal ones to chance.
    stars = (0.5 + 4.5 * rng.permutation(n) / n).tolist()
    found = measure_stars(ratings(users, given), Predicted(np.array(stars, np.float32))).metrics
    precision, recall = by_the_faq(users, given, stars)
    assert found["precision@10"] == pytest.approx(precision)
    assert found["recall@10"] == pytest.approx(recall)


def test_errors_and_intervals_by_hand() -> None:
    predicted = Predicted(
        stars=np.array([4, 2, 3], np.float32),
        low=np.array([3, 1.5, 2.5], np.float32),
        high=np.array([5, 2.5, 3.5], np.float32),
    )
    found = measure_stars(ratings([0, 0, 1], [5, 2, 1]), predicted)
    assert found.metrics["rmse"] == pytest.approx((5 / 3) ** 0.5)
    assert found.metrics["mae"] == pytest.approx(1)
    assert found.metrics["interval_coverage"] == pytest.approx(2 / 3)
    assert found.metrics["interval_width"] == pytest.approx(4 / 3)
    assert found.people.tolist() == [0, 1]
    assert found.per_person["squared_error"].tolist() == [0.5, 4]

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matinee.rank.learned import (
    BEST,
    DESCRIPTION,
    NONE,
    SHORT,
    SignalWeights,
    learned,
    nearness,
    share_of_best,
)

shares = st.floats(0, 1, width=32)
weights = st.builds(SignalWeights, near=shares, telling=shares)


@st.composite
def candidates(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors [m, 4] and scores [m]."""
    rows = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = rng.normal(size=(rows, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, draw(arrays(np.float32, rows, elements=shares))


def by_hand(vectors: np.ndarray, scores: np.ndarray, best: int) -> list[float]:
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:best]
    near = []
    for i, vector in enumerate(vectors.astype(np.float64)):
        total = sum((vectors[j].astype(np.float64) for j in order if j != i), np.zeros(4))
        length = np.linalg.norm(total)
        near.append(max(0.0, float(vector @ total) / length) if length > 1e-6 else 0.0)
    return near


@given(candidates(), st.integers(1, 8))
def test_nearness_is_the_cosine_to_the_others_of_the_best(
    given_candidates: tuple[np.ndarray, np.ndarray], best: int
) -> None:
    vectors, scores = given_candidates
    near = nearness(vectors, scores, best=best)
    assert near.dtype == np.float32
    assert ((near >= 0) & (near <= 1)).all()
    # Sums of nearly opposite vectors lose digits.
    assert near == pytest.approx(by_hand(vectors, scores, best), abs=2e-3)


def test_a_candidate_does_not_vouch_for_itself() -> None:
    alone = nearness(np.array([[1, 0]], np.float32), np.ones(1, np.float32))
    assert alone.tolist() == [0.0]
    vectors = np.array([[1, 0], [0, 1], [0, 1]], np.float32)
    odd, like, alike = nearness(vectors, np.array([0.9, 0.8, 0.7], np.float32))
    assert odd == 0.0
    assert like == alike > 0.7


def test_opposite_best_point_nowhere() -> None:
    vectors = np.array([[1, 0], [-1, 0], [1, 0]], np.float32)
    near = nearness(vectors, np.array([0.9, 0.8, 0.1], np.float32), best=2)
    assert near.tolist() == [0.0, 0.0, 0.0]


def test_only_the_best_vouch() -> None:
    crowd = np.repeat(np.array([[0, 1]], np.float32), 20, axis=0)
    vectors = np.concatenate([np.repeat(np.array([[1, 0]], np.float32), BEST, axis=0), crowd])
    near = nearness(vectors, np.linspace(1, 0, len(vectors), dtype=np.float32))
    assert near[:BEST].tolist() == [1.0] * BEST
    assert not near[BEST:].any()


def test_no_candidates() -> None:
    nothing = np.empty(0, np.float32)
    assert not len(nearness(np.empty((0, 4), np.float32), nothing))
    assert not len(share_of_best(nothing))


@given(arrays(np.float32, st.integers(1, 9), elements=st.floats(0, 1e6, width=32)))
def test_shares_of_the_best_keep_the_order(values: np.ndarray) -> None:
    found = share_of_best(values)
    assert ((found >= 0) & (found <= 1)).all()
    assert found.max() == (1.0 if values.max() else 0.0)
    assert (np.diff(found[np.argsort(values)]) >= 0).all()


@given(arrays(np.float32, (3, 5), elements=shares), weights)
def test_learned_relevance_is_bounded_and_its_parts_sum_to_it(
    values: np.ndarray, of: SignalWeights
) -> None:
    relevance, near, telling = values
    found, parts = learned(relevance, {"near": near, "telling": telling}, of)
    assert ((found >= 0) & (found <= 1 + 1e-6)).all()
    assert relevance / of.whole + parts["near"] + parts["telling"] == pytest.approx(found, abs=1e-6)
    best, _ = learned(np.ones(1, np.float32), dict.fromkeys(parts, np.ones(1, np.float32)), of)
    assert best[0] == pytest.approx(1.0)


def test_without_weights_relevance_stays_as_it_is() -> None:
    relevance = np.array([0.2, 0.7], np.float32)
    found, parts = learned(relevance, {}, NONE)
    assert found.tolist() == relevance.tolist()
    assert parts == {}


@pytest.mark.parametrize("kind", [SHORT, DESCRIPTION])
def test_signals_count_less_than_relevance(kind: SignalWeights) -> None:
    assert kind.near + kind.telling < 1.0

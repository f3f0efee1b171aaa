"""Calibrated lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matinee.errors import InputError
from matinee.taste.calibrate import Calibrate, distribution, divergence, genre_shares

STRENGTHS = st.integers(0, 20).map(lambda i: i / 20)


@st.composite
def candidates(draw):
    """Scores, genre shares and a wanted distribution."""
    m, g = draw(st.integers(1, 25)), draw(st.integers(1, 5))
    scores = draw(hnp.arrays(np.float32, m, elements=st.floats(-5, 5, width=32)))
    genres = genre_shares(draw(hnp.arrays(np.bool_, (m, g))))
    weights = draw(hnp.arrays(np.float64, g, elements=st.integers(0, 5).map(float)))
    return scores, genres, weights / max(weights.sum(), 1)


@settings(deadline=None)
@given(candidates(), st.integers(1, 12))
def test_strength_0_keeps_the_order(case, k):
    found = Calibrate(strength=0).pick(*case, k)
    assert found.picks.tolist() == np.argsort(-case[0], kind="stable")[:k].tolist()
    assert found.before == found.after


@settings(deadline=None)
@given(candidates(), st.integers(1, 12), STRENGTHS)
def test_a_list_is_of_candidates_none_twice(case, k, strength):
    picks = Calibrate(strength=strength).pick(*case, k).picks
    assert len(picks) == len(set(picks.tolist())) == min(k, len(case[0]))
    assert set(picks.tolist()) <= set(range(len(case[0])))


@settings(deadline=None)
@given(candidates(), st.integers(1, 12), st.tuples(STRENGTHS, STRENGTHS).map(sorted))
def test_more_strength_never_calibrates_worse(case, k, strengths):
    less, more = (Calibrate(strength=strength).pick(*case, k) for strength in strengths)
    assert more.after <= less.after + 1e-9
    assert more.after <= more.before + 1e-9
    assert more.before == less.before


@settings(deadline=None)
@given(candidates(), st.integers(1, 12), STRENGTHS)
def test_what_is_reported_is_the_divergence_of_the_list(case, k, strength):
    found = Calibrate(strength=strength).pick(*case, k)
    _, genres, wanted = case
    assert found.after == pytest.approx(divergence(wanted, genres[found.picks].mean(axis=0)))


@settings(deadline=None)
@given(candidates(), st.floats(0.001, 0.5))
def test_divergence_is_not_negative_and_0_where_nothing_differs(case, alpha):
    _, genres, wanted = case
    assert divergence(wanted, genres.mean(axis=0), alpha) >= 0
    assert divergence(wanted, wanted, alpha) == pytest.approx(0, abs=1e-12)


def test_a_greedy_list_of_full_strength_is_the_best_of_small_ones():
    """Worked by hand: three quarters of A, one of B, four places."""
    genres = genre_shares(np.array([[1, 0]] * 4 + [[0, 1]] * 4, bool))
    scores = np.array([1, 2, 3, 4, 5, 6, 7, 8], np.float32)
    found = Calibrate(strength=1).pick(scores, genres, np.array([0.75, 0.25]), 4)
    assert found.after == pytest.approx(0, abs=1e-12)
    assert sorted(found.picks.tolist())[:3] == [1, 2, 3]
    assert found.picks.max() == 7


def test_titles_without_genres_are_no_way_to_be_calibrated():
    genres = genre_shares(np.array([[0], [1]], bool))
    found = Calibrate(strength=0.9).pick(np.array([2, 1], np.float32), genres, np.array([1.0]), 1)
    assert found.picks.tolist() == [1]


def test_dislikes_are_no_part_of_what_is_wanted():
    genres = genre_shares(np.eye(3, dtype=bool))
    found = distribution(genres, np.array([0, 1, 2]), np.array([1, -0.3, 1], np.float32))
    assert found.tolist() == [0.5, 0, 0.5]
    assert distribution(genres, np.array([1]), np.array([-0.3], np.float32)).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("parameters", "k"),
    [
        ({"strength": -0.1}, 1),
        ({"strength": 1.1}, 1),
        ({"alpha": 0}, 1),
        ({"alpha": 1}, 1),
        ({}, 0),
    ],
)
def test_parameters_out_of_bounds_are_refused(parameters, k):
    with pytest.raises(InputError, match="out of its bounds"):
        Calibrate(**parameters).pick(np.ones(1, np.float32), np.ones((1, 1)), np.ones(1), k)


@pytest.mark.parametrize(
    ("scores", "genres", "wanted"),
    [
        (np.ones(2, np.float32), np.ones((1, 1)), np.ones(1)),
        (np.ones(1, np.float32), np.ones((1, 2)), np.ones(1)),
        (np.full(1, np.nan, np.float32), np.ones((1, 1)), np.ones(1)),
    ],
)
def test_sizes_that_do_not_fit_are_refused(scores, genres, wanted):
    with pytest.raises(InputError, match="do not fit"):
        Calibrate().pick(scores, genres, wanted, 1)


def test_more_strength_helps_where_one_greedy_list_would_be_led_astray():
    """Greedy lists of three films: .13 off with strength .2, .54 with .3, 0 with .5."""
    genres = genre_shares(np.array([[0, 1], [1, 1], [1, 0]], bool))
    case = np.array([3, 0, 0], np.float32), genres, np.array([0.75, 0.25]), 2
    off = [Calibrate(strength=i / 10).pick(*case).after for i in range(11)]
    assert off == sorted(off, reverse=True)
    assert off[0] > 0.5
    assert off[-1] == pytest.approx(0, abs=1e-9)

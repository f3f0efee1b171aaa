"""Shares of a score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matinee.errors import InputError
from matinee.explain.shares import evidence
from matinee.types import Contributions

VALUES = st.floats(-10, 10, width=32)


@st.composite
def made(draw):
    """Contributions of two signals, and the items of the history they are of."""
    entries = draw(st.integers(0, 30))
    titles = draw(hnp.arrays(np.float32, (2, entries, 1), elements=VALUES))
    base = draw(hnp.arrays(np.float32, (2, 1), elements=VALUES))
    items = draw(st.lists(st.integers(0, 12), min_size=entries, max_size=entries))
    return Contributions(("collaborative", "story"), base, titles), items


@settings(deadline=None)
@given(made(), st.integers(0, 8), st.sampled_from([0.0, 1.0, 20.0]))
def test_shares_sum_to_one_hundred_and_values_to_the_score(watched, made, most, least):
    contributions, items = made
    found = evidence(contributions, watched(items), most=most, least=least)
    everything = contributions.base.sum(dtype=np.float64) + contributions.titles.sum(
        dtype=np.float64
    )
    assert found.score == pytest.approx(everything, abs=1e-9)
    assert sum(share.value for share in found.shares) == pytest.approx(found.score, abs=1e-9)
    if not found.shares:
        assert found.score == 0
        assert found.against
    elif found.against:
        assert found.score <= 1e-3
        assert sum(abs(share.tenths) for share in found.shares) == 1000
    else:
        assert found.score > 0
        assert sum(share.tenths for share in found.shares) == 1000
        assert round(sum(share.percent for share in found.shares), 1) == 100.0


@settings(deadline=None)
@given(made())
def test_each_share_is_within_a_tenth_of_the_exact_one_and_of_its_sign(watched, made):
    contributions, items = made
    found = evidence(contributions, watched(items))
    whole = sum(abs(s.value) for s in found.shares) if found.against else found.score
    for share in found.shares:
        assert abs(share.tenths - 1000 * share.value / whole) < 1 + 1e-6 * abs(share.tenths)
        assert share.tenths == 0 or (share.tenths > 0) == (share.value > 0)


@settings(deadline=None)
@given(made())
def test_every_title_is_told_in_full_or_gathered(watched, made):
    contributions, items = made
    found = evidence(contributions, watched(items), most=3)
    told = {share.title for share in found.shares if share.title is not None}
    assert len(told) <= 3
    given_by = {
        title: contributions.titles[:, [i for i, x in enumerate(items) if x == title]].sum(
            dtype=np.float64
        )
        for title in set(items)
    }
    for title in told:
        own = sum(share.value for share in found.shares if share.title == title)
        assert own == pytest.approx(given_by[title], abs=1e-9)
    silent = [t for t in given_by if t not in told and abs(given_by[t]) > 1e-9]
    gathered = sum(share.gathered for share in found.shares)
    assert gathered >= len(silent)
    if told and silent:
        least_told = min(abs(given_by[title]) for title in told)
        assert max(abs(given_by[title]) for title in silent) <= least_told + 1e-9


def test_what_speaks_against_stands_apart_and_last(watched):
    contributions = Contributions(
        ("story",), np.array([[1.0]], np.float32), np.array([[[-1.0], [4.0], [1.0]]], np.float32)
    )
    found = evidence(contributions, watched([1, 2, 3]))
    assert [(s.title, s.percent) for s in found.shares] == [
        (2, 80.0),
        (3, 20.0),
        (None, 20.0),
        (1, -20.0),
    ]
    assert not found.against


def test_a_score_that_is_not_positive_is_said_to_be_against(watched):
    contributions = Contributions(
        ("story",), np.array([[1.0]], np.float32), np.array([[[-3.0]]], np.float32)
    )
    found = evidence(contributions, watched([4]))
    assert found.against
    assert [(s.title, s.percent) for s in found.shares] == [(None, 25.0), (4, -75.0)]


def test_small_ones_are_gathered_by_their_side(watched):
    titles = np.array([50, 48, 0.5, 0.5, 0.5, -0.5], np.float32)[None, :, None]
    contributions = Contributions(("story",), np.array([[1.0]], np.float32), titles)
    found = evidence(contributions, watched([0, 1, 2, 3, 4, 5]))
    assert [(s.title, s.percent, s.gathered) for s in found.shares] == [
        (0, 50.0, 0),
        (1, 48.0, 0),
        (None, 1.0, 0),
        (None, 1.5, 3),
        (None, -0.5, 1),
    ]


def test_several_entries_of_one_title_are_one(watched):
    titles = np.array([1, 2, 1], np.float32)[None, :, None]
    contributions = Contributions(("story",), np.zeros((1, 1), np.float32), titles)
    found = evidence(contributions, watched([7, 8, 7]))
    assert sorted((s.title, s.percent) for s in found.shares) == [(7, 50.0), (8, 50.0)]


@pytest.mark.parametrize(
    ("items", "column", "value"),
    [([1], 0, 1.0), ([1, 2, 3], 0, 1.0), ([1, 2], 1, 1.0), ([1, 2], -1, 1.0), ([1, 2], 0, np.nan)],
)
def test_what_does_not_fit_is_refused(watched, items, column, value):
    contributions = Contributions(
        ("story",), np.zeros((1, 1), np.float32), np.full((1, 2, 1), value, np.float32)
    )
    with pytest.raises(InputError):
        evidence(contributions, watched(items), column)


def test_parts_of_other_shapes_are_refused(watched):
    contributions = Contributions(
        ("story", "people"), np.zeros((1, 1), np.float32), np.ones((1, 2, 1), np.float32)
    )
    with pytest.raises(InputError, match="do not fit together"):
        evidence(contributions, watched([1, 2]))

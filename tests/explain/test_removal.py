"""Contributions corrected by what removals do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.explain.removal import TOGETHER, by_removal
from matinee.explain.shares import evidence, strongest
from matinee.types import Contributions

NUMBERS = st.floats(-5, 5, width=32)


def of(titles, base=(0.0, 0.0)):
    return Contributions(
        ("collaborative", "story"),
        np.array(base, np.float32)[:, None],
        np.array(titles, np.float32)[:, :, None],
    )


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=8), NUMBERS, st.data())
def test_each_title_gives_what_its_removal_takes(watched, rows, before, data):
    table = np.array(rows)
    items = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    history = watched(items)
    titles = sorted(set(items))
    after = [float(table[items.index(title), 2]) for title in titles]
    made = of(table[:, :2].T, (1.0, -0.5))
    found = by_removal(made, history, titles, before, after)
    size = 1.5 + float(np.abs(table[:, :2]).sum())
    for title, score in zip(titles, after, strict=True):
        gave = found.titles[:, history.items == title].sum()
        assert gave == pytest.approx(before - score, abs=3e-4 * size)
    assert found.base.sum() + found.titles.sum() == pytest.approx(before, abs=3e-4 * size)


def test_what_is_true_already_stays_as_it_is(watched):
    made = of([[3, -1], [1, 2]], (1.0, 0.0))
    found = by_removal(made, watched([4, 5]), [4, 5], 6.0, [2.0, 5.0])
    assert found.signals == made.signals
    assert np.array_equal(found.titles, made.titles)
    assert np.array_equal(found.base, made.base)


def test_signals_are_scaled_alike(watched):
    found = by_removal(of([[3, 0], [1, 0]]), watched([4, 5]), [4], 4.0, [2.0])
    assert found.titles[:, 0, 0].tolist() == [1.5, 0.5, 0.0]
    assert found.base[:, 0].tolist() == [0.0, 0.0, 2.0]


def test_a_removal_that_does_the_opposite_is_no_signal_of_the_model(watched):
    found = by_removal(of([[3, 0], [1, 0]]), watched([4, 5]), [4], 4.0, [5.0])
    assert found.signals[-1] == TOGETHER
    assert found.titles[:, 0, 0].tolist() == [0.0, 0.0, -1.0]
    assert found.base[2, 0] == 5.0


def test_strongest_are_by_all_that_a_title_gives(watched):
    made = of([[2, 1, -4, 0], [-2, 1, 0, 0]])
    history = watched([4, 5, 6, 7])
    assert strongest(made, history) == (6, 5)
    assert strongest(made, history, most=1) == (6,)
    assert strongest(made, watched([4, 5, 6, 5])) == (6, 5)


def test_only_titles_among_those_named_are_told_apart(watched):
    made = of([[5, 3, 2], [0, 0, 0]])
    found = evidence(made, watched([4, 5, 6]), among=[5])
    assert [(s.title, s.percent, s.gathered) for s in found.shares] == [
        (5, 30.0, 0),
        (None, 70.0, 2),
    ]

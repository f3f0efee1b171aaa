"""What would be otherwise, computed and not guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.explain.counterfactual import LeftOut, rank_of, shortened, standings, without


def test_it_is_what_the_model_says_without_the_title(linear, watched):
    model, history = linear(20), watched([3, 5, 3, 8])
    allowed = np.ones(20, bool)
    allowed[[3, 5, 8, 11]] = False
    found = without(model, history, [3, 5], 7, allowed)
    assert model.asked == [3]
    for each, kept in zip(found, ([5, 8], [3, 3, 8]), strict=True):
        (whole,) = model.score(history)
        (left,) = model.score(watched(kept))
        order = [i for i in np.argsort(-left, kind="stable") if allowed[i]]
        assert each.after.score == pytest.approx(left[7])
        assert each.after.rank == order.index(7) + 1
        assert each.before.score == pytest.approx(whole[7])
    assert [each.without for each in found] == [3, 5]


def test_the_title_left_out_is_not_ranked_and_others_seen_neither(linear, watched):
    model, history = linear(4), watched([0, 1, 2])
    (found,) = without(model, history, [0], 3)
    assert (found.before.rank, found.after.rank) == (1, 1)


def test_a_title_that_is_not_allowed_is_ranked_all_the_same(linear, watched):
    (found,) = standings(linear(5), watched([1]), [], 2, np.zeros(5, bool))
    assert found.rank == 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.data())
def test_ranks_are_places_in_a_stable_order(values, data):
    scores = np.array(values, np.float32)
    allowed = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    )
    item = data.draw(st.integers(0, len(values) - 1))
    allowed[item] = True
    order = [i for i in np.argsort(-scores, kind="stable") if allowed[i]]
    assert rank_of(scores, item, allowed) == order.index(item) + 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_shortened_histories_lack_one_title_each(watched, items):
    history = watched(items)
    titles = sorted(set(items))
    whole, *rest = shortened(history, titles)
    assert whole.items.tolist() == items
    for title, short in zip(titles, rest, strict=True):
        assert short.items.tolist() == [i for i in items if i != title]
        assert short.times.tolist() == [t for t, i in enumerate(items) if i != title]


@pytest.mark.parametrize(
    ("titles", "item", "size"), [([9], 2, 5), ([1], 5, 5), ([1], -1, 5), ([1], 2, 4)]
)
def test_what_does_not_fit_is_refused(linear, watched, titles, item, size):
    with pytest.raises(InputError):
        standings(linear(5), watched([1, 3]), titles, item, np.ones(size, bool))


def test_two_people_at_once_are_refused(linear, watched):
    with pytest.raises(InputError, match="at a time"):
        standings(linear(5), shortened(watched([1, 3]), [1]), [], 2)


def test_what_was_left_out_once_is_not_asked_again(linear, watched):
    model, history = linear(20), watched([3, 5, 8])
    left_out = LeftOut(model, history)
    first = left_out.scores([3, 5])
    assert model.asked == [3]
    assert (left_out.scores([5, 3])[[0, 2, 1]] == first).all()
    assert (left_out.scores([]) == first[:1]).all()
    assert model.asked == [3]
    left_out.scores([3, 8])
    assert model.asked == [3, 2]
    assert (first == model.score(shortened(history, [3, 5]))).all()

"""Explanations are true: what they say a title gave is what its removal takes away."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.explain.counterfactual import LeftOut, shortened, without
from matinee.explain.explanation import explain_one
from matinee.explain.removal import TOGETHER
from matinee.explain.shares import evidence
from matinee.explain.wording import Shared
from matinee.interaction import Action, Histories, Interactions
from matinee.taste.ease import Ease

CASES = st.tuples(
    st.integers(0, 1000), st.lists(st.integers(0, 29), min_size=1, max_size=15, unique=True)
)


def removal_takes_the_share(model, history, item, label, facts):
    """Check every reason that rests on a title."""
    found = explain_one(model, history, item, label=label, facts=facts)
    for reason in [r for r in found.reasons if r.item is not None]:
        (each,) = without(model, history, [reason.item], item)
        change = each.before.score - each.after.score
        whole = sum(abs(share.value) for share in found.shares) if found.against else found.score
        # Each of its parts is rounded to a tenth of a percent; scores are float32.
        rounding = abs(whole) / 1000 * len(reason.parts) + 1e-5 * max(1, abs(found.score))
        assert change == pytest.approx(whole * reason.percent / 100, abs=rounding)
    return found


@settings(deadline=None)
@given(CASES, st.integers(0, 29))
def test_in_a_model_that_adds_up_every_reason_is_its_removal(
    linear, watched, label, nothing_shared, case, item
):
    seed, items = case
    model, history = linear(30, seed), watched(items)
    found = removal_takes_the_share(model, history, item, label, nothing_shared)
    own = evidence(model.explain(history, np.array([item])), history)
    assert [(s.signal, s.title, s.tenths) for s in found.shares] == [
        (s.signal, s.title, s.tenths) for s in own.shares
    ]


@settings(deadline=None)
@given(CASES, st.integers(0, 29))
def test_in_a_model_that_does_not_add_up_too(
    saturating, watched, label, nothing_shared, case, item
):
    seed, items = case
    model, history = saturating(30, seed), watched(items)
    found = removal_takes_the_share(model, history, item, label, nothing_shared)
    assert sum(share.value for share in found.shares) == pytest.approx(found.score, abs=1e-6)
    # Two titles that say the same could each be missed.
    assert len(items) == 1 or any(share.signal == TOGETHER for share in found.shares)


def test_ease_is_explained_by_what_it_adds_up(watched, label, nothing_shared):
    rng = np.random.default_rng(0)
    rows = rng.random((200, 25)) < 0.3
    users, items = rows.nonzero()
    did = Interactions(
        users=users,
        items=items,
        actions=np.full(len(users), Action.RATING, np.int8),
        values=rng.choice(np.array([1, 4, 5], np.float32), len(users)),
        times=np.arange(len(users)),
        user_ids=[str(i) for i in range(200)],
        item_ids=[f"test:{i}" for i in range(25)],
    )
    model = Ease(ridge=5.0).fit(did)
    for person in Histories.of(did, np.arange(20)):
        for item in np.setdiff1d(np.arange(25), person.items)[:3].tolist():
            found = removal_takes_the_share(model, person, item, label, nothing_shared)
            own = evidence(model.explain(person, np.array([item])), person)
            assert [s.tenths for s in found.shares] == [s.tenths for s in own.shares]


def test_titles_are_told_by_what_their_removal_takes_not_by_what_the_model_says(
    saturating, watched, label, nothing_shared
):
    model = saturating(3)
    model.weights[:, 0] = [0, 0.9, 0.5]
    history = watched([1, 2])
    # Taken away one after the other: .95 - .5 for title 1, then .5 that is left for title 2.
    said = model.explain(history, np.array([0])).titles[0, :, 0]
    assert said.tolist() == pytest.approx([0.45, 0.5])
    found = explain_one(model, history, 0, label=label, facts=nothing_shared)
    # Without title 1 the score is .5, without title 2 .9; .45 of .95 are there either way.
    assert [(r.kind, r.item, r.percent) for r in found.reasons] == [
        ("collaborative", 1, 47.4),
        ("collaborative", 2, 5.2),
        ("together", None, 47.4),
    ]


def test_the_whole_of_it(linear, watched, label):
    model = linear(6)
    model.base[:] = 1
    model.weights[:] = 0
    model.weights[0, 1, 0] = 6
    model.weights[1, 2, 0] = 2
    model.weights[0, 3, 0] = -1
    model.weights[1, 1, 4] = 3
    vectors = np.eye(6, dtype=np.float32)
    vectors[2] = vectors[0]
    history = watched([1, 2, 3], [5, 4, 3])
    found = explain_one(model, history, 0, label=label, facts=lambda *_: Shared(), vectors=vectors)
    assert (found.score, found.rank, found.against) == (8.0, 1, False)
    assert found.sentence == (
        "People who liked Film 1 also liked it (75.0% of its score); Film 2 speaks for it too."
    )
    assert [(r.kind, r.percent) for r in found.reasons] == [
        ("collaborative", 75.0),
        ("story", 25.0),
        ("popular", 12.5),
        ("collaborative", -12.5),
    ]
    assert [(c.without, c.after.score, c.after.rank) for c in found.counterfactuals] == [
        (1, 2.0, 1),
        (2, 6.0, 1),
        (3, 9.0, 1),
    ]
    assert [(t.id, s) for t, s in found.similar_to_your_favourites] == [("test:2", 1.0)]
    shown = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert shown["title"] == {"id": "test:0", "name": "Film 0"}
    assert round(sum(share["percent"] for share in shown["shares"]), 1) == 100.0
    assert shown["counterfactuals"][0]["sentence"] == ("Without Film 1 it would still be number 1.")
    assert shown["similar_to_your_favourites"] == [
        {"title": {"id": "test:2", "name": "Film 2"}, "similarity": 1.0}
    ]
    four = explain_one(model, history, 4, label=label, facts=lambda *_: Shared())
    assert four.similar_to_your_favourites == ()
    model.base[5] = 2
    four = explain_one(model, history, 4, label=label, facts=lambda *_: Shared()).to_dict()
    assert four["counterfactuals"][0]["sentence"] == (
        "Without Film 1 it would be number 3 instead of 2."
    )


def test_a_title_with_more_against_it_is_not_praised(linear, watched, label, nothing_shared):
    model = linear(4)
    model.base[:] = 1
    model.weights[:] = -1
    found = explain_one(model, watched([1, 2]), 0, label=label, facts=nothing_shared)
    assert found.against
    assert found.sentence == "No more speaks for it than against it."
    assert found.to_dict()["against"] is True


def test_somebody_without_a_history_is_told_what_holds_for_all(
    linear, watched, label, nothing_shared
):
    found = explain_one(linear(4), watched([]), 0, label=label, facts=nothing_shared)
    assert found.sentence == "Many people like it (100.0% of its score)."
    assert found.counterfactuals == ()


def test_favourites_are_liked_titles_other_than_the_one_explained(
    linear, watched, label, nothing_shared
):
    did = watched(
        [0, 1, 2, 3], [5, 5, 1, np.nan], [Action.RATING, Action.RATING, Action.RATING, Action.LIKE]
    )
    vectors = np.ones((6, 1), np.float32)
    vectors[1] = -1
    found = explain_one(linear(6), did, 0, label=label, facts=nothing_shared, vectors=vectors)
    assert [t.id for t, _ in found.similar_to_your_favourites] == ["test:3"]


def test_the_model_is_asked_for_few_scores(linear, watched, label, nothing_shared):
    model = linear(30)
    explain_one(model, watched(range(20)), 25, label=label, facts=nothing_shared)
    assert model.asked == [21, 4]


@pytest.mark.parametrize("item", [-1, 6])
def test_a_title_out_of_range_is_refused(linear, watched, label, nothing_shared, item):
    with pytest.raises(InputError):
        explain_one(linear(6), watched([1]), item, label=label, facts=nothing_shared)


def test_sizes_that_do_not_fit_are_refused(linear, watched, label, nothing_shared):
    with pytest.raises(InputError, match="vectors"):
        explain_one(
            linear(6),
            watched([1]),
            0,
            label=label,
            facts=nothing_shared,
            vectors=np.ones((5, 2), np.float32),
        )
    both: Histories = shortened(watched([1, 2]), [1])
    with pytest.raises(InputError, match="one person"):
        explain_one(linear(6), both, 0, label=label, facts=nothing_shared)


def test_several_titles_are_explained_as_each_alone(saturating, watched, label, nothing_shared):
    model, history = saturating(30, 7), watched([3, 5, 8, 13, 21])
    left_out = LeftOut(model, history)
    for item in (1, 2, 29):
        alone = explain_one(model, history, item, label=label, facts=nothing_shared)
        among = explain_one(
            model, history, item, label=label, facts=nothing_shared, left_out=left_out
        )
        assert among.to_dict() == alone.to_dict()

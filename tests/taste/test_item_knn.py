from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.interaction import NO_TIME, Action, Interactions
from matinee.taste.item_knn import FittedItemKnn, ItemKnn, ItemPearson
from matinee.taste.preference import Preference
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of, invented_interactions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class TestItemKnn(RecommenderContract):
    def model(self) -> ItemKnn:
        return ItemKnn()

    def open(self, folder: Path) -> FittedItemKnn:
        return FittedItemKnn.open(folder)


class TestItemPearson(RecommenderContract):
    def model(self) -> ItemPearson:
        # The invented people are too few for the default.
        return ItemPearson(min_periods=3)

    def open(self, folder: Path) -> FittedItemKnn:
        return FittedItemKnn.open(folder)


def table(stars: np.ndarray) -> Interactions:
    """Return the ratings of a table [people, titles], NaN where there is none."""
    users, items = np.nonzero(~np.isnan(stars))
    return Interactions(
        users=users,
        items=items,
        actions=np.full(len(users), Action.RATING, np.int8),
        values=stars[users, items].astype(np.float32),
        times=np.full(len(users), NO_TIME),
        user_ids=[str(i) for i in range(stars.shape[0])],
        item_ids=[str(i) for i in range(stars.shape[1])],
    )


def invented_table(seed: int, people: int = 30, titles: int = 9) -> np.ndarray:
    rng = np.random.default_rng(seed)
    stars = rng.integers(1, 11, (people, titles)) / 2
    stars[rng.random(stars.shape) < 0.4] = np.nan
    return stars


def nearness(fitted: FittedItemKnn, titles: int) -> np.ndarray:
    everything = np.arange(titles)
    return fitted.neighbours.between(everything, everything)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), shrink=st.sampled_from([0.0, 3.0]))
def test_cosine_is_that_of_brute_force(seed: int, shrink: float) -> None:
    stars = invented_table(seed)
    model = ItemKnn(
        preference=Preference(neutral=0),
        shrink=shrink,
        power=0.5,
        seen_power=0.5,
        neighbours=9,
        activity_power=0,
    )
    found = nearness(model.fit(table(stars)), 9)
    wanted = np.nan_to_num(stars) >= 4
    for i in range(9):
        for j in range(9):
            both = (wanted[:, i] & wanted[:, j]).sum()
            expected = 0.0
            if i != j and both:
                cosine = both / np.sqrt(wanted[:, i].sum() * wanted[:, j].sum())
                expected = cosine * both / (both + shrink)
            assert found[i, j] == pytest.approx(expected, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), least=st.sampled_from([2, 8]), shrink=st.sampled_from([0, 5]))
def test_pearson_is_that_of_brute_force(seed: int, least: int, shrink: int) -> None:
    stars = invented_table(seed)
    stars[:, 8] = np.where(np.isnan(stars[:, 8]), np.nan, 3.0)  # All alike: no correlation at all.
    found = nearness(
        ItemPearson(min_periods=least, shrink=shrink, neighbours=9).fit(table(stars)), 9
    )
    for i in range(9):
        for j in range(9):
            both = ~np.isnan(stars[:, i]) & ~np.isnan(stars[:, j])
            left, right = stars[both, i], stars[both, j]
            expected = 0.0
            if i != j and both.sum() >= least and left.std() > 0 and right.std() > 0:
                correlation = np.corrcoef(left, right)[0, 1]
                # Only what goes together makes neighbours.
                expected = max(0.0, correlation * both.sum() / (both.sum() + shrink))
            assert found[i, j] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("least", [2, 10])
def test_an_accident_of_three_raters_does_not_win(least: int) -> None:
    """Three people agree on title 2 by chance (r = 1); forty on title 1 (r about .8)."""
    rng = np.random.default_rng(0)
    stars = np.full((43, 3), np.nan)
    stars[:, 0] = rng.integers(2, 11, 43) / 2
    stars[:40, 1] = np.clip(stars[:40, 0] + rng.integers(-2, 3, 40) / 2, 0.5, 5)
    stars[40:, 0] = stars[40:, 2] = [1, 3, 5]
    assert np.corrcoef(stars[40:, 0], stars[40:, 2])[0, 1] == pytest.approx(1)
    fitted = ItemPearson(min_periods=least).fit(table(stars))
    scores = fitted.score(history_of([0]))[0]
    assert scores[1] > scores[2]
    # Unshrunk, and with any number of raters, the accident would have won.
    raw = ItemPearson(min_periods=2, shrink=0).fit(table(stars)).score(history_of([0]))[0]
    assert raw[2] > raw[1]


def test_pearson_refuses_what_has_no_stars() -> None:
    did = invented_interactions()
    watches = did.take(np.isnan(did.values))
    assert len(watches)
    with pytest.raises(InputError, match="no ratings with stars"):
        ItemPearson().fit(watches)


@pytest.mark.parametrize("model", [ItemKnn(), ItemPearson(min_periods=3)])
def test_what_an_entry_gives_is_what_goes_with_it(model: ItemKnn | ItemPearson) -> None:
    fitted = model.fit(invented_interactions())
    history, items = history_of([0, 3, 9], [5, 1, 4]), np.array([1, 2, 10])
    parts = fitted.explain(history, items)
    for entry in range(3):
        without = history.keep(np.arange(3) != entry)
        change = fitted.score(history, items)[0] - fitted.score(without, items)[0]
        assert parts.titles[0, entry] == pytest.approx(change, abs=1e-6)


@pytest.mark.parametrize(
    "fit",
    [lambda did: ItemKnn(preference=Preference(positive=None)).fit(did), ItemPearson().fit],
    ids=["cosine", "pearson"],
)
def test_a_rating_given_again_counts_once(
    fit: Callable[[Interactions], FittedItemKnn],
) -> None:
    stars = invented_table(3, people=60)
    did = table(stars)
    twice = did.take(np.concatenate((np.arange(len(did)), np.arange(0, len(did), 2))))
    assert np.array_equal(nearness(fit(did), 9), nearness(fit(twice), 9))

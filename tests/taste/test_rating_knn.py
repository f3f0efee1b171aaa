"""Stars by neighbours, against sums written out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.errors import InputError
from matinee.interaction import Histories, Interactions
from matinee.taste.bias import Bias
from matinee.taste.rating_data import Ratings
from matinee.taste.rating_knn import FittedRatingKnn, ItemRatingKnn, UserRatingKnn
from matinee.testing import RatingPredictorContract

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RatingModel, RatingPredictor


class TestItemRatingKnnContract(RatingPredictorContract):
    def model(self) -> RatingModel:
        return ItemRatingKnn()

    def open(self, folder: Path) -> RatingPredictor:
        return FittedRatingKnn.open(folder)


class TestUserRatingKnnContract(RatingPredictorContract):
    def model(self) -> RatingModel:
        return UserRatingKnn()

    def open(self, folder: Path) -> RatingPredictor:
        return FittedRatingKnn.open(folder)


def invented(seed: int = 0, people: int = 25, titles: int = 18) -> Interactions:
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(rng.random((people, titles)) < 0.5)
    return Interactions(
        users=pairs[:, 0],
        items=pairs[:, 1],
        actions=np.zeros(len(pairs), np.int8),
        values=(rng.integers(1, 11, len(pairs)) / 2).astype(np.float32),
        times=rng.integers(1, 1000, len(pairs)),
        user_ids=[str(i) for i in range(people)],
        item_ids=[str(i) for i in range(titles)],
    )


def pearson(left: dict[int, float], right: dict[int, float], shrinkage: float, least: int) -> float:
    both = sorted(left.keys() & right.keys())
    if len(both) < least:
        return 0.0
    a, b = np.array([left[k] for k in both]), np.array([right[k] for k in both])
    rho = (a @ b) / np.sqrt((a @ a) * (b @ b))
    return max(0.0, (len(both) - 1) / (len(both) - 1 + shrinkage) * float(rho))


def rests(ratings: Ratings) -> dict[tuple[int, int], float]:
    bias = Bias().learn(ratings)
    left = ratings.stars - bias.mean - bias.title[ratings.items]
    left = left - bias.habits(ratings)[ratings.users]
    return dict(zip(zip(ratings.users, ratings.items, strict=True), left, strict=True))


def weighed(found: list[tuple[float, float]], k: int) -> float:
    best = sorted(found, key=lambda pair: -pair[0])[:k]
    return sum(s * v for s, v in best) / (sum(s for s, _ in best) + 0.3)


@pytest.mark.parametrize("k", [2, 30])
def test_titles_as_written_out(k: int) -> None:
    did = invented()
    ratings, left = Ratings.of(did), rests(Ratings.of(did))
    fitted = ItemRatingKnn(k=k, shrinkage=5, min_support=3).fit(did)
    columns = [{u: v for (u, i), v in left.items() if i == title} for title in range(18)]
    people, items = np.divmod(np.arange(25 * 18), 18)
    got = fitted.predict(Histories.of(did), people, items).stars
    habit = fitted.bias.habits(ratings)
    for pair, (person, title) in enumerate(zip(people, items, strict=True)):
        near = [
            (pearson(columns[title], columns[j], 5, 3), v)
            for (u, j), v in left.items()
            if u == person and j != title
        ]
        wanted = fitted.bias.mean + fitted.bias.title[title] + habit[person] + weighed(near, k)
        assert got[pair] == pytest.approx(np.clip(wanted, 0.5, 5), abs=1e-4)


@pytest.mark.parametrize("k", [2, 30])
def test_people_as_written_out(k: int) -> None:
    did = invented(1)
    left = rests(Ratings.of(did))
    fitted = UserRatingKnn(k=k, shrinkage=5, min_support=3).fit(did)
    rows = [{i: v for (u, i), v in left.items() if u == person} for person in range(25)]
    people, items = np.divmod(np.arange(25 * 18), 18)
    got = fitted.predict(Histories.of(did), people, items).stars
    habit = fitted.bias.habits(Ratings.of(did))
    for pair, (person, title) in enumerate(zip(people, items, strict=True)):
        near = [
            (pearson(rows[person], rows[v], 5, 3), left[v, title])
            for v in range(25)
            if v != person and (v, title) in left
        ]
        wanted = fitted.bias.mean + fitted.bias.title[title] + habit[person] + weighed(near, k)
        assert got[pair] == pytest.approx(np.clip(wanted, 0.5, 5), abs=1e-4)


def test_the_past_alone_speaks_where_asked() -> None:
    did = invented(2)
    fitted = ItemRatingKnn(shrinkage=5, past=True).fit(did)
    people, items = np.divmod(np.arange(25 * 18), 18)
    moment = np.full(len(people), 500)
    before = fitted.predict(Histories.of(did), people, items, moment).stars
    later = did.times > 500
    altered = replace(did, values=np.where(later, 5.5 - did.values, did.values))
    after = fitted.predict(Histories.of(altered), people, items, moment).stars
    np.testing.assert_array_equal(before, after)
    # Not because nothing speaks: the same of all ratings does change.
    whole = replace(fitted, past=False)
    assert (whole.predict(Histories.of(altered), people, items, moment).stars != before).any()


def test_no_neighbours_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        ItemRatingKnn(k=0)
    with pytest.raises(InputError, match="above 0"):
        UserRatingKnn(min_support=0)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.interaction import NO_TIME, Action, Interactions
from matinee.taste.popularity import FittedPopularity, Popularity
from matinee.taste.preference import Preference
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of

if TYPE_CHECKING:
    from pathlib import Path


class TestPopularity(RecommenderContract):
    personal = False

    def model(self) -> Popularity:
        return Popularity()

    def open(self, folder: Path) -> FittedPopularity:
        return FittedPopularity.open(folder)


def rated(rows: list[tuple[int, int, float]], titles: int) -> Interactions:
    users, items, stars = zip(*rows, strict=True)
    return Interactions(
        users=np.array(users, np.int64),
        items=np.array(items, np.int64),
        actions=np.full(len(rows), Action.RATING, np.int8),
        values=np.array(stars, np.float32),
        times=np.full(len(rows), NO_TIME),
        user_ids=[str(i) for i in range(max(users) + 1)],
        item_ids=[str(i) for i in range(titles)],
    )


def test_by_hand() -> None:
    did = rated([(0, 0, 5), (1, 0, 4), (2, 0, 3), (0, 1, 5), (1, 2, 1)], titles=4)
    model = Popularity(preference=Preference(neutral=0), strength=2, quality=1.5)
    scores = model.fit(did).score(history_of([]))[0]
    mean = 18 / 5
    wanted = [2, 1, 0, 0]
    bayes = [(2 * mean + 12) / 5, (2 * mean + 5) / 3, (2 * mean + 1) / 3, mean]
    expected = [np.log1p(w) + 1.5 * (b - mean) for w, b in zip(wanted, bayes, strict=True)]
    assert scores.tolist() == pytest.approx(expected, abs=1e-6)


def test_one_enthusiast_does_not_beat_fifty_who_like_it_well() -> None:
    rows = [(i, 0, 4.5) for i in range(50)] + [(0, 1, 5.0)]
    scores = Popularity().fit(rated(rows, titles=2)).score(history_of([]))[0]
    assert scores[0] > scores[1]


def test_of_two_wanted_by_as_many_the_one_with_fewer_bad_ratings_is_first() -> None:
    rows = [(i, item, 5.0) for i in range(20) for item in (0, 1)]
    rows += [(20 + i, 0, 1.0) for i in range(10)]
    scores = Popularity().fit(rated(rows, titles=2)).score(history_of([]))[0]
    assert scores[1] > scores[0]


def test_without_stars_it_counts() -> None:
    did = rated([(0, 0, 5), (1, 0, 5), (0, 1, 5)], titles=3)
    watched = replace(
        did,
        actions=np.full(3, Action.WATCH, np.int8),
        values=np.full(3, np.nan, np.float32),
    )
    scores = Popularity().fit(watched).score(history_of([]))[0]
    assert scores.tolist() == pytest.approx([np.log(3), np.log(2), 0])

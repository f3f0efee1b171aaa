from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.interaction import Histories
from matinee.taste.matrix import fitting_matrix
from matinee.taste.preference import Preference
from matinee.taste.user_knn import FittedUserKnn, UserKnn
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path


class TestUserKnn(RecommenderContract):
    def model(self) -> UserKnn:
        return UserKnn()

    def open(self, folder: Path) -> FittedUserKnn:
        return FittedUserKnn.open(folder)


@settings(max_examples=25, deadline=None)
@given(
    neighbours=st.integers(1, 70),
    person_power=st.sampled_from([0.0, 0.5]),
    title_power=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 100),
)
def test_scores_are_those_of_brute_force(
    neighbours: int, person_power: float, title_power: float, seed: int
) -> None:
    did = invented_interactions(seed)
    model = UserKnn(neighbours=neighbours, person_power=person_power, title_power=title_power)
    history = history_of([0, 5, 9, 17], [5, 4, 5, 1])
    found = model.fit(did).score(history)[0]
    x = fitting_matrix(did, Preference(), negative=False).toarray()
    h = np.zeros(x.shape[1])
    h[[0, 5, 9, 17]] = [1, 1, 1, -0.3]
    counts = np.maximum(x.sum(axis=0), 1e-12)
    near = x @ (h * counts**-title_power) / np.maximum((x**2).sum(axis=1), 1e-12) ** person_power
    order = np.argsort(-np.round(near, 6), kind="stable")[:neighbours]
    order = order[near[order] > 0]
    # Rounding may exchange people at a tie; only where it cannot is there one right answer.
    if neighbours >= len(x) or np.diff(np.sort(np.round(near, 6))[::-1])[neighbours - 1] < 0:
        assert found == pytest.approx(near[order] @ x[order], abs=1e-4)


def test_with_all_as_neighbours_an_entry_gives_what_goes_with_it() -> None:
    fitted = UserKnn(neighbours=1000).fit(invented_interactions())
    history, items = history_of([0, 3, 9]), np.array([1, 2, 10])
    parts = fitted.explain(history, items)
    for entry in range(3):
        without = history.keep(np.arange(3) != entry)
        change = fitted.score(history, items)[0] - fitted.score(without, items)[0]
        assert parts.titles[0, entry] == pytest.approx(change, abs=1e-4)


def test_people_who_want_the_same_decide() -> None:
    did = invented_interactions()
    fitted = UserKnn(neighbours=5).fit(did)
    for person in range(0, 60, 7):
        scores = fitted.score(Histories.of(did, np.array([person])))[0]
        assert scores[:24].argmax() // 8 == person % 3

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.errors import MissingExtraError
from matinee.interaction import Histories
from matinee.taste.ials import FittedIals, Ials
from matinee.taste.matrix import fitting_matrix
from matinee.taste.preference import Preference
from matinee.testing import RecommenderContract
from matinee.testing.invented import history_of, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

SMALL = Ials(factors=8, alpha=5, regularisation=1)


class TestIals(RecommenderContract):
    # A person's vector answers to all entries together: a title far below 0 may rise a little.
    monotone = False

    @pytest.fixture(autouse=True)
    def _needs_implicit(self) -> None:
        pytest.importorskip("implicit")

    def model(self) -> Ials:
        return SMALL

    def open(self, folder: Path) -> FittedIals:
        return FittedIals.open(folder)


def test_folding_in_solves_the_equations_of_the_paper() -> None:
    pytest.importorskip("implicit")
    fitted = SMALL.fit(invented_interactions())
    y = fitted.factors.astype(np.float64)
    history = history_of([0, 3, 9], [5, 1, 4])
    confidence, wanted = np.ones(len(y)), np.zeros(len(y))
    confidence[[0, 3, 9]] = 1 + 5 * np.array([1, 0.3, 1])
    wanted[[0, 3, 9]] = [1, -0.3, 1]
    left = y.T @ (confidence[:, None] * y) + np.eye(8)
    expected = np.linalg.inv(left) @ y.T @ (confidence * wanted)
    assert fitted.people(history)[0] == pytest.approx(expected, abs=1e-5)
    assert fitted.score(history)[0] == pytest.approx(y @ expected, abs=1e-5)


def test_folding_in_agrees_with_what_was_learnt() -> None:
    """Solved to the end, the package's own vectors of people are those of folding in."""
    als = pytest.importorskip("implicit.cpu.als")
    did = invented_interactions()
    likes = did.take(Preference().weights(did) == 1)
    fitted = SMALL.fit(likes)
    model = als.AlternatingLeastSquares(factors=8, regularization=1, num_threads=1, use_cg=False)
    matrix = fitting_matrix(likes, Preference(), negative=False)
    matrix.data[:] = 6
    model.item_factors = np.array(fitted.factors)
    found = fitted.people(Histories.of(likes))
    for person in (0, 17, 59):
        expected = model.recalculate_user(person, matrix[person])
        assert found[person] == pytest.approx(np.ravel(expected), abs=1e-4)


def test_people_after_the_first_block_are_folded_in_alike() -> None:
    pytest.importorskip("implicit")
    fitted = SMALL.fit(invented_interactions())
    one = history_of([0, 1])
    many = Histories(
        offsets=np.arange(301) * 2,
        items=np.tile(one.items, 300),
        actions=np.tile(one.actions, 300),
        values=np.tile(one.values, 300),
        times=np.tile(one.times, 300),
        users=np.full(300, -1),
    )
    assert fitted.score(many) == pytest.approx(np.tile(fitted.score(one), (300, 1)), abs=1e-6)


def test_a_title_that_nobody_wanted_scores_nothing() -> None:
    pytest.importorskip("implicit")
    fitted = SMALL.fit(invented_interactions())
    assert (fitted.factors[24] == 0).all()
    assert fitted.score(history_of([0, 8, 16]))[0, 24] == 0


def test_another_seed_learns_otherwise() -> None:
    pytest.importorskip("implicit")
    did = invented_interactions()
    assert not np.array_equal(SMALL.fit(did, seed=1).factors, SMALL.fit(did, seed=2).factors)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "implicit.cpu.als", None)
    with pytest.raises(MissingExtraError, match=r"matinee\[taste\]"):
        SMALL.fit(invented_interactions())

"""Factorisation machines: prediction against the formula, sets against counting, the future."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from matinee.errors import InputError, MissingExtraError
from matinee.interaction import Histories, Interactions
from matinee.taste.fm import FactorisationMachine, FittedFactorisationMachine
from matinee.taste.rating_data import LATER, Ratings
from matinee.taste.rating_design import past_sets, title_rows
from matinee.taste.rating_fold_in import folded_in
from matinee.testing import RatingPredictorContract
from matinee.testing.invented import history_of, invented_features, invented_interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RatingModel, RatingPredictor

SMALL = FactorisationMachine(rank=3, burn_in=10, samples=20, kept=10)


def timed(seed: int = 7) -> Interactions:
    """Return the invented people with a time for every row."""
    did = invented_interactions(seed)
    return replace(did, times=1_000_000_000 + 50_000 * np.arange(len(did)))


class TestFactorisationMachineContract(RatingPredictorContract):
    @pytest.fixture(autouse=True)
    def _needs_myfm(self) -> None:
        pytest.importorskip("myfm")

    def model(self) -> RatingModel:
        return SMALL

    def open(self, folder: Path) -> RatingPredictor:
        return FittedFactorisationMachine.open(folder)


class TestOrdinalContract(TestFactorisationMachineContract):
    def model(self) -> RatingModel:
        return replace(SMALL, ordinal=True)


def brute(
    fitted: FittedFactorisationMachine, history: dict[int, float], person: int, title: int, day: int
) -> float:
    """Return the prediction of all samples by the pairs of the formula."""
    found = []
    for s in range(len(fitted.mean)):
        columns = [fitted.person[s][person], fitted.title[s][title]]
        total = fitted.mean[s]
        seen = [fitted.seen[s][i] / np.sqrt(len(history)) for i in history]
        if day >= 0:
            columns.append(fitted.day[s][day])
        every = columns + seen
        total += sum(float(column[0]) for column in every)
        for a in range(len(every)):
            for b in range(a + 1, len(every)):
                total += float(every[a][1:] @ every[b][1:])
        if len(fitted.levels):
            cuts = ndtr(total - fitted.cuts[s])
            chances = np.append(1, cuts) - np.append(cuts, 0)
            total = float(chances @ fitted.levels)
        found.append(total)
    return float(np.mean(found))


@pytest.mark.parametrize("ordinal", [False, True])
def test_predicts_by_the_formula(ordinal: bool) -> None:
    pytest.importorskip("myfm")
    did = timed()
    fitted = replace(SMALL, ordinal=ordinal).fit(did, invented_features())
    histories = Histories.of(did)
    ratings = Ratings.of(did)
    person, title = 3, 24
    own = ratings.users == person
    history = dict(zip(ratings.items[own], ratings.stars[own], strict=True))
    when = ratings.times[own][:1]
    day = int(np.searchsorted(fitted.days, when[0] // 86_400))
    one = np.array([person]), np.array([title])
    got = fitted.predict(histories, *one, when).stars[0]
    wanted = brute(fitted, history, person, title, day)
    assert got == pytest.approx(np.clip(wanted, 0.5, 5), abs=1e-4)
    # A moment of no day seen has the mean day, somebody new the mean person: both stand last.
    got = fitted.predict(histories, *one).stars[0]
    wanted = brute(fitted, history, person, title, len(fitted.days))
    assert got == pytest.approx(np.clip(wanted, 0.5, 5), abs=1e-4)
    # Somebody new without ratings is the mean person with an empty set.
    got = fitted.predict(history_of([]), np.array([0]), np.array([title])).stars[0]
    wanted = brute(fitted, {}, fitted.person.shape[1] - 1, title, len(fitted.days))
    assert got == pytest.approx(np.clip(wanted, 0.5, 5), abs=1e-4)


@pytest.mark.parametrize("ordinal", [False, True])
def test_somebody_new_is_folded_in_nearly_as_if_known(ordinal: bool) -> None:
    pytest.importorskip("myfm")
    did = timed()
    fitted = replace(SMALL, samples=60, kept=30, ordinal=ordinal).fit(did, invented_features())
    histories = Histories.of(did)
    new = replace(histories, users=np.full(60, -1))
    people, items = np.divmod(np.arange(60 * 24), 24)
    known = fitted.predict(histories, people, items).stars
    found = fitted.predict(new, people, items).stars
    nobody = fitted.predict(history_of([]), np.zeros(24, np.int64), np.arange(24)).stars[items]
    assert np.abs(found - known).mean() < 0.25 * np.abs(nobody - known).mean()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_folding_in_maximises_the_posterior(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rests, vectors = rng.normal(size=9), rng.normal(size=(9, 3))
    prior, noise = rng.random(4) + 0.1, float(rng.random() + 0.1)
    starts = np.array([0, 2, 5, 5])
    ends = np.array([9, 6, 5, 9])
    got = folded_in(rests, vectors, starts, ends, prior, noise)
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        rows = np.column_stack([np.ones(end - start), vectors[start:end]])
        # The gradient of sum (rest - row d)^2 / noise + sum d^2 / prior is 0.
        slope = -rows.T @ (rests[start:end] - rows @ got[row]) / noise + got[row] / prior
        np.testing.assert_allclose(slope, 0, atol=1e-8)


def test_what_is_told_of_a_title_is_summed_up_as_the_sampler_sees_it() -> None:
    """Predictions of the pairs learnt from are those of the package itself."""
    pytest.importorskip("myfm")
    from myfm import MyFMGibbsRegressor
    from scipy import sparse

    did = timed()
    ratings, features = Ratings.of(did), invented_features()
    fitted = replace(SMALL, kept=20, use_time=False).fit(did, features, seed=4)
    about, groups = title_rows(ratings, features)
    one = sparse.identity(ratings.people, format="csr")
    seen = ratings.matrix(np.ones(len(ratings)))
    seen = sparse.diags(1 / np.sqrt(np.maximum(np.diff(seen.indptr), 1))) @ seen
    table = sparse.hstack([one[ratings.users], about[ratings.items], seen[ratings.users]]).tocsr()
    machine = MyFMGibbsRegressor(3, random_seed=4)
    shapes = [ratings.people, *groups, ratings.titles]
    machine.fit(table, ratings.stars, n_iter=30, n_kept_samples=20, group_shapes=shapes)
    got = fitted.posterior(
        ratings, np.arange(60), ratings.users, ratings.items, np.full(len(ratings), LATER)
    )[0]
    # The same samples in another order of summation: a block of features or single rows.
    assert np.abs(got - machine.predict(table)).mean() < 0.15


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_set_as_of_a_moment_is_a_beginning_of_what_came_before(seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = int(rng.integers(1, 40))
    did = Interactions(
        users=rng.integers(0, 3, number),
        items=rng.permutation(40)[:number],
        actions=np.zeros(number, np.int8),
        values=np.full(number, 3, np.float32),
        times=rng.integers(0, 30, number),
        user_ids=["a", "b", "c"],
        item_ids=[str(i) for i in range(40)],
    )
    ratings = Ratings.of(did)
    people, times = rng.integers(0, 3, 20), rng.integers(-2, 33, 20)
    sets = past_sets(ratings, people, times)
    for pair, (person, moment) in enumerate(zip(people, times, strict=True)):
        own = ratings.items[(ratings.users == person) & (ratings.times < moment)]
        row = sets.matrix[sets.row[pair]].tocoo()
        assert set(row.col) == set(own[: row.nnz])
        assert row.nnz * 1.5 + 1 > len(own)
        np.testing.assert_allclose(row.data, 1 / np.sqrt(max(row.nnz, 1)))


@pytest.mark.parametrize("past", [True, False])
def test_what_comes_later_changes_nothing_where_the_past_is_asked_for(past: bool) -> None:
    pytest.importorskip("myfm")
    did = timed()
    fitted = replace(SMALL, past=past, use_time=False).fit(did, invented_features())
    moment = int(np.median(did.times))
    later = did.times > moment
    altered = replace(did, items=np.where(later, (did.items + 5) % 24, did.items))
    people = np.arange(60)
    asked = people, np.full(60, 3), np.full(60, moment)
    for known in (people, np.full(60, -1)):
        before = fitted.predict(replace(Histories.of(did), users=known), *asked)
        after = fitted.predict(replace(Histories.of(altered), users=known), *asked)
        same = np.array_equal(before.stars, after.stars)
        assert same == past
        assert np.array_equal(before.low, after.low) == past  # type: ignore[arg-type]


def test_intervals_hold_about_the_share_they_promise() -> None:
    pytest.importorskip("myfm")
    did = timed()
    held = np.random.default_rng(1).random(len(did)) < 0.2
    fitted = replace(SMALL, samples=60, kept=30).fit(did.take(~held), invented_features())
    test = Ratings.of(did.take(held))
    found = fitted.predict(Histories.of(did.take(~held)), test.users, test.items, test.times)
    assert found.low is not None
    assert found.high is not None
    inside = (test.stars >= found.low) & (test.stars <= found.high)
    assert 0.65 < inside.mean() < 0.97


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="kept"):
        FactorisationMachine(samples=10, kept=11)
    with pytest.raises(InputError, match="above 0"):
        FactorisationMachine(rank=0)


def test_features_of_other_titles_are_refused() -> None:
    did = replace(timed(), item_ids=["only"] * 30)
    with pytest.raises(InputError, match="other titles"):
        SMALL.fit(did, invented_features())


def test_without_the_package_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "myfm._myfm", None)
    with pytest.raises(MissingExtraError, match=r"matinee\[taste\]"):
        SMALL.fit(timed())


def test_titles_of_no_genre_are_learnt_from_all_the_same() -> None:
    pytest.importorskip("myfm")
    features = invented_features()
    bare = replace(features, genres=features.genres[:, :0], genre_names=())
    fitted = SMALL.fit(timed(), bare)
    found = fitted.predict(Histories.of(timed()), np.array([0]), np.array([1]))
    assert 0.5 <= found.stars[0] <= 5
